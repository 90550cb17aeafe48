"""Message dumps of LangChain and runs of LangSmith.

Input: messages as `messages_to_dict` ({"type": "ai", "data": {...}}), as `dumps` ({"lc": 1, "type":
"constructor", "id": [..., "AIMessage"], "kwargs": {...}}) or as `model_dump` writes them ({"type":
"ai", ...}), in `messages` or in the inputs and outputs of a run. Output: a Draft, by the reader of
OpenAI rows. Calls that LangChain could not parse are kept as calls, so that they are judged.

Before: {"type": "ai", "data": {"content": "", "tool_calls": [{"name": "now", "args": {},
         "id": "c1"}]}}
After:  model turn with the raw call {"name": "now", "arguments": {}}, id "c1"
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fctune.conversations.draft import Draft
from fctune.conversations.formats import openai
from fctune.conversations.formats.foreign import foreign_tools
from fctune.tools.imports.shapes import json_value

_KINDS = {
    "human": "user",
    "ai": "assistant",
    "system": "system",
    "developer": "system",
    "tool": "tool",
    "function": "function",
}
_CLASSES = {
    "HumanMessage": "user",
    "AIMessage": "assistant",
    "SystemMessage": "system",
    "ToolMessage": "tool",
    "FunctionMessage": "function",
}
_LISTS = ("messages", "chat_history", "history")
_CALL_BLOCKS = ("tool_use", "function_call", "tool_call", "input_json_delta", "tool_call_chunk")
_THOUGHTS = ("thinking", "redacted_thinking", "reasoning", "reasoning_content")


def detect(row: Mapping[str, Any]) -> bool:
    """Tell whether a message is of a class of LangChain, or the row is a run of LangSmith."""
    if any(_kind_of(message) is not None for message in _messages(row)):
        return True
    is_run = "inputs" in row and ("outputs" in row or "run_type" in row)
    return is_run and any(isinstance(message, dict) for message in _messages(row))


def read(row: Mapping[str, Any]) -> Draft:
    """Translate a row."""
    probe = Draft()
    tools = foreign_tools(_tools_of(row), probe)
    messages = [plain_message(message) for message in _messages(row)]
    draft = openai.read({"messages": messages, "tools": tools})
    draft.issues = [*probe.issues, *draft.issues]
    return draft


def _messages(row: Mapping[str, Any]) -> list[Any]:
    """Return the messages of a row; a run's answer follows what it was asked."""
    # Bulk exports write both as JSON text.
    inputs, outputs = json_value(row.get("inputs")), json_value(row.get("outputs"))
    if not isinstance(inputs, Mapping) and not isinstance(outputs, Mapping):
        return _list_in(row)
    asked = _list_in(inputs)
    answered = _list_in(outputs) or _answer_of(outputs)
    # The state of a graph repeats what it was asked.
    return answered if asked and answered[: len(asked)] == asked else [*asked, *answered]


def _list_in(value: Any) -> list[Any]:
    if not isinstance(value, Mapping):
        return []
    key = next((key for key in _LISTS if isinstance(value.get(key), list)), None)
    found: list[Any] = value[key] if key is not None else []
    # A run holds a batch of one.
    return found[0] if len(found) == 1 and isinstance(found[0], list) else found


def _answer_of(outputs: Any) -> list[Any]:
    if not isinstance(outputs, Mapping):
        return []
    found: Any = outputs.get("generations", outputs.get("choices"))
    while isinstance(found, list) and found:
        found = found[0]
    if isinstance(found, Mapping):
        return [found["message"]] if "message" in found else []
    inner = outputs.get("output", outputs.get("message"))
    if isinstance(inner, Mapping):
        return [inner]
    return [outputs] if "role" in outputs or _kind_of(outputs) is not None else []


def _tools_of(row: Mapping[str, Any]) -> Any:
    extra = json_value(row.get("extra"))
    asked = extra.get("invocation_params") if isinstance(extra, Mapping) else None
    for holder in (row, asked, json_value(row.get("inputs")), row.get("kwargs")):
        if isinstance(holder, Mapping):
            for key in ("tools", "functions"):
                if holder.get(key) is not None:
                    return holder[key]
    return None


