"""Numbers in words and digits, and whether one follows from others, for the grounding audit.

Input: text of any language. Output: the numbers it states, and a verdict on one number: stated, or
computed from the stated ones by a unit, a percentage, a sum, a difference or a product.

Before: "twenty-five guests at ￥1.2万, 30% off"
After:  {25, 1.2, 12000, 30, 0.3, ...}
"""

from __future__ import annotations

import math
import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator

from fctune.patterns import regex

_SCALES = {
    "k": 1e3, "thousand": 1e3, "m": 1e6, "mn": 1e6, "million": 1e6, "b": 1e9, "bn": 1e9,
    "billion": 1e9, "hundred": 1e2, "dozen": 12, "%": 0.01, "percent": 0.01, "％": 0.01,
    "十": 10, "百": 1e2, "千": 1e3, "万": 1e4, "亿": 1e8, "萬": 1e4, "億": 1e8,
    "折": 0.1, "成": 0.1,
}  # fmt: skip
_DIGITS = regex(
    r"(\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d{1,40}(?:\.\d{1,40})?|(?<!\d)\.\d{1,40})"
    r"(?:[ -]?(k|mn?|bn?|thousand|million|billion|hundred|dozen|percent)(?![a-z])"
    r"|\s?([%％十百千万亿萬億折成]{1,2}))?",
    re.IGNORECASE,
)
# Each find of `_DIGITS` begins with one of these, to which a search can jump.
_DIGIT_OR_POINT = regex(r"[\d.]")
_UNITS = str.split(
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen "
    "fifteen sixteen seventeen eighteen nineteen"
)
_TENS = str.split("twenty thirty forty fifty sixty seventy eighty ninety")
_ORDINALS = str.split(
    "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth "
    "fourteenth fifteenth sixteenth seventeenth eighteenth nineteenth twentieth"
)
_WORDS: dict[str, float] = {
    **{word: value for value, word in enumerate(_UNITS)},
    **{word: 20 + 10 * place for place, word in enumerate(_TENS)},
    **{word: 1 + place for place, word in enumerate(_ORDINALS)},
    "thirtieth": 30,
}
_MULTIPLES = {"hundred": 100, "thousand": 1000, "million": 10**6, "billion": 10**9, "dozen": 12}
# Words that state a number without being one; a span of time is also so many smaller ones.
_IMPLIED: dict[str, tuple[float, ...]] = {
    "half": (0.5, 30), "quarter": (0.25, 15, 3), "couple": (2,), "pair": (2,), "both": (2,),
    "twice": (2,), "double": (2,), "triple": (3,), "thrice": (3,), "single": (1,), "dozen": (12,),
    "week": (7,), "weeks": (7,), "weekly": (7, 52), "fortnight": (14,), "weekend": (2,),
    "month": (30, 31), "months": (30, 31), "monthly": (12, 30), "year": (365, 12, 52),
    "years": (365, 12, 52), "yearly": (365, 12), "annual": (1, 12, 365), "annually": (1, 12),
    "quarterly": (4, 3), "day": (24,), "days": (24,), "daily": (365, 24), "hour": (60, 3600),
    "hours": (60, 3600), "minute": (60,), "minutes": (60,), "decade": (10,), "decades": (10,),
    "century": (100,), "wife": (2,), "husband": (2,), "girlfriend": (2,), "boyfriend": (2,),
    "partner": (2,), "spouse": (2,), "double-room": (2,), "semester": (6,), "midnight": (0, 24),
    "noon": (12,),
    "夫妻": (2,), "一半": (0.5,), "半": (0.5, 30), "周": (7,), "星期": (7,), "月": (30, 31),
    "年": (365, 12), "天": (24,), "小时": (60, 3600), "双": (2,), "妻子": (2,), "丈夫": (2,),
}  # fmt: skip
_CHINESE_UNITS = {
    **{char: value for value, char in enumerate("零一二三四五六七八九")},
    "〇": 0, "两": 2, "壹": 1, "贰": 2, "叁": 3, "肆": 4, "伍": 5, "陆": 6, "柒": 7, "捌": 8,
    "玖": 9,
}  # fmt: skip
_CHINESE_SCALES = {"十": 10, "百": 100, "千": 1000, "拾": 10, "佰": 100, "仟": 1000}
# A single numeral is a number only where it counts something: 二 in 二维码 does not.
_CHINESE = regex(
    "[零〇一二三四五六七八九两十百千万亿点壹贰叁肆伍陆柒捌玖拾佰仟]{2,24}"
    "|[一二两三四五六七八九十](?=[个位人天年月周次张份点小分岁件元块杯名间晚号楼层日星本篇条米公千万百英倍折成])"
)
_NUMERAL = regex("[零〇一二三四五六七八九两十百千万亿点壹贰叁肆伍陆柒捌玖拾佰仟]")
_CHINESE_IMPLIED = tuple((word, values) for word, values in _IMPLIED.items() if word >= "一")
_FACTORS = (
    10, 100, 1000, 1e6, 1e9, 60, 3600, 86400, 24, 7, 12, 52, 365, 30, 1024, 1024**2, 1024**3,
    1e4, 1.609344, 2.54, 30.48, 0.3048, 0.45359237,
)  # fmt: skip
_RATIOS = sorted([1.0, *_FACTORS, *(1 / factor for factor in _FACTORS)])
_STATING = frozenset([*_WORDS, *_MULTIPLES, *_IMPLIED])
_ASCII_WORDS = regex(r"[a-z]+")
_LETTERS = "".join(chr(code) if 97 <= code < 123 else " " for code in range(128))
# Eleven at night is also 23; the nineties begin in 1990.
_AFTERNOON = regex(
    r"(?<!\d)(\d{1,2})(?:[:：]\d{2})?\s?p\.?m|(?:下午|晚上|傍晚|今晚|明晚)\s?(\d{1,2})(?=[点时:：])"
)
_DECADE = regex(r"(?<!\d)(?:19|20)?(\d0)(?:'?s\b|年代)")
_NOON = regex(r"pm|p\.m|下午|晚上|傍晚|今晚|明晚")
_TO = r"\s?(?:to|through|and|-|–|~|到|至)\s?"
_RANGED = regex(rf"\d{_TO}\d")
_RANGE = regex(rf"(?<![\d-])(\d{{1,6}}){_TO}(\d{{1,6}})(?![\d-])")
_MAX_RANGE = 40
# Eight tenths of the price are 20 % off.
_FOLDED = regex("([1-9一二三四五六七八九])折")
_MAX_NUMBERS = 400
_MAX_PAIRED = 40


