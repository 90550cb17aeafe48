"""Prefix rows: one row for each decision of a conversation, each row ending with its decision.

Input: a conversation. Output: its prefixes. With the engine's `mask_history: true` only the last
model turn of a row is trained (llamafactory 0.9.5, data/processor/supervised.py): the final answer,
and no call before it. Of prefix rows each trains its own decision, so that every call is trained,
and once. With `mask_history: false` a turn is trained again in every
longer prefix: prefix rows are made for `mask_history: true` alone.

Before: user, model(call a), result, model("Sunny."), user, model(call b), result, model("Rain.")
After:  user, model(call a)
        user, model(call a), result, model("Sunny."), user, model(call b)
        user, model(call a), ..., model(call b), result, model("Rain.")
"""

from __future__ import annotations

from enum import Enum

from fctune.conversations.turns import Conversation, ModelTurn
from fctune.dataset.parts import part
from fctune.dataset.stepped import Stepped
from fctune.issues import issue


class Each(Enum):
    """Which model turns are decisions with a row of their own; the last one always is.

    CALL: those that call. Words between calls are context in longer prefixes and not trained.
    TURN: all of them.
    """

    CALL = "call"
    TURN = "turn"


def prefixed(conversation: Conversation, *, each: Each = Each.CALL, context: int = 0) -> Stepped:
    """Return one row per decision; a conversation with one decision stays as it is.

    Args:
        conversation: a lawful conversation, or a window of one.
        each: which model turns are decisions.
        context: turns at the start that an earlier window trains: see `lengths.Fitted.carried`.
    """
    turns = conversation.turns
    model_turns = [
        index
        for index, turn in enumerate(turns)
        if isinstance(turn, ModelTurn) and index >= context
    ]
    ends = [
        index
        for index in model_turns
        if each is Each.TURN or _calls(turns[index]) or index == len(turns) - 1
    ]
    if len(ends) < 2:
        return Stepped((conversation,))
    rows = tuple(
        part(conversation, number, turns[: index + 1]) for number, index in enumerate(ends)
    )
    untrained = len(model_turns) - len(ends)
    told = f"1 row became {len(rows)}, each ending with one of {len(model_turns)} model turns"
    rest = f"; {untrained} without a call stand as context only" if untrained else ""
    return Stepped(rows, (issue("row-prefixed", "", told + rest),))


def _calls(turn: object) -> bool:
    return isinstance(turn, ModelTurn) and bool(turn.calls)
