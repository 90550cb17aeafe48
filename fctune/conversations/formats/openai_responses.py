r"""Rows of OpenAI's Responses interface: a list of items, in which calls stand beside messages.

Input: {"instructions"?, "input": text or items, "output"?: items, "tools"?} or {"items": [...]}.
Output: a Draft. Items of the model that follow one another are one turn, so that several calls in
a row are parallel calls.

Before: {"type": "function_call", "call_id": "c1", "name": "now", "arguments": "{}"}
After:  model turn with the raw call {"name": "now", "arguments": "{}"}, id "c1"
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from fctune.conversations.calls import UNREADABLE_CALL
from fctune.conversations.draft import Draft, RawCall
from fctune.conversations.formats.foreign import foreign_tools
from fctune.conversations.formats.parts import PartTurn, Speaker, id_text, read_parts
from fctune.issues import issue

_OWN = (
    "function_call",
    "function_call_output",
    "custom_tool_call",
    "custom_tool_call_output",
    "web_search_call",
    "file_search_call",
    "code_interpreter_call",
    "computer_call",
    "mcp_call",
    "local_shell_call",
)
_LISTS = ("input", "output")
_SINGLE = ("items", "messages", "conversation", "conversations")
_ROLES: dict[str, Speaker] = {
    "system": "system",
    "developer": "system",
    "user": "user",
    "assistant": "model",
}


def detect(row: Mapping[str, Any]) -> bool:
    """Tell whether the row holds items of a type that only this interface has."""
    lists = [row[key] for key in (*_LISTS, *_SINGLE) if isinstance(row.get(key), list)]
    if any(
        isinstance(item, dict) and "type" in item and item["type"] in _OWN and "role" not in item
        for items in lists
        for item in items
    ):
        return True
    answer = row.get("output")
    return isinstance(answer, list) and any(
        isinstance(item, Mapping)
        and item.get("type") in ("message", "reasoning")
        and ("role" in item or "summary" in item)
        for item in answer
    )


def read(row: Mapping[str, Any]) -> Draft:
    """Translate a row."""
    draft = Draft()
    draft.tools = foreign_tools(row.get("tools"), draft)
    if isinstance(row.get("instructions"), str) and row["instructions"].strip():
        draft.system.append(row["instructions"])
    turn: PartTurn | None = None
    for where, item in _items(row):
        speaker = _speaker(item, where, draft)
        if turn is not None and turn.speaker != speaker:
            turn.close()
            turn = None
        if speaker is None or not isinstance(item, Mapping):
            continue
        turn = turn or PartTurn(draft, where, speaker)
        _read_item(turn, item, where)
        if speaker != "model":
            turn.close()
            turn = None
    if turn is not None:
        turn.close()
    return draft


def _items(row: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Yield the items of a row with their places."""
    keys = [key for key in _LISTS if row.get(key) is not None]
    if not any(isinstance(row.get(key), list) for key in keys):
        keys = [key for key in _SINGLE if isinstance(row.get(key), list)][:1]
    for key in keys:
        value = row[key]
        if isinstance(value, list):
            yield from ((f"{key}[{index}]", item) for index, item in enumerate(value))
        elif key == "input" and isinstance(value, str):
            yield key, {"role": "user", "content": value}


def _speaker(item: Any, where: str, draft: Draft) -> Speaker | None:
    """Return who an item is from, or None and an issue where it is from nobody."""
    if not isinstance(item, Mapping):
        draft.issues.append(issue("turn-invalid", where, "expected an item, an object"))
        return None
    role, kind = item.get("role"), item.get("type")
    if role is None:
        output = isinstance(kind, str) and kind.endswith("_output")
        return "result" if output else "model"
    speaker = _ROLES.get(role) if isinstance(role, str) else None
    if speaker is None:
        draft.issues.append(issue("role-unknown", where, f"got {str(role)[:40]!r}"))
    return speaker


def _reasoning_of(item: Mapping[str, Any]) -> str:
    """Return the text of a reasoning item: the thought itself, or else what sums it up."""
    for key in ("content", "summary"):
        parts = item.get(key)
        texts = [
            part["text"]
            for part in (parts if isinstance(parts, list) else [])
            if isinstance(part, Mapping) and isinstance(part.get("text"), str)
        ]
        if texts:
            return "\n\n".join(texts)
    return ""


def _read_item(turn: PartTurn, item: Mapping[str, Any], where: str) -> None:
    kind = item.get("type")
    if "role" in item:
        read_parts(turn, item.get("content"), f"{where}.content", _read_part)
    elif kind == "function_call":
        value = {"name": item.get("name"), "arguments": item.get("arguments")}
        id_ = id_text(item.get("call_id")) or id_text(item.get("id"))
        turn.call(RawCall(value, where, id_, text_arguments=True))
    elif kind == "function_call_output":
        turn.result(item.get("output"), where, item.get("call_id"))
    elif kind == "reasoning":
        turn.thought(_reasoning_of(item), where)
    elif isinstance(kind, str) and kind.endswith("_call"):
        found = f"got type {kind[:40]!r}, expected function_call"
        turn.draft.issues.append(issue("call-type-unsupported", where, found))
        turn.call(RawCall(UNREADABLE_CALL, where))
    else:
        turn.refuse(kind, where)


def _read_part(turn: PartTurn, part: Mapping[str, Any], where: str) -> None:
    if part.get("type") in ("input_text", "output_text", "text"):
        turn.text(part.get("text"), where)
    elif part.get("type") == "refusal":
        turn.text(part.get("refusal"), where)
    else:
        turn.refuse(part.get("type"), where)
