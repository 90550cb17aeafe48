r"""Calls in the text of a model turn, as the templates of model families render them.

Input: the words of a model turn, and the tools of the row. Output: the words without the calls,
and the calls. Text that only looks like a call stays text: a bare JSON object is a call only where
it names a tool of the row, or holds nothing but a name and arguments; in a row that lists no tools
it is an answer, as a user may ask for JSON.

    family             rendered
    Qwen, Hermes       <tool_call>{"name": ..., "arguments": {...}}</tool_call>
    Qwen3-Coder        <tool_call><function=f><parameter=a>1</parameter></function></tool_call>
    GLM 4.5            <tool_call>f <arg_key>a</arg_key><arg_value>1</arg_value></tool_call>
    Llama 3            <|python_tag|>{"name": ..., "parameters": {...}}
    Nemotron           <TOOLCALL>[{...}]</TOOLCALL>
    Mistral            [TOOL_CALLS][{...}], or [TOOL_CALLS]f[ARGS]{...}
    Glaive             <functioncall> {"name": ..., "arguments": '{...}'}
    none               {"name": ..., "arguments": {...}} or [f(a=1)], alone or in a code fence

Before: 'One moment.\n<|python_tag|>{"name": "now", "parameters": {}}'
After:  'One moment.' and the raw call '{"name": "now", "parameters": {}}'
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

from fctune.conversations.calls import ARGUMENT_KEYS, NAME_KEYS
from fctune.conversations.draft import RawCall
from fctune.conversations.listed import ListedTools
from fctune.conversations.literals import NotLiteral, bracket_end, read_value
from fctune.conversations.pythonic import find_pythonic, read_pythonic
from fctune.conversations.tags import OPEN, split_calls
from fctune.issues import Issue
from fctune.patterns import regex

Split = tuple[str, list[RawCall]]

_PYTHON_TAG = "<|python_tag|>"
_TOOL_CALLS = "[TOOL_CALLS]"
_NEMOTRON = ("<TOOLCALL>", "</TOOLCALL>")
_END_TOKENS = regex(
    r"(?:\s{0,100}(?:<\|eom_id\|>|<\|eot_id\|>|<\|im_end\|>|<\|endoftext\|>|</s>))+\s{0,100}\Z"
)
_MISTRAL_NAMED = regex(
    r"(?P<name>[^\s\[\]{}]{1,128})\s*(?:\[CALL_ID\]\s*(?P<id>\w+)\s*)?(?:\[ARGS\]\s*)?(?=\{)"
)
_FUNCTION = regex(r"\s*<function=([^>\n]{1,128})>")
_FENCED = regex(r"```[a-z_]*[ \t]*\n(.*?)\n?```", re.DOTALL)
_QUOTED_ARGUMENTS = regex(
    r"""\s*\{\s*["']name["']\s*:\s*["'](?P<name>[^"']*)["']\s*,"""
    r"""\s*["']arguments["']\s*:\s*'(?P<arguments>.*)'\s*\}\s*""",
    re.DOTALL,
)
_CALL_SHAPES = ({"name", "arguments"}, {"name", "parameters"})
FUNCTION_CALL = regex(r"<functioncall>\s*")
_DECODER = json.JSONDecoder()


def split_rendered(text: str, where: str, tools: ListedTools) -> Split:
    """Take the rendered calls out of a text; without any, return it as it is.

    >>> split_rendered('[TOOL_CALLS]now[ARGS]{}', "turn", ListedTools())[1][0].value
    {'name': 'now', 'arguments': '{}'}
    >>> split_rendered('{"name": "Ann"}', "turn", ListedTools())
    ('{"name": "Ann"}', [])
    """
    for mark, read in _MARKED:
        if mark in text:
            found = read(text, where, tools)
            if found is not None:
                return found
    if text.lstrip()[:1] in ("{", "[", "`") and tools.parameters:
        calls = _bare(text, where, tools)
        if calls:
            return "", calls
    return text, []


def split_tagged(text: str, where: str, tools: ListedTools) -> Split:
    """Take the calls between `<tool_call>` tags out of a text."""
    words, bodies = split_calls(text)
    return words, [_tagged_call(body, where, tools) for body in bodies]


def function_call(text: str, where: str) -> RawCall:
    r"""Read a call of Glaive, whose arguments are JSON in single quotes, apostrophes and all.

    >>> function_call('{"name": "f", "arguments": \'{"note": "it\'s"}\'}', "chat[1]").value
    {'name': 'f', 'arguments': '{"note": "it\'s"}'}
    """
    quoted = _QUOTED_ARGUMENTS.fullmatch(text)
    if quoted is None:
        return RawCall(text, where, text_arguments=True)
    arguments = quoted["arguments"].replace("\\'", "'")
    value = {"name": quoted["name"], "arguments": arguments}
    return RawCall(value, where, text_arguments=True)


def value_span(text: str, start: int) -> int | None:
    """Return where the JSON value or Python literal that begins at `start` ends, or None.

    >>> value_span("{'a': '}'} and more", 0)
    10
    """
    try:
        return _DECODER.raw_decode(text, start)[1]
    except (ValueError, RecursionError):
        return bracket_end(text, start) if text.startswith(("{", "["), start) else None


def _tagged_call(body: str, where: str, tools: ListedTools) -> RawCall:
    function = _FUNCTION.match(body)
    if function:
        name, pairs = function[1].strip(), _between(body, "<parameter=", ">", "</parameter>")
    elif "<arg_key>" in body:
        name = body.partition("<arg_key>")[0].strip()
        pairs = _between(body, "<arg_key>", "</arg_key>", "</arg_value>")
    else:
        return RawCall(body, where)
    return RawCall({"name": name, "arguments": tools.typed(name, pairs)}, where)


def _between(body: str, before: str, middle: str, after: str) -> dict[str, str]:
    """Return the pairs of `before KEY middle VALUE after`; a line break on each side is layout."""
    pairs: dict[str, str] = {}
    for part in body.split(before)[1:]:
        key, _, rest = part.partition(middle)
        value = rest.partition(after)[0].rpartition("<arg_value>")[2]
        pairs[key.strip()] = value.removeprefix("\n").removesuffix("\n")
    return pairs


def _tagged(text: str, where: str, tools: ListedTools) -> Split | None:
    words, calls = split_tagged(text, where, tools)
    return (words, calls) if calls else None


def _nemotron(text: str, where: str, tools: ListedTools) -> Split | None:
    head, *parts = text.split(_NEMOTRON[0])
    words, calls = [head.strip()], []
    for part in parts:
        body, _, rest = part.partition(_NEMOTRON[1])
        if not body.lstrip().startswith(("[", "{")):
            return None
        found = find_pythonic(body, tools.parameters, where)
        calls += found[1] if found and not found[0] else [RawCall(body, where)]
        words.append(_END_TOKENS.sub("", rest).strip())
    return "\n".join(part for part in words if part), calls


def _mistral(text: str, where: str, tools: ListedTools) -> Split | None:
    head, *parts = _END_TOKENS.sub("", text).split(_TOOL_CALLS)
    words, calls = [head.strip()], []
    for part in (part.strip() for part in parts):
        named = _MISTRAL_NAMED.match(part)
        start = named.end() if named else 0
        end = value_span(part, start)
        if end is None:
            return None
        value: Any = part[start:end]
        if named:
            value = {"name": named["name"], "arguments": value}
        id_ = named["id"] if named else None
        calls.append(RawCall(value, where, id=id_ or "", text_arguments=named is not None))
        words.append(part[end:].strip())
    return "\n".join(part for part in words if part), calls


def _llama(text: str, where: str, tools: ListedTools) -> Split | None:
    words, _, rest = _END_TOKENS.sub("", text).partition(_PYTHON_TAG)
    calls: list[RawCall] = []
    rest = rest.replace(_PYTHON_TAG, "\n").strip()
    while rest:
        end = value_span(rest, 0) if rest.startswith(("{", "[")) else None
        if end is None:
            return None  # the tag also opens code to run, which is no call
        calls.append(RawCall(rest[:end], where))
        rest = rest[end:].lstrip("; \n")
    return (words.strip(), calls) if calls else None


def _glaive(text: str, where: str, tools: ListedTools) -> Split | None:
    words, *parts = FUNCTION_CALL.split(_END_TOKENS.sub("", text))
    if not all(part.startswith("{") for part in parts):
        return None
    return words.strip(), [function_call(_END_TOKENS.sub("", part), where) for part in parts]


def _bare(text: str, where: str, tools: ListedTools) -> list[RawCall]:
    """Return the calls that a text is, whole or in a code fence."""
    fenced = _FENCED.fullmatch(text.strip())
    body = (fenced[1] if fenced else text).strip()
    if not body.startswith(("{", "[")):
        return []
    try:
        value = read_value(body)
    except NotLiteral:
        return _bare_pythonic(body, where, tools)
    items = value if isinstance(value, list) else [value]
    return [RawCall(body, where)] if items and all(_is_call(i, tools) for i in items) else []


def _bare_pythonic(body: str, where: str, tools: ListedTools) -> list[RawCall]:
    issues: list[Issue] = []
    calls = read_pythonic(body, tools.parameters, where, issues)
    if calls is None or issues:
        return []
    sure = (call.value["arguments"] or call.value["name"] in tools.parameters for call in calls)
    return calls if all(sure) else []


def _is_call(item: Any, tools: ListedTools) -> bool:
    """Tell whether an object names a tool of the row, or holds nothing but a name and arguments."""
    if not isinstance(item, Mapping):
        return False
    inner = item.get("function")
    body = inner if isinstance(inner, Mapping) else item
    name = next((body[key] for key in NAME_KEYS if key in body), None)
    arguments = next((body[key] for key in ARGUMENT_KEYS if key in body), None)
    if not isinstance(name, str) or not isinstance(arguments, Mapping | str):
        return False
    return name in tools.parameters or (
        body.keys() in _CALL_SHAPES and isinstance(arguments, Mapping)
    )


_MARKED: tuple[tuple[str, Callable[[str, str, ListedTools], Split | None]], ...] = (
    (OPEN, _tagged),
    ("<TOOLCALL>", _nemotron),
    (_TOOL_CALLS, _mistral),
    (_PYTHON_TAG, _llama),
    ("<functioncall>", _glaive),
)
