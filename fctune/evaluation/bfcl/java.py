"""Java literals as plain values: numbers, texts, arrays, lists and maps.

Input: source text and the type that its parameter declares. Output: the value, or the text itself
where it is no literal of that type. Collections are cut at commas, as the official reader of BFCL
does.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from fctune.patterns import regex

_INTEGER = regex(r"^-?\d+$")
_LONG = regex(r"^-?\d+[lL]$")
_DOUBLE = regex(r"^-?\d+(\.\d+)?([eE][+-]?\d+)?$")
_FLOAT = regex(r"^-?\d+(\.\d+)?([eE][+-]?\d+)?[fF]$")
_LIST_OF = regex(r"new\s+ArrayList<\w*>\(Arrays\.asList\((.+?)\)\)")
_LIST_OPENED = regex(r"new\s+ArrayList<\w*>\(\)\s*\{\{")
_LIST_EMPTY = regex(r"new\s+ArrayList<\w*>\(\)")
_ADD = regex(r"add\((.+?)\)")
_ARRAY = regex(r"new\s+\w+\[\]\s*\{(.*?)\}")
_MAP_OPENED = regex(r"new\s+HashMap<.*?>\s*\(\)\s*\{", re.DOTALL)
_MAP_EMPTY = regex(r"new\s+HashMap<.*?>\s*\(\)")
_SPACE = regex(r"\s*")


def read_java(text: str, word: str, inner: str = "") -> Any:
    """Return the value of a literal.

    Args:
        text: source text.
        word: the declared type, such as `ArrayList`.
        inner: the declared type of items; "" where none is.

    Raises:
        ValueError: a number has more digits than Python reads.

    >>> read_java('new int[]{1, 2}', "Array"), read_java("someList", "ArrayList")
    ([1, 2], 'someList')
    """
    if word in ("byte", "short", "integer"):
        return int(text) if _INTEGER.match(text) else text
    if word == "long":
        return int(re.sub(r"[lL]$", "", text)) if _LONG.match(text) else text
    if word == "double":
        return float(text) if _DOUBLE.match(text) else text
    if word == "float":
        return float(re.sub(r"[fF]$", "", text)) if _FLOAT.match(text) else text
    if word == "boolean":
        return {"true": True, "false": False}.get(text, text)
    if word == "Array":
        return _java_array(text, inner)
    if word in ("ArrayList", "Queue", "Stack", "Set"):
        return _java_list(text, inner)
    if word in ("HashMap", "Hashtable"):
        return _java_map(text)
    return text


def _java_array(text: str, inner: str) -> Any:
    found = _ARRAY.search(text)
    if found is None:
        return text
    parts = [part.strip() for part in found.group(1).split(",")]
    return [read_java(part, inner) if inner else _java_value(part) for part in parts if part]


def _java_list(text: str, inner: str) -> Any:
    found = _LIST_OF.search(text)
    if found is not None:
        parts = found.group(1).split(",")
    else:
        body = _list_body(text)
        if body is None:
            return [] if _LIST_EMPTY.search(text) else text
        parts = _ADD.findall(body)
    return [_java_item(part.strip(), inner) for part in parts]


def _list_body(text: str) -> str | None:
    """Return what stands between the double braces of a list that is filled by `add`."""
    opened = _LIST_OPENED.search(text)
    if opened is None:
        return None
    start = _after_space(text, opened.end())
    end = text.find("}}", start + 1)
    return text[start:end] if end >= 0 else None


def _java_item(text: str, inner: str) -> Any:
    if inner in ("char", "String"):
        return text[1:-1]  # without its quotes
    return read_java(text, inner) if inner else _java_value(text)


def _java_map(text: str) -> Any:
    opened = _MAP_OPENED.search(text)
    start = _after_space(text, opened.end()) if opened is not None else -1
    if start >= 0 and text.startswith("{", start):
        start = _after_space(text, start + 1)
    end = text.find("}", start) if start >= 0 else -1
    if end < 0:
        return {} if _MAP_EMPTY.search(text) else text
    return {key: _java_value(value.strip()) for key, value in _puts(text[start:end])}


def _puts(body: str) -> Iterator[tuple[str, str]]:
    """Yield key and value of each `put("key", value)`; neither spans lines."""
    start = body.find('put("')
    while start >= 0:
        found = _put_at(body, start + len('put("'))
        if found is not None:
            yield found[0], found[1]
        start = body.find('put("', start + 1 if found is None else found[2])


def _put_at(body: str, start: int) -> tuple[str, str, int] | None:
    """Return key, value and end of the `put` whose key starts here."""
    line_end = _line_end(body, start)
    comma = body.find('",', start, line_end)
    while comma >= 0:
        value = _after_space(body, comma + 2)
        end = body.find(")", value, _line_end(body, value))
        if end >= 0:
            return body[start:comma], body[value:end], end + 1
        comma = body.find('",', comma + 1, line_end)
    return None


def _line_end(text: str, start: int) -> int:
    end = text.find("\n", start)
    return len(text) if end < 0 else end


def _after_space(text: str, start: int) -> int:
    found = _SPACE.match(text, start)
    return found.end() if found is not None else start


def _java_value(text: str) -> Any:
    """Return the value that a text looks like."""
    if text in ("true", "false"):
        return text == "true"
    if text.startswith('"') and text.endswith('"'):
        return text[1:-1]
    if _LONG.match(text):
        return int(text[:-1])
    if _FLOAT.match(text):
        return float(re.sub(r"[fF]$", "", text))
    return number(text)


def number(text: str) -> Any:
    """Return the number that a text is, else the text."""
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return text
