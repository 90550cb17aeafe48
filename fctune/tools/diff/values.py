"""Changes of what a single value may be: type, listed values, bounds, pattern, format.

Input: two nodes without pure references, and the types that OLD allows. Output: (kind, message)
for each change. A rule of NEW that concerns types which OLD never allowed is no narrowing.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from itertools import takewhile
from typing import Any

from fctune.tools.diff.nodes import TYPES, declared_types, json_key, values_of

Found = Iterator[tuple[str, str]]
_MAX_SHOWN = 60
_BEFORE_CHANGE = 13
_WIDTH_FORMATS = frozenset({"int32", "int64", "float", "double", "password", ""})
_TEXT_RULES = ("pattern", "format", "contentEncoding", "contentMediaType")
_SIZES = (
    ("minLength", "maxLength", "string"),
    ("minItems", "maxItems", "array"),
    ("minProperties", "maxProperties", "object"),
)
_NUMBERS = frozenset({"number", "integer"})
_UNBOUNDED = 2**63
Bound = tuple[float, bool]


def shown(value: Any) -> str:
    """Return a value as short JSON.

    >>> shown("北京")
    '"北京"'
    """
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= _MAX_SHOWN else text[: _MAX_SHOWN - 3] + "..."


def shown_apart(old: str, new: str) -> tuple[str, str]:
    """Return two long texts as short JSON that begins a little before they part.

    >>> shown_apart("a" * 90 + " old words.", "a" * 90 + " new words.")
    ('"...aaaaaaaaaaaa old words."', '"...aaaaaaaaaaaa new words."')
    """
    same = takewhile(lambda pair: pair[0] == pair[1], zip(old, new, strict=False))
    start = sum(1 for _ in same) - _BEFORE_CHANGE
    if max(len(old), len(new)) <= _MAX_SHOWN or start <= 0:
        return shown(old), shown(new)
    return shown("..." + old[start:]), shown("..." + new[start:])


def value_changes(old: Mapping[str, Any], new: Mapping[str, Any], types: frozenset[str]) -> Found:
    """Yield the changes of type, values, bounds and text rules.

    Args:
        old: the node of OLD.
        new: the node of NEW.
        types: the types that OLD allows here.
    """
    yield from _type_changes(old, new, types)
    yield from _listed_changes(old, new, types)
    if types & _NUMBERS:
        whole = not types & {"number"}
        yield from _bound_changes(old, new, _lower(old, whole), _lower(new, whole), sign=1)
        yield from _bound_changes(old, new, _upper(old, whole), _upper(new, whole), sign=-1)
        yield from _multiple_changes(old.get("multipleOf"), new.get("multipleOf"), whole)
    for least, most, kind in _SIZES:
        if kind in types:
            yield from _size_changes(old, new, least, sign=1)
            yield from _size_changes(old, new, most, sign=-1)
    for rule in _TEXT_RULES:
        if "string" in types or rule == "format":
            yield from _text_changes(rule, old.get(rule), new.get(rule), judged="string" in types)
    if "array" in types:
        yield from _unique_changes(old.get("uniqueItems") is True, new.get("uniqueItems") is True)


def _type_changes(old: Mapping[str, Any], new: Mapping[str, Any], types: frozenset[str]) -> Found:
    allowed = declared_types(new) or TYPES
    if lost := types - allowed:
        before = declared_types(old) or types
        words = f"was {_type_words(before)}, now {_type_words(allowed)}"
        # Said where it is not plain from the two lists.
        told = f"; {_type_words(lost)} is refused" if before & allowed and before < TYPES else ""
        yield "type-changed", words + told
    elif allowed - types and allowed != (declared_types(old) or TYPES):
        was = _type_words(declared_types(old) or TYPES)
        yield "type-widened", f"was {was}, now {_type_words(allowed)}"


def _type_words(types: frozenset[str]) -> str:
    if types >= TYPES:
        return "any type"
    shorter = types - {"integer"} if "number" in types else types
    return " or ".join(sorted(shorter))


def _listed_changes(old: Mapping[str, Any], new: Mapping[str, Any], types: frozenset[str]) -> Found:
    before, after = values_of(old), values_of(new)
    if after is None:
        if before is not None:
            yield "values-opened", f"was one of {shown(before)}, now any value"
        return
    if before is None and types <= {"boolean", "null"}:
        before = [value for value, kind in _FINITE if kind in types]
    if before is None:
        yield "values-closed", f"was any value, now one of {shown(after)}"
        return
    keys_before, keys_after = [json_key(v) for v in before], [json_key(v) for v in after]
    lost = [v for v, key in zip(before, keys_before, strict=True) if key not in keys_after]
    gained = [v for v, key in zip(after, keys_after, strict=True) if key not in keys_before]
    if lost:
        yield "value-removed", f"without {_listed(lost)}; now one of {shown(after)}"
    if gained:
        yield "value-added", f"with {_listed(gained)}"
    if not lost and not gained and keys_before != keys_after:
        yield "values-reordered", f"was {shown(before)}, now {shown(after)}"


_FINITE = ((True, "boolean"), (False, "boolean"), (None, "null"))


def _listed(values: list[Any]) -> str:
    words = [shown(value) for value in values[:5]]
    return ", ".join(words) + (f" and {len(values) - 5} more" if len(values) > 5 else "")


def _lower(node: Mapping[str, Any], whole: bool) -> Bound:
    bounds = [(-math.inf, False)]
    if _is_number(node.get("minimum")):
        bounds.append((node["minimum"], False))
    if _is_number(node.get("exclusiveMinimum")):
        bounds.append((node["exclusiveMinimum"], True))
    value, open_ended = max(bounds)
    if whole and abs(value) != math.inf:
        return (math.floor(value) + 1 if open_ended else math.ceil(value)), False
    return value, open_ended


def _upper(node: Mapping[str, Any], whole: bool) -> Bound:
    bounds = [(math.inf, True)]
    if _is_number(node.get("maximum")):
        bounds.append((node["maximum"], True))
    if _is_number(node.get("exclusiveMaximum")):
        bounds.append((node["exclusiveMaximum"], False))
    value, closed = min(bounds)
    if whole and abs(value) != math.inf:
        return (math.floor(value) if closed else math.ceil(value) - 1), True
    return value, closed


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _bound_changes(
    old: Mapping[str, Any], new: Mapping[str, Any], before: Bound, after: Bound, *, sign: int
) -> Found:
    """Yield the change of one end; bounds are ordered so that a greater lower one is tighter."""
    if before == after:
        return
    keys = ("minimum", "exclusiveMinimum") if sign > 0 else ("maximum", "exclusiveMaximum")
    narrowed = after > before if sign > 0 else after < before
    message = f"was {_rule_words(old, keys)}, now {_rule_words(new, keys)}"
    yield ("bounds-narrowed" if narrowed else "bounds-widened"), message


def _rule_words(node: Mapping[str, Any], keys: tuple[str, ...]) -> str:
    words = [f"{key} {shown(node[key])}" for key in keys if key in node]
    return " and ".join(words) or f"no {keys[0]}"


def _multiple_changes(before: Any, after: Any, integers: bool) -> Found:
    if before == after or (integers and (before or 1, after or 1) == (1, 1)):
        return
    if after is None:
        yield "rule-lifted", f"was multipleOf {shown(before)}, now none"
        return
    whole = isinstance(before, int) and isinstance(after, int) and after != 0
    if whole and before % after == 0:
        yield "rule-lifted", f"was multipleOf {before}, now {after}"
    else:
        yield "rule-added", f"was multipleOf {shown(before)}, now {shown(after)}"


def _size_changes(old: Mapping[str, Any], new: Mapping[str, Any], key: str, *, sign: int) -> Found:
    given = _given_size(new, key, sign)
    before, after = _size(old, key, sign), _size(new, key, sign)
    message = f"was {_rule_words(old, (key,))}, now {_rule_words(new, (key,))}"
    if (given - before) * sign > 0:
        yield "bounds-narrowed", message
    elif (after - before) * sign < 0 and old.get(key) != new.get(key):
        yield "bounds-widened", message


def _given_size(node: Mapping[str, Any], key: str, sign: int) -> float:
    given: float = node[key] if _is_number(node.get(key)) else (0 if sign > 0 else _UNBOUNDED)
    return given


def _size(node: Mapping[str, Any], key: str, sign: int) -> float:
    """Return the effective size: required keys are a least number of keys, too."""
    given = _given_size(node, key, sign)
    if key == "minProperties" and isinstance(node.get("required"), list):
        return max(given, len(set(node["required"])))
    return given


def _text_changes(rule: str, before: Any, after: Any, *, judged: bool) -> Found:
    if before == after:
        return
    words = f"was {rule} {shown(before)}" if before is not None else f"had no {rule}"
    words += f", now {shown(after)}" if after is not None else ", now none"
    hint = rule == "format" and {before or "", after or ""} <= _WIDTH_FORMATS
    if hint or not judged:
        yield "format-hint", words
    else:
        yield ("rule-lifted" if after is None else "rule-added"), words


def _unique_changes(before: bool, after: bool) -> Found:
    if after and not before:
        yield "rule-added", "items have to differ from each other now"
    elif before and not after:
        yield "rule-lifted", "items may be equal now"
