"""The files of a dataset, written from the spool: rows by split and by stage, and their digests.

Input: a spool, and passes: files that are written side by side, and the numbers of their rows.
Output: files in a staging folder. Rows are copied as bytes; nothing is parsed again.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from itertools import pairwise
from typing import Any

import numpy as np
import orjson
from numpy.typing import NDArray

from fctune.dataset.columns import U8, WINDOW_ROWS, RowNumbers
from fctune.dataset.heldout import pruned
from fctune.dataset.manifest import WrittenFile
from fctune.dataset.output import Output, Rooms
from fctune.dataset.passes import Pass
from fctune.dataset.row_bytes import HEADS_AT_ONCE, Heads, RowBytes, ToolTexts, column_of
from fctune.dataset.spool import Spool
from fctune.native.gather import ENDING, Gatherer, Stage, is_there

_BYTES_KEPT = 8 << 20
_NOT_KEPT = 0xFFFFFFFF


class RowFiles:
    """Writes files of one build: what their rows have in common is looked up once.

    Args:
        source: where the rows are.
        lists: the tool list of each row, as `lists_of` returns them.
    """

    def __init__(self, source: RowBytes, lists: NDArray[Any]) -> None:
        self._source, self._lists = source, lists
        self._heads, self._sizes = Heads(source), source.column("size")
        self._endings: dict[tuple[str, ...], _EndingPlaces] = {}

    def write(self, one: Pass) -> list[WrittenFile]:
        """Write files side by side; return their names, rows and digests."""
        endings = self._endings.pop(one.without, None) or _EndingPlaces(self._source, one.without)
        self._endings = {one.without: endings}
        with ExitStack() as opened:
            outputs = [opened.enter_context(Output(path, waits=is_there())) for path in one.paths]
            rooms = Rooms(outputs)
            for rows, which in self._windows(one):
                self._window(rows, which, rooms, endings)
            rooms.empty()
            return [out.told(rows) for out, rows in zip(outputs, one.counts, strict=True)]

    def _windows(self, one: Pass) -> Iterator[tuple[RowNumbers, U8]]:
        """Yield rows that are some megabytes together, and the files that each goes into."""
        for begin in range(0, len(one.rows), WINDOW_ROWS):
            rows = one.rows[begin : begin + WINDOW_ROWS]
            which = one.which[begin : begin + WINDOW_ROWS]
            for first, end in _cuts(self._sizes[rows], _BYTES_KEPT):
                yield rows[first:end], which[first:end]

    def _window(self, rows: RowNumbers, which: U8, rooms: Rooms, endings: _EndingPlaces) -> None:
        """Let the compiled part put rows together, and Python those that it does not take."""
        files = self._heads.opened(rows) if is_there() else None
        if files is None:
            self._joined(rows, which, rooms, endings)
            return
        endings.keep(self._lists[rows])
        ends, first_rows = self._heads.ends, self._heads.first_rows
        stage = Stage(ends, first_rows, files, self._lists, endings.places, endings.text)
        gatherer = Gatherer(stage, rows.astype(np.int64), which)
        while (at := gatherer.done) < len(rows):
            if not rooms.fill(gatherer):  # a long row; or one that cannot be read, as is told there
                self._joined(rows[at : at + 1], which[at : at + 1], rooms, endings)
                gatherer.done += 1

    def _joined(self, rows: RowNumbers, which: U8, rooms: Rooms, endings: _EndingPlaces) -> None:
        for number in range(len(rooms)):
            own = rows[which >> number & 1 == 1]
            for begin in range(0, len(own), HEADS_AT_ONCE):
                block = own[begin : begin + HEADS_AT_ONCE]
                pieces = [b""] * (2 * len(block))
                pieces[::2] = self._heads.read(block)
                pieces[1::2] = map(endings.each.__getitem__, self._lists[block].tolist())
                rooms.add(number, b"".join(pieces))


def _cuts(sizes: NDArray[Any], most: int) -> Iterator[tuple[int, int]]:
    """Yield where rows of about so many bytes together begin and end."""
    number = np.cumsum(sizes, dtype=np.int64) // most
    bounds = [0, *(np.flatnonzero(number[1:] != number[:-1]) + 1).tolist(), len(sizes)]
    yield from pairwise(bounds)


class _EndingPlaces:
    """The endings that were asked for lately as one text, and where in it each stands.

    Args:
        source: where the tool lists are.
        without: names of tools that they must not show.
    """

    def __init__(self, source: RowBytes, without: Sequence[str]) -> None:
        self._texts = ToolTexts(source)
        self.each = _Endings(self._texts, frozenset(without))
        self.text = bytearray()
        # One more at the end, so that the -1 of rows without tools finds it.
        self.places = np.zeros(len(source.lists) + 1, dtype=ENDING)
        self.places["start"] = _NOT_KEPT

    def keep(self, lists: NDArray[Any]) -> None:
        """Have the endings of rows with these lists."""
        starts = self.places["start"]
        if len(self.text) > _BYTES_KEPT:
            self.text = bytearray()
            starts.fill(_NOT_KEPT)
        new = np.zeros(len(starts), dtype=np.bool_)
        new[lists[starts[lists] == _NOT_KEPT]] = True
        if new[-1]:
            self._add(-1, self.each[-1])
        indexes = np.flatnonzero(new[:-1])
        for index, encoded in zip(indexes.tolist(), self._texts.encoded_all(indexes), strict=True):
            self._add(index, self.each.of(encoded))

    def _add(self, index: int, ending: bytes) -> None:
        self.places[index] = len(self.text), len(ending)
        self.text += ending


class _Endings(dict[int, bytes]):
    """The end of a row by its tool list; remembered, up to some megabytes of them."""

    def __init__(self, texts: ToolTexts, without: frozenset[str]) -> None:
        self._without, self._texts = without, texts
        self._size = 0

    def of(self, encoded: bytes) -> bytes:
        """Return the end of a row by its tool list as JSON."""
        if not self._without:
            return column_of(encoded)
        return column_of(orjson.dumps(pruned(orjson.loads(encoded), self._without)))

    def __missing__(self, index: int) -> bytes:
        found = self.of(self._texts.encoded(index)) if index >= 0 else self._texts.column(index)
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
