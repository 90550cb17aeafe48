"""Groups of rows that share a wording, over all rows of a set, and the side of each group.

Input: the hashes of each row's user wordings. Output: a group, a key and a side for each row. Two
rows are of one group when they share a wording, even by a chain of others; the parts of one raw row
are always of one group. The key is the smallest wording hash of the group, so that the split is the
same on every machine and for every order of the input. `fctune.dataset.split` says which wordings
count.

Before: rows with the wordings {7}, {9}, {7, 4}
After:  groups [0, 1, 0], keys [4, 9, 4]
"""

from __future__ import annotations

from itertools import starmap
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fctune.dataset.columns import (
    DEV,
    TEST,
    U8,
    U64,
    WINDOW_ROWS,
    Hashes,
    Mask,
    RowNumbers,
    row_type,
    rows_of,
)
from fctune.dataset.runs import repeats
from fctune.dataset.slices import ordered, sliced_lists
from fctune.dataset.split import Shares
from fctune.dataset.splitmix import below, scatter

NO_GROUP = -1


def groups(
    wordings: Hashes, ordinal: U64, keep: Mask, ties: NDArray[Any] | None = None
) -> RowNumbers:
    """Return the group of each row: the index of its first row; -1 for rows that are not kept.

    Args:
        wordings: the hashes of each row's wordings.
        ordinal: number of the raw row, ascending; its parts share it.
        keep: the rows that count; others tie nothing together.
        ties: further marks that tie rows of equal mark, such as clusters of near duplicates;
            negative ones tie nothing.
    """
    parents = np.arange(len(keep), dtype=row_type(len(keep)))
    for values, owners in starmap(_by_hash, sliced_lists(wordings, keep)):
        _join(parents, values, owners)
    parts = rows_of(_of_parts(ordinal) & keep)
    _join(parents, ordinal[parts], parts)
    if ties is not None:
        tied = np.flatnonzero(keep & (ties >= 0))
        _join(parents, ties[tied], tied)
    _shorten(parents, slice(None))
    parents[~keep] = NO_GROUP
    return parents


def _by_hash(values: U64, owners: RowNumbers) -> tuple[U64, RowNumbers]:
    order = ordered(values)
    return values[order], owners[order]


def _of_parts(ordinal: U64) -> Mask:
    """Tell which rows share their raw row with another."""
    later = ordinal[1:] == ordinal[:-1]
    found = np.zeros(len(ordinal), dtype=np.bool_)
    found[1:] |= later
    found[:-1] |= later
    return found


def keys(labels: RowNumbers, wordings: Hashes, ids: U64) -> U64:
    """Return the key of each row's group: its smallest wording hash; 0 for rows of no group.

    Args:
        labels: what `groups` returned.
        wordings: the hashes of each row's wordings.
        ids: ids of the rows, in place of a wording where a row has none.
    """
    # Indexed by label: a label is the index of a row of its group.
    by_label = np.full(len(labels), np.iinfo(np.uint64).max, dtype=np.uint64)
    for first, counts, values in wordings.blocks():
        end = first + len(counts)
        kept = labels[first:end] >= 0
        found = _smallest(counts, values, ids[first:end])
        np.minimum.at(by_label, labels[first:end][kept], found[kept])
    found = np.zeros(len(labels), dtype=np.uint64)
    for first in range(0, len(labels), WINDOW_ROWS):
        own = labels[first : first + WINDOW_ROWS]
        found[first : first + WINDOW_ROWS] = np.where(own >= 0, by_label[own], np.uint64(0))
    return found


def sides(group_keys: U64, shares: Shares, seed: int) -> U8:
    """Return train (0), dev (1) or test (2) for each key; equal keys are on one side.

    Args:
        group_keys: what `keys` returned.
        shares: the share of groups that goes to dev and to test.
        seed: another seed gives another split.
    """
    found = np.zeros(len(group_keys), dtype=np.uint8)
    for first in range(0, len(group_keys), WINDOW_ROWS):
        numbers = scatter(group_keys[first : first + WINDOW_ROWS], seed)
        part = found[first : first + WINDOW_ROWS]
        part[below(numbers, shares.test + shares.dev)] = DEV
        part[below(numbers, shares.test)] = TEST
    return found


def largest(labels: RowNumbers) -> int:
    """Return how many rows the largest group holds; 0 where there are none."""
    kept = labels[labels >= 0]
    return int(np.bincount(kept).max()) if len(kept) else 0


def _join(parents: RowNumbers, marks: NDArray[Any], rows: NDArray[Any]) -> None:
    """Join the groups of rows with equal marks, in place.

    Sorting by mark makes neighbours of rows that belong together; an edge ties each to the first of
    them, so that paths are short. Then, until no edge joins two groups: hang each higher root on
    the lowest one beside it, and shorten the paths from it.
    """
    if (marks[1:] < marks[:-1]).any():
        order = np.argsort(marks)
        marks, rows = marks[order], rows[order]
        del order
    starts, lengths = repeats(marks)
    left = np.repeat(rows[starts], lengths - 1)
    right = rows[1:][marks[1:] == marks[:-1]]
    del marks, rows, starts, lengths
    while True:
        left, right = _roots(parents, left), _roots(parents, right)
        apart = left != right
        if not apart.any():
            return
        left, right = left[apart], right[apart]
        higher = np.maximum(left, right)
        np.minimum.at(parents, higher, np.minimum(left, right))
        _shorten(parents, higher)


def _roots(parents: RowNumbers, rows: NDArray[Any]) -> RowNumbers:
    """Return the root of each row; paths are short, as each round of joining adds one step."""
    while True:
        further: RowNumbers = parents[rows]
        if np.array_equal(further, rows):
            return further
        rows = further


def _shorten(parents: RowNumbers, rows: RowNumbers | slice) -> None:
    """Point these rows at their roots, in place: each round halves the paths."""
    while True:
        nearer = parents[rows]
        further = parents[nearer]
        if np.array_equal(further, nearer):
            return
        parents[rows] = further


def _smallest(counts: NDArray[Any], values: U64, ids: U64) -> U64:
    """Return each row's smallest wording hash, or its id where it has no wording."""
    found = ids.copy()
    filled = np.flatnonzero(counts)
    if len(filled):
        # Empty rows have no values between two filled ones, so that the starts of the filled ones
        # alone cut the values right.
        starts = np.cumsum(counts, dtype=np.int64) - counts
        found[filled] = np.minimum.reduceat(values, starts[filled])
    return found
