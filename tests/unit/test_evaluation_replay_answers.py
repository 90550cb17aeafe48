"""Recordings of others: answers of servers, batch output, BFCL results, OpenAI messages."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from fctune.errors import InputFault, UsageFault
from fctune.evaluation.cases.case_set import CaseSet, EvalCase, read_cases
from fctune.evaluation.decode import Decoder, decode_qwen
from fctune.evaluation.evaluate import evaluate
from fctune.evaluation.replay.recording import Recording, read_recording
from fctune.issues import Origin
from fctune.tools.read import parse_catalog
from fctune.tools.spec import ToolCall

from .endpoint_server import completion
from .evaluation_samples import TOOLS, call, case, qwen

RIGHT = completion(None, [("track", '{"id": "A1"}')], "tool_calls")
GOLD = [{"name": "track", "arguments": {"id": "A1"}}]


def write(path: Path, rows: list[Any]) -> Path:
    path.write_text("".join(f"{json.dumps(row, ensure_ascii=False)}\n" for row in rows), "utf-8")
    return path


def split_of(*cases: EvalCase) -> CaseSet:
    return CaseSet(Path("split.jsonl"), "0" * 64, cases, len(cases), len(cases))


def read(
    path: Path, split: CaseSet | None, decoder: Decoder | None = decode_qwen
) -> tuple[Recording, dict[str, str]]:
    recording = read_recording(path, decoder=decoder, split=split)
    evaluation = evaluate(recording.case_set, recording.predictions)
    return recording, {one.id: one.outcome.value for one in evaluation.outcomes}


TRACK = case(call("track", id="A1"), id="a#1")


@pytest.mark.parametrize(
    "row",
    [
        {"id": "a#1", "choices": RIGHT["choices"], "usage": RIGHT["usage"]},
        {**RIGHT, "custom_id": "a#1"},
        {"id": "a#1", "response": RIGHT},
        {"case_id": "a#1", "response": {"body": RIGHT}},
        {"custom_id": "a#1", "response": {"status_code": 200, "body": RIGHT}, "error": None},
        {"id": "a#1", "choices": completion(qwen(call("track", id="A1")))["choices"]},
    ],
)
def test_answers_of_servers(tmp_path: Path, row: dict[str, Any]) -> None:
    recording, outcomes = read(write(tmp_path / "a.jsonl", [row]), split_of(TRACK))
    assert outcomes == {"a#1": "ok"}
    assert recording.predictions[0].finish_reason == "stop"
    if "usage" in json.dumps(row):
        assert recording.predictions[0].output_tokens == 3


@pytest.mark.parametrize(
    ("row", "error"),
    [
        ({"response": None, "error": {"code": "x", "message": "expired"}}, "expired"),
        (
            {"response": {"status_code": 500, "body": {"error": {"message": "oom"}}}},
            "HTTP 500: oom",
        ),
        ({"response": {"status_code": 200, "body": "?"}}, "cannot be read"),
        ({"response": {"status_code": 200, "body": {"choices": []}}}, "no choices"),
    ],
)
def test_errors_of_a_batch_are_unscored(tmp_path: Path, row: dict[str, Any], error: str) -> None:
    path = write(tmp_path / "a.jsonl", [{"custom_id": "a#1", **row}])
    recording, outcomes = read(path, split_of(TRACK))
    assert outcomes == {"a#1": "infra_error"}
    assert error in recording.predictions[0].error


def test_nothing_is_lost(tmp_path: Path) -> None:
    rows = [{"custom_id": name, "response": {"body": RIGHT}} for name in ("a#1", "z#9", "y#9")]
    recording, outcomes = read(
        write(tmp_path / "a.jsonl", rows), split_of(TRACK, replace(TRACK, id="b#1"))
    )
    assert outcomes == {"a#1": "ok", "b#1": "infra_error"}
    assert recording.strangers == 2
    twice = write(tmp_path / "b.jsonl", [*rows, rows[0]])
    with pytest.raises(InputFault, match="'a#1' a second time, after line 1") as caught:
        read(twice, split_of(TRACK))
    assert caught.value.where == f"{twice}:4"
    with pytest.raises(InputFault, match="no id of the 2"):
        read(write(tmp_path / "c.jsonl", rows[1:]), split_of(TRACK))


def test_an_answer_may_bring_its_own_gold_and_tools(tmp_path: Path) -> None:
    row = {"id": 5, "choices": RIGHT["choices"], "gold": GOLD, "tools": TOOLS}
    assert read(write(tmp_path / "a.jsonl", [row]), None, None)[1] == {"5": "ok"}
    bare = write(tmp_path / "b.jsonl", [{"id": 5, "choices": RIGHT["choices"]}])
    with pytest.raises(InputFault, match="no gold answer") as caught:
        read(bare, None)
    assert "--data" in caught.value.hint


def dotted(id: str = "simple_python_0") -> EvalCase:
    catalog = parse_catalog(
        [{"name": "math.add", "description": "", "parameters": TOOLS[1]["parameters"]}]
    )[0]
    return replace(
        TRACK,
        id=id,
        catalog=catalog,
        tools=catalog.json,
        calls=(ToolCall("math.add", {"id": "A"}),),
    )


@pytest.mark.parametrize(
    ("result", "outcome"),
    [
        ([{"math_add": '{"id": "A"}'}], "ok"),
        ([{"math.add": {"id": "A"}}], "ok"),
        ([{"name": "math_add", "arguments": {"id": "A"}}], "ok"),
        ('[math.add(id="A")]', "ok"),
        ("I cannot do that.", "missed_call"),
        ([], "missed_call"),
        ([{"math_add": "{"}], "malformed"),
        ([{"a": {}, "b": {}}], "malformed"),
        ([[["x"]]], "malformed"),
        (None, "malformed"),
        ("Error during inference: timeout", "infra_error"),
    ],
)
def test_results_of_bfcl(tmp_path: Path, result: Any, outcome: str) -> None:
    row = {"id": "simple_python_0", "result": result, "output_token_count": 4, "latency": 0.5}
    path = write(tmp_path / "BFCL_v4_simple_python_result.json", [row])
    outcomes = read(path, split_of(dotted()), None)[1]
    assert outcomes == {"simple_python_0": outcome}
    with pytest.raises(UsageFault, match="no tools") as caught:
        read(path, None, None)
    assert "--data" in caught.value.hint


def test_decoders_get_the_tools(tmp_path: Path) -> None:
    """An XML style writes `7` for a string and for a number: only the schema tells them apart."""
    text = (
        "<tool_call>\n<function=track>\n<parameter=id>\n7\n</parameter>\n</function>\n</tool_call>"
    )
    from fctune.evaluation.decode import decoder_named

    one = replace(TRACK, calls=(call("track", id="7"),))
    for row in ({"id": "a#1", "text": text}, {"id": "a#1", "choices": completion(text)["choices"]}):
        path = write(tmp_path / "a.jsonl", [row])
        assert read(path, split_of(one), decoder_named("qwen3_5"))[1] == {"a#1": "ok"}
    whole = {"id": 1, "prediction": text, "gold": GOLD, "tools": TOOLS}
    whole["gold"] = [{"name": "track", "arguments": {"id": "7"}}]
    path = write(tmp_path / "b.jsonl", [whole])
    assert read(path, None, decoder_named("qwen3_5"))[1] == {"1": "ok"}


def messages_row(id_: str) -> Mapping[str, Any]:
    wrapped = [{"type": "function", "function": tool} for tool in TOOLS]
    called = {"id": "c1", "type": "function"}
    called |= {"function": {"name": "track", "arguments": json.dumps({"id": id_})}}  # type: ignore[dict-item]
    return {
        "messages": [
            {"role": "system", "content": "You help."},
            {"role": "user", "content": f"Where is {id_}?"},
            {"role": "assistant", "content": None, "tool_calls": [called]},
            {"role": "tool", "tool_call_id": "c1", "content": '{"at": "Oslo"}'},
            {"role": "assistant", "content": "In Oslo."},
        ],
        "tools": wrapped,
    }


def test_openai_messages_are_cases(tmp_path: Path) -> None:
    split = read_cases(write(tmp_path / "test.jsonl", [messages_row("A1"), messages_row("查2")]))
    assert [len(one.messages) for one in split.cases] == [1, 3, 1, 3]
    assert split.cases[2].calls == (call("track", id="查2"),)
    rows = [
        {
            "custom_id": one.id,
            "response": {
                "body": completion(
                    one.text, [(c.name, json.dumps(dict(c.arguments))) for c in one.calls]
                )
            },
        }
        for one in split.cases
    ]
    _, outcomes = read(write(tmp_path / "a.jsonl", rows), split, None)
    assert set(outcomes.values()) == {"ok"} and len(outcomes) == 4


def test_a_row_of_another_form_names_its_line(tmp_path: Path) -> None:
    rows: list[Any] = [
        {"prediction": GOLD, "gold": GOLD, "tools": TOOLS, "accepted": [{"values": 5}]}
    ]
    path = write(tmp_path / "a.jsonl", rows)
    with pytest.raises(InputFault, match="accepted") as caught:
        read(path, None)
    assert caught.value.where == str(Origin(str(path), 1))
