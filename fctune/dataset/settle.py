"""What is decided over the whole set: duplicates, groups, split, held-out tools, mix.

Input: the spool of all rows. Output: Settled: which rows are kept and why others are not, on which
side each stands, which rows the stage files hold, and what was found over the whole set.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from fctune.dataset import balance_warnings, leakage
from fctune.dataset.balance import balance
from fctune.dataset.columns import U8, U64, Columns, Mask, RowNumbers, rows_of
from fctune.dataset.findings import Findings, find
from fctune.dataset.groups import groups, keys, largest, sides
from fctune.dataset.heldout import Moved, hold_out
from fctune.dataset.mixing import mix_rows
from fctune.dataset.options import BuildOptions
from fctune.dataset.slices import repeated
from fctune.dataset.split import SPLITS
from fctune.dataset.spool import Spool
from fctune.dataset.tool_index import ToolIndex, index_tools, without
from fctune.dataset.traces import superseded

MIN_ROWS = 20
"""Rows of train from which on its balance is judged: a trial of a few rows has none."""


@dataclass(frozen=True, slots=True)
class Settled:
    """The decisions of a build.

    Attributes:
        keep: rows that are kept; the parts of one raw row share their fate.
        repeated: rows that an earlier row equals.
        superseded: rows that another row of the same trace begins with.
        findings: what was found over the kept rows, and what is rejected for it.
        side: 0 train, 1 dev, 2 test, for each row.
        largest: rows that the largest group of shared wordings holds.
        splits: split to the numbers of its rows, in input order.
        stages: stage file to the numbers of its rows, in the order in which they are trained.
        without: names of held-out tools, which rows of train and dev do not show.
        mix: the account of the stage files.
        held_out: the account of the held-out tools; None where none were asked for.
        tools: the tools of the set.
    """

    keep: Mask
    repeated: Mask
    superseded: Mask
    findings: Findings
    side: U8
    largest: int
    splits: Mapping[str, RowNumbers]
    stages: Mapping[str, RowNumbers]
    without: tuple[str, ...]
    mix: Mapping[str, Any]
    held_out: Mapping[str, Any] | None
    tools: ToolIndex


def settle(spool: Spool, options: BuildOptions, sources: Sequence[str]) -> Settled:
    """Decide on all rows; the same for any order of the work and any number of workers.

    Args:
        spool: all rows.
        options: of the build.
        sources: the name of each raw file.
    """
    columns = spool.columns
    first = first_of_each(columns.id, columns.ordinal)
    traced = superseded(columns.trace, columns.prefixes, first)
    findings = find(spool, first & ~traced, options, sources)
    # What is rejected supersedes nothing: the beginning of such a row stays.
    used = first & ~findings.rejected
    traced = superseded(columns.trace, columns.prefixes, used)
    keep = used & ~traced
    labels = groups(columns.wordings, columns.ordinal, keep, findings.ties)
    side = sides(keys(labels, columns.wordings, columns.id), options.shares, options.seed)
    tools = index_tools(columns)
    moved = _held_out(columns, tools, keep, side, labels, options)
    side = moved.side if moved is not None else side
    mixed = mix_rows(columns, tools, keep, side, options.mixing)
    return Settled(
        keep=keep,
        repeated=~first,
        superseded=traced,
        findings=findings,
        side=side,
        largest=largest(labels),
        splits={name: rows_of(keep & (side == n)) for n, name in enumerate(SPLITS)},
        stages={"general_train": mixed.general, "toolcall_train": mixed.toolcall},
        without=moved.names if moved is not None else (),
        mix=mixed.account,
        held_out=moved.account if moved is not None else None,
        tools=tools,
    )


def audit_of(spool: Spool, settled: Settled) -> dict[str, Any]:
    """Return what was found over the whole set, JSON-ready: leakage, balance and the like.

    Apart from `settle`, as no row waits for it.
    """
    columns, tools, keep, side = spool.columns, settled.tools, settled.keep, settled.side
    leaked = leakage.leakage(columns, tools, keep, side)
    balanced = balance(columns, tools, keep, side)
    if settled.without:  # only test shows them
        shown = balance(columns, without(tools, settled.without), keep, side)
        balanced = {**shown, "test": balanced["test"]}
    warned = [*leakage.warnings_of(leaked)]
    if balanced["train"]["rows"] >= MIN_ROWS:
        warned = [*balance_warnings.warnings_of(balanced), *warned]
    return {
        **settled.findings.account,
        "held_out": settled.held_out,
        "leakage": leaked,
        "balance": balanced,
        "warnings": [found.as_dict() for found in warned],
    }


def first_of_each(ids: U64, ordinal: U64) -> Mask:
    """Tell which rows are of the first raw row of their id; the others are exact duplicates.

    Before: ids [7, 7, 9, 7], ordinals [0, 0, 1, 2]
    After:  [True, True, True, False]
    """
    keep = np.ones(len(ids), dtype=np.bool_)
    rows, lengths = repeated(ids)
    if not len(rows):
        return keep
    raw = ordinal[rows]
    first = np.minimum.reduceat(raw, np.cumsum(lengths) - lengths)
    keep[rows[raw != np.repeat(first, lengths)]] = False
    return keep


def _held_out(
    columns: Columns,
    tools: ToolIndex,
    keep: Mask,
    side: U8,
    labels: RowNumbers,
    options: BuildOptions,
) -> Moved | None:
    if options.held_out is None:
        return None
    return hold_out(columns, tools, keep, side, labels, options.held_out)
