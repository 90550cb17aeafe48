"""The files of a dataset, written from the spool: rows by split and by stage, and their digests.

Input: a spool, and for each file the numbers of its rows. Output: files in a staging folder. Rows
are copied as bytes; nothing is parsed again.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from blake3 import blake3
from numpy.typing import NDArray

from fctune.dataset.columns import I64, WINDOW_ROWS, RowNumbers
from fctune.dataset.heldout import pruned
from fctune.dataset.manifest import WrittenFile
from fctune.dataset.row_bytes import HEADS_AT_ONCE, Heads, RowBytes, ToolTexts
from fctune.dataset.spool import Spool
from fctune.native.gather import PIECE, Gatherer

_BYTES_KEPT = 8 << 20
_BYTES_AT_ONCE = 1 << 20  # of rows: they stay in the cache of a core until they are written


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
    return RowFiles(source, lists).write(path, rows, without)


class RowFiles:
    """Writes files of one build: what their rows have in common is looked up once.

    Args:
        source: where the rows are.
        lists: the tool list of each row, as `lists_of` returns them.
    """

    def __init__(self, source: RowBytes, lists: NDArray[Any]) -> None:
        self._source, self._lists = source, lists
        self._heads, self._sizes = Heads(source), source.column("size")
        self._gatherer = Gatherer(_BYTES_AT_ONCE)
        self._endings: dict[frozenset[str], _EndingPlaces] = {}

    def write(self, path: Path, rows: RowNumbers, without: Sequence[str] = ()) -> WrittenFile:
        """Write one file; see `write_file`."""
        held = frozenset(without)
        endings = self._endings.pop(held, None) or _EndingPlaces(self._source, held)
        self._endings = {held: endings}
        digest = blake3()
        with path.open("wb") as stream:
            for piece in self._pieces(rows, endings):
                digest.update(piece)
                stream.write(piece)
        return WrittenFile(path.name, len(rows), f"blake3:{digest.hexdigest()}")

    def _pieces(self, rows: RowNumbers, endings: _EndingPlaces) -> Iterator[bytes | memoryview]:
        """Yield the rows, some at a time; each piece is to be used before the next one."""
        for begin in range(0, len(rows), WINDOW_ROWS):
            window = rows[begin : begin + WINDOW_ROWS]
            for first, end, _ in _cuts(self._sizes[window], _BYTES_KEPT):
                yield from self._gathered(window[first:end], endings)

    def _gathered(self, rows: RowNumbers, endings: _EndingPlaces) -> Iterator[bytes | memoryview]:
        """Yield rows put together by the compiled part, or by Python where it is not sure."""
        homes, starts, sizes = self._heads.places(rows)
        opened = self._heads.opened(homes) if self._gatherer.there else None
        if opened is None:
            yield from self._joined(rows, endings)
            return
        pieces = np.empty(len(rows), dtype=PIECE)
        pieces["file"], pieces["start"], pieces["size"] = opened, starts, sizes
        pieces["ending"], pieces["ending_size"] = endings.places(self._lists[rows])
        for first, end, total in _cuts(sizes + pieces["ending_size"], _BYTES_AT_ONCE):
            piece = self._gatherer.rows(pieces[first:end], total, endings.text)
            if piece is not None:
                yield piece
            else:  # a file that cannot be read is told there
                yield from self._joined(rows[first:end], endings)

    def _joined(self, rows: RowNumbers, endings: _EndingPlaces) -> Iterator[bytes]:
        for begin in range(0, len(rows), HEADS_AT_ONCE):
            block = rows[begin : begin + HEADS_AT_ONCE]
            pieces = [b""] * (2 * len(block))
            pieces[::2] = self._heads.read(block)
            pieces[1::2] = map(endings.each.__getitem__, self._lists[block].tolist())
            yield b"".join(pieces)


def _cuts(sizes: NDArray[Any], most: int) -> Iterator[tuple[int, int, int]]:
    """Yield where rows of about so many bytes together begin and end, and how many they are."""
    ends = np.cumsum(sizes, dtype=np.int64)
    number = ends // most
    bounds = [0, *(np.flatnonzero(number[1:] != number[:-1]) + 1).tolist(), len(sizes)]
    done = 0
    for first, end in pairwise(bounds):
        total = int(ends[end - 1])
        yield first, end, total - done
        done = total


class _EndingPlaces:
    """The endings that were asked for lately as one text, and where in it each stands.

    Args:
        source: where the tool lists are.
        without: names of tools that they must not show.
    """

    def __init__(self, source: RowBytes, without: frozenset[str]) -> None:
        self.each = _Endings(source, without)
        self.text = bytearray()
        # One more at the end, so that the -1 of rows without tools finds it.
        self._starts = np.full(len(source.lists) + 1, -1, dtype=np.int64)
        self._sizes = np.zeros(len(source.lists) + 1, dtype=np.uint32)

    def places(self, lists: NDArray[Any]) -> tuple[I64, NDArray[np.uint32]]:
        """Return where the endings of rows with these lists begin, and their sizes."""
        if len(self.text) > _BYTES_KEPT:
            self.text = bytearray()
            self._starts.fill(-1)
        for index in sorted({*lists[self._starts[lists] < 0].tolist()}):
            ending = self.each[index]
            self._starts[index], self._sizes[index] = len(self.text), len(ending)
            self.text += ending
        return self._starts[lists], self._sizes[lists]


class _Endings(dict[int, bytes]):
    """The end of a row by its tool list; remembered, up to some megabytes of them."""

    def __init__(self, source: RowBytes, without: frozenset[str]) -> None:
        self._without = without
        self._texts = ToolTexts(source)
        self._size = 0

    def __missing__(self, index: int) -> bytes:
        if index < 0 or not self._without:
            found = self._texts.column(index)
        else:
            found = RowBytes.tools_column_of(pruned(self._texts.text(index), self._without))
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
