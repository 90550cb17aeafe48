"""The files of an evaluation: complete, equal for equal predictions, safe to show."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from fctune.evaluation.cases.case_set import read_cases
from fctune.evaluation.decode import Decoded
from fctune.evaluation.evaluate import Evaluation, evaluate
from fctune.evaluation.metrics.longtail import TrainingCounts
from fctune.evaluation.metrics.ratios import METRICS
from fctune.evaluation.predict import Prediction
from fctune.evaluation.report.content import notes
from fctune.evaluation.report.files import Report, RunConfig, write_report
from fctune.evaluation.report.markdown import table, verbatim
from fctune.jsonl import read_rows

from .evaluation_samples import call, qwen, said, write_split

FILES = (
    "results.json", "outcomes.jsonl", "predictions.jsonl", "report.md", "report.html",
    "confusion.csv", "confusion.svg",
)  # fmt: skip
KEYS = [
    "schema_version", "mode", "n", "correct", "wrong", "unscored", "metrics", "notes", "remarks",
    "outcomes", "error_types", "empty_answers", "decision", "formats", "by_lesson", "by_tag",
    "by_tool", "dimensions", "long_tail", "confusion", "tokens", "contamination", "data", "config",
    "versions",
]  # fmt: skip
DOCS = Path(__file__).resolve().parents[2] / "docs" / "metrics.md"


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


def measured(content: Any, path: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield every metric within results.json, with its place."""
    if isinstance(content, dict) and "method" in content and "den" in content:
        yield path, content
    elif isinstance(content, dict):
        for key, value in content.items():
            yield from measured(value, f"{path}/{key}")
    elif isinstance(content, list):
        for place, value in enumerate(content):
            yield from measured(value, f"{path}/{place}")


def replayed(folder: Path, *, silent: bool = False) -> dict[str, Any]:
    """Return results.json of a run that says what the split says, or nothing at all."""
    split = read_cases(write_split(folder / "test.jsonl", ["A1", "A2", "A3"]))
    answers = ["" if silent else qwen(*one.calls) or one.text for one in split.cases]
    done = evaluate(
        split,
        [said(text, one.id) for text, one in zip(answers, split.cases, strict=True)],
    )
    training = TrainingCounts("train.jsonl", {"track": 4, "order": 1})
    write_report(
        Report.of(done, RunConfig("m", "qwen", 7), training=training, extra={"later": {"n": 1}}),
        folder / "out",
    )
    return json.loads((folder / "out" / "results.json").read_text(encoding="utf-8"))  # type: ignore[no-any-return]


LOWER = {ratio.name for ratio in METRICS if ratio.better == "lower"}


def test_a_perfect_replay_is_right_everywhere(tmp_path: Path) -> None:
    results = replayed(tmp_path)
    assert (results["n"], results["correct"], results["wrong"]) == (9, 9, 0)
    found = {path: metric for path, metric in measured(results) if metric["value"] is not None}
    assert len(found) > 100
    wrong = {
        path: metric["value"]
        for path, metric in found.items()
        if metric["value"] != (0 if path.rsplit("/", 1)[-1] in LOWER else 1)
    }
    assert wrong == {}
    assert results["long_tail"]["worst"] == []
    assert results["decision"]["matrix"] == [[3, 0, 0, 0], [0, 6, 0, 0], [0] * 4, [0] * 4]
    assert any("rule of three" in one for one in results["notes"]["overall_accuracy"])


def test_an_empty_replay_makes_no_call(tmp_path: Path) -> None:
    results = replayed(tmp_path, silent=True)
    assert (results["correct"], results["wrong"], results["unscored"]) == (6, 3, 0)
    assert results["outcomes"]["missed_call"] == 3
    metrics = results["metrics"]
    assert metrics["argument_precision"]["den"] == metrics["hallucinated_tool_rate"]["den"] == 0
    assert metrics["over_call_rate"]["value"] == metrics["function_accuracy"]["value"] == 0
    assert [sum(row[0] for row in results["decision"]["matrix"])] == [0]


def test_the_keys_are_those_that_the_docs_tell(tmp_path: Path) -> None:
    results = replayed(tmp_path)
    assert list(results) == [*KEYS[:-3], "later", *KEYS[-3:]]
    told = DOCS.read_text(encoding="utf-8").split("## `results.json`")[1]
    assert [key for key in KEYS if f'"{key}"' not in told] == []
    for path, metric in measured(results):
        assert list(metric) == ["value", "ci", "n", "num", "den", "method"], path
        if metric["ci"] is not None:
            assert metric["ci"][0] <= metric["value"] <= metric["ci"][1], path
            assert metric["value"] == pytest.approx(metric["num"] / metric["den"]), path


def test_the_docs_tell_every_metric_with_its_interval_and_direction() -> None:
    told = re.findall(
        r"^\| `(\w+)` \| (.+?) \| (.+?) \| (Wilson|bootstrap) \| (higher|lower) \|$",
        DOCS.read_text(encoding="utf-8"),
        re.MULTILINE,
    )
    by_name = {name: (interval, better) for name, _, _, interval, better in told}
    expected = {}
    for one in METRICS:
        by_case = getattr(one, "by_case", False) or getattr(one, "by_dialogue", False)
        expected[one.name] = ("Wilson" if by_case else "bootstrap", one.better)
    beside = {"macro_accuracy", "tool_coverage", "by_tool"}
    assert {name: by_name[name] for name in by_name if name not in beside} == expected
    assert beside <= set(by_name)


