"""Dates and times that are the same day or instant, in ISO, common English and Chinese forms.

Input: text. Output: Moment, or a truth on two texts. Words that need a day to count from, such as
`tomorrow`, are no moment here. `03/04/2024` may be March or April: it equals itself, and another
form only where the order is told.

Before: "2024-07-12T13:15:00Z" and "2024-07-12 15:15+02:00"; "2024年3月5日" and "Mar 5th, 2024"
After:  equal
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from fctune.conversations.grounding_numbers import chinese_number
from fctune.evaluation.semantic.folding import fold_width
from fctune.patterns import regex

ORDERS = ("mdy", "dmy")
_NAMES = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
_MONTH = (
    r"(jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|"
    r"sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\.?"
)
_WEEKDAY = regex(
    r"^(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?\.?,?\s+|"
    r"[,，(（]?\s?(?:星期|周|礼拜)[一二三四五六日天][)）]?"
)
_CN = "零〇一二三四五六七八九十两"
_YEAR_FIRST = regex(r"(\d{4})([-/.])(\d{1,2})(?:\2(\d{1,2}))?")
_YEAR_LAST = regex(r"(\d{1,2})([-/.])(\d{1,2})\2(\d{4})")
_COMPACT = regex(r"((?:19|20)\d\d)(\d\d)(\d\d)")
_MONTH_FIRST = regex(rf"{_MONTH}\s*(?:the )?(\d{{1,2}})(?:st|nd|rd|th)?(?:,?\s*(\d{{4}}))?")
_DAY_FIRST = regex(rf"(\d{{1,2}})(?:st|nd|rd|th)?[\s-]*(?:of )?{_MONTH}(?:,?[\s-]*(\d{{4}}))?")
_CHINESE = regex(
    rf"(?:(\d{{4}}|[{_CN}]{{4}})\s?年)?\s?(\d{{1,2}}|[{_CN}]{{1,3}})\s?月\s?"
    rf"(?:(\d{{1,2}}|[{_CN}]{{1,3}})\s?[日号]?)?"
)
_CLOCK = regex(
    r"(\d{1,2}):(\d{2})(?::(\d{2})(\.\d{1,9})?)?\s?(am|pm|a\.m\.|p\.m\.)?\s?"
    r"(z|utc|gmt|(?:utc|gmt)?[+-]\d{1,2}(?::?\d{2})?)?"
)
_HALF_DAY = regex(r"(\d{1,2})\s?(am|pm|a\.m\.|p\.m\.)")
_COMPACT_CLOCK = regex(r"(\d{2})(\d{2})(\d{2})?(z|[+-]\d{2}:?\d{2})?")
_CHINESE_CLOCK = regex(
    rf"(凌晨|清晨|早上|早晨|上午|中午|下午|傍晚|晚上|晚|夜里)?\s?(\d{{1,2}}|[{_CN}]{{1,3}})\s?"
    rf"(?:[点时](?:(半)|(一刻)|(三刻)|整|钟)?|:)"
    rf"(?:(\d{{1,2}}|[{_CN}]{{1,3}})分?)?(?:(\d{{1,2}}|[{_CN}]{{1,3}})秒)?"
)
_WORDS = {"noon": 12.0 * 3600, "midday": 12.0 * 3600, "midnight": 0.0, "正午": 12.0 * 3600}
_BETWEEN = regex(r"^(?:t|,?\s*(?:at\s+)?|，)")
_MAX_TEXT = 60
_DAY_S = 86_400


@dataclass(frozen=True, slots=True)
class Moment:
    """A date, a time of day, or both.

    Attributes:
        day: year, month and day, each 0 where not said; None for a time of day alone.
        second: of the day; None where no time is said.
        zone: minutes east of Greenwich; None where not said.
        unsure: day and month may be the other way round.
    """

    day: tuple[int, int, int] | None
    second: float | None = None
    zone: int | None = None
    unsure: bool = False


def equal_moments(one: Moment, other: Moment, *, part: str = "", zone: int | None = None) -> bool:
    """Tell whether two moments are the same.

    A day alone is the midnight that begins it. With zones on both sides the instants are compared.

    Args:
        one: a moment.
        other: another.
        part: `date` or `time` to compare that part alone.
        zone: of moments that tell none, minutes east of Greenwich.
    """
    if one.unsure != other.unsure:
        return False
    if part == "date":
        return one.day is not None and one.day == other.day
    if part == "time":
        return one.second is not None and one.second == other.second
    if (one.day is None) != (other.day is None):
        return False
    zones = [_zone_of(moment, zone) for moment in (one, other)]
    if None not in zones and (one.day is None or (one.day[0] and other.day and other.day[0])):
        return _instant(one, zones[0] or 0) == _instant(other, zones[1] or 0)
    return (one.day, one.second or 0.0, zones[0]) == (other.day, other.second or 0.0, zones[1])


@lru_cache(maxsize=1 << 14)
def read_moment(text: str, *, order: str = "", loose: bool = True) -> Moment | None:
    """Read a text that is a date, a time, or both; None where it is neither, or not whole.

    Args:
        text: the value.
        order: `mdy` or `dmy`, the order of `03/04/2024`.
        loose: forms that may be something else are read too: `20240305`, `2024.3.5`, `1530`.

    >>> read_moment("2024年3月5日").day == read_moment("5 March 2024").day
    True
    >>> read_moment("下午三点半").second == read_moment("3:30 PM").second
    True
    >>> read_moment("tomorrow") is None, read_moment("2024-02-31") is None
    (True, True)
    """
    if len(text) > _MAX_TEXT:
        return None
    folded = fold_width(text).lower().strip()
    folded = re.sub(r"\s+", " ", _WEEKDAY.sub("", folded)).strip(" ,")
    if not folded:
        return None
    alone = _time(folded, loose=loose)
    if alone is not None:
        return Moment(None, *alone)
    # The longest head that is a day: what follows must be a time.
    for size in range(len(folded), 3, -1):
        head, rest = folded[:size].rstrip(), folded[size:]
        day = _day(head, order, loose)
        if day is None:
            continue
        if not rest.strip():
            return Moment(day[0], unsure=day[1])
        time = _time(_BETWEEN.sub("", rest.strip(), count=1).strip(), loose=loose)
        if time is not None:
            return Moment(day[0], *time, unsure=day[1])
    return None


def read_zone(text: str) -> int | None:
    """Return the minutes east of Greenwich of `Z`, `+08:00` or `UTC+8`; None where it is none."""
    text = text.strip().lower()
    found = re.fullmatch(r"(?:utc|gmt)?([+-])(\d{1,2})(?::?(\d{2}))?", text)
    if found is None:
        return 0 if text in ("z", "utc", "gmt") else None
    minutes = int(found[2]) * 60 + int(found[3] or 0)
    return minutes if found[1] == "+" else -minutes


def _day(text: str, order: str, loose: bool) -> tuple[tuple[int, int, int], bool] | None:
    """Return year, month and day, and whether the latter two may change places."""
    if found := _YEAR_FIRST.fullmatch(text):
        plain = found[2] != "." or loose
        return _checked(int(found[1]), int(found[3]), int(found[4] or 0)) if plain else None
    if found := _YEAR_LAST.fullmatch(text):
        first, second, year = int(found[1]), int(found[3]), int(found[4])
        if order == "dmy" or (not order and first > 12):
            return _checked(year, second, first)
        unsure = not order and second <= 12 and first != second
        return _checked(year, first, second, unsure=unsure)
    if found := _MONTH_FIRST.fullmatch(text):
        return _checked(int(found[3] or 0), _NAMES.index(found[1][:3]) + 1, int(found[2]))
    if found := _DAY_FIRST.fullmatch(text):
        return _checked(int(found[3] or 0), _NAMES.index(found[2][:3]) + 1, int(found[1]))
    if found := _CHINESE.fullmatch(text):
        year, month, day = (_number(part) for part in found.groups())
        return _checked(year, month, day) if year or day else None
    if loose and (found := _COMPACT.fullmatch(text)):
        return _checked(int(found[1]), int(found[2]), int(found[3]))
    return None


def _checked(
    year: int, month: int, day: int, *, unsure: bool = False
) -> tuple[tuple[int, int, int], bool] | None:
    try:
        date(year or 2000, month, day or 1)
    except ValueError:
        return None
    return (year, month, day), unsure


def _time(text: str, *, loose: bool) -> tuple[float, int | None] | None:
    """Return the second of the day and the zone."""
    if text in _WORDS:
        return _WORDS[text], None
    if found := _CLOCK.fullmatch(text):
        hour = _hour(int(found[1]), found[5] or "")
        zone = read_zone(found[6]) if found[6] else None
        return _second(hour, int(found[2]), float((found[3] or "0") + (found[4] or "")), zone)
    if found := _HALF_DAY.fullmatch(text):
        return _second(_hour(int(found[1]), found[2]), 0, 0.0, None)
    if found := _CHINESE_CLOCK.fullmatch(text):
        hour = _hour(_number(found[2]), found[1] or "")
        minute = 30 if found[3] else 15 if found[4] else 45 if found[5] else _number(found[6])
        return _second(hour, minute, float(_number(found[7])), None)
    if loose and len(text) > 4 and (found := _COMPACT_CLOCK.fullmatch(text)):
        zone = read_zone(found[4]) if found[4] else None
        return _second(int(found[1]), int(found[2]), float(found[3] or 0), zone)
    return None


def _hour(hour: int, half: str) -> int:
    """Return the hour of the day; 12 am and 凌晨12点 are 0."""
    half = half.replace(".", "")
    if half in ("am", "凌晨", "pm") and hour > 12:
        return -1 if half != "pm" else hour
    if half in ("am", "凌晨", "清晨", "早上", "早晨", "上午"):
        return 0 if hour == 12 and half in ("am", "凌晨") else hour
    late = half in ("pm", "下午", "傍晚", "晚上", "晚", "夜里") or (half == "中午" and hour < 3)
    return hour + 12 if late and hour < 12 else hour


def _second(
    hour: int, minute: int, second: float, zone: int | None
) -> tuple[float, int | None] | None:
    if not (0 <= hour < 24 and 0 <= minute < 60 and 0 <= second < 60):
        return None
    return hour * 3600 + minute * 60 + second, zone


def _number(text: str | None) -> int:
    if not text:
        return 0
    return int(text) if text.isdecimal() else int(chinese_number(text.replace("两", "二")) or 0)


def _zone_of(moment: Moment, otherwise: int | None) -> int | None:
    return otherwise if moment.zone is None and moment.second is not None else moment.zone


def _instant(moment: Moment, zone: int) -> tuple[int, float]:
    """Return the day and the second of it in Greenwich."""
    shifted = (moment.second or 0.0) - 60 * zone
    days, rest = divmod(shifted, _DAY_S)
    if moment.day is None:
        return 0, rest
    year, month, day = moment.day
    # By ordinal: the first and the last day of the calendar have a neighbour there.
    return date(year, month, day or 1).toordinal() + int(days), rest
