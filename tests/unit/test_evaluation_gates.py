"""Gates: limits on metrics, no regression, and the JUnit file for CI."""

from __future__ import annotations

import json
import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path
from typing import Any

import pytest

from fctune.cli.main import run as run_fctune
from fctune.errors import UsageFault
from fctune.evaluation.comparison.gates import (
    GateResult,
    check_metric_names,
    infra_gate,
    judge_gates,
    parse_gates,
    rejected_gate,
)
from fctune.evaluation.comparison.junit import junit

from .evaluation_samples import TOOLS, call, qwen

GOLD = [{"name": "track", "arguments": {"id": "A1"}}]
RIGHT, WRONG = qwen(call("track", id="A1")), qwen(call("track", id="B2"))


def metric(value: float | None, ci: list[float] | None, num: int = 8, den: int = 10) -> Any:
    return {"value": value, "ci": ci, "n": den, "num": num, "den": den, "method": "wilson"}


CONTENT: dict[str, Any] = {
    "n": 10,
    "unscored": 0,
    "metrics": {
        "function_accuracy": metric(0.8, [0.49, 0.943]),
        "over_call_rate": metric(None, None, 0, 0),
    },
    "decision": {"labels": [], "accuracy": metric(0.9, [0.6, 0.98])},
    "by_lesson": {"call": {"function_accuracy": metric(0.7, [0.4, 0.9])}},
    "by_tag": {"category:live_simple": {"function_accuracy": metric(0.6, None)}},
    "by_tool": {"track": metric(1.0, [0.7, 1.0])},
}


TIMING = {"p95_s": 2.0, "latency": {"mean_s": 0.5}, "kind": "amortised"}


def judged(least: list[str], most: list[str] = ()) -> list[bool]:  # type: ignore[assignment]
    return [one.passed for one in judge_gates(parse_gates(least, most), CONTENT, TIMING)]


def test_limits_are_kept_or_not() -> None:
    assert judged(["function_accuracy=0.8"]) == [True]
    assert judged(["function_accuracy=0.81"]) == [False]
    assert judged(["function_accuracy=80%"]) == [True]
    assert judged(["function_accuracy.lo=0.5"]) == [False]
    assert judged(["function_accuracy.lo=0.49"], ["function_accuracy.hi=0.95"]) == [True, True]
    assert judged([], ["function_accuracy=0.79"]) == [False]
    assert judged(["function_accuracy@call=0.7", "function_accuracy@category:live_simple=0.7"]) == [
        True,
        False,
    ]
    assert judged(["decision.accuracy=0.9", "call_recall@track=1"]) == [True, True]
    assert judged([], ["timing.p95_s=1.9", "timing.latency.mean_s=0.5"]) == [False, True]


def test_a_metric_without_a_value_or_an_interval_keeps_no_limit() -> None:
    results = judge_gates(parse_gates([], ["over_call_rate=0.05"]), CONTENT)
    assert not results[0].passed
    assert results[0].message == "has no value: no case counts for it"
    (bound,) = judge_gates(parse_gates(["function_accuracy.lo@category:live_simple=0"]), CONTENT)
    assert (bound.passed, bound.message) == (False, "got 0.6 without an interval")


def test_the_message_says_what_was_found_and_expected() -> None:
    (one,) = judge_gates(parse_gates(["function_accuracy.lo=0.5"]), CONTENT)
    assert one.name == "function_accuracy.lo >= 0.5"
    assert one.message == (
        "got 0.8000 [0.4900, 0.9430], 8 / 10, expected the lower bound of function_accuracy >= 0.5"
    )


@pytest.mark.parametrize(
    "text", ["function_accuracy", "=0.5", "function_accuracy=high", "f=nan", ""]
)
def test_what_is_no_limit_is_told(text: str) -> None:
    with pytest.raises(UsageFault, match="expected METRIC=NUMBER"):
        parse_gates([text])


def test_unknown_names_are_told_with_near_ones() -> None:
    for check in (
        lambda gates: check_metric_names(gates),
        lambda gates: judge_gates(gates, CONTENT),
    ):
        with pytest.raises(UsageFault, match="'function_acuracy'") as found:
            check(parse_gates(["function_acuracy=1"]))
        assert "function_accuracy" in found.value.hint
    with pytest.raises(UsageFault, match="no lesson, tag or tool") as found:
        judge_gates(parse_gates(["function_accuracy@cal=1"]), CONTENT)
    assert "call" in found.value.hint


