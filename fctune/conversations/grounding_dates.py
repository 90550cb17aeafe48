"""Dates and times in every form, and whether one follows from a text, for the grounding audit.

Input: text. Output: a verdict on one date or time: stated in another form, or reached from a
stated day by words such as `tomorrow`, a weekday or a number of days. Where the text speaks of a
day in relative words and states no day to count from, nothing can be judged, and nothing is.

Before: "Today is 2024-05-01. Book the room for next Friday, 3pm."
After:  2024-05-10 and 15:00 follow, 2024-06-17 does not
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from fctune.conversations.grounding_numbers import chinese_number
from fctune.patterns import regex

_MONTHS = "january february march april may june july august september october november december"
_MONTH_OF = {
    name[:size]: place
    for place, name in enumerate(_MONTHS.split(), 1)
    for size in range(3, len(name) + 1)
}
_SHORT_MONTHS = tuple(name[:3] for name in _MONTHS.split())
_MONTH = r"(jan|feb|mar|apr|may|jun|jul|aug|sept?|oct|nov|dec)[a-z]{0,6}\.?"
_YEAR_FIRST = regex(r"(?<!\d)(\d{4})\s?[-/.年]\s?(\d{1,2})(?:\s?[-/.月]\s?(\d{1,2}))?(?!\d)")
_YEAR_LAST = regex(r"(?<!\d)(\d{1,2})[-/.](\d{1,2})(?:[-/.](\d{4}|\d{2}))?(?!\d)")
_MONTH_FIRST = regex(
    rf"\b{_MONTH}\s{{0,3}}(?:the\s)?(\d{{1,2}})?(?!\d)(?:st|nd|rd|th)?(?:,?\s{{0,3}}(\d{{4}}))?"
)
_DAY_FIRST = regex(
    rf"\b(\d{{1,2}})(?:st|nd|rd|th)?\s{{0,3}}(?:of\s)?{_MONTH}(?:,?\s{{0,3}}(\d{{4}}))?"
)
_CHINESE_DAY = regex(
    r"(?:([\d零〇一二三四五六七八九]{2,4})年)?([\d一二三四五六七八九十]{1,3})月(?:份)?"
    r"(?:([\d一二三四五六七八九十]{1,3})[日号]?)?"
)
_DAY_ONLY = regex(r"\b(\d{1,2})(?:st|nd|rd|th)\b|(\d{1,2})[号日]")
_COMPACT = regex(r"(?<!\d)((?:19|20)\d\d)(0[1-9]|1[0-2])([0-3]\d)(?!\d)")
_YEAR = regex(r"(?<!\d)((?:19|20)\d\d)(?!\d)")
_VALUE = regex(
    r"(\d{4})[-/.年](\d{1,2})(?:[-/.月](\d{1,2}))?(?!\d)(?:[日t, ]{0,3}(.{1,40}))?|"
    r"(\d{1,2})[-/.](\d{1,2})[-/.](\d{4})(?!\d)(?:[t, ]{1,3}(.{1,40}))?|"
    r"(\d{2})-(\d{2})|(\d{1,2})月(\d{1,2})[日号]?(.{0,40})"
)
_CLOCK = regex(r"(?<!\d)(\d{1,2})(?:[:：.](\d{2}))(?:[:：]\d{2})?(?:\.\d+)?\s{0,2}([ap]\.?m)?")
_HALF_DAY = regex(r"(?<!\d)(\d{1,2})\s{0,2}(?:o'?clock\s{0,2})?([ap]\.?m)")
_O_CLOCK = regex(r"(?<!\d)(\d{1,2})\s{0,2}(?:o'?clock)|\bat\s(\d{1,2})(?![\d:])")
_CHINESE_CLOCK = regex(
    r"([\d一二三四五六七八九十两]{1,3})[点时](?:钟|整)?(?:(半)|([\d一二三四五六七八九十零]{1,3})分?|(一刻))?"
)
_TIME_VALUE = regex(
    r"(\d{1,2})(?::(\d{2}))?(?::\d{2})?(?:\.\d{1,9})?\s?([ap]\.?m\.?)?\s?(?:z|[a-z]{2,4}|[+-]\d\d:?\d\d)?"
)
_RELATIVE = regex(
    r"\b(?:today|tonight|tomorrow|yesterday|now|current(?:ly)?|next|last|past|previous|this|coming|"
    r"upcoming|weekend|week|weeks|month|months|year|years|days?|daily|recent|recently|latest|soon|"
    r"later|ago|(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?s?|christmas|easter|"
    r"thanksgiving|holiday|halloween|valentine|birthday|spring|summer|autumn|fall|winter|quarter)\b"
    r"|[今明昨后前]天|[今明昨]晚|今日|明日|昨日|现在|目前|当前|最近|近期|[本这上下]个?(?:周|星期|礼拜|月|年)|周[一二三四五六日天末]|"
    r"星期|礼拜|去年|今年|明年|天后|天前|周后|月后|节|生日|春|夏|秋|冬|季|[几数]天|未来|过去"
)
_DAY_PARTS = regex(
    r"\b(?:morning|afternoon|evening|night|tonight|noon|midnight|lunch|dinner|breakfast|now|today|"
    r"hour|hours|minutes?|later|soon|asap|end of|start of|dawn|sunrise|sunset|early|late|half|"
    r"quarter|whole day|all day)\b|[早晚中下上]午|中午|凌晨|傍晚|夜|现在|小时|分钟|早|晚"
)
_TODAY = regex(
    r"today(?:'s)?|current(?:ly)?|\bnow\b|it is|今天|当前|现在|目前|今日|date:|日期[:：]"
)
_MAX_TEXT = 20_000
_MAX_DAYS = 64
_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_WEEKDAY_WORD = regex(r"\b(mon|tue|wed|thu|fri|sat|sun)(?:s|nes|rs|ur)?(?:day)?s?\b")
_CHINESE_WEEKDAY = regex("(?:周|星期|礼拜)([一二三四五六日天])")


@dataclass(frozen=True, slots=True)
class Day:
    """A day as it was said; a part that was not said is 0."""

    year: int
    month: int
    day: int


def parse_day(text: str) -> tuple[Day, str] | None:
    """Read a value that is a date, and the time after it; None where it is no date.

    >>> parse_day("2024-05-03t10:00")
    (Day(year=2024, month=5, day=3), '10:00')
    """
    found = _VALUE.fullmatch(text)
    if found is None:
        return None
    if found[1]:
        day = Day(int(found[1]), int(found[2]), int(found[3] or 0))
        rest = found[4] or ""
    elif found[9] or found[11]:
        day, rest = Day(0, int(found[9] or found[11]), int(found[10] or found[12])), found[13] or ""
    else:
        first, second = int(found[5]), int(found[6])
        month, number = (second, first) if first > 12 else (first, second)
        day, rest = Day(int(found[7]), month, number), found[8] or ""
    return (day, rest.strip()) if 1 <= day.month <= 12 and day.day <= 31 else None


def is_time(text: str) -> bool:
    """Tell whether a value is a time of day.

    >>> is_time("15:30"), is_time("3 pm"), is_time("15")
    (True, True, False)
    """
    found = _TIME_VALUE.fullmatch(text)
    return bool(found and (found[2] or found[3]))


def day_follows(day: Day, text: str, numbers: Callable[[], Iterable[float]]) -> bool:
    """Tell whether a day is stated in a text in lower case, or reached from one that is.

    Args:
        day: the day that an argument names.
        text: what was said before, in lower case.
        numbers: gives the numbers stated there; asked only where they matter.
    """
    text = text[-_MAX_TEXT:]
    said = _said_days(text)
    if any(_same(day, other) for other in said):
        return True
    years = {int(year) for year in _YEAR.findall(text)}
    if day.year in years and (day.day, day.month) in ((1, 1), (31, 12), (0, day.month)):
        return True
    wanted = _as_date(day)
    if wanted is None:
        return day.day == 0 and _RELATIVE.search(text) is not None
    # A year that was left open is the one of the value.
    dated = (Day(other.year or day.year, other.month, other.day) for other in said)
    full = [known for other in dated if (known := _as_date(other)) is not None]
    stated = set(numbers()) if full else set()
    if any(abs((wanted - known).days) in stated for known in full):
        return True
    if _RELATIVE.search(text) is None:
        return False
    base = _today_of(text)
    return base is None or _reached(wanted, base, text, set(numbers()))


def time_follows(value: str, text: str, numbers: Callable[[], Iterable[float]]) -> bool:
    """Tell whether a time of day is stated in a text in lower case, or cannot be judged.

    >>> [time_follows(time, "see you at 3pm", lambda: {3}) for time in ("15:00", "16:20")]
    [True, False]
    """
    wanted = next(_times_of(value), None)
    if wanted in (None, 0, 23 * 60 + 59):
        return True
    text = text[-_MAX_TEXT:]
    said = _said_times(text)
    if wanted in said or (wanted + 720) % 1440 in said:
        return True
    spans = {number * unit for number in list(numbers())[:_MAX_DAYS] for unit in (1, 60)}
    for known in list(said)[:_MAX_DAYS]:
        if (wanted - known) % 720 in spans or (known - wanted) % 720 in spans:
            return True
    return _DAY_PARTS.search(text) is not None


@lru_cache(maxsize=8)
def _said_days(text: str) -> tuple[Day, ...]:
    return tuple(_days_of(text))


@lru_cache(maxsize=8)
def _said_times(text: str) -> frozenset[int]:
    return frozenset(_times_of(text))


def _days_of(text: str) -> Iterator[Day]:
    for year, month, day in _YEAR_FIRST.findall(text):
        yield Day(int(year), int(month), int(day or 0))
    for first, second, year in _YEAR_LAST.findall(text):
        full = int(year) + (2000 if len(year) == 2 else 0) if year else 0
        yield Day(full, int(first), int(second))
        yield Day(full, int(second), int(first))
    if any(month in text for month in _SHORT_MONTHS):
        for month, day, year in _MONTH_FIRST.findall(text):
            yield Day(int(year or 0), _MONTH_OF[month], int(day or 0))
        for day, month, year in _DAY_FIRST.findall(text):
            yield Day(int(year or 0), _MONTH_OF[month], int(day))
    for year, month, day in _COMPACT.findall(text):
        yield Day(int(year), int(month), int(day))
    for latin, chinese in _DAY_ONLY.findall(text):
        yield Day(0, 0, int(latin or chinese))
    if not text.isascii():
        for year, month, day in _CHINESE_DAY.findall(text):
            yield Day(_number(year), _number(month), _number(day))


def _number(text: str) -> int:
    if not text:
        return 0
    value = int(text) if text.isdigit() else chinese_number(text)
    return int(value or 0)


def _same(wanted: Day, said: Day) -> bool:
    """Tell whether a day may be the one that was said; a part that was not said may be anything."""
    if said.year and wanted.year and said.year % 100 != wanted.year % 100:
        return False
    if said.month and said.month != wanted.month:
        return False
    if not said.month and not said.day:
        return False
    if said.day and wanted.day:
        return said.day == wanted.day
    # A month alone: its first or last day stands for it.
    return wanted.day in (0, 1, 15, 28, 29, 30, 31)


def _as_date(day: Day) -> date | None:
    try:
        return date(day.year, day.month, day.day)
    except (ValueError, OverflowError):  # a year, month or day that no calendar has
        return None


def _today_of(text: str) -> date | None:
    """Return the day that a text names as today, or None."""
    for found in _TODAY.finditer(text):
        near = text[found.start() : found.end() + 40]
        for said in _days_of(near):
            known = _as_date(said)
            if known is not None:
                return known
    return None


def _reached(wanted: date, base: date, text: str, numbers: set[float]) -> bool:
    """Tell whether relative words of a text lead from today to a day."""
    gap = (wanted - base).days
    if abs(gap) <= 2 or abs(gap) in numbers:
        return True
    if any(abs(gap) == number * 7 for number in numbers):
        return True
    named = {_WEEKDAYS.index(word) for word in _WEEKDAY_WORD.findall(text)}
    named |= {"一二三四五六日".find(char) % 7 for char in _CHINESE_WEEKDAY.findall(text)}
    if wanted.weekday() in named and abs(gap) <= 21:
        return True
    spans = (
        (r"weekend|周末", 15), (r"week|周|星期|礼拜", 15),
        (r"month|[上下本这]个?月|个月|月底|月初", 93), (r"quarter|季", 190),
        (r"year|[去今明前后]年|年底|年初|年[前后]|summer|winter|spring|autumn|fall|[春夏秋冬]",
         800),
        (r"christmas|holiday|easter|thanksgiving|halloween|valentine|birthday|节|生日", 400),
        (r"recent|latest|upcoming|coming|soon|past|未来|过去|最近|近期", 400),
    )  # fmt: skip
    return any(abs(gap) <= reach and re.search(words, text) for words, reach in spans)


def _times_of(text: str) -> Iterator[int]:
    for hour, minute, half in _CLOCK.findall(text):
        yield from _minutes(int(hour), int(minute), half)
    for hour, half in _HALF_DAY.findall(text):
        yield from _minutes(int(hour), 0, half)
    for hour, other in _O_CLOCK.findall(text):
        yield from _minutes(int(hour or other), 0, "")
    if not text.isascii():
        for hour, half, minute, quarter in _CHINESE_CLOCK.findall(text):
            rest = 30 if half else 15 if quarter else _number(minute)
            yield from _minutes(_number(hour), rest, "")


def _minutes(hour: int, minute: int, half: str) -> Iterator[int]:
    if half:
        hour = hour % 12 + (12 if half.startswith("p") else 0)
    yield (hour * 60 + minute) % 1440
