"""Plain rows with a faulty call are rejected at once, for the very issues of the full way."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import pytest

from fctune.conversations.calls import decode_calls
from fctune.conversations.draft import RawCall
from fctune.conversations.faulty import FaultReader, turns_keys
from fctune.conversations.formats import FORMATS
from fctune.conversations.formats.sharegpt import detect
from fctune.conversations.listed import known_tools
from fctune.conversations.read import DEFAULT_SYSTEM, read_conversation, read_with_thoughts
from fctune.dataset.sources import Reading, read_parts
from fctune.issues import Origin, Rejected
from fctune.jsonl import RawRow
from fctune.tools.read import parse_catalog

ROOT = Path(__file__).parents[2]
GLAIVE = ROOT / "data" / "raw" / "glaive"
ORIGIN = Origin("rows.jsonl", 1)
TOOLS = [
    {
        "name": "convert",
        "description": "Convert money.",
        "parameters": {
            "type": "object",
            "properties": {
                "amount": {"type": "number", "description": "How much."},
                "to": {"type": "string", "description": "Currency.", "enum": ["EUR", "USD"]},
            },
            "required": ["amount"],
        },
    }
]
LAWFUL = '{"name": "convert", "arguments": {"amount": 5, "to": "EUR"}}'
# What may stand in any text, and must send the row the full way or change nothing.
SIGNS = (
    *("<think>x</think>", "<tool_call>", "</s>", "{{idx}}", "<image>", "[INST]", "Action Input:"),
    *("tool_call:", "Thought: a", "{", "[", "`", "", " ", "\n", "T", "*", "思考", "\ud800", "\0"),
    *("a < b", "|]", "<tool_response>", "task_instruction", "[f(a=1)]", "2024-01-01", "\x85"),
)


def row(*calls: str, **more: Any) -> dict[str, Any]:
    """A row with these calls."""
    turns = [{"from": "human", "value": "How much is it?"}]
    for call in calls:
        turns.append({"from": "function_call", "value": call})
        turns.append({"from": "observation", "value": '{"amount": 4.5}'})
    turns.append({"from": "gpt", "value": "It is 4.5."})
    return {"conversations": turns, "tools": json.dumps(TOOLS), **more}


def messages(*functions: dict[str, Any], **more: Any) -> dict[str, Any]:
    """An OpenAI row with calls of these functions."""
    said: list[dict[str, Any]] = [{"role": "user", "content": "How much is it?"}]
    for index, function in enumerate(functions):
        call = {"id": f"c{index}", "type": "function", "function": function}
        said.append({"role": "assistant", "content": None, "tool_calls": [call]})
        said.append({"role": "tool", "tool_call_id": f"c{index}", "content": '{"amount": 4.5}'})
    said.append({"role": "assistant", "content": "It is 4.5."})
    wrapped = [{"type": "function", "function": tool} for tool in TOOLS]
    return {"messages": said, "tools": wrapped, **more}


def called(**arguments: Any) -> str:
    """A call of the listed tool."""
    return json.dumps({"name": "convert", "arguments": arguments})


FAULTY = (
    LAWFUL[:-1],
    LAWFUL[:-2],
    LAWFUL[:-5],
    '{"name": "convert", "arguments": {"amount": [1}}',
    "convert(amount=5)",
    "",
    "[]",
    "{}",
    "5",
    "null",
    '{"name": "convert", "arguments": {"amount": NaN}}',
    '{"name": "convert", "arguments": {"amount": 1, "amount": 2}}',
    '{"name": "convert", "arguments": {"amount": "\\u003c/s>"}}',
    '{"name": "convert", "arguments": {"amount": 5, "to": "\\ud800"}}',
    '{"name": "convert", "arguments": ' + '{"a":' * 150 + "1" + "}" * 151,
    '{"name": "convert", "arguments": ' + '{"a":' * 150 + "1" + "}" * 149,
    "{'name': 'convert', 'arguments': {'amount': 'x'}}",
    "{'name': 'convert', 'arguments': {'amount': 'x'}",
    '{"name": "convert", "parameters": {}}',
    '{"name": "convert", "arguments": "{\\"amount\\": \\"5\\"}"}',
    '{"name": "convert", "arguments": 5}',
    '{"name": "", "arguments": {}}',
    '{"name": "convrt", "arguments": {"amount": 5}}',
    '{"function": {"name": "convert", "arguments": {}}}',
    called(),
    called(amount="5"),
    called(amount=True, to="EUR"),
    called(amount=5, to="GBP"),
    called(amount=5, to="EUR", at="noon"),
    called(amount=12345678901234567890123, to=[1, {"a": None}]),
    json.dumps({"name": "convert", "arguments": {"金额": 5}}, ensure_ascii=False),
)


def assert_as_full(value: Any, system: str = DEFAULT_SYSTEM) -> bool:
    """Compare with the full way; tell whether the row was rejected at once."""
    issues = FaultReader(system).issues_of(value, turns_keys(None))
    if issues is None:
        return False
    for read in (read_conversation, read_with_thoughts):
        assert read(value, ORIGIN, system=system) == Rejected(ORIGIN, issues, value)
    return True


@pytest.mark.parametrize("call", FAULTY)
def test_a_faulty_call_alone_is_rejected_at_once_for_the_same_issues(call: str) -> None:
    assert assert_as_full(row(call))


@pytest.mark.parametrize("call", FAULTY)
def test_lawful_and_faulty_calls_beside_it_are_told_in_the_same_order(call: str) -> None:
    assert assert_as_full(row(LAWFUL, call, LAWFUL))
    assert assert_as_full(row(call, call, '{"name": "convrt", "arguments": {}}'))


ARGUMENTS = (
    *("{}", "", " ", "5", "null", "[]", '"x"', '{"amount": 5', '{"amount":"5"}', '{"amount": "5"}'),
    *('{"amount": NaN}', '{"amount": 1, "amount": 2}', "{'amount': 'x'}", '{"amount": 5, "at": 1}'),
    *('{"amount": "\\u003c/s>"}', '{"amount":5,"to":"\\ud800"}', '{"amount": "\\"5\\""}'),
    '{"amount": 12345678901234567890123, "to": null}',
)


@pytest.mark.parametrize("arguments", ARGUMENTS)
def test_faulty_calls_of_messages_are_rejected_at_once_for_the_same_issues(arguments: str) -> None:
    lawful = {"name": "convert", "arguments": '{"amount": 5}'}
    faulty = {"name": "convert", "arguments": arguments}
    other = {"name": "convrt", "arguments": '{"amount": 5}'}
    assert assert_as_full(messages(faulty))
    assert assert_as_full(messages(lawful, faulty, other, other, lawful))
    assert assert_as_full(messages(faulty, system="Be brief.", tools=json.dumps(TOOLS)))


@pytest.mark.parametrize("place", range(4))
@pytest.mark.parametrize(
    "change",
    [
        {"content": 0},
        {"content": "Let me see."},
        {"content": [{"type": "text", "text": "x"}]},
        {"content": "<tool_call>"},
        {"weight": 0},
        {"name": "x"},
        {"tool_calls": ""},
        {"tool_calls": []},
        {"tool_call_id": "c7"},
        {"role": "system"},
        {"role": "assistant"},
        {"role": "function"},
        {"function_call": {"name": "convert", "arguments": "{}"}},
    ],
    ids=str,
)
def test_a_changed_message_changes_no_verdict(place: int, change: dict[str, Any]) -> None:
    value = messages({"name": "convert", "arguments": '{"amount": "5"}'})
    value["messages"][place].update(change)
    assert_as_full(value)


@pytest.mark.parametrize("content", ["Be kind.", "", None, 5, "2024-01-01"])
def test_a_system_message_is_told_as_ever(content: Any) -> None:
    value = messages({"name": "convert", "arguments": '{"amount": "5"}'})
    value["messages"].insert(0, {"role": "system", "content": content})
    assert assert_as_full(value) == (content in ("Be kind.", ""))


@pytest.mark.parametrize("call", FAULTY[:3])
@pytest.mark.parametrize(
    "more",
    [
        {"system": "Be brief."},
        {"system": ""},
        {"system": "2024-01-01"},
        {"tools": json.dumps(TOOLS).replace("number", "float")},
        {"tools": json.dumps([*TOOLS, {"name": "now", "parameters": {}}])},
        {"tools": json.dumps(TOOLS)[:-1]},
    ],
)
def test_system_texts_and_repaired_tool_lists_are_told_as_ever(
    call: str, more: dict[str, Any]
) -> None:
    at_once = assert_as_full(row(call, **more))
    assert at_once == (more.get("system") != "2024-01-01")


@pytest.mark.parametrize(
    "value",
    [
        row(LAWFUL),
        row(LAWFUL[:-2], tools=""),
        row(LAWFUL[:-2], tools=[{"name": "now", "input_schema": {}}]),
        row(LAWFUL[:-2], system=5),
        row(LAWFUL[:-2], label=False),
        row(f"[{LAWFUL}, {LAWFUL}]"),
        {"conversations": [{"from": "human", "value": "Hi."}], "tools": json.dumps(TOOLS)},
        {"messages": [], "tools": json.dumps(TOOLS)},
        {"tools": json.dumps(TOOLS)},
        [],
        None,
    ],
    ids=str,
)
def test_all_else_is_left_to_the_full_way(value: Any) -> None:
    assert FaultReader(DEFAULT_SYSTEM).issues_of(value, turns_keys(None)) is None


def test_a_sign_in_any_text_changes_no_verdict() -> None:
    chance = random.Random(3)
    for sign in SIGNS:
        for place in range(4):
            for call in chance.sample(FAULTY, 4):
                value = row(call)
                turn = value["conversations"][place]
                for text in (turn["value"] + sign, sign + turn["value"], sign):
                    turn["value"] = text
                    assert_as_full(value)


def test_changed_rows_of_the_samples_get_the_verdict_of_the_full_way() -> None:
    chance, at_once = random.Random(5), 0
    for value in json.loads((GLAIVE / "glaive_toolcall_en_demo.json").read_text("utf-8")):
        value = {key: value[key] for key in ("conversations", "tools")}
        calls = [turn for turn in value["conversations"] if turn["from"] == "function_call"]
        assert_as_full(value)
        for turn in calls:
            kept = turn["value"]
            for text in (kept[:-2], kept.replace(": ", ":", 1), chance.choice(FAULTY)):
                turn["value"] = text
                at_once += assert_as_full(value)
            turn["value"] = kept
        turn = chance.choice(value["conversations"])
        turn["from"] = chance.choice(("human", "gpt", "function_call", "observation", "system"))
        assert_as_full(value)
    assert at_once > 200


@pytest.mark.parametrize("reading", [Reading(), Reading(thoughts=True), Reading(format="sharegpt")])
def test_read_parts_gives_the_row_itself_as_its_one_part(reading: Reading) -> None:
    value = row(LAWFUL[:-2])
    [(part, verdict)] = read_parts(RawRow(ORIGIN, value, ""), reading)
    assert part is value
    assert isinstance(verdict, Rejected) and verdict.codes == ["call-invalid-json"]


def test_only_rows_that_may_be_of_the_built_in_format_are_taken() -> None:
    built_in = next(known for known in FORMATS if known.detect is detect)
    other = next(known for known in FORMATS if known.name == "hermes")
    assert turns_keys(None) == {"conversations", "messages"}
    assert turns_keys("sharegpt") == turns_keys(built_in) == {"conversations"}
    assert turns_keys("openai") == {"messages"}
    assert turns_keys(other) == turns_keys((other,)) == turns_keys("hermes") == frozenset()


@pytest.mark.parametrize("name", ["glaive_toolcall_en_demo.json", "glaive_toolcall_zh_demo.json"])
def test_known_tools_are_the_catalogue_of_the_reader(name: str) -> None:
    for value in json.loads((GLAIVE / name).read_text("utf-8")):
        known, (catalog, issues) = known_tools(value["tools"]), parse_catalog(value["tools"])
        assert known.catalog == catalog and known.catalog.json == catalog.json
        told = [one for one in issues if one.severity.value in ("error", "repair")]
        assert {one.code for one in known.issues} == {one.code for one in told}


def test_a_cut_call_and_a_deep_one_keep_their_codes() -> None:
    for text, code in (
        (LAWFUL[:-2], "call-invalid-json"),
        ("{'a': [1, 2}", "call-invalid-json"),
        ("{'a': 1", "call-invalid-json"),
        ("[" * 250 + "1", "json-too-deep"),
        ("{'a': '''{'''}", "call-shape"),
        ("{'a': 1} # {", "call-shape"),
    ):
        _, issues = decode_calls(RawCall(text, "turn"))
        assert issues[-1].code == code, text
