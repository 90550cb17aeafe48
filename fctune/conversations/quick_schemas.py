"""Tool lists that stand in canonical form already, which most do: read without a repair or a check.

Input: the `tools` of a raw row. Output: the text and the fingerprint of the catalogue, exactly as
`fctune.tools.read` would give them, or None where any tool is not plain. Lists that repeat in many
rows need no such haste; sets in which each row has its own list do.

Before: '[{"name": "now", "description": "Time.", "parameters": {"type": "object", ...}}]'
After:  the same text, and a sha256
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from json.encoder import c_make_encoder, encode_basestring_ascii  # type: ignore[attr-defined]
from typing import Any

import orjson

from fctune.conversations.quick_write import holds_mark, write
from fctune.tools.names import LAWFUL_NAME
from fctune.tools.schema_types import JSON_TYPES

_MAX_DEPTH = 80
_PLAIN_DEPTH = 20
# A float from here on may have been an integer that orjson rounded.
_ROUNDED = 1e15
_TOOL_KEYS = frozenset({"name", "description", "parameters"})
_WRAPPER = {"type", "function"}
_TEXTS = frozenset({"description", "format", "title"})
_NUMBERS = frozenset({"minimum", "maximum"})
# As json.dumps(sort_keys=True, separators=(",", ":")) writes.
_canonical: Callable[[Any, int], Iterable[str]] = c_make_encoder(
    None, None, encode_basestring_ascii, None, ":", ",", True, False, False
)


def plain_tools(raw: Any) -> tuple[str, str] | None:
    """Return text and fingerprint of a list of plain tools, or None."""
    try:
        value = orjson.loads(raw) if isinstance(raw, str) else raw
        if type(value) is not list or not value:
            return None
        tools = [_tool(one) for one in value]
        if len({tool["name"] for tool in tools}) != len(tools):
            return None
        text = write(tools)
        if holds_mark(text) or '"$ref"' in text:
            return None
        digest = hashlib.sha256("".join(_canonical(tools, 0)).encode()).hexdigest()
    except (ValueError, TypeError, LookupError, AttributeError):
        return None
    return (raw if raw == text else text), digest


def _tool(raw: Any) -> dict[str, Any]:
    """Return a plain tool.

    Raises:
        ValueError, TypeError, LookupError, AttributeError: it is not plain.
    """
    body = raw["function"] if raw.keys() == _WRAPPER else raw
    name, text, parameters = body["name"], body.get("description", ""), body["parameters"]
    if type(text) is not str or not _TOOL_KEYS.issuperset(body) or not LAWFUL_NAME.match(name):
        raise ValueError
    if parameters["type"] != "object" or "properties" not in parameters:
        raise ValueError
    return {"name": name, "description": text.strip(), "parameters": _schema(parameters, 0)}


def _schema(raw: dict[str, Any], depth: int) -> dict[str, Any]:
    """Return a plain schema, its `required` at its end.

    Raises:
        ValueError, TypeError, LookupError, AttributeError: it is not plain.
    """
    if depth > _PLAIN_DEPTH or type(raw) is not dict:
        raise ValueError
    schema: dict[str, Any] = {}
    for key, value in raw.items():
        if key == "type":
            if value not in JSON_TYPES:
                raise ValueError
        elif key == "properties":
            value = {name: _schema(inner, depth + 1) for name, inner in value.items()}
        elif key == "items":
            value = _schema(value, depth + 1)
        elif key == "required":
            continue
        elif not _is_plain(key, value):
            raise ValueError
        schema[key] = value
    required = raw.get("required")
    if required is None and "required" not in raw:
        return schema
    if type(required) is not list or len(set(required)) != len(required):
        raise ValueError
    if not schema["properties"].keys() >= set(required):
        raise ValueError
    return {**schema, "required": required} if required else schema


def _is_plain(key: str, value: Any) -> bool:
    if key in _TEXTS:
        return type(value) is str
    if key in _NUMBERS:
        return type(value) in (int, float) and is_exact(value)
    if key == "enum":
        return type(value) is list and bool(value) and is_exact(value)
    return key == "default" and is_exact(value)


def is_exact(value: Any) -> bool:
    """Tell whether a value is not too deep, and holds no number that may have been rounded."""
    stack = [(value, 0)]
    while stack:
        current, depth = stack.pop()
        if depth > _MAX_DEPTH or (isinstance(current, float) and abs(current) >= _ROUNDED):
            return False
        if isinstance(current, dict):
            stack.extend((child, depth + 1) for child in current.values())
        elif isinstance(current, list):
            stack.extend((child, depth + 1) for child in current)
    return True
