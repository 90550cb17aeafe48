"""Which rows go to the files of the two stages, and how often: general rows, and rows with calls.

Input: the columns of all rows, and the side of each. Output: two arrays of row indices, where an
index may stand several times, and an account of what was left out or repeated and why.

Rows of train without any call are the general pool, and all of stage 1. Stage 2 takes `ratio` of
them for each row with a call, first those that list tools and call none (they teach when not to
call), then plain chat: a model tuned on calls alone calls always. Within the call side, `cap`
limits the rows of one tool, and `lessons` sets the lessons in proportion to one another. The engine
ignores a dataset that is named twice, so that a row is repeated by writing it again.

Before: 1000 `call` rows, 100 `ask_back` rows; lessons call=1, ask_back=0.5; rows repeated up to 4
After:  800 `call` rows, each `ask_back` row 4 times
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fctune.dataset.columns import (
    TRAIN,
    U8,
    U64,
    WINDOW_ROWS,
    Columns,
    Mask,
    RowNumbers,
    rows_of,
)
from fctune.dataset.mixing_caps import within_cap
from fctune.dataset.mixing_lessons import check_weights, weigh
from fctune.dataset.slices import ascending
from fctune.dataset.splitmix import scatter
from fctune.dataset.tool_index import ToolIndex
from fctune.errors import UsageFault

NAMED_TOOLS = 20
"""Tools named in the account; a manifest is read by people."""


@dataclass(frozen=True, slots=True)
class Mixing:
    """How the rows of stage 2 are mixed.

    Attributes:
        ratio: general rows per row with a call.
        lessons: weights of the lessons to one another among the rows with a call; lessons that are
            not named keep all their rows.
        upsample: whether a row may be written several times to reach its lesson's weight.
        max_repeat: how often a row may be written at most.
        cap_per_tool: at most so many different rows that call one tool; None for no cap.
        seed: seed of the draw and of the order.
    """

    ratio: float = 1.0
    lessons: Mapping[str, float] = field(default_factory=dict)
    upsample: bool = False
    max_repeat: int = 4
    cap_per_tool: int | None = None
    seed: int = 0

    def __post_init__(self) -> None:
        """Check the numbers.

        Raises:
            UsageFault: a number is out of its range.
        """
        if not 0 <= self.ratio < float("inf"):
            raise UsageFault(f"got ratio {self.ratio}, expected a number from 0 on")
        if self.max_repeat < 1:
            raise UsageFault(f"got {self.max_repeat} repeats at most, expected 1 or more")
        if self.cap_per_tool is not None and self.cap_per_tool < 1:
            raise UsageFault(f"got a cap of {self.cap_per_tool} rows per tool, expected 1 or more")


@dataclass(frozen=True, slots=True)
class Mixed:
    """The rows of the two stages, as indices into the columns.

    Attributes:
        general: all train rows without a call, for stage 1.
        toolcall: rows with a call, some perhaps several times, and general rows, for stage 2.
        asked: general rows per row with a call that were asked for.
        reached: general rows per row with a call that the pool allowed.
        account: JSON-ready: what was written, left out and repeated, and why.
    """

    general: RowNumbers
    toolcall: RowNumbers
    asked: float
    reached: float
    account: dict[str, Any]


def mix_rows(
    columns: Columns, tools: ToolIndex, keep: Mask, side: U8, wish: Mixing | None = None
) -> Mixed:
    """Draw the rows of both stages, the same ones for the same seed and for every order of input.

    Args:
        columns: all rows.
        tools: the tools of the set.
        keep: rows that count.
        side: the split of each row; train alone is mixed.
        wish: how to mix.
    """
    wish = wish or Mixing()
    calling = (tools.callees.lengths > 0)[columns.shape]
    trained = keep & (side == TRAIN)
    general = _ranked(columns, rows_of(trained & ~calling), wish.seed)
    calls = _ranked(columns, rows_of(trained & calling), wish.seed)
    capped, cap_account = _capped(columns, tools, calls, wish.cap_per_tool)
    rows, copies, lesson_account = weigh(columns, capped, wish)
    drawn = _by_use(columns, general)[: round(len(rows) * wish.ratio)]
    numbers = np.concatenate(
        [_ranks(columns, rows, wish.seed, copies), _ranks(columns, drawn, wish.seed)]
    )
    toolcall = np.concatenate([rows, drawn])[ascending(numbers)]
    reached = len(drawn) / len(rows) if len(rows) else 0.0
    account = {
        "asked": wish.ratio,
        "reached": round(reached, 4),
        "general_rows": len(general),
        "toolcall_rows": len(toolcall),
        "call_rows": {
            "available": len(calls),
            "written": len(rows),
            "left_out": len(calls) - int((copies == 0).sum()),
            "repeated": int((copies > 0).sum()),
        },
        "cap_per_tool": cap_account,
        "lessons": lesson_account,
    }
    return Mixed(general, toolcall, wish.ratio, reached, account)


def parse_weights(text: str) -> dict[str, float]:
    """Return the weights of lessons from `lesson=weight,...`.

    >>> parse_weights("call=1, ask_back=0.5")
    {'call': 1.0, 'ask_back': 0.5}

    Raises:
        UsageFault: a part is not `lesson=number`, or a lesson stands twice or cannot be weighed.
    """
    weights: dict[str, float] = {}
    for part in text.split(","):
        name, _, number = (piece.strip() for piece in part.partition("="))
        try:
            weight = float(number)
        except ValueError as fault:
            raise _unlike(text, f"got {part.strip()!r}, expected lesson=weight") from fault
        if name in weights:
            raise _unlike(text, f"got the lesson {name!r} twice")
        weights[name] = weight
    check_weights(weights)
    return weights


def _unlike(text: str, found: str) -> UsageFault:
    return UsageFault(f"{found} in {text!r}", hint="write it like call=1,ask_back=0.5")


def _capped(
    columns: Columns, tools: ToolIndex, calls: RowNumbers, cap: int | None
) -> tuple[RowNumbers, dict[str, Any] | None]:
    """Return the call rows within the cap, in their order, and the account of the others."""
    if cap is None:
        return calls, None
    shapes = columns.shape[calls].astype(np.int64)
    taken = within_cap(shapes, tools.callees, len(tools.names), cap)
    without = np.bincount(shapes[~taken], minlength=len(columns.shapes))
    out = tools.callees.sums(without, len(tools.names))
    worst = np.argsort(-out, kind="stable")[:NAMED_TOOLS]
    names = sorted((-int(out[tool]), tools.names[tool]) for tool in worst if out[tool])
    return calls[taken], {
        "cap": cap,
        "left_out": int((~taken).sum()),
        "tools_over_cap": int((out > 0).sum()),
        "left_out_by_tool": {name: -count for count, name in names},
    }


def _by_use(columns: Columns, general: RowNumbers) -> RowNumbers:
    """Return rows that list tools before those that do not, each in their order."""
    listing = np.array([shape.tools >= 0 for shape in columns.shapes], dtype=np.bool_)
    first = listing[columns.shape[general]]
    return np.concatenate([general[first], general[~first]])


def _ranked(columns: Columns, rows: RowNumbers, seed: int) -> RowNumbers:
    return rows[ascending(_ranks(columns, rows, seed))]


def _ranks(
    columns: Columns, rows: RowNumbers, seed: int, copies: NDArray[Any] | None = None
) -> U64:
    """Return a number that decides a row's place: from its id, its part and its copy alone."""
    found = np.empty(len(rows), dtype=np.uint64)
    ids, parts = columns.id, columns.part
    for first in range(0, len(rows), WINDOW_ROWS):
        block = rows[first : first + WINDOW_ROWS]
        numbers = scatter(ids[block], seed)
        numbers ^= parts[block].astype(np.uint64)
        if copies is not None:
            copied = copies[first : first + WINDOW_ROWS].astype(np.uint64)
            numbers ^= copied << np.uint64(32)
        found[first : first + WINDOW_ROWS] = scatter(numbers)
    return found
