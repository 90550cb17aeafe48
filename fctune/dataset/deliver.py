"""The files of a dataset, written from the spool: rows by split and by stage, and their digests.

Input: a spool, and for each file the numbers of its rows. Output: files in a staging folder. Rows
are copied as bytes; nothing is parsed again.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from blake3 import blake3
from numpy.typing import NDArray

from fctune.dataset.columns import RowNumbers
from fctune.dataset.heldout import pruned
from fctune.dataset.layout import TOOLS_COLUMN
from fctune.dataset.manifest import WrittenFile
from fctune.dataset.row_bytes import HEADS_AT_ONCE, RowBytes, ToolTexts
from fctune.dataset.spool import Spool

_BYTES_KEPT = 8 << 20


def write_file(
    path: Path, source: RowBytes, lists: NDArray[Any], rows: RowNumbers, without: Sequence[str] = ()
) -> WrittenFile:
    """Write the rows of one file, in the order given, and return its name, rows and digest.

    Args:
        path: the file, in a folder that exists.
        source: where the rows are.
        lists: the tool list of each row, as `lists_of` returns them.
        rows: numbers of the rows to write; one that is named twice is written twice.
        without: names of tools that are taken out of the `tools` column, as they are held out.
    """
    endings = _Endings(source, frozenset(without))
    digest = blake3()
    with path.open("wb") as stream:
        begins = range(0, len(rows), HEADS_AT_ONCE)
        for begin, heads in zip(begins, source.heads(rows), strict=True):
            pieces = [b""] * (2 * len(heads))
            pieces[::2] = heads
            indices = lists[rows[begin : begin + HEADS_AT_ONCE]].tolist()
            pieces[1::2] = map(endings.__getitem__, indices)
            piece = b"".join(pieces)
            digest.update(piece)
            stream.write(piece)
    return WrittenFile(path.name, len(rows), f"blake3:{digest.hexdigest()}")


class _Endings(dict[int, bytes]):
    """The end of a row by its tool list; remembered, up to some megabytes of them."""

    def __init__(self, source: RowBytes, without: frozenset[str]) -> None:
        self._source, self._without = source, without
        self._texts = ToolTexts(source)
        self._size = 0

    def __missing__(self, index: int) -> bytes:
        if index < 0:
            found = self._source.tools_column(index)
        elif not self._without:
            found = TOOLS_COLUMN + self._texts.encoded(index) + b"}\n"
        else:
            found = self._source.tools_column_of(pruned(self._texts.text(index), self._without))
        self._size += len(found)
        if self._size > _BYTES_KEPT:
            self.clear()
            self._size = len(found)
        self[index] = found
        return found


def lists_of(spool: Spool) -> NDArray[np.int32]:
    """Return the tool list of each row; -1 for rows that list no tools."""
    by_shape = np.asarray([shape.tools for shape in spool.shapes] or [-1], dtype=np.int32)
    return by_shape[spool.shape_column()]
