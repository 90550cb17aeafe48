"""Attributes of spans: dotted keys, nested objects and OTLP's lists of keys and values, as one.

Input: a span as exporters write it. Output: its attributes as one flat mapping, and nested values
from numbered keys.

Before: {"attributes": [{"key": "gen_ai.prompt.0.role", "value": {"stringValue": "user"}}]}
After:  {"gen_ai.prompt.0.role": "user"}, and under `gen_ai.prompt` [{"role": "user"}]
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_HOLDERS = ("attributes", "Attributes", "span_attributes", "SpanAttributes", "tags")
_PREFIXES = ("gen_ai", "llm", "pydantic_ai", "openinference")
_STARTS = tuple(f"{prefix}." for prefix in _PREFIXES)
_KEYS = frozenset({*_HOLDERS, "events"})
_MAX_DEPTH = 32
_SCALARS = ("stringValue", "intValue", "doubleValue", "boolValue", "bytesValue")


def attributes_of(span: Mapping[str, Any]) -> dict[str, Any]:
    """Return the attributes of a span, those of its events too; {} where it has none."""
    found: dict[str, Any] = {}
    own = {key: value for key, value in span.items() if _is_ours(key)}
    if not own and _KEYS.isdisjoint(span):
        return found
    events = span.get("events")
    holders = [*(events if isinstance(events, list) else []), span]
    for holder in holders:
        if isinstance(holder, Mapping):
            for key in _HOLDERS:
                _add(_plain(holder.get(key), 0), "", found, 0)
    _add(own, "", found, 0)
    return found


def nested(flat: Mapping[str, Any], prefix: str) -> Any:
    """Return what stands under a prefix, lists made of numbered keys; None where nothing does.

    >>> nested({"a.b.1.x": 2, "a.b.0.x": 1, "c": 0}, "a.b")
    [{'x': 1}, {'x': 2}]
    """
    tree: dict[str, Any] = {}
    start = prefix + "."
    for key, value in flat.items():
        if key == prefix and not isinstance(value, str):
            return value
        if not key.startswith(start):
            continue
        branch = tree
        *path, last = key[len(start) :].split(".")
        for step in path[:_MAX_DEPTH]:
            inner = branch.setdefault(step, {})
            if not isinstance(inner, dict):
                inner = branch[step] = {}
            branch = inner
        branch[last] = value
    return _lists(tree) if tree else None


def _lists(tree: Any) -> Any:
    if not isinstance(tree, dict):
        return tree
    if tree and all(key.isdecimal() and len(key) < 10 for key in tree):
        return [_lists(tree[key]) for key in sorted(tree, key=int)]
    return {key: _lists(value) for key, value in tree.items()}


def _is_ours(key: Any) -> bool:
    return isinstance(key, str) and (key.startswith(_STARTS) or key in _PREFIXES)


def _add(value: Any, path: str, found: dict[str, Any], depth: int) -> None:
    """Flatten objects; lists stay values."""
    if not isinstance(value, Mapping) or depth > _MAX_DEPTH or not value:
        if path:
            found.setdefault(path, value)
        return
    for key, inner in value.items():
        _add(inner, f"{path}.{key}" if path else str(key), found, depth + 1)


def _plain(value: Any, depth: int) -> Any:
    """Return attributes without OTLP's wrappers of keys and values."""
    if depth > _MAX_DEPTH:
        return None
    if isinstance(value, list) and value and all(_is_pair(item) for item in value):
        return {str(item["key"]): _plain(item["value"], depth + 1) for item in value}
    if not isinstance(value, Mapping) or len(value) != 1:
        return value
    key, inner = next(iter(value.items()))
    if key in _SCALARS:
        return inner
    if key == "arrayValue" and isinstance(inner, Mapping):
        items = inner.get("values")
        return [_plain(item, depth + 1) for item in items] if isinstance(items, list) else []
    if key == "kvlistValue" and isinstance(inner, Mapping):
        return _plain(inner.get("values"), depth + 1)
    return value


def _is_pair(item: Any) -> bool:
    return isinstance(item, Mapping) and "key" in item and "value" in item
