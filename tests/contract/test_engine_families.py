"""A row with words, parallel calls and their results: every template renders it, or it is rejected.

Over all templates of the pinned engine, through its own encoder and a real tokenizer.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("llamafactory", reason="needs the [train] extra")
pytestmark = pytest.mark.contract

from llamafactory.data.template import TEMPLATES  # noqa: E402

from fctune.conversations.families import check_family, family_of  # noqa: E402
from fctune.conversations.formats.sharegpt import to_row  # noqa: E402
from fctune.conversations.lesson import classify  # noqa: E402
from fctune.conversations.turns import (  # noqa: E402
    Conversation,
    ModelTurn,
    ResultTurn,
    Turn,
    UserTurn,
)
from fctune.engine.templates import EngineTemplate  # noqa: E402
from fctune.issues import Origin, Severity  # noqa: E402
from fctune.tools.read import parse_catalog  # noqa: E402
from fctune.tools.spec import ToolCall  # noqa: E402

SPEC = {
    "name": "track",
    "description": "Track one parcel.",
    "parameters": {
        "type": "object",
        "properties": {"id": {"type": "string", "description": "its number"}},
        "required": ["id"],
    },
}
WORDS = "I look both up. 稍等。"
CALLS = (ToolCall("track", {"id": "AAA"}), ToolCall("track", {"id": "BBB"}))
RESULTS = ('{"at": "Oslo"}', "在北京")
ANSWER = "Both are on their way."
FULL: tuple[Turn, ...] = (
    UserTurn("Where are AAA and BBB?"),
    ModelTurn(WORDS, CALLS),
    ResultTurn(RESULTS),
    ModelTurn(ANSWER),
)
SHAPES: dict[str, tuple[Turn, ...]] = {
    "words and parallel calls": FULL,
    "parallel calls": (FULL[0], ModelTurn("", CALLS), *FULL[2:]),
    "words and a call": (FULL[0], ModelTurn(WORDS, CALLS[:1]), ResultTurn(RESULTS[:1]), FULL[3]),
    "a call": (FULL[0], ModelTurn("", CALLS[:1]), ResultTurn(RESULTS[1:]), FULL[3]),
}
# What the family of a template cannot write, by shape: no other code, and no other shape.
PARALLEL, BESIDE = "call-parallel-unsupported", "call-text-unsupported"


def conversation(turns: tuple[Turn, ...]) -> Conversation:
    catalog, issues = parse_catalog(json.dumps([SPEC]), "tools")
    assert not issues
    return Conversation("0", "Shop.", catalog, turns, classify(catalog, turns), Origin("a", 1))


def rendered(template: EngineTemplate, row: Conversation) -> str:
    """Return the whole text that the engine trains a row on."""
    written = to_row(row, joiner=family_of(template.name).joiner)
    roles = {"human": "user", "gpt": "assistant", "function_call": "function"}
    messages = [
        {"role": roles.get(turn["from"], turn["from"]), "content": turn["value"]}
        for turn in written["conversations"]
    ]
    pairs: Any = template.template.encode_multiturn(
        template.tokenizer, messages, written["system"], written["tools"]
    )
    # A few templates name control tokens that only their own models' tokenizers have.
    ids = [token for pair in pairs for each in pair for token in each if token is not None]
    return str(template.tokenizer.decode(ids))


def in_order(text: str, parts: list[str]) -> bool:
    at = 0
    for part in parts:
        at = text.find(part, at)
        if at < 0:
            return False
        at += len(part)
    return True


@pytest.mark.parametrize("name", sorted(TEMPLATES))
def test_every_shape_is_rendered_whole_or_rejected_with_a_code(name: str, tiny_model: Path) -> None:
    template = EngineTemplate.load(tiny_model, name)
    family = family_of(name)
    for shape, turns in SHAPES.items():
        row = conversation(turns)
        issues = check_family(row, family)
        expected = set()
        if not family.parallel and "parallel" in shape:
            expected.add(PARALLEL)
        if not family.text_beside_calls and "words" in shape:
            expected.add(BESIDE)
        assert {found.code for found in issues} == expected, shape
        assert all(found.severity is Severity.ERROR for found in issues)
        if issues:
            continue
        text = rendered(template, row)
        body = text[text.index("Where are AAA") + len("Where are AAA and BBB?") :]
        model = turns[1]
        results = turns[2]
        assert isinstance(model, ModelTurn) and isinstance(results, ResultTurn)
        parts = [model.text] if model.text else []
        for call in model.calls:
            parts += [call.name, str(call.arguments["id"])]
        answers = [result.strip('"') for result in results.results]
        assert in_order(body, [*parts, *answers, ANSWER]), (shape, body)
        assert body.count(model.text or ANSWER) == 1, "said twice"
        assert "<tool_call>{" not in body, "a tag of the row reached the text"


def test_families_of_all_kinds_take_part() -> None:
    families = [family_of(name) for name in TEMPLATES]
    assert any(not family.parallel for family in families)
    assert any(not family.text_beside_calls for family in families)
    assert sum(family.parallel and family.text_beside_calls for family in families) > 80
    assert len(TEMPLATES) > 100
