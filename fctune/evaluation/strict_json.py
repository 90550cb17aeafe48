"""JSON inside other text, read strictly: no NaN, no infinity, nothing that cannot be written back.

Input: text and a position. Output: the value and where it ends, or NotStrict with the reason.
"""

from __future__ import annotations

import json
import math
from typing import Any

from fctune.jsonl import MAX_DEPTH
from fctune.jsonl.faults import json_words
from fctune.patterns import regex

# Room for the levels that a row of predictions.jsonl puts around the arguments of a call.
_MAX_VALUE_DEPTH = MAX_DEPTH - 10
_SPACE = regex(r"\s*")


class NotStrict(Exception):
    """The text is no strict JSON; the message says why."""


def _refuse(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")


def _finite(digits: str) -> float:
    number = float(digits)
    if not math.isfinite(number):
        raise ValueError("a number is too large")
    return number


_DECODER = json.JSONDecoder(parse_constant=_refuse, parse_float=_finite)


def json_at(text: str, position: int) -> tuple[Any, int]:
    """Return the JSON value that starts at a position, spaces skipped, and where it ends.

    >>> json_at('x {"a": 1} y', 1)
    ({'a': 1}, 10)

    Raises:
        NotStrict: there is none.
    """
    try:
        return _DECODER.raw_decode(text, after_space(text, position))
    except json.JSONDecodeError as fault:
        raise NotStrict(json_words(fault)) from fault
    except RecursionError as fault:
        raise NotStrict("nested too deep") from fault
    except ValueError as fault:  # NaN, infinity, or an integer of thousands of digits
        raise NotStrict(str(fault)) from fault


def whole_json(text: str) -> Any:
    """Return the value of a text that is JSON from end to end, else None."""
    try:
        return _DECODER.decode(text)
    except (ValueError, RecursionError):
        return None


def writable(value: Any) -> bool:
    """Tell whether a parsed value can be written to a data file and read back from it.

    >>> writable({"city": "Oslo"}), writable([chr(0xD83D)])
    (True, False)
    """
    level = [value]
    for _ in range(_MAX_VALUE_DEPTH):
        inner: list[Any] = []
        for item in level:
            if isinstance(item, str):
                if any("\ud800" <= char <= "\udfff" for char in item):
                    return False
            elif isinstance(item, dict):
                inner.extend(item)
                inner.extend(item.values())
            elif isinstance(item, list):
                inner.extend(item)
        if not inner:
            return True
        level = inner
    return False


def json_kind(value: Any) -> str:
    """Return the JSON name of a value's type."""
    names = {str: "string", list: "list", bool: "boolean", type(None): "null", dict: "object"}
    return names.get(type(value), "number")


def after_space(text: str, position: int) -> int:
    """Return the first position that is no white space."""
    found = _SPACE.match(text, position)
    return found.end() if found else position
