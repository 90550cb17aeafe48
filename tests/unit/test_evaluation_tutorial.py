"""A tutorial's recorded table: its figures come out, and no more is claimed than they show."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pytest

from fctune.errors import InputFault
from fctune.evaluation.comparison.compare import compare
from fctune.evaluation.comparison.results import load_run
from fctune.evaluation.tutorial.table import COLUMNS, looks_like_table, read_table, write_run

TABLE = Path(__file__).parents[3] / "shared/data/raw/tutorial_tool_use/eval_results.csv"
BASE, TUNED = "google/gemma-3-1b-it", "shawhin/gemma-3-1b-tool-use"


def row(model: str, query: str, **more: Any) -> dict[str, Any]:
    value = {
        "model_name": model, "query": query, "query_type": "easy", "num_tools_available": "3",
        "expected_tool_name": "track", "model_called_tool": "True", "model_tool_name": "track",
        "model_called_tool_when_needed": "True", "model_called_correct_tool": "True",
        "tool_call_success": "True",
    }  # fmt: skip
    return {**value, **more}


def write(path: Path, rows: list[dict[str, Any]]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, ["num_tools_available", *COLUMNS])
        writer.writeheader()
        writer.writerows(rows)
    return path


def test_each_row_has_an_outcome_in_our_words(tmp_path: Path) -> None:
    no = {"model_called_correct_tool": "False", "tool_call_success": "False"}
    silent = {"model_called_tool": "False", "model_tool_name": "", **no}
    rows = [
        row("a", "在哪里?"),
        row("a", "q1", **silent, model_called_tool_when_needed="False"),
        row("a", "q2", **no, model_tool_name="order"),
        row("a", "q3", tool_call_success="False"),
        row("a", "q4", expected_tool_name="", **silent),
        row("a", "q5", expected_tool_name="", model_called_tool_when_needed="False"),
    ]
    path = write(tmp_path / "t.csv", rows)
    assert looks_like_table(path)
    (outcomes,) = read_table(path).values()
    assert [one.outcome.value for one in outcomes] == [
        "ok", "missed_call", "wrong_tool", "value", "ok", "false_call",
    ]  # fmt: skip
    content = write_run(path, "a", outcomes, tmp_path / "out", 1)
    counts = {name: (m["num"], m["den"]) for name, m in content["metrics"].items()}
    assert counts == {"called_when_needed": (4, 6), "correct_tool": (2, 4), "call_success": (1, 4)}
    again = load_run(tmp_path / "out", "a")
    assert list(again.outcomes.values()) == outcomes


def test_one_query_twice_is_two_cases_and_models_pair_by_query(tmp_path: Path) -> None:
    rows = [
        row("a", "q"),
        row("a", "q"),
        row("a", "p"),
        row("b", "p"),
        row("b", "q"),
        row("b", "q"),
    ]
    runs = read_table(write(tmp_path / "t.csv", rows))
    assert len({one.id for one in runs["a"]}) == 3
    assert {one.id for one in runs["a"]} == {one.id for one in runs["b"]}


def test_a_verdict_that_is_none_is_told_with_its_line(tmp_path: Path) -> None:
    path = write(tmp_path / "t.csv", [row("a", "q"), row("a", "p", tool_call_success="maybe")])
    with pytest.raises(InputFault) as found:
        read_table(path)
    assert found.value.where.endswith("t.csv:3")
    assert "got tool_call_success 'maybe', expected True or False" in str(found.value)


@pytest.mark.skipif(not TABLE.is_file(), reason="the recorded table is not at ../shared/data")
def test_the_recorded_rows_of_the_tutorial(tmp_path: Path) -> None:
    """The figures are those that the tutorial's own formula gives for these rows."""
    runs = read_table(TABLE)
    found = {
        name: write_run(TABLE, name, outcomes, tmp_path / name.replace("/", "_"), 42)
        for name, outcomes in runs.items()
    }
    shares = {
        name: [round(100 * metric["value"], 1) for metric in content["metrics"].values()]
        for name, content in found.items()
    }
    assert shares == {BASE: [90.0, 37.5, 52.5], TUNED: [93.3, 52.5, 65.0]}
    counts = [metric["n"] for metric in found[BASE]["metrics"].values()]
    assert counts == [60, 40, 40]
    timing = found[BASE]["metrics"]["called_when_needed"]["ci"]
    assert [round(end, 3) for end in timing] == [0.799, 0.953]

    comparison = compare(
        [load_run(tmp_path / name.replace("/", "_"), name) for name in (BASE, TUNED)]
    )
    (pairing,) = comparison.pairings
    p_values = {name: round(d.test.p_exact, 2) for name, d in pairing.primary.items() if d.test}
    assert p_values == {"called_when_needed": 0.75, "correct_tool": 0.15, "call_success": 0.33}
    assert {d.verdict for d in pairing.primary.values()} == {"no difference shown"}
    assert comparison.conclusion.startswith("Nothing is established")
    # The mean hides that calling where a tool is needed fell, and abstaining rose.
    parts = {
        part.name: round(part.difference.value or 0, 2)
        for part in pairing.slices
        if part.metric == "called_when_needed"
    }
    assert parts == {"easy": -0.05, "hard": -0.15, "no_tool": 0.3}
    assert json.dumps(comparison.as_dict())
