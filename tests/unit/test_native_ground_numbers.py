"""The compiled numbers, dates and tables of the grounding audit say what those of Python say."""

from __future__ import annotations

import datetime
import json
import random
import re
import struct
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest

from fctune.conversations import grounding_dates, grounding_numbers, grounding_tables
from fctune.conversations.grounding_text import fold
from fctune.native.library import library, probe

pytestmark = pytest.mark.skipif(library() is None, reason="the compiled library was not built")

_ROOT = Path(__file__).parents[2]
_PIECES = [
    *str.split(
        "0 1 2 3 12 25 30 100 1990 2024 0s pm p.m am k mn bn million hundred dozen percent and to "
        "through twenty five first half week noon zero nineteen . , - % ％ : ' x / 's ½ ² é _ ： – "
        "~ 到 至 折 成 十 百 千 万 亿 萬 点 零 〇 一 二 两 三 九 壹 拾 个 年 月 天 周 星期 小时 "
        "夫妻 妻子 双 半 一半 下午 晚上 年代 😀"
    ),
    *(" ", "\u3000", "\n", "\x1c"),
]
# fmt: off
_RELATIVE = [
    "today is", "tomorrow", "next Friday", "in 3 days", "this weekend", "two weeks later", "now",
    "current date:", "it is", "今天是", "明天", "下周五", "周末", "下个月", "春节", "last year",
    "Christmas", "morning", "end of", "all day", "end  of", "早上", "quarter", "Tuesdays", "saturs",
    "weds", "thurs", "wednesdays", "礼拜天", "日期：", "book a room", "at 5", "half", "季",
    "start of",
]
_MONTHS = [
    "January", "Feb", "March", "April", "May", "June", "July", "August", "Sept", "October", "Nov",
    "December",
]
# fmt: on


def _bits(number: float) -> int:
    return int(struct.unpack("<q", struct.pack("<d", number))[0])


def _asked(name: str, *given: Any) -> tuple[Any] | None:
    found = probe(f"ground.{name}", orjson.dumps(given))
    return None if found is None else (json.loads(found),)


def _agrees(name: str, python: Callable[[], Any], *given: Any) -> bool:
    """Compare, and tell whether the library was certain."""
    answer = _asked(name, *given)
    if answer is None:
        return False
    assert answer[0] == python(), (name, given)
    return True


def _number_of(text: str) -> bool:
    folded = fold(text)
    stated = lambda: [_bits(number) for number in grounding_numbers.numbers_of(folded)]  # noqa: E731
    return _agrees("numbers_of", stated, folded)


