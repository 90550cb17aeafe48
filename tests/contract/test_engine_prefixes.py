"""With masked history the engine trains every call of prefix rows, and each once."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from fctune.conversations.families import check_family, family_of
from fctune.conversations.formats.sharegpt import to_row
from fctune.conversations.turns import Conversation, ModelTurn
from fctune.dataset.lengths import OverLong, fit
from fctune.dataset.prefixes import Each, prefixed
from fctune.dataset.sources import Reading, read_file
from fctune.engine.templates import EngineTemplate, messages_of
from fctune.issues import Accepted, Issue
from fctune.tools.read import load_catalog

ROOT = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.contract
IGNORED = -100
TEMPLATES = ("qwen3_nothink", "qwen3", "llama3", "mistral")


@pytest.fixture(scope="module")
def sample() -> list[Conversation]:
    """Return conversations of several turns, English and Chinese, with several calls and few."""
    tools, _ = load_catalog(ROOT / "data" / "tools" / "ecommerce.yaml")
    found: list[Conversation] = []
    for name in ("glaive", "ecommerce"):
        for file in sorted((ROOT / "data" / "raw" / name).iterdir()):
            rows = [row.value for row in read_file(file, Reading(tools=tools))
                    if isinstance(row, Accepted)]  # fmt: skip
            rows.sort(key=lambda row: (-len(row.calls), row.id))
            found += rows[:40] + rows[-10:]
    assert max(len(row.calls) for row in found) > 2
    assert any(not text.isascii() for row in found for text in row.user_texts)
    return found


def _trained(
    template: EngineTemplate, row: Conversation, *, mask_history: bool
) -> list[tuple[int, ...]]:
    """Return the spans of tokens that the engine's processor trains of a conversation."""
    from types import SimpleNamespace

    from llamafactory.data.processor.supervised import SupervisedDatasetProcessor

    settings: Any = SimpleNamespace(
        cutoff_len=1_000_000, train_on_prompt=False, mask_history=mask_history
    )
    processor = SupervisedDatasetProcessor(template.template, template.tokenizer, None, settings)
    written = to_row(row, joiner=family_of(template.name).joiner)
    messages: Any = messages_of(written)
    batch = processor.preprocess_dataset(
        {
            "_prompt": [messages[:-1]],
            "_response": [messages[-1:]],
            "_system": [written["system"]],
            "_tools": [written["tools"]],
            "_images": [None],
            "_videos": [None],
            "_audios": [None],
        }
    )
    assert len(batch["labels"]) == 1, "the engine dropped the row"
    spans: list[list[int]] = [[]]
    for label in batch["labels"][0]:
        if label != IGNORED:
            spans[-1].append(label)
        elif spans[-1]:
            spans.append([])
    return [tuple(span) for span in spans if span]


def _turns(row: Conversation) -> list[ModelTurn]:
    return [turn for turn in row.turns if isinstance(turn, ModelTurn)]


@pytest.mark.parametrize("name", TEMPLATES)
def test_each_call_is_trained_once(name: str, tiny_model: Path, sample: list[Conversation]) -> None:
    template = EngineTemplate.load(tiny_model, name)
    split = 0
    for row in sample:
        if check_family(row, family_of(name)):
            continue
        targets = _trained(template, row, mask_history=False)
        turns = _turns(row)
        assert len(targets) == len(turns)
        wanted = Counter(
            target
            for index, (target, turn) in enumerate(zip(targets, turns, strict=True))
            if turn.calls or index == len(turns) - 1
        )
        rows = prefixed(row).conversations
        split += len(rows) > 1
        spans = [_trained(template, each, mask_history=True) for each in rows]
        assert all(len(each) == 1 for each in spans), "one decision a row"
        assert Counter(each[0] for each in spans) == wanted
        for each, turn in zip(rows, spans, strict=True):
            last = each.turns[-1]
            assert isinstance(last, ModelTurn)
            text = template.tokenizer.decode(turn[0])
            assert all(call.name in text for call in last.calls)
    assert split > 50


def test_with_each_turn_all_model_turns_are_trained_once(
    tiny_model: Path, sample: list[Conversation]
) -> None:
    template = EngineTemplate.load(tiny_model, "qwen3_nothink")
    for row in sample:
        rows = prefixed(row, each=Each.TURN).conversations
        spans = [_trained(template, each, mask_history=True) for each in rows]
        assert [span for each in spans for span in each] == _trained(
            template, row, mask_history=False
        )


def test_windows_that_carry_context_still_train_each_call_once(
    tiny_model: Path, sample: list[Conversation]
) -> None:
    template = EngineTemplate.load(tiny_model, "qwen3_nothink")
    joiner = family_of("qwen3_nothink").joiner
    windows = 0
    for row in sample:
        exchanges = len(row.user_texts)
        if exchanges < 3:
            continue

        def measure(each: Conversation) -> int:
            return template.row_length(to_row(each, joiner=joiner))

        cutoff = measure(row) - 1 - len(row.catalog.json) // 100
        fitted = fit(row, measure, cutoff_len=cutoff, policy=OverLong.WINDOW, carry=1)
        if isinstance(fitted, Issue):
            continue
        windows += len(fitted.conversations) > 1
        rows = [
            each
            for window, carried in zip(fitted.conversations, fitted.carried, strict=True)
            for each in prefixed(window, each=Each.TURN, context=carried).conversations
        ]
        trained = [span for each in rows for span in _trained(template, each, mask_history=True)]
        assert trained == _trained(template, row, mask_history=False)
    assert windows > 5


def test_without_prefix_rows_masked_history_trains_no_call(
    tiny_model: Path, sample: list[Conversation]
) -> None:
    """Why prefix rows are needed: this is what the engine does otherwise."""
    template = EngineTemplate.load(tiny_model, "qwen3_nothink")
    row = next(row for row in sample if row.calls and not _turns(row)[-1].calls)
    assert len(_trained(template, row, mask_history=False)) == len(_turns(row))
    (only,) = _trained(template, row, mask_history=True)
    text = template.tokenizer.decode(only)
    assert "<tool_call>" not in text
    assert json.dumps(row.calls[0].name) not in text


def test_text_and_parallel_calls_of_one_turn_are_one_decision(
    tiny_model: Path, sample: list[Conversation]
) -> None:
    template = EngineTemplate.load(tiny_model, "qwen3_nothink")
    row = next(row for row in sample if row.calls)
    at = next(i for i, turn in enumerate(row.turns) if isinstance(turn, ModelTurn) and turn.calls)
    call = row.calls[0]
    turn = ModelTurn("One moment.", (call, call))
    changed = replace(row, turns=(*row.turns[:at], turn))
    ((span,),) = [_trained(template, each, mask_history=True)
                  for each in prefixed(changed).conversations]  # fmt: skip
    text = template.tokenizer.decode(span)
    assert text.startswith("One moment.") and text.count("<tool_call>") == 2
