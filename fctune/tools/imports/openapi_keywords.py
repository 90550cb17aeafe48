"""Keywords of OpenAPI schemas as JSON Schema 2020-12 has them; values that break it are refused.

Input: one keyword and its value. Output: the value as it may stand in a tool schema, or NotUsable
with what was expected. Sub-schemas are not its business.

Before: "minLength": 3.0, "exclusiveMinimum": true beside "minimum": 0
After:  "minLength": 3, "exclusiveMinimum": 0
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

from fctune.tools.check import check_schema
from fctune.tools.imports.openapi_text import plain_text

MAX_EXAMPLES = 3
MAX_EXAMPLE = 200
_MAX_DATA_DEPTH = 20
# Said nowhere in a tool schema, and nothing that a caller could break: dropped without an issue.
SILENT = frozenset(
    {
        "$anchor", "$comment", "$defs", "$id", "$schema", "$vocabulary", "collectionFormat",
        "definitions", "deprecated", "example", "examples", "externalDocs", "id", "nullable",
        "readOnly", "writeOnly", "xml",
    }
)  # fmt: skip


class NotUsable(ValueError):
    """A keyword's value breaks JSON Schema; the text says what was expected."""


def clean(key: str, value: Any) -> Any:
    """Return the value of a keyword in its lawful form.

    Args:
        key: one of KEYWORDS.
        value: as written.

    Raises:
        NotUsable: JSON Schema does not allow it.
    """
    return KEYWORDS[key](value)


def drop_old_bounds(schema: dict[str, Any]) -> None:
    """Turn the boolean bounds of OpenAPI 3.0 into those of JSON Schema, in place."""
    for exclusive, plain in (("exclusiveMinimum", "minimum"), ("exclusiveMaximum", "maximum")):
        flag = schema.get(exclusive)
        if isinstance(flag, bool):
            del schema[exclusive]
            if flag and plain in schema:
                schema[exclusive] = schema.pop(plain)


def examples_of(raw: Mapping[str, Any]) -> list[Any]:
    """Return up to three short examples of a schema or parameter, from all ways to give them.

    >>> examples_of({"example": "a", "examples": {"b": {"value": "c"}}})
    ['a', 'c']
    """
    found = [raw["example"]] if "example" in raw else []
    several = raw.get("examples")
    if isinstance(several, list):
        found += several[: 2 * MAX_EXAMPLES]
    elif isinstance(several, dict):
        entries = list(several.values())[: 2 * MAX_EXAMPLES]
        found += [one["value"] for one in entries if isinstance(one, dict) and "value" in one]
    kept: list[Any] = []
    for value in found:
        if value not in kept and value is not None and _is_short(value):
            kept.append(value)
    return kept[:MAX_EXAMPLES]


def _is_short(value: Any) -> bool:
    """Tell whether a value is plain JSON of at most MAX_EXAMPLE characters."""
    stack, left = [value], MAX_EXAMPLE
    while stack and left > 0:  # a large example is not read to its end
        inner = stack.pop()
        left -= len(inner) if isinstance(inner, str) else 1
        if isinstance(inner, dict | list):
            stack.extend(inner.values() if isinstance(inner, dict) else inner)
    try:
        return left > 0 and len(json.dumps(_data(value), ensure_ascii=False)) <= MAX_EXAMPLE
    except NotUsable:
        return False


def _data(value: Any, depth: int = 0) -> Any:
    """Return a value that is plain JSON, not too deep."""
    if isinstance(value, float) and not math.isfinite(value):
        raise NotUsable("a finite number")
    if isinstance(value, dict | list):
        if depth >= _MAX_DATA_DEPTH:
            raise NotUsable(f"at most {_MAX_DATA_DEPTH} levels")
        if isinstance(value, dict) and "$ref" in value:
            raise NotUsable("data without $ref")
        for inner in value.values() if isinstance(value, dict) else value:
            _data(inner, depth + 1)
    elif isinstance(value, int) and abs(value) >= 2**64:
        raise NotUsable("an integer of 64 bits")
    return value


def _values(value: Any) -> list[Any]:
    if not isinstance(value, list) or not value:
        raise NotUsable("a list of values")
    distinct: dict[str, Any] = {}
    for one in value:
        distinct.setdefault(json.dumps(_data(one), sort_keys=True), one)
    return list(distinct.values())


def _number(value: Any) -> Any:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise NotUsable("a number")
    return _data(value)


def _bound(value: Any) -> Any:
    return value if isinstance(value, bool) else _number(value)


def _positive(value: Any) -> Any:
    if _number(value) <= 0:
        raise NotUsable("a number above 0")
    return value


def _count(value: Any) -> int:
    number = _number(value)
    if number < 0 or number != int(number):
        raise NotUsable("an integer from 0")
    return int(number)


def _flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise NotUsable("true or false")
    return value


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise NotUsable("text")
    return value


def _pattern(value: Any) -> str:
    if not lawful_pattern(_text(value)):
        raise NotUsable("a regular expression that all validators know")
    return str(value)


@lru_cache(maxsize=4096)
def lawful_pattern(pattern: str) -> bool:
    """Tell whether the judge of calls can use a regular expression."""
    schema = {"type": "object", "properties": {"value": {"pattern": pattern}}}
    return not check_schema(schema, "pattern")


def _names(value: Any) -> list[str]:
    if not isinstance(value, list):
        raise NotUsable("a list of names")
    return list(dict.fromkeys(name for name in value if isinstance(name, str)))


def _name_lists(value: Any) -> dict[str, list[str]]:
    if not isinstance(value, dict):
        raise NotUsable("an object of lists of names")
    return {str(key): _names(names) for key, names in value.items()}


KEYWORDS: dict[str, Callable[[Any], Any]] = {
    "title": _text,
    "description": plain_text,
    "format": _text,
    "contentMediaType": _text,
    "contentEncoding": _text,
    "pattern": _pattern,
    "enum": _values,
    "const": _data,
    "default": _data,
    "multipleOf": _positive,
    "uniqueItems": _flag,
    "dependentRequired": _name_lists,
    **dict.fromkeys(("minimum", "maximum"), _number),
    **dict.fromkeys(("exclusiveMinimum", "exclusiveMaximum"), _bound),
    **dict.fromkeys(
        (
            "minLength", "maxLength", "minItems", "maxItems", "minProperties", "maxProperties",
            "minContains", "maxContains",
        ),
        _count,
    ),
}  # fmt: skip
