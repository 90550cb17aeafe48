"""Whether a value is among the accepted ones: strings, lists, objects, lists of objects.

Input: a value of the declared type and its accepted values. Output: None, or the official error
type. In accepted values "" means "may be left out", and is an ordinary string besides.

Strings are compared without case and some punctuation, lists in order, objects key by key; what
lies deeper than one level is compared as it is.
"""

from __future__ import annotations

from typing import Any

STRING = "value_error:string"
LIST = "value_error:list/tuple"
OTHER = "value_error:others"
DICT_KEY, DICT_VALUE = "value_error:dict_key", "value_error:dict_value"
DICT_NONE = "dict_checker:unclear"
LIST_COUNT, LIST_NONE = "value_error:list_dict_count", "list_dict_checker:unclear"

_DROPPED = b" ,./-_*^"
_LOWERED = bytes.maketrans(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ'", b'abcdefghijklmnopqrstuvwxyz"')
_REMOVED: dict[int, None] = dict.fromkeys(_DROPPED)


def normal(text: str) -> str:
    """Return a string as it is compared: no space, comma, dot, slash, dash, star; lower case.

    >>> normal("New-York, N.Y."), normal("it's")
    ('newyorkny', 'it"s')
    """
    if text.isascii():  # the same in a third of the time
        return text.encode().translate(_LOWERED, _DROPPED).decode()
    return text.translate(_REMOVED).lower().replace("'", '"')


def string_fault(value: str, answers: list[Any]) -> str | None:
    """Compare a string with accepted strings; other accepted values do not count."""
    wanted = normal(value)
    for answer in answers:
        if type(answer) is str and normal(answer) == wanted:
            return None
    return STRING


def list_fault(value: list[Any], answers: list[Any]) -> str | None:
    """Compare a list with accepted lists: same length, same order, strings of one level normal."""
    wanted = _normal_items(value)
    for answer in answers:
        if type(answer) is list or type(answer) is str:
            if _normal_items(answer) == wanted:
                return None
        elif answer == {} and not wanted:
            return None
    return LIST


def object_fault(value: dict[str, Any], answers: list[Any]) -> str | None:
    """Compare an object with accepted ones, in which each key has a list of accepted values."""
    fault: str | None = DICT_NONE
    for answer in answers:
        if type(answer) is dict:
            fault = _members_fault(value, answer)
            if fault is None:
                return None
    return fault


def objects_fault(value: list[Any], answers: list[Any]) -> str | None:
    """Compare a list of objects with accepted ones: same length, same order."""
    fault: str | None = LIST_NONE
    for answer in answers:
        items = answer if type(answer) is list else []
        if len(items) != len(value):
            fault = LIST_COUNT
            continue
        fault = None
        for one, other in zip(value, items, strict=True):
            fault = object_fault(one, [other]) if type(one) is dict else DICT_VALUE
            if fault is not None:
                break
        if fault is None:
            return None
    return fault


def is_omittable(answers: Any) -> bool:
    """Tell whether an argument may be left out."""
    if type(answers) is list or type(answers) is dict:
        return "" in answers
    return type(answers) is str


def _members_fault(value: dict[str, Any], answer: dict[str, Any]) -> str | None:
    # A key that is missing outweighs one that is wrong, as the official error type has it.
    for key, accepted in answer.items():
        if key not in value and not is_omittable(accepted):
            return DICT_KEY
    for key, member in value.items():
        if key not in answer:
            return DICT_KEY
        accepted = answer[key]
        if type(accepted) is not list and type(accepted) is not str:
            if member != accepted:  # no list of accepted values, but the value itself
                return DICT_VALUE
        elif _normal(member) not in _normal_items(accepted):
            return DICT_VALUE
    return None


def _normal_items(values: Any) -> list[Any]:
    return [normal(value) if type(value) is str else value for value in values]


def _normal(value: Any) -> Any:
    return normal(value) if type(value) is str else value
