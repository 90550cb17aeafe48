"""Near duplicates: clusters of rows that say nearly the same, found by their signatures.

Input: the signatures of all rows, and a way to ask what a row says. Output: a cluster for each row,
an account with examples, and the rows that could go. Rows that share a band hash are candidates:
each is paired with the first row of its run and with those shortly before it. Pairs whose sketches
promise enough are compared exactly, by the Jaccard similarity of their shingles.

Rows whose whole signatures are equal are of one cluster without being read: that all 64
permutations agree has a chance of 0.001 at a similarity of 0.9, and of one in a million at 0.8.
Near is not transitive: a cluster may hold two rows that are joined by a third alone.

Before: rows "Please book a table ... at Mario's", "book a table ... at Mario's, please", "Hello"
After:  labels [0, 0, -1]
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fctune.dataset.columns import I64, U32, Columns, Mask
from fctune.dataset.near_briefs import Briefs, Read, Stored
from fctune.dataset.near_joined import joined_of
from fctune.dataset.near_signature import BANDS, NUMBERS, PERMUTATIONS, estimates, similar
from fctune.dataset.runs import place, ratio, repeats, runs
from fctune.dataset.splitmix import scatter
from fctune.native.near import promising

THRESHOLD = 0.9
MARGIN = 0.08
"""Pairs are not read whose estimated similarity lies further below the threshold: twice the
estimate's standard deviation of 0.04. Of pairs at 0.9 one in forty is lost, at 0.95 none."""
WINDOW = 16
"""Rows with one band hash are paired with so many of those before them, and with the first of all.
Runs are short as a rule; in a crowd of rows all alike the window keeps the work in proportion."""
CODE = "near-duplicate"
EXAMPLES = 20
ROWS_OF_AN_EXAMPLE = 4
_BLOCK = 2**17
NO_CLUSTER = -1
I32 = NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class Clusters:
    """Near duplicates.

    Attributes:
        labels: the cluster of each row, as the index of its first row; -1 for rows alone.
        compared: pairs of rows that were compared.
        threshold: the similarity from which on rows are of one cluster.
    """

    labels: I64
    compared: int
    threshold: float


def clusters(
    signatures: U32,
    keep: Mask,
    read: Read,
    threshold: float = THRESHOLD,
    folder: Path | None = None,
    stored: Stored | None = None,
) -> Clusters:
    """Cluster rows by their signatures.

    Args:
        signatures: one row of 16 numbers for each row, as `near_signature.signature` packs them; a
            memory map will do.
        keep: rows that count; of the parts of one raw row, the first alone should.
        read: tells what some rows say, in the order asked for; called for candidates alone, a few
            hundred at a time, in rising order.
        threshold: the Jaccard similarity from which on two rows are near duplicates. The bands are
            made for 0.9; at 0.8 one pair in four is missed.
        folder: where the briefs of the candidates wait; default: among temporary files.
        stored: the briefs that are there already.
    """
    labels = np.full(len(keep), NO_CLUSTER, dtype=np.int64)
    rows = np.flatnonzero(keep & (signatures[:, 0] != 0)).astype(np.int32)
    if not len(rows):
        return Clusters(labels, 0, threshold)
    firsts, members, heads = _equal_signatures(signatures, rows)
    del rows
    with Briefs(len(keep), read, folder, stored) as briefs:
        joined = joined_of(briefs, threshold)
        for band in range(BANDS):
            column = np.asarray(signatures[:, band])[firsts]
            order = np.argsort(column, kind="stable")
            column = column[order]
            for left, right in _candidates(firsts[order], column):
                near = _promising(signatures, left, right, threshold - MARGIN)
                left, right = left[near], right[near]
                for begin in range(0, len(left), _BLOCK):
                    joined.join(left[begin : begin + _BLOCK], right[begin : begin + _BLOCK])
            del column, order
    labels[members] = heads
    compared, roots = joined.told()
    _relabel(labels, roots)
    return Clusters(labels, compared, threshold)


