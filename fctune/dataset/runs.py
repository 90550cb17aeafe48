"""Runs of equal values in sorted arrays, and the places of rows: what several accounts share.

Before: [3, 3, 7, 9, 9, 9]
After:  starts [0, 2, 3], lengths [2, 1, 3]; of those that repeat: [0, 3], [2, 3]
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fctune.dataset.columns import I64, Columns


def runs(ordered: NDArray[Any]) -> tuple[I64, I64]:
    """Return where each run of equal values starts, and how long it is."""
    if not len(ordered):
        return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64)
    starts = np.concatenate([[0], np.flatnonzero(ordered[1:] != ordered[:-1]) + 1])
    return starts, np.diff(starts, append=len(ordered))


def repeats(ordered: NDArray[Any]) -> tuple[I64, I64]:
    """Return start and length of each run of two or more; small where few values are repeated."""
    same = np.flatnonzero(ordered[1:] == ordered[:-1])
    first = np.flatnonzero(np.diff(same, prepend=-2) > 1)
    return same[first], np.diff(first, append=len(same)) + 1


def place(columns: Columns, row: int, sources: Sequence[str]) -> str:
    """Return `file:line` of a row; `sources` has the name of each raw file."""
    return f"{sources[columns.source[row]]}:{columns.line[row]}"


def ratio(part: int, whole: int) -> float:
    """Return a share to four digits; 0 of nothing is 0."""
    return round(part / whole, 4) if whole else 0.0