def test_too_many_unscored_cases_are_a_failure_of_their_own() -> None:
    assert infra_gate({**CONTENT, "n": 100, "unscored": 1}, 0.01).passed
    broken = infra_gate({**CONTENT, "n": 100, "unscored": 2}, 0.01, "no route")
    assert not broken.passed
    assert broken.message == "2 of 100 cases are unscored, the first for: no route"


def test_junit_is_well_formed_whatever_stands_in_it() -> None:
    hostile = 'ä <b> & "q" \x00\x1b \ud800 ]]> 北京'
    text = junit(
        [
            GateResult("a >= 1", True, "got 1"),
            GateResult(hostile, False, hostile, (hostile, "regression: c1")),
        ],
        suite=hostile,
    )
    root = ElementTree.fromstring(text.encode("utf-8"))
    (suite,) = root
    assert (root.get("tests"), suite.get("failures"), suite.get("errors")) == ("2", "1", "0")
    good, bad = suite.findall("testcase")
    assert good.find("failure") is None
    failure = bad.find("failure")
    assert failure is not None and failure.text is not None
    assert "北京" in (bad.get("name") or "")
    assert failure.text.endswith("regression: c1")
    assert junit([], suite="x") == junit([], suite="x")


# on the command line ------------------------------------------------------------------------


def fctune(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, *words: object
) -> tuple[int, str, str]:
    monkeypatch.setattr(sys, "argv", ["fctune", *map(str, words)])
    with pytest.raises(SystemExit) as ended:
        run_fctune()
    told = capsys.readouterr()
    return int(ended.value.code or 0), told.out, told.err


def recording(path: Path, answers: list[str]) -> Path:
    rows = [
        {"id": f"c{n}", "prediction": said, "gold": GOLD, "tools": TOOLS}
        for n, said in enumerate(answers)
    ]
    path.write_text("".join(f"{json.dumps(row)}\n" for row in rows), encoding="utf-8")
    return path


