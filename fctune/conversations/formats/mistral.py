r"""Rows of Mistral: OpenAI's messages with other names, and the rendered text of its templates.

Input: messages with `available_tools` or `tools`, with calls as objects or as
`[TOOL_CALLS] [...]` at the end of the model's words; or one text with `[INST]` and
`[AVAILABLE_TOOLS]`. Output: a Draft, by the reader of OpenAI rows. Nine-letter ids are ids.

Before: {"role": "assistant", "content": "[TOOL_CALLS] [{\"name\": \"now\", \"arguments\": {}}]"}
After:  model turn with the raw call {"name": "now", "arguments": {}}
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from fctune.conversations.draft import Draft
from fctune.conversations.formats import openai
from fctune.conversations.formats.parts import messages_of
from fctune.patterns import regex
from fctune.tools.imports.shapes import json_value

_CALLS = "[TOOL_CALLS]"
_TOOLS = regex(r"\s*\[AVAILABLE_TOOLS\]\s*(.*?)\s*\[/AVAILABLE_TOOLS\]\s*", re.DOTALL)
_NAMED = regex(r"\s*([^\[\]{}\s]+)(?:\[CALL_ID\]([^\[\]\s]*))?(?:\[ARGS\]|(?=\{))", re.DOTALL)
_MARK = regex(r"\[(AVAILABLE_TOOLS|SYSTEM_PROMPT|INST|TOOL_RESULTS)\]")
_OUTER = regex(r"\A\s*<s>\s*|\s*</s>\s*")


def detect(row: Mapping[str, Any]) -> bool:
    """Tell whether a row has `available_tools` or Mistral's control words."""
    text = row.get("text")
    if isinstance(text, str) and "messages" not in row:
        return "[INST]" in text and (_CALLS in text or "[AVAILABLE_TOOLS]" in text)
    messages = messages_of(row)
    if not messages or not all("role" in message for message in messages):
        return False
    if "available_tools" in row:
        return True
    return any(
        isinstance(message.get("content"), str)
        and (
            (message["role"] == "assistant" and _CALLS in message["content"])
            or "[AVAILABLE_TOOLS]" in message["content"]
        )
        for message in messages
    )


def read(row: Mapping[str, Any]) -> Draft:
    """Translate a row."""
    tools = row.get("available_tools", row.get("tools"))
    text = row.get("text")
    if isinstance(text, str) and not isinstance(row.get("messages"), list):
        found, messages = _rendered(text)
        return openai.read({"messages": messages, "tools": tools or found})
    changed = []
    for message in row.get("messages") or [] if isinstance(row.get("messages"), list) else []:
        content = message.get("content") if isinstance(message, Mapping) else None
        if isinstance(content, str):
            listed = _TOOLS.search(content)
            if listed is not None:
                tools = tools or json_value(listed[1])
                message = {**message, "content": content.replace(listed[0], "", 1)}
            message = _with_calls(message)
        elif isinstance(content, list):
            message = _without_thoughts(message, content)
        changed.append(message)
    return openai.read({**row, "messages": changed, "tools": tools})


def _without_thoughts(message: Mapping[str, Any], content: list[Any]) -> Mapping[str, Any]:
    """Move thinking parts to the key under which other vendors have them."""
    thinking = [p for p in content if isinstance(p, Mapping) and p.get("type") == "thinking"]
    if not thinking:
        return message
    rest = [part for part in content if not any(part is thought for thought in thinking)]
    texts = [_thinking_of(part.get("thinking")) for part in thinking]
    # A part without text is told of all the same: True is no text to keep.
    reasoning = "\n\n".join(text for text in texts if text) or True
    return {**message, "content": rest, "reasoning_content": reasoning}


def _thinking_of(value: Any) -> str:
    """Return the text of a thinking part: text, or a list of parts that have it."""
    if isinstance(value, list):
        texts = (part.get("text") for part in value if isinstance(part, Mapping))
        return "\n".join(text for text in texts if isinstance(text, str))
    return value if isinstance(value, str) else ""


def _with_calls(message: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return a message of the model with the calls of its text as calls."""
    content = message["content"]
    if message.get("role") != "assistant" or _CALLS not in content:
        return message
    words, *parts = content.split(_CALLS)
    calls = [call for part in parts for call in _calls_in(part.strip())]
    raw = message.get("tool_calls")
    known = raw if isinstance(raw, list) else []
    return {**message, "content": words.strip(), "tool_calls": [*known, *calls]}


def _calls_in(text: str) -> Iterator[Any]:
    """Yield the calls behind one mark: a list of them, or `name[CALL_ID]id[ARGS]{...}`.

    >>> list(_calls_in('now[ARGS]{"city": "Oslo"}'))
    [{'id': '', 'function': {'name': 'now', 'arguments': '{"city": "Oslo"}'}}]
    """
    named = _NAMED.match(text)
    if named is not None:
        body = {"name": named[1], "arguments": text[named.end() :].strip()}
        yield {"id": named[2] or "", "function": body}
        return
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        yield text
        return
    for call in found if isinstance(found, list) else [found]:
        is_flat = isinstance(call, Mapping) and "function" not in call
        yield {"id": call.get("id"), "function": call} if is_flat else call


def _rendered(text: str) -> tuple[Any, list[dict[str, Any]]]:
    """Return the tools and messages of a text as the templates of Mistral write it."""
    tools: Any = None
    messages: list[dict[str, Any]] = []
    end = 0
    while mark := _MARK.search(text, end):
        closing = f"[/{mark[1]}]"
        close = text.find(closing, mark.end())
        if close < 0:
            break
        _add_answer(text[end : mark.start()], messages)
        end = close + len(closing)
        inner = text[mark.end() : close].strip()
        if mark[1] == "AVAILABLE_TOOLS":
            tools = tools or json_value(inner)
        elif mark[1] == "SYSTEM_PROMPT":
            messages.append({"role": "system", "content": inner})
        elif mark[1] == "INST":
            messages.append({"role": "user", "content": inner})
        else:
            messages += _results(inner)
    _add_answer(text[end:], messages)
    return tools, messages


def _add_answer(text: str, messages: list[dict[str, Any]]) -> None:
    words = _OUTER.sub("", text).strip()
    if words:
        messages.append(dict(_with_calls({"role": "assistant", "content": words})))


def _results(inner: str) -> Iterator[dict[str, Any]]:
    """Yield the results between two marks: one, or a list of them, each perhaps with its call."""
    value = json_value(inner)
    wrapped = value if isinstance(value, list) else [value]
    if not all(isinstance(item, Mapping) and "content" in item for item in wrapped):
        yield {"role": "tool", "content": inner}
        return
    for item in wrapped:
        yield {"role": "tool", "content": item["content"], "tool_call_id": item.get("call_id")}
