"""The audits of words: deeds that are claimed and not called, and calls that stand in words."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fctune.conversations import claims, meant
from fctune.conversations.claim_words import nouns_of, verbs_of
from fctune.conversations.formats import parts_of
from fctune.conversations.read import read_conversation
from fctune.conversations.turns import (
    Conversation,
    Lesson,
    ModelTurn,
    ResultTurn,
    Turn,
    UserTurn,
)
from fctune.issues import Accepted, Origin, Severity
from fctune.jsonl import read_rows
from fctune.tools.lint.report import open_tools
from fctune.tools.spec import ToolCall, ToolCatalog, ToolSpec

_PARAMETERS = {"type": "object", "properties": {"city": {"type": "string"}}}
TOOLS = ToolCatalog(
    tuple(
        ToolSpec(name, description, _PARAMETERS)
        for name, description in {
            "turn_off_light": "Turns off the light in a room.",
            "book_hotel": "Book a hotel room.",
            "send_email": "Send an e-mail.",
            "get_weather": "Get the weather of a city.",
            "create_order": "Place an order of a product.",
            "search": "Search the web.",
            "schedule_meeting": "安排会议",
        }.items()
    )
)
LIGHT = ToolCall("turn_off_light", {"city": "Oslo"})


def made(*turns: Turn, tools: ToolCatalog = TOOLS) -> Conversation:
    return Conversation("0" * 16, "Help.", tools, turns, Lesson.NO_CALL, Origin("a.jsonl", 1))


def codes(audit: ModuleType, text: str, said: str = "Do it, please.", **options: Any) -> list[str]:
    """Return what an audit finds in an answer; its filter of raw lines has to agree."""
    found = audit.find(made(UserTurn(said), ModelTurn(text), **options))
    for escaped in (True, False):
        line = json.dumps({"value": text}, ensure_ascii=escaped).encode("utf-8", "replace")
        assert audit.suspect(line) or not found
    assert all(issue.severity is Severity.WARNING for issue in found)
    return [issue.code for issue in found]


@pytest.mark.parametrize(
    "text",
    [
        "I have turned off the light.",
        "I've just turned off the lights for you!",
        "I’ve turned off the light.",
        "Sure! I have already switched off the light in the bedroom.",
        "I successfully turned off the light.",
        "Done. The light has been turned off.",
        "Your hotel has been booked.",
        "I've booked a hotel room in Oslo for you.",
        "Your e-mail has been sent, the email has been sent to Bob.",
        "I have checked the weather: it is sunny.",
        "已经为您关闭了灯。",
        "灯已关闭。",
        "好的，我已经帮您预订了酒店。",
        "酒店已成功预订。",
        "已下单，请等待发货。",
        "邮件已成功发送给老板。",
        "我为您查询了天气，今天晴。",
        "会议已经安排好了，会议安排在十点。",
    ],
)
def test_a_deed_without_a_call_is_marked(text: str) -> None:
    assert codes(claims, text) == ["success-claimed"]


@pytest.mark.parametrize(
    "text",
    [
        "I have a light in my room.",
        "Once I have turned off the light, I will tell you.",
        "If I have booked a hotel, you will get a mail.",
        "I have not turned off the light.",
        "Shall I turn off the light?",
        "I have written a poem about the sea.",
        "Have you turned off the light?",
        "I've added several test cases to cover edge conditions.",
        "The light was invented by Edison and has been used since 1880.",
        "I have turned off the oven.",
        "```python\nx = 1\n```\nI have booked the hotel name in the code.",
        "您想要我关闭灯吗？",
        "如果已经关闭了灯，请告诉我。",
        "我可以为您预订酒店。",
        "请问您已经预订了酒店吗？",
        "已经很晚了。",
    ],
)
def test_what_is_no_deed_is_not_marked(text: str) -> None:
    assert codes(claims, text) == []


def test_a_claim_after_the_call_or_without_the_tool_is_not_marked() -> None:
    done = ModelTurn("I have turned off the light.")
    called, result = ModelTurn("", (LIGHT,)), ResultTurn(("ok",))
    assert claims.find(made(UserTurn("Off"), called, result, done)) == []
    again = made(UserTurn("Off"), called, result, done, UserTurn("Sure?"), done)
    assert claims.find(again) == []
    assert codes(claims, done.text, tools=ToolCatalog()) == []
    assert codes(claims, done.text, tools=ToolCatalog(TOOLS.specs[1:])) == []
    # Another tool was called before: this deed was not.
    other = ModelTurn("", (ToolCall("get_weather", {"city": "Oslo"}),))
    later = made(UserTurn("Rain?"), other, result, ModelTurn("No."), UserTurn("Off"), done)
    (found,) = claims.find(later)
    assert found.where == "turns[5]" and "turn_off_light was not called" in found.message


def test_verbs_and_things_of_tools() -> None:
    assert "book" in verbs_of("makeReservation", "Books a table") and "send" in verbs_of("mail", "")
    assert nouns_of("add_days_to_date", "") == {"day", "dat"}
    assert "会议" in nouns_of("schedule_meeting", "安排会议")


@pytest.mark.parametrize(
    "text",
    [
        'get_weather(city="Oslo")',
        "Sure, get_weather(city='Oslo') should tell.",
        "Let me look: `get_weather()`",
        'I call get_weather({"city": "Oslo"})',
        "Calling get_weather with Oslo.",
        "I will use the function get_weather.",
        "I'll call get_weather for Oslo.",
        "Let me use the tool `get_weather` now.",
        "I have used get_weather: it is sunny.",
        "Action: get_weather\nAction Input: Oslo",
        "Tool: `send_email`",
        'Here: {"name": "get_weather", "arguments": {"city": "Oslo"}} - done.',
        "我将调用 get_weather 函数。",
        "使用函数`send_email`发送。",
        "正在调用get_weather(city='奥斯陆')",
        "[search(query='x')] Here is what I found.",
        "I will use the `search` tool.",
    ],
)
def test_a_call_in_words_is_marked(text: str) -> None:
    assert codes(meant, text) == ["call-in-words"]


@pytest.mark.parametrize(
    ("said", "text"),
    [
        ("What tools do you have?", "I have get_weather(city) and send_email(city=...)."),
        ("你有哪些工具？", "可以调用 get_weather 函数。"),
        ("Write Python code that calls it", "get_weather(city='Oslo')"),
        ("Weather?", "I cannot call get_weather for the past."),
        ("Weather?", "无法调用 get_weather。"),
        ("Weather?", "I will use get_weather once you tell me the city."),
        ("Weather?", "Which city? I'll call get_weather then. Could you tell me?"),
        ("Weather?", "get_weather is a tool of mine."),
        ("Weather?", "get_weather_forecast(city='Oslo') is another."),
        ("Weather?", "I will search for it."),
        ("Weather?", "It is sunny (city=Oslo)."),
    ],
)
def test_talk_about_tools_is_not_marked(said: str, text: str) -> None:
    assert codes(meant, text, said) == []


def test_words_about_a_tool_that_was_called_are_not_marked() -> None:
    called = ModelTurn("", (ToolCall("get_weather", {"city": "Oslo"}),))
    after = ModelTurn("I used get_weather: it is sunny.")
    assert meant.find(made(UserTurn("Rain?"), called, ResultTurn(("sun",)), after)) == []
    assert meant.find(made(UserTurn("Rain?"), after, tools=ToolCatalog())) == []


def test_clean_forms_become_calls_and_the_rest_is_marked() -> None:
    """One road for each: a call alone is repaired, a call within words is marked."""
    tool = {"name": "get_weather", "description": "", "parameters": _PARAMETERS}
    for text, marks in (
        ('{"name": "get_weather", "arguments": {"city": "Oslo"}}', 0),
        ("[get_weather(city='Oslo')]", 0),
        ("Sure. [get_weather(city='Oslo')] It is sunny.", 1),
    ):
        turns = [{"from": "human", "value": "Rain?"}, {"from": "gpt", "value": text}]
        verdict = read_conversation(
            {"conversations": turns, "tools": json.dumps([tool])}, Origin("a", 1)
        )
        assert isinstance(verdict, Accepted)
        assert bool(verdict.value.calls) == (not marks)
        assert len(meant.find(verdict.value)) == marks


@pytest.fixture(scope="module")
def real(shared: Path) -> list[tuple[Any, Conversation]]:
    """Return real raw rows and what is read of them."""
    return list(_rows(shared / "raw"))


def _rows(folder: Path) -> Iterator[tuple[Any, Conversation]]:
    apis = open_tools(folder / "api_bank" / "apis.json").catalog
    for name, tools in (
        ("api_bank/dialogs.jsonl", apis),
        ("sharegpt_glaive_lf/glaive_toolcall_en_demo.json", None),
        ("sharegpt_glaive_lf/glaive_toolcall_zh_demo.json", None),
        ("tutorial_traces_csv/traces_220.csv", None),
    ):
        for row in read_rows(folder / name):
            for part in parts_of(row.value):
                verdict = read_conversation(part, row.origin, tools=tools)
                if isinstance(verdict, Accepted):
                    yield row.value, verdict.value


def test_real_rows(real: list[tuple[Any, Conversation]]) -> None:
    """API-Bank has calls left in words, with a claim beside one; the others are clean."""
    marks: dict[str, set[str]] = {}
    for raw, row in real:
        for audit in (claims, meant):
            for found in audit.find(row):
                marks.setdefault(found.code, set()).add(f"{row.origin.line} {found.message}")
                for escaped in (True, False):
                    line = json.dumps(raw, ensure_ascii=escaped).encode()
                    assert audit.suspect(line)
    claimed = marks["success-claimed"]
    assert any("Your account has been successfully registered" in told for told in claimed)
    written = marks["call-in-words"]
    assert any("ToolSearcher(keywords='flight booking')" in told for told in written)
    assert len(claimed) < 5 and len(written) < 10


def test_real_answers_whose_calls_are_taken_away_are_marked(
    real: list[tuple[Any, Conversation]],
) -> None:
    """The same words, true in their row, are claims once the call before them is gone."""
    hits = total = 0
    for _, row in real:
        for before, after in zip(row.turns, row.turns[1:], strict=False):
            deed = isinstance(before, ResultTurn) and isinstance(after, ModelTurn)
            if deed and any(
                w in after.text for w in ("has been sent", "has been created", "已成功")
            ):
                bare = made(UserTurn("Do it"), ModelTurn(after.text), tools=row.catalog)
                hits += bool(claims.find(bare))
                total += 1
    assert total >= 25 and hits / total > 0.8, (hits, total)


_PIECES = st.sampled_from(
    ["I have ", "turned off ", "the light", "been ", "已", "成功", "为您", "关闭", "了", "灯", "。",
     "get_weather", "(", "city=", ")", "Action: ", "Calling ", "调用", '{"name": "', '"',
     "I'll use ", "\n", "\\", "\ud800", "we", "’ve ", "just "]
)  # fmt: skip


@settings(max_examples=600, deadline=None)
@given(text=st.lists(_PIECES | st.text(max_size=6), max_size=14).map("".join))
def test_they_never_raise_and_the_filters_agree(text: str) -> None:
    for audit in (claims, meant):
        codes(audit, text)


def test_huge_texts_are_bounded() -> None:
    for text in (
        "I have " * 50_000,
        "get_weather(" * 50_000,
        "已" * 200_000,
        "I've sent " * 30_000,
    ):
        for audit in (claims, meant):
            assert len(codes(audit, text)) <= 1