def test_a_line_of_predictions_holds_what_a_browser_of_failures_needs(tmp_path: Path) -> None:
    split = read_cases(write_split(tmp_path / "test.jsonl", ["A1"]))
    mended = Decoded((), "<tool_call>{", True, "no end", (call("track", id="A1"),), ("end",))
    answers = [Prediction(split.cases[0].id, "<tool_call>{", mended)]
    done = evaluate(split, [*answers, *(said("ok", one.id) for one in split.cases[1:])])
    write_report(Report.of(done, RunConfig("m", "qwen", 7)), tmp_path / "out")
    first, second, _ = (row.value for row in read_rows(tmp_path / "out" / "predictions.jsonl"))
    assert first["messages"] == [{"role": "user", "content": "Where is A1?"}]
    assert first["system"] == "You help."
    assert first["decision"] == {"expected": "call", "decided": "call"}
    assert (first["repaired"], first["repairs"]) == (
        [{"name": "track", "arguments": {"id": "A1"}}],
        ["end"],
    )
    assert "repaired" not in second
    assert [one["role"] for one in second["messages"]] == ["user", "function", "observation"]
    assert "turn:1" in second["tags"]
    results = json.loads((tmp_path / "out" / "results.json").read_text(encoding="utf-8"))
    assert results["formats"]["repairs"] == {"end": 1}
    assert results["formats"]["strict"]["function_accuracy"]["value"] == 0
    assert results["formats"]["repaired"]["function_accuracy"]["value"] == 1


def test_the_order_of_predictions_changes_nothing(tmp_path: Path) -> None:
    split = read_cases(write_split(tmp_path / "test.jsonl", ["A1", "A2", "A3"]))
    answers = [said("Which one?", one.id) for one in split.cases]
    config = RunConfig("m", "qwen", 7)
    for name, given in (("one", answers), ("two", answers[::-1])):
        write_report(Report.of(evaluate(split, given), config), tmp_path / name)
    for name in FILES:
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()


def test_notes_tell_few_cases_and_how_far_no_error_reaches(tmp_path: Path) -> None:
    done = evaluation(tmp_path, [f"B{n}" for n in range(40)])
    metrics = Report.of(done, RunConfig("m", "qwen", 7)).metrics
    told = notes(metrics)
    assert told["parse_rate"] == [
        "no error in 120 cases: the true rate of errors is below 0.025 (rule of three)"
    ]
    assert "function_accuracy" not in told  # forty cases, all wrong
    assert told["over_call_rate"][0].startswith("no error in 80 cases")
    few = notes(Report.of(evaluation(tmp_path, ["A1"]), RunConfig("m", "qwen", 7)).metrics)
    assert few["function_accuracy"] == ["few cases: n = 1, below 30"]


def test_tokens_are_counted_where_they_are_known(tmp_path: Path) -> None:
    split = read_cases(write_split(tmp_path / "test.jsonl", ["A1", "A2"]))
    tokens = [10, 20, 30, 40, 1000, 0]
    answers = [
        said("ok", one.id, output_tokens=count)
        for one, count in zip(split.cases, tokens, strict=True)
    ]
    results = Report.of(evaluate(split, answers), RunConfig("m", "qwen", 7)).as_dict()
    assert results["tokens"] == {"cases": 5, "total": 1100, "mean": 220, "p50": 30, "p95": 1000}
    silent = evaluate(split, [said("ok", one.id) for one in split.cases])
    assert Report.of(silent, RunConfig("m", "qwen", 7)).as_dict()["tokens"] is None


def test_every_judged_case_is_written_and_only_the_split_is_counted(tmp_path: Path) -> None:
    done = evaluation(tmp_path, ["A1"])
    variant = done.judged[0]
    every = (*done.judged, replace(variant, outcome=replace(variant.outcome, id="x~typos")))
    report = Report.of(done, RunConfig("m", "qwen", 7))
    write_report(report, tmp_path / "out", every=every)
    rows = [row.value for row in read_rows(tmp_path / "out" / "outcomes.jsonl")]
    assert [row["id"] for row in rows][-1] == "x~typos"
    results = json.loads((tmp_path / "out" / "results.json").read_text(encoding="utf-8"))
    assert (len(rows), results["n"]) == (4, 3)


def test_families_of_very_many_tags_are_left_to_results_json(tmp_path: Path) -> None:
    split = read_cases(write_split(tmp_path / "test.jsonl", [f"B{n}" for n in range(45)]))
    tagged = replace(
        split,
        cases=tuple(
            replace(one, tags=(f"customer:{n // 3}", "source:shop"))
            for n, one in enumerate(split.cases)
        ),
    )
    report = Report.of(evaluate(tagged, []), RunConfig("m", "qwen", 7))
    write_report(report, tmp_path / "out")
    page = (tmp_path / "out" / "report.md").read_text(encoding="utf-8")
    assert "| source:shop |" in page
    assert "customer:7" not in page
    assert "In results.json alone, for their number: customer." in page
    assert "customer:7" in report.as_dict()["by_tag"]
