"""Dates and times: ISO 8601 on the model's side, what APIs take on the other.

Input: text such as `2026-11-20` or `2026-11-20T08:30:00Z`, or the API's form of it. Output: the
other form, or Outside. Each form has one text only, so that both ways undo each other. Times are
in UTC: another offset would not come back.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable
from functools import partial
from typing import Any

from fctune.patterns import regex
from fctune.tools.mapping.value import Outside

_ISO = regex(r"([0-9]{4})-([0-9]{2})-([0-9]{2})")
_COMPACT = regex(r"([0-9]{4})([0-9]{2})([0-9]{2})")
_SLASH = regex(r"([0-9]{4})/([0-9]{2})/([0-9]{2})")
_TIME = regex(_ISO.pattern + r"T([0-9]{2}):([0-9]{2}):([0-9]{2})(?:\.([0-9]{3}))?Z")
_EPOCH = datetime.datetime(1970, 1, 1)
_DAY_S = 86400

Ways = tuple[Callable[[Any], Any], Callable[[Any], Any]]


def _day(pattern: re.Pattern[str], example: str, value: Any) -> datetime.date:
    found = pattern.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        raise Outside(f"expected a date such as {example}")
    try:
        return datetime.date(int(found[1]), int(found[2]), int(found[3]))
    except ValueError as fault:
        raise Outside("expected a date that the calendar has") from fault


def _redated(pattern: re.Pattern[str], example: str, mark: str, value: Any) -> str:
    day = _day(pattern, example, value)
    return mark.join((f"{day.year:04}", f"{day.month:02}", f"{day.day:02}"))


def _day_to_seconds(value: Any) -> int:
    return (_day(_ISO, "2026-11-20", value) - _EPOCH.date()).days * _DAY_S


def _seconds_to_day(value: Any) -> str:
    moment = _moment(value, 1)
    if (moment.hour, moment.minute, moment.second) != (0, 0, 0):
        raise Outside("expected the seconds of midnight in UTC")
    return moment.date().isoformat()


def _time_to_epoch(per_second: int, value: Any) -> int:
    found = _TIME.fullmatch(value) if isinstance(value, str) else None
    sample = "2026-11-20T08:30:00Z"
    if found is None or found[7] == "000" or (found[7] and per_second == 1):
        more = ", or with three decimals" if per_second > 1 else ""
        raise Outside(f"expected a time in UTC such as {sample}{more}")
    try:
        numbers = [int(found[index]) for index in range(1, 7)]
        moment = datetime.datetime(*numbers)  # type: ignore[arg-type]
    except ValueError as fault:
        raise Outside("expected a time that the calendar has") from fault
    elapsed = moment - _EPOCH
    seconds = elapsed.days * _DAY_S + elapsed.seconds
    return seconds * per_second + int(found[7] or 0)


def _epoch_to_time(per_second: int, value: Any) -> str:
    moment = _moment(value, per_second)
    decimals = f".{value % per_second:03}" if value % per_second else ""
    return f"{moment.replace(microsecond=0).isoformat()}{decimals}Z"


def _moment(value: Any, per_second: int) -> datetime.datetime:
    if isinstance(value, bool) or not isinstance(value, int):
        raise Outside("expected an integer since 1970")
    try:
        return _EPOCH + datetime.timedelta(seconds=value // per_second)
    except OverflowError as fault:
        raise Outside("expected a time within the years 1 to 9999") from fault


COMPACT: Ways = (
    partial(_redated, _ISO, "2026-11-20", ""),
    partial(_redated, _COMPACT, "20261120", "-"),
)
SLASH: Ways = (
    partial(_redated, _ISO, "2026-11-20", "/"),
    partial(_redated, _SLASH, "2026/11/20", "-"),
)
DAY_SECONDS: Ways = (_day_to_seconds, _seconds_to_day)
SECONDS: Ways = (partial(_time_to_epoch, 1), partial(_epoch_to_time, 1))
MS: Ways = (partial(_time_to_epoch, 1000), partial(_epoch_to_time, 1000))
