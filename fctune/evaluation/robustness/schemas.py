"""Parameter schemas without descriptions, and with other names of parameters.

Input: a parameter schema. Output: another one. Only keywords are touched: a parameter that is
called `description` stays.

Before: {"type": "object", "properties": {"id": {"type": "string", "description": "which"}}}
After:  {"type": "object", "properties": {"id": {"type": "string"}}}
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

_BY_NAME = ("properties", "$defs", "definitions", "patternProperties", "dependentSchemas")
_ONE = ("items", "additionalProperties", "not", "if", "then", "else", "contains", "propertyNames")
_LISTS = ("anyOf", "oneOf", "allOf", "prefixItems")
_WORDS = ("description", "title", "examples", "$comment")
# With further keywords at the top, names of parameters may stand in places that no rule reaches.
_RENAMED_KEYS = frozenset(
    ("type", "properties", "required", "additionalProperties", "description", "title", "$schema")
)


def without_words(schema: Any) -> Any:
    """Return a schema without what only people read."""
    if not isinstance(schema, Mapping):
        return schema
    kept: dict[str, Any] = {}
    for key, value in schema.items():
        if key in _WORDS:
            continue
        if key in _BY_NAME and isinstance(value, Mapping):
            kept[key] = {name: without_words(inner) for name, inner in value.items()}
        elif key in _LISTS and isinstance(value, list):
            kept[key] = [without_words(inner) for inner in value]
        elif key in _ONE:
            kept[key] = (
                [without_words(inner) for inner in value]
                if isinstance(value, list)
                else without_words(value)
            )
        else:
            kept[key] = value
    return kept


def new_names(schema: Mapping[str, Any]) -> dict[str, str]:
    """Return other names for the parameters of a tool; empty where none can be had.

    A parameter with a description gets a name that says nothing, `p1`; one without would then be a
    riddle, and its name only changes its style: `order_id` becomes `orderId` and the other way
    round.
    """
    properties = schema.get("properties")
    if not isinstance(properties, Mapping) or not schema.keys() <= _RENAMED_KEYS:
        return {}
    found: dict[str, str] = {}
    for index, (name, inner) in enumerate(properties.items(), 1):
        told = isinstance(inner, Mapping) and bool(inner.get("description"))
        found[name] = f"p{index}" if told else restyled(name)
    if len(set(found.values())) < len(found):
        return {}
    return {name: new for name, new in found.items() if name != new}


def renamed(schema: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    """Return a schema whose parameters have other names."""
    changed = dict(schema)
    properties, required = schema.get("properties"), schema.get("required")
    if isinstance(properties, Mapping):
        changed["properties"] = {names.get(name, name): inner for name, inner in properties.items()}
    if isinstance(required, list):
        changed["required"] = [names.get(name, name) for name in required]
    return changed


def restyled(name: str) -> str:
    """Return a name in another style of writing.

    >>> restyled("order_id"), restyled("orderId"), restyled("city")
    ('orderId', 'order_id', 'city')
    """
    parts = [part for part in re.split(r"[_\-.]+", name) if part]
    if len(parts) > 1:
        return parts[0] + "".join(part[0].upper() + part[1:] for part in parts[1:])
    return re.sub(r"(?<=[a-z0-9])([A-Z])", lambda found: f"_{found[1].lower()}", name)