def _kind_of(message: Any) -> str | None:
    """Return the role of a message of LangChain, or None where it is not one.

    >>> _kind_of({"type": "AIMessageChunk", "content": ""}), _kind_of({"role": "user"})
    ('assistant', None)
    """
    if not isinstance(message, dict) or "type" not in message:
        return None
    kind, path = message.get("type"), message.get("id")
    if kind == "constructor" and isinstance(path, list) and path:
        kind = path[-1]
    elif not isinstance(message.get("data"), Mapping) and "content" not in message:
        return None
    if not isinstance(kind, str):
        return None
    return _KINDS.get(kind) or _CLASSES.get(kind.removesuffix("Chunk"))


def plain_message(message: Any) -> Any:
    """Return a message as OpenAI writes it; one that is not of LangChain stays as it is.

    Tracers give the messages a `role` and leave the calls as they are.

    >>> call = {"name": "f", "args": {}, "id": "1"}
    >>> plain_message({"role": "assistant", "tool_calls": [call]})["tool_calls"]
    [{'id': '1', 'function': {'name': 'f', 'arguments': {}}}]
    """
    if not isinstance(message, Mapping):
        return message
    role = _kind_of(message) or (message.get("role") if _is_traced(message) else None)
    if role is None:
        return message
    key = "kwargs" if message.get("type") == "constructor" else "data"
    inner = message.get(key)
    body: Mapping[str, Any] = inner if isinstance(inner, Mapping) else message
    extra = body.get("additional_kwargs")
    more: Mapping[str, Any] = extra if isinstance(extra, Mapping) else {}
    plain: dict[str, Any] = {"role": role, **_content_of(body)}
    calls = [
        _call_of(call) for name in ("tool_calls", "invalid_tool_calls") for call in _of(body, name)
    ]
    calls = calls or _of(more, "tool_calls")
    if calls:
        plain["tool_calls"] = calls
    elif more.get("function_call"):
        plain["function_call"] = more["function_call"]
    if body.get("tool_call_id") is not None:
        plain["tool_call_id"] = body["tool_call_id"]
    if more.get("reasoning_content"):
        plain["reasoning_content"] = more["reasoning_content"]
    return plain


def _is_traced(message: Mapping[str, Any]) -> bool:
    calls = _of(message, "tool_calls")
    return bool(message.get("additional_kwargs")) or any(
        isinstance(call, Mapping) and "args" in call for call in calls
    )


def _of(body: Mapping[str, Any], key: str) -> list[Any]:
    value = body.get(key)
    return value if isinstance(value, list) else []


def _call_of(call: Any) -> Any:
    if not isinstance(call, Mapping) or "function" in call:
        return call
    value = {"name": call.get("name"), "arguments": call.get("args")}
    return {"id": call.get("id"), "function": value}


def _content_of(body: Mapping[str, Any]) -> dict[str, Any]:
    """Return the content without the blocks that repeat calls, and whether it held thoughts."""
    content = body.get("content")
    if not isinstance(content, list):
        return {"content": content}
    kept: list[Any] = []
    thoughts: list[Any] = []
    repeats = bool(_of(body, "tool_calls") or _of(body, "invalid_tool_calls"))
    for block in content:
        kind = block.get("type") if isinstance(block, Mapping) else None
        if kind in _THOUGHTS:
            thoughts.append(_thought_of(block))
        if kind not in _THOUGHTS and not (repeats and kind in _CALL_BLOCKS):
            kept.append({"type": "text", "text": block} if isinstance(block, str) else block)
    if not thoughts:
        return {"content": kept or ""}
    # A block without text is told of all the same: True is no text to keep.
    reasoning = "\n\n".join(text for text in thoughts if text) or True
    return {"content": kept or "", "reasoning_content": reasoning}


def _thought_of(block: Mapping[str, Any]) -> str:
    value = next((block[key] for key in _THOUGHTS if key in block), block.get("text"))
    if isinstance(value, Mapping):
        value = value.get("text")
    return value if isinstance(value, str) else ""