def surplus(found: Clusters, columns: Columns) -> Mask:
    """Return the rows that go if one row of each cluster stays: all parts of their raw rows too.

    The row with the fewest issue codes stays; of several, the first.
    """
    rows = np.flatnonzero(found.labels >= 0)
    codes = np.array([len(shape.codes) for shape in columns.shapes], dtype=np.int64)
    order = np.lexsort((rows, codes[columns.shape[rows]], found.labels[rows]))
    starts, _ = runs(found.labels[rows[order]])
    goes = np.ones(len(rows), dtype=np.bool_)
    goes[starts] = False
    gone = np.unique(columns.ordinal[rows[order[goes]]])
    return np.isin(columns.ordinal, gone)


def account_of(found: Clusters, columns: Columns, sources: Sequence[str]) -> dict[str, Any]:
    """Return the JSON-ready account: clusters, rows, and the places of rows of the largest.

    Args:
        found: the clusters.
        columns: all rows.
        sources: the name of each raw file, as places are shown.
    """
    rows = np.flatnonzero(found.labels >= 0)
    rows = rows[np.argsort(found.labels[rows], kind="stable")]
    starts, lengths = runs(found.labels[rows])
    worst = np.lexsort((rows[starts], -lengths))[:EXAMPLES]
    return {
        "threshold": found.threshold,
        "clusters": len(starts),
        "rows": len(rows),
        "surplus": len(rows) - len(starts),
        "share": ratio(len(rows), len(columns)),
        "compared": found.compared,
        "largest": int(lengths.max()) if len(lengths) else 0,
        "examples": [
            {
                "rows": int(lengths[cluster]),
                "shown": [
                    place(columns, int(row), sources)
                    for row in rows[starts[cluster] :][: lengths[cluster]][:ROWS_OF_AN_EXAMPLE]
                ],
            }
            for cluster in worst
        ],
    }


def _candidates(ordered: I32, column: U32) -> Iterator[tuple[I32, I32]]:
    """Yield pairs of rows with equal hashes: each with the first of its run, and those before it.

    Args:
        ordered: rows in the order of their hashes.
        column: the hashes in order.
    """
    starts, lengths = repeats(column)
    first = np.repeat(starts, lengths - 1)
    # The place of each further row in its run: 1 and on.
    place = np.arange(1, len(first) + 1) - np.repeat(
        np.cumsum(lengths - 1) - lengths + 1, lengths - 1
    )
    yield ordered[first], ordered[first + place]
    for back in range(1, WINDOW + 1):
        further = place > back
        if not further.any():
            return
        first, place = first[further], place[further]
        yield ordered[first + place - back], ordered[first + place]


def _promising(signatures: U32, left: I32, right: I32, least: float) -> Mask:
    """Tell which pairs are worth reading, by the estimate of their similarity."""
    found = np.empty(len(left), dtype=np.bool_)
    # The most pieces that may differ, which say the same in fewer words.
    most = int(np.count_nonzero(similar(np.arange(PERMUTATIONS + 1)) >= least)) - 1
    for start in range(0, len(left), _BLOCK):
        block = slice(start, start + _BLOCK)
        told = promising(signatures, left[block], right[block], most) if most >= 0 else None
        if told is None:
            told = estimates(signatures[left[block]], signatures[right[block]]) >= least
        found[block] = told
    return found


def _equal_signatures(signatures: U32, rows: I32) -> tuple[I32, I32, I32]:
    """Return the first row of each signature; and the rows whose signature is repeated, with it."""
    folded = np.empty(len(rows), dtype=np.uint64)
    for start in range(0, len(rows), _BLOCK):
        block = np.asarray(signatures[rows[start : start + _BLOCK]])
        value = np.zeros(len(block), dtype=np.uint64)
        for band in range(NUMBERS):
            value = scatter(value ^ block[:, band])
        folded[start : start + len(value)] = value
    order = np.argsort(folded, kind="stable")
    folded = folded[order]
    rows = rows[order]
    del order
    starts, lengths = repeats(folded)
    first = np.concatenate([[True], folded[1:] != folded[:-1]])
    del folded
    at = np.repeat(starts - np.cumsum(lengths) + lengths, lengths) + np.arange(lengths.sum())
    return np.sort(rows[first]), rows[at], np.repeat(rows[starts], lengths)


def _relabel(labels: I64, roots: I32) -> None:
    """Give joined rows the label of their root, in place."""
    moved = np.flatnonzero(roots != np.arange(len(roots), dtype=np.int32))
    grouped = labels >= 0
    labels[grouped] = roots[labels[grouped]]
    labels[moved] = roots[moved]
    labels[roots[moved]] = roots[moved]
