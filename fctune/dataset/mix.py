"""Mix the rows of the two stages: general rows for stage 1, calls beside general rows for stage 2.

Input: the conversations of the train split. Output: the rows of each stage in a fixed order.
Rows without any call are the general pool. Stage 2 takes `ratio` of them for each row with a call,
first those that list tools and call none (they teach when not to call), then plain chat; without
them a model tuned on calls alone calls always and forgets to answer.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import xxhash

from fctune.conversations.turns import Conversation
from fctune.errors import UsageFault


@dataclass(frozen=True, slots=True)
class Mix:
    """The rows of the two stages.

    Attributes:
        general: all rows without a call, for stage 1.
        toolcall: rows with a call and the general rows drawn for them, for stage 2.
        asked: general rows per row with a call that were asked for.
        reached: general rows per row with a call that the pool allowed.
    """

    general: tuple[Conversation, ...]
    toolcall: tuple[Conversation, ...]
    asked: float
    reached: float


def parse_ratio(text: str) -> float:
    """Return general rows per call row from `general:call`.

    >>> parse_ratio("1:1"), parse_ratio("2:1"), parse_ratio("0:1")
    (1.0, 2.0, 0.0)

    Raises:
        UsageFault: the text is not two numbers with a colon between.
    """
    general, _, call = text.partition(":")
    try:
        ratio = float(general) / float(call)
    except (ValueError, ZeroDivisionError) as fault:
        raise UsageFault(
            f"got ratio {text!r}, expected general:call such as 1:1", hint="--mix 2:1"
        ) from fault
    if not 0 <= ratio < float("inf"):
        raise UsageFault(f"got ratio {text!r}, expected a number from 0 on", hint="--mix 2:1")
    return ratio


def mix(train: Sequence[Conversation], ratio: float, *, seed: int) -> Mix:
    """Draw the rows of both stages, the same ones for the same seed.

    Args:
        train: conversations of the train split.
        ratio: general rows per row with a call.
        seed: seed of the draw and of the order.
    """
    calls = [row for row in train if row.calls]
    pool = [row for row in train if not row.calls]
    by_use = sorted(pool, key=lambda row: (len(row.catalog) == 0, _rank(row, seed)))
    drawn = by_use[: round(len(calls) * ratio)]
    return Mix(
        general=tuple(sorted(pool, key=lambda row: _rank(row, seed))),
        toolcall=tuple(sorted([*calls, *drawn], key=lambda row: _rank(row, seed))),
        asked=ratio,
        reached=len(drawn) / len(calls) if calls else 0.0,
    )


def _rank(row: Conversation, seed: int) -> int:
    return xxhash.xxh64_intdigest(row.id.encode(), seed=seed)
