"""Phone numbers in a text: international, American, Chinese and European ways of writing.

Input: a text without escapes. Output: where each number stands, and its normal form. Digits without
a plus or the groups of a phone count only after a word such as `phone` or `电话`; Chinese mobile
numbers are told by their form.

Before: "call +1 (415) 555-2671"
After:  (5, 22, "1:4155552671")
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from fctune.conversations import personal_numbers as numbers
from fctune.patterns import regex


def digits_of_ascii(pattern: str) -> re.Pattern[str]:
    """Return a pattern whose digits are 0 to 9; those of other scripts are no one's number."""
    return regex(pattern, re.ASCII)


# No letter, digit or sign of money, path, decimal or id may touch a number.
BEFORE = r"(?<![0-9A-Za-z_./#@$€£¥￥%&+*\\])(?<![0-9A-Za-z]-)"
AFTER = r"(?![0-9A-Za-z_@]|-[0-9A-Za-z]|\.\d|,\d{3}(?!\d))"
_UNIT = r"(?! ?(?:元|万|亿|美元|块|人|%|USD|RMB|CNY|EUR|bytes))"
_CHINA = digits_of_ascii(BEFORE + r"(?:\+?86[ -]?)?1[3-9]\d([ -]?)\d{4}\1\d{4}" + AFTER + _UNIT)
_CHINA_LAND = digits_of_ascii(
    BEFORE + r"(?<!\d )(?:\(0\d{2,3}\) ?|(?:\+?86[ -]?)?0\d{2,3}[ -])[2-8]\d{2,3}[ -]?\d{4}" + AFTER
)
_WORLD = digits_of_ascii(
    r"(?<![0-9A-Za-z_+/=])\+(?:[ (]?[1-9])(?:[ .()-]{0,2}\d){6,17}(?![0-9A-Za-z_@])"
)
_AMERICA = digits_of_ascii(
    BEFORE + r"(?:1[ .-])?(?:\([1-9]\d\d\) ?-?|[1-9]\d\d([-. ]))\d{3}(?(1)\1|[-. ])\d{4}"
    r"(?=(?: ?x| ?ext)\.? ?\d|" + AFTER + ")"
)  # fmt: skip
_LOCAL_SURE = digits_of_ascii("555-")
_LOCAL = digits_of_ascii(BEFORE + r"\d{3}-\d{4}" + AFTER)
_TRUNK = digits_of_ascii(
    BEFORE + r"(?<!\d )\(?0\d(?:[ .)-]{1,2}\d{2}){4}" + AFTER + "|"
    + BEFORE + r"(?<!\d )\(?0\d{2,5}\)?[ -]{1,2}\d{3,8}(?:[ -]\d{3,4})?" + AFTER + "|"
    + BEFORE + r"0\d{2,4} ?/ ?\d{7,8}" + AFTER
)  # fmt: skip
_BARE = digits_of_ascii(BEFORE + r"\d{7,15}" + AFTER + _UNIT)
_TRUNK_SURE = digits_of_ascii(r"\(?0\d\)?[ .]\d\d[ .]|07\d{3} \d{3}|020 \d{4} \d{4}")
_PHONE_WORDS = digits_of_ascii(
    r"(?i)(?:phone|mobile|whatsapp|(?<![a-z])(?:cell|tel|fax|landline|telephone|sms|msisdn)(?![a-z])"
    r"|(?<![a-z])(?:(?:call|text|reach)[ _](?:me|us|him|her|them)|contact[ _]n(?:o|umber))(?![a-z])"
    r"|电话|手机|联系方式|座机|传真|来电|致电|拨打)[^0-9\n]{0,24}$"
)
# Seven and eight digits are a phone only where one of these, few for the sake of speed, stands.
_SHORT_WORDS = digits_of_ascii(
    r"(?i)(?:phone|mobile|(?<![a-z])tel(?![a-z])|电话|手机)[^0-9\n]{0,24}$"
)
_WINDOW = 44


def find_phones(view: str) -> Iterator[tuple[int, int, str]]:
    """Yield start, end and normal form of each phone number; "" for one that is free."""
    for found in _WORLD.finditer(view):
        phone = _world_phone(found)
        if phone is not None:
            yield phone
    for found in _CHINA.finditer(view):
        digits = re.sub(r"\D", "", found.group())[-11:]
        if not digits.endswith("000000000"):
            yield from _phone(found, f"86{digits}", international=True)
    for found in _CHINA_LAND.finditer(view):
        yield from _phone(found, re.sub(r"^86", "", _digits(found.group())))
    for found in _AMERICA.finditer(view):
        digits = _digits(found.group())
        yield from _phone(found, f"1{digits[-10:]}", international=True)
    for found in _TRUNK.finditer(view):
        if len(_digits(found.group())) in (9, 10, 11, 12) and _told(view, found, _TRUNK_SURE):
            yield from _phone(found, _digits(found.group()))
    for found in _LOCAL.finditer(view):
        if _told(view, found, _LOCAL_SURE):
            yield from _phone(found, _digits(found.group()))
    for found in _BARE.finditer(view):
        if _told(view, found):
            yield from _phone(found, found.group())


def _world_phone(found: re.Match[str]) -> tuple[int, int, str] | None:
    """Return a number with `+`, without the digits of what follows it."""
    text = found.group()
    code = numbers.country_code(_digits(text))
    national = _digits(text)[len(code) :]
    national = national if code == "1" else national.removeprefix("0")
    whole = numbers.whole_length(code, national) or 15
    count = trunk = 0
    for position, character in enumerate(text):
        count += character.isdigit()
        trunk = int(text[: position + 1].endswith("(0)")) or trunk
        if count - trunk == whole and text[position + 1 : position + 2].isdigit():
            return None
        if count - trunk == whole:
            text = text[: position + 1]
            break
    if whole != 15 and count - trunk != whole:
        return None
    value = numbers.phone_of(_digits(text), international=True)
    end = found.start() + len(text)
    if value is None or count < 9:
        return None
    return found.start(), end, value


def _phone(
    found: re.Match[str], digits: str, *, international: bool = False
) -> Iterator[tuple[int, int, str]]:
    value = numbers.phone_of(digits, international=international)
    if value is not None:
        yield found.start(), found.end(), value


def _told(view: str, found: re.Match[str], sure: re.Pattern[str] | None = None) -> bool:
    """Tell whether the words before a number say that it is a phone, or its form is sure."""
    if sure is not None and sure.match(found.group()):
        return True
    words = (
        _PHONE_WORDS
        if len(_digits(found.group())) > 8 and "/" not in found.group()
        else _SHORT_WORDS
    )
    return words.search(words_before(view, found.start())) is not None


def words_before(view: str, start: int) -> str:
    """Return the words before a place that can tell what stands there."""
    return view[max(0, start - _WINDOW) : start]


def _digits(text: str) -> str:
    return re.sub(r"\D", "", text)
