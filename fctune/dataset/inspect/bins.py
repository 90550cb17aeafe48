"""Numbers of rows as a few bars: histograms of lengths and of tool counts.

Input: a number for each row. Output: Bars with round limits, the last one open where a few rows are
far beyond the others.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

_STEPS = (1, 2, 5)


@dataclass(frozen=True, slots=True)
class Bar:
    """How many rows have a number from `low` to `high`; `high` is None in an open bar."""

    low: int
    high: int | None
    rows: int

    @property
    def label(self) -> str:
        """The numbers of the bar, such as `0-99`, `3` or `400+`."""
        if self.high is None:
            return f"{self.low}+"
        return str(self.low) if self.low == self.high else f"{self.low}-{self.high}"


def bars_of(numbers: Iterable[int], *, most: int = 16) -> tuple[Bar, ...]:
    """Return the histogram of numbers, of at most so many bars and an open one.

    The bars cover 99 of 100 numbers, so that one row of a thousand times the length does not press
    all others into one bar.

    >>> [(bar.label, bar.rows) for bar in bars_of([0, 1, 1, 3])]
    [('0', 1), ('1', 2), ('2', 0), ('3', 1)]
    """
    ordered = sorted(numbers)
    if not ordered:
        return ()
    top = ordered[round((len(ordered) - 1) * 0.99)]
    bottom = ordered[0]
    width = _width(top, bottom, most)
    first = bottom // width
    counts = [0] * (top // width - first + 1)
    beyond = 0
    for number in ordered:
        at = number // width - first
        if at < len(counts):
            counts[at] += 1
        else:
            beyond += 1
    bars = [
        Bar((first + at) * width, (first + at + 1) * width - 1, rows)
        for at, rows in enumerate(counts)
    ]
    last = (first + len(counts)) * width
    return (*bars, Bar(last, None, beyond)) if beyond else tuple(bars)


def bars_of_counts(counts: Mapping[int, int], *, most: int = 16) -> tuple[Bar, ...]:
    """Return the histogram of numbers that are counted already."""
    return bars_of((number for number, rows in counts.items() for _ in range(rows)), most=most)


def quantile(numbers: Iterable[int], share: float) -> int:
    """Return the number that this share of all does not exceed; 0 where there are none."""
    ordered = sorted(numbers)
    return ordered[round((len(ordered) - 1) * share)] if ordered else 0


def _width(top: int, bottom: int, most: int) -> int:
    scale = 1
    while True:
        for step in _STEPS:
            if top // (step * scale) - bottom // (step * scale) < most:
                return step * scale
        scale *= 10
