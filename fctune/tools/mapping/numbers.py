"""Numbers: text, cents and units, in exact decimal arithmetic.

Input: a JSON number or its text. Output: the converted number, or Outside. A result that a JSON
number of 64 bits cannot hold exactly is outside too, but where the conversion is one that rounds,
to six decimals, half to even.

Units: 1 mile = 1.609344 km and 1 pound = 0.45359237 kg, both by definition (international yard
and pound agreement, 1959).
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from fractions import Fraction
from typing import Any

from fctune.patterns import regex
from fctune.tools.mapping.value import Outside

ROUND_DIGITS = 6
_EXACT_DIGITS = 8  # as many as the pound has in kilograms: whole miles and pounds stay exact
_LARGEST = 10**15
_MAX_DIGITS = 100
_KM_PER_MILE = Fraction("1.609344")
_KG_PER_POUND = Fraction("0.45359237")
_INTEGER = regex(r"-?[1-9][0-9]*|0")
_NUMBER = regex(r"-?(?:0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?")


def integer(value: Any) -> int:
    """Return the value if it is an integer of at most 100 digits; raises Outside."""
    if isinstance(value, bool) or not isinstance(value, int):
        raise Outside("expected an integer")
    if abs(value) >= 10**_MAX_DIGITS:
        raise Outside(f"expected at most {_MAX_DIGITS} digits")
    return value


def text_to_integer(value: Any) -> int:
    """Return the integer of its plain text: no plus sign, no leading zero; raises Outside."""
    if (
        not isinstance(value, str)
        or len(value) > _MAX_DIGITS + 1
        or not _INTEGER.fullmatch(value)
        or len(value.lstrip("-")) > _MAX_DIGITS
    ):
        raise Outside('expected the text of an integer such as "5", without leading zeros')
    return int(value)


def number_to_text(value: Any) -> str:
    """Return the JSON text of a number; raises Outside."""
    if isinstance(value, float) and math.isfinite(value):
        return json.dumps(value)
    if isinstance(value, bool) or not isinstance(value, int):
        raise Outside("expected a number")
    return str(integer(value))


def text_to_number(value: Any) -> int | float:
    """Return the number of its JSON text; digits beyond 64 bits are lost; raises Outside."""
    found = _NUMBER.fullmatch(value) if isinstance(value, str) and len(value) <= 400 else None
    if found is None:
        raise Outside('expected the text of a number such as "12.5"')
    if found[1] is None and found[2] is None:
        return integer(int(found[0]))
    number = float(found[0])
    if not math.isfinite(number):
        raise Outside("expected a number that 64 bits can hold")
    return number


def to_cents(value: Any) -> int:
    """Return hundredths of an amount of at most two decimals; raises Outside."""
    cents = _exactly(value) * 100
    if cents.denominator != 1:
        raise Outside("expected an amount with at most two decimals")
    return int(cents)


def from_cents(value: Any) -> int | float:
    """Return the amount of its hundredths; raises Outside."""
    return _number(_bounded(Fraction(integer(value), 100), _LARGEST))


def celsius_to_fahrenheit(value: Any) -> int | float:
    """Return degrees Fahrenheit, exact; raises Outside."""
    return _number(_exactly(value) * 9 / 5 + 32)


def fahrenheit_to_celsius(value: Any) -> int | float:
    """Return degrees Celsius, rounded where they have no end; raises Outside."""
    return _rounded((_exactly(value) - 32) * 5 / 9)


def km_to_miles(value: Any) -> int | float:
    """Return miles, rounded where they have no end; raises Outside."""
    return _rounded(_exactly(value) / _KM_PER_MILE)


def miles_to_km(value: Any) -> int | float:
    """Return kilometres, exact; raises Outside."""
    return _number(_exactly(value) * _KM_PER_MILE)


def miles_back_to_km(value: Any) -> int | float:
    """Return the kilometres that `km_to_miles` gives these miles for; raises Outside."""
    return _undone(value, _exactly(value) * _KM_PER_MILE, km_to_miles)


def kg_to_pounds(value: Any) -> int | float:
    """Return pounds, rounded where they have no end; raises Outside."""
    return _rounded(_exactly(value) / _KG_PER_POUND)


def pounds_to_kg(value: Any) -> int | float:
    """Return kilograms, exact; raises Outside."""
    return _number(_exactly(value) * _KG_PER_POUND)


def pounds_back_to_kg(value: Any) -> int | float:
    """Return the kilograms that `kg_to_pounds` gives these pounds for; raises Outside."""
    return _undone(value, _exactly(value) * _KG_PER_POUND, kg_to_pounds)


def _undone(value: Any, exact: Fraction, out: Callable[[Any], Any]) -> int | float:
    """Return what `out` rounded: exact where that is short, else with the fewest decimals.

    Of 154.323584 pounds the exact kilograms have 14 decimals, more than most numbers hold; 70 is
    what gives these pounds again.
    """
    if (exact * 10**_EXACT_DIGITS).denominator != 1:
        for digits in range(_EXACT_DIGITS + 1):
            try:
                shorter = _number(round(exact, digits))
                if out(shorter) == value:
                    return shorter
            except Outside:
                break
    return _number(exact)


def _exactly(value: Any) -> Fraction:
    """Return a number as the fraction that its decimal digits say."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise Outside("expected a number")
    if isinstance(value, float):
        if not math.isfinite(value):
            raise Outside("expected a finite number")
        return _bounded(Fraction(repr(value)), _LARGEST)
    return _bounded(Fraction(value), _LARGEST)


def _bounded(value: Fraction, limit: int) -> Fraction:
    if abs(value) >= limit:
        raise Outside(f"expected an amount below {float(limit):g}")
    return value


def _number(value: Fraction) -> int | float:
    """Return a fraction as a JSON number that is exactly it."""
    if value.denominator == 1:
        return int(value)
    number = float(value)
    if Fraction(repr(number)) != value:
        raise Outside("expected fewer decimals: the result has more than a number can hold")
    return number


def _rounded(value: Fraction) -> int | float:
    """Return a fraction whole where a JSON number can be exactly it, else rounded."""
    try:
        return _number(value)
    except Outside:
        return _number(round(value, ROUND_DIGITS))
