r"""Where personal data stands in a text: e-mails, phones, identity, card and account numbers, keys.

Input: any text of a conversation, JSON or prose. Output: spans with their kind and the value in a
normal form, in order, none over another. Escapes of JSON (`\u0031`, `\"`), one level or several,
and full-width characters are read as what they stand for; spans count in the text as it is.

Before: 'Mail to Jane@Acme.io, card 4111-1111-1111-1111'
After:  [Span(EMAIL, 8, 20, "jane@acme.io"), Span(CARD, 27, 46, "4111111111111111")]
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from ipaddress import ip_address

from fctune.conversations import personal_numbers as numbers
from fctune.conversations.personal_escapes import unescaped
from fctune.conversations.personal_phones import (
    AFTER,
    BEFORE,
    digits_of_ascii,
    find_phones,
    words_before,
)
from fctune.conversations.personal_secrets import find_secrets


class Kind(Enum):
    """What a value is; the value of the enum is its issue code."""

    EMAIL = "personal-email"
    PHONE = "personal-phone"
    ID = "personal-id-number"
    CARD = "personal-card"
    ACCOUNT = "personal-account"
    SECRET = "secret-key"
    IP = "personal-ip"


# Addresses of machines tell little about people, and examples of tools are full of them.
DEFAULT_KINDS = frozenset(Kind) - {Kind.IP}


@dataclass(frozen=True, slots=True)
class Span:
    """A value found in a text.

    Attributes:
        kind: what it is.
        start: where it begins in the text.
        end: where it ends.
        value: its normal form, the same for all ways of writing it; "" for what is free for
            examples, which only keeps others from taking it for theirs.
    """

    kind: Kind
    start: int
    end: int
    value: str


# Dates look like the groups of a phone number; `personal.suspect` leaves the same ones out.
DATE = r"(?<![0-9+(-])(?:19|20)\d\d-(?:0\d|1[0-2])-[0-3]\d(?![0-9-])"
_DATE = digits_of_ascii(DATE)
_BLANK = "|" * 10
_EMAIL = digits_of_ascii(
    r"(?<![A-Za-z0-9._%+@-])[A-Za-z0-9](?:[A-Za-z0-9._%+-]{0,62}[A-Za-z0-9_+-])?"
    r"@((?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.){1,8}[A-Za-z]{2,24})(?![A-Za-z0-9@]|-\w)"
)
_RESERVED_DOMAIN = digits_of_ascii(
    r"(?:.*\.)?(?:example\.(?:com|org|net)|example|test|invalid|localhost)"
)
_FILE_ENDING = digits_of_ascii(
    r".*\.(?:png|jpe?g|gif|svg|webp|css|js|json|html?|py|txt|pdf|md|local)"
)
_RESIDENT = digits_of_ascii(
    BEFORE + r"[1-9]\d{5}(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3}[\dXx]" + AFTER
)
_SOCIAL = digits_of_ascii(BEFORE + r"\d{3}-\d{2}-\d{4}" + AFTER)
_SOCIAL_NAMED = digits_of_ascii(
    r"(?i)(?<![a-z])(?:ssn|social[ _]?security(?:[ _]?(?:number|no))?)\W{0,4}(?:is\W{1,3})?"
    r"(\d{9})(?!\d)"
)
_CARD_LAYOUTS = tuple(
    digits_of_ascii(BEFORE + layout + AFTER)
    for layout in (
        r"\d{4}([ -])\d{4}\1\d{4}\1\d{4}\1\d{1,3}",
        r"\d{4}([ -])\d{4}\1\d{4}\1\d{4}",
        r"\d{4}([ -])\d{6}\1\d{4,5}",
        r"\d{6}([ -])\d{10,13}",
        r"\d{13,19}",
    )
)
_CARD_WORDS = digits_of_ascii(r"(?i)(?:card|visa|amex|mastercard|卡)[^0-9\n]{0,24}$")
_IBAN = digits_of_ascii(r"(?<![0-9A-Za-z_-])[A-Z]{2}\d{2}(?=[ -]?[A-Z0-9]{4})")

_MARGIN = 60
# Holds every number that the patterns find: they allow fewer separators between two digits.
_DIGITS_IN_A_ROW = digits_of_ascii(r"\d(?:[ ./()-]{0,3}\d){6,}")
_IP = digits_of_ascii(
    r"(?<![0-9A-Za-z_.:/-])(?:(?:\d{1,3}\.){3}\d{1,3}|(?:[0-9a-fA-F]{1,4}:){2,7}(?::?[0-9a-fA-F]{1,4}"
    r"(?::[0-9a-fA-F]{1,4}){0,5})?)(?![0-9A-Za-z_:-]|\.\d|/\d)"
)


def find_spans(text: str, kinds: frozenset[Kind] = DEFAULT_KINDS) -> list[Span]:
    """Return what stands in a text, in order; of two over each other the surer kind wins.

    >>> [span.value for span in find_spans("电话13812345678，卡号4012888888881881")]
    ['86:13812345678', '4012888888881881']
    """
    view, places = unescaped(text)
    found = spans_in(view, kinds)
    if places is None:
        return found
    return [Span(s.kind, places[s.start], places[s.end], s.value) for s in found]


def spans_in(view: str, kinds: frozenset[Kind] = DEFAULT_KINDS) -> list[Span]:
    """Return what stands in a text without escapes; see `find_spans`."""
    taken: list[Span] = []
    if "-0" in view or "-1" in view:
        view = _DATE.sub(_BLANK, view)
    for span in _candidates(view, kinds):
        if span.kind in kinds and not any(
            span.start < other.end and other.start < span.end for other in taken
        ):
            taken.append(span)
    return sorted((span for span in taken if span.value), key=lambda span: span.start)


def _candidates(view: str, kinds: frozenset[Kind]) -> Iterator[Span]:
    """Yield spans of all kinds, the surest kinds first."""
    for start, end, value in find_secrets(view):
        yield Span(Kind.SECRET, start, end, value)
    if "@" in view:
        yield from _emails(view)
    windows = list(_windows(view))
    if windows:
        yield from _accounts(view)
    for find in (_identities, _cards, _phones):
        for low, high, offset, window in windows:
            for span in find(window):
                if low <= span.start < high:
                    yield Span(span.kind, span.start + offset, span.end + offset, span.value)
    if Kind.IP in kinds:
        yield from _addresses(view)


def _windows(view: str) -> Iterator[tuple[int, int, int, str]]:
    """Yield the places of seven digits and more, with the words about them.

    The patterns of numbers try every character, so that they are kept to such places.
    """
    last = 0
    for found in _DIGITS_IN_A_ROW.finditer(view):
        start, end = found.span()
        # Up to two signs before the digits; a pattern that may begin with them looks much longer.
        for _ in range(2):
            start -= start > last and view[start - 1] in "+("
        last = end
        offset = max(0, start - _MARGIN)
        yield start - offset, end - offset, offset, view[offset : end + _MARGIN]


def _emails(view: str) -> Iterator[Span]:
    for found in _EMAIL.finditer(view):
        value = found.group().lower()
        domain = found[1].lower()
        free = _RESERVED_DOMAIN.fullmatch(domain) or _FILE_ENDING.fullmatch(domain)
        if free or value.startswith("git@"):  # of a repository, not of a person
            value = ""
        yield Span(Kind.EMAIL, found.start(), found.end(), value)


def _accounts(view: str) -> Iterator[Span]:
    for found in _IBAN.finditer(view):
        length = numbers.iban_length(found.group()[:2])
        end, count = found.end(), 4
        while count < length and end < len(view):
            gap = view[end] in " -" and count % 4 == 0 and view[end + 1 : end + 2].isalnum()
            end += gap
            if not (view[end].isascii() and view[end].isalnum()):
                break
            end, count = end + 1, count + 1
        number = re.sub(r"[ -]", "", view[found.start() : end])
        glued = view[end : end + 1]
        value = numbers.account_of(number) if count == length else None
        if value is not None and not (glued.isascii() and glued.isalnum()):
            yield Span(Kind.ACCOUNT, found.start(), end, value)


def _identities(view: str) -> Iterator[Span]:
    for found in _RESIDENT.finditer(view):
        number = found.group().upper()
        if numbers.id_digit(number[:17]) == number[17]:
            value = number if numbers.is_resident_id(number) else ""
            yield Span(Kind.ID, found.start(), found.end(), value)
    for pattern, group in ((_SOCIAL, 0), (_SOCIAL_NAMED, 1)):
        for found in pattern.finditer(view):
            digits = found[group].replace("-", "")
            value = digits if numbers.is_social_number(digits) else ""
            yield Span(Kind.ID, found.start(group), found.end(group), value)


def _cards(view: str) -> Iterator[Span]:
    for layout in _CARD_LAYOUTS:
        for found in layout.finditer(view):
            digits = re.sub(r"[ -]", "", found.group())
            test = numbers.card_range(digits)
            if test is not None and digits.startswith(test):
                yield Span(Kind.CARD, found.start(), found.end(), "")
            elif test is not None and (
                len(digits) > 14 or _CARD_WORDS.search(words_before(view, found.start()))
            ):
                yield Span(Kind.CARD, found.start(), found.end(), digits)


def _phones(view: str) -> Iterator[Span]:
    for start, end, value in find_phones(view):
        yield Span(Kind.PHONE, start, end, value)


def _addresses(view: str) -> Iterator[Span]:
    for found in _IP.finditer(view):
        try:
            address = ip_address(found.group())
        except ValueError:
            continue
        if address.is_global:
            yield Span(Kind.IP, found.start(), found.end(), address.compressed)