def numbers_of(text: str) -> Iterator[float]:
    """Yield the numbers that a text states, in lower case and half-width.

    >>> sorted(set(numbers_of("twenty-five people, 2.5k, 30%")))
    [0.3, 2.5, 5, 20, 25.0, 30.0, 2500.0]
    >>> list(numbers_of("三百二十"))
    [320]
    """
    stated = False
    for found in _finds(_DIGITS, _DIGIT_OR_POINT, text):
        stated = True
        value = float(found[1].replace(",", ""))
        if not math.isfinite(value):
            continue
        yield value
        scale = found[2] or found[3]
        if scale:
            for mark in [scale.lower()] if found[2] else list(scale):
                value *= _SCALES.get(mark, 1)
            yield value
    if stated or "折" in text:
        yield from _patterned(text)
    yield from _english(text)
    if not text.isascii():
        yield from _chinese(text)


def _finds(pattern: re.Pattern[str], first: re.Pattern[str], text: str) -> Iterator[re.Match[str]]:
    """Yield what `finditer` does, of a pattern whose finds begin with one of a few characters."""
    at = first.search(text)
    while at is not None:
        found = pattern.match(text, at.start())
        if found is not None:
            yield found
        at = first.search(text, found.end() if found is not None else at.end())


def _patterned(text: str) -> Iterator[float]:
    """Yield hours after noon, numbers within a range, prices folded and decades."""
    if _NOON.search(text):
        for latin, chinese in _AFTERNOON.findall(text):
            yield int(latin or chinese) + 12
    for first, last in _RANGE.findall(text) if _RANGED.search(text) else ():
        if 0 < int(last) - int(first) <= _MAX_RANGE:
            yield from range(int(first) + 1, int(last))
    for part in _FOLDED.findall(text) if "折" in text else ():
        tenths = chinese_number(part) if not part.isdigit() else int(part)
        yield from (100 - 10 * tenths, 10 * tenths) if tenths else ()
    for decade in _DECADE.findall(text) if "0s" in text or "0'" in text or "年代" in text else ():
        for century in (1900, 2000):
            yield from (century + int(decade), century + 9 + int(decade))


