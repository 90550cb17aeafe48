"""Whether what a clean row calls with was said before: the quick half of the grounding audit.

Input: what a row says. Output: True where every text and number of its calls stands before the call
as it is. Where it does not, `fctune.conversations.grounding` decides on the real turns; so this
may only say True where that audit finds nothing.

Before: user "Weather in Oslo?", call get_weather(city="oslo")
After:  True
"""

from __future__ import annotations

from typing import Any

from fctune.conversations.quick_row import QuickRow

_LONG = 3
_BESIDE = frozenset("abcdefghijklmnopqrstuvwxyz0123456789")


def judge(row: QuickRow) -> list[str]:
    """Mark a row as suspect whose calls have values that stand nowhere before them.

    Returns:
        The texts among the arguments.
    """
    texts, plan, entry = row.texts, row.plan, row.tools
    found: list[str] = []
    number = 0
    for place, count in zip(plan.calls, plan.counts, strict=True):
        before = texts[: place + 1]
        if number or before[-1][0] != "\0":
            # The tokens of calls are no words; the results of a turn are joined by zeros.
            before = [_words_of(text, at in plan.calls) for at, text in enumerate(before)]
        else:
            del before[-1]
        folded = "\n".join(before).lower()
        for name, arguments in row.arguments[number : number + count]:
            for value in _leaves(arguments):
                if type(value) is str:
                    found.append(value)
                if not (row.suspect or stands(value, folded)):
                    tool = entry.called(name)
                    own = tool.said if tool is not None else ""
                    row.suspect = not (stands(value, own) or stands(value, row.system.lower()))
        number += count
    return found


def _words_of(text: str, calling: bool) -> str:
    return text.partition("\0")[0] if calling else text


def _leaves(arguments: dict[str, Any]) -> list[Any]:
    """Return all texts and numbers within arguments."""
    found: list[Any] = []
    stack: list[Any] = list(arguments.values())
    for value in stack:
        kind = type(value)
        if kind is str or kind is int or kind is float:
            found.append(value)
        elif kind is list:
            stack.extend(value)
        elif kind is dict:
            stack.extend(value.values())
    return found


def stands(value: str | int | float, text: str) -> bool:
    """Tell whether a value stands in a text of lower case; short ones as a word of their own.

    >>> stands("Oslo", "weather in oslo"), stands(5, "15 nights"), stands("", "")
    (True, False, True)
    """
    if isinstance(value, str):
        wanted = value.lower()
        if not wanted:
            return True
        if "\n" in wanted or "\0" in wanted:
            return False
        if len(wanted) > _LONG and not wanted.isdigit():
            return wanted in text
    else:
        wanted = str(value)
    start = text.find(wanted)
    while start >= 0:
        end = start + len(wanted)
        if text[start - 1 : start] not in _BESIDE and text[end : end + 1] not in _BESIDE:
            return True
        start = text.find(wanted, end)
    return False
