r"""Values written in the source of Java or JavaScript, as plain values.

Input: an argument of the categories `java` and `javascript`, which arrives as source text, and the
schema of its parameter. Output: its value in a tuple, or None where it is no text at all. Text that
is no literal of the declared type stays text: it may be the name of a variable. The readers cut at
commas and know no nesting, as the official ones; where those stop with an error, the text is read
by its looks.

Before: 'new ArrayList<>(Arrays.asList("a", "b"))' and {"type": "ArrayList"}
After:  (["a", "b"],)
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

_INTEGER = re.compile(r"^-?\d+$")
_LONG = re.compile(r"^-?\d+[lL]$")
_DOUBLE = re.compile(r"^-?\d+(\.\d+)?([eE][+-]?\d+)?$")
_FLOAT = re.compile(r"^-?\d+(\.\d+)?([eE][+-]?\d+)?[fF]$")
_JS_FLOAT = re.compile(r"^-?\d+(\.\d+)?$")
_JS_BIGINT = re.compile(r"^-?\d+n$")

_LIST_OF = re.compile(r"new\s+ArrayList<\w*>\(Arrays\.asList\((.+?)\)\)")
_LIST_ADDED = re.compile(r"new\s+ArrayList<\w*>\(\)\s*\{\{\s*(.+?)\s*\}\}", re.DOTALL)
_LIST_EMPTY = re.compile(r"new\s+ArrayList<\w*>\(\)")
_ADD = re.compile(r"add\((.+?)\)")
_ARRAY = re.compile(r"new\s+\w+\[\]\s*\{(.*?)\}")
_MAP = re.compile(r"new\s+HashMap<.*?>\s*\(\)\s*\{\s*\{?\s*(.*?)\s*\}?\s*\}", re.DOTALL)
_MAP_EMPTY = re.compile(r"new\s+HashMap<.*?>\s*\(\)")
_PUT = re.compile(r"put\(\"(.*?)\",\s*(.*?)\)")

_JS_ROWS = re.compile(
    r"\[\s*\[.*?\]\s*(,\s*\[.*?\]\s*)*\]|\bnew\s+Array\(\s*\[.*?\]\s*(,\s*\[.*?\]\s*)*\)"
)
_JS_ROW = re.compile(r"\[(.*?)\]")
_JS_ARRAY = re.compile(r"\[(.*?)\]|\bnew\s+Array\((.*?)\)")
_JS_OBJECT = re.compile(r"\{(.*?)\}")
_JS_MEMBER = re.compile(r"([^:]+):\s*(.*?)(?:,\s*(?=[^,]+:)|$)")
_MAX_TEXT = 20_000  # the patterns of unclosed collections take time that grows as a square


def from_java(value: Any, schema: Any) -> tuple[Any] | None:
    """Return the value of a Java literal in a tuple, or None for what is no text.

    >>> from_java("5L", {"type": "long"}), from_java("5", {"type": "long"}), from_java(5, {})
    ((5,), ('5',), None)
    """
    return _read(value, schema, _java)


def from_javascript(value: Any, schema: Any) -> tuple[Any] | None:
    """Return the value of a JavaScript literal in a tuple, or None for what is no text.

    >>> from_javascript("[1, 'two']", {"type": "array", "items": {"type": "any"}})
    (['1', "'two'"],)
    """
    return _read(value, schema, _javascript)


FOREIGN: Mapping[str, Callable[[Any, Any], tuple[Any] | None]] = {
    "java": from_java,
    "js": from_javascript,
}


def _read(value: Any, schema: Any, read: Callable[[str, str, str], Any]) -> tuple[Any] | None:
    word = schema.get("type") if type(schema) is dict else None
    if type(value) is not str:
        return None
    if type(word) is not str or len(value) > _MAX_TEXT:
        return (value,)
    items = schema.get("items")
    inner = items.get("type") if type(items) is dict else None
    try:
        return (read(value, word, inner if type(inner) is str else ""),)
    except ValueError:  # a number of more digits than Python reads, a type nobody declared
        return (value,)


def _java(text: str, word: str, inner: str = "") -> Any:
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
    return [_java(part, inner) if inner else _java_value(part) for part in parts if part]


def _java_list(text: str, inner: str) -> Any:
    found = _LIST_OF.search(text)
    if found is not None:
        parts = found.group(1).split(",")
    else:
        found = _LIST_ADDED.search(text)
        if found is None:
            return [] if _LIST_EMPTY.search(text) else text
        parts = _ADD.findall(found.group(1))
    return [_java_item(part.strip(), inner) for part in parts]


def _java_item(text: str, inner: str) -> Any:
    if inner in ("char", "String"):
        return text[1:-1]  # without its quotes
    return _java(text, inner) if inner else _java_value(text)


def _java_map(text: str) -> Any:
    found = _MAP.search(text)
    if found is None:
        return {} if _MAP_EMPTY.search(text) else text
    return {key: _java_value(value.strip()) for key, value in _PUT.findall(found.group(1))}


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
    return _number(text)


def _number(text: str) -> Any:
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return text


def _javascript(text: str, word: str, inner: str = "") -> Any:
    if word == "String":
        return text[1:-1] if _quoted(text) else text
    if word == "integer":
        return int(text) if _INTEGER.match(text) else text
    if word == "float":
        return float(text) if _JS_FLOAT.match(text) else text
    if word == "Bigint":
        return int(text[:-1]) if _JS_BIGINT.match(text) else text
    if word == "Boolean":
        return {"true": True, "false": False}.get(text, text)
    if word == "array":
        return _js_array(text.strip(), inner)
    if word == "dict":
        return _js_object(text.strip())
    return text


def _js_array(text: str, inner: str) -> Any:
    rows = _JS_ROWS.match(text)
    if rows is not None:
        return _js_rows(rows.group(0))
    found = _JS_ARRAY.match(text)
    if found is None:
        return text
    body = next((part for part in found.groups() if part is not None), "").strip()
    parts = [part.strip() for part in body.split(",")] if body else []
    if not inner:
        return [_js_value(part) for part in parts]
    try:
        return [_js_item(part, inner) for part in parts]
    except ValueError:
        return text


def _js_rows(text: str) -> list[list[Any]]:
    """Return a list of lists, each cut at its commas."""
    rows: list[list[Any]] = []
    for place, row in enumerate(_JS_ROW.findall(text)):
        body = row.strip()
        body = body[1:] if place == 0 and body.startswith("[") else body
        rows.append([_js_value(part) for part in body.split(",")])
    return rows


def _js_item(text: str, inner: str) -> Any:
    if inner not in _JS_WORDS:
        raise ValueError(f"no type of JavaScript: {inner}")
    # A quoted item has texts inside, should it be a list itself.
    return _javascript(text, inner, "String" if text.startswith(("'", '"')) else "")


_JS_WORDS = frozenset(("String", "integer", "float", "Bigint", "Boolean", "dict", "array", "any"))


def _js_object(text: str) -> Any:
    if text == "{}":
        return {}
    found = _JS_OBJECT.match(text)
    if found is None:
        return text
    members: dict[str, Any] = {}
    for key, value in _JS_MEMBER.findall(found.group(1)):
        body = value.strip()
        if body.startswith("[") and body.endswith("]"):
            read = _js_array(body, "")
        elif body.startswith("{") and body.endswith("}"):
            read = _js_object(body)
        else:
            read = _js_value(body.strip("'\""))
        members[key.strip().strip("'\"")] = read
    return members


def _js_value(text: str) -> Any:
    """Return the value that a text looks like."""
    body = text.strip()
    if body in ("true", "false"):
        return body == "true"
    return body[1:-1] if _quoted(body) else _number(body)


def _quoted(text: str) -> bool:
    return any(text.startswith(mark) and text.endswith(mark) for mark in "\"'")
