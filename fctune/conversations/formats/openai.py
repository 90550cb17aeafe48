"""OpenAI chat rows: messages with tool_calls, and the older function_call.

Input: a raw row with `messages` (or `traj`, as tau-bench has it). Output: a Draft. Tools may be
wrapped, bare or flat, under `tools` or `functions`.

Before: {"role": "assistant", "content": null, "tool_calls": [{"id": "a", "type": "function",
         "function": {"name": "now", "arguments": "{}"}}]}
After:  model turn with the raw call {"name": "now", "arguments": "{}"}, id "a"
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fctune.conversations.calls import UNREADABLE_CALL
from fctune.conversations.draft import Draft, DraftTurn, RawCall
from fctune.conversations.formats.content import (
    check_trainable,
    read_system_column,
    result_text_of,
    text_of,
)
from fctune.issues import issue

_LIST_KEYS = ("messages", "traj", "conversations")
_SYSTEM = ("system", "developer")
_ROLES = frozenset({"user", "assistant", "tool", "function", *_SYSTEM})
_CALL_KEYS = ("tool_calls", "function_call")


def detect(row: Mapping[str, Any]) -> bool:
    """Tell whether the row's turns have this format's roles, and calls as it writes them.

    Turns under `conversations` are of this format only where some turn holds `tool_calls`.
    """
    key = _list_key(row)
    if key is None or not row[key]:
        return False
    turns = [turn for turn in row[key] if isinstance(turn, Mapping)]
    if any(call_key in turn for turn in turns for call_key in _CALL_KEYS):
        return True
    ours = bool(turns) and all(_is_role(turn.get("role")) for turn in turns)
    return ours and key != "conversations"


def has_calls(row: Mapping[str, Any]) -> bool:
    """Tell whether some turn of a row holds calls as this format writes them."""
    key = _list_key(row)
    turns = row[key] if key is not None else []
    return any(
        isinstance(turn, Mapping) and any(turn.get(call_key) for call_key in _CALL_KEYS)
        for turn in turns
    )


def read(row: Mapping[str, Any]) -> Draft:
    """Translate a row."""
    draft = Draft(tools=_tools_of(row))
    read_system_column(row, draft)
    key = _list_key(row)
    for index, message in enumerate(row[key] if key is not None else []):
        _read_message(message, f"{key}[{index}]", draft)
    return draft


def _list_key(row: Mapping[str, Any]) -> str | None:
    return next((key for key in _LIST_KEYS if isinstance(row.get(key), list)), None)


def _is_role(value: Any) -> bool:
    return isinstance(value, str) and value in _ROLES


def _tools_of(row: Mapping[str, Any]) -> Any:
    """Return the row's tools; some exports keep the older list beside the newer one."""
    tools, functions = row.get("tools"), row.get("functions")
    if isinstance(tools, list) and isinstance(functions, list):
        return [*tools, *functions]
    return functions if tools is None else tools


def _read_message(message: Any, where: str, draft: Draft) -> None:
    role = message.get("role") if isinstance(message, Mapping) else None
    if role is None:
        draft.issues.append(
            issue("turn-invalid", where, "expected an object with role and content")
        )
    elif not _is_role(role):
        draft.issues.append(issue("role-unknown", where, f"got {str(role)[:40]!r}"))
    elif role in _SYSTEM:
        _read_system(message, where, draft)
    elif role == "user":
        text = text_of(message.get("content"), where, draft.issues)
        draft.turns.append(DraftTurn("user", where, text))
    elif role == "assistant":
        _read_assistant(message, where, draft)
    else:
        text = result_text_of(message.get("content"), where, draft.issues)
        id_ = message.get("tool_call_id")
        draft.turns.append(DraftTurn("result", where, text, id=id_ if isinstance(id_, str) else ""))


def _read_system(message: Mapping[str, Any], where: str, draft: Draft) -> None:
    text = text_of(message.get("content"), where, draft.issues)
    if draft.turns:
        draft.issues.append(issue("system-late", where, "got a system turn after the first turn"))
    elif text is not None:
        draft.system.append(text)


def _read_assistant(message: Mapping[str, Any], where: str, draft: Draft) -> None:
    check_trainable(message, where, draft.issues)
    reasoning, thought = message.get("reasoning_content"), ""
    if reasoning:
        thought = draft.take_thought(reasoning, where, "removed reasoning_content")
    calls = _calls_of(message, where, draft)
    content = message.get("content")
    if content is None or content == []:
        refusal = message.get("refusal")
        content = refusal if isinstance(refusal, str) else ""
    text = text_of(content, where, draft.issues)
    draft.turns.append(DraftTurn("model", where, text, calls, thought=thought))


def _calls_of(message: Mapping[str, Any], where: str, draft: Draft) -> tuple[RawCall, ...]:
    found: list[RawCall] = []
    raw_calls = message.get("tool_calls")
    legacy = message.get("function_call")
    if isinstance(raw_calls, list):
        for index, raw in enumerate(raw_calls):
            found.append(_call_of(raw, f"{where}.tool_calls[{index}]", draft))
    elif raw_calls is not None:
        found.append(RawCall(raw_calls, f"{where}.tool_calls", text_arguments=True))
    if legacy is not None and legacy != {}:
        found.append(RawCall(legacy, f"{where}.function_call", text_arguments=True))
    return tuple(found)


def _call_of(raw: Any, where: str, draft: Draft) -> RawCall:
    if not isinstance(raw, Mapping):
        return RawCall(raw, where, text_arguments=True)
    kind, id_ = raw.get("type"), raw.get("id")
    if kind not in (None, "function"):
        found = f"got type {str(kind)[:40]!r}, expected function"
        draft.issues.append(issue("call-type-unsupported", where, found))
        return RawCall(UNREADABLE_CALL, where)
    inner = raw.get("function")
    value = inner if isinstance(inner, Mapping) else raw
    return RawCall(value, where, id_ if isinstance(id_, str) else "", text_arguments=True)
