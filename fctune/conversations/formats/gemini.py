"""Rows of the Gemini and Vertex interfaces, in camel case and in snake case.

Input: {"systemInstruction"?, "contents": [{"role": "user" | "model" | "function", "parts"}],
"tools"?: [{"functionDeclarations": [...]}]}. Output: a Draft. Most calls have no id: the n-th
result of a name then answers the n-th call of that name, so that parallel results find their
calls in whatever order they stand.

Before: {"role": "model", "parts": [{"functionCall": {"name": "now", "args": {"city": "Oslo"}}}]}
After:  model turn with the raw call {"name": "now", "arguments": {"city": "Oslo"}}, id "now"
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from fctune.conversations.draft import Draft, RawCall
from fctune.conversations.formats.foreign import foreign_tools
from fctune.conversations.formats.parts import (
    MessageStyle,
    PartTurn,
    Speaker,
    id_text,
    messages_of,
    parts_in,
    read_messages,
    read_parts,
)

_ROLES: dict[str, Speaker] = {
    "user": "user",
    "model": "model",
    "function": "result",
    "tool": "result",
    "system": "system",
}
_CALL = ("functionCall", "function_call")
_RESULT = ("functionResponse", "function_response")
_SYSTEM = ("systemInstruction", "system_instruction")
_HINTS = frozenset({"thoughtSignature", "thought_signature", "thought", "videoMetadata"})


def detect(row: Mapping[str, Any]) -> bool:
    """Tell whether the row has `contents` with `parts`."""
    return any("parts" in content for content in messages_of(row, "contents"))


def read(row: Mapping[str, Any]) -> Draft:
    """Translate a row."""
    draft = Draft()
    draft.tools = foreign_tools(row.get("tools"), draft)
    named = any(
        id_text(call.get("id"))
        for part in parts_in(messages_of(row, "contents"), "parts")
        if isinstance(call := _first(part, _CALL), Mapping)
    )
    pairing = _Pairing(by_id=named)
    key = next((key for key in _SYSTEM if row.get(key) is not None), _SYSTEM[0])
    instruction = row.get(key)
    if isinstance(instruction, Mapping) and "parts" in instruction:
        instruction = instruction["parts"]
    head = PartTurn(draft, key, "system")
    read_parts(head, instruction, key, pairing.read_part)
    head.close()
    style = MessageStyle(_ROLES, pairing.read_part, ("parts",), "", "user")
    read_messages(row.get("contents"), "contents", style, draft)
    return draft


@dataclass(slots=True)
class _Pairing:
    """Gives calls and results ids: their own, or the name and how often it was met before."""

    by_id: bool
    calls: Counter[str] = field(default_factory=Counter)
    results: Counter[str] = field(default_factory=Counter)

    def read_part(self, turn: PartTurn, part: Mapping[str, Any], where: str) -> None:
        """Read one part."""
        call, result = _first(part, _CALL), _first(part, _RESULT)
        if isinstance(call, Mapping):
            value = {"name": call.get("name"), "arguments": call.get("args")}
            turn.call(RawCall(value, where, self._id(call, self.calls)))
        elif isinstance(result, Mapping):
            turn.result(result.get("response"), where, self._id(result, self.results))
        elif "text" in part:
            if part.get("thought") is True:
                turn.thought(part["text"], where)
            else:
                turn.text(part["text"], where)
        elif set(part) - _HINTS:
            turn.refuse(next(key for key in part if key not in _HINTS), where)

    def _id(self, item: Mapping[str, Any], met: Counter[str]) -> str:
        if self.by_id:
            return id_text(item.get("id"))
        name = item.get("name")
        if not isinstance(name, str) or not name:
            return ""
        met[name] += 1
        return name if met[name] == 1 else f"{name}#{met[name]}"


def _first(part: Mapping[str, Any], keys: tuple[str, str]) -> Any:
    return next((part[key] for key in keys if key in part), None)
