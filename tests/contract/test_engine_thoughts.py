"""Thoughts that are kept are trained as the model's own template writes them."""

from __future__ import annotations

import json
from copy import copy
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("llamafactory", reason="needs the [train] extra")
pytestmark = pytest.mark.contract

from llamafactory.data.template import TEMPLATES, ReasoningTemplate  # noqa: E402

from fctune.conversations.families import family_of  # noqa: E402
from fctune.conversations.formats.sharegpt import to_row  # noqa: E402
from fctune.conversations.read import read_conversation, read_with_thoughts  # noqa: E402
from fctune.conversations.turns import Conversation  # noqa: E402
from fctune.dataset.thoughts import thoughts  # noqa: E402
from fctune.engine.templates import EngineTemplate, messages_of  # noqa: E402
from fctune.engine.thoughts import THOUGHT_WORDS, thought_words_of  # noqa: E402
from fctune.issues import Accepted, Origin  # noqa: E402

# Their thoughts would stand in another place than the model writes them, where a call follows.
MISPLACED = {"gemma4", "gemma4n", "gpt_oss", "seed_oss"}
TOOL = {
    "name": "look",
    "description": "查",
    "parameters": {"type": "object", "properties": {"city": {"type": "string"}}},
}
ARGUMENTS = {"city": "奥斯陆"}
USER = {"role": "user", "content": "奥斯陆冷吗？"}
RESULT = {"role": "tool", "tool_call_id": "1", "content": '{"t": 7}'}


def call(thought: str, words: str = "") -> dict[str, Any]:
    function = {"name": "look", "arguments": json.dumps(ARGUMENTS, ensure_ascii=False)}
    made: dict[str, Any] = {"role": "assistant", "content": words, "reasoning_content": thought}
    return {**made, "tool_calls": [{"id": "1", "type": "function", "function": function}]}


def said(thought: str, words: str) -> dict[str, Any]:
    return {"role": "assistant", "content": words, "reasoning_content": thought}


SYSTEM = {"role": "system", "content": "You help."}
HISTORY = [USER, said("先问好。", "Hello!")]
EXCHANGE = [USER, call("我得查一下。\n\nThen answer."), RESULT, said("7 is cold.", "冷，7 度。")]
RAW = {"messages": [SYSTEM, *EXCHANGE], "tools": [{"type": "function", "function": TOOL}]}
LONG = {**RAW, "messages": [SYSTEM, *HISTORY, *EXCHANGE]}


def kept(raw: dict[str, Any]) -> Conversation:
    verdict = read_with_thoughts(raw, Origin("a", 1))
    assert isinstance(verdict, Accepted), verdict
    return verdict.value


def row_of(raw: dict[str, Any], template: str) -> dict[str, Any]:
    words = thought_words_of(template)
    stepped = thoughts(kept(raw), words=words)
    joiner = family_of(template).joiner
    assert stepped.issues == ()
    return to_row(stepped.conversations[0], joiner=joiner, thought_words=words)


def trained(
    model: Path,
    name: str,
    row: dict[str, Any],
    *,
    thinking: bool | None = True,
    masked: bool = False,
) -> list[tuple[str, str]]:
    """Return prompt and answer of each pair that the engine trains, as text."""
    template = EngineTemplate.load(model, name)
    bound = copy(template.template)
    bound.enable_thinking = thinking
    pairs = bound.encode_multiturn(
        template.tokenizer, messages_of(row), row["system"], row["tools"], masked
    )
    write = template.tokenizer.decode
    return [(write(source), write(target)) for source, target in pairs]


def test_the_words_are_those_of_the_engines_reasoning_templates() -> None:
    reasoning = {n: t for n, t in TEMPLATES.items() if isinstance(t, ReasoningTemplate)}
    assert THOUGHT_WORDS.keys() | MISPLACED == reasoning.keys()
    assert not THOUGHT_WORDS.keys() & MISPLACED
    for name, words in THOUGHT_WORDS.items():
        assert tuple(reasoning[name].thought_words) == words, name
    assert thought_words_of("qwen") is None and thought_words_of("qwen3_nothink") is None


@pytest.mark.parametrize("name", sorted(THOUGHT_WORDS))
def test_a_thought_stands_before_the_call_and_before_the_answer(
    tiny_model: Path, name: str
) -> None:
    before, behind = THOUGHT_WORDS[name]
    pairs = trained(tiny_model, name, row_of(RAW, name))
    for (prompt, answer), thought in zip(
        pairs, ("我得查一下。\n\nThen answer.", "7 is cold."), strict=True
    ):
        head, _, rest = answer.partition(before)
        assert head.strip() in ("", "Assistant:"), answer  # ernie_vl has its name in the answer
        assert rest.startswith(f"{thought}{behind.rstrip()}")
        assert answer.count(before.strip()) == answer.count(behind.strip()) == 1
        assert before.strip() not in prompt.rpartition("奥斯陆冷吗")[2]
    assert "look" in pairs[0][1].partition(behind.strip())[2]
    assert "冷，7 度。" in pairs[1][1].partition(behind.strip())[2]


