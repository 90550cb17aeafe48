"""The options of --toolset and what eval and score do with them."""

from __future__ import annotations

from pathlib import Path

import pytest

from fctune.cli.toolset import EXECUTION, more_blocks, show_blocks, toolset_settings
from fctune.errors import InputFault, UsageFault
from fctune.evaluation.cases.case_set import CaseSet
from fctune.evaluation.decode import Decoded
from fctune.evaluation.evaluate import Evaluation, evaluate
from fctune.evaluation.predict import Prediction
from fctune.evaluation.report.task_sections import task_sections
from fctune.evaluation.robustness.make import with_variants
from fctune.jsonl import read_rows
from tests.unit.evaluation_samples import call, case
from tests.unit.toolset_samples import SHOP, write


def evaluation() -> Evaluation:
    cases = (case(call("look", order="A1"), id="a#1"), case(call("cancel", order="A1"), id="a#3"))
    whole, _ = with_variants(CaseSet(Path("x"), "0", cases, 1, 1), ("renamed_tools",), seed=1)
    made = [Prediction(one.id, None, Decoded(one.calls)) for one in whole.cases]
    return evaluate(whole, made)


def test_companions_alone_are_refused(tmp_path: Path) -> None:
    assert toolset_settings(None) is None
    with pytest.raises(UsageFault, match="got --tool-timeout, --tool-env without --toolset"):
        toolset_settings(None, timeout_s=3.0, env=["A"])
    with pytest.raises(UsageFault, match="without --toolset"):
        toolset_settings(None, deliver=tmp_path / "x.yaml")


def test_places_need_a_server(tmp_path: Path) -> None:
    places = write(
        tmp_path, "tools: [{name: f, description: d, parameters: {type: object}}]", "t.yaml"
    )
    shop = write(tmp_path, SHOP)
    with pytest.raises(UsageFault, match="expected a server"):
        toolset_settings(f"module:{shop}", places=places)


def test_a_toolset_that_cannot_be_imported_is_told_before_the_model_is_asked(
    tmp_path: Path,
) -> None:
    with pytest.raises(InputFault, match="NameError"):
        toolset_settings(f"module:{write(tmp_path, 'what')}")


def test_both_blocks_are_made_written_and_shown(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = toolset_settings(f"module:{write(tmp_path, SHOP)}", timeout_s=5.0)
    blocks = more_blocks(evaluation(), settings, folder=tmp_path, seed=1)
    assert blocks["execution"]["metrics"]["task_success"]["value"] == 1.0
    assert blocks["execution"]["toolset"]["timeout_s"] == 5.0
    assert blocks["robustness"]["by_variant"]["renamed_tools"]["n"] == 2
    rows = [raw.value for raw in read_rows(tmp_path / EXECUTION)]
    assert [row["id"] for row in rows] == ["a#1", "a#3", "a"]
    show_blocks(blocks)
    shown = capsys.readouterr().out
    assert "task_success" in shown and "renamed_tools" in shown and "robust_accuracy" in shown
    text = "\n\n".join(task_sections(blocks))
    assert "## Task completion" in text and "## Robustness" in text
    assert task_sections({}) == []


def test_without_a_toolset_no_calls_are_run() -> None:
    assert list(more_blocks(evaluation(), None, folder=None, seed=1)) == ["robustness"]


def test_where_cases_were_drawn_turns_alone_are_judged(tmp_path: Path) -> None:
    settings = toolset_settings(f"module:{write(tmp_path, SHOP)}")
    drawn = more_blocks(
        evaluation(), settings, folder=None, seed=1, population={"call": 3, "no_call": 1}
    )
    assert drawn["execution"]["dialogues"] == 0
    everything = more_blocks(
        evaluation(), settings, folder=None, seed=1, population={"call": 2, "no_call": 0}
    )
    assert everything["execution"]["dialogues"] == 1
