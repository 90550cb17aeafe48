"""The files of an evaluation: complete, equal for equal predictions, safe to show."""

from __future__ import annotations

import json
from pathlib import Path

from fctune.evaluation.cases import read_cases
from fctune.evaluation.evaluate import Evaluation, evaluate
from fctune.evaluation.markdown import table, verbatim
from fctune.evaluation.report import Report, RunConfig, write_report
from fctune.jsonl import read_rows

from .evaluation_samples import call, qwen, said, write_split

FILES = ("results.json", "outcomes.jsonl", "predictions.jsonl", "report.md")


def evaluation(folder: Path, orders: list[str]) -> Evaluation:
    split = read_cases(write_split(folder / "test.jsonl", orders))
    answers = [
        qwen(call("track", id="A1")),
        "It is in Oslo.",
        "```\nA fence | and a bar\n````",
    ] * len(orders)
    pairs = zip(answers, split.cases, strict=True)
    return evaluate(split, [said(text, one.id, finish_reason="stop") for text, one in pairs])


def test_results_hold_what_was_run_and_every_number_with_its_interval(tmp_path: Path) -> None:
    report = Report.of(evaluation(tmp_path, ["A1", "A2"]), RunConfig("m", "qwen", 7, {"base": "b"}))
    write_report(report, tmp_path / "out", timing={"wall_s": 1.5})
    results = json.loads((tmp_path / "out" / "results.json").read_text(encoding="utf-8"))
    assert (results["schema_version"], results["mode"]) == (1, "strict")
    assert (results["n"], results["correct"], results["wrong"], results["unscored"]) == (6, 5, 1, 0)
    for values in (results["metrics"], results["by_tool"], *results["by_lesson"].values()):
        for metric in values.values():
            assert list(metric) == ["value", "ci", "n", "num", "den", "method"]
    assert results["metrics"]["function_accuracy"]["num"] == 1
    assert results["config"]["seed"] == 7
    assert results["data"]["rows"] == 2
    assert results["outcomes"]["value"] == 1
    assert json.loads((tmp_path / "out" / "timing.json").read_text())["wall_s"] == 1.5
    assert not (tmp_path / "elsewhere").exists()


def test_equal_predictions_give_equal_bytes(tmp_path: Path) -> None:
    config = RunConfig("m", "qwen", 7)
    for name, wall_s in (("one", 1.0), ("two", 2.0)):
        report = Report.of(evaluation(tmp_path, ["A1", "A2"]), config)
        write_report(report, tmp_path / name, timing={"wall_s": wall_s})
    for name in FILES:
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()


def test_every_case_has_a_line(tmp_path: Path) -> None:
    done = evaluation(tmp_path, ["A1", "A2"])
    write_report(Report.of(done, RunConfig("m", "qwen", 7)), tmp_path / "out")
    ids = [item.case.id for item in done.judged]
    for name in ("outcomes.jsonl", "predictions.jsonl"):
        assert [row.value["id"] for row in read_rows(tmp_path / "out" / name)] == ids
    first = next(read_rows(tmp_path / "out" / "predictions.jsonl")).value
    assert (
        first["calls"] == first["gold"]["calls"] == [{"name": "track", "arguments": {"id": "A1"}}]
    )
    assert first["text"].startswith("<tool_call>")


def test_the_page_names_its_mode_and_shows_failures(tmp_path: Path) -> None:
    done = evaluation(tmp_path, ["A1", *(f"B{n}" for n in range(15))])
    write_report(Report.of(done, RunConfig("m", "qwen", 7)), tmp_path / "out")
    page = (tmp_path / "out" / "report.md").read_text(encoding="utf-8")
    assert page.startswith("# Function accuracy (strict): 0.062 [")
    assert page.count("### value:") == 10
    assert 'track.id: got "A1", expected "B0"' in page
    assert "16 few" in page
    assert "48 cases = 33 correct + 15 wrong + 0 unscored" in page


def test_markdown_cannot_be_broken_out_of() -> None:
    text = "```\nevil\n````"
    block = verbatim(text)
    assert block.splitlines()[0] == "`````text"
    assert block.splitlines()[-1] == "`````"
    assert table(("a",), [("x|y\nz",)]).splitlines()[-1] == r"| x\|y z |"


def test_a_draw_is_told_with_the_population_it_is_from(tmp_path: Path) -> None:
    done = evaluation(tmp_path, ["A1", "A2"])
    population = done.case_set.population()
    assert population == {"call": 2, "no_call": 4}
    config = RunConfig("m", "qwen", 7, {}, 3, population)
    write_report(Report.of(done, config), tmp_path / "out")
    results = json.loads((tmp_path / "out" / "results.json").read_text(encoding="utf-8"))
    assert results["config"]["max_cases"] == 3
    assert results["config"]["population"] == population
    page = (tmp_path / "out" / "report.md").read_text(encoding="utf-8")
    assert "2 with a call + 4 without" in page
    assert "at most 3, half of them with a call" in page
