"""Values inside a schema: do enum, default and examples fit the type that stands beside them?

Input: one node of a canonical schema. Output: issues; and, for the repair, the value that was
meant where that is beyond doubt.

Before: {"type": "integer", "enum": ["1", "2"], "default": "1"}
After:  converted("1", {"integer"}) == 1
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

import jsonschema_rs

from fctune.issues import Issue, issue
from fctune.patterns import regex
from fctune.tools.check import closed

NO_VALUE = object()
_INTEGER = regex(r"^-?(?:0|[1-9]\d{0,17})\Z")
_NUMBER = regex(r"^-?(?:0|[1-9]\d{0,14})(?:\.\d{1,15})?\Z")
_ELSEWHERE = ("$ref", "$dynamicRef")
_SHOWN = 60
# Keywords that only tell something, and so cannot refuse a value.
_SAYING = frozenset(
    {"title", "description", "default", "example", "examples", "deprecated", "$comment"}
)


def check_values(node: Mapping[str, Any], place: str) -> Iterator[Issue]:
    """Yield what is wrong with the enum, the default and the examples of one node.

    Args:
        node: a schema, not the schema of a whole call.
        place: where it stands.
    """
    types = types_of(node)
    if isinstance(node.get("enum"), list):
        yield from _check_enum(node["enum"], types, place)
    yield from _check_own_values(node, types, place)
    if "default" in node and (fault := _fault(node, node["default"])):
        yield issue("tool-default-invalid", f"{place}.default", fault)
    examples = node["examples"] if isinstance(node.get("examples"), list) else []
    named = [(f"{place}.examples[{index}]", value) for index, value in enumerate(examples)]
    if "example" in node:
        named.append((f"{place}.example", node["example"]))
    for where, value in named:
        if fault := _fault(node, value):
            yield issue("tool-parameter-example-invalid", where, fault)


def types_of(node: Mapping[str, Any]) -> frozenset[str]:
    """Return the declared types of a node; none where it declares nothing."""
    declared = node.get("type")
    if isinstance(declared, str):
        return frozenset({declared})
    if isinstance(declared, list):
        return frozenset(name for name in declared if isinstance(name, str))
    return frozenset()


def type_name(value: Any) -> str:
    """Return the JSON type of a value; a whole number is an integer.

    >>> [type_name(value) for value in (True, 1, 1.5, "a", None, [], {})]
    ['boolean', 'integer', 'number', 'string', 'null', 'array', 'object']
    """
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int) or (isinstance(value, float) and value.is_integer()):
        return "integer"
    if isinstance(value, float):
        return "number"
    if isinstance(value, str):
        return "string"
    if value is None:
        return "null"
    return "array" if isinstance(value, list) else "object"


def fits(value: Any, types: frozenset[str]) -> bool:
    """Tell whether a value is of one of the types; any is where none is declared."""
    name = type_name(value)
    return not types or name in types or (name == "integer" and "number" in types)


def converted(value: Any, types: frozenset[str]) -> Any:
    """Return the value in a declared type where it is written exactly so, else NO_VALUE.

    >>> converted("12", frozenset({"integer"})), converted(3, frozenset({"string"}))
    (12, '3')
    >>> converted("012", frozenset({"integer"})) is NO_VALUE
    True
    """
    if isinstance(value, str):
        if "integer" in types and _INTEGER.match(value):
            return int(value)
        if "number" in types and _NUMBER.match(value):
            return float(value) if "." in value else int(value)
        if "boolean" in types and value in ("true", "false"):
            return value == "true"
    whole = isinstance(value, int) and not isinstance(value, bool)
    return str(value) if whole and "string" in types else NO_VALUE


def identity(value: Any) -> tuple[str, Any]:
    """Return what two equal JSON values share, to look one up: `true` is not 1, and 1.0 is.

    >>> identity(1.0) == identity(1), identity(True) == identity(1)
    (True, False)
    """
    name = type_name(value)
    if isinstance(value, list | dict):
        try:
            return name, json.dumps(value, sort_keys=True)
        except (ValueError, TypeError, RecursionError):
            return name, id(value)
    return name, int(value) if name == "integer" else str(value)


def shown(value: Any) -> str:
    """Return a value as short JSON text."""
    try:
        text = json.dumps(value, ensure_ascii=False, default=str)
    except (ValueError, RecursionError):
        text = type(value).__name__
    return text if len(text) <= _SHOWN else text[: _SHOWN - 3] + "..."


def _check_enum(enum: list[Any], types: frozenset[str], place: str) -> Iterator[Issue]:
    where = f"{place}.enum"
    wrong = [value for value in enum if not fits(value, types)]
    if not enum:
        yield issue("tool-schema-impossible", where, "got an empty enum, no value passes")
    elif len(wrong) == len(enum):
        kinds = " or ".join(sorted(types))
        yield issue(
            "tool-schema-impossible", where, f"no value of {shown(enum)} is of type {kinds}"
        )
    elif wrong:
        kinds = " or ".join(sorted(types))
        found = f"{', '.join(map(shown, wrong[:4]))} never passes, the type is {kinds}"
        yield issue("tool-enum-type", where, found)
    else:
        kinds_met = {type_name(value) for value in enum if value is not None}
        if len(kinds_met - {"number"}) > 1 or (kinds_met >= {"number"} and len(kinds_met) > 2):
            yield issue("tool-enum-mixed", where, f"got values of {', '.join(sorted(kinds_met))}")
    met: set[tuple[str, Any]] = set()
    twice = []
    for value in enum:
        if identity(value) in met:
            twice.append(value)
        met.add(identity(value))
    if twice:
        yield issue("tool-enum-duplicate", where, f"got {', '.join(map(shown, twice[:4]))} twice")


def _check_own_values(
    node: Mapping[str, Any], types: frozenset[str], place: str
) -> Iterator[Issue]:
    """Yield the enum or const no value of which passes the other keywords of its node."""
    key = "const" if "const" in node else "enum"
    values = [node["const"]] if key == "const" else node.get("enum")
    if not isinstance(values, list) or not node.keys() - _SAYING - {key}:
        return
    if key == "enum" and not any(fits(value, types) for value in values):
        return  # told already, as values of another type
    others = {name: inner for name, inner in node.items() if name != key}
    fault = ""
    for value in values:
        fault = _fault(others, value)
        if not fault:
            return
    yield issue("tool-schema-impossible", f"{place}.{key}", f"no value passes: {fault}")


def _fault(node: Mapping[str, Any], value: Any) -> str:
    """Return why a value breaks the schema that it stands in, or "" where it does not."""
    judged = {key: inner for key, inner in node.items() if key not in ("default", "examples")}
    try:
        text = json.dumps(closed(judged, top=False), sort_keys=True)
        if any(word in text for word in _ELSEWHERE):
            return ""  # its definitions stand elsewhere in the whole schema
        validator = _validator(text)
        error = None if validator is None else next(iter(validator.iter_errors(value)), None)
    except (ValueError, TypeError, OverflowError, RecursionError):
        return ""
    return "" if error is None else f"{shown(value)} breaks its own schema: {error.message[:120]}"


@lru_cache(maxsize=2048)
def _validator(text: str) -> Any:
    try:
        return jsonschema_rs.validator_for(json.loads(text))
    except (ValueError, RecursionError):
        return None
