"""The value of `convert` to conversions: a name, an enum, or a chain of them.

Input: what people write, and the schema of the parameter where it is known. Output: the
conversions of the closed list that it names, and a Conflict for each item that names none.

Before: ["cents", "integer-string"], {"enum": {"损坏": 1}}
After:  two conversions of the list, one conversion over a table
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from difflib import get_close_matches
from typing import Any

from fctune.tools.mapping.conflicts import Conflict, Keys
from fctune.tools.mapping.convert import (
    CONVERSIONS,
    Conversion,
    enum_conversion,
    scalar_key,
    with_enum,
)
from fctune.tools.mapping.schema import enum_of
from fctune.tools.mapping.value import shown


class _Refused(Exception):
    """An item names no conversion; carries the conflict."""

    def __init__(self, keys: Keys, code: str, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.conflict = Conflict(keys, code, message, hint)


def read_conversions(
    raw: Any, schema: Any, keys: Keys
) -> tuple[tuple[Conversion, ...], list[Conflict]]:
    """Return the conversions that a value names, in the order of the way out.

    Args:
        raw: the value of `convert`; None names none.
        schema: of the model's parameter; its enum makes `upper` and `lower` undone.
        keys: the place of `raw`, for conflicts.
    """
    conversions: list[Conversion] = []
    conflicts: list[Conflict] = []
    for index, item in enumerate(raw if isinstance(raw, list) else [] if raw is None else [raw]):
        try:
            one = _conversion(item, (*keys, index) if isinstance(raw, list) else keys)
        except _Refused as refused:
            conflicts.append(refused.conflict)
        else:
            conversions.append(with_enum(one, enum_of(schema)) if not conversions else one)
    return tuple(conversions), conflicts


def near(word: str, known: tuple[str, ...]) -> str:
    """Return a hint that names the nearest of some words, or ""."""
    close = get_close_matches(word[:64], known, n=1)
    return f"did you mean {close[0]}?" if close else ""


def _conversion(raw: Any, keys: Keys) -> Conversion:
    if isinstance(raw, Mapping) and list(raw) == ["enum"]:
        return _enum(raw["enum"], (*keys, "enum"))
    if isinstance(raw, str) and raw in CONVERSIONS:
        return CONVERSIONS[raw]
    if raw == "enum":
        expected = "expected {enum: {model's value: API's value}}"
        raise _Refused(keys, "mapping-shape", f"got enum without its table, {expected}")
    known = (*CONVERSIONS, "enum")
    hint = near(raw, known) if isinstance(raw, str) else ""
    options = "a conversion of the list" if hint else f"one of {', '.join(known)}"
    message = f"got {shown(raw)}, expected {options}"
    raise _Refused(keys, "mapping-conversion-unknown", message, hint)


def _enum(raw: Any, keys: Keys) -> Conversion:
    """Read a table: `{model: api}`, or `[[model, api]]` where the model's value is no text."""
    pairs = list(raw.items()) if isinstance(raw, Mapping) else raw
    if not isinstance(pairs, list) or not pairs:
        raise _Refused(keys, "mapping-shape", f"got {shown(raw)}, expected {{model: api}}")
    for index, pair in enumerate(pairs):
        place = (*keys, str(pair[0]) if isinstance(raw, Mapping) else index)
        whole = isinstance(pair, list | tuple) and len(pair) == 2
        if not whole or not all(_is_scalar(value) for value in pair):
            message = f"got {shown(pair)}, expected a text, number, boolean or null on each side"
            raise _Refused(place, "mapping-shape", message)
    for side, words in ((0, "the model's"), (1, "the API's")):
        seen: set[tuple[str, Any]] = set()
        for pair in pairs:
            if scalar_key(pair[side]) in seen:
                message = f"{words} value {shown(pair[side])} stands twice, expected once"
                raise _Refused(keys, "mapping-conversion-unfit", message)
            seen.add(scalar_key(pair[side]))
    return enum_conversion([(model, api) for model, api in pairs])


def _is_scalar(value: Any) -> bool:
    if isinstance(value, float):
        return math.isfinite(value)
    return value is None or isinstance(value, str | int | bool)
