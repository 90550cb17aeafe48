"""The loss mask that `fctune inspect --model` shows is the one that the engine trains."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

pytest.importorskip("llamafactory", reason="needs the [train] extra")
pytestmark = pytest.mark.contract

from fctune.engine.rendered import _tokens, rendered  # noqa: E402
from fctune.engine.templates import EngineTemplate, messages_of  # noqa: E402

IGNORED = -100
TOOLS = json.dumps([{"name": "look", "description": "查", "parameters": {
    "type": "object", "properties": {"city": {"type": "string"}}}}])  # fmt: skip
CALL = json.dumps({"name": "look", "arguments": {"city": "奥斯陆"}}, ensure_ascii=False)
ROW = {
    "conversations": [
        {"from": "human", "value": "奥斯陆冷吗？"},
        {"from": "function_call", "value": CALL},
        {"from": "observation", "value": '{"t": 7}'},
        {"from": "gpt", "value": "7 degrees."},
        {"from": "human", "value": "Thanks"},
        {"from": "gpt", "value": "Bye."},
    ],
    "system": "You help.",
    "tools": TOOLS,
}
TURNS = [
    (role, turn["value"])
    for role, turn in zip(
        ("user", "call", "result", "model", "user", "model"), ROW["conversations"], strict=True
    )
]
# Plain, reasoning, written end only once (gemma2, glm4), another family.
TEMPLATES = ("qwen", "qwen3", "qwen3_nothink", "gemma2", "glm4", "llama3", "mistral")


def engine_example(template: EngineTemplate, *, mask_history: bool) -> tuple[list[int], list[int]]:
    from llamafactory.data.processor.supervised import SupervisedDatasetProcessor

    settings: Any = SimpleNamespace(
        cutoff_len=1_000_000, train_on_prompt=False, mask_history=mask_history
    )
    template.template.enable_thinking = True  # as in training, by default
    processor = SupervisedDatasetProcessor(template.template, template.tokenizer, None, settings)
    messages: Any = messages_of(ROW)
    return processor._encode_data_example(
        prompt=messages[:-1], response=messages[-1:], system=ROW["system"], tools=TOOLS,
        images=[], videos=[], audios=[],
    )  # fmt: skip


@pytest.mark.parametrize("mask_history", [False, True])
@pytest.mark.parametrize("name", TEMPLATES)
def test_the_mask_is_the_engines(tiny_model: Path, name: str, mask_history: bool) -> None:
    template = EngineTemplate.load(tiny_model, name)
    pieces = rendered(template, "You help.", TOOLS, TURNS, mask_history=mask_history)
    ids, labels = engine_example(template, mask_history=mask_history)
    assert sum(piece.tokens for piece in pieces) == len(ids)
    trained = [label for label in labels if label != IGNORED]
    assert sum(piece.tokens for piece in pieces if piece.trained) == len(trained)
    decoded = template.tokenizer.decode(trained, clean_up_tokenization_spaces=False)
    assert "".join(piece.text for piece in pieces if piece.trained) == decoded
    pairs = template.template.encode_multiturn(
        template.tokenizer, messages_of(ROW), "You help.", TOOLS, mask_history
    )
    mine = list(_tokens(template, pairs, mask_history))
    assert [token if learned else IGNORED for token, learned, _, n in mine if n] == labels


def test_stop_tokens_are_seen_and_a_reasoning_template_trains_its_empty_thought(
    tiny_model: Path,
) -> None:
    pieces = rendered(EngineTemplate.load(tiny_model, "qwen3"), "You help.", TOOLS, TURNS)
    assert [piece.text for piece in pieces if piece.stop] == ["<|im_end|>"] * 3
    first = next(piece for piece in pieces if piece.trained)
    assert first.text.startswith("<think>\n\n</think>")


def test_a_row_that_the_engine_cannot_write_is_said_so(tiny_model: Path) -> None:
    template = EngineTemplate.load(tiny_model, "qwen")
    with pytest.raises(ValueError, match="1 turns"):
        rendered(template, "", "", TURNS[:1])
    with pytest.raises(ValueError, match="roles critic"):
        rendered(template, "", "", [("user", "a"), ("critic", "b")])
    with pytest.raises(ValueError, match="the engine cannot write"):
        rendered(template, "", "", [("user", "a"), ("call", "no JSON")])
