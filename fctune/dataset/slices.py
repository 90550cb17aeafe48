"""Hashes in slices of their range: rows of equal hashes are together in one slice.

Input: a hash a row, or lists of hashes. Output: the rows slice by slice, so that sorting needs the
memory of one slice, whatever the number of rows.

Before: hashes [9, 2, 9, 7], two slices: 0 to 4, 5 to 9
After:  rows [1], then rows [0, 2, 3]
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from fctune.dataset.columns import U64, WINDOW_ROWS, Hashes, Mask, RowNumbers, row_type
from fctune.dataset.runs import repeats

SLICE_HASHES = 1 << 19
"""Hashes of one slice, at most, where they are spread evenly."""
_MOST_BITS = 10


def sliced(hashes: U64, chosen: Mask | None = None) -> Iterator[RowNumbers]:
    """Yield the numbers of rows, ascending within each slice; slices ascend by hash.

    Args:
        hashes: one a row.
        chosen: the rows that count; None for all.
    """
    kind, bits = row_type(len(hashes)), _bits(len(hashes))
    for number in range(1 << bits):
        parts = [np.zeros(0, dtype=kind)]
        for first in range(0, len(hashes), WINDOW_ROWS):
            end = first + WINDOW_ROWS
            here = _in_slice(hashes[first:end], number, bits)
            if chosen is not None:
                here &= chosen[first:end]
            parts.append((np.flatnonzero(here) + first).astype(kind))
        yield np.concatenate(parts)


def sliced_lists(hashes: Hashes, chosen: Mask) -> Iterator[tuple[U64, RowNumbers]]:
    """Yield the hashes of rows that count, slice by slice, and for each the row that has it."""
    kind, bits = row_type(len(chosen)), _bits(hashes.total)
    for number in range(1 << bits):
        values, owners = [np.zeros(0, dtype=np.uint64)], [np.zeros(0, dtype=kind)]
        for first, counts, found in hashes.blocks():
            here = np.repeat(chosen[first : first + len(counts)], counts)
            if bits:
                here &= _in_slice(found, number, bits)
            rows = np.arange(first, first + len(counts), dtype=kind)
            values.append(found[here])
            owners.append(np.repeat(rows, counts)[here])
        yield np.concatenate(values), np.concatenate(owners)


def repeated(hashes: U64, chosen: Mask | None = None) -> tuple[RowNumbers, RowNumbers]:
    """Return the rows whose hash another row has, by hash and then in order, and how many share it.

    >>> rows, lengths = repeated(np.array([7, 9, 7, 7, 9, 1], dtype=np.uint64))
    >>> rows.tolist(), lengths.tolist()
    ([0, 2, 3, 1, 4], [3, 2])
    """
    kind = row_type(len(hashes))
    found, counts = [np.zeros(0, dtype=kind)], [np.zeros(0, dtype=kind)]
    for rows in sliced(hashes, chosen):
        own = hashes[rows]
        order = ordered(own)
        starts, lengths = repeats(own[order])
        if not len(starts):
            continue
        first = np.cumsum(lengths) - lengths
        places = order[np.repeat(starts - first, lengths) + np.arange(lengths.sum())]
        found.append(rows[places])
        counts.append(lengths.astype(kind))
    return np.concatenate(found), np.concatenate(counts)


def ordered(hashes: U64) -> NDArray[np.int64]:
    """Return the places of hashes in ascending order, for as many as are sorted in memory.

    Equal ones keep the order in which they stand.

    >>> ordered(np.array([5, 1, 5, 0], dtype=np.uint64)).tolist()
    [3, 1, 0, 2]
    """
    # The upper bits of each hash with its place below them: numbers are sorted several times as
    # fast as places by number. Hashes that differ in the lower bits alone are rare.
    below = np.uint64((1 << len(hashes).bit_length()) - 1)
    packed = hashes & ~below
    packed |= np.arange(len(hashes), dtype=np.uint64)
    packed.sort()
    packed &= below
    places = packed.view(np.int64)
    own = hashes[places]
    if (own[1:] < own[:-1]).any():
        return np.argsort(hashes, kind="stable")
    return places


def ascending(hashes: U64) -> RowNumbers:
    """Return the places of hashes in ascending order; equal ones in the order in which they stand.

    >>> ascending(np.array([5, 1, 5, 0], dtype=np.uint64)).tolist()
    [3, 1, 0, 2]
    """
    found = np.empty(len(hashes), dtype=row_type(len(hashes)))
    begin = 0
    for places in sliced(hashes):
        found[begin : begin + len(places)] = places[ordered(hashes[places])]
        begin += len(places)
    return found


def _bits(count: int) -> int:
    """Return how many bits number the slices."""
    return min(_MOST_BITS, max(0, (count - 1) // SLICE_HASHES).bit_length())


def _in_slice(hashes: U64, number: int, bits: int) -> Mask:
    if not bits:
        return np.ones(len(hashes), dtype=np.bool_)
    return np.asarray(hashes >> np.uint64(64 - bits) == np.uint64(number), dtype=np.bool_)
