r"""Recorded rows that are no strict JSON and can be read all the same.

Input: a raw row with its issue, or a value out of one. Output: the row's value, or None. A model
may well say Infinity, stop in the middle of an emoji, or nest without end. That is for scoring to
judge, so it keeps no row from being read. What stands beside the prediction must be strict.

Before: '{"id": "a", "prediction": "cut \ud83d", "gold": []}', refused as json-lone-surrogate
After:  the object, its prediction as it was said
"""

from __future__ import annotations

import json
from collections.abc import Collection
from typing import Any

from fctune.evaluation.strict_json import writable
from fctune.jsonl import RawRow

_ODD = frozenset(("json-nan", "json-lone-surrogate", "json-too-deep"))


def read_loosely(raw: RawRow) -> Any:
    """Return the value of a row; None where it cannot be read loosely either."""
    if raw.issue is None:
        return raw.value
    if raw.issue.code not in _ODD:
        return None
    try:
        return json.loads(raw.text)
    except (ValueError, RecursionError):
        return None


def read_said(raw: RawRow, said: Collection[str]) -> dict[str, Any] | None:
    """Return the value of an odd row where all that is odd was said, else None.

    Args:
        raw: a row with an issue.
        said: the keys under which a row holds what was said.
    """
    value = read_loosely(raw)
    if not isinstance(value, dict):
        return None
    rest = {key: one for key, one in value.items() if key not in said}
    return value if recordable(rest) else None


def recordable(value: Any) -> bool:
    """Tell whether a value can be written to a data file, and read back strictly.

    >>> recordable([1, "a"]), recordable([float("nan")]), recordable([chr(0xD83D)])
    (True, False, False)
    """
    if not writable(value):
        return False
    try:
        json.dumps(value, allow_nan=False)
    except ValueError:  # NaN, infinity, or an integer of thousands of digits
        return False
    return True


def as_text(value: Any) -> str:
    r"""Return a value as JSON that can be written to a file, whatever it is.

    >>> as_text(["a" + chr(0xD83D)])
    '["a\\ud83d"]'
    """
    try:
        text = json.dumps(value, ensure_ascii=False)
    except (TypeError, ValueError, RecursionError):
        return f"a {type(value).__name__} that is no JSON"
    return text.encode("utf-8", "backslashreplace").decode("utf-8")
