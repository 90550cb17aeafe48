"""The gate before the detectors: the format that wins is the one that wins without it."""

from __future__ import annotations

import os
import random
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from fctune.conversations.formats import FORMATS, RawFormat, detected, parts_of
from fctune.conversations.formats.gate import candidates
from fctune.jsonl import read_rows

ROOT = Path(__file__).resolve().parents[2]
FOLDERS = (ROOT / "data" / "raw", ROOT.parent / "shared" / "data" / "raw")
CASES = int(os.environ.get("FCTUNE_FUZZ_CASES", "3000"))


def without_gate(row: Mapping[str, Any]) -> RawFormat | None:
    return next((known for known in FORMATS if known.detect(row)), None)


@cache
def rows() -> tuple[dict[str, Any], ...]:
    files = [file for folder in FOLDERS for file in sorted(folder.rglob("*.json*"))]
    return tuple(
        row.value
        for file in files
        for row in [*read_rows(file)][:60]
        if isinstance(row.value, dict)
    )


def test_real_rows_have_the_format_that_they_have_without_the_gate() -> None:
    winners = set()
    for row in rows():
        found = detected(row)
        assert found is without_gate(row), sorted(row)
        winners.add(found.name if found else None)
    assert {"openai", "sharegpt", "alpaca"} <= winners


def test_mixed_rows_have_the_format_that_they_have_without_the_gate() -> None:
    """FCTUNE_FUZZ_CASES=200000 runs more of them."""
    chance = random.Random(5)
    for _ in range(CASES):
        row = mixed(chance)
        assert detected(row) is without_gate(row), row


def mixed(chance: random.Random) -> dict[str, Any]:
    """Return a row with keys and turns of several formats."""
    row = dict(chance.choice(rows()))
    for _ in range(chance.randrange(3)):
        donor = chance.choice(rows())
        key = chance.choice(sorted(donor))
        row[chance.choice((key, *KEYS))] = donor[key]
    if chance.random() < 0.3:
        row.pop(chance.choice(sorted(row)))
    for key in ("messages", "conversations"):
        turns = row.get(key)
        if isinstance(turns, list) and turns and chance.random() < 0.7:
            row[key] = [*turns]
            at = chance.randrange(len(turns))
            if isinstance(turns[at], dict):
                row[key][at] = {**turns[at], **chance.choice(ADDED)}
            else:
                row[key][at] = chance.choice((5, [turns[at]], None, {"role": "user"}))
    return row


KEYS = (
    "input", "output", "items", "conversation", "history", "inputs", "outputs", "text", "trace",
    "contents", "choices", "result", "gen_ai", "llm.input_messages.0", "tags", "events", "turns",
    "role", "functions", "available_tools", "question", "id", "ground_truth",
)  # fmt: skip
ADDED: tuple[dict[str, Any], ...] = (
    {"type": "ai", "content": "a"},
    {"type": "function_call", "name": "f"},
    {"parts": [{"text": "a"}]},
    {"parts": [{"type": "tool-call"}]},
    {"content": [{"type": "tool_use", "name": "f"}]},
    {"content": [{"toolUse": {"name": "f"}}]},
    {"content": {"type": "reasoning", "value": "a"}},
    {"content": [{"type": "text", "value": "a"}]},
    {"content": 5},
    {"content": "[AVAILABLE_TOOLS] [TOOL_CALLS] Thought: a\nAction: f\nAction Input: {}"},
    {"content": "tool_call: f\narguments: {}", "value": "<tools>[{}]</tools>"},
    {"role": "tool_call"},
    {"role": "User", "text": "a"},
    {"tool_calls": []},
)


@pytest.mark.parametrize("row", [{}, {5: "a"}, {"messages": 5}, {"messages": [[{"type": "ai"}]]}])
def test_odd_rows(row: dict[Any, Any]) -> None:
    assert detected(row) is without_gate(row)
    assert parts_of(row) == [row]


def test_the_gate_leaves_few_detectors() -> None:
    allowed = candidates({"messages": [{"role": "user", "content": "a"}], "tools": []})
    assert allowed is not None
    assert "openai" in allowed
    assert len(allowed) < len(FORMATS) / 2
