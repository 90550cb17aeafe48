"""Hashes of rows: fast ways give the classes of the slow ones, and each hash means what it says."""

from __future__ import annotations

import re
import sys
import unicodedata
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fctune.conversations.hashes import (
    MIN_WEIGHT,
    answer_hash,
    frame_hash,
    hashes_of,
    language,
    prompt_hash,
    wording,
    wording_hash,
    wording_hashes,
    words_in,
)
from fctune.conversations.identity import identify, number_of, value_hash
from fctune.conversations.turns import Conversation, Lesson, ModelTurn, ResultTurn, Turn, UserTurn
from fctune.issues import Origin
from fctune.tools.spec import ToolCall, ToolCatalog

TEXTS = st.text(
    st.one_of(
        st.sampled_from(
            "aA zZ09_-.,!?'\n\t\0\x01，。？！：《》…·一鿿北京天气ＡＢ①㎏ßİſﬁ½é\u0301\u3000"
        ),
        st.characters(),
    ),
    max_size=60,
)


def slow(text: str) -> str:
    folded = unicodedata.normalize("NFKC", text).casefold()
    return re.sub(r"[\W_]+", " ", folded).strip()


def weight(words: str) -> int:
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in words)


@given(TEXTS)
def test_the_wording_is_that_of_the_slow_way(text: str) -> None:
    assert wording(text) == slow(text)
    assert words_in(text) == slow(text).encode("utf-8", "surrogatepass")


def test_the_wording_of_every_character() -> None:
    for code in range(sys.maxunicode + 1):
        text = f"a{chr(code)}b"
        assert words_in(text) == slow(text).encode("utf-8", "surrogatepass"), hex(code)


@given(st.lists(TEXTS, min_size=1, max_size=4))
def test_the_first_wording_counts_and_later_ones_from_a_weight_on(texts: list[str]) -> None:
    words = [slow(text) for text in texts]
    counting = [text for text, said in zip(texts, words, strict=True) if weight(said) >= MIN_WEIGHT]
    expected = texts[:1] + (counting[1:] if weight(words[0]) >= MIN_WEIGHT else counting)
    assert wording_hashes(texts) == tuple(map(wording_hash, expected))


@pytest.mark.parametrize(
    ("first", "second", "equal"),
    [
        ("Where's  my ORDER?", "where s my order", True),
        ("北京，天气？", "北京 天气!", True),
        ("Ｏｓｌｏ", "oslo", True),
        ("to day", "today", False),
        ("3 nights", "5 nights", False),
    ],
)
def test_wordings_that_are_equal(first: str, second: str, equal: bool) -> None:
    assert (wording_hash(first) == wording_hash(second)) is equal


def test_frames_are_told_without_values_and_digits() -> None:
    def frame(text: str, *values: str) -> int:
        return frame_hash(text, values)

    assert frame("Start at Art, 3 pm", "Art") == frame("Start at Zoe, 12 pm", "Zoe")
    assert frame("订北京的3间房", "北京") == frame("订上海的12间房", "上海")
    assert frame("Book Rome") != frame("Book Rome", "Rome")
    assert frame("a", "a", "b") == frame("a", "b", "a")


def test_prompts_are_told_by_tools_and_exact_words() -> None:
    assert prompt_hash("x", ["Set it to -5."]) != prompt_hash("x", ["Set it to 5."])
    assert prompt_hash("x", ["a"]) != prompt_hash("y", ["a"])
    assert prompt_hash("x", ["\ud83d"]) == prompt_hash("x", ["\ud83d"])


def test_answers_have_no_order_and_keys_have_none() -> None:
    one, two = ToolCall("f", {"a": 1, "b": 2}), ToolCall("g", {"c": "北京"})
    assert answer_hash([one, two]) == answer_hash([two, one]) != answer_hash([one])
    assert answer_hash([one, one]) != answer_hash([one])
    assert answer_hash([]) == 0
    assert value_hash(one) == value_hash(ToolCall("f", {"b": 2, "a": 1}))


@pytest.mark.parametrize("value", [12345678901234567890123, "\ud83d", [[[1]]], 1e22])
def test_values_that_orjson_cannot_write_are_hashed_too(value: Any) -> None:
    assert number_of({"a": value, "b": 1}) == number_of({"b": 1, "a": value})
    assert number_of({"a": value}) != number_of({"a": 1})


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("What time is it?", "en"),
        ("Un café, s'il vous plaît, avec du lait et du sucre", "en"),
        ("今天天气怎么样 in Oslo?", "zh"),
        ("今日の天気は?", "other"),
        ("오늘 날씨", "other"),
        ("Какая сегодня погода?", "other"),
        ("", "en"),
    ],
)
def test_languages(text: str, expected: str) -> None:
    assert language(text) == expected


CALL = ToolCall("f", {"a": 1})
TURNS: tuple[tuple[Turn, ...], ...] = (
    (UserTurn("a"), ModelTurn("b")),
    (UserTurn("a\0m\0b"), ModelTurn("")),
    (UserTurn("a"), ModelTurn("b", thought="c")),
    (UserTurn("a"), ModelTurn("c"), ModelTurn("b")),
    (UserTurn("a"), ModelTurn("b", (CALL,))),
    (UserTurn("a"), ModelTurn("b", (CALL, CALL))),
    (UserTurn("a"), ModelTurn("", (CALL,)), ResultTurn(("x", "y"))),
    (UserTurn("a"), ModelTurn("", (CALL,)), ResultTurn(("x\0y",))),
    (UserTurn("a"), ModelTurn("", (CALL,)), ResultTurn(("x",)), ModelTurn("y")),
    (UserTurn("a\0"), ModelTurn("b")),
    (UserTurn("a"), ModelTurn("\0b")),
    (UserTurn("\ud83d"), ModelTurn("b")),
)


def test_what_is_said_otherwise_has_another_id() -> None:
    ids = {identify("s", ToolCatalog(), turns) for turns in TURNS}
    assert len(ids) == len(TURNS)
    assert all(re.fullmatch("[0-9a-f]{16}", id_) for id_ in ids)


def test_a_row_is_told_by_its_first_decision() -> None:
    def row(*turns: Turn) -> Conversation:
        return Conversation("", "s", ToolCatalog(), turns, Lesson.CALL, Origin("a", 1))

    asks = hashes_of(row(UserTurn("a"), ModelTurn("Which?"), UserTurn("b"), ModelTurn("", (CALL,))))
    calls = hashes_of(row(UserTurn("a"), ModelTurn("", (CALL,))))
    assert asks.prompt == calls.prompt
    assert (asks.answer, calls.answer) == (0, answer_hash([CALL]))
    assert asks.values == calls.values == (value_hash(CALL),)
