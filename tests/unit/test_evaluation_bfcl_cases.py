"""Importers of public test sets: prompts, gold answers and the account of rows."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from fctune.errors import InputFault, UsageFault
from fctune.evaluation.bfcl.case import verdict_of
from fctune.evaluation.cases.by_content import read_any_cases, set_of
from fctune.evaluation.cases.case_set import CaseSet, Decision
from fctune.evaluation.decode import Decoded
from fctune.evaluation.evaluate import evaluate
from fctune.evaluation.matching.modes import Mode
from fctune.evaluation.predict import Prediction
from fctune.tools.spec import ToolCall

RAW = Path(__file__).parents[3] / "shared/data/raw"
TIME = {
    "name": "clock.now",
    "description": "当前时间",
    "parameters": {
        "type": "dict",
        "properties": {
            "city": {"type": "string"},
            "zone": {"type": "string"},
            "box": {"type": "dict", "properties": {"a": {"type": "string"}}},
        },
        "required": ["city"],
    },
}
QUESTION = [[{"role": "system", "content": "简短。"}, {"role": "user", "content": "奥斯陆几点？"}]]
ANSWER = [
    {
        "clock.now": {
            "city": ["奥斯陆", "Oslo"],
            "zone": ["", "CET"],
            "box": ["", {"a": ["x", "y"], "b": ["", "z"]}],
        }
    }
]


def _write(path: Path, rows: list[Any]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = [row if isinstance(row, str) else json.dumps(row, ensure_ascii=False) for row in rows]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def _question(key: str, **more: Any) -> dict[str, Any]:
    return {"id": key, "question": QUESTION, "function": [TIME], **more}


def _bfcl(folder: Path) -> Path:
    _write(folder / "BFCL_v4_simple_python.json", [_question("simple_python_0")])
    _write(
        folder / "possible_answer/BFCL_v4_simple_python.json",
        [{"id": "simple_python_0", "ground_truth": ANSWER}],
    )
    _write(folder / "BFCL_v4_irrelevance.json", [_question("irrelevance_3")])
    _write(folder / "BFCL_v4_live_relevance.json", [_question("live_relevance_0-0-0")])
    _write(folder / "BFCL_v4_multi_turn_base.json", [{"id": "multi_turn_base_0", "question": []}])
    return folder


def _replayed(cases: CaseSet, mode: Mode, *, empty: bool = False) -> list[bool | None]:
    said = [
        Prediction(case.id, None, Decoded(calls=() if empty else case.calls))
        for case in cases.cases
    ]
    return [outcome.correct for outcome in evaluate(cases, said, mode).outcomes]


def test_bfcl_questions_find_their_answers(tmp_path: Path) -> None:
    path = _bfcl(tmp_path) / "BFCL_v4_simple_python.json"
    assert set_of(path) == "bfcl"
    cases = read_any_cases(path)
    (case,) = cases.cases
    assert (case.id, case.lesson, case.system) == ("simple_python_0", "simple_python", "简短。")
    assert [dict(message) for message in case.messages] == [
        {"role": "user", "content": "奥斯陆几点？"}
    ]
    assert case.calls == (ToolCall("clock.now", {"city": "奥斯陆"}),)
    assert case.decision is Decision.CALL
    assert case.tags == ("category:simple_python", "source:bfcl")
    (accepted,) = case.accepted
    assert accepted.values["city"] == ("奥斯陆", "Oslo")
    assert accepted.values["box"] == ({"a": "x"}, {"a": "x", "b": "z"}, {"a": "y"},
                                      {"a": "y", "b": "z"})  # fmt: skip
    assert accepted.omittable == {"zone", "box"}
    assert case.bfcl is not None
    assert case.bfcl["possible_answer"] == ANSWER
    assert case.bfcl["tools"] == [TIME]
    assert verdict_of(case, [ToolCall("clock.now", {"city": "oslo"})], False).valid
    assert cases.account()["rows"] == 1


def test_a_folder_of_bfcl_gives_its_single_turn_categories(tmp_path: Path) -> None:
    cases = read_any_cases(_bfcl(tmp_path))
    found = {case.id: case.decision for case in cases.cases}
    assert found == {
        "simple_python_0": Decision.CALL,
        "irrelevance_3": Decision.REFUSE,
        "live_relevance_0-0-0": Decision.CALL,
    }
    for mode in Mode:
        # Any call is right for live_relevance, and its gold answer names none.
        assert _replayed(cases, mode)[:1] == [True]
        assert _replayed(cases, mode, empty=True) == [True, False, False]


def test_bfcl_with_names_of_a_server(tmp_path: Path) -> None:
    path = _bfcl(tmp_path) / "BFCL_v4_simple_python.json"
    (case,) = read_any_cases(path, underscore_to_dot=True).cases
    assert verdict_of(case, [ToolCall("clock_now", {"city": "Oslo"})], False).valid
    assert not verdict_of(case, [ToolCall("clock.now", {"city": "Oslo"})], False).valid


def test_bfcl_rows_without_an_answer_are_rejected(tmp_path: Path) -> None:
    rows = [
        _question("simple_python_0", ground_truth=ANSWER),
        _question("simple_python_1"),
        "{",
        "[]",
        {"id": 5},
        _question("simple_python_2", ground_truth=ANSWER, question=[]),
        _question("simple_python_3", ground_truth=ANSWER, function="f"),
        _question("simple_python_0", ground_truth=ANSWER),
        _question("multi_turn_base_0", ground_truth=[["f()"]], question=QUESTION * 2),
    ]
    cases = read_any_cases(_write(tmp_path / "mine.jsonl", rows))
    account = cases.account()
    assert (account["rows"], account["cases"], account["duplicates"]) == (9, 1, 1)
    assert account["rejected"] == 7
    codes = account["rejected_by_code"]
    assert isinstance(codes, dict)
    assert codes["row-without-answer"] == 2


def test_possible_answers_that_are_nowhere(tmp_path: Path) -> None:
    path = _write(tmp_path / "BFCL_v4_multiple.json", [_question("multiple_0")])
    with pytest.raises(InputFault, match="none beside the file"):
        read_any_cases(path)
    with pytest.raises(InputFault, match="no possible answers"):
        read_any_cases(path, answers=tmp_path)
    answers = _write(tmp_path / "gold.json", [{"id": "multiple_0", "ground_truth": ANSWER}])
    assert len(read_any_cases(path, answers=answers).cases) == 1


def test_categories_of_several_turns_are_told(tmp_path: Path) -> None:
    row = {"id": "multi_turn_base_0", "question": QUESTION * 2, "involved_classes": ["A"]}
    path = _write(tmp_path / "BFCL_v4_multi_turn_base.json", [row])
    with pytest.raises(InputFault, match="expected one of a single turn"):
        read_any_cases(path)


def test_java_asks_for_source_text(tmp_path: Path) -> None:
    properties = {
        "n": {"type": "long", "description": "How many"},
        "ids": {"type": "ArrayList", "items": {"type": "String"}},
        "map": {"type": "HashMap"},
    }
    tool = {"name": "f", "parameters": {"type": "dict", "properties": properties, "required": []}}
    gold = [{"f": {"n": [5], "ids": [["a", "b"]], "map": [{"k": [1]}]}}]
    row = _question("simple_java_0", function=[tool], ground_truth=gold)
    cases = read_any_cases(_write(tmp_path / "j.jsonl", [row]))
    (case,) = cases.cases
    assert case.calls[0].arguments == {
        "n": "5L",
        "ids": 'new ArrayList<>(Arrays.asList("a", "b"))',
        "map": 'new HashMap<String, Object>() {{ put("k", 1); }}',
    }
    spec = case.catalog.get("f")
    assert spec is not None
    assert spec.parameters["properties"]["n"] == {
        "type": "string",
        "description": "How many. Java source text of a value of type long.",
    }
    assert _replayed(cases, Mode.BFCL) == _replayed(cases, Mode.STRICT) == [True]


def _when2call(right: str, **more: Any) -> dict[str, Any]:
    answers = {
        "direct": "It is noon.",
        "tool_call": json.dumps({"name": "clock.now", "arguments": {"city": "Oslo"}}),
        "request_for_info": "Which city?",
        "cannot_answer": "I cannot tell.",
    }
    row = {"uuid": f"u-{right}", "question": "现在几点？", "answers": answers}
    return {**row, "correct_answer": right, "tools": [json.dumps(TIME)], **more}


def test_when2call_rows_have_their_decisions(tmp_path: Path) -> None:
    rows = [
        _when2call("direct"),
        _when2call("tool_call", held_out_param="city"),
        _when2call("request_for_info", held_out_param="city"),
        _when2call("cannot_answer", tools=[]),
        _when2call("shrug"),
        _when2call("tool_call", uuid="x", answers={"tool_call": "call it"}),
    ]
    path = _write(tmp_path / "w.jsonl", rows)
    assert set_of(path) == "when2call"
    cases = read_any_cases(path)
    found = [(case.decision, case.missing, bool(case.calls), case.text) for case in cases.cases]
    assert found == [
        (Decision.ANSWER, (), False, "It is noon."),
        (Decision.CALL, (), True, ""),
        (Decision.ASK, ("city",), False, "Which city?"),
        (Decision.REFUSE, (), False, "I cannot tell."),
    ]
    assert cases.account()["rejected_by_code"] == {"row-without-answer": 1, "call-invalid-json": 1}
    assert _replayed(cases, Mode.STRICT) == [True] * 4


def test_xlam_rows(tmp_path: Path) -> None:
    now = {"name": "now", "parameters": {"city": {"type": "str"}, "n": {"type": "int, optional"}}}
    right = {"name": "now", "arguments": {"city": "Oslo"}}
    row = {"query": "Time?", "tools": json.dumps([now]), "answers": json.dumps([right])}
    rows = [
        {**row, "id": 7},
        row,
        row,
        {**row, "answers": [{"tool": "now", "parameters": {"city": "Rome", "n": "2"}}]},
        {**row, "answers": "[]"},
        {**row, "answers": [right, right]},
        {**row, "answers": "It is noon."},
        {"query": "Time?"},
    ]
    path = _write(tmp_path / "x.jsonl", rows)
    assert set_of(path) == "xlam"
    cases = read_any_cases(path)
    assert [(len(case.calls), case.decision) for case in cases.cases] == [
        (1, Decision.CALL),
        (1, Decision.CALL),
        (1, Decision.CALL),
        (0, Decision.REFUSE),
        (2, Decision.CALL),
        (0, None),
    ]
    assert cases.cases[0].id == "7"
    assert "gold:off-schema" in cases.cases[2].tags
    assert cases.cases[5].text == "It is noon."
    account = cases.account()
    assert (account["rows"], account["duplicates"], account["rejected"]) == (8, 1, 1)
    assert _replayed(cases, Mode.STRICT) == [True] * 6


def test_options_of_other_sets_are_refused(tmp_path: Path) -> None:
    path = _write(tmp_path / "w.jsonl", [_when2call("direct")])
    with pytest.raises(UsageFault):
        read_any_cases(path, underscore_to_dot=True)
    split = {"conversations": [{"from": "human", "value": "hi"}, {"from": "gpt", "value": "yo"}]}
    assert set_of(_write(tmp_path / "s.jsonl", [split])) is None
    with pytest.raises(InputFault):
        read_any_cases(tmp_path / "absent.jsonl")


SAMPLES = [
    ("bfcl_v4/BFCL_v4_simple_python.jsonl", "bfcl", 60),
    ("bfcl_v4/BFCL_v4_live_multiple.jsonl", "bfcl", 60),
    ("bfcl_v4/BFCL_v4_parallel_multiple.jsonl", "bfcl", 60),
    ("bfcl_v4/BFCL_v4_simple_java.jsonl", "bfcl", 60),
    ("when2call/test_llm_judge_120.jsonl", "when2call", 120),
    ("xlam_query_tools_answers/sealtool.jsonl", "xlam", 120),
    ("xlam_query_tools_answers/toolalpaca.jsonl", "xlam", 114),
]


@pytest.mark.parametrize(("name", "kind", "count"), SAMPLES, ids=[name for name, *_ in SAMPLES])
def test_samples_of_the_public_sets(name: str, kind: str, count: int) -> None:
    path = RAW / name
    if not path.is_file():
        pytest.skip("the public samples are not here")
    assert set_of(path) == kind
    cases = read_any_cases(path)
    assert len(cases.cases) == count
    assert all(_replayed(cases, Mode.STRICT))
    if kind == "bfcl":
        wrong = [c.id for c in cases.cases if not verdict_of(c, c.calls, False).valid]
        # BFCL's own reader cannot read a list of texts and numbers of type `any` back.
        assert wrong == (["simple_java_36"] if "java" in name else [])
