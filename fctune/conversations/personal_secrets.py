r"""Keys, tokens and passwords in a text.

Input: a text without escapes. Output: where each secret begins and ends, and the secret itself.
Keys of known makers are told by their prefix; others by the name that they are given to, such as
`"password": "..."` or `密码是...`. Places for a key (`YOUR_API_KEY`, `****`, `<token>`), names of
types and single words are no secrets.

Before: 'api_key = "9f8a2c7d1e"'
After:  (11, 21, "9f8a2c7d1e")
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from fctune.patterns import regex

# What masks end in, as in AWS's own AKIAIOSFODNN7EXAMPLE; nothing that holds it is a secret.
MASK_WORD = "EXAMPLE"

_EDGE = r"(?<![A-Za-z0-9_])"
_KNOWN = regex(
    _EDGE + r"(?:"
    r"(?:AKIA|ASIA)[A-Z0-9]{16}(?![A-Za-z0-9])"
    r"|gh[pousr]_[A-Za-z0-9]{36,255}|github_pat_[A-Za-z0-9_]{40,255}"
    r"|glpat-[A-Za-z0-9_-]{20,64}|hf_[A-Za-z0-9]{30,64}|npm_[A-Za-z0-9]{36}"
    r"|(?:sk|rk|pk)_live_[A-Za-z0-9]{16,255}"
    r"|sk-(?:ant-|proj-|or-|svcacct-)?[A-Za-z0-9_-]{20,255}"
    r"|xox[abposr]-[A-Za-z0-9-]{10,255}|AIza[A-Za-z0-9_-]{35}"
    r"|eyJ[A-Za-z0-9_-]{8,4096}\.eyJ[A-Za-z0-9_-]{4,8192}\.[A-Za-z0-9_-]{16,2048})"
)
_KNOWN_MARKS = (
    "AKIA", "ASIA", "ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_", "glpat-", "hf_", "npm_",
    "_live_", "sk-", "xox", "AIza", "eyJ",
)  # fmt: skip
_PEM = regex(
    r"-----BEGIN (?:[A-Z]{2,12} ){0,3}PRIVATE KEY-----\s{0,8}([A-Za-z0-9+/=\s:,-]{40,16384}?)\s*"
    r"-----END (?:[A-Z]{2,12} ){0,3}PRIVATE KEY-----"
)
_BEARER = regex(r"(?i)(?<![a-z])bearer\s{1,4}([A-Za-z0-9._~+/-]{16,4096}={0,2})")
_NAMED = regex(
    r"(?i)(?P<name>api[ _-]?key|secret[ _-]?(?:access[ _-]?)?key|client[ _-]?secret"
    r"|(?:access|auth|refresh|session|api)[ _-]?token|password|passwd|secret|token|密码|密钥)"
    r"[\"'”’`]?\s{0,3}(?:[:=：]|=>|(?:is|为|是)(?:\s{0,2}[:：])?)\s{0,3}(?P<quote>[\"'“‘`]?)"
    r"(?P<value>[^\s\"'`“”‘’，。；,;<>{}()\[\]]{6,512})"
)
# One of these is in each name, at most so far behind where the name begins.
_NAMED_MARKS = (
    "token", "secret", "passw", "apikey", "api key", "api_key", "api-key", "密码", "密钥",
)  # fmt: skip
_NAME_BEGINS = 16
_NAME_LETTERS = frozenset("ascrpt密")
_PLACE = regex(
    r"(?i)your|x{4}|\*{2}|\.\.\.|…|example|placeholder|redacted|dummy|changeme|hidden|string|[$%{<]\w*[}>%]"
)
_RUN = regex(r"[A-Za-z0-9]{16,}")
_REACH = 48
_ZEROS = regex(r"90+\d\d")
_SPECIAL = regex(r"[!@#$%^&*+=?~]")


def find_secrets(view: str) -> Iterator[tuple[int, int, str]]:
    """Yield start, end and value of each secret; the value of a mask is ""."""
    if any(mark in view for mark in _KNOWN_MARKS):
        for found in _KNOWN.finditer(view):
            if _random(found.group()):
                yield found.start(), found.end(), found.group()
    if "PRIVATE KEY-----" in view:
        for found in _PEM.finditer(view):
            if MASK_WORD not in found[1] and _long_run(found[1]):
                yield found.start(1), found.end(1), found[1]
    lowered = view.lower()
    if "bearer" in lowered:
        for found in _BEARER.finditer(view):
            if _random(found[1]):
                yield found.start(1), found.end(1), found[1]
    if len(lowered) != len(view):  # a letter whose small form is two: places differ
        yield from _named(view, _NAMED.finditer(view))
        return
    places = sorted({at for mark in _NAMED_MARKS for at in _places(lowered, mark)})
    if places and _is_simple(view):
        yield from _named(view, _near(view, lowered, places))
    elif places:
        yield from _named(view, _NAMED.finditer(view, max(0, places[0] - _NAME_BEGINS)))


def _places(text: str, mark: str) -> Iterator[int]:
    at = text.find(mark)
    while at >= 0:
        yield at
        at = text.find(mark, at + 1)


def _is_simple(view: str) -> bool:
    """Tell whether letters have no other case than in ASCII, as far as `_NAMED` knows them."""
    return view.isascii() or not any(letter in view for letter in "ſı")


def _near(view: str, lowered: str, places: list[int]) -> Iterator[re.Match[str]]:
    """Yield what `_NAMED.finditer` does, trying it only shortly before the marks."""
    at = 0
    for place in places:
        at = max(at, place - _NAME_BEGINS)
        while at <= place:
            found = _NAMED.match(view, at) if lowered[at] in _NAME_LETTERS else None
            if found is not None:
                yield found
            at = found.end() if found is not None else at + 1


def _named(view: str, finds: Iterable[re.Match[str]]) -> Iterator[tuple[int, int, str]]:
    for found in finds:
        value = found["value"].rstrip("." if found["quote"] else ".?:")
        if not value.isascii():
            value = re.split(r"[^\x21-\x7e]", value, maxsplit=1)[0]
        start = found.start("value")
        quote = found["quote"]
        if quote and view[start + len(value) : start + len(value) + 1] in (" ", "("):
            continue  # a sentence in quotes
        if len(value) >= 6 and _is_mask(value):
            yield start, start + len(value), ""
        elif len(value) >= 6 and is_secret(found["name"].lower(), value):
            yield start, start + len(value), value


def is_secret(name: str, value: str) -> bool:
    """Tell whether a value given to such a name is a secret, and not a place for one.

    >>> [is_secret("password", value) for value in ("hunter22", "string")]
    [True, False]
    """
    if _PLACE.search(value) or _is_mask(value) or len(set(value)) < 3:
        return False
    digit = any(character.isdigit() for character in value)
    letter = any(character.isalpha() for character in value)
    if name == "token":
        return digit and letter and len(value) >= 12
    if name in ("password", "passwd", "密码"):
        mixed = letter and value != value.lower() and value != value.upper() and len(value) >= 8
        special = _SPECIAL.search(value) is not None and (letter or digit)
        return digit or special or (mixed and not value.istitle())
    return digit and letter


def _long_run(value: str) -> bool:
    """Tell whether a key begins with what `personal.suspect` looks for: a long word with digits."""
    return any(
        found.start() <= _REACH and not found.group().isalpha() for found in _RUN.finditer(value)
    )


def _is_mask(value: str) -> bool:
    return MASK_WORD in value.upper() or _ZEROS.fullmatch(value) is not None


def _random(value: str) -> bool:
    """Tell whether a value looks drawn, and not written as a place for a key."""
    digits = sum(character.isdigit() for character in value)
    if not _long_run(value):
        return False
    return digits > 1 and not _PLACE.search(value) and len(set(value)) > 7
