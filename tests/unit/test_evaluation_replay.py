"""Recorded predictions: three kinds of files, told apart, and refused where they do not fit."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from fctune.errors import FctuneError, InputFault, UsageFault
from fctune.evaluation.cases.case_set import read_cases
from fctune.evaluation.decode import decode_qwen
from fctune.evaluation.evaluate import evaluate
from fctune.evaluation.predict import Prediction
from fctune.evaluation.replay.recording import read_recording
from fctune.evaluation.report.files import Report, RunConfig, write_report

from .evaluation_samples import TOOLS, call, qwen, said, write_split


def write(path: Path, rows: list[Any]) -> Path:
    lines = [row if isinstance(row, str) else json.dumps(row, ensure_ascii=False) for row in rows]
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return path


def outcomes(path: Path, **options: Any) -> list[str]:
    options = {"decoder": decode_qwen, "split": None, **options}
    recording = read_recording(path, **options)
    evaluation = evaluate(recording.case_set, recording.predictions)
    return [one.outcome.value for one in evaluation.outcomes]


GOLD = [{"name": "track", "arguments": {"id": "A1"}}]
RIGHT = qwen(call("track", id="A1"))


@pytest.mark.parametrize(
    ("row", "outcome"),
    [
        ({"prediction": RIGHT, "gold": GOLD}, "ok"),
        ({"prediction": GOLD, "gold": GOLD}, "ok"),
        ({"prediction": GOLD[0], "gold": GOLD[0]}, "ok"),
        ({"prediction": RIGHT, "label": RIGHT}, "ok"),
        ({"prediction": "words", "gold": "words too"}, "ok"),
        ({"prediction": "words", "gold": []}, "ok"),
        ({"prediction": [], "gold": None}, "ok"),
        ({"prediction": [], "gold": GOLD}, "missed_call"),
        ({"prediction": [{"name": "track"}], "gold": GOLD}, "malformed"),
        ({"prediction": [{"name": "track", "arguments": "{}"}], "gold": GOLD}, "malformed"),
        ({"prediction": [3], "gold": GOLD}, "malformed"),
        ({"prediction": 5, "gold": GOLD}, "malformed"),
        ({"prediction": False, "gold": []}, "malformed"),
        ({"prediction": [{"name": 0, "arguments": {}}], "gold": []}, "malformed"),
        ({"prediction": None, "gold": []}, "infra_error"),
        ({"prediction": RIGHT, "gold": GOLD, "finish_reason": "length"}, "truncated"),
        ({"prediction": RIGHT, "gold": GOLD, "finish_reason": "error"}, "infra_error"),
    ],
)
def test_simple_rows(tmp_path: Path, row: dict[str, Any], outcome: str) -> None:
    path = write(tmp_path / "p.jsonl", [{**row, "tools": TOOLS}])
    assert outcomes(path) == [outcome]


def test_calls_need_no_decoder_and_text_does(tmp_path: Path) -> None:
    calls = write(tmp_path / "calls.jsonl", [{"prediction": GOLD, "gold": GOLD, "tools": TOOLS}])
    assert outcomes(calls, decoder=None) == ["ok"]
    text = write(tmp_path / "text.jsonl", [{"prediction": "x", "gold": GOLD, "tools": TOOLS}])
    with pytest.raises(UsageFault, match="no template") as caught:
        outcomes(text, decoder=None)
    assert "--template" in caught.value.hint


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([], "no predictions"),
        (["{half"], "column"),
        (["[1]", "[2]"], "got a JSON list, expected an object"),
        ([{"prediction": "x"}], "no gold answer"),
        ([{"gold": []}], "got no prediction"),
        ([{"prediction": "x", "gold": [5]}], "the gold answer cannot be read"),
        ([{"prediction": "x", "gold": [], "finish_reason": "tired"}], "got finish_reason 'tired'"),
        ([{"id": 1, "prediction": "x", "gold": []}] * 2, "got the id '1' a second time"),
    ],
)
def test_rows_that_cannot_be_used_name_their_place(
    tmp_path: Path, rows: list[Any], message: str
) -> None:
    path = write(tmp_path / "p.jsonl", rows)
    with pytest.raises(InputFault, match=message) as caught:
        outcomes(path)
    assert str(path) in caught.value.where


def engine_rows(answers: list[str]) -> list[dict[str, str]]:
    return [{"prompt": "...", "predict": text, "label": "You are welcome."} for text in answers]


def test_the_engines_file_is_paired_with_final_turns(tmp_path: Path) -> None:
    split = read_cases(write_split(tmp_path / "test.jsonl", ["A1", "A2"]))
    path = write(tmp_path / "generated_predictions.jsonl", engine_rows(["Bye.", RIGHT]))
    assert outcomes(path, split=split) == ["ok", "false_call"]
    with pytest.raises(UsageFault) as caught:
        outcomes(path)
    assert "--data" in caught.value.hint


def test_the_engines_file_of_another_split_is_refused(tmp_path: Path) -> None:
    split = read_cases(write_split(tmp_path / "test.jsonl", ["A1", "A2"]))
    short = write(tmp_path / "short.jsonl", engine_rows(["Bye."]))
    with pytest.raises(InputFault, match="got 1 predictions, expected 2"):
        outcomes(short, split=split)
    rows = engine_rows(["Bye.", "Bye."])
    rows[1]["label"] = RIGHT
    other = write(tmp_path / "other.jsonl", rows)
    with pytest.raises(InputFault, match="not the gold answer") as caught:
        outcomes(other, split=split)
    assert caught.value.where == f"{other}:2"


def test_the_engines_labels_in_words_are_checked_too(tmp_path: Path) -> None:
    split = read_cases(write_split(tmp_path / "test.jsonl", ["A1"]))
    told = (
        "You are welcome.", "<think>\n\n</think>\n\nYou are welcome.<|im_end|>\n", "You are wel",
        "\n</think>\n\nYou are welcome.",
        "you  are welcome", "You are elcome.",
    )  # fmt: skip
    for label in told:
        row = {"prompt": "...", "predict": "Bye.", "label": label}
        path = write(tmp_path / "generated_predictions.jsonl", [row])
        assert outcomes(path, split=split) == ["ok"], label
    for label in ("It is in Oslo.", "You welcome me are", "We are welcome."):
        row = {"prompt": "...", "predict": "Bye.", "label": label}
        path = write(tmp_path / "generated_predictions.jsonl", [row])
        with pytest.raises(InputFault, match="not the gold answer") as caught:
            outcomes(path, split=split)
        assert caught.value.where == f"{path}:1"
        assert label in caught.value.message
        assert "You are welcome." in caught.value.message
        assert "--data" in caught.value.hint


def test_engine_labels_that_say_nothing_prove_nothing(tmp_path: Path) -> None:
    split = read_cases(write_split(tmp_path / "test.jsonl", ["A1", "A2"]))
    rows = engine_rows(["Bye.", "Bye."])
    for label in ("", "<think></think>\n", " ... "):
        cut = [{**row, "label": label} for row in rows]
        path = write(tmp_path / "generated_predictions.jsonl", cut)
        with pytest.raises(InputFault, match="no label holds a word") as caught:
            outcomes(path, split=split)
        assert "cutoff_len" in caught.value.hint
        one = write(tmp_path / "one.jsonl", [cut[0], rows[1]])
        assert outcomes(one, split=split) == ["ok", "ok"], "another line proves the pairing"


def test_predictions_of_another_split_are_refused(tmp_path: Path) -> None:
    split = read_cases(write_split(tmp_path / "test.jsonl", ["A1"]))
    path = write(tmp_path / "p.jsonl", [{"id": "zz#1", "text": "x", "finish_reason": "stop"}])
    with pytest.raises(FctuneError, match="no id of the 1 predictions"):
        outcomes(path, split=split)


def test_ours_comes_back_with_and_without_the_split(tmp_path: Path) -> None:
    split = read_cases(write_split(tmp_path / "test.jsonl", ["A1", "A2"]))
    answers = [RIGHT, "It is in 奥斯陆.", "Bye.", "<tool_call>{", RIGHT]
    predictions = [
        said(text, case.id, finish_reason="stop", output_tokens=7)
        for text, case in zip(answers, split.cases, strict=False)
    ]
    predictions.append(Prediction(split.cases[5].id, None, finish_reason="error", error="too long"))
    first = evaluate(split, predictions)
    report = Report.of(first, RunConfig("model", "qwen", 1))
    write_report(report, tmp_path / "out")
    path = tmp_path / "out" / "predictions.jsonl"
    expected = ["ok", "ok", "ok", "malformed", "false_call", "infra_error"]
    assert outcomes(path) == outcomes(path, split=split) == expected
    again = read_recording(path, decoder=decode_qwen, split=None)
    assert evaluate(again.case_set, again.predictions).outcomes == first.outcomes


def test_a_case_without_a_prediction_is_unscored(tmp_path: Path) -> None:
    split = read_cases(write_split(tmp_path / "test.jsonl", ["A1"]))
    row = {"id": split.cases[0].id, "text": RIGHT, "finish_reason": "stop"}
    path = write(tmp_path / "p.jsonl", [row])
    assert outcomes(path, split=split) == ["ok", "infra_error", "infra_error"]


def test_what_was_malformed_stays_so_when_it_is_scored_again(tmp_path: Path) -> None:
    row = {"id": "a", "prediction": [{"name": "track"}], "gold": GOLD, "tools": TOOLS}
    recording = read_recording(write(tmp_path / "p.jsonl", [row]), decoder=None, split=None)
    first = evaluate(recording.case_set, recording.predictions)
    report = Report.of(first, RunConfig("p", "", 1))
    for name in ("one", "two"):
        write_report(report, tmp_path / name)
        path = tmp_path / name / "predictions.jsonl"
        again = read_recording(path, decoder=None, split=None)
        second = evaluate(again.case_set, again.predictions)
        assert second.outcomes == first.outcomes
        report = Report.of(second, RunConfig("p", "", 1))
    one, two = (tmp_path / name / "predictions.jsonl" for name in ("one", "two"))
    assert json.loads(one.read_text())["text"] == json.loads(two.read_text())["text"]
    assert '{"name": "track"}' in json.loads(one.read_text())["text"]


def test_a_second_prediction_for_a_case_is_refused_with_a_split_too(tmp_path: Path) -> None:
    split = read_cases(write_split(tmp_path / "test.jsonl", ["A1"]))
    row = {"id": split.cases[0].id, "text": "x", "finish_reason": "stop"}
    path = write(tmp_path / "p.jsonl", [row, {**row, "text": RIGHT}])
    for given in (split, None):
        with pytest.raises(InputFault, match="a second time"):
            outcomes(path, split=given)


def test_predictions_of_no_case_are_counted(tmp_path: Path) -> None:
    split = read_cases(write_split(tmp_path / "test.jsonl", ["A1"]))
    rows = [{"id": name, "text": "x", "finish_reason": "stop"} for name in ("zz#1", "zz#2")]
    rows.append({"id": split.cases[0].id, "text": RIGHT, "finish_reason": "stop"})
    recording = read_recording(write(tmp_path / "p.jsonl", rows), decoder=decode_qwen, split=split)
    assert recording.strangers == 2
    assert len(recording.predictions) == 1


def test_one_bad_row_does_not_end_the_run(tmp_path: Path) -> None:
    good = {"prediction": GOLD, "gold": GOLD, "tools": TOOLS}
    rows: list[Any] = [
        {"id": "right", **good},
        {"id": "null", **good, "prediction": None},
        {"id": "number", **good, "prediction": 5},
        {"id": "tired", **good, "finish_reason": "tired"},
        {"id": "no gold", "prediction": GOLD},
        {"id": "bad gold", **good, "gold": [5]},
        "{half",
        "[1]",
        json.dumps({"id": "id \ud83d", **good}),
    ]
    recording = read_recording(write(tmp_path / "p.jsonl", rows), decoder=None, split=None)
    evaluation = evaluate(recording.case_set, recording.predictions)
    assert {one.id: (one.outcome.value, one.reason) for one in evaluation.outcomes} == {
        "right": ("ok", ""),
        "null": ("infra_error", "no answer recorded"),
        "number": ("malformed", "got prediction number, expected text or a list of calls"),
        "tired": (
            "infra_error",
            "got finish_reason 'tired', expected stop, length, error, unknown",
        ),
    }
    account = recording.case_set.account()
    assert (account["rows"], account["cases"], account["rejected"]) == (9, 4, 5)
    assert account["rejected_by_code"] == {
        "call-shape": 1,
        "json-invalid": 1,
        "json-lone-surrogate": 1,
        "json-not-object": 1,
        "row-without-answer": 1,
    }


def test_what_was_said_may_be_odd(tmp_path: Path) -> None:
    deep = json.loads("[" * 150 + "]" * 150)
    said: list[Any] = [
        "cut \ud83d",
        [{"name": "track", "arguments": {"id": "\ud83d"}}],
        [{"name": "track", "arguments": {"id": float("nan")}}],
        [{"name": "track", "arguments": {"id": deep}}],
    ]
    rows = [
        json.dumps({"id": f"{place}", "prediction": one, "gold": [], "tools": TOOLS})
        for place, one in enumerate(said)
    ]
    path = write(tmp_path / "p.jsonl", rows)
    recording = read_recording(path, decoder=decode_qwen, split=None)
    evaluation = evaluate(recording.case_set, recording.predictions)
    found = [one.outcome.value for one in evaluation.outcomes]
    assert found == ["ok", "malformed", "malformed", "malformed"]
    assert not recording.rejected
    write_report(Report.of(evaluation, RunConfig("p", "qwen", 1)), tmp_path / "out")
    assert outcomes(tmp_path / "out" / "predictions.jsonl") == found


def test_a_bad_row_beside_a_split_leaves_its_case_unscored(tmp_path: Path) -> None:
    split = read_cases(write_split(tmp_path / "test.jsonl", ["A1"]))
    first, second, _ = (case.id for case in split.cases)
    rows = [{"id": first, "text": RIGHT}, {"id": second, "text": "x", "finish_reason": 5}, "{half"]
    recording = read_recording(write(tmp_path / "p.jsonl", rows), decoder=decode_qwen, split=split)
    evaluation = evaluate(recording.case_set, recording.predictions)
    assert [one.outcome.value for one in evaluation.outcomes] == ["ok", *["infra_error"] * 2]
    assert "got finish_reason 5" in evaluation.outcomes[1].reason
    assert [one.origin.line for one in recording.rejected] == [3]
    engine = write(tmp_path / "e.jsonl", [*engine_rows(["Bye."]), "{half"])
    with pytest.raises(InputFault, match="column"):
        outcomes(engine, split=split)


@pytest.mark.parametrize(
    "said",
    [
        [{"type": "function", "function": {"name": "track", "arguments": '{"id": "A1"}'}}],
        {"role": "assistant", "content": "", "tool_calls": [
            {"function": {"name": "track", "arguments": '{"id": "A1"}'}}]},
        {"calls": [{"name": "track", "arguments": {"id": "A1"}}], "text": ""},
        {"role": "assistant", "content": None,
         "function_call": {"name": "track", "arguments": '{"id": "A1"}'}},
    ],
)  # fmt: skip
def test_predictions_in_openais_shape_are_read(tmp_path: Path, said: Any) -> None:
    row = {"id": "a", "prediction": said, "gold": [{"name": "track", "arguments": {"id": "A1"}}]}
    path = tmp_path / "p.jsonl"
    path.write_text(json.dumps(row) + "\n")
    (prediction,) = read_recording(path, decoder=None, split=None).predictions
    assert prediction.decoded.calls == (call("track", id="A1"),)


@pytest.mark.parametrize(
    "said",
    [
        {"role": "assistant", "content": "It rains."},
        {"role": "assistant", "content": "It rains.", "tool_calls": None},
        {"role": "assistant", "content": "It rains.", "tool_calls": [], "refusal": None},
        {"content": [{"type": "text", "text": "It "}, {"type": "text", "text": "rains."}]},
        {"role": "assistant", "content": None, "refusal": "It rains."},
    ],
)
def test_a_message_of_openai_without_calls_is_words(tmp_path: Path, said: Any) -> None:
    row = {"id": "a", "prediction": said, "gold": said, "tools": TOOLS}
    path = write(tmp_path / "p.jsonl", [row])
    for decoder in (None, decode_qwen):
        (prediction,) = read_recording(path, decoder=decoder, split=None).predictions
        assert (prediction.decoded.calls, prediction.decoded.text) == ((), "It rains.")
        assert outcomes(path, decoder=decoder) == ["ok"]
    spelled = write(tmp_path / "q.jsonl", [{**row, "prediction": {"content": RIGHT}}])
    assert outcomes(spelled) == ["false_call"], "calls in its text are read as in any text"
    odd = write(tmp_path / "r.jsonl", [{**row, "prediction": {"role": "assistant", "content": 5}}])
    assert outcomes(odd) == ["malformed"]


def test_an_id_of_many_figures_is_an_id(tmp_path: Path) -> None:
    ids = [1742390984512348161, 1742390984512348162]
    rows = [{"id": one, "prediction": GOLD, "gold": GOLD, "tools": TOOLS} for one in ids]
    recording = read_recording(write(tmp_path / "p.jsonl", rows), decoder=None, split=None)
    assert [case.id for case in recording.case_set.cases] == list(map(str, ids))


def test_openai_arguments_that_are_no_json_are_malformed(tmp_path: Path) -> None:
    torn = {"function": {"name": "track", "arguments": '{"id": '}}
    path = tmp_path / "p.jsonl"
    path.write_text(json.dumps({"id": "a", "prediction": [torn], "gold": []}) + "\n")
    (prediction,) = read_recording(path, decoder=None, split=None).predictions
    assert prediction.decoded.malformed
