"""Rows of Bedrock's Converse interface: blocks told by their key, calls as `toolUse`.

Input: {"system"?: [{"text"}], "messages": [{"role", "content": blocks}], "toolConfig"?}. Output: a
Draft.

Before: {"role": "assistant", "content": [{"toolUse": {"toolUseId": "t1", "name": "now",
         "input": {}}}]}
After:  model turn with the raw call {"name": "now", "arguments": {}}, id "t1"
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
    id_text,
    messages_of,
    parts_in,
    read_messages,
    read_parts,
    written,
)

_ROLES: dict[str, Speaker] = {"user": "user", "assistant": "model", "system": "system"}
_SILENT = frozenset({"cachePoint"})


def detect(row: Mapping[str, Any]) -> bool:
    """Tell whether a block is a call or a result of Converse, or the row says that it is of it."""
    parts = [part for part in parts_in(messages_of(row)) if "type" not in part]
    if any("toolUse" in part or "toolResult" in part for part in parts):
        return True
    version = row.get("schemaVersion")
    named = isinstance(version, str) and version.startswith("bedrock-conversation")
    return bool(parts) and (named or isinstance(row.get("toolConfig"), Mapping))


def read(row: Mapping[str, Any]) -> Draft:
    """Translate a row."""
    draft = Draft()
    config = row.get("toolConfig")
    tools = config.get("tools") if isinstance(config, Mapping) else row.get("tools")
    draft.tools = foreign_tools(tools, draft)
    head = PartTurn(draft, "system", "system")
    read_parts(head, row.get("system"), "system", _read_block)
    head.close()
    read_messages(row.get("messages"), "messages", MessageStyle(_ROLES, _read_block), draft)
    return draft


def _reasoning_of(content: Any) -> Any:
    """Return the text of a thought; an encrypted one has none."""
    text = content.get("reasoningText") if isinstance(content, Mapping) else None
    return text.get("text") if isinstance(text, Mapping) else text


def _read_block(turn: PartTurn, block: Mapping[str, Any], where: str) -> None:
    call, result = block.get("toolUse"), block.get("toolResult")
    if isinstance(call, Mapping):
        value = {"name": call.get("name"), "arguments": call.get("input")}
        turn.call(RawCall(value, where, id_text(call.get("toolUseId"))))
    elif isinstance(result, Mapping):
        turn.result(_result_of(result, where, turn), where, result.get("toolUseId"))
    elif "text" in block:
        turn.text(block["text"], where)
    elif "reasoningContent" in block:
        turn.thought(_reasoning_of(block["reasoningContent"]), where)
    elif set(block) - _SILENT:
        turn.refuse(next(iter(block)), where)


def _result_of(result: Mapping[str, Any], where: str, turn: PartTurn) -> str:
    """Return the texts of a result, one a line; a `json` block is written as JSON."""
    content = result.get("content")
    texts: list[str] = []
    for index, block in enumerate(content if isinstance(content, list) else [content]):
        if isinstance(block, Mapping) and ("text" in block or "json" in block):
            value = block.get("text", block.get("json"))
            texts.append(written(value, f"{where}.content[{index}]", turn.draft.issues) or "")
        elif isinstance(block, str):
            texts.append(block)
        elif block is not None:
            turn.refuse("a result that is not text", f"{where}.content[{index}]")
    return "\n".join(texts)
