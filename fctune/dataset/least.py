"""The least part of a row of which a condition still holds: what decides on its format.

Input: a row and a condition. Output: the row with everything left out that does not matter. Made
for `fctune prepare --explain`.

Before: {"id": 1, "query": "Time?", "calling": [{"api": "now"}]}, condition: a reader's `detect`
After:  {"query": "", "calling": []}
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from fctune.patterns import regex

_MAX_TRIALS = 1500  # a row is not worth more calls of `detect` than this
# Text without spaces, such as Chinese, is cut into pieces of this length.
_WORD = regex(r"\S{1,40}\s*|\s+")


def least(row: dict[str, Any], holds: Callable[[Mapping[str, Any]], bool]) -> Any:
    """Return the least part of a row of which a condition still holds: what decides on it.

    Args:
        row: a row of which it holds; not changed.
        holds: the condition, such as the `detect` of a format.

    >>> least({"id": 1, "query": "Time?", "calling": [{"api": "now"}]},
    ...       lambda row: "query" in row and isinstance(row.get("calling"), list))
    {'query': '', 'calling': []}
    """
    trials = _Trials(row, holds)
    trials.shrink(row, lambda value: value)
    return trials.row


class _Trials:
    """Shrinks a row piece by piece, as long as the condition holds and trials are left."""

    def __init__(self, row: dict[str, Any], holds: Callable[[Mapping[str, Any]], bool]) -> None:
        self.row: Any = row
        self._holds, self._left = holds, _MAX_TRIALS

    def shrink(self, value: Any, within: Callable[[Any], Any]) -> Any:
        """Return the least form of a value; `within` puts it in its place in the row."""
        for smaller in _smaller(value):
            if self._try(within(smaller)):
                value = smaller
                break
        if isinstance(value, str):
            return self._shrink_text(value, within)
        if not isinstance(value, dict | list):
            return value
        for key in list(value) if isinstance(value, dict) else range(len(value) - 1, -1, -1):
            fewer = _without(value, key)
            if self._try(within(fewer)):
                value = fewer
        for key in list(value) if isinstance(value, dict) else range(len(value)):
            inner = self._inside(value, key, within)
            value = _replaced(value, key, self.shrink(value[key], inner))
        return value

    def _inside(self, value: Any, key: Any, within: Callable[[Any], Any]) -> Callable[[Any], Any]:
        return lambda one: within(_replaced(value, key, one))

    def _shrink_text(self, text: str, within: Callable[[Any], Any]) -> str:
        """Drop words, many at a time and then one by one."""
        words = _WORD.findall(text)
        size = max(1, len(words) // 2) if words else 0
        while size:
            at, cut = 0, False
            while at < len(words):
                fewer = words[:at] + words[at + size :]
                if self._try(within("".join(fewer))):
                    words, cut = fewer, True
                else:
                    at += size
            size = size if cut and size == 1 and self._left > 0 else size // 2
        return "".join(words)

    def _try(self, row: Any) -> bool:
        if self._left <= 0:
            return False
        self._left -= 1
        if not self._holds(row):
            return False
        self.row = row
        return True


def _smaller(value: Any) -> list[Any]:
    """Return the empty form of a value, where it is not empty."""
    if isinstance(value, dict | list | str) and value:
        return [type(value)()]
    return []


def _without(value: Any, key: Any) -> Any:
    if isinstance(value, dict):
        return {other: one for other, one in value.items() if other != key}
    return value[:key] + value[key + 1 :]


def _replaced(value: Any, key: Any, one: Any) -> Any:
    if isinstance(value, dict):
        return {**value, key: one}
    return [*value[:key], one, *value[key + 1 :]]
