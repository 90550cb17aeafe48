"""Rows that the compiled part has read, ready to be written into a segment.

Input: what the library says of the lines of a block, judged by the switches of a build. Output: a
ReadyBlock, which holds the figures of all rows as a segment packs them. No row has an object of
its own, but where audits found something in it.

Before: Scanned of 128 lines, of which line 7 is in doubt
After:  ReadyBlock with left [7], and the figures of the rows 0 to 7 and 8 to 128
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from fctune.dataset.layout import LAYOUT
from fctune.dataset.near_scanned import Said
from fctune.issues import Issue
from fctune.native.rows import REFUSED, Scanned

Learn = Callable[["Shape"], tuple[int, int]]
_AS_SCANNED = ("id", "tokens", "head", "prompt", "answer", "frame", "wordings", "values", "marks")


class Shape(NamedTuple):
    """What rows share: a row of the table of shapes of a segment, but for its tool list's place."""

    lesson: str
    tools: str
    calls: tuple[str, ...]
    codes: tuple[str, ...]
    language: str


class Refused(NamedTuple):
    """A row that is rejected.

    Attributes:
        issues: all that is told of it.
        row: as it was read, written as compact JSON.
    """

    issues: tuple[Issue, ...]
    row: bytes


class ReadyBlock:
    """The lines of a block; good until the next block is scanned.

    Args:
        scanned: of the lines.
        ready: of each line, whether its row can be written.
        shapes: of the rows, by their numbers; None for what makes rows not ready. They may be
            forgotten as a whole, and a new list begun.
        refused: of lines whose rows are rejected, all that is told of them.
        marks: of each line, where they are not those that were scanned.
        near: what the lines say; None where near duplicates are not looked for.
    """

    __slots__ = (
        *("count", "end", "heads", "heads_at", "left", "marks", "marks_at", "new", "packed"),
        *(
            "records",
            "refused",
            "shapes",
            "near",
            "values",
            "values_at",
            "wordings",
            "wordings_at",
        ),
    )

    def __init__(
        self,
        scanned: Scanned,
        ready: NDArray[np.bool_],
        shapes: Sequence[Shape | None],
        refused: Mapping[int, tuple[Issue, ...]],
        marks: Sequence[bytes] | None = None,
        near: Said | None = None,
    ) -> None:
        records = scanned.records
        self.records, self.shapes, self.near = records, shapes, near
        self.refused = refused
        self.count = len(records)
        self.end = int(records["end"][-1])
        """Where the last line ends in the block of bytes."""
        self.left: list[int] = np.flatnonzero(~ready).tolist()
        """The lines that give no row that is ready."""
        self.new: list[int] = []
        """The rows of which a segment does not have the shape yet."""
        self.packed = np.zeros(self.count, dtype=LAYOUT)
        for name in _AS_SCANNED:
            self.packed[name] = records[name]
        self.packed["size"] = records["head"]
        if marks is not None:
            self.packed["marks"] = [len(one) for one in marks]
        self.heads, self.heads_at = scanned.heads, _ends(records["head"], 1)
        self.wordings, self.wordings_at = scanned.wordings, _ends(records["wordings"], 8)
        self.values, self.values_at = scanned.values, _ends(records["values"], 8)
        self.marks = scanned.marks if marks is None else memoryview(b"".join(marks))
        self.marks_at = _ends(self.packed["marks"], 1)

    def lines(self, block: bytes, begin: int) -> Iterator[tuple[int, Refused | bytes, bool]]:
        """Yield what no row is ready of: its line's number, the line, and whether it is refused.

        Of a row that is rejected by what is known, that stands in place of the line.

        Args:
            block: the bytes that were scanned.
            begin: where the first line began.
        """
        ends: list[int] = self.records["end"].tolist()
        refused: list[bool] = (self.records["status"] >= REFUSED).tolist()
        for at in self.left:
            issues = self.refused.get(at)
            if issues is not None:
                row = self.heads[self.heads_at[at] : self.heads_at[at + 1]]
                yield at, Refused(issues, bytes(row)), True
            else:
                yield at, block[ends[at - 1] if at else begin : ends[at]], refused[at]


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

    def begin(self, block: ReadyBlock) -> None:
        """Put places and sizes of the shapes that are known into the figures of a block."""
        self._follow(block.shapes)
        numbers = block.records["shape"]
        if not block.shapes:  # no row is ready
            return
        index = self._index[numbers]
        block.packed["shape"] = index
        block.packed["size"] += self._sizes[numbers]
        block.new = np.flatnonzero(index < 0).tolist()

    def fill(self, block: ReadyBlock, begin: int, end: int) -> None:
        """Do the same with shapes that were not known, of some rows, in their order."""
        packed, numbers = block.packed, block.records["shape"]
        places, sizes = packed["shape"], packed["size"]
        for at in block.new[bisect_left(block.new, begin) : bisect_left(block.new, end)]:
            number = numbers[at]
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


def _ends(sizes: NDArray[Any], width: int) -> NDArray[np.int64]:
    ends = np.zeros(len(sizes) + 1, dtype=np.int64)
    np.cumsum(sizes, out=ends[1:])
    ends *= width
    return ends
