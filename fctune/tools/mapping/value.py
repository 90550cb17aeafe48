"""JSON values of any kind: their type, their equality, and how they are shown in a sentence.

Role: what conversions and the two ways share. Total: no value, however large or deep, makes these
functions raise.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

_MAX_SHOWN = 60
_MAX_BITS = 4096  # Python refuses to print integers of more than 4300 digits


class Outside(Exception):
    """A value is outside what a conversion takes.

    Args:
        expected: what the conversion takes, such as `expected a date such as 2026-11-20`.
        one_way: true where no value would do, as the conversion cannot be undone.
    """

    def __init__(self, expected: str, *, one_way: bool = False) -> None:
        super().__init__(expected)
        self.one_way = one_way


def json_type(value: Any) -> str:
    """Return the JSON Schema type of a value.

    >>> json_type(True), json_type(1), json_type(1.5), json_type(None)
    ('boolean', 'integer', 'number', 'null')
    """
    names = {bool: "boolean", int: "integer", float: "number", str: "string", type(None): "null"}
    if type(value) in names:
        return names[type(value)]
    return "object" if isinstance(value, Mapping) else "array"


def shown(value: Any) -> str:
    """Return a value for a sentence: scalars as JSON, containers by their size."""
    if isinstance(value, Mapping):
        return f"an object of {len(value)}" if value else "{}"
    if isinstance(value, list | tuple):
        return f"a list of {len(value)}" if value else "[]"
    if isinstance(value, int) and value.bit_length() > _MAX_BITS:
        return f"an integer of {value.bit_length()} bits"
    if isinstance(value, str) and len(value) > _MAX_SHOWN:
        value = value[: _MAX_SHOWN - 3] + "..."
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text.encode("utf-8", "backslashreplace").decode()


def same_json(wanted: Any, got: Any) -> bool:
    """Tell whether two values are one JSON value: true is not 1, and 1 is 1.0.

    The recursion ends with the depth of `wanted`.
    """
    if isinstance(wanted, Mapping):
        return (
            isinstance(got, Mapping)
            and wanted.keys() == got.keys()
            and all(same_json(value, got[key]) for key, value in wanted.items())
        )
    if isinstance(wanted, list):
        return (
            isinstance(got, list)
            and len(wanted) == len(got)
            and all(same_json(one, other) for one, other in zip(wanted, got, strict=True))
        )
    if isinstance(wanted, bool) or isinstance(got, bool):
        return wanted is got
    if isinstance(got, Mapping | list):
        return False
    numbers = isinstance(wanted, int | float) and isinstance(got, int | float)
    return (numbers or type(wanted) is type(got)) and bool(wanted == got)
