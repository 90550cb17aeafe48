"""The prompts of evaluation are those that the engine trains, thoughts included."""

from __future__ import annotations

from copy import copy
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("llamafactory", reason="needs the [train] extra")
pytestmark = pytest.mark.contract

from fctune.engine.prompts import Thinking, prompt_ids  # noqa: E402
from fctune.engine.templates import EngineMessage, EngineTemplate  # noqa: E402

TURNS = [
    ("user", "How is Oslo?"),
    ("function", '{"name": "look", "arguments": {"city": "奥斯陆"}}'),
    ("observation", '{"t": 7}'),
    ("assistant", "冷，7 度。"),
    ("user", "And Rom?"),
    ("function", '{"name": "look", "arguments": {"city": "Rom"}}'),
]
MESSAGES = [EngineMessage(role=role, content=text) for role, text in TURNS]
TOOLS = '[{"name": "look", "description": "x", "parameters": {"type": "object"}}]'


def trained(template: EngineTemplate, messages: list[Any], *, masked: bool) -> list[list[int]]:
    """Return the ids before each trained answer, as the engine's default puts them."""
    bound = copy(template.template)
    bound.enable_thinking = True
    given = template.tokenizer, messages, "You help.", TOOLS
    pairs = bound.encode_multiturn(*given, discarding_history_cot=masked)
    starts: list[list[int]] = []
    seen: list[int] = []
    for source, target in pairs:
        starts.append([*seen, *source])
        seen += [*source, *target]
    return starts[-1:] if masked else starts


@pytest.mark.parametrize("name", ["qwen3", "qwen3_5", "glm4_moe", "glm4_7", "qwen", "llama3"])
@pytest.mark.parametrize("masked", [False, True])
def test_the_prompt_is_the_trained_one(tiny_model: Path, name: str, masked: bool) -> None:
    template = EngineTemplate.load(tiny_model, name)
    empty = template.template.get_thought_word_ids if "Reasoning" in kind(template) else None
    starts = trained(template, MESSAGES, masked=masked)
    ends = range(5, 6) if masked else range(1, 6, 2)
    for end, start in zip(ends, starts, strict=True):
        for asked in (False, True):
            how = Thinking(asked=asked, in_history=not masked)
            # A model that is not asked to think goes on behind the empty thought that it learned.
            more = empty(template.tokenizer) if empty is not None and not asked else []
            assert prompt_ids(template, "You help.", TOOLS, MESSAGES[:end], how) == [*start, *more]


def test_a_kept_thought_begins_behind_the_prompt(tiny_model: Path) -> None:
    template = EngineTemplate.load(tiny_model, "qwen3")
    thought = EngineMessage(role="assistant", content="<think>\nhm\n</think>\n\n7.")
    (start,) = trained(template, [MESSAGES[0], thought], masked=True)
    assert prompt_ids(template, "You help.", TOOLS, MESSAGES[:1], Thinking(asked=True)) == start
    assert prompt_ids(template, "You help.", TOOLS, MESSAGES[:1], Thinking()) != start


def kind(template: EngineTemplate) -> str:
    return " ".join(one.__name__ for one in type(template.template).__mro__)
