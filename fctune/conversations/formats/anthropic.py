"""Rows of Anthropic's Messages interface: content blocks, calls as `tool_use`.

Input: {"system"?: text or blocks, "messages": [{"role", "content": text or blocks}], "tools"?}.
Output: a Draft. A user turn may hold results and new words: the results answer the turn before,
the words follow them as a turn of the user.

Before: {"role": "assistant", "content": [{"type": "text", "text": "One moment."},
         {"type": "tool_use", "id": "toolu_1", "name": "now", "input": {}}]}
After:  model turn "One moment." with the raw call {"name": "now", "arguments": {}}, id "toolu_1"
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fctune.conversations.draft import Draft, RawCall
from fctune.conversations.formats.foreign import foreign_tools
from fctune.conversations.formats.parts import (
    MessageStyle,
    PartTurn,
    Speaker,
    messages_of,
    parts_in,
    read_messages,
    read_parts,
)

_ROLES: dict[str, Speaker] = {"system": "system", "user": "user", "assistant": "model"}
_THOUGHTS = ("thinking", "redacted_thinking")
_OWN = (
    "tool_use",
    "tool_result",
    "server_tool_use",
    "web_search_tool_result",
    "mcp_tool_use",
    "mcp_tool_result",
    *_THOUGHTS,
)


def detect(row: Mapping[str, Any]) -> bool:
    """Tell whether blocks, tools or the system text are as only this interface writes them."""
    messages = messages_of(row)
    roles = [message.get("role") for message in messages]
    if not messages or any(role not in ("user", "assistant", "system") for role in roles):
        return False
    if any("tool_calls" in message or "function_call" in message for message in messages):
        return False
    if any(part.get("type") in _OWN for part in parts_in(messages)):
        return True
    tools = row.get("tools")
    schemas = any(
        isinstance(tool, Mapping) and "input_schema" in tool and "function" not in tool
        for tool in (tools if isinstance(tools, list) else [])
    )
    return schemas or _is_text_blocks(row.get("system"))


def _is_text_blocks(value: Any) -> bool:
    return isinstance(value, list) and any(
        isinstance(block, Mapping) and block.get("type") == "text" for block in value
    )


def read(row: Mapping[str, Any]) -> Draft:
    """Translate a row."""
    draft = Draft()
    draft.tools = foreign_tools(row.get("tools"), draft)
    head = PartTurn(draft, "system", "system")
    read_parts(head, row.get("system"), "system", _read_block)
    head.close()
    read_messages(row.get("messages"), "messages", MessageStyle(_ROLES, _read_block), draft)
    return draft


def _read_block(turn: PartTurn, block: Mapping[str, Any], where: str) -> None:
    kind = block.get("type")
    if kind == "text":
        turn.text(block.get("text"), where)
    elif kind in _THOUGHTS:
        turn.thought(block.get("thinking"), where)
    elif kind == "tool_use":
        value = {"name": block.get("name"), "arguments": block.get("input")}
        id_ = block.get("id")
        turn.call(RawCall(value, where, id_ if isinstance(id_, str) else ""))
    elif kind == "tool_result":
        turn.result(block.get("content"), where, block.get("tool_use_id"))
    else:
        turn.refuse(kind, where)
