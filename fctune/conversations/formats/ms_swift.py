r"""Agent rows of ms-swift: calls and results as messages of their own roles.

Input: {"messages": [{"role": "system" | "user" | "assistant" | "tool_call" | "tool_response" |
"tool", "content", "loss"?}], "tools"?: JSON text}. Output: a Draft. Words right before a call, and
calls right after one another, are one turn there; that is the format's rule and no repair.

Before: {"role": "tool_call", "content": "{\"name\": \"now\", \"arguments\": {}}"}, twice
After:  model turn with two raw calls
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fctune.conversations.draft import Draft, RawCall
from fctune.conversations.formats.content import check_trainable, read_system_column
from fctune.conversations.formats.parts import PartTurn, Speaker, messages_of
from fctune.issues import issue

_MODEL = ("assistant", "tool_call")
_OTHERS: dict[str, Speaker] = {
    "system": "system",
    "user": "user",
    "tool_response": "result",
    "tool": "result",
}
_ROLES = (*_MODEL, *_OTHERS)


def detect(row: Mapping[str, Any]) -> bool:
    """Tell whether `messages` has the format's roles, and one that no other format has."""
    roles = [message.get("role") for message in messages_of(row) if "content" in message]
    own = any(role in ("tool_call", "tool_response") for role in roles)
    return own and all(role in _ROLES for role in roles)


def read(row: Mapping[str, Any]) -> Draft:
    """Translate a row."""
    draft = Draft(tools=row.get("tools"))
    read_system_column(row, draft)
    messages = row.get("messages")
    turn: PartTurn | None = None
    for index, message in enumerate(messages if isinstance(messages, list) else []):
        where = f"messages[{index}]"
        role = message.get("role") if isinstance(message, Mapping) else None
        if turn is not None and role != "tool_call":
            turn.close()
            turn = None
        if role in _MODEL:
            check_trainable(message, where, draft.issues)
            turn = turn or PartTurn(draft, where, "model")
            _read_model(message, where, turn)
        elif isinstance(role, str) and role in _OTHERS:
            _read_other(message, where, PartTurn(draft, where, _OTHERS[role]))
        else:
            code = "turn-invalid" if role is None else "role-unknown"
            found = f"got {str(role)[:40]!r}, expected one of {', '.join(_ROLES)}"
            draft.issues.append(issue(code, where, found))
    if turn is not None:
        turn.close()
    return draft


def _read_model(message: Mapping[str, Any], where: str, turn: PartTurn) -> None:
    content = message.get("content")
    if message["role"] == "tool_call":
        turn.call(RawCall(content, where))
    elif content is not None:
        turn.text(content, where)


def _read_other(message: Mapping[str, Any], where: str, turn: PartTurn) -> None:
    if turn.speaker == "result":
        turn.result(message.get("content"), where, message.get("tool_call_id"))
    else:
        turn.text(message.get("content"), where)
    turn.close()
