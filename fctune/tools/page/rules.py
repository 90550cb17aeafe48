"""The bounds of one schema in words, for people who read a catalogue page.

Input: a schema. Output: short phrases, such as `1 to 30` or `length at most 64`; keywords that have
no phrase are given as they are, so that no rule is hidden.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

# (keyword of the lower bound, keyword of the upper bound, words before, what is counted)
_RANGES = (
    ("minimum", "maximum", "", ""),
    ("minLength", "maxLength", "length ", ""),
    ("minItems", "maxItems", "", "item"),
    ("minProperties", "maxProperties", "", "key"),
    ("minContains", "maxContains", "", "matching item"),
)
# Keywords that a row shows elsewhere, or that say nothing to a reader.
_SHOWN_ELSEWHERE = frozenset(
    {
        "type", "description", "title", "enum", "default", "format", "pattern", "properties",
        "required", "items", "prefixItems", "additionalProperties", "patternProperties", "anyOf",
        "oneOf", "allOf", "$ref", "$defs", "definitions", "$schema", "$id", "$comment", "examples",
        "example", "nullable", "exclusiveMinimum", "exclusiveMaximum", "multipleOf", "const",
        "uniqueItems", "deprecated", "xml", "externalDocs", "discriminator",
        *(keyword for low, high, _, _ in _RANGES for keyword in (low, high)),
    }
)  # fmt: skip
_MAX_SHOWN = 120


def rules_of(schema: Mapping[str, Any]) -> Iterator[str]:
    """Yield the phrases of a schema's bounds.

    >>> list(rules_of({"minimum": 1, "maximum": 30, "multipleOf": 5, "deprecated": True}))
    ['1 to 30', 'multiple of 5', 'deprecated']
    """
    if "const" in schema:
        yield f"always {_json(schema['const'])}"
    for low, high, before, unit in _RANGES:
        phrase = _range(schema.get(low), schema.get(high))
        if phrase:
            plural = "" if phrase.split()[-1] == "1" else "s"
            yield f"{before}{phrase}" + (f" {unit}{plural}" if unit else "")
    for keyword, words in (("exclusiveMinimum", "more than"), ("exclusiveMaximum", "less than")):
        if _is_number(schema.get(keyword)):
            yield f"{words} {schema[keyword]}"
    if _is_number(schema.get("multipleOf")):
        yield f"multiple of {schema['multipleOf']}"
    if schema.get("uniqueItems") is True:
        yield "no item twice"
    if schema.get("deprecated") is True:
        yield "deprecated"
    for keyword, words in (("anyOf", "at least one of"), ("oneOf", "exactly one of")):
        groups = _alternatives(schema.get(keyword))
        if groups:
            yield f"{words}: {'; '.join(groups)}"
    for keyword in sorted(schema.keys() - _SHOWN_ELSEWHERE):
        yield f"{keyword}: {_json(schema[keyword])}"


def _range(low: Any, high: Any) -> str:
    if _is_number(low) and _is_number(high):
        return f"{low}" if low == high else f"{low} to {high}"
    if _is_number(low):
        return f"at least {low}"
    return f"at most {high}" if _is_number(high) else ""


def _alternatives(forms: Any) -> list[str]:
    """Return what each form requires, where the forms say nothing else."""
    groups = []
    for form in forms if isinstance(forms, list) else []:
        names = form.get("required") if isinstance(form, Mapping) and len(form) == 1 else None
        if not isinstance(names, list):
            return []
        groups.append(" and ".join(map(str, names)))
    return groups


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _json(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= _MAX_SHOWN else f"{text[: _MAX_SHOWN - 3]}..."