def _english(text: str) -> Iterator[float]:
    """Yield number words, alone and joined: twenty five is 20, 5 and 25."""
    words = text.translate(_LETTERS).split() if text.isascii() else _ASCII_WORDS.findall(text)
    if _STATING.isdisjoint(words):
        return
    total, current, running = 0.0, 0.0, False
    for word in words:
        if word in _IMPLIED:
            yield from _IMPLIED[word]
        value = _WORDS.get(word)
        if value is not None:
            yield value
            fits = running and (current % 100 == 0 or (current % 10 == 0 and value < 10))
            current = current + value if fits else value
            running = True
        elif word in _MULTIPLES:
            factor = _MULTIPLES[word]
            current = max(current, 1) * factor
            running = True
            yield current
            if factor > 100:
                total, current = total + current, 0.0
        elif word != "and" and running:
            total, current, running = 0.0, 0.0, False
        if running:
            yield total + current


def _chinese(text: str) -> Iterator[float]:
    for word, values in _CHINESE_IMPLIED:
        if word in text:
            yield from values
    for found in _finds(_CHINESE, _NUMERAL, text):
        value = chinese_number(found.group())
        if value is not None:
            yield value
        for part in re.split("[零〇]", found.group()) if len(found.group()) > 4 else ():
            value = chinese_number(part)
            if value is not None:
                yield value


def chinese_number(text: str) -> float | None:
    """Return the number that Chinese numerals write, or None.

    >>> chinese_number("二十五"), chinese_number("一万二千"), chinese_number("二〇二三")
    (25, 12000, 2023)
    """
    if "点" in text:
        whole, _, rest = text.partition("点")
        digits = "".join(str(_CHINESE_UNITS[char]) for char in rest if char in _CHINESE_UNITS)
        head = chinese_number(whole) if whole else 0
        return head + float(f"0.{digits}") if head is not None and digits else None
    if not text:
        return None
    if all(char in _CHINESE_UNITS for char in text):
        return int("".join(str(_CHINESE_UNITS[char]) for char in text))
    total, section, digit = 0, 0, 0
    for char in text:
        if char in _CHINESE_UNITS:
            digit = _CHINESE_UNITS[char]
        elif char in _CHINESE_SCALES:
            section += (digit or (0 if section else 1)) * _CHINESE_SCALES[char]
            digit = 0
        else:
            factor = 10**4 if char == "万" else 10**8
            total = (total + section + digit or 1) * factor
            section, digit = 0, 0
    return total + section + digit


def follows(value: float, stated: Iterable[float]) -> bool:
    """Tell whether a number is stated, or computed from one or two that are.

    >>> follows(12000, [1.2, 12000.0]), follows(360, [30, 12]), follows(7431, [3, 5])
    (True, True, False)
    """
    wanted = abs(value)
    if wanted in (0.0, 1.0) or not math.isfinite(wanted):
        return True
    known = [abs(number) for number in stated][:_MAX_NUMBERS]
    if wanted in known:
        return True
    # A fraction is as exact as it is written; whole numbers are often rounded.
    fraction = len(repr(wanted).partition(".")[2]) if wanted % 1 else 0
    slack = 0.51 / 10**fraction if 0 < fraction < 7 else wanted * 0.003
    return _scaled(wanted, slack, known) or _paired(wanted, known)


def _scaled(wanted: float, slack: float, known: list[float]) -> bool:
    """Tell whether a number is a known one in another unit, as a percentage, or rounded."""
    for number in known:
        if not number:
            continue
        room = slack / number
        at = bisect_left(_RATIOS, wanted / number - room)
        if at < len(_RATIOS) and _RATIOS[at] <= wanted / number + room:
            return True
        if abs(wanted - int(number)) <= slack or abs(wanted - round(number)) <= slack:
            return True
        if abs(wanted - (number * 1.8 + 32)) <= slack or abs(wanted - (100 - number)) <= slack:
            return True
        if abs(wanted - (number - 32) / 1.8) <= slack:
            return True
    return False


def _paired(wanted: float, known: list[float]) -> bool:
    """Tell whether a number is the sum, difference, product or quotient of two known ones."""
    chosen = [number for number in known if number][-_MAX_PAIRED:]
    exact = {round(number, 6) for number in chosen}
    for number in chosen:
        # One below the other: most numbers fail them all, for each of forty known ones.
        less = wanted - number
        if round(less, 6) in exact or round(-less, 6) in exact:
            return True
        if round(wanted + number, 6) in exact or round(wanted * number, 6) in exact:
            return True
        if round(wanted / number, 6) in exact or round(number / wanted, 6) in exact:
            return True
    return len(chosen) > 2 and math.isclose(wanted, sum(chosen), rel_tol=1e-6)
