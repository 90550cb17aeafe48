"""Bars as inline SVG that fit any width: their lengths are per cent of the room there is.

Input: bars. Output: what the template draws: a label, segments with their place in per cent, and
the number. The template escapes all text.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from fctune.dataset.inspect.bins import Bar


@dataclass(frozen=True, slots=True)
class Segment:
    """A piece of a bar: its kind, its place and width in per cent, its rows."""

    kind: str
    x: float
    width: float
    rows: int


@dataclass(frozen=True, slots=True)
class Line:
    """One bar of a plot.

    Attributes:
        label: what it is.
        segments: its pieces from left to right.
        rows: their sum.
        link: the part of the page that it leads to; "" for none.
    """

    label: str
    segments: tuple[Segment, ...]
    rows: int
    link: str = ""


def histogram(bars: Sequence[Bar]) -> tuple[Line, ...]:
    """Return the lines of a histogram."""
    return stacked((bar.label, {"": bar.rows}, "") for bar in bars)


def stacked(values: Iterable[tuple[str, Mapping[str, int], str]]) -> tuple[Line, ...]:
    """Return lines of label, rows by kind, and link.

    >>> stacked([("call", {"train": 3, "dev": 1}, "")])[0].segments[1]
    Segment(kind='dev', x=75.0, width=25.0, rows=1)
    """
    listed = list(values)
    highest = max((sum(kinds.values()) for _, kinds, _ in listed), default=0) or 1
    lines = []
    for label, kinds, link in listed:
        at, segments = 0.0, []
        for kind, rows in kinds.items():
            width = round(100 * rows / highest, 3)
            if rows:
                segments.append(Segment(kind, round(at, 3), width, rows))
            at += width
        lines.append(Line(label, tuple(segments), sum(kinds.values()), link))
    return tuple(lines)
