"""Tools that stand as text in a prompt: between tags, as a list within prose, or as lines.

Input: a system text or a first user turn. Output: the tools and the words around them, or None.
The shapes of single tools are left to `fctune.tools`, but for those that only prompts have.

Before: 'Help. <tools>[{"name": "now", "parameters": {}}]</tools> Be brief.'
After:  [{"name": "now", "parameters": {}}], "Help.", "Be brief."
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import islice
from typing import Any

from fctune.conversations.literals import NotLiteral, bracket_end, read_json_at, read_literal
from fctune.issues import Issue, issue
from fctune.patterns import regex
from fctune.tools.imports.shapes_public import is_seal_tools, seal_tools

_OPEN = regex(r"<(tools|AVAILABLE_TOOLS|available_tools|functions)>\s*(?=[\[{])")
_LIST = regex(r"\[\s*\{|^\{", re.MULTILINE)
_LEAD = regex(r"function|tool|\bapis?\b|工具|函数|接口", re.IGNORECASE)
_LEAD_CHARACTERS = 300
# What follows these are the parameters of one tool.
_OF_ONE = regex(r"(?:parameters?|arguments?|args|参数)\W{0,4}\Z", re.IGNORECASE)
_LOOKED_AT = 8
_GAP = regex(r"[\s,]*")
_TOLD = regex(
    r"\s*(?P<type>(?:str|string|int|integer|number|float|bool|boolean|array|list|object|dict|any)\b"
    r"(?:\[\w*\])?)\s*[-:]\s*(?P<text>.*)",
    re.DOTALL | re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class PromptTools:
    """Tools found in a text.

    Attributes:
        tools: the tools, as `fctune.tools.read` takes them; None where they cannot be read.
        before: the words before them.
        after: the words behind them.
        literal: they were a Python literal, not JSON.
        fault: why they cannot be read; "" where they can.
    """

    tools: list[Any] | None
    before: str
    after: str
    literal: bool = False
    fault: str = ""

    def issues(self, where: str) -> list[Issue]:
        """Return what is to be told of them."""
        if self.tools is None:
            return [issue("tools-invalid", where, self.fault)]
        if self.literal:
            return [issue("tools-python-literal", where, f"read {len(self.tools)} tools")]
        return []


def may_list_tools(text: str) -> bool:
    """Tell whether `listed_tools` may find tools in a text; no is sure, and quickly told."""
    if "{" not in text or "name" not in text:
        return False
    # Objects with a name and one of these keys, that stand where lists begin.
    signs = ("param", "nput", "descr", "tool_name", "\\u")
    return any(sign in text for sign in signs) and _LIST.search(text) is not None


# The formats that look for tools ask for the same prompt one after another.
@lru_cache(maxsize=4)
def tagged_tools(text: str) -> PromptTools | None:
    """Return the tools between tags; tags that hold no list or object are words.

    >>> tagged_tools("Tools stand within <tools></tools>.") is None
    True
    """
    found = _OPEN.search(text)
    if found is None:
        return None
    close = f"</{found[1]}>"
    read = _objects_at(text, found.end(), close)
    if read is not None:
        tools, end = read
        return PromptTools([plain_tool(tool) for tool in tools], text[: found.start()], text[end:])
    end = text.find(close, found.end())
    body = text[found.end() : end if end >= 0 else len(text)]
    after = text[end + len(close) :] if end >= 0 else ""
    return _from_literal(body, text[: found.start()], after)


@lru_cache(maxsize=4)
def listed_tools(text: str) -> PromptTools | None:
    """Return the tools of the first list of tools, or of the first tools in a row, within prose.

    >>> listed_tools('You can invoke: [{"name": "now", "parameters": {}}]. Be brief.').after
    '. Be brief.'
    >>> listed_tools('Guests: [{"name": "Ann", "description": "tall"}]') is None
    True
    """
    for found in islice(_LIST.finditer(text), _LOOKED_AT):
        start = found.start()
        if _OF_ONE.search(text[max(0, start - 20) : start]):
            continue
        told = _LEAD.search(text, max(0, start - _LEAD_CHARACTERS), start) is not None
        read = _objects_at(text, start, "")
        if read is not None:
            candidate = PromptTools([plain_tool(tool) for tool in read[0]], "", text[read[1] :])
        else:
            closed = bracket_end(text, start)
            if closed is None:
                continue
            candidate = _from_literal(text[start:closed], "", text[closed:])
        tools = candidate.tools
        if tools and all(_is_tool(tool, told=told) for tool in tools):
            return replace(candidate, before=text[:start])
    return None


def plain_tool(tool: Any) -> Any:
    """Return a tool in the common shape, where only prompts write it in this one.

    >>> plain_tool({"tool_name": "f", "input_args": {"n": "integer - How many."}})["parameters"]
    {'type': 'object', 'properties': {'n': {'type': 'integer', 'description': 'How many.'}}}
    """
    if not isinstance(tool, Mapping):
        return tool
    if is_seal_tools(tool):
        return next(seal_tools(tool, "")).body
    if isinstance(tool.get("tool_name"), str) and "name" not in tool:
        told = tool.get("input_args", tool.get("args"))
        body = {"name": tool["tool_name"], "description": tool.get("description")}
        if isinstance(told, Mapping):
            properties = {str(key): _told(value) for key, value in told.items()}
            body["parameters"] = {"type": "object", "properties": properties}
        return {**body, **({"parameters": tool["parameters"]} if "parameters" in tool else {})}
    return tool


def _told(value: Any) -> Any:
    """Return the schema of a parameter that is told as `type - what it is`."""
    if not isinstance(value, str):
        return value
    found = _TOLD.match(value)
    if found is None:
        return {"description": value}
    return {"type": found["type"].lower(), "description": found["text"].strip()}


def _is_tool(tool: Any, *, told: bool) -> bool:
    """Tell whether a value is a tool; one without parameters only where the words say so."""
    inner = tool.get("function") if isinstance(tool, Mapping) else None
    body = inner if isinstance(inner, Mapping) else tool
    if not isinstance(body, Mapping) or not isinstance(body.get("name"), str):
        return False
    schemas = {"parameters", "input_schema", "inputSchema"}
    return bool(schemas & body.keys()) or (told and "description" in body)


def _objects_at(text: str, position: int, close: str) -> tuple[list[Any], int] | None:
    """Return the JSON values from a position up to the closing tag, and where that ends.

    Without a closing tag, one list is read, or all objects that follow one another.
    """
    tools: list[Any] = []
    end = position
    while True:
        try:
            value, end = read_json_at(text, position)
        except ValueError:
            return (tools, end) if tools and not close else None
        tools += value if isinstance(value, list) else [value]
        gap = _GAP.match(text, end)
        position = gap.end() if gap else end
        if close and text.startswith(close, position):
            return tools, position + len(close)
        if not close and not (isinstance(value, Mapping) and text.startswith("{", position)):
            return tools, end


def _from_literal(body: str, before: str, after: str) -> PromptTools:
    unread = PromptTools(None, before, after)
    try:
        value = read_literal(body)
    except NotLiteral as fault:
        return replace(unread, fault=f"got {body.strip()[:40]!r}: {fault}")
    tools = value if isinstance(value, list) else [value]
    return PromptTools([plain_tool(tool) for tool in tools], before, after, literal=True)
