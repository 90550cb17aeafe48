"""Rows and turns that their source marks as bad, and control tokens of further families."""

from __future__ import annotations

from typing import Any

import pytest

from fctune.conversations.read import read_conversation
from fctune.issues import Accepted, Origin, Rejected, Severity

TURNS = [{"from": "human", "value": "Hello"}, {"from": "gpt", "value": "Good day."}]
CHAT = [{"role": "user", "content": "Hello"}, {"role": "assistant", "content": "Good day."}]


def codes(row: dict[str, Any]) -> set[str]:
    verdict = read_conversation(row, Origin("a", 1))
    issues = verdict.issues if isinstance(verdict, Rejected) else ()
    return {found.code for found in issues if found.severity is Severity.ERROR}


@pytest.mark.parametrize("mark", [{"weight": 0}, {"weight": 0.0}, {"loss": False}])
def test_a_model_turn_marked_as_untrainable_rejects_the_row(mark: dict[str, Any]) -> None:
    assert "turn-untrainable" in codes({"conversations": [TURNS[0], {**TURNS[1], **mark}]})
    assert "turn-untrainable" in codes({"messages": [CHAT[0], {**CHAT[1], **mark}]})
    assert codes({"conversations": [{**TURNS[0], **mark}, TURNS[1]]}) == set()
    assert codes({"conversations": [TURNS[0], {**TURNS[1], "weight": 1, "loss": True}]}) == set()


@pytest.mark.parametrize("key", ["kto_tag", "label"])
def test_a_row_marked_as_a_bad_answer_is_rejected(key: str) -> None:
    for row in ({"conversations": TURNS}, {"messages": CHAT}):
        assert codes({**row, key: False}) == {"turn-untrainable"}
        assert codes({**row, key: True}) == set()
    alpaca = {"instruction": "Hello there", "output": "Good day."}
    assert codes({**alpaca, key: False}) == {"turn-untrainable"}


@pytest.mark.parametrize(
    "token",
    [
        "[|user|]", "[|endofturn|]", "<|/tool|>", "<|channel>", "<channel|>",
        "<_user>", "<_bot>", "<_system>", "<_end>", "<sep>", "<image_soft_token>",
    ],
)  # fmt: skip
def test_control_tokens_of_further_families_are_found(token: str) -> None:
    row = {"conversations": [TURNS[0], {"from": "gpt", "value": f"a {token} b"}]}
    assert codes(row) == {"text-special-token"}


@pytest.mark.parametrize(
    "text", ["<a|b>", "x[i|] = 1", "a <b> c", "<_x>", "f[a|b]", "if a <| b then c |> d"]
)
def test_ordinary_text_is_left_alone(text: str) -> None:
    row = {"conversations": [TURNS[0], {"from": "gpt", "value": text}]}
    assert isinstance(read_conversation(row, Origin("a", 1)), Accepted)
