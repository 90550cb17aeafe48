"""One case's story: all that was asked, said, read and judged stands in it."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from fctune.cli.main import run as run_fctune
from fctune.evaluation.cases.case_set import EvalCase
from fctune.evaluation.decode import Decoded
from fctune.evaluation.matching.modes import Mode
from fctune.evaluation.outcomes.judge import judge
from fctune.evaluation.predict import Prediction
from fctune.evaluation.report.explain import explain
from fctune.evaluation.report.explain_text import story_lines, trace_lines
from fctune.tools.read import parse_catalog
from fctune.tools.spec import ToolCall

from .evaluation_samples import TOOLS, call, case, qwen, said


def asked(*words: str) -> EvalCase:
    messages = tuple({"role": "user", "content": text} for text in words)
    return replace(case(call("order", item="tea", count=2)), messages=messages)


def story(one: EvalCase, prediction: Prediction, mode: Mode = Mode.STRICT) -> str:
    found = explain(one, prediction, judge(one, prediction, mode), mode)
    json.dumps(found.as_dict(), ensure_ascii=False)
    return "\n".join(text for text, _ in story_lines(found))


def test_every_argument_stands_beside_its_partner() -> None:
    told = story(
        asked("Two teas for 李雷, please."),
        said(qwen(call("order", item="Tea", size="XL", count=2))),
    )
    for line in (
        "* strict    enum             order.size:",
        "  semantic  enum             order.size:",
        "  user       Two teas for 李雷, please.",
        '  order(item="tea", count=2)',
        '    item: expected "tea", got "Tea": wrong',
        "    count: expected 2, got 2: right",
        '    size: expected -, got "XL": wrong',
        '    size = "XL" is said nowhere before (heuristic)',
        "  order(item, count?, price?, size?, gift?, tags?): Order something.",
    ):
        assert line in told, told
    assert 'item = "Tea" is said nowhere' not in told


def test_the_verdict_of_each_mode_is_told() -> None:
    one, prediction = asked("Two teas"), said(qwen(call("order", item="TEA", count=2.0)))
    told = story(one, prediction, Mode.SEMANTIC)
    assert "* semantic  ok" in told
    assert "  strict    value" in told
    assert "bfcl" not in told


def test_what_cannot_be_read_is_told_with_what_a_lenient_reader_gets() -> None:
    text = '<tool_call>{"name": "order", "arguments": {"item": "tea",}}</tool_call>'
    told = story(asked("Tea"), said(text))
    assert "malformed: the call is not valid JSON" in told
    assert 'repaired (trailing comma): order(item="tea")' in told
    assert '  not called: order(item="tea", count=2)' in told
    assert text in told


def test_a_failure_of_the_server_is_told_as_such() -> None:
    told = story(asked("Tea"), said("", finish_reason="error", error="no route"))
    assert "* strict    infra_error      no route" in told
    assert "ended by error no route" in told


def test_the_trace_is_a_line_where_right_and_a_block_where_not() -> None:
    one = asked("Two\nteas " + "x" * 900)
    right, wrong = said(qwen(call("order", item="tea", count=2))), said("好的")
    assert trace_lines(one, right, judge(one, right)) == ['a#1  OK  order(item="tea", count=2)']
    lines = trace_lines(one, wrong, judge(one, wrong))
    assert lines[0] == "a#1  MISSED_CALL  got words, expected a call of order"
    assert lines[1].startswith("  user       Two teas xxx")
    assert lines[1].endswith("... (909 characters)")
    assert lines[2:] == ['  expected   order(item="tea", count=2)', "  said       好的"]


def test_explain_on_the_command_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "p.jsonl"
    gold = [{"name": "track", "arguments": {"id": "A1"}}]
    made = [{"name": "track", "arguments": {"id": "B2"}}]
    row = {"id": "订单#1", "question": "A1?", "prediction": made, "gold": gold, "tools": TOOLS}
    path.write_text(json.dumps(row) + "\n", encoding="utf-8")

    def told(*words: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["fctune", "score", str(path), *words])
        code = 0
        try:
            run_fctune()
        except SystemExit as ended:
            code = int(ended.code or 0)
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    code, text, _ = told("--explain", "订单#1")
    assert code == 0
    assert '    id: expected "A1", got "B2": wrong' in text
    content = json.loads(told("--explain", "订单#1", "--json")[1])
    assert content["pairs"][0]["arguments"][0] == {
        "name": "id", "gold": "A1", "in_gold": True, "called": "B2", "in_called": True,
        "right": False, "message": 'got "B2", expected "A1"',
    }  # fmt: skip
    assert content["read"]["calls"][0]["ungrounded"] == ["id"]
    code, _, fault = told("--explain", "订单")
    assert (code, "did you mean 订单#1?" in fault) == (2, True)
    assert told()[0] == 2


def test_a_call_with_underscores_for_dots_is_told_by_its_listed_name() -> None:
    tool = {"name": "clock.now", "description": "Tell the time.", "parameters": {"type": "object"}}
    catalog = parse_catalog([tool])[0]
    due = replace(
        case(ToolCall("clock.now", {})),
        tools=catalog.json,
        catalog=catalog,
        bfcl={"category": "live_simple", "possible_answer": [{"clock.now": {}}],
              "tools": [tool], "underscore_to_dot": True},
    )  # fmt: skip
    prediction = Prediction("a#1", None, Decoded((ToolCall("clock_now", {}),)))
    found = explain(due, prediction, judge(due, prediction))
    assert [one.call.name for one in found.calls] == ["clock.now"]
    assert found.calls[0].issues == ()
    assert found.match.exact
