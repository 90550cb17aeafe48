"""The fast path of `fctune score --mode bfcl`: rows in, outcomes, figures and report out."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from fctune.errors import InputFault
from fctune.evaluation.bfcl.case import verdict_of
from fctune.evaluation.bfcl.figures import official
from fctune.evaluation.bfcl.score import looks_like_rows, score_rows
from fctune.evaluation.cases.case_set import EvalCase
from fctune.evaluation.comparison.compare import compare
from fctune.evaluation.comparison.results import load_run
from fctune.issues import Origin
from fctune.tools.spec import ToolCall, ToolCatalog

TOOL = {
    "name": "weather.now",
    "parameters": {
        "type": "dict",
        "properties": {
            "city": {"type": "string"},
            "unit": {"type": "string", "enum": ["C", "F"]},
            "days": {"type": "integer"},
        },
        "required": ["city"],
    },
}
GOLD = [{"weather.now": {"city": ["北京", "Beijing"], "unit": ["", "C"], "days": ["", 3]}}]


def _row(key: str, *calls: Any, **more: Any) -> dict[str, Any]:
    row = {"id": key, "category": "simple_python", "tools": [TOOL], "possible_answer": GOLD}
    return {**row, "prediction": list(calls), **more}


def _call(name: str = "weather.now", **arguments: Any) -> dict[str, Any]:
    return {"name": name, "arguments": arguments}


ROWS = [
    (_row("ok", _call(city="beijing", unit="C")), "ok"),
    (_row("text", "weather in Beijing"), "malformed"),
    (_row("raw", prediction="not a list"), "malformed"),
    (_row("none"), "missed_call"),
    (_row("two", _call(city="北京"), _call(city="北京")), "wrong_count"),
    (_row("unknown", _call("weather.later", city="北京")), "unknown_tool"),
    (_row("required", _call(unit="C")), "missing_required"),
    (_row("extra", _call(city="北京", zz=1)), "unknown_param"),
    (_row("type", _call(city="北京", days="3")), "type"),
    (_row("enum", _call(city="北京", unit="K")), "enum"),
    (_row("value", _call(city="上海")), "value"),
    (_row("over", _call(), category="irrelevance", possible_answer=[]), "false_call"),
    (_row("still", category="live_irrelevance", possible_answer=[]), "ok"),
    (_row("garbage", "x", category="irrelevance", possible_answer=[]), "ok"),
    (_row("any", _call("f"), category="live_relevance", possible_answer=[]), "ok"),
    (_row("shy", category="live_relevance", possible_answer=[]), "missed_call"),
    (_row("dots", _call("weather_now", city="北京"), underscore_to_dot=True), "ok"),
    (_row("no dots", _call("weather.now", city="北京"), underscore_to_dot=True), "unknown_tool"),
    (
        _row("tool", _call("g"), category="multiple", tools=[{"name": "g"}, TOOL]),
        "wrong_tool",
    ),
    (
        _row(
            "pair",
            _call(city="北京", days=4),
            _call(city="上海"),
            category="parallel",
            possible_answer=[{"weather.now": {"city": ["上海"]}}, *GOLD],
        ),
        "value",
    ),
    (_row("json tools", _call(city="北京"), tools=json.dumps([TOOL])), "ok"),
    (_row("wrapped", _call(city="北京"), tools=[{"type": "function", "function": TOOL}]), "ok"),
]


def _write(path: Path, rows: list[Any]) -> Path:
    lines = [row if isinstance(row, str) else json.dumps(row, ensure_ascii=False) for row in rows]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def _lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def test_outcomes_have_the_words_and_the_official_type(tmp_path: Path) -> None:
    path = _write(tmp_path / "rows.jsonl", [row for row, _ in ROWS])
    content = score_rows(path, tmp_path / "out")
    found = {row["id"]: row for row in _lines(tmp_path / "out/outcomes.jsonl")}
    assert {key: row["outcome"] for key, row in found.items()} == {
        row["id"]: word for row, word in ROWS
    }
    for row in found.values():
        assert row["correct"] is (row["outcome"] == "ok") is (row["error_type"] is None)
        assert row["reason"].startswith(row["error_type"] or "")
    assert found["value"]["reason"] == (
        'value_error:string: weather.now.city: got "上海", expected "北京" or "Beijing"'
    )
    assert content["n"] == len(ROWS) == content["correct"] + content["wrong"]
    assert sum(content["outcomes"].values()) == len(ROWS)
    assert content["metrics"]["over_call_rate"]["num"] == 2  # a garbled call is one begun
    assert not (tmp_path / "out/rejected.jsonl").exists()


def test_damaged_rows_are_rejected_and_counted(tmp_path: Path) -> None:
    damaged: list[Any] = [
        "{not json",
        "[1, 2]",
        "null",
        "5",
        '"text"',
        {"id": "a", "tools": [TOOL], "possible_answer": GOLD},
        _row("b", possible_answer=None),
        _row("c", possible_answer=["f"]),
        _row("d", possible_answer=[{"f": 5}]),
        _row("e", category=7),
        _row("ok", _call(city="北京")),
        _row("ok", _call(city="北京")),
        _row("odd", _call(city="北京"), tools=5),
        _row("null", prediction=None),
        {**_row("", _call(city="北京")), "id": None},
        "",
    ]
    content = score_rows(_write(tmp_path / "rows.jsonl", damaged), tmp_path / "out")
    rejected = _lines(tmp_path / "out/rejected.jsonl")
    data = content["data"]
    assert (data["rows"], data["scored"], data["rejected"]) == (15, 4, 11)
    assert [row["line"] for row in rejected] == [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 12]
    assert all(row["reason"] for row in rejected)
    ids = [row["id"] for row in _lines(tmp_path / "out/outcomes.jsonl")]
    assert ids == ["ok", "odd", "null", "line:15"]
    assert "Rejected rows (10 of 11" in (tmp_path / "out/report.md").read_text(encoding="utf-8")


def test_odd_values_are_judged_and_not_rejected(tmp_path: Path) -> None:
    deep = "[" * 200 + "]" * 200
    odd = [
        json.dumps(_row("inf", _call(city="北京", days=float("inf")))),
        json.dumps(_row("emoji \ud83d", _call(city="\ud83d"))),
        json.dumps(_row("deep", _call(city="北京", zz=0))).replace("0}", f"{deep}}}"),
        json.dumps(_row("big", _call(city="北京", days=10**30))),
    ]
    content = score_rows(_write(tmp_path / "rows.jsonl", odd), tmp_path / "out")
    assert content["data"]["rejected"] == 0
    found = [row["outcome"] for row in _lines(tmp_path / "out/outcomes.jsonl")]
    assert found == ["type", "value", "unknown_param", "value"]
    assert "emoji" in (tmp_path / "out/report.md").read_text(encoding="utf-8")


def test_rejects_of_an_earlier_run_do_not_stay(tmp_path: Path) -> None:
    out = tmp_path / "out"
    score_rows(_write(tmp_path / "a.jsonl", ["5", ROWS[0][0]]), out)
    assert (out / "rejected.jsonl").exists()
    score_rows(_write(tmp_path / "b.jsonl", [ROWS[0][0]]), out)
    assert not (out / "rejected.jsonl").exists()


@pytest.mark.parametrize("text", ["", "5\n[]\n", '{"id": 1}\n'])
def test_a_file_without_rows_is_a_fault(tmp_path: Path, text: str) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputFault):
        score_rows(path, tmp_path / "out")
    assert not (tmp_path / "out/results.json").exists()
    with pytest.raises(InputFault):
        score_rows(tmp_path / "absent.jsonl", tmp_path / "out")


def test_packed_rows_give_equal_files(tmp_path: Path) -> None:
    plain = _write(tmp_path / "rows.jsonl", [row for row, _ in ROWS])
    packed = tmp_path / "rows.jsonl.gz"
    packed.write_bytes(gzip.compress(plain.read_bytes()))
    score_rows(plain, tmp_path / "a")
    score_rows(packed, tmp_path / "b")
    score_rows(plain, tmp_path / "c")
    one, other = (tmp_path / name / "outcomes.jsonl" for name in "ab")
    assert one.read_bytes() == other.read_bytes()
    for name in ("results.json", "report.md", "outcomes.jsonl"):
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "c" / name).read_bytes()


def test_compare_reads_the_outcomes(tmp_path: Path) -> None:
    rows = [row for row, _ in ROWS]
    better = [_row("value", _call(city="北京")) if row["id"] == "value" else row for row in rows]
    score_rows(_write(tmp_path / "a.jsonl", rows), tmp_path / "a")
    score_rows(_write(tmp_path / "b.jsonl", better), tmp_path / "b")
    first, second = (load_run(tmp_path / name, name) for name in "ab")
    assert (first.mode, len(first.outcomes)) == ("bfcl", len(ROWS))
    outcome = first.outcomes["pair"]
    assert (outcome.predicted_calls, outcome.name_pairs, outcome.exact_pairs) == (2, 2, 1)
    assert (outcome.gold_slots, outcome.right_slots, outcome.predicted_slots) == (3, 2, 3)
    comparison = compare([first, second])
    assert (comparison.pairings[0].fixes, comparison.pairings[0].regressions) == (("value",), ())


def test_right_rows_have_perfect_counts(tmp_path: Path) -> None:
    rows = [row for row, word in ROWS if word == "ok" and "relevance" not in row["category"]]
    score_rows(_write(tmp_path / "rows.jsonl", rows), tmp_path / "out")
    for row in _lines(tmp_path / "out/outcomes.jsonl"):
        assert row["exact_pairs"] == row["name_pairs"] == len(row["tools"]) == 1
        assert row["right_slots"] == row["gold_slots"] == row["predicted_slots"]
        assert row["valid_calls"] == row["known_calls"] == row["predicted_calls"]


def test_which_files_the_fast_path_takes(tmp_path: Path) -> None:
    assert looks_like_rows(_write(tmp_path / "a.jsonl", ["{", {"id": 1}, ROWS[0][0]]))
    idle = {"category": "irrelevance", "tools": [], "prediction": []}
    assert looks_like_rows(_write(tmp_path / "d.jsonl", [idle]))
    assert not looks_like_rows(_write(tmp_path / "b.jsonl", [{"prediction": "x", "gold": {}}]))
    assert not looks_like_rows(_write(tmp_path / "c.jsonl", [""]))


def _accuracy(num: int, den: int) -> dict[str, Any]:
    from fctune.evaluation.bfcl.figures import _share

    return _share(num, den)


def test_the_official_aggregation() -> None:
    parts = {
        "simple_python": _accuracy(9, 10),
        "simple_java": _accuracy(5, 10),
        "simple_javascript": _accuracy(1, 10),
        "multiple": _accuracy(8, 10),
        "parallel": _accuracy(6, 10),
        "parallel_multiple": _accuracy(5, 10),
        "live_simple": _accuracy(90, 100),
        "live_multiple": _accuracy(5, 10),
        "irrelevance": _accuracy(8, 10),
        "live_irrelevance": _accuracy(60, 100),
        "live_relevance": _accuracy(1, 16),
    }
    found = official(parts)
    assert found["non_live"]["value"] == pytest.approx((0.5 + 0.8 + 0.6 + 0.5) / 4)
    assert found["live"]["value"] == pytest.approx(95 / 110)
    assert found["irrelevance"]["value"] == pytest.approx(0.7)
    assert found["missing"] == ["live_parallel", "live_parallel_multiple"]
    low, high = found["irrelevance"]["ci"]
    # Square and add of the Wilson intervals [0.4902, 0.9433] and [0.5020, 0.6906] of 8/10, 60/100.
    assert low == pytest.approx(
        0.7 - ((0.8 - 0.4902) ** 2 + (0.6 - 0.5020) ** 2) ** 0.5 / 2, abs=1e-3
    )
    assert high == pytest.approx(
        0.7 + ((0.9433 - 0.8) ** 2 + (0.6906 - 0.6) ** 2) ** 0.5 / 2, abs=1e-3
    )
    assert official({})["non_live"]["value"] is None


def test_the_verdict_on_a_case() -> None:
    item = {"category": "simple_python", "tools": [TOOL], "possible_answer": GOLD}
    case = EvalCase("a", "a", "l", Origin("f", 1), "", "", (), (), "", ToolCatalog(), bfcl=item)
    assert verdict_of(case, [ToolCall("weather.now", {"city": "北京"})], False).valid
    assert verdict_of(case, [], False).error_type == "simple_function_checker:wrong_count"
    assert verdict_of(case, [], True).error_type == "ast_decoder:decoder_failed"
