"""What of a user's words must stay: the values that the right call needs.

Input: a case. Output: Values, and the spans of a text that hold them. Where a value is not in the
words as it is (it was translated, counted or inferred), nobody can say which words carry it; then
only words of a closed list may be touched (`Values.verbatim` is False).

Before: "Find me a lamp under 80." with find(keyword="lamp", max_price=80)
After:  the spans of `lamp` and `80`
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from fctune.engine.templates import ENGINE_ROLES
from fctune.evaluation.cases.case_set import EvalCase
from fctune.patterns import regex

_NUMBER = regex(r"\d+")
# Digits, addresses, mixed case, quoted text: what a list of words knows nothing about.
_ODD = regex(
    r"[!-~]*[\d@_/\\#][!-~]*|\b\w*[a-z][A-Z]\w*|\b[A-Z]{2,}\b"
    r"|\"[^\"\n]*\"|“[^”\n]*”|「[^」\n]*」|《[^》\n]*》|‘[^’\n]*’|`[^`]*`"
)
_MIN_STEM = 4


@dataclass(frozen=True, slots=True)
class Values:
    """The values that a case needs.

    Attributes:
        texts: strings of the gold calls and of what is accepted beside them, numbers as text.
        verbatim: every string of the gold calls is in what the user said.
    """

    texts: tuple[str, ...]
    verbatim: bool

    def spans(self, text: str) -> list[tuple[int, int]]:
        """Return the places of a text that may not be touched."""
        found = [match.span() for match in _ODD.finditer(text)]
        lower = text.lower()
        for value in self.texts:
            found += _occurrences(lower, value.lower())
            for word in re.findall(r"[a-zA-Z]{4,}", value):
                stem = re.escape(word.lower()[: max(_MIN_STEM, len(word) - 2)])
                found += [match.span() for match in re.finditer(rf"\b{stem}[a-z]*", lower)]
        return found

    def kept(self, before: str, after: str) -> bool:
        """Tell whether a text still holds every value and number that it held before.

        Numbers beside the values may be written in another width.
        """
        if any(value in before and value not in after for value in self.texts):
            return False
        return _numbers(before) == _numbers(after)


def values_of(case: EvalCase) -> Values:
    """Return the values that a case needs."""
    gold = [one for call in case.calls for one in _leaves(call.arguments)]
    also = [one for accepted in case.accepted for one in _leaves(accepted.values)]
    said = "\n".join(
        message["content"]
        for message in case.messages
        if message["role"] in (ENGINE_ROLES["user"], ENGINE_ROLES["result"])
    )
    verbatim = all(one in said for one in gold)
    return Values(tuple(dict.fromkeys(one for one in (*gold, *also) if one.strip())), verbatim)


def free(start: int, end: int, spans: list[tuple[int, int]]) -> bool:
    """Tell whether a part of a text touches no protected span."""
    return all(end <= first or start >= last for first, last in spans)


def _numbers(text: str) -> list[str]:
    return _NUMBER.findall(unicodedata.normalize("NFKC", text))


def _occurrences(text: str, value: str) -> Iterator[tuple[int, int]]:
    if not value.strip():
        return
    start = text.find(value)
    while start >= 0:
        yield start, start + len(value)
        start = text.find(value, start + 1)


def _leaves(value: Any) -> Iterator[str]:
    """Yield the strings and numbers inside a value, as text; true and false are no words."""
    if isinstance(value, Mapping):
        for inner in value.values():
            yield from _leaves(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _leaves(inner)
    elif isinstance(value, str):
        yield value
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield f"{value:g}" if isinstance(value, float) else str(value)
