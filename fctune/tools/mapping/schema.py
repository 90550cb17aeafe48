"""What a JSON Schema says of one value: its types, its enum, its inner properties.

Input: a schema of any shape. Output: what it says in plain keywords; combinators and references
say nothing here. Never raises.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any


def types_of(schema: Any) -> frozenset[str]:
    """Return the JSON types that a schema names; empty where it names none.

    >>> sorted(types_of({"type": ["string", "null"]}))
    ['null', 'string']
    """
    declared = schema.get("type") if isinstance(schema, Mapping) else None
    names = [declared] if isinstance(declared, str) else declared
    if not isinstance(names, list):
        return frozenset()
    return frozenset(name for name in names if isinstance(name, str))


def enum_of(schema: Any) -> Sequence[Any]:
    """Return the values of a schema's enum; empty where it has none."""
    values = schema.get("enum") if isinstance(schema, Mapping) else None
    return values if isinstance(values, list) else ()


def property_of(schema: Any, name: str) -> Any:
    """Return the schema of a property, or None."""
    properties = schema.get("properties") if isinstance(schema, Mapping) else None
    return properties.get(name) if isinstance(properties, Mapping) else None


def required_of(schema: Any) -> Sequence[str]:
    """Return the names that a schema requires."""
    names = schema.get("required") if isinstance(schema, Mapping) else None
    return [name for name in names if isinstance(name, str)] if isinstance(names, list) else ()


def property_at(schema: Any, path: Sequence[str]) -> tuple[Any, bool] | None:
    """Return the schema at a place and whether every level of it is required, or None."""
    required = True
    for name in path:
        inner = property_of(schema, name)
        if inner is None:
            return None
        required = required and name in required_of(schema)
        schema = inner
    return schema, required
