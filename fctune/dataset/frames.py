"""Frames: sentences that many rows share once their values are blanked.

Input: columns, where the frame of a row is a hash of its first user text without argument values
and digits. Output: the rows of over-represented frames, and a JSON-ready account. A set made from
few templates teaches the templates.

Before: 60 of 100 rows say "What is the weather in ___?"
After:  {"limit": 20, "frames": 1, "rows": 60, "worst": [{"rows": 60, "share": 0.6, ...}]}
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from fctune.dataset.columns import I64, Columns, Mask
from fctune.dataset.runs import place, ratio, runs
from fctune.dataset.slices import ordered, sliced

MIN_ROWS = 20
"""Below this a frame is an ordinary way to ask, however small the set."""
MAX_SHARE = 0.01
"""A hundred ways to ask are few; one with more than its hundredth leads the set."""
EXAMPLES = 20
CODE = "frame-over-represented"


@dataclass(frozen=True, slots=True)
class Frames:
    """Over-represented frames.

    Attributes:
        rows: the rows of such frames.
        examples: the index of one row of each of the largest.
        account: JSON-ready: how many frames, and the largest with the place of an example.
    """

    rows: Mask
    examples: tuple[int, ...]
    account: dict[str, Any]


def frames(columns: Columns, keep: Mask, sources: Sequence[str]) -> Frames:
    """Find frames with more rows than `MIN_ROWS` and than `MAX_SHARE` of the kept rows.

    The parts of one raw row count once.

    Args:
        columns: all rows.
        keep: rows that count.
        sources: the name of each raw file, as places are shown.
    """
    counted = keep & (columns.part == 0)
    total = int(counted.sum())
    limit = max(MIN_ROWS, int(MAX_SHARE * total))
    marked = np.zeros(len(columns), dtype=np.bool_)
    hashes, different = columns.frame, 0
    found: list[tuple[int, int]] = []
    for rows in sliced(hashes, counted & (hashes != 0)):
        own = hashes[rows]
        order = ordered(own)
        starts, lengths = runs(own[order])
        different += len(starts)
        for start, length in zip(*_over(starts, lengths, limit), strict=True):
            members = rows[order[start : start + length]]
            marked[members] = True
            found.append((-length, int(members.min())))
    found.sort()
    account = {
        "limit": limit,
        "different": different,
        "frames": len(found),
        "rows": int(marked.sum()),
        "share": ratio(int(marked.sum()), total),
        "worst": [
            {
                "rows": -count,
                "share": ratio(-count, total),
                "example": place(columns, row, sources),
            }
            for count, row in found[:EXAMPLES]
        ],
    }
    return Frames(marked, tuple(row for _, row in found[:EXAMPLES]), account)


def _over(starts: I64, lengths: I64, limit: int) -> tuple[list[int], list[int]]:
    """Return start and length of the runs that are longer than the limit."""
    over = lengths > limit
    return starts[over].tolist(), lengths[over].tolist()
