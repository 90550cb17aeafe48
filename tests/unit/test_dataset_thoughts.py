"""Thoughts: every reader keeps them where asked, and rows without them are what they were."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fctune.conversations.families import family_of
from fctune.conversations.formats.sharegpt import to_row
from fctune.conversations.read import read_conversation, read_with_thoughts
from fctune.conversations.registered import choose
from fctune.conversations.turns import Conversation, ModelTurn
from fctune.dataset.places import data_files
from fctune.dataset.sources import raw_parts
from fctune.dataset.thoughts import thoughts
from fctune.engine.thoughts import THOUGHT_WORDS, thought_words_of
from fctune.issues import Accepted, Origin
from tests.unit.test_formats_vendors import (
    ANTHROPIC,
    BEDROCK,
    GEMINI,
    GENAI,
    LF_V1,
    RESPONSES,
    SNAKE,
    USER,
    WRAPPED,
    oai_call,
)

ORIGIN = Origin("a", 1)
JOINER = family_of("qwen3").joiner
LINES = ("<think>\n", "\n</think>\n\n")
CALL = json.dumps({"name": "天气", "arguments": {"city": "Oslo"}}, ensure_ascii=False)
TAGGED = f"<tool_call>{CALL}</tool_call>"
TOOLS = json.dumps([WRAPPED["function"]])


def parts(*kinds: tuple[str, str, str]) -> list[dict[str, str]]:
    return [{"type": kind, key: value} for kind, key, value in kinds]


LANGCHAIN = {
    "messages": [
        {"type": "human", "data": {"content": "a"}},
        {
            "type": "ai",
            "data": {"content": parts(("thinking", "thinking", "hm"), ("text", "text", "b"))},
        },
    ]
}
VERCEL = {
    "messages": [
        {"role": "user", "parts": parts(("text", "text", "a"))},
        {
            "role": "assistant",
            "parts": [
                {"type": "step-start"},
                *parts(("reasoning", "text", "hm"), ("text", "text", "b")),
            ],
        },
    ]
}


def kept(row: Any) -> list[str]:
    """Return the thoughts of the model turns of a row."""
    return [turn.thought for turn in read(row).turns if isinstance(turn, ModelTurn)]


def read(row: Any) -> Conversation:
    verdict = read_with_thoughts(row, ORIGIN)
    assert isinstance(verdict, Accepted), verdict
    return verdict.value


def sharegpt(*turns: tuple[str, str]) -> dict[str, Any]:
    listed = [{"from": role, "value": value} for role, value in turns]
    return {"conversations": listed, "system": "s", "tools": TOOLS}


def openai(**assistant: Any) -> dict[str, Any]:
    return {"messages": [USER, {"role": "assistant", **assistant}], "tools": [WRAPPED]}


RESPONSES_SAID = {
    **RESPONSES,
    "input": [
        {**item, "content": [{"type": "reasoning_text", "text": "hm"}]}
        if item.get("type") == "reasoning"
        else item
        for item in RESPONSES["input"]
    ],
}
REACT = (
    "Thought: hm\nAction: 天气\nAction Input: {\"city\": \"Oslo\"}\nObservation: sunny\n"
    "Thought: now I know\nFinal Answer: Sunny."
)  # fmt: skip


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        (LF_V1, ["hm", ""]),
        (ANTHROPIC, ["hm", ""]),
        (BEDROCK, ["hm", ""]),
        (GEMINI, ["hm", ""]),
        (SNAKE, ["hm", ""]),
        (RESPONSES_SAID, ["hm", ""]),
        (LANGCHAIN, ["hm"]),
        (VERCEL, ["hm"]),
        (openai(content="Hi.", reasoning_content=" 想\n"), ["想"]),
        (openai(content=[{"type": "thinking", "thinking": [{"type": "text", "text": "hm"}]},
                         {"type": "text", "text": "Hi."}]), ["hm"]),
        (openai(content="<think>\nhm\n</think>\n\nHi."), ["hm"]),
        (openai(content="<think>b</think>Hi.", reasoning_content="a"), ["a\n\nb"]),
        (sharegpt(("human", "a"), ("function_call", f"<think>\nhm\n</think>\n\n{CALL}")), ["hm"]),
        (sharegpt(("human", "a"), ("function_call", f"<think>hm</think>So.\n{TAGGED}")), ["hm"]),
        (sharegpt(("human", "a"), ("gpt", "<think>x</think>b"), ("gpt", "<think>y</think>c")),
         ["x\n\ny"]),
        (sharegpt(("human", "a"), ("gpt", REACT)), ["hm", "now I know"]),
    ],
)  # fmt: skip
def test_every_reader_keeps_thoughts(row: Any, expected: list[str]) -> None:
    assert kept(row) == expected


def test_a_users_own_format_keeps_thoughts(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text("turns: t\nrole: r\ntext: a\nthought: z\n", encoding="utf-8")
    row = {"t": [{"r": "user", "a": "Hi"}, {"r": "assistant", "a": "Yes", "z": "想"}]}
    verdict = read_with_thoughts(row, ORIGIN, format=choose(str(path)))
    assert isinstance(verdict, Accepted), verdict
    assert verdict.value.turns[1] == ModelTurn("Yes", thought="想")


def test_hermes_keeps_the_thought_of_a_whole_exchange_before_its_first_turn() -> None:
    said = f"<scratch_pad>hm</scratch_pad>{TAGGED}<tool_response>sunny</tool_response>Sunny."
    verdict = read_with_thoughts(sharegpt(("human", "a"), ("gpt", said)), ORIGIN, format="hermes")
    assert isinstance(verdict, Accepted), verdict
    turns = [turn for turn in verdict.value.turns if isinstance(turn, ModelTurn)]
    assert [turn.thought for turn in turns] == ["hm", ""] and turns[0].calls


def test_traces_keep_thoughts_too() -> None:
    assert kept(GENAI) == ["hm", ""]


def test_thoughts_that_have_no_text_are_removed_in_any_case() -> None:
    for row in (RESPONSES, openai(content="<think>\n\n</think>\n\nHi.")):
        verdict = read_with_thoughts(row, ORIGIN)
        assert isinstance(verdict, Accepted)
        assert "thought-removed" in {found.code for found in verdict.issues}


def test_a_kept_thought_is_no_repair_and_a_removed_one_is() -> None:
    row = openai(content="Hi.", reasoning_content="hm")
    with_it, without = read_with_thoughts(row, ORIGIN), read_conversation(row, ORIGIN)
    assert "thought-removed" not in {found.code for found in with_it.issues}
    assert "thought-removed" in {found.code for found in without.issues}
    assert isinstance(with_it, Accepted) and isinstance(without, Accepted)
    assert with_it.value.id != without.value.id
    removed = thoughts(with_it.value, words=None)
    assert removed.conversations == (without.value,)
    assert [(found.code, found.where) for found in removed.issues] == [
        ("thought-removed", "turns[1]")
    ]


@pytest.mark.parametrize(
    "thought",
    [
        "so <tool_call>{}</tool_call>", "a <think> b", "b </think> a", "<|im_end|>", "{{content}}",
        "an <image> of it",
    ],
)  # fmt: skip
def test_a_thought_that_the_template_would_misread_is_removed(thought: str) -> None:
    row = openai(content="Hi.", reasoning_content=thought)
    stepped = thoughts(read(row), words=LINES)
    assert [found.code for found in stepped.issues] == ["thought-removed"]
    assert stepped.conversations[0].turns[1] == ModelTurn("Hi.")
    verdict = read_conversation(row, ORIGIN)
    assert isinstance(verdict, Accepted) and stepped.conversations == (verdict.value,)


def test_what_a_template_can_hold_stays_as_it_is() -> None:
    conversation = read(openai(content="Hi.", reasoning_content="想一想。\n\n1 < 2"))
    stepped = thoughts(conversation, words=LINES)
    assert stepped.conversations == (conversation,) and stepped.issues == ()
    value = to_row(conversation, joiner=JOINER, thought_words=LINES)["conversations"][1]["value"]
    assert value == "<think>\n想一想。\n\n1 < 2\n</think>\n\nHi."
    plain = to_row(conversation, joiner=JOINER)["conversations"][1]["value"]
    assert plain == "Hi."


def test_a_thought_stands_before_words_and_calls_and_reads_back() -> None:
    for words in ("", "One moment."):
        call = [oai_call("a", "Oslo", type="function")]
        conversation = read(openai(content=words, reasoning_content="hm", tool_calls=call))
        row = to_row(conversation, joiner=JOINER, thought_words=LINES)
        value = row["conversations"][1]["value"]
        assert value.startswith(f"<think>\nhm\n</think>\n\n{words}") and "Oslo" in value
        assert read(row).turns == conversation.turns


def test_only_reasoning_templates_have_words_for_thoughts() -> None:
    assert thought_words_of("qwen3") == LINES and thought_words_of("glm4_7") == (
        "<think>",
        "</think>",
    )
    assert [thought_words_of(n) for n in ("qwen", "llama3", "gemma4", "no_such")] == [None] * 4
    assert all(before and behind for before, behind in THOUGHT_WORDS.values())


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=60), st.text(max_size=30))
def test_any_kept_thought_is_written_and_read_back(thought: str, words: str) -> None:
    verdict = read_with_thoughts(openai(content=words, reasoning_content=thought), ORIGIN)
    if not isinstance(verdict, Accepted):
        return
    (conversation,) = thoughts(verdict.value, words=LINES).conversations
    row = to_row(conversation, joiner=JOINER, thought_words=LINES)
    (_, turn) = conversation.turns
    assert isinstance(turn, ModelTurn)
    if turn.thought and not turn.text.startswith(
        tuple(" \t\n\r\x0b\x0c\x1c\x1d\x1e\x1f\x85\xa0　")
    ):
        again = read_with_thoughts(row, ORIGIN)
        assert isinstance(again, Accepted) and again.value.turns[1].thought == turn.thought  # type: ignore[union-attr]


def test_real_rows_lose_nothing_but_their_thoughts(shared: Path) -> None:
    held = 0
    for name in ("lf_v1_content_parts", "raw_fixtures_glaive_hermes_toolace_dpo", "alpaca_demo"):
        for path in data_files([shared / "raw" / name]):
            for row, part in raw_parts(path, None):
                without, having = (
                    reader(part, row.origin) for reader in (read_conversation, read_with_thoughts)
                )
                assert type(without) is type(having)
                if isinstance(without, Accepted) and isinstance(having, Accepted):
                    held += any(isinstance(t, ModelTurn) and t.thought for t in having.value.turns)
                    assert thoughts(having.value, words=None).conversations == (without.value,)
    assert held > 40
