"""Rows that do not tell the tools, damaged lists of tools, and tools given beside a recording."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from fctune.cli.score_recorded import recorded
from fctune.errors import InputFault, UsageFault
from fctune.evaluation.cases.by_content import read_any_cases
from fctune.evaluation.cases.case_set import read_cases
from fctune.evaluation.evaluate import Evaluation, evaluate
from fctune.evaluation.metrics.measure import measure
from fctune.evaluation.outcomes.row import EvalOutcome
from fctune.evaluation.replay.recording import Recording, read_recording
from fctune.evaluation.report.confusion import confusion_of
from fctune.evaluation.report.explain import explain
from fctune.evaluation.report.files import Report, RunConfig, write_report
from fctune.tools.spec import ToolCatalog

from .evaluation_samples import CATALOG, TOOLS, sharegpt_row

GOLD = [{"name": "track", "arguments": {"id": "A1"}}]
WRONG = [{"name": "track", "arguments": {"id": "B2", "colour": "red"}}]
NEEDS_TOOLS = (
    "hallucinated_tool_rate", "hallucinated_param_rate", "schema_validity",
    "missing_required_rate", "type_error_rate", "enum_error_rate",
)  # fmt: skip


def write(path: Path, *rows: dict[str, Any]) -> Path:
    path.write_text("".join(f"{json.dumps(row)}\n" for row in rows), encoding="utf-8")
    return path


def read(path: Path, tools: ToolCatalog | None = None) -> tuple[Recording, Evaluation]:
    recording = read_recording(path, decoder=None, split=None, tools=tools)
    return recording, evaluate(recording.case_set, recording.predictions)


def test_a_row_without_tools_counts_in_no_metric_that_needs_them(tmp_path: Path) -> None:
    bare = {"id": "a", "prediction": WRONG, "gold": GOLD}
    _, alone = read(write(tmp_path / "a.jsonl", bare, {**bare, "id": "b", "tools": None}))
    metrics = measure(alone.outcomes, seed=1)
    assert {name: metrics[name].den for name in NEEDS_TOOLS} == dict.fromkeys(NEEDS_TOOLS, 0)
    assert metrics["argument_precision"].den == 4, "what needs no tools counts"
    assert [one.outcome.value for one in alone.outcomes] == ["value", "value"]
    assert confusion_of(alone.judged, alone.mode).columns[0] == "track", "unknown is another thing"

    _, told = read(write(tmp_path / "b.jsonl", bare, {**bare, "id": "b", "tools": TOOLS}))
    metrics = measure(told.outcomes, seed=1)
    assert (metrics["hallucinated_tool_rate"].den, metrics["hallucinated_tool_rate"].num) == (1, 0)
    assert metrics["hallucinated_param_rate"].as_dict()["value"] == 0.5


def test_no_tools_listed_is_another_thing_than_no_tools_told(tmp_path: Path) -> None:
    said = {"prediction": GOLD, "gold": []}
    path = write(tmp_path / "p.jsonl", {"id": "none", "tools": [], **said}, {"id": "?", **said})
    recording, evaluation = read(path)
    assert [case.tools_told for case in recording.case_set.cases] == [True, False]
    assert measure(evaluation.outcomes, seed=1)["hallucinated_call_rate"].den == 1
    tags = [[tag for tag in one.tags if tag.startswith("tools:")] for one in evaluation.outcomes]
    assert tags == [["tools:0"], []]


def test_a_gold_call_says_that_an_empty_list_was_lost(tmp_path: Path) -> None:
    row = {"id": "a", "prediction": GOLD, "gold": GOLD, "tools": []}
    chat = {"id": "b", "prediction": [], "gold": [], "tools": []}
    path = write(tmp_path / "p.jsonl", row, chat)
    assert [case.tools_told for case in read(path)[0].case_set.cases] == [False, True]
    cases = read(path, CATALOG)[0].case_set.cases
    assert [len(case.catalog) for case in cases] == [len(CATALOG), 0], "chat keeps its empty list"


def test_what_is_not_told_survives_a_replay(tmp_path: Path) -> None:
    path = write(tmp_path / "p.jsonl", {"id": "a", "prediction": WRONG, "gold": GOLD})
    _, first = read(path)
    write_report(Report.of(first, RunConfig("x", "", 1)), tmp_path / "out")
    _, again = read(tmp_path / "out" / "predictions.jsonl")
    assert [one.as_row() for one in again.outcomes] == [one.as_row() for one in first.outcomes]
    content = json.loads((tmp_path / "out" / "results.json").read_text(encoding="utf-8"))
    assert content["data"]["without_tools"] == 1
    (remark,) = content["remarks"]
    assert "1 of 1 cases do not tell which tools" in remark
    assert remark in (tmp_path / "out" / "report.md").read_text(encoding="utf-8")


def test_outcomes_of_earlier_versions_count_as_before(tmp_path: Path) -> None:
    _, evaluation = read(
        write(tmp_path / "p.jsonl", {"id": "a", "prediction": WRONG, "gold": GOLD})
    )
    row = evaluation.outcomes[0].as_row()
    assert row.pop("toolless_calls") == 1
    old = EvalOutcome.from_row(row)
    assert measure([old], seed=1)["hallucinated_tool_rate"].value == 1


def test_a_story_holds_nothing_against_a_call_of_unknown_tools(tmp_path: Path) -> None:
    _, evaluation = read(
        write(tmp_path / "p.jsonl", {"id": "a", "prediction": WRONG, "gold": GOLD})
    )
    (item,) = evaluation.judged
    (story,) = explain(item.case, item.prediction, item.outcome).calls
    assert story.issues == ()


@pytest.mark.parametrize(
    ("tools", "code"),
    [
        (5, "tools-invalid"),
        (False, "tools-invalid"),
        ("[{", "tools-invalid"),
        ([{"description": "no name"}], "tool-name-missing"),
        ([5], "tools-invalid"),
    ],
)
def test_damaged_tools_reject_the_row_with_code_and_place(
    tools: Any, code: str, tmp_path: Path
) -> None:
    right = {"prediction": GOLD, "gold": GOLD}
    rows = ({"id": "a", "tools": TOOLS, **right}, {"id": "b", "tools": tools, **right})
    recording, evaluation = read(write(tmp_path / "p.jsonl", *rows))
    assert len(evaluation.judged) == 1
    (row,) = recording.rejected
    assert (row.codes, str(row.origin)) == ([code], f"{tmp_path / 'p.jsonl'}:2")
    assert recording.case_set.account()["rejected_by_code"] == {code: 1}
    with pytest.raises(InputFault) as caught:
        read(write(tmp_path / "one.jsonl", rows[1]))
    assert caught.value.where == f"{tmp_path / 'one.jsonl'}:1"
    assert caught.value.hint


def test_the_user_is_warned_once_with_the_next_option(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = write(
        tmp_path / "p.jsonl",
        *({"id": str(n), "prediction": GOLD, "gold": GOLD} for n in range(3)),
        {"id": "bad", "prediction": GOLD, "gold": GOLD, "tools": 5},
    )
    names = ("data", "tools", "mapping", "template", "call_format", "answers", "train")
    given = SimpleNamespace(
        **dict.fromkeys((*names, "explain")), underscore_to_dot=False, seed=1, predictions=path
    )
    trial = path.rename(tmp_path / "trial.jsonl")
    recorded(given, trial)
    assert "bring no tools" not in capsys.readouterr().err, "told of the first file alone"
    trial.rename(path)
    recorded(given, path)
    told = capsys.readouterr().err
    assert told.count("3 of 3 rows bring no tools") == 1
    assert "--tools FILE" in told
    assert f"{path}:4" in told
    assert "[tools-invalid]" in told
    given.tools = tmp_path / "tools.json"
    given.tools.write_text(json.dumps(TOOLS))
    recording, _ = recorded(given, path)
    assert "bring no tools" not in capsys.readouterr().err
    assert all(len(case.catalog) == len(CATALOG) for case in recording.case_set.cases)


def test_tools_are_given_to_rows_of_a_split_and_to_no_public_set(tmp_path: Path) -> None:
    split = write(tmp_path / "s.jsonl", sharegpt_row("A1", tools=False))
    assert read_cases(split, tools=CATALOG).cases[0].catalog.names == CATALOG.names
    assert read_any_cases(split, tools=CATALOG).cases[0].catalog.names == CATALOG.names
    public = write(tmp_path / "x.jsonl", {"query": "q", "tools": "[]", "answers": "[]"})
    with pytest.raises(UsageFault, match="not for a public test set"):
        read_any_cases(public, tools=CATALOG)
