"""The same value wherever a conversation writes it, in whatever way.

Input: values found in a conversation, and a text of it. Output: where each stands, also where
nothing tells that it is personal data: `4155552671` in a call is the number that the user wrote as
`+1 (415) 555-2671`, and "ending in 2671" are its last digits.

Before: CARD 4012888888881881 and "the card ending in 1881"
After:  Link(CARD, 19, 23, "4012888888881881", tail=True)
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache

from fctune.conversations.personal_patterns import Kind, spans_in
from fctune.patterns import regex

_NUMBERS = frozenset({Kind.PHONE, Kind.CARD, Kind.ID, Kind.ACCOUNT})
_TAIL = regex(
    r"(?i)(?:end(?:s|ing) (?:in|with)|last (?:four|4)(?: digits)?(?: (?:is|are|of))?|尾号(?:为|是)?"
    r"|后四位(?:为|是)?|末四位(?:为|是)?)[ :：\"'*]{0,4}(\d{3}[\dXx])(?![0-9A-Za-z])"
)
_LEFT, _RIGHT = r"(?<![0-9A-Za-z])", r"(?![0-9A-Za-z])"


@dataclass(frozen=True, slots=True)
class Link:
    """A value, or the last four characters of one, in a text without escapes."""

    kind: Kind
    start: int
    end: int
    value: str
    tail: bool = False


def links_in(view: str, known: Iterable[tuple[Kind, str]], kinds: frozenset[Kind]) -> list[Link]:
    """Return every place of known values in a text, in order, none over another.

    Args:
        view: the text without escapes.
        known: kind and normal form of what the conversation holds.
        kinds: what is looked for.
    """
    known = list(known)
    spans = [Link(s.kind, s.start, s.end, s.value) for s in spans_in(view, kinds)]
    taken: list[Link] = []
    for link in (*spans, *_known(view, known), *_tails(view, known)):
        if not any(link.start < other.end and other.start < link.end for other in taken):
            taken.append(link)
    return sorted(taken, key=lambda link: link.start)


def _known(view: str, known: Iterable[tuple[Kind, str]]) -> Iterator[Link]:
    for kind, value in known:
        for found in _pattern(kind, value).finditer(view):
            yield Link(kind, found.start(), found.end(), value)


def _tails(view: str, known: Iterable[tuple[Kind, str]]) -> Iterator[Link]:
    by_tail = {value[-4:].upper(): (kind, value) for kind, value in known if kind in _NUMBERS}
    for found in _TAIL.finditer(view) if by_tail else ():
        kind, value = by_tail.get(found[1].upper(), (None, ""))
        if kind is not None:
            yield Link(kind, found.start(1), found.end(1), value, tail=True)


@lru_cache(maxsize=1024)
def _pattern(kind: Kind, value: str) -> re.Pattern[str]:
    """Return what finds a value in all its ways of writing."""
    if kind is Kind.EMAIL:
        return re.compile(f"(?i)(?<![A-Za-z0-9._%+-]){re.escape(value)}{_RIGHT}")
    if kind is Kind.PHONE:
        code, _, national = value.partition(":")
        before = rf"(?:\+?{code}[ .()-]{{0,2}})?" if code not in ("", "0") else ""
        trunk = r"(?:0[ .()-]{0,2})?"
        return re.compile(_LEFT + before + trunk + r"[ .()-]{0,2}".join(national) + _RIGHT)
    if kind in _NUMBERS:
        return re.compile("(?i)" + _LEFT + "[ -]?".join(value) + _RIGHT)
    return re.compile(_LEFT + re.escape(value) + _RIGHT)
