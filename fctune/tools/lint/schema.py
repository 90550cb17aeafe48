"""Schemas that are lawful and yet cannot be met, cannot be read, or say too little.

Input: the canonical parameters of one tool. Output: issues with the place inside the schema. The
walk is bounded: a canonical schema is at most 64 deep.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction
from math import isfinite
from typing import Any

from fctune.issues import Issue, issue
from fctune.tools.lint.pattern import slow_part
from fctune.tools.lint.values import check_values, shown, types_of

MAX_DEPTH = 5
_INT64 = 2**63
_WALK_DEPTH = 80
_MAPS = ("properties", "patternProperties", "$defs", "definitions")
_LISTS = ("anyOf", "oneOf", "allOf", "prefixItems")
_SINGLES = ("items", "additionalProperties", "contains", "not", "if", "then", "else")
_BOUNDS = (
    ("minimum", "maximum"), ("minLength", "maxLength"), ("minItems", "maxItems"),
    ("minProperties", "maxProperties"), ("exclusiveMinimum", "exclusiveMaximum"),
    ("minimum", "exclusiveMaximum"), ("exclusiveMinimum", "maximum"),
)  # fmt: skip
_NUMBERS = ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf")
# Any of these says what values are meant.
_TELLING = frozenset(
    {"type", "enum", "const", "anyOf", "oneOf", "allOf", "$ref", "not", "if", "properties", "items"}
)
_TOP_COMBINATORS = ("anyOf", "oneOf", "allOf", "not")


def check_parameters(parameters: Mapping[str, Any], place: str) -> list[Issue]:
    """Return what is wrong with the parameters of one tool.

    Args:
        parameters: a canonical schema.
        place: the place of the parameters.
    """
    issues = list(_check_top(parameters, place))
    deepest = 0
    for node, where, depth in nodes(parameters, place):
        deepest = max(deepest, depth)
        issues += _check_bounds(node, where)
        if where != place:
            issues += _check_told(node, where)
            issues += check_values(node, where)
        pattern = node.get("pattern")
        if isinstance(pattern, str) and (part := slow_part(pattern)):
            found = f"{part!r} can be matched in many ways, which takes exponential time"
            issues.append(issue("tool-pattern-slow", f"{where}.pattern", found))
    if deepest > MAX_DEPTH:
        found = f"objects and lists are nested {deepest} deep, expected at most {MAX_DEPTH}"
        issues.append(issue("tool-too-deep", place, found))
    return issues


def nodes(
    schema: Any, place: str, depth: int = 0, level: int = 0
) -> Iterator[tuple[Mapping[str, Any], str, int]]:
    """Yield every schema within a schema, itself included, with its place and its depth.

    Args:
        schema: a canonical schema.
        place: its place.
        depth: how many objects and lists stand around it.
        level: how deep the walk is, combinators included.
    """
    if not isinstance(schema, Mapping) or level > _WALK_DEPTH:
        return
    yield schema, place, depth
    for key in _MAPS:
        inner = schema.get(key)
        for name, value in inner.items() if isinstance(inner, Mapping) else ():
            yield from nodes(value, f"{place}.{key}.{name}", depth + 1, level + 1)
    for key in _LISTS:
        branches = schema.get(key)
        for index, value in enumerate(branches if isinstance(branches, list) else ()):
            yield from nodes(value, f"{place}.{key}[{index}]", depth, level + 1)
    for key in _SINGLES:
        deeper = 1 if key in ("items", "additionalProperties") else 0
        yield from nodes(schema.get(key), f"{place}.{key}", depth + deeper, level + 1)


def _check_top(parameters: Mapping[str, Any], place: str) -> Iterator[Issue]:
    found = [key for key in _TOP_COMBINATORS if key in parameters]
    if found:
        message = f"got {', '.join(found)} beside the properties"
        yield issue("tool-top-combinator", place, message)
    properties = parameters.get("properties")
    extra = parameters.get("additionalProperties")
    if properties and extra is not None and extra is not False:
        message = f"additionalProperties is {shown(extra)}: an invented argument passes"
        yield issue("tool-object-open", place, message)
    refused = [
        name for name in parameters.get("required", ()) if (properties or {}).get(name) is False
    ]
    if refused:
        message = f"{refused[0]!r} is required, and its schema refuses every value"
        yield issue("tool-schema-impossible", place, message)


def _check_told(node: Mapping[str, Any], place: str) -> Iterator[Issue]:
    if not _TELLING & node.keys():
        yield issue("tool-type-missing", place, "has no type: any value passes")
    elif "array" in types_of(node) and not {"items", "prefixItems", "enum", "const"} & node.keys():
        yield issue("tool-items-missing", place, "is a list without `items`: any element passes")


def _check_bounds(node: Mapping[str, Any], place: str) -> Iterator[Issue]:
    for low, high in _BOUNDS:
        least, most = _number(node.get(low)), _number(node.get(high))
        strict = "exclusive" in low or "exclusive" in high
        if least is None or most is None:
            continue
        if least > most or (strict and least >= most):
            message = f"{low} {shown(least)} and {high} {shown(most)}: no value passes"
            yield issue("tool-schema-impossible", place, message)
    least, most = _number(node.get("minimum")), _number(node.get("maximum"))
    step = _number(node.get("multipleOf"))
    if least is not None and most is not None and step and least <= most:
        first = -(-Fraction(str(least)) // Fraction(str(step))) * Fraction(str(step))
        if first > Fraction(str(most)):
            message = f"no multiple of {shown(step)} lies in {shown(least)} to {shown(most)}"
            yield issue("tool-schema-impossible", place, message)
    if "integer" not in types_of(node):
        return
    for key in _NUMBERS:
        bound = _number(node.get(key))
        if bound is not None and not -_INT64 <= bound < _INT64:
            message = f"{key} is {shown(bound)}, beyond the integers of 64 bits"
            yield issue("tool-bounds-huge", place, message)


def _number(value: Any) -> float | int | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return value if isinstance(value, int) or isfinite(value) else None
