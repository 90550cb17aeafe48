"""Rows that the compiled part has read, ready to be written into a segment.

Input: what the library says of the lines of a block, judged by the switches of a build. Output: a
ReadyBlock, which holds the figures of all rows as a segment packs them. No row has an object of
its own, but where audits found something in it.

Before: Scanned of 128 lines, of which line 7 is in doubt
After:  ReadyBlock with left [7], and the figures of the rows 0 to 7 and 8 to 128
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from fctune.dataset.layout import LAYOUT
from fctune.dataset.near_scanned import Said
from fctune.dataset.refused import Refused
from fctune.native.rows import REFUSED, Scanned

Learn = Callable[["Shape"], tuple[int, int]]


class Shape(NamedTuple):
    """What rows share: a row of the table of shapes of a segment, but for its tool list's place."""

    lesson: str
    tools: str
    calls: tuple[str, ...]
    codes: tuple[str, ...]
    language: str


class _Parts:
    """What the rows of a block have, one behind the other.

    Args:
        content: of all rows.
        sizes: of each.
        width: bytes of one that is counted.
    """

    __slots__ = ("_content", "_ends", "_sizes", "_width")

    def __init__(self, content: memoryview, sizes: NDArray[Any], width: int) -> None:
        self._content, self._sizes, self._width = content, sizes, width
        self._ends: NDArray[np.int64] | None = None

    def of(self, begin: int, end: int) -> memoryview:
        """Return what some rows have."""
        if end - begin == len(self._sizes):
            return self._content
        if self._ends is None:
            self._ends = np.zeros(len(self._sizes) + 1, dtype=np.int64)
            np.cumsum(self._sizes, out=self._ends[1:])
            self._ends *= self._width
        return self._content[self._ends[begin] : self._ends[end]]


class ReadyBlock:
    """The lines of a block; good until the next block is scanned.

    Args:
        scanned: of the lines.
        left: the lines that Python must read.
        shapes: of the rows, by their numbers; None for what makes rows not ready. They may be
            forgotten as a whole, and a new list begun.
        refused: the rows that are rejected, but for those that are left.
        marks: of each row, where they are not those that were scanned.
        near: what the rows say; None where near duplicates are not looked for.
    """

    __slots__ = (
        *("_first", "_lines", "_statuses", "_ends", "count", "end", "heads", "left", "marks"),
        *("near", "new", "ordinal", "packed", "refused", "rejects", "rows", "shapes"),
        *("values", "wordings"),
    )

    def __init__(
        self,
        scanned: Scanned,
        left: Sequence[int],
        shapes: Sequence[Shape | None],
        refused: Sequence[Refused],
        marks: Sequence[bytes] | None = None,
        near: Said | None = None,
    ) -> None:
        self._statuses, self._ends = scanned.statuses, scanned.ends
        self.left, self.shapes, self.refused, self.near = left, shapes, refused, near
        self.count = len(scanned.ends)
        self.end = int(scanned.ends[-1])
        """Where the last line ends in the block of bytes."""
        self.new: list[int] = []
        """The rows of which a segment does not have the shape yet."""
        self._first = self.ordinal = 0
        self._lines: list[int] | None = None
        packed = bytearray(scanned.records)
        self.packed, self.rows = memoryview(packed), np.frombuffer(packed, dtype=LAYOUT)
        if marks is not None:
            self.rows["marks"] = [len(one) for one in marks]
        self.heads = _Parts(scanned.heads, self.rows["head"], 1)
        self.wordings = _Parts(scanned.wordings, self.rows["wordings"], 8)
        self.values = _Parts(scanned.values, self.rows["values"], 8)
        found = scanned.marks if marks is None else memoryview(b"".join(marks))
        self.marks = _Parts(found, self.rows["marks"], 1)
        self.rejects = scanned.rejects

    def begin(self, line: int, ordinal: int) -> None:
        """Number the rows.

        Args:
            line: of the file, the first one of the block.
            ordinal: of that line's row.
        """
        self._first = line
        self.rows["line"] += line
        self.number(0, ordinal)

    def number(self, begin: int, ordinal: int) -> None:
        """Number rows from one on, where the first line of the block had an ordinal."""
        if ordinal != self.ordinal:
            ordinals = self.rows["ordinal"][begin:]
            np.add(ordinals, np.int64(ordinal - self.ordinal), out=ordinals, casting="unsafe")
            self.ordinal = ordinal

    def between(self, begin: int, end: int) -> tuple[int, int]:
        """Return the first row of some lines, and the one after the last."""
        if end - begin == self.count:
            return 0, len(self.rows)
        if self._lines is None:
            self._lines = self.rows["line"].tolist()
        first = self._first
        return bisect_left(self._lines, first + begin), bisect_left(self._lines, first + end)

    def lines(self, block: bytes | memoryview, begin: int) -> Iterator[tuple[int, bytes, bool]]:
        """Yield what is left: a line's number, the line, and whether it is surely not lawful.

        Args:
            block: the bytes that were scanned.
            begin: where the first line began.
        """
        ends, statuses = self._ends, self._statuses
        for at in self.left:
            line = bytes(block[int(ends[at - 1]) if at else begin : int(ends[at])])
            yield at, line, bool(statuses[at] >= REFUSED)


class KnownShapes:
    """Where a segment has the shapes that blocks of rows have, and how long their lists are.

    Args:
        learn: gives the place of a shape, and the written size of its list.
    """

    def __init__(self, learn: Learn) -> None:
        self._learn = learn
        self._shapes: Sequence[Shape | None] = ()
        self._index = np.zeros(0, dtype=np.int64)
        self._sizes = np.zeros(0, dtype=np.uint32)
        self._numbers: NDArray[Any] = np.zeros(0, dtype=np.uint32)

    def begin(self, block: ReadyBlock) -> None:
        """Put places and sizes of the shapes that are known into the figures of a block."""
        self._follow(block.shapes)
        if not block.shapes:  # no row is ready
            return
        numbers = self._numbers = block.rows["shape"].copy()
        index = self._index[numbers]
        block.rows["shape"] = index
        block.rows["size"] += self._sizes[numbers]
        block.new = np.flatnonzero(index < 0).tolist()

    def fill(self, block: ReadyBlock, begin: int, end: int) -> None:
        """Do the same with shapes that were not known, of some rows, in their order."""
        new = block.new
        if not new:
            return
        places, sizes = block.rows["shape"], block.rows["size"]
        for at in new[bisect_left(new, begin) : bisect_left(new, end)]:
            number = self._numbers[at]
            index = self._index[number]
            if index < 0:
                shape = block.shapes[number]
                assert shape is not None
                index, self._sizes[number] = self._learn(shape)
                self._index[number] = index
            places[at] = index
            sizes[at] += self._sizes[number]

    def _follow(self, shapes: Sequence[Shape | None]) -> None:
        """Make room for the shapes of a block."""
        if shapes is not self._shapes:
            self._shapes, self._index = shapes, np.zeros(0, dtype=np.int64)
            self._sizes = np.zeros(0, dtype=np.uint32)
        more = len(shapes) - len(self._index)
        if more > 0:
            more = max(more, len(self._index))
            self._index = np.concatenate([self._index, np.full(more, -1)])
            self._sizes = np.concatenate([self._sizes, np.zeros(more, dtype=np.uint32)])
