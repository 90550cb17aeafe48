r"""Tools that a ReAct prompt describes in words, one a line or a paragraph.

Input: a prompt. Output: the tools and the words around them, or None. Beside lists, three ways are
known: the engine's own default format, Qwen's, and LangChain's `name: description`, whose tools
take one text.

Before: > Tool Name: now\nTool Description: The time.\nTool Args:\n  - tz (string, required): zone\n
After:  {"name": "now", "description": "The time.", "parameters": {"type": "object", ...}}
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from fctune.conversations.literals import NotLiteral, read_value
from fctune.conversations.prompt_tools import PromptTools, listed_tools
from fctune.conversations.rendered import value_span
from fctune.patterns import regex

# llamafactory 0.9.5 data/tool_utils.py DefaultToolUtils
_ENGINE = regex(
    r"> Tool Name: (?P<name>[^\n]+)\nTool Description: (?P<text>(?:(?!\n> Tool Name:)[\s\S])*?)\n"
    r"Tool Args:\n(?P<args>(?:  - [^\n]*\n)*)\n?"
)
_ENGINE_ARGUMENT = regex(
    r"  - (?P<name>.+?) \((?P<type>\w*)(?P<required>, required)?\): (?P<text>.*?)"
    r"(?:, should be one of \[(?P<enum>[^\]]*)\])?(?:, where each item should be (?P<items>\w+))?\n"
)
_QWEN = regex(
    r"^(?P<name>[^\s:]{1,128}): Call this tool to interact with the [^\n]{1,200}? API\. "
    r"What is the [^\n]{1,200}? API useful for\? (?P<text>[^\n]*?) Parameters: (?=[\[{])",
    re.MULTILINE,
)
_QWEN_END = regex(r"[ \t]*(?:Format the arguments as a JSON object\.)?\s*")
_SECTION = regex(
    r"access to the following (?:tools|actions|APIs):\s*\n(?P<lines>[\s\S]{1,20000}?)"
    r"\n\s*(?=Use the following format|To use a tool)",
    re.IGNORECASE,
)
_LINE = regex(
    r"(?P<name>[^\W\d][^\n:({\[]{0,63})(?:\([^\n)]*\))?(?:\s*->\s*\w+)?:?\s*[-:]\s+(?P<text>\S.*)"
)


def described_tools(text: str) -> PromptTools | None:
    r"""Return the tools that a prompt describes in words.

    >>> lines = "You have access to the following tools:\nsearch: Finds pages.\n\n"
    >>> described_tools(lines + "Use the following format").tools[0]["name"]
    'search'
    """
    return _engine(text) or _qwen(text) or listed_tools(text) or _lines(text)


def _engine(text: str) -> PromptTools | None:
    found = list(_ENGINE.finditer(text))
    if not found:
        return None
    tools = [
        {
            "name": tool["name"].strip(),
            "description": tool["text"].strip(),
            "parameters": _engine_schema(tool["args"]),
        }
        for tool in found
    ]
    return PromptTools(tools, text[: found[0].start()], text[found[-1].end() :])


def _engine_schema(lines: str) -> dict[str, Any]:
    properties: dict[str, Any] = {}
    required: list[str] = []
    for line in _ENGINE_ARGUMENT.finditer(lines):
        schema: dict[str, Any] = {"description": line["text"]}
        if line["type"]:
            schema["type"] = line["type"]
        if line["enum"] is not None:
            schema["enum"] = line["enum"].split(", ")
        if line["items"]:
            schema["items"] = {"type": line["items"]}
        properties[line["name"]] = schema
        if line["required"]:
            required.append(line["name"])
    return {"type": "object", "properties": properties, "required": required}


def _qwen(text: str) -> PromptTools | None:
    tools: list[Any] = []
    first = last = 0
    for found in _QWEN.finditer(text):
        end = value_span(text, found.end())
        if end is None:
            continue
        try:
            told = read_value(text[found.end() : end])
        except NotLiteral:
            continue
        body = {"name": found["name"], "description": found["text"]}
        tools.append({**body, "parameters": _qwen_schema(told)})
        first = first if len(tools) > 1 else found.start()
        closing = _QWEN_END.match(text, end)
        last = closing.end() if closing else end
    return PromptTools(tools, text[:first], text[last:]) if tools else None


def _qwen_schema(told: Any) -> Any:
    """Return the schema of parameters listed as `{name, description, required, schema}`."""
    if not isinstance(told, list):
        return told
    properties: dict[str, Any] = {}
    required: list[str] = []
    for item in told:
        if not isinstance(item, Mapping) or not isinstance(item.get("name"), str):
            continue
        schema = item.get("schema") if isinstance(item.get("schema"), Mapping) else {}
        own = {key: item[key] for key in ("type", "description", "enum") if key in item}
        properties[item["name"]] = {**(schema or {}), **own}
        if item.get("required") is True:
            required.append(item["name"])
    return {"type": "object", "properties": properties, "required": required}


def _lines(text: str) -> PromptTools | None:
    section = _SECTION.search(text)
    lines = [line for line in section["lines"].splitlines() if line.strip()] if section else []
    matches = [_LINE.fullmatch(line.strip()) for line in lines]
    if section is None or not lines or not all(matches):
        return None
    schema = {"type": "object", "properties": {"input": {"type": "string"}}, "required": ["input"]}
    tools = [
        {"name": found["name"].strip(), "description": found["text"].strip(), "parameters": schema}
        for found in matches
        if found is not None
    ]
    return PromptTools(
        json.loads(json.dumps(tools)), text[: section.start("lines")], text[section.end() :]
    )
