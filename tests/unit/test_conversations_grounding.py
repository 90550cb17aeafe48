"""The audit of invented arguments: each form of a value both ways, real rows, hostile rows."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fctune.conversations import grounding
from fctune.conversations.grounding import find
from fctune.conversations.grounding_dates import is_time, parse_day, time_follows
from fctune.conversations.grounding_numbers import chinese_number, follows, numbers_of
from fctune.conversations.turns import (
    Conversation,
    Lesson,
    ModelTurn,
    ResultTurn,
    Turn,
    UserTurn,
)
from fctune.dataset.sources import Reading, read_file
from fctune.issues import Accepted, Origin, Severity
from fctune.tools.spec import ToolCall, ToolCatalog, ToolSpec

LABELS = Path(__file__).resolve().parents[2] / "data" / "grounding" / "labels.jsonl"


def row(
    said: str, arguments: dict[str, Any], *, spec: ToolSpec | None = None, system: str = "Help."
) -> Conversation:
    """Return a row of one question and one call."""
    turns: tuple[Turn, ...] = (UserTurn(said), ModelTurn("", (ToolCall("do", arguments),)))
    catalog = ToolCatalog((spec,) if spec else ())
    return Conversation("0" * 16, system, catalog, turns, Lesson.CALL, Origin("a.jsonl", 1))


def marked(said: str, value: Any, key: str = "value", **options: Any) -> bool:
    return bool(find(row(said, {key: value}, **options)))


@pytest.mark.parametrize("system", ["", "Help.", "You serve Mario's."])
def test_a_name_in_latin_letters_may_be_written_in_chinese_ones(system: str) -> None:
    """Whether there is a system text says nothing of it; names within that text do not count."""
    assert not marked("请为 John 订座", "约翰", key="name", system=system)
    assert marked("请为我订座", "约翰", key="name", system=system)


GROUNDED = [
    ("Weather in Oslo?", "place", "oslo"),
    ("Weather in New  York?", "place", "new_york"),
    ("Ｏｓｌｏ please", "place", "Oslo"),
    ("a home loan", "kind", "home_loan"),
    ("the homeLoan form", "kind", "home loan"),
    ("all my loans", "kind", "loan"),
    ("a table for twenty-five", "guests", 25),
    ("二十五个人", "guests", 25),
    ("一百二十元", "amount", 120),
    ("3万元", "amount", 30000),
    ("1.5亿", "amount", 150000000),
    ("a loan of $200,000", "amount", 200000),
    ("about 2.5k", "amount", 2500),
    ("5% a year", "rate", 0.05),
    ("it is 30 % off", "price_left", 70),
    ("打八折", "discount", 20),
    ("a 30-year loan", "months", 360),
    ("10 km", "meters", 10000),
    ("two hours", "minutes", 120),
    ("100 miles", "km", 160.93),
    ("98.6 F", "celsius", 37),
    ("one for 30 and one for 45", "total", 75),
    ("from 500 down to 350", "saved", 150),
    ("3 rooms at 120", "total", 360),
    ("verses 35 to 39", "verse", 37),
    ("a movie of the 90s", "year", 1990),
    ("open until 11 PM", "hour", 23),
    ("me and my wife", "guests", 2),
    ("on May 3rd, 2024", "date", "2024-05-03"),
    ("on the 3rd of May", "date", "2024-05-03"),
    ("5/3/2024", "date", "2024-05-03"),
    ("2024年5月3日", "date", "2024-05-03"),
    ("五月三日", "date", "2024-05-03"),
    ("20240503", "date", "2024-05-03"),
    ("Today is 2024-05-01. Tomorrow?", "date", "2024-05-02"),
    ("Today is 2024-05-01. Next Friday?", "date", "2024-05-10"),
    ("今天是2024年5月1日，下周五呢", "date", "2024-05-10"),
    ("from May 3rd, 3 nights", "leave", "2024-05-06"),
    ("tomorrow", "date", "2021-01-01"),
    ("明天", "date", "2021-01-01"),
    ("all of 2023", "start", "2023-01-01"),
    ("on April 21st", "date", "04-21"),
    ("on Christmas", "date", "2023-12-25"),
    ("at 3pm", "time", "15:00"),
    ("下午3点", "time", "15:00"),
    ("上午十点半", "time", "10:30"),
    ("at 3pm for an hour", "end", "16:00"),
    ("May 3rd at 2:30 PM", "when", "2024-05-03 14:30:00"),
    ("in US dollars", "currency", "USD"),
    ("换成人民币", "currency", "CNY"),
    ("translate to French", "lang", "fr"),
    ("from San Francisco", "origin", "SFO"),
    ("in Austin, Texas", "state", "TX"),
    ("holidays of Germany", "country", "DE"),
    ("the price of Apple", "symbol", "AAPL"),
    ("what does Microsoft trade at", "symbol", "MSFT"),
    ("纽约的天气", "city", "New York"),
    ("weather in 北京", "city", "北京市"),
    ("jane dot doe at acme.io is jane.doe@acme.io", "to", "Jane.Doe@acme.io"),
    ("call 415 555 2671", "phone", "415-555-2671"),
    ("tell Bob that I am late", "message", "Hi Bob, I am running late, sorry."),
    ("the meeting with Bob on Monday", "title", "Meeting with Bob"),
    ("what is 12 plus 7, times 3", "expression", "(12 + 7) * 3"),
    ("best pizza near me", "query", "pizza restaurants"),
    ("A, B and C are allowed", "whitelist", "ABC"),
    ("say it", "first", True),
    ("say it", "nothing", None),
    ("say it", "page", 1),
    ("say it", "kind", "all"),
    ("say it", "text", ""),
    ("the file of before", "file", "API_call_0 response"),
]
UNGROUNDED = [
    ("Weather in Oslo?", "place", "Bergen"),
    ("天气怎么样", "place", "拉萨"),
    ("a table for twenty-five", "guests", 37),
    ("二十五个人", "guests", 37),
    ("a loan", "amount", 200000),
    ("5% a year", "rate", 0.0725),
    ("two hours", "minutes", 55),
    ("the distance to Oslo", "latitude", 59.9139),
    ("on May 3rd, 2024", "date", "2024-06-17"),
    ("Today is 2024-05-01. Tomorrow?", "date", "2024-09-20"),
    ("今天是2024年5月1日，明天呢", "date", "2024-09-20"),
    ("book it", "date", "2024-05-03"),
    ("at 3pm", "time", "18:40"),
    ("in US dollars", "currency", "NOK"),
    ("the price of Apple", "symbol", "XOM"),
    ("write to Bob", "to", "bob@acme.io"),
    ("给老板 boss@company.com 发邮件", "recipient", "老板@公司.com"),
    ("我的密码是 password123", "password", "密码123"),
    ("log me in", "username", "JohnDoe"),
    ("log me in", "api_key", "8BbG6gN9g3Y29h5EMMSEw6avX0c1LYkw"),
    ("open my ticket", "ticket_id", "T-48291"),
    ("the paper of Smith", "author", "Julia Thompson"),
    ("write that I am late", "message", "Dear Ms Henderson, call 5550199 about invoice 8841."),
    ("say it", "limit", 50),
]


@pytest.mark.parametrize(("said", "key", "value"), GROUNDED)
def test_what_was_said_in_another_form_is_not_marked(said: str, key: str, value: Any) -> None:
    assert find(row(said, {key: value})) == []


@pytest.mark.parametrize(("said", "key", "value"), UNGROUNDED)
def test_what_was_never_said_is_marked(said: str, key: str, value: Any) -> None:
    (found,) = find(row(said, {key: value}))
    assert found.code == "argument-ungrounded" and found.severity is Severity.WARNING
    assert found.where == f"turns[1].call.arguments.{key}"
    assert f"do.{key}" in found.message and "nowhere before the call" in found.message


def test_lists_and_objects_are_looked_into_and_parallel_calls_are_numbered() -> None:
    nested = {"items": [{"name": "apple", "count": 5}, {"name": "durian", "count": 44}]}
    calls = (ToolCall("do", {"to": "Bob"}), ToolCall("order", nested))
    turns = (UserTurn("5 apples for Bob"), ModelTurn("", calls))
    found = find(Conversation("0", "Help.", ToolCatalog(), turns, Lesson.PARALLEL, Origin("a", 1)))
    assert [issue.where for issue in found] == [
        "turns[1].calls[1].arguments.items[1].name",
        "turns[1].calls[1].arguments.items[1].count",
    ]


@pytest.mark.parametrize(
    "schema",
    [
        {"enum": ["metric", "imperial"]},
        {"default": "metric"},
        {"const": "metric"},
        {"examples": ["metric"]},
        {"description": "metric or imperial"},
    ],
)
def test_the_schema_grounds_what_it_names(schema: dict[str, Any]) -> None:
    spec = ToolSpec("do", "Does it.", {"type": "object", "properties": {"system": schema}})
    assert not marked("say it", "metric", "system", spec=spec)
    assert marked("say it", "nautical", "system", spec=spec)


def test_the_system_text_results_model_words_and_earlier_calls_ground() -> None:
    assert not marked("send it", "ann@acme.io", "to", system="You are ann@acme.io.")
    later = ModelTurn("", (ToolCall("send", {"to": "ann@acme.io"}),))
    for turns in (
        (ModelTurn("", (ToolCall("who", {}),)), ResultTurn(('{"mail": "ann@acme.io"}',)), later),
        (ModelTurn("To ann@acme.io?"), UserTurn("Yes"), later),
        (ModelTurn("I write to ann@acme.io.", later.calls),),
    ):
        all_turns = (UserTurn("Send it"), *turns)
        made = Conversation("0", "Help.", ToolCatalog(), all_turns, Lesson.CALL, Origin("a", 1))
        assert find(made) == []
    # What follows the call does not ground it; a value that stands twice is named once.
    after = (UserTurn("Send it"), later, ResultTurn(("ann@acme.io",)), later)
    made = Conversation("0", "Help.", ToolCatalog(), after, Lesson.CALL, Origin("a", 1))
    assert [issue.where for issue in find(made)] == ["turns[1].call.arguments.to"]


def test_a_long_value_is_shortened_in_the_message() -> None:
    (found,) = find(row("say it", {"api_key": "Zq7" * 100}))
    assert len(found.message) < 160


def test_numbers_of_texts() -> None:
    assert {25.0, 320.0, 1200.0, 2023.0} <= set(numbers_of("twenty-five 三百二十 1.2k 二〇二三"))
    assert chinese_number("一万二千") == 12000 and chinese_number("三点五") == 3.5
    assert list(numbers_of("二维码")) == []
    assert follows(75, [30, 45]) and not follows(7431, [3, 5])


def test_dates_and_times_of_values() -> None:
    assert parse_day("oslo") is None and parse_day("2024-13-40") is None
    assert is_time("3 pm") and not is_time("15")
    assert time_follows("00:00", "", set) and not time_follows("16:20", "at 3pm", set)


def test_real_rows_have_few_marks_and_these(shared: Path) -> None:
    """Seal-Tools has random values where the user gives none; glaive is nearly clean."""
    folder = shared / "raw"
    counts: dict[str, tuple[int, int]] = {}
    wheres: set[str] = set()
    for name in (
        "seal_tools/finetune_dev.jsonl",
        "sharegpt_glaive_lf/glaive_toolcall_en_demo.json",
        "sharegpt_glaive_lf/glaive_toolcall_zh_demo.json",
    ):
        verdicts = read_file(folder / name, Reading())
        rows = [verdict.value for verdict in verdicts if isinstance(verdict, Accepted)]
        issues = [issue for one in rows for issue in find(one)]
        counts[name] = sum(len(one.calls) for one in rows), len(issues)
        wheres.update(issue.message for issue in issues)
    assert all(calls > 150 and 0 < marks < calls / 15 for calls, marks in counts.values()), counts
    assert any('got "192.168.100.164" for getDanceEthnology.dance_style' in w for w in wheres)
    assert any('got "老板@公司.com" for send_email.recipient' in w for w in wheres)


def test_the_labels_are_two_hundred_with_origin_and_licence() -> None:
    labels = [json.loads(line) for line in LABELS.read_text(encoding="utf-8").splitlines()]
    assert len(labels) == 200
    assert sum(label["stratum"] == "marked" for label in labels) > 100
    for label in labels:
        assert label["label"] in ("grounded", "ungrounded", "unclear")
        assert label["origin"] and label["licence"] and label["reason"] and label["excerpt"]
        assert label["half"] in ("dev", "test")


_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=40),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4)
    ),
    max_leaves=12,
)  # fmt: skip
_PIECES = st.sampled_from(
    ["2024-05-03", "99/99/9999", "25:61", "三百万亿", "点点", "½", "Today is 0000-00-00", "next",
     "@", "http://", "१२३", "²", "٣", "1e999", "9" * 50, "折", "1,000,000", "\ud800", "ß", "İ",
     "tomorrow", "下午25点", "0折", "to", "1-999999"]
)  # fmt: skip
_TEXTS = st.lists(_PIECES | st.text(max_size=12), max_size=8).map(" ".join)


@settings(max_examples=400, deadline=None)
@given(said=_TEXTS, value=_VALUES | _TEXTS, key=st.text(max_size=12))
def test_it_never_raises(said: str, value: Any, key: str) -> None:
    for found in find(row(said, {key: value})):
        assert found.code == "argument-ungrounded"


def test_huge_texts_and_lists_are_bounded() -> None:
    assert find(row("x" * 500_000, {"to": "ann@acme.io"})) == []
    many = find(row("say it", {"ids": [f"A-{number}77{number}" for number in range(5000)]}))
    assert 0 < len(many) <= 2000
    for hostile in ("9" * 100_000, "a" * 100_000, "1," * 50_000, "一" * 50_000, "may " * 20_000):
        assert isinstance(find(row(hostile, {"note": hostile[::-1], "date": "2024-05-03"})), list)


def test_a_forgotten_tool_does_not_lend_its_words_to_another() -> None:
    """The memory of tools goes by identity; an id that is used again must not mix them up."""
    for number in range(50):
        spec = ToolSpec("do", f"word{number}x", {"type": "object", "properties": {}})
        assert not marked("say it", f"word{number}x", spec=spec)
        assert marked("say it", f"word{number + 1}x", spec=spec)
    assert len(grounding._specs) <= grounding._MAX_SPECS
