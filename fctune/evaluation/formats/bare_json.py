"""Calls as JSON without tags: Llama 3, xLAM, Hammer, and JSON in a code fence.

Input: a Reading. Output: its calls and words. JSON is a call only where it has the keys of one:
an object `{"name": "Bob"}`, a list `[1]` or a number is an answer.

Before: Sure. {"name": "now", "parameters": {}}
After:  the words "Sure." and the call now()
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from fctune.evaluation.formats.pythonic import calls_at, list_start
from fctune.evaluation.formats.reading import Malformed, Reading
from fctune.evaluation.strict_json import after_space, json_kind, whole_json
from fctune.patterns import regex

PYTHON_TAG = "<|python_tag|>"
_HEAD = regex(r'(?:\[\s*+)?+\{\s*+"name"\s*+:\s*+"')
_CALL = regex(
    r'(?:\[\s*+)?+\{\s*+"name"\s*+:\s*+"[^"\\]*+"\s*+,\s*+"(?:arguments|parameters)"\s*+:'
    r'|\{[^{}\[\]]{0,2000}"tool_calls"\s*+:\s*+\['
)
_LLAMA_CALL = regex(r'(?:\[\s*+)?+\{\s*+"name"\s*+:\s*+"[^"\\]*+"\s*+,\s*+"parameters"\s*+:')
_LLAMA_FUNCTION = regex(r"<function=([^>{}\n]{1,200})>\s*(?=\{)")
_LLAMA_BUILT_IN = regex(r"(\w{1,64})\.call\(")
_FENCED = regex(r"```(?:json|tool_call|tool_code)?[ \t]*\n?((?:(?!```)(?s:.))*+)```")


def looks_like_call(value: Any, *keys: str) -> bool:
    """Tell whether a JSON value has the keys of a call.

    >>> looks_like_call({"name": "f", "arguments": 5}, "arguments"), looks_like_call([], "x")
    (True, False)
    """
    return isinstance(value, dict) and "name" in value and any(key in value for key in keys)


def unwrapped(value: Any) -> list[Any]:
    """Return the items of a list of calls, of `{"tool_calls": [...]}` of xLAM, or of one call."""
    if isinstance(value, dict) and isinstance(value.get("tool_calls"), list):
        value = value["tool_calls"]
    return list(value) if isinstance(value, list) else [value]


def read_json_calls(reading: Reading) -> None:
    """Read an object or a list of objects with name and arguments, whole or in a code fence."""
    body = reading.text.strip()
    fenced = _FENCED.fullmatch(body)
    if fenced:
        body = fenced[1].strip()
    value = whole_json(body)
    items = unwrapped(value)
    if any(looks_like_call(item, "arguments", "parameters") for item in items):
        _add_all(reading, items)
        return
    if not fenced and _read_fences(reading):
        return
    begun = _HEAD.match(body) or _CALL.search(body)
    if begun and value is None:
        _continue(reading, body, begun.start())
        return
    reading.words.append(reading.text)


def _add_all(reading: Reading, items: Sequence[Any], only: str = "") -> None:
    for item in items:
        parameters = isinstance(item, dict) and "arguments" not in item and "parameters" in item
        key = only or ("parameters" if parameters else "arguments")
        reading.attempt(lambda item=item, key=key: reading.call(item, key=key))  # type: ignore[misc]


def _read_fences(reading: Reading) -> bool:
    """Read the code fences that hold calls; the words around them stay words."""
    position, found = 0, False
    for fence in _FENCED.finditer(reading.text):
        items = unwrapped(whole_json(fence[1].strip()))
        if any(looks_like_call(item, "arguments", "parameters") for item in items):
            reading.words.append(reading.text[position : fence.start()])
            _add_all(reading, items)
            position, found = fence.end(), True
    if found:
        reading.words.append(reading.text[position:])
    return found


def _continue(reading: Reading, body: str, start: int, key: str = "") -> None:
    """Read calls one behind the other, from `start` on; strictly there is one value."""
    inner = Reading(body, reading.catalog, reading.lenient)
    position, first = start, True
    while first or (reading.lenient and body.startswith(("{", "["), position)):
        if not first:
            inner.mend("no separator", "words after the call")
        try:
            value, end = inner.json_at(position)
        except Malformed:
            if first:
                raise
            inner.repairs["call left out"] = None
            break
        _add_all(inner, unwrapped(value), key)
        position, first = after_space(body, end), False
        while position < len(body) and body[position] in ",;":
            position = after_space(body, position + 1)
    if body[position:].strip():
        inner.mend("text beside the call", "words after the call")
    reading.calls += inner.calls
    reading.words.append(body[:start])
    reading.repairs.update(inner.repairs)


def read_llama3(reading: Reading) -> None:
    """Read Llama 3's JSON, alone or behind words, and its forms of other releases.

    These are `[f(a=1)]` (3.2, 4), `<function=f>{...}</function>` (3.1 with a prompt of one's own)
    and, behind the python tag, `f.call(a=1)`.
    """
    body = reading.text.strip()
    if PYTHON_TAG in body:
        words, _, body = body.partition(PYTHON_TAG)
        if words.strip():
            reading.words.append(words)
        body = body.replace(PYTHON_TAG, " ").strip()
    value = whole_json(body)
    if value is not None:
        items = unwrapped(value)
        if any(looks_like_call(item, "parameters", "arguments") for item in items):
            _add_all(reading, items, "parameters")
        else:
            reading.words.append(body)
        return
    found = _LLAMA_CALL.search(body)
    if found:
        _continue(reading, body, found.start(), "parameters")
        return
    if _HEAD.match(body):
        if not reading.lenient:
            raise Malformed("the call is not valid JSON")
        _continue(reading, body, 0, "parameters")
        return
    _read_other_forms(reading, body)


def _read_other_forms(reading: Reading, body: str) -> None:
    built_in = _LLAMA_BUILT_IN.match(body)
    start = list_start(body, reading.catalog)
    if start is not None:
        reading.words.append(body[:start])
        calls_at(reading, body[start:])
    elif built_in:
        inner = Reading(f"[{built_in[1]}({body[built_in.end() :]}]", reading.catalog)
        calls_at(inner, inner.text)
        reading.calls += inner.calls
    elif _LLAMA_FUNCTION.search(body):
        _read_functions(reading, body)
    else:
        reading.words.append(body)


def _read_functions(reading: Reading, body: str) -> None:
    inner = Reading(body, reading.catalog, reading.lenient)
    position = 0
    while found := _LLAMA_FUNCTION.search(body, position):
        inner.words.append(body[position : found.start()])
        position = found.end()

        def one(name: str = found[1].strip()) -> None:
            nonlocal position
            value, position = inner.json_at(position)
            if not isinstance(value, dict):
                kind = json_kind(value)
                raise Malformed(f"the arguments of {name} are a JSON {kind}, expected an object")
            inner.add(name, value)

        if inner.attempt(one):
            position = after_space(body, position)
            if body.startswith("</function>", position):
                position += len("</function>")
            else:
                inner.mend("closing tag", "the call is not closed by </function>")
    reading.words += [*inner.words, body[position:]]
    reading.calls += inner.calls
    reading.repairs.update(inner.repairs)
