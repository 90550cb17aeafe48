"""The files of a dataset, written from the spool: rows by split and by stage, and their digests.

Input: a spool, and for each file the numbers of its rows. Output: files in a staging folder. Rows
are copied as bytes; nothing is parsed again.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from pathlib import Path

import numpy as np
from blake3 import blake3

from fctune.dataset.columns import I64, U32
from fctune.dataset.heldout import pruned
from fctune.dataset.manifest import WrittenFile
from fctune.dataset.spool import BLOCK_ROWS, Spool

_LISTS_KEPT = 4096


def write_file(path: Path, spool: Spool, rows: I64, *, without: Sequence[str] = ()) -> WrittenFile:
    """Write the rows of one file, in the order given, and return its name, rows and digest.

    Args:
        path: the file, in a folder that exists.
        spool: where the rows are.
        rows: their numbers; one that is named twice is written twice.
        without: names of tools that are taken out of the `tools` column, as they are held out.
    """
    ending = _endings(spool, frozenset(without))
    digest = blake3()
    lists = lists_of(spool)
    with path.open("wb") as stream:
        begin = 0
        for heads in spool.heads(rows):
            block = lists[rows[begin : begin + BLOCK_ROWS]].tolist()
            begin += BLOCK_ROWS
            pieces: list[bytes] = []
            for head, index in zip(heads, block, strict=True):
                pieces += (head, ending(index))
            piece = b"".join(pieces)
            digest.update(piece)
            stream.write(piece)
    return WrittenFile(path.name, len(rows), f"blake3:{digest.hexdigest()}")


def _endings(spool: Spool, without: frozenset[str]) -> Callable[[int], bytes]:
    """Return what gives the end of a row by its tool list; the latest ones are remembered."""

    @lru_cache(maxsize=_LISTS_KEPT)
    def ending(index: int) -> bytes:
        if index < 0 or not without:
            return spool.tools_column(index)
        return spool.tools_column_of(pruned(spool.list_text(index), without))

    return ending


def lists_of(spool: Spool) -> I64:
    """Return the tool list of each row."""
    by_shape = np.asarray([shape.tools for shape in spool.shapes] or [-1], dtype=np.int64)
    shapes: U32 = spool.shape_column()
    return by_shape[shapes]
