"""What is found over all rows and told of single ones: contradictions, frames, near duplicates.

Input: the spool, and which rows count. Output: Findings: for each code the rows that have it, which
of them a switch rejects, and the accounts.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import chain, islice
from typing import Any

import numpy as np
import orjson

from fctune.conversations.assemble import assemble
from fctune.conversations.formats import sharegpt
from fctune.conversations.turns import ModelTurn, Turn, UserTurn
from fctune.dataset.columns import I64, U64, Columns, Mask
from fctune.dataset.contradictions import contradictions
from fctune.dataset.frames import frames
from fctune.dataset.near import NO_CLUSTER, Clusters, account_of, clusters, surplus
from fctune.dataset.near_briefs import brief
from fctune.dataset.near_signature import WIDTH, said
from fctune.dataset.options import BuildOptions
from fctune.dataset.row_bytes import RowBytes
from fctune.dataset.runs import runs
from fctune.dataset.spool import Spool
from fctune.dataset.switches import OFF, REJECT
from fctune.native import near

CONTRADICTION, FRAME, NEAR = "contradiction", "frame-over-represented", "near-duplicate"


@dataclass(frozen=True, slots=True)
class Findings:
    """What was found.

    Attributes:
        rows: code to the rows that have it.
        rejected_by: code to the rows that are rejected for it.
        ties: the cluster of near duplicates of each row, -1 for none; they stand on one side.
        account: JSON-ready.
    """

    rows: Mapping[str, Mask]
    rejected_by: Mapping[str, Mask]
    ties: I64 | None
    account: Mapping[str, Any]

    @property
    def rejected(self) -> Mask:
        """The rows that are rejected for any code."""
        none = np.zeros(1, dtype=np.bool_)
        rows: Mask = np.logical_or.reduce(np.broadcast_arrays(none, *self.rejected_by.values()))
        return rows


def find(spool: Spool, keep: Mask, options: BuildOptions, sources: Sequence[str]) -> Findings:
    """Look for what single rows do not show.

    Args:
        spool: all rows.
        keep: the rows that count.
        options: of the build; its switches say which codes are told and which reject.
        sources: the name of each raw file.
    """
    columns = spool.columns
    contradicting = contradictions(columns, keep, sources)
    framed = frames(columns, keep, sources)
    account: dict[str, Any] = {"contradictions": contradicting.account, "frames": framed.account}
    rows = {CONTRADICTION: contradicting.rows, FRAME: framed.rows}
    over = _over(columns, framed.rows, int(framed.account["limit"]))
    rejecting = {CONTRADICTION: contradicting.rows, FRAME: over}
    alike = _near(spool, keep, options)
    account["near_duplicates"] = None
    ties = None
    if alike is not None:
        ties = _of_parts(columns, alike.labels, keep)
        rows[NEAR] = ties >= 0
        rejecting[NEAR] = surplus(alike, columns)  # one of each cluster stays
        account["near_duplicates"] = account_of(alike, columns, sources)
    action = {code: options.switches.action(code) for code in rows}
    rejected_by = {
        code: _whole(columns, mask) & keep
        for code, mask in rejecting.items()
        if action[code] == REJECT
    }
    told = {code: mask for code, mask in rows.items() if action[code] != OFF}
    return Findings(told, rejected_by, ties, account)


def _whole(columns: Columns, mask: Mask) -> Mask:
    """Return all parts of the raw rows of which some part is marked."""
    ordinal = columns.ordinal
    return np.isin(ordinal, ordinal[mask])


def _over(columns: Columns, framed: Mask, limit: int) -> Mask:
    """Return the rows of over-represented frames after the first `limit` of each frame."""
    rows = np.flatnonzero(framed)
    rows = rows[np.argsort(columns.frame[rows], kind="stable")]
    starts, lengths = runs(columns.frame[rows])
    place = np.arange(len(rows)) - np.repeat(starts, lengths)
    over = np.zeros(len(framed), dtype=np.bool_)
    over[rows[place >= limit]] = True
    return over


def _near(spool: Spool, keep: Mask, options: BuildOptions) -> Clusters | None:
    if options.near_dup is None:
        return None
    columns = spool.columns
    signatures = spool.signatures(WIDTH).view("<u4")
    first = keep & (columns.part == 0)
    ordinal = columns.ordinal
    reading = partial(_briefs, spool.bytes, spool.bytes.head_ends(), ordinal)
    return clusters(signatures, first, reading, options.near_dup, spool.folder, spool.briefs())


def _of_parts(columns: Columns, labels: I64, keep: Mask) -> I64:
    """Return the cluster of every part: that of its raw row, which its first part was asked for."""
    starts = np.flatnonzero(columns.part == 0)
    if not len(starts):
        return labels
    first = starts[np.cumsum(columns.part == 0) - 1]
    return np.where(keep, labels[first], NO_CLUSTER)


def _briefs(bytes_: RowBytes, ends: I64, ordinal: U64, rows: Sequence[int]) -> Iterator[I64]:
    """Yield what raw rows say in brief, the parts of each read together."""
    firsts = np.asarray(rows, dtype=np.int64)
    counts = np.searchsorted(ordinal, ordinal[firsts], side="right") - firsts
    # The first part of each row and those that follow it: 3, 4, 5 and 9, 10 of rows 3 and 9.
    steps = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
    blocks = bytes_.heads(np.repeat(firsts, counts) + steps, ends)
    heads = chain.from_iterable(zip(block, near.briefs(block), strict=True) for block in blocks)
    for count in counts.tolist():
        parts = list(islice(heads, count))
        made = parts[0][1] if count == 1 else None
        yield _brief([head for head, _ in parts]) if made is None else made


def _brief(heads: Sequence[bytes]) -> I64:
    """Return what a raw row says, by the parts that were made of it."""
    turns: list[Turn] = []
    for head in heads:
        part = assemble(sharegpt.read(orjson.loads(head + b"}"))).turns
        turns += part[_overlap(turns, part) :]
    calls = [c for turn in turns if isinstance(turn, ModelTurn) for c in turn.calls]
    texts = [turn.text for turn in turns if isinstance(turn, UserTurn)]
    return brief(said(texts, [(call.name, call.arguments) for call in calls]))


def _overlap(turns: Sequence[Turn], part: Sequence[Turn]) -> int:
    """Return how many turns a part repeats of those before it: a prefix all, a window a few."""
    for count in range(min(len(turns), len(part)), 0, -1):
        if tuple(turns[-count:]) == tuple(part[:count]):
            return count
    return 0
