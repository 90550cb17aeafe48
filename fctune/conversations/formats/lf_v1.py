r"""Rows of LLaMA-Factory's v1 data: OpenAI roles, and content as a list of parts with a `value`.

Input: {"messages": [{"role", "content": [{"type": "text" | "reasoning" | "tool_call", "value"}],
"loss_weight"?}], "tools": JSON text}. Output: a Draft. A call is JSON text in a part of its own;
one tool turn may hold the results of all parallel calls.

Before: {"role": "assistant", "content": [{"type": "reasoning", "value": "hm"},
         {"type": "tool_call", "value": "{\"name\": \"now\", \"arguments\": {}}"}]}
After:  model turn with the raw call; the thought beside it
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fctune.conversations.draft import Draft, DraftTurn, RawCall
from fctune.conversations.formats.content import read_system_column
from fctune.conversations.formats.parts import (
    MessageStyle,
    PartTurn,
    Speaker,
    messages_of,
    parts_in,
    read_messages,
)
from fctune.issues import issue

_TYPES = ("text", "reasoning", "tool_call")
_ROLES: dict[str, Speaker] = {
    "system": "system",
    "user": "user",
    "assistant": "model",
    "tool": "result",
}


def detect(row: Mapping[str, Any]) -> bool:
    """Tell whether a part of some message has a type of the format and its text under `value`."""
    return any(
        part.get("type") in _TYPES and "value" in part and "text" not in part
        for part in parts_in(messages_of(row))
    )


def read(row: Mapping[str, Any]) -> Draft:
    """Translate a row."""
    draft = Draft(tools=row.get("tools"))
    read_system_column(row, draft)
    messages = row.get("messages")
    for index, message in enumerate(messages if isinstance(messages, list) else []):
        if isinstance(message, Mapping) and message.get("role") == "assistant":
            _check_weight(message, f"messages[{index}]", draft)
    read_messages(messages, "messages", MessageStyle(_ROLES, _read_part), draft)
    draft.turns = [_joined(turn) for turn in draft.turns]
    return draft


def _check_weight(message: Mapping[str, Any], where: str, draft: Draft) -> None:
    if message.get("loss_weight") == 0:
        draft.issues.append(issue("turn-untrainable", where, "got loss_weight 0"))


def _read_part(turn: PartTurn, part: Mapping[str, Any], where: str) -> None:
    kind = part.get("type")
    value = part.get("value", part.get("text"))
    if kind == "text" and turn.speaker == "result" and not isinstance(value, str):
        turn.result(value, where, "")
    elif kind == "text":
        turn.text(value, where)
    elif kind == "reasoning":
        turn.thought(value, where)
    elif kind == "tool_call":
        turn.call(RawCall(value, where))
    else:
        turn.refuse(kind, where)


def _joined(turn: DraftTurn) -> DraftTurn:
    """Mark a result as one that may hold those of several calls."""
    if turn.role != "result":
        return turn
    return DraftTurn("result", turn.where, turn.text, joined=True)