@pytest.mark.parametrize("name", sorted(MISPLACED - {"gpt_oss"}))
def test_the_templates_left_out_put_a_thought_behind_the_opening_of_a_call(
    tiny_model: Path, name: str
) -> None:
    words = tuple(TEMPLATES[name].thought_words)
    row = to_row(kept(RAW), joiner=family_of(name).joiner, thought_words=words)
    answer = trained(tiny_model, name, row)[0][1]
    assert thought_words_of(name) is None and not answer.startswith(words[0])


def test_words_may_stand_between_a_thought_and_a_call(tiny_model: Path) -> None:
    messages = [SYSTEM, USER, call("hm", "一会儿。"), RESULT, said("", "冷。")]
    row = row_of({**RAW, "messages": messages}, "qwen3")
    answer = trained(tiny_model, "qwen3", row)[0][1]
    assert answer.startswith("<think>\nhm\n</think>\n\n一会儿。\n<tool_call>\n{")


def test_qwen3_rows_are_what_the_models_own_template_writes(tiny_model: Path) -> None:
    """The engine's second renderer follows the chat template of Qwen3 line by line."""
    from llamafactory.v1.plugins.model_plugins.templates.qwen3 import render_qwen3_messages

    def part(kind: str, value: str) -> dict[str, str]:
        return {"type": kind, "value": value}

    written = json.dumps({"name": "look", "arguments": ARGUMENTS}, ensure_ascii=False)
    contents = [
        ("system", [part("text", "You help.")]),
        ("user", [part("text", USER["content"])]),
        (
            "assistant",
            [part("reasoning", "我得查一下。\n\nThen answer."), part("tool_call", written)],
        ),
        ("tool", [part("text", RESULT["content"])]),
        ("assistant", [part("reasoning", "7 is cold."), part("text", "冷，7 度。")]),
    ]
    messages: Any = [
        {"role": role, "content": parts, "loss_weight": float(role == "assistant")}
        for role, parts in contents
    ]
    template = EngineTemplate.load(tiny_model, "qwen3")
    model_input = render_qwen3_messages(template.tokenizer, messages, json.dumps([TOOL]))
    theirs = template.tokenizer.decode(model_input["input_ids"]).partition("<|im_start|>user")[2]
    ours = "".join(map("".join, trained(tiny_model, "qwen3", row_of(RAW, "qwen3"))))
    assert ours.partition("<|im_start|>user")[2] == theirs
    assert "<think>\n我得查一下。\n\nThen answer.\n</think>\n\n<tool_call>\n" in theirs


def test_what_the_engine_does_with_thoughts_of_earlier_turns(tiny_model: Path) -> None:
    row = row_of(LONG, "qwen3")

    def thoughts_in(**how: Any) -> list[bool]:
        return [
            "<think>\n\n" not in a and "<think>" in a
            for _, a in trained(tiny_model, "qwen3", row, **how)
        ]

    assert thoughts_in() == [True, True, True]
    assert thoughts_in(thinking=None) == [True, True, True]
    assert thoughts_in(thinking=False) == [False, False, False]
    assert thoughts_in(masked=True) == [False, False, True]


def test_a_turn_without_a_thought_learns_an_empty_one_unless_told_otherwise(
    tiny_model: Path,
) -> None:
    row = row_of({**RAW, "messages": [SYSTEM, USER, said("", "冷。")]}, "qwen3")
    ((_, learned),) = trained(tiny_model, "qwen3", row)
    ((prompt, answer),) = trained(tiny_model, "qwen3", row, thinking=None)
    assert learned.startswith("<think>\n\n</think>") and answer.startswith("冷。")
    assert prompt.endswith("<think>\n\n</think>\n\n")


def test_lengths_count_thoughts_and_those_of_other_rows_stay(tiny_model: Path) -> None:
    template = EngineTemplate.load(tiny_model, "qwen3")
    with_thoughts = row_of(RAW, "qwen3")
    without = to_row(kept(RAW), joiner=family_of("qwen3").joiner)
    count = sum(
        len(template.tokenizer.encode(text, add_special_tokens=False))
        for pair in trained(tiny_model, "qwen3", with_thoughts)
        for text in pair
    )
    assert template.row_length(with_thoughts) == count > template.row_length(without)
    pairs = template.template.encode_multiturn(
        template.tokenizer, messages_of(without), without["system"], without["tools"]
    )
    assert template.row_length(without) == sum(len(s) + len(t) for s, t in pairs)


def test_rows_without_thoughts_are_what_they_are_without_the_words() -> None:
    verdict = read_conversation(RAW, Origin("a", 1))
    assert isinstance(verdict, Accepted)
    joiner = family_of("qwen3").joiner
    removed = thoughts(kept(RAW), words=None)
    assert removed.conversations == (verdict.value,)
    plain = to_row(verdict.value, joiner=joiner)
    assert to_row(verdict.value, joiner=joiner, thought_words=thought_words_of("qwen3")) == plain
