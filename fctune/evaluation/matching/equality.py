"""When two JSON values are equal, by the strict rule, and how a value is shown.

Input: values and the schema of the place where they stand. Output: a truth, or a short text.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

_MAX_SHOWN = 80
_OBJECT = (dict, Mapping)  # a plain dict is told at once


def equal_values(gold: Any, predicted: Any, schema: Any) -> bool:
    """Tell whether two JSON values are equal under a schema.

    >>> equal_values(1, 1.0, {"type": "number"}), equal_values(1, 1.0, {"type": "integer"})
    (True, False)
    >>> equal_values(True, 1, {"type": "number"})
    False
    """
    if isinstance(gold, dict) and isinstance(predicted, dict):
        return gold.keys() == predicted.keys() and all(
            equal_values(value, predicted[key], property_of(schema, key))
            for key, value in gold.items()
        )
    if isinstance(gold, list) and isinstance(predicted, list):
        items = schema.get("items") if isinstance(schema, _OBJECT) else None
        return len(gold) == len(predicted) and all(
            equal_values(one, other, items) for one, other in zip(gold, predicted, strict=True)
        )
    if is_number(gold) and is_number(predicted):
        return bool(gold == predicted) and (type(gold) is type(predicted) or _is_real(schema))
    return type(gold) is type(predicted) and bool(gold == predicted)


def shown(value: Any) -> str:
    """Return a value as JSON, shortened for a sentence."""
    try:
        text = json.dumps(value, ensure_ascii=False, default=str)
    except (TypeError, ValueError, RecursionError):
        text = f"a {type(value).__name__} that is no JSON"
    return text if len(text) <= _MAX_SHOWN else text[: _MAX_SHOWN - 3] + "..."


def property_of(schema: Any, name: str) -> Any:
    """Return the schema of a property, or None where there is none."""
    properties = schema.get("properties") if isinstance(schema, _OBJECT) else None
    return properties.get(name) if isinstance(properties, _OBJECT) else None


def is_number(value: Any) -> bool:
    """Tell whether a value is a JSON number; true and false are none."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_real(schema: Any) -> bool:
    declared = schema.get("type") if isinstance(schema, _OBJECT) else None
    return declared == "number" or (isinstance(declared, list) and "number" in declared)
