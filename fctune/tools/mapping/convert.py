"""The closed list of conversions between a model's value and an API's value.

Input: one JSON value. Output: the value on the other side, or Outside with what was expected.
Each conversion says what it takes, whether it can be undone, and where it rounds. Arithmetic is
exact (fractions of the decimal digits as written), never binary.

Before: 12.34 under `cents`, "2026-11-20" under `date-compact`
After:  1234, "20261120"
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Literal

from fctune.tools.mapping import dates, numbers
from fctune.tools.mapping.value import Outside, json_type, shown

Way = Callable[[Any], Any]
Rounds = Literal["", "out", "in"]

_STRING, _NUMBER = frozenset({"string"}), frozenset({"number"})
_INTEGER, _BOOLEAN = frozenset({"integer"}), frozenset({"boolean"})
_ARRAY = frozenset({"array"})


@dataclass(frozen=True, slots=True)
class Conversion:
    """One conversion of the closed list.

    Attributes:
        name: as written under `convert`.
        model: JSON types that it takes from the model.
        api: JSON types that it gives to the API.
        out: the way out, from the model to the API; raises Outside.
        back: the way in, from the API to the model; raises Outside.
        example: a value of the model and the same value for the API.
        rounds: the way on which digits may be lost, `out` or `in`; "" where none.
        undone: false where the way in does not exist.
        format: JSON Schema format of the model's text; "" where it has none.
        table: the pairs of an enum, model's value first.
    """

    name: str
    model: frozenset[str]
    api: frozenset[str]
    out: Way
    back: Way
    example: tuple[Any, Any]
    rounds: Rounds = ""
    undone: bool = True
    format: str = ""
    table: tuple[tuple[Any, Any], ...] = ()

    @property
    def invertible(self) -> bool:
        """Whether the way in gives back every value that the way out took."""
        return self.undone and self.rounds != "out"

    @property
    def takes_null(self) -> bool:
        """Whether null is a value to convert; elsewhere null stays null."""
        return any(None in pair for pair in self.table)


def convert_out(value: Any, conversions: Sequence[Conversion]) -> Any:
    """Return the API's value of a model's value.

    Raises:
        Outside: a conversion does not take it.

    >>> convert_out(12.34, [CONVERSIONS["cents"], CONVERSIONS["integer-string"]])
    '1234'
    """
    if value is None and not any(one.takes_null for one in conversions):
        return None
    for one in conversions:
        value = one.out(value)
    return value


def convert_in(value: Any, conversions: Sequence[Conversion]) -> Any:
    """Return the model's value of an API's value.

    Raises:
        Outside: a conversion does not give such a value, or cannot be undone.

    >>> convert_in("20261120", [CONVERSIONS["date-compact"]])
    '2026-11-20'
    """
    if value is None and not any(one.takes_null for one in conversions):
        return None
    for one in reversed(conversions):
        value = one.back(value)
    return value


def enum_conversion(pairs: Sequence[tuple[Any, Any]], name: str = "enum") -> Conversion:
    """Return the conversion that looks values up in a table.

    Args:
        pairs: model's value and API's value; no value stands twice on its side.
        name: `enum`, or the conversion that the table stands for.
    """
    out = {scalar_key(model): api for model, api in pairs}
    back = {scalar_key(api): model for model, api in pairs}
    return Conversion(
        name,
        frozenset(json_type(model) for model, _ in pairs),
        frozenset(json_type(api) for _, api in pairs),
        partial(_look_up, out, [model for model, _ in pairs]),
        partial(_look_up, back, [api for _, api in pairs]),
        pairs[0] if pairs else (None, None),
        table=tuple(pairs),
    )


def scalar_key(value: Any) -> tuple[str, Any]:
    """Return a key under which a scalar is found again: true is not 1, and 1 is 1.0."""
    kind = json_type(value)
    return ("number" if kind == "integer" else kind), value


def with_enum(conversion: Conversion, values: Sequence[Any]) -> Conversion:
    """Return the conversion as a table over the values that a parameter can have.

    Only `upper` and `lower` gain by it: they can be undone where no two values become one. Any
    other conversion is returned as it is.
    """
    if conversion.undone or not values or not all(isinstance(value, str) for value in values):
        return conversion
    pairs = [(value, conversion.out(value)) for value in dict.fromkeys(values)]
    if len({api for _, api in pairs}) != len(pairs):
        return conversion
    return enum_conversion(pairs, conversion.name)


def accepts(types: frozenset[str], wanted: frozenset[str]) -> bool:
    """Tell whether a conversion that takes `types` takes all of `wanted`; null passes always."""
    return all(
        one in types or (one == "integer" and "number" in types) for one in wanted - {"null"}
    )


def _look_up(table: dict[tuple[str, Any], Any], known: list[Any], value: Any) -> Any:
    if isinstance(value, list | dict) or scalar_key(value) not in table:
        options = ", ".join(shown(one) for one in known[:8]) + (" ..." if len(known) > 8 else "")
        raise Outside(f"expected one of {options}")
    return table[scalar_key(value)]


def _integer_to_text(value: Any) -> str:
    return str(numbers.integer(value))


def _boolean_to_text(value: Any) -> str:
    return json.dumps(_boolean(value))


def _text_to_boolean(value: Any) -> bool:
    if not isinstance(value, str) or value not in ("true", "false"):
        raise Outside('expected "true" or "false"')
    return value == "true"


def _boolean_to_integer(value: Any) -> int:
    return int(_boolean(value))


def _integer_to_boolean(value: Any) -> bool:
    if isinstance(value, bool) or not isinstance(value, int) or value not in (0, 1):
        raise Outside("expected 1 or 0")
    return value == 1


def _boolean(value: Any) -> bool:
    if not isinstance(value, bool):
        raise Outside("expected true or false")
    return value


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise Outside("expected text")
    return value


def _upper(value: Any) -> str:
    return _text(value).upper()


def _lower(value: Any) -> str:
    return _text(value).lower()


def _never(value: Any) -> Any:
    raise Outside("the letters' case is lost", one_way=True)


def _list_to_text(value: Any) -> str:
    """Join items; an empty item would be lost, as the empty text stands for the empty list."""
    if not isinstance(value, list) or not all(
        isinstance(item, str) and item and "," not in item for item in value
    ):
        raise Outside("expected a list of texts, none empty and none with a comma")
    return ",".join(value)


def _text_to_list(value: Any) -> list[str]:
    items = _text(value).split(",") if value != "" else []
    if not all(items):
        raise Outside("expected items between commas, none empty")
    return items


_TURNED: dict[Rounds, Rounds] = {"": "", "in": "out", "out": "in"}


def _reversed(name: str, one: Conversion) -> Conversion:
    model, api = one.example
    return replace(
        one,
        name=name,
        model=one.api,
        api=one.model,
        out=one.back,
        back=one.out,
        example=(api, model),
        rounds=_TURNED[one.rounds],
    )


def _unit(name: str, out: Way, back: Way, example: tuple[Any, Any], rounds: Rounds) -> Conversion:
    return Conversion(name, _NUMBER, _NUMBER, out, back, example, rounds=rounds)


def _date(
    name: str, api: frozenset[str], example: tuple[str, Any], ways: tuple[Way, Way]
) -> Conversion:
    kind = "date-time" if name.startswith("datetime") else "date"
    return Conversion(name, _STRING, api, *ways, example, format=kind)


_INTEGER_STRING = Conversion(
    "integer-string", _INTEGER, _STRING, _integer_to_text, numbers.text_to_integer, (5, "5")
)
_BOOLEAN_STRING = Conversion(
    "boolean-string", _BOOLEAN, _STRING, _boolean_to_text, _text_to_boolean, (True, "true")
)
_BOOLEAN_INTEGER = Conversion(
    "boolean-integer", _BOOLEAN, _INTEGER, _boolean_to_integer, _integer_to_boolean, (True, 1)
)
_CELSIUS = _unit(
    "celsius-fahrenheit", numbers.celsius_to_fahrenheit, numbers.fahrenheit_to_celsius, (20, 68),
    "in",
)  # fmt: skip
_KM = _unit("km-miles", numbers.km_to_miles, numbers.miles_back_to_km, (1.609344, 1), "out")
_MILES = _unit("miles-km", numbers.miles_to_km, numbers.km_to_miles, (1, 1.609344), "in")
_KG = _unit("kg-pounds", numbers.kg_to_pounds, numbers.pounds_back_to_kg, (0.45359237, 1), "out")
_POUNDS = _unit("pounds-kg", numbers.pounds_to_kg, numbers.kg_to_pounds, (1, 0.45359237), "in")

_LIST: tuple[Conversion, ...] = (
    _INTEGER_STRING,
    _reversed("string-integer", _INTEGER_STRING),
    Conversion(
        "number-string", _NUMBER, _STRING, numbers.number_to_text, numbers.text_to_number,
        (12.5, "12.5"), rounds="in",
    ),
    _BOOLEAN_STRING,
    _reversed("string-boolean", _BOOLEAN_STRING),
    _BOOLEAN_INTEGER,
    _reversed("integer-boolean", _BOOLEAN_INTEGER),
    Conversion("cents", _NUMBER, _INTEGER, numbers.to_cents, numbers.from_cents, (12.34, 1234)),
    _CELSIUS,
    _reversed("fahrenheit-celsius", _CELSIUS),
    _KM,
    _MILES,
    _KG,
    _POUNDS,
    _date("date-compact", _STRING, ("2026-11-20", "20261120"), dates.COMPACT),
    _date("date-slash", _STRING, ("2026-11-20", "2026/11/20"), dates.SLASH),
    _date("date-epoch-seconds", _INTEGER, ("2026-11-20", 1795132800), dates.DAY_SECONDS),
    _date(
        "datetime-epoch-seconds", _INTEGER, ("2026-11-20T08:30:00Z", 1795163400), dates.SECONDS
    ),
    _date("datetime-epoch-ms", _INTEGER, ("2026-11-20T08:30:00.250Z", 1795163400250), dates.MS),
    Conversion("upper", _STRING, _STRING, _upper, _never, ("abc", "ABC"), undone=False),
    Conversion("lower", _STRING, _STRING, _lower, _never, ("ABC", "abc"), undone=False),
    Conversion("list-comma", _ARRAY, _STRING, _list_to_text, _text_to_list, (["a", "b"], "a,b")),
)  # fmt: skip
CONVERSIONS: dict[str, Conversion] = {one.name: one for one in _LIST}
