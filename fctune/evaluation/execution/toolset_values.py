"""Results and states of a toolset as JSON: what is no JSON is refused in results, told in states.

Used by the worker process as a plain script and by the package; it imports nothing of fctune.

Input: any Python value. Output: JSON values and text. A result must be JSON as it is, tuples
allowed. A state may hold more: sets, dataclasses, dates, decimals, enums, bytes and objects with
attributes become JSON values that are equal exactly where the states are.

Before: {"open": {3, 1}, "at": date(2026, 1, 2)}
After:  {"at": "2026-01-02", "open": {"set": [1, 3]}}
"""

from __future__ import annotations

import datetime
import decimal
import enum
import hashlib
import json
import math
import uuid
from pathlib import PurePath
from typing import Any

_MAX_DEPTH = 60


class NotJson(Exception):
    """A value that JSON cannot hold."""


def json_text(value: Any) -> str:
    """Return a value as canonical JSON: keys sorted, ASCII, no NaN.

    Raises:
        NotJson: it holds something else than JSON values.
    """
    try:
        return json.dumps(value, sort_keys=True, allow_nan=False, separators=(",", ":"))
    except (TypeError, ValueError) as fault:
        raise NotJson(str(fault)) from fault
    except RecursionError as fault:
        raise NotJson("nested too deep") from fault


def fingerprint(text: str) -> str:
    """Return the sha256 of a text."""
    return hashlib.sha256(text.encode()).hexdigest()


def plain(value: Any, depth: int = 0, above: tuple[int, ...] = ()) -> Any:
    """Return a state as JSON values.

    Whole floats become integers, so that 5.0 and 5 are one state; true stays apart from 1.

    Raises:
        NotJson: it is nested too deep, holds itself, or holds something without data.
    """
    if value is None or (isinstance(value, bool | str) and not isinstance(value, enum.Enum)):
        return value
    if isinstance(value, enum.Enum):
        return plain(value.value, depth, above)
    if isinstance(value, int | float | decimal.Decimal):
        return _number(value)
    if isinstance(value, datetime.date | datetime.time | datetime.datetime):
        return value.isoformat()
    if isinstance(value, bytes | bytearray):
        return {"bytes": bytes(value).hex()}
    if isinstance(value, datetime.timedelta | uuid.UUID | PurePath):
        return str(value)
    if depth > _MAX_DEPTH or id(value) in above:
        raise NotJson("the state holds itself, or is nested too deep")
    return _container(value, depth + 1, (*above, id(value)))


def _container(value: Any, depth: int, above: tuple[int, ...]) -> Any:
    if isinstance(value, dict):
        return {_key(key): plain(inner, depth, above) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [plain(inner, depth, above) for inner in value]
    if isinstance(value, set | frozenset):
        inner = [plain(one, depth, above) for one in value]
        return {"set": sorted(inner, key=json_text)}
    if hasattr(value, "tolist"):  # an array
        return plain(value.tolist(), depth, above)
    slots = [name for one in type(value).__mro__ for name in getattr(one, "__slots__", ())]
    values = getattr(value, "__dict__", None)
    if callable(value) or (values is None and not slots):
        raise NotJson(f"a {type(value).__name__} has no JSON form")
    held = {name: getattr(value, name) for name in slots if hasattr(value, name)} | (values or {})
    public = {
        str(name): plain(inner, depth, above)
        for name, inner in held.items()
        if not str(name).startswith("_") and not callable(inner)
    }
    if held and not public:  # all objects of the class would be equal
        raise NotJson(f"a {type(value).__name__} shows no public data; tell it in state()")
    return public


def _number(value: Any) -> Any:
    if isinstance(value, decimal.Decimal):
        return str(value.normalize()) if value.is_finite() else str(value)
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    return int(value) if value == int(value) else float(value)


def _key(key: Any) -> str:
    """Return a key as text; 1 and "1" stay apart."""
    if isinstance(key, str):
        return key
    return f"({type(key).__name__}) {json_text(plain(key))}"
