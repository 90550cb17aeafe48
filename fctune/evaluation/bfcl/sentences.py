"""Faults as sentences for people: error type, tool and parameter, what was found and expected.

Input: a Fault. Output: one sentence.

Before: Fault("value_error:others", "uber.ride", "time", 9, [10])
After:  "value_error:others: uber.ride.time: got 9, expected 10"
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from fctune.evaluation.bfcl.values import string_fault
from fctune.evaluation.bfcl.verdict import Fault, nearest_of

_MAX_SHOWN = 80
_MAX_ANSWERS = 4


def sentence(fault: Fault) -> str:
    """Return a fault as one sentence.

    >>> sentence(Fault("value_error:others", "uber.ride", "time", 9, [10]))
    'value_error:others: uber.ride.time: got 9, expected 10'
    """
    place = f"{fault.tool}.{fault.parameter}" if fault.parameter else fault.tool
    told = _TOLD.get(fault.kind.partition(":")[2], _told_value)(fault)
    return ": ".join(part for part in (fault.kind, place, told) if part)


def shown(value: Any) -> str:
    """Return a value as short JSON, whatever it is."""
    try:
        text = json.dumps(value, ensure_ascii=False)
    except (ValueError, TypeError, RecursionError):  # an integer of 5,000 digits, deep nesting
        return f"a value of type {type(value).__name__}"
    return text if len(text) <= _MAX_SHOWN else text[: _MAX_SHOWN - 3] + "..."


def _told_value(fault: Fault) -> str:
    return f"got {shown(fault.got)}, expected {_answers(fault.expected)}"


def _told_type(fault: Fault) -> str:
    return f"got {shown(fault.got)}, expected type {fault.expected}"


def _answers(answers: Any) -> str:
    """Return accepted values, joined by `or`; "" among them says that none is needed."""
    if not isinstance(answers, list):
        return shown(answers)
    values = [shown(value) for value in answers if value != ""]
    parts = values[:_MAX_ANSWERS] + (["..."] if len(values) > _MAX_ANSWERS else [])
    parts += ["no such argument"] if len(values) < len(answers) else []
    return " or ".join(parts) or "no value"


def _told_object(fault: Fault) -> str:
    """Name the first key of an object that is missing, unknown or wrong."""
    answers = fault.expected if type(fault.expected) is list else [fault.expected]
    answer = next((a for a in reversed(answers) if type(a) in (dict, list)), None)
    pairs = [(fault.got, answer, "")]
    if type(fault.got) is list and type(answer) is list and len(fault.got) == len(answer):
        pairs = [(*p, f"[{i}].") for i, p in enumerate(zip(fault.got, answer, strict=True))]
    for got, wanted, place in pairs:
        if type(got) is dict and type(wanted) is dict:
            lacking = [key for key in wanted if key not in got and "" not in _listed(wanted[key])]
            if lacking:
                return f"got no {place}{lacking[0]}, expected {_answers(wanted[lacking[0]])}"
            for key, value in got.items():
                if key not in wanted:
                    return f"got {place}{key}, expected no such key"
                if fault.kind.endswith("dict_value") and not _is_member(value, wanted[key]):
                    told = f"got {place}{key} {shown(value)}"
                    return f"{told}, expected {_answers(wanted[key])}"
    return _told_value(fault)


def _is_member(value: Any, accepted: Any) -> bool:
    answers = _listed(accepted)
    return value in answers or (type(value) is str and string_fault(value, answers) is None)


def _listed(value: Any) -> list[Any]:
    return value if type(value) is list else [value]


def _told_match(fault: Fault) -> str:
    """Name the gold call that no call matches, and what keeps the nearest one from it."""
    told = f"no call matches gold call {fault.gold + 1}"
    if not fault.inner:
        return f"{told}, all calls match earlier ones"
    place, nearest = nearest_of(fault)
    return f"{told}; call {place + 1}: {sentence(nearest)}"


_TOLD: dict[str, Callable[[Fault], str]] = {
    "decoder_wrong_output_format": lambda f: f"got {shown(f.got)}, expected a list of calls",
    "decoder_failed": lambda f: f"got {shown(f.got)}, expected a call",
    "decoder_success": lambda f: f"got a call of {f.got}, expected none",
    "wrong_func_name": lambda f: f"got {shown(f.got)}, expected {shown(f.expected)}",
    "wrong_count": lambda f: (
        f"got {f.got} {'call' if f.got == 1 else 'calls'}, expected {f.expected}"
    ),
    "missing_required": lambda f: "got nothing, expected the required argument",
    "missing_optional": lambda f: f"got nothing, expected {_answers(f.expected)}",
    "unexpected_param": lambda f: f"got {shown(f.got)}, expected no such argument",
    "cannot_find_match": _told_match,
    "dict_key": _told_object,
    "dict_value": _told_object,
    "simple": _told_type,
    "nested": _told_type,
    "java": _told_type,
    "js": _told_type,
}
