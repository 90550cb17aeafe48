"""Which of many texts may hold personal data: the filter of `personal.suspect`, over all at once.

Input: the texts of some rows as UTF-8. Output: True for each that must be looked at; False is sure.
What costs most in a filter is to look at every byte once for each thing that is looked for. Here
each byte is looked at by numpy, over a hundred rows at a time, and Python sees only the digits,
the long words and the letters that words for keys have.

Before: [b"on 2026-01-15", b"call 13812345678"]
After:  [False, True]
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from fctune.patterns import regex

KEYS = regex(
    rb"AKIA|ASIA|gh[pousr]_|github_pat_|glpat-|hf_|npm_|_live_|sk-|xox|AIza|eyJ|PRIVATE KEY-----"
    rb"|[Bb][Ee][Aa][Rr][Ee][Rr]"
)
"""What keys begin with, or stands before them."""

KEY_REACH = 120
_FEW = 4
_PLUS = 43
_DIALLED = regex(rb"[1-9](?:[ .()-]{0,2}[0-9]){6}")
_WORD = regex(rb"[0-9A-Za-z]+")
_BETWEEN = b" -.()_"
_LONG_WORD = 16


def candidates(texts: Sequence[bytes]) -> list[bool]:
    """Tell for each of some texts whether `personal.suspect` must judge it.

    Args:
        texts: as UTF-8. Where there are few, all must be judged: that costs less.
    """
    if len(texts) < _FEW:
        return [True] * len(texts)
    import numpy as np

    block = b"\n".join(texts)
    signs = np.frombuffer(block, dtype=np.uint8)
    digit = (signs - 48) < 10
    found = [
        *_single_signs(np, block, signs),
        *_words(np, block, signs, digit),
        *_numbers(np, block, signs, digit),
    ]
    ends = np.cumsum([len(text) + 1 for text in texts])
    told = np.zeros(len(texts), dtype=np.bool_)
    told[np.searchsorted(ends, np.concatenate(found), side="right")] = True
    marked: list[bool] = told.tolist()
    return marked


def _single_signs(np: Any, block: bytes, signs: Any) -> list[Any]:
    """Return the places of `@`, of escapes, of what is full-width, and of 密."""
    found = [_every(np, block, b"@")]
    if b"\\" in block:
        found.append(_every(np, block, b"\\u"))
    if block.isascii():
        return found
    wide = _inside(np.flatnonzero(signs == 0xEF), 2, len(signs))
    wide = wide[signs[wide + 1] == 0xBC]
    last = signs[wide + 2]
    is_wide = ((last >= 0x90) & (last <= 0x99)) | (last == 0x8B) | (last == 0x8D)
    found.append(wide[is_wide | (last == 0x8E) | (last == 0xA0)])
    if "密".encode() in block:
        found += [_every(np, block, word.encode()) for word in ("密码", "密钥")]
    return found


def _words(np: Any, block: bytes, signs: Any, digit: Any) -> list[Any]:
    """Return the places of the words for keys, and of what may be a key."""
    lower = signs | 32
    lowered = lower.tobytes()  # of letters; other signs become others
    found = [_every(np, lowered, word) for word in (b"passw", b"token", b"secret")]
    keys = _every(np, lowered, b"key")
    if len(keys):  # apikey, api key, api_key, api-key
        i = ord("i")
        found.append(keys[(lower[keys - 1] == i) | (lower[keys - 2] == i)])
    word = (lower - 97) < 26
    word |= digit
    for step in (1, 2, 4, 8):
        word = word[:-step] & word[step:] if len(word) > step else word[:0]
    runs = np.flatnonzero(word)
    if len(runs):
        begins = runs[np.concatenate(([True], runs[1:] - runs[:-1] > 1))].tolist()
        held = [place for place in begins if _may_be_key(block, place)]
        found.append(np.asarray(held, dtype=np.int64))
    return found


def _may_be_key(block: bytes, start: int) -> bool:
    """Tell whether a long word has a digit in it, and the beginning of a key before it."""
    found = _WORD.match(block, start)
    if found is None or found.group().isalpha():
        return False
    return KEYS.search(block, max(0, start - KEY_REACH), start + _LONG_WORD) is not None


def _numbers(np: Any, block: bytes, signs: Any, digit: Any) -> list[Any]:
    """Return the places of digits that are so many, or in such groups, as a number has them."""
    digits = np.flatnonzero(digit)
    found = [np.zeros(0, dtype=np.int64)]
    if len(digits) < 2:
        return found
    breaks = np.flatnonzero(digits[1:] - digits[:-1] > 1)
    first = digits[np.concatenate(([0], breaks + 1))]
    last = digits[np.concatenate((breaks, [len(digits) - 1]))]
    length = last - first + 1
    found.append(first[length >= 7])
    plus = (signs[first - 1] == _PLUS) | (signs[first - 2] == _PLUS)
    after_plus = [at for at in first[plus].tolist() if _DIALLED.match(block, at)]
    found.append(np.asarray(after_plus, dtype=np.int64))
    between = np.zeros(256, dtype=np.bool_)
    between[list(_BETWEEN)] = True
    gap = first[1:] - last[:-1] - 1
    near = (gap <= 3) & between[signs[last[:-1] + 1]] & between[signs[first[1:] - 1]]
    three = length >= 3
    found.append(first[:-1][near & three[:-1] & three[1:]])
    if len(first) > 2:
        social = near[:-1] & near[1:] & (length[:-2] == 3) & (length[1:-1] == 2)
        found.append(first[:-2][social & (length[2:] == 4)])
    if len(first) > 4:
        pair = (length == 2).astype(np.uint8)
        pairs = (pair[:-4] & pair[1:-3] & pair[2:-2] & pair[3:-1] & pair[4:]).astype(np.bool_)
        found.append(first[:-4][pairs & near[:-3] & near[1:-2] & near[2:-1] & near[3:]])
    return found


def _inside(places: Any, reach: int, size: int) -> Any:
    return places[places < size - reach]


def _every(np: Any, block: bytes, sign: bytes) -> Any:
    """Return all places of a sign or a word."""
    places = []
    at = block.find(sign)
    while at >= 0:
        places.append(at)
        at = block.find(sign, at + 1)
    return np.asarray(places, dtype=np.int64)
