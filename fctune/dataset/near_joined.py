"""Rows joined by exact comparison of what they say: a union-find over candidates.

Input: pairs of rows, in order, and briefs. Output: of each row the root of its cluster, and how
many pairs were compared. The compiled part does the same, pair by pair, where it was built.

Before: pairs (0, 1), (1, 2), of which the first alone is near
After:  2 compared, roots [0, 0, 2]
"""

from __future__ import annotations

from array import array
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from fctune.dataset.near_briefs import MOST_PAIRS, Briefs, similarities
from fctune.native import near

_REMEMBERED_PAIRS = 2**16
I32 = NDArray[np.int32]


class Joins(Protocol):
    """Who compares and joins rows."""

    def join(self, left: I32, right: I32) -> None:
        """Compare pairs of rows, in their order, and join those that are near."""

    def told(self) -> tuple[int, I32]:
        """Return how many pairs were compared, and the root of each row."""
        ...


def joined_of(briefs: Briefs, threshold: float) -> Joins:
    """Return who joins rows whose similarity reaches the threshold."""
    try:
        return CompiledJoined(briefs, threshold)
    except ValueError:
        return Joined(briefs, threshold)


class CompiledJoined:
    """Rows joined by the compiled part.

    Args:
        briefs: what rows say.
        threshold: the similarity from which on two rows are joined.

    Raises:
        ValueError: it was not built.
    """

    def __init__(self, briefs: Briefs, threshold: float) -> None:
        self._joined = near.Joined(len(briefs), threshold, briefs.file)
        self._briefs = briefs

    def join(self, left: I32, right: I32) -> None:
        """Compare pairs of rows, in their order, and join those that are near.

        Raises:
            OSError: a brief cannot be read.
        """
        self._briefs.keep(np.concatenate((left, right)))
        if not self._joined.join(left, right, self._briefs.starts, self._briefs.sizes):
            raise OSError(5, "what rows say cannot be read again")

    def told(self) -> tuple[int, I32]:
        """Return how many pairs were compared, and the root of each row."""
        return self._joined.told()


class Joined:
    """Rows joined by exact comparison: a union-find in which the smallest row is the root.

    Args:
        briefs: what rows say.
        threshold: the similarity from which on two rows are joined.
    """

    def __init__(self, briefs: Briefs, threshold: float) -> None:
        self._compared = 0
        self._parents = array("i", range(len(briefs)))
        self._apart: set[tuple[int, int]] = set()
        self._briefs, self._threshold = briefs, threshold

    def join(self, left: I32, right: I32) -> None:
        """Compare pairs of rows, in their order, and join those that are near."""
        left, right = self._open(left, right)
        for at in range(0, len(left), MOST_PAIRS):
            self._compare_all(left[at : at + MOST_PAIRS], right[at : at + MOST_PAIRS])

    def told(self) -> tuple[int, I32]:
        """Return how many pairs were compared, and the root of each row.

        The root is the row itself where it is joined with none before it.
        """
        return self._compared, self._roots_of(np.arange(len(self._parents), dtype=np.int32))

    def _roots_of(self, rows: I32) -> I32:
        parents = np.frombuffer(self._parents, dtype=np.int32)
        while True:
            above = parents[rows]
            if np.array_equal(above, rows):
                return above
            rows = above

    def _root(self, row: int) -> int:
        parents = self._parents
        while parents[row] != row:
            parents[row] = parents[parents[row]]
            row = parents[row]
        return row

    def _open(self, left: I32, right: I32) -> tuple[I32, I32]:
        """Return the pairs that are not joined yet."""
        apart = self._roots_of(left) != self._roots_of(right)
        return left[apart], right[apart]

    def _compare_all(self, left: I32, right: I32) -> None:
        """Compare some pairs; what their rows say is read at once."""
        # Earlier pieces may have joined or parted them, and so may earlier pairs of this one.
        left, right = self._open(left, right)
        pairs = zip(left.tolist(), right.tolist(), strict=True)
        asked = [pair for pair in pairs if pair not in self._apart]
        if not asked:
            return
        known = self._briefs.of(sorted({row for pair in asked for row in pair}))
        near = similarities([known[one] for one, _ in asked], [known[other] for _, other in asked])
        is_near = near >= self._threshold
        before = len(self._apart)
        if not is_near.any() and before + len(asked) <= _REMEMBERED_PAIRS:
            self._apart.update(asked)
            self._compared += len(self._apart) - before
            return
        for pair, joins in zip(asked, is_near.tolist(), strict=True):
            if pair not in self._apart:
                self._decide(pair, joins)

    def _decide(self, pair: tuple[int, int], joins: bool) -> None:
        """Join or part a pair, unless others have joined it meanwhile."""
        low, high = sorted((self._root(pair[0]), self._root(pair[1])))
        if low == high:
            return
        self._compared += 1
        if joins:
            self._parents[high] = low
            return
        if len(self._apart) == _REMEMBERED_PAIRS:
            self._apart.clear()
        self._apart.add(pair)
