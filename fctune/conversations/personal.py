"""Personal data and keys in a conversation, as warnings.

Input: a Conversation. Output: at most one warning of a kind, with how many there are; no message
shows a value in full. Looked through are the system text, all turns and the arguments of calls;
not the tools, which belong to no person. Names and street addresses are not found: that takes a
language model or lists of names, and is a task of its own.

Reserved for examples, and so not marked: e-mails at example.com, .org, .net, .test, .example and
.invalid (RFC 2606), phone numbers 555-0100 to 555-0199, and what else no person can be given: see
`personal_numbers`. Everything that `fctune.dataset.redact` writes is of that kind.

Before: UserTurn("I am jane@acme.io, call 13812345678")
After:  personal-email "turns[0]: got ja***io", personal-phone "turns[0]: got 13***78"
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from fctune.conversations.personal_patterns import DATE, DEFAULT_KINDS, Kind, Span, find_spans
from fctune.conversations.personal_sieve import KEY_REACH, KEYS
from fctune.conversations.turns import Conversation, ModelTurn, ResultTurn
from fctune.issues import Issue, issue
from fctune.patterns import regex

# `suspect` must cost little: two translations of the line, and searches in what they give. In its
# shape, digits are 0, what may stand between the digits of a number is -, letters in lower case.
# Of full-width digits and signs, the last byte in UTF-8 is 0x90.
_write = json.JSONEncoder(ensure_ascii=False).encode
_BETWEEN = frozenset(b" -.()_")
_WIDE_BYTES = frozenset((*range(0x90, 0x9A), 0x8B, 0x8D, 0x8E, 0xA0))


def _shaped(code: int) -> int:
    if 48 <= code <= 57:
        return 48
    if 65 <= code <= 90:
        return code + 32
    if code in _BETWEEN:
        return 45
    return 0x90 if code in _WIDE_BYTES else code


_SHAPE = bytes(map(_shaped, range(256)))
_WIDE = b"\xef\xbc\x90"
# Of these shapes each number has one that `personal_patterns` finds; those with + aside.
_NUMBERS = (
    b"0000000", b"000-000", b"000--000", b"000---000", b"000-00-0000",
    b"-00-00-00-", b"-00--00-00-", b"-00-00--00-", b"-00--00--00-",
)  # fmt: skip
_PLUS = regex(rb"\+[ (]?[1-9](?:[ .()-]{0,2}[0-9]){6}")
# What is left of a line with escapes or full-width characters: digits become 0 (0x90-0x99 end a
# full-width digit in UTF-8), what may stand between them is deleted; of the letters, only those
# stay that tell the words for keys apart.
_DIGITS = frozenset((*range(48, 58), *range(0x90, 0x9A)))
_KEPT = frozenset(b"pswcrtknyu")


def _folded(code: int) -> int:
    lower = code + 32 if 65 <= code <= 90 else code
    if code in _DIGITS:
        return 48
    return lower if lower in _KEPT or code == 92 else 32


_FOLD = bytes(map(_folded, range(256)))
_DELETED = bytes(
    code
    for code in (*b" -.()+_", *range(65, 91), *range(97, 123), 0xEF, 0xBC, *range(0x88, 0x90))
    if (code | 32) not in _KEPT or code > 127
)
_LONG, _SHORT = b"0" * 9, b"0" * 7
_WORD = bytes(97 if chr(code).isalnum() and code < 128 else 32 for code in range(256))
_WORD_RUN = b"a" * 16
_DATES = regex(DATE.encode())
_ESCAPED = regex(rb"(?i)\\u(?:00|ff(?:1[0-9]|20|0[89bdef]\d)|5bc6)")
_RESERVED_AT = regex(rb"@example\.(?:com|org|net)(?!\.?[A-Za-z0-9@-])")


class Mark(NamedTuple):
    """A value found in a conversation: the place of its text, and where in it."""

    where: str
    text: str
    span: Span


def find(conversation: Conversation, *, kinds: frozenset[Kind] = DEFAULT_KINDS) -> list[Issue]:
    """Return one warning for each kind of personal data that a conversation holds.

    Args:
        conversation: the row.
        kinds: what to look for; public IP addresses only where asked.
    """
    return find_in(texts(conversation), kinds=kinds)


def find_in(
    placed: Iterable[tuple[str, str]], *, kinds: frozenset[Kind] = DEFAULT_KINDS
) -> list[Issue]:
    """Return the same warnings for texts with their places; see `texts`."""
    by_kind: dict[Kind, list[Mark]] = {}
    for mark in _marks(placed, kinds):
        by_kind.setdefault(mark.span.kind, []).append(mark)
    return [_warning(kind, found) for kind, found in by_kind.items()]


def marks(conversation: Conversation, *, kinds: frozenset[Kind] = DEFAULT_KINDS) -> Iterator[Mark]:
    """Yield every value found, in the order of the row."""
    return _marks(texts(conversation), kinds)


def _marks(placed: Iterable[tuple[str, str]], kinds: frozenset[Kind]) -> Iterator[Mark]:
    filtered = kinds <= DEFAULT_KINDS
    for where, text in placed:
        if filtered and not suspect(text.encode("utf-8", "surrogatepass")):
            continue
        for span in find_spans(text, kinds):
            yield Mark(where, text, span)


def texts(conversation: Conversation) -> Iterator[tuple[str, str]]:
    """Yield the place and the text of all that is looked through; arguments as JSON."""
    yield "system", conversation.system
    for index, turn in enumerate(conversation.turns):
        place = f"turns[{index}]"
        if isinstance(turn, ResultTurn):
            for number, result in enumerate(turn.results):
                yield (f"{place}[{number}]" if number else place), result
            continue
        if isinstance(turn, ModelTurn) and turn.thought:
            yield f"{place}.thought", turn.thought
        yield place, turn.text
        for number, call in enumerate(turn.calls if isinstance(turn, ModelTurn) else ()):
            name = f"calls[{number}]" if number else "call"
            yield f"{place}.{name}.arguments", arguments_text(dict(call.arguments))


def arguments_text(arguments: dict[str, object]) -> str:
    """Return arguments as the JSON text that they are looked through in."""
    return _write(arguments)


def shortened(value: str) -> str:
    """Return a value that can be shown: its first and last characters.

    >>> shortened("jane@acme.io"), shortened("hunter2")
    ('ja***io', 'h***')
    """
    return f"{value[:2]}***{value[-2:]}" if len(value) > 9 else f"{value[:1]}***"


def _warning(kind: Kind, found: list[Mark]) -> Issue:
    first = found[0]
    shown = shortened(first.text[first.span.start : first.span.end])
    values = len({mark.span.value for mark in found})
    amount = "the same" if values == 1 else f"{values} values"
    count = f", {amount} in {len(found)} places" if len(found) > 1 else ""
    return issue(kind.value, first.where, f"got {shown}{count}")


def suspect(line: bytes) -> bool:
    r"""Tell whether a raw JSON line may hold what `find` marks by default.

    False is sure for the texts that stand in the line as JSON, escapes such as `\u0031` and
    full-width digits included; a system text or argument names given beside the line are not in
    it. Any UTF-8 text that holds all that `find` sees does as well as the line.

    >>> suspect(b'{"text": "on 2026-01-15"}'), suspect(b'{"text": "a@b.de"}')
    (False, True)
    """
    shape = line.translate(_SHAPE)
    if b"@" in line and _holds_address(line):
        return True
    if b"passw" in shape or b"secret" in shape or b"token" in shape:
        return True
    if b"apikey" in shape or b"api-key" in shape:
        return True
    words = line.translate(_WORD)
    if _WORD_RUN in words and _holds_key(line, words):
        return True
    if b"\\u" in shape:
        return _is_suspect_escaped(line)
    if not line.isascii():
        if _WIDE in shape:
            return _is_suspect_escaped(line)
        if "密码".encode() in line or "密钥".encode() in line:
            return True
    return _is_numbered(line, shape)


def _holds_address(line: bytes) -> bool:
    at = line.find(b"@")
    while at >= 0:
        if not _RESERVED_AT.match(line, at):
            return True
        at = line.find(b"@", at + 1)
    return False


def _is_numbered(line: bytes, shape: bytes) -> bool:
    """Tell whether a line of plain characters may hold a number."""
    for number in _NUMBERS:
        if number in shape:
            break
    else:
        if b"+" not in line or not _PLUS.search(line):
            return False
    return _holds_number(line)


def _is_suspect_escaped(line: bytes) -> bool:
    """Tell the same of a line with escapes or full-width characters, more slowly."""
    folded = line.translate(_FOLD, _DELETED)
    if b"\\u" in folded and _escapes(line, folded):
        return True
    if b"\xef\xbc\xa0" in line or b"\xe5\xaf\x86" in line:
        return True  # ＠, or the first character of 密码 and 密钥
    return _SHORT in folded and _holds_number(line)


def _escapes(line: bytes, folded: bytes) -> bool:
    r"""Tell whether a line writes digits, letters, `＠` or the words for keys as escapes."""
    if _ESCAPED.search(line):
        return True
    return _SHORT in folded and b"\\u" in line  # the words for phones may be escapes


def _holds_key(line: bytes, words: bytes) -> bool:
    """Tell whether the beginning of a key stands before a long word with a digit in it."""
    start = words.find(_WORD_RUN)
    while start >= 0:
        end = words.find(b" ", start)
        end = len(words) if end < 0 else end
        if not line[start:end].isalpha() and KEYS.search(
            line, max(0, start - KEY_REACH), start + len(_WORD_RUN)
        ):
            return True
        start = words.find(_WORD_RUN, end)
    return False


def _holds_number(line: bytes) -> bool:
    """Tell whether a line holds nine digits in a row, or seven beside a word, dates aside."""
    undated = _DATES.sub(b"|", line) if b"-0" in line or b"-1" in line else line
    undated = undated.translate(_FOLD, _DELETED)
    if _LONG in undated:
        return True
    if _SHORT not in undated:
        return False
    lowered = line.lower()
    words = (b"phone", b"mobile", b"tel", b"555-", "电话".encode(), "手机".encode())
    return any(word in lowered for word in words)