def test_a_run_that_keeps_its_gates_ends_well(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = recording(tmp_path / "p.jsonl", [RIGHT] * 9 + [WRONG])
    code, _, told = fctune(
        capsys, monkeypatch, "score", path, "--template", "qwen", "--out", tmp_path / "o",
        "--min", "function_accuracy=0.85", "--max", "missed_call_rate=0",
        "--junit", tmp_path / "ci" / "gates.xml",
    )  # fmt: skip
    assert code == 0, told
    assert "gate function_accuracy >= 0.85: ok" in told
    root = ElementTree.parse(tmp_path / "ci" / "gates.xml").getroot()
    assert (root.get("tests"), root.get("failures")) == ("3", "0")


def test_a_run_that_breaks_a_gate_ends_with_1_after_all_is_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = recording(tmp_path / "p.jsonl", [RIGHT] * 5 + [WRONG] * 5)
    code, _, told = fctune(
        capsys, monkeypatch, "score", path, "--template", "qwen", "--out", tmp_path / "o",
        "--min", "function_accuracy=0.85", "--min", "parse_rate=1",
        "--junit", tmp_path / "gates.xml",
    )  # fmt: skip
    assert code == 1
    assert "1 of 3 gates failed: function_accuracy >= 0.85 (got 0.5000" in told
    assert (tmp_path / "o" / "results.json").is_file()
    failure = ElementTree.parse(tmp_path / "gates.xml").getroot().find(".//failure")
    assert failure is not None and failure.text is not None
    assert 'value c5: track.id: got "B2", expected "A1"' in failure.text


def test_no_regression_fails_where_a_loss_is_shown_and_only_there(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def score(name: str, right: int, *more: object) -> tuple[int, str, str]:
        path = recording(tmp_path / f"{name}.jsonl", [RIGHT] * right + [WRONG] * (40 - right))
        return fctune(
            capsys,
            monkeypatch,
            "score",
            path,
            "--template",
            "qwen",
            "--out",
            tmp_path / name,
            *more,
        )

    assert score("base", 36)[0] == 0
    slight = score("slight", 34, "--no-regression", tmp_path / "base")
    assert slight[0] == 0, slight[2]
    assert "no difference shown" in slight[2]
    heavy = score(
        "heavy", 20, "--no-regression", tmp_path / "base" / "results.json", "--junit",
        tmp_path / "gates.xml",
    )  # fmt: skip
    assert heavy[0] == 1
    assert "this run against baseline: worse in function accuracy, -0.400" in heavy[2]
    assert "regression: c35" in (tmp_path / "gates.xml").read_text(encoding="utf-8")
    let_pass = score("heavy", 20, "--no-regression", tmp_path / "base", "--tolerance", "0.5")
    assert let_pass[0] == 0, let_pass[2]
    in_place = score("base", 20, "--no-regression", tmp_path / "base")
    assert in_place[0] == 1, "the baseline is read before its folder is written over"


@pytest.mark.parametrize("mode", ["bfcl", "strict"])
def test_rejected_rows_fail_a_run_that_has_gates(
    mode: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    tool = {"name": "f", "description": "", "parameters": {"type": "dict", "properties": {}}}
    row = {"id": "a", "category": "simple", "tools": [tool], "possible_answer": [{"f": {}}]}
    rows = [{**row, "prediction": "[f()]"}, *({**row, "id": f"b{n}"} for n in range(9))]
    path = tmp_path / "rows.jsonl"
    path.write_text("".join(f"{json.dumps(one)}\n" for one in rows), encoding="utf-8")
    words = ["score", path, "--mode", mode, "--out", tmp_path / "o"]
    code, _, told = fctune(capsys, monkeypatch, *words)
    assert (code, "warning: 9 " in told) == (0, True), told
    where = tmp_path / "o" / ("rejected.jsonl" if mode == "bfcl" else "report.md")
    for more in (["--min", "function_accuracy=0.9"], ["--junit", tmp_path / "gates.xml"]):
        code, _, told = fctune(capsys, monkeypatch, *words, *more)
        assert code == 1
        assert "rejected rows <= 1% (9 of 10 rows were rejected and count in no metric" in told
        assert f"hint: read {where}; mend the rejected rows" in told
    assert ("row-without-answer 9" in told) is (mode == "strict")
    assert "rejected rows" in (tmp_path / "gates.xml").read_text(encoding="utf-8")


def test_few_rejected_rows_keep_the_gate() -> None:
    assert rejected_gate({"rows": 100}, 0.01) is None
    few = rejected_gate({"rows": 100, "rejected": 1, "rejected_by_code": {"a": 1}}, 0.01)
    assert few is not None and few.passed
    many = rejected_gate({"rows": 100, "rejected": 2}, 0.01)
    assert many is not None and not many.passed


def test_the_hint_on_rejected_rows_is_that_of_the_commonest_code() -> None:
    codes = {"call-enum": 1, "json-invalid": 6, "role-order": 3}
    found = rejected_gate({"rows": 20, "rejected": 10, "rejected_by_code": codes}, 0.01)
    assert found is not None
    assert found.hint.startswith("mend the rejected rows (json-invalid: ")
    assert len(found.details) == 3


@pytest.mark.parametrize("text", ["over_call_rate=5", "function_accuracy=85", "parse_rate=150%"])
def test_a_limit_out_of_range_would_always_or_never_hold(text: str) -> None:
    with pytest.raises(UsageFault, match="from 0 to 1") as found:
        parse_gates([], [text])
    bare = not text.endswith("%")
    assert found.value.hint == (f"did you mean --max {text}%?" if bare else "")


def test_the_recall_of_a_tool_is_a_share_too() -> None:
    with pytest.raises(UsageFault, match="from 0 to 1") as found:
        parse_gates(["call_recall@weather=80"])
    assert found.value.hint == "did you mean --min call_recall@weather=80%?"


def test_figures_that_are_no_shares_take_any_limit() -> None:
    gates = parse_gates(["mcc=-0.5"], ["timing.wall_s=300", "over_call_rate=5%"])
    assert [gate.limit for gate in gates] == [-0.5, 300, 0.05]
