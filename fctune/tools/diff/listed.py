"""Finite sets of values: where OLD lists what it allows, each value is judged by NEW itself.

Role: it takes back what the comparison of keywords calls breaking though no value can break it.
Input: two nodes with their roots. Output: whether every listed value stays valid.

Before: {"enum": [1, 2, 3]}
After:  {"type": "integer", "minimum": 1}
Gives:  yes: 1, 2 and 3 are integers from 1 on
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import jsonschema_rs

from fctune.tools.diff.nodes import ANCHORS, types_of, values_of

_MAX_VALUES = 1000
# What leads out of a node cannot be judged without the rest of its schema.
_LEADS_OUT = ANCHORS | {"$ref"}
Rooted = tuple[Mapping[str, Any], Mapping[str, Any]]


def holds_listed(old: Rooted, new: Rooted) -> bool:
    """Tell whether OLD lists its values, and NEW allows each of them that OLD allows.

    Args:
        old: a node, and the root of its schema, whose `$schema` it is judged by.
        new: the other ones.
    """
    values = values_of(old[0])
    if values is None and types_of(*old) <= {"boolean", "null"}:
        values = [True, False, None]
    if values is None or len(values) > _MAX_VALUES:
        return False
    before, after = _judge(*old), _judge(*new)
    if after is None:
        return False
    try:
        return all(
            after.is_valid(form)
            for value in values
            for form in _forms(value)
            if before is None or before.is_valid(form)
        )
    except (ValueError, TypeError, OverflowError, RecursionError):
        return False


def _judge(node: Mapping[str, Any], root: Mapping[str, Any]) -> Any:
    """Return a validator of a node by itself; None where it needs the rest of its schema."""
    if leads_out(node):
        return None
    draft = {"$schema": root["$schema"]} if "$schema" in root else {}
    try:
        return jsonschema_rs.validator_for({**node, **draft}, retriever=_refuse)
    except (ValueError, RecursionError):
        return None


def _refuse(uri: str) -> Any:
    raise ValueError(f"references are not followed: {uri}")


def leads_out(value: Any) -> bool:
    """Tell whether a value holds a reference or an anchor at any depth."""
    stack = [value]
    while stack:
        current = stack.pop()
        if isinstance(current, Mapping):
            if _LEADS_OUT & current.keys():
                return True
            stack.extend(current.values())
        elif isinstance(current, list):
            stack.extend(current)
    return False


def _forms(value: Any) -> Iterator[Any]:
    """Yield the value as written, and a number as the other of 1 and 1.0, which are equal."""
    yield value
    if isinstance(value, bool) or not isinstance(value, int | float):
        return
    try:
        other = int(value) if isinstance(value, float) else float(value)
    except (OverflowError, ValueError):
        return
    if other == value:
        yield other
