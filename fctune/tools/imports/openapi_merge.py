"""allOf as one schema: what all parts demand, said once.

Input: schemas in plain form, references resolved. Output: one schema that accepts what all accept;
only keywords that have no common form stay in an allOf. One reading differs from the letter of
JSON Schema, as authors and generators mean it: `additionalProperties: false` in one part does not
forbid what another part lists.

Before: {"type": "object", "properties": {"id": {"minimum": 1}}} and
        {"properties": {"id": {"minimum": 5}, "name": {}}, "required": ["name"]}
After:  {"type": "object", "properties": {"id": {"minimum": 5}, "name": {}}, "required": ["name"]}
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

Schema = dict[str, Any]
_GONE = object()


def merged(parts: Sequence[Mapping[str, Any]]) -> Schema:
    """Return one schema for all parts; where annotations differ the later part wins.

    Descriptions of several parts are joined, unless the last one has its own.
    """
    whole: Schema = {}
    for part in parts:
        whole = _both(whole, part)
    last = parts[-1].get("description") if parts else None
    if not last:
        told = [part["description"] for part in parts if part.get("description")]
        if told:
            whole["description"] = " ".join(dict.fromkeys(told))
    return whole


def _both(one: Mapping[str, Any], other: Mapping[str, Any]) -> Schema:
    whole: Schema = dict(one)
    apart: Schema = {}
    for key, value in other.items():
        if key not in whole or whole[key] == value:
            whole[key] = value
            continue
        rule = _RULES.get(key)
        together = rule(whole[key], value) if rule is not None else _GONE
        if together is _GONE:
            apart[key] = value
        else:
            whole[key] = together
    if apart:
        whole["allOf"] = [*whole.get("allOf", ()), apart]
    return whole


def _properties(one: Any, other: Any) -> Any:
    whole = dict(one)
    for name, schema in other.items():
        known = whole.get(name)
        both = isinstance(known, dict) and isinstance(schema, dict)
        whole[name] = merged((known, schema)) if both else schema  # type: ignore[arg-type]
    return whole


def _schemas(one: Any, other: Any) -> Any:
    if isinstance(one, dict) and isinstance(other, dict):
        return merged((one, other))
    if isinstance(one, bool) and isinstance(other, bool):
        return one and other
    return _strict(one, other)


def _strict(one: Any, other: Any) -> Any:
    """Return what both a boolean schema and another one accept."""
    schema, flag = (other, one) if isinstance(one, bool) else (one, other)
    return schema if flag else False


def _types(one: Any, other: Any) -> Any:
    first, second = ({*_listed(one)}, {*_listed(other)})
    if "number" in first and "integer" in second:
        first.add("integer")
    if "number" in second and "integer" in first:
        second.add("integer")
    common = [name for name in dict.fromkeys([*_listed(one), *_listed(other)])
              if name in first and name in second]  # fmt: skip
    if not common:
        return _GONE
    return common[0] if len(common) == 1 else common


def _listed(value: Any) -> list[Any]:
    return list(value) if isinstance(value, list) else [value]


def _common_values(one: Any, other: Any) -> Any:
    known = {_key(value) for value in other}
    return [value for value in one if _key(value) in known] or _GONE


def _key(value: Any) -> str:
    whole = isinstance(value, float) and value.is_integer()
    return json.dumps(int(value) if whole else value, sort_keys=True, default=str)


def _joined(one: Any, other: Any) -> Any:
    return list(dict.fromkeys([*one, *other]))


def _appended(one: Any, other: Any) -> Any:
    return [*one, *other]


def _later(_one: Any, other: Any) -> Any:
    return other


def _least_multiple(one: Any, other: Any) -> Any:
    """Return the larger where it is a multiple of the smaller: it demands both."""
    small, large = sorted((one, other))
    return large if large % small == 0 else _GONE


_RULES: dict[str, Callable[[Any, Any], Any]] = {
    "properties": _properties,
    "patternProperties": _properties,
    "required": _joined,
    "type": _types,
    "enum": _common_values,
    "items": _schemas,
    "additionalProperties": _schemas,
    "propertyNames": _schemas,
    "allOf": _appended,
    "multipleOf": _least_multiple,
    "uniqueItems": lambda one, other: one or other,
    **dict.fromkeys(("minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties"), max),
    **dict.fromkeys(("maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties"), min),
    **dict.fromkeys(("description", "title", "default", "format", "examples"), _later),
}
