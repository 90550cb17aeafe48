"""Rows that the compiled part has read, ready to be written into a segment.

Input: what the library says of some lines. Output: a Ready for each row, and the runs of rows that
can be written together.

Before: Scanned of 128 lines, of which line 7 is in doubt
After:  runs (0, 7), (7, 8), (8, 128)
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from fctune.dataset.layout import LAYOUT
from fctune.dataset.near_scanned import Said
from fctune.issues import Issue
from fctune.native.rows import Scanned

UNLAWFUL: Literal[False] = False
"""Of a row that is not lawful as it stands: only the full way tells what is wrong with it."""


class Shape(NamedTuple):
    """What rows share: a row of the table of shapes of a segment, but for its tool list's place."""

    lesson: str
    tools: str
    calls: tuple[str, ...]
    codes: tuple[str, ...]
    language: str


class Ready(NamedTuple):
    """A row that can be written.

    Attributes:
        scanned: the columns that it stands in.
        at: its place in them.
        shape: what it shares with others.
        marks: what audits found; see `fctune.dataset.record.marks_of`.
    """

    scanned: Columns
    at: int
    shape: Shape
    marks: bytes


class Refused(NamedTuple):
    """A row that is rejected.

    Attributes:
        issues: all that is told of it.
        row: as it was read, written as compact JSON.
    """

    issues: tuple[Issue, ...]
    row: bytes


Found = Ready | Refused | Literal[False] | None


def runs_of(found: Sequence[Found]) -> Iterator[tuple[int, int]]:
    """Yield where rows that are ready and follow one another in their columns begin and end.

    Rows between them are yielded one by one.
    """
    begin = 0
    while begin < len(found):
        end = begin + 1
        first = found[begin]
        if isinstance(first, Ready):
            columns, at = first.scanned, first.at
            while end < len(found):
                other = found[end]
                if not isinstance(other, Ready) or other.scanned is not columns:
                    break
                if other.at != at + end - begin:
                    break
                end += 1
        yield begin, end
        begin = end


class Columns:
    """The columns of some lines, with the places of what is of different length.

    Args:
        scanned: of the lines.
        near: what the lines say; None where near duplicates are not looked for.
    """

    __slots__ = (
        *("heads", "heads_at", "near", "records"),
        *("values", "values_at", "wordings", "wordings_at"),
    )

    def __init__(self, scanned: Scanned, near: Said | None = None) -> None:
        self.near = near
        self.records = scanned.records
        self.heads, self.heads_at = scanned.heads, _ends(scanned, "head", 1)
        self.wordings, self.wordings_at = scanned.wordings, _ends(scanned, "wordings", 8)
        self.values, self.values_at = scanned.values, _ends(scanned, "values", 8)


def _ends(scanned: Scanned, column: str, width: int) -> list[int]:
    ends: list[int] = (scanned.records[column].cumsum(dtype="u8") * width).tolist()
    return [0, *ends]


_AS_SCANNED = ("id", "tokens", "head", "prompt", "answer", "frame", "wordings", "values")


def figures(
    rows: Sequence[Ready], known: Sequence[tuple[int, int]], lines: Sequence[int], first: int
) -> NDArray[Any]:
    """Return the figures of rows as a segment packs them.

    Args:
        rows: as they follow one another in their columns.
        known: of each, the index of its shape and the written size of its tool list.
        lines: their lines.
        first: how many raw rows the segment has read before them.
    """
    records = rows[0].scanned.records[rows[0].at : rows[-1].at + 1]
    packed = np.zeros(len(rows), dtype=LAYOUT)
    for name in _AS_SCANNED:
        packed[name] = records[name]
    packed["line"] = lines
    packed["ordinal"] = np.arange(first, first + len(rows))
    packed["shape"] = [shape for shape, _ in known]
    packed["size"] = records["head"] + np.array([size for _, size in known], dtype=np.uint32)
    packed["marks"] = [len(row.marks) for row in rows]
    return packed