def _texts_in(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for item in value.values() if isinstance(value, dict) else value:
            yield from _texts_in(item)


def _samples() -> list[str]:
    texts: dict[str, None] = {}
    for folder in (_ROOT / "data/raw", _ROOT / "../shared/data/raw"):
        for path in sorted(folder.rglob("*.json*")):
            lines = path.read_text(encoding="utf-8").split("\n")[:60]
            for line in lines:
                try:
                    texts.update(dict.fromkeys(_texts_in(json.loads(line))))
                except ValueError:
                    texts[line[:2000]] = None
    return [text for text in texts if len(text) < 20_000][:4000]


def _mixed(random_of: random.Random, pieces: list[str], most: int) -> str:
    return "".join(random_of.choice(pieces) for _ in range(random_of.randrange(1, most)))


def test_numbers_of_samples_are_never_in_doubt() -> None:
    texts = _samples()
    certain = sum(map(_number_of, texts))
    assert certain > 0.99 * len(texts) > 100


@pytest.mark.parametrize("joint", ["", " ", ", "])
def test_numbers_of_generated_texts(joint: str) -> None:
    rng = random.Random(f"numbers{joint}")
    texts = [joint.join(rng.choices(_PIECES, k=rng.randrange(1, 14))) for _ in range(4000)]
    assert sum(map(_number_of, texts)) > 0.9 * len(texts)


def test_numbers_of_long_digits_and_numerals() -> None:
    rng = random.Random(4)
    certain = 0
    for _ in range(2000):
        digits = "".join(rng.choices("0123456789,.", k=rng.randrange(1, 120)))
        assert _number_of(f"a {digits} b") or len(digits) > 50
        numerals = _mixed(rng, list("零〇一二两九十百千万亿点壹拾"), rng.choice([4, 8, 30]))
        certain += _number_of(f"{numerals}个")
        expected = grounding_numbers.chinese_number(numerals)
        answer = _asked("chinese_number", numerals)
        assert answer is None or answer[0] == (None if expected is None else _bits(expected))
        certain += answer is not None
    assert certain > 3000


@pytest.mark.parametrize(
    "text",
    [
        "from 9:00 p.m. to 6:00 pm", "下午3点到晚上 8:30pm", "the 1990s, '80s and 20年代",
        "between 3 and 7, 5-9, 1-2-3, 12 to 60", "8折，七折", "1,234,567.89 and 1,23",
        "1.2.3 .5 ..5",
        "2.5 k, 3-hundred, 4 Percent!", "25％ off, 3 万, 5千万",
        "one hundred and five thousand six",
        "1,000" + ",000" * 120, "twenty " * 40, "hundred " * 40,
    ],
)  # fmt: skip
def test_numbers_of_forms(text: str) -> None:
    assert _number_of(text) or len(text) > 100


def test_what_is_in_doubt_is_told() -> None:
    for text in ("\u0663 apples", "5\u212a", "5 \u017f", "亿亿亿亿", "\ue000 5"):
        assert _asked("numbers_of", text) is None


def _known(rng: random.Random) -> list[float]:
    kinds = [
        lambda: float(rng.randrange(1, 2000)),
        lambda: rng.randrange(1, 100_000) / rng.choice([10, 100, 1e5, 128, 7]),
        lambda: float(10 ** rng.randrange(1, 16)),
    ]
    return list(dict.fromkeys(rng.choice(kinds)() for _ in range(rng.randrange(1, 50))))


def test_follows_agrees() -> None:
    rng = random.Random(5)
    certain = 0
    for _ in range(6000):
        known = _known(rng)
        one, other = rng.choice(known), rng.choice(known)
        value = rng.choice([
            one + other, one - other, one * other, one / other, one * 1.8 + 32, 100 - one,
            one * rng.choice([10, 60, 2.54, 1 / 7]), one * 1.003, one * 1.0031, sum(known),
            sum(known) * (1 + 1e-6), round(one / 3, 2), one + other + rng.choice([4e-7, 5e-7]),
            float(rng.randrange(1000)), rng.randrange(100_000) / 100,
        ])  # fmt: skip
        verdict = lambda: grounding_numbers.follows(value, known)  # noqa: E731, B023
        certain += _agrees("follows", verdict, _bits(value), [_bits(number) for number in known])
    assert certain > 4800  # of 16 digits and 10^8 or more it is in doubt


def _day(rng: random.Random) -> datetime.date:
    return datetime.date(2024, 1, 1) + datetime.timedelta(days=rng.randrange(-400, 800))


def _date_text(rng: random.Random) -> str:
    day = _day(rng)
    year, month, number, name = day.year, day.month, day.day, _MONTHS[day.month - 1]
    return rng.choice([
        day.isoformat(), f"{year}/{month}/{number}", f"{month}/{number}/{year}", f"{name} {number}",
        f"{number}.{month}", f"{number}th of {name} {year}", f"{name} {number}th, {year}",
        f"{number} {name[:3]} {year}", f"{year}年{month}月{number}日", f"{month}月{number}号", name,
        "二〇二四年五月三日", "十二月二十一号", f"{year}{month:02}{number:02}", f"the {number}th",
        f"{day.isoformat()}T10:30:00Z", f"{month}月{number}日下午三点", str(year),
    ])  # fmt: skip


def _time_text(rng: random.Random) -> str:
    hour, minute = rng.randrange(26), rng.randrange(61)
    return rng.choice([
        f"{hour}:{minute:02}", f"{hour:02}:{minute:02}:00", f"{hour % 12} pm", f"{hour % 12}am",
        f"{hour % 12}:{minute:02} p.m.", f"{hour}点{minute}分", "十点半", "三点一刻", f"{hour}时",
        f"{hour % 12} o'clock", f"at {hour}", f"{hour}：{minute:02}", f"{hour}:{minute:02}+08:00",
        f"{hour}:{minute:02} est", f"{hour}.{minute:02}",
    ])  # fmt: skip


def _talk(rng: random.Random) -> str:
    parts = []
    for _ in range(rng.randrange(1, 9)):
        words = rng.choice([_RELATIVE, _PIECES])
        parts.append(rng.choice([_date_text(rng), _time_text(rng), rng.choice(words)]))
    return fold(rng.choice([" ", " ", "", ", "]).join(parts))


def _parsed(text: str) -> list[Any] | None:
    found = grounding_dates.parse_day(text)
    return [found[0].year, found[0].month, found[0].day, found[1]] if found else None


def test_dates_and_times_are_read_alike() -> None:
    rng = random.Random(6)
    values = [*_samples()[:1500]]
    for _ in range(3000):
        value = rng.choice([_date_text, _time_text])(rng)
        at = rng.randrange(len(value) + 1)
        values += [value, value[:at] + rng.choice([*"09-/.年月日: 点pmt\n", "é"]) + value[at:]]
    certain = 0
    for value in map(fold, values):
        certain += _agrees("parse_day", lambda: _parsed(value), value)  # noqa: B023
        certain += _agrees("is_time", lambda: grounding_dates.is_time(value), value)  # noqa: B023
    assert certain > 1.99 * len(values)


def test_days_and_times_follow_alike() -> None:
    rng = random.Random(7)
    certain = 0
    for _ in range(4000):
        text, day, clock = _talk(rng), _day(rng), fold(_time_text(rng))
        wanted = grounding_dates.Day(
            rng.choice([0, day.year]), day.month, rng.choice([0, day.day, day.day])
        )
        numbers = list(dict.fromkeys(grounding_numbers.numbers_of(text)))
        bits = [_bits(number) for number in numbers]
        follows_day = lambda: grounding_dates.day_follows(wanted, text, lambda: numbers)  # noqa: E731, B023
        follows_time = lambda: grounding_dates.time_follows(clock, text, lambda: numbers)  # noqa: E731, B023
        parts = [wanted.year, wanted.month, wanted.day]
        certain += _agrees("day_follows", follows_day, parts, text, bits)
        certain += _agrees("time_follows", follows_time, clock, text, bits)
    assert certain > 0.95 * 8000


def test_every_pattern_finds_what_python_finds() -> None:
    patterns = [one.pattern for one in vars(grounding_dates).values() if hasattr(one, "pattern")]
    rng = random.Random(8)
    texts = [_talk(rng) for _ in range(150)]
    assert len(patterns) > 15
    for pattern in patterns:
        for text in texts:
            at = [len(text[:place].encode()) for place in range(len(text) + 1)]
            full = re.fullmatch(pattern, text)
            each = [_told(found, at) for found in re.finditer(pattern, text)]
            expected = [full and _told(full, at), each]
            assert _asked("finds", pattern, text) == (expected,), (pattern, text)


def _told(found: re.Match[str], at: list[int]) -> list[Any]:
    groups = [group or "" for group in found.groups()]
    return [at[found.start()], at[found.end()], *groups, *[""] * (15 - len(groups))]


def test_tables_are_the_same() -> None:
    for name, others in grounding_tables.SAME.items():
        answer = _asked("same", name)
        assert answer is not None
        assert sorted(answer[0]) == sorted(others)
    words = [
        *grounding_tables.STOP_WORDS,
        *grounding_tables._NEUTRAL,
        *grounding_tables.SAME,
        "oslo",
        "",
    ]
    for word in words:
        assert _asked("is_stop_word", word) == (word in grounding_tables.STOP_WORDS,)
        assert _asked("is_neutral", word) == (grounding_tables.is_neutral(word),)


@pytest.mark.parametrize(
    "piece",
    ["1", "1,", "1.", ".", "1:", "下午", "下午1", "三", "一1", "ten ", "1-", "9点", "a ", "100,"],
)
def test_hostile_texts_cost_no_more_than_their_size(piece: str) -> None:
    text = piece * (400_000 // len(piece))
    began = time.process_time()
    for name, given in (("numbers_of", (text,)), ("parse_day", (text,)), ("is_time", (text,)),
                        ("day_follows", ([2024, 5, 3], f"today {text}", [])),
                        ("time_follows", ("10:00", text, []))):  # fmt: skip
        probe(f"ground.{name}", orjson.dumps(given))
    assert time.process_time() - began < 2
