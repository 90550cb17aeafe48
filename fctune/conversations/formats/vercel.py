"""Messages of the Vercel AI SDK: parts such as `tool-call` and `tool-result`, and those of its UI.

Input: {"messages": [{"role", "content": parts} | {"role", "parts": [...]}], "tools"?}. Output: a
Draft. A part of the UI holds a call and its result; the model's words behind it are another turn.

Before: {"role": "assistant", "parts": [{"type": "tool-now", "toolCallId": "c1", "input": {},
         "state": "output-available", "output": "12:00"}, {"type": "text", "text": "Noon."}]}
After:  model(call now), result "12:00", model "Noon."
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fctune.conversations.draft import Draft, RawCall
from fctune.conversations.formats.content import read_system_column
from fctune.conversations.formats.foreign import foreign_tools
from fctune.conversations.formats.parts import (
    MessageStyle,
    PartTurn,
    Speaker,
    id_text,
    messages_of,
    parts_in,
    read_messages,
)

_ROLES: dict[str, Speaker] = {
    "system": "system",
    "user": "user",
    "assistant": "model",
    "tool": "result",
}
_OWN = ("tool-call", "tool-result", "tool-invocation", "dynamic-tool", "step-start")
_SILENT = ("source", "source-url", "source-document")
_DONE = ("result", "output-available", "output-error")


def detect(row: Mapping[str, Any]) -> bool:
    """Tell whether a part has a type of the SDK."""
    messages = messages_of(row)
    return any(
        part.get("type") in _OWN or _tool_of(part)
        for key in ("parts", "content")
        for part in parts_in(messages, key)
    )


def read(row: Mapping[str, Any]) -> Draft:
    """Translate a row."""
    draft = Draft()
    tools = row.get("tools")
    if isinstance(tools, Mapping) and all(isinstance(tool, Mapping) for tool in tools.values()):
        tools = [_named(name, tool) for name, tool in tools.items()]
    draft.tools = foreign_tools(tools, draft)
    read_system_column(row, draft)
    style = MessageStyle(_ROLES, _read_part, ("parts", "content"))
    read_messages(row.get("messages"), "messages", style, draft)
    return draft


def _named(name: str, tool: Mapping[str, Any]) -> dict[str, Any]:
    schema = tool.get("inputSchema", tool.get("parameters"))
    if isinstance(schema, Mapping) and isinstance(schema.get("jsonSchema"), Mapping):
        schema = schema["jsonSchema"]
    return {"name": name, "description": tool.get("description"), "parameters": schema}


def _tool_of(part: Mapping[str, Any]) -> str:
    """Return the tool of a part of the UI whose type names it; "" for other parts."""
    kind = part.get("type")
    is_tool = isinstance(kind, str) and kind.startswith("tool-") and kind not in _OWN
    return str(kind).removeprefix("tool-") if is_tool and "toolCallId" in part else ""


def _read_part(turn: PartTurn, part: Mapping[str, Any], where: str) -> None:
    kind = part.get("type")
    if kind == "text":
        turn.text(part.get("text"), where)
    elif kind == "step-start":
        turn.end_step()
        turn.stepped = True
    elif kind in ("reasoning", "redacted-reasoning"):
        turn.thought(part.get("text", part.get("reasoning")), where)
    elif kind == "tool-call":
        _read_call(turn, part, part.get("toolName"), where)
    elif kind == "tool-result":
        value = part.get("output", part.get("result"))
        turn.result(_output_of(value), where, part.get("toolCallId"))
    elif kind == "tool-invocation" and isinstance(part.get("toolInvocation"), Mapping):
        _read_both(turn, part["toolInvocation"], part["toolInvocation"].get("toolName"), where)
    elif kind == "dynamic-tool":
        _read_both(turn, part, part.get("toolName"), where)
    elif tool := _tool_of(part):
        _read_both(turn, part, tool, where)
    elif kind not in _SILENT:
        turn.refuse(kind, where)


def _read_call(turn: PartTurn, part: Mapping[str, Any], name: Any, where: str) -> None:
    value = {"name": name, "arguments": part.get("input", part.get("args"))}
    turn.call(RawCall(value, where, id_text(part.get("toolCallId"))))


def _read_both(turn: PartTurn, part: Mapping[str, Any], name: Any, where: str) -> None:
    """Read a part that holds a call, and its result once there is one."""
    _read_call(turn, part, name, where)
    if part.get("state") in _DONE:
        value = part.get("output", part.get("result", part.get("errorText")))
        turn.result(_output_of(value), where, part.get("toolCallId"))


def _output_of(value: Any) -> Any:
    """Return the value within the SDK's own wrapper of a result, where it has one."""
    wrapped = isinstance(value, Mapping) and set(value) == {"type", "value"}
    return value["value"] if wrapped else value
