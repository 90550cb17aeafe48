"""OpenAI, Glaive and Alpaca rows, each with the traps of its format; detection by content."""

from __future__ import annotations

import json
from typing import Any

import pytest

from fctune.conversations.formats import FORMATS
from fctune.conversations.read import read_conversation
from fctune.conversations.turns import Conversation, Lesson, ModelTurn, ResultTurn, UserTurn
from fctune.errors import UsageFault
from fctune.issues import Accepted, Origin, Rejected, Severity
from fctune.tools.read import parse_catalog
from fctune.tools.spec import ToolCall

ORIGIN = Origin("rows.jsonl", 1)
SPEC = {
    "name": "track",
    "description": "查询物流",
    "parameters": {
        "type": "object",
        "properties": {"id": {"type": "string", "description": "d"}},
        "required": ["id"],
    },
}
WRAPPED = {"type": "function", "function": SPEC}
SYSTEM = {"role": "system", "content": "s"}
FLAT = {"type": "function", **SPEC}


def ok(value: Any, **options: Any) -> tuple[Conversation, set[str]]:
    verdict = read_conversation(value, ORIGIN, **options)
    assert isinstance(verdict, Accepted), [str(found) for found in verdict.issues]
    return verdict.value, {found.code for found in verdict.issues} - {"system-default"}


def errors(value: Any, **options: Any) -> set[str]:
    verdict = read_conversation(value, ORIGIN, **options)
    assert isinstance(verdict, Rejected), verdict
    return {found.code for found in verdict.issues if found.severity is Severity.ERROR}


def user(text: Any) -> dict[str, Any]:
    return {"role": "user", "content": text}


def model(text: Any, *calls: Any) -> dict[str, Any]:
    return {"role": "assistant", "content": text, **({"tool_calls": list(calls)} if calls else {})}


def call(id_: str, arguments: Any = '{"id": "SO1"}', name: str = "track") -> dict[str, Any]:
    return {"id": id_, "type": "function", "function": {"name": name, "arguments": arguments}}


def tool(id_: str | None, text: Any) -> dict[str, Any]:
    return {"role": "tool", "content": text, **({"tool_call_id": id_} if id_ else {})}


def openai(*messages: Any, tools: Any = (WRAPPED,)) -> dict[str, Any]:
    return {"messages": list(messages), "tools": list(tools)}


# OpenAI


@pytest.mark.parametrize("shape", [WRAPPED, SPEC, FLAT])
def test_openai_tools_in_every_shape(shape: dict[str, Any]) -> None:
    found, codes = ok(openai(user("a"), model(None, call("1")), tools=[shape]))
    assert found.calls == (ToolCall("track", {"id": "SO1"}),)
    assert codes == set()


@pytest.mark.parametrize(
    ("arguments", "codes"),
    [
        ('{"id": "SO1"}', set()),
        ({"id": "SO1"}, set()),
        (json.dumps('{"id": "SO1"}'), {"call-arguments-decoded"}),
        ("{'id': 'SO1'}", {"call-python-literal"}),
    ],
)
def test_openai_arguments_in_every_encoding(arguments: Any, codes: set[str]) -> None:
    found, repairs = ok(openai(user("a"), model(None, call("1", arguments))))
    assert found.calls[0].arguments == {"id": "SO1"}
    assert repairs == codes


def test_openai_parallel_calls_pair_by_id_whatever_the_order() -> None:
    found, codes = ok(
        openai(
            user("a"),
            model("Let me see.", call("x"), call("y", '{"id": "SO2"}')),
            tool("y", "second"),
            tool("x", "first"),
            model("Done."),
        )
    )
    assert found.turns[1] == ModelTurn(
        "Let me see.", (ToolCall("track", {"id": "SO1"}), ToolCall("track", {"id": "SO2"}))
    )
    assert found.turns[2] == ResultTurn(("first", "second"))
    assert codes == {"results-merged", "results-reordered"}


@pytest.mark.parametrize("ids", [("call_id", "call_id"), ("", ""), (None, None)])
def test_openai_ids_that_name_nothing_pair_by_order(ids: tuple[Any, Any]) -> None:
    found, _ = ok(
        openai(
            user("a"),
            model(None, call(ids[0]), call(ids[1])),
            tool(ids[0], "1"),
            tool(ids[1], "2"),
            model("b"),
        )
    )
    assert found.turns[2] == ResultTurn(("1", "2"))


def test_openai_ids_that_do_not_match() -> None:
    head = (user("a"), model(None, call("x"), call("y")))
    assert errors(openai(*head, tool("x", "1"), tool("z", "2"), model("b"))) == {
        "result-orphan",
        "result-missing",
    }
    assert errors(openai(*head, tool("x", "1"), model("b"))) == {"result-count"}
    assert errors(openai(*head, tool("x", "1"), tool("x", "2"), tool("y", "3"), model("b"))) == {
        "result-count"
    }
    assert errors(openai(*head, tool("x", "1"), tool("x", "2"), model("b"))) == {"result-missing"}


def test_openai_ids_that_repeat_in_part_pair_only_in_order() -> None:
    head = (user("a"), model(None, call("x"), call("x"), call("y")))
    in_order = openai(*head, tool("x", "1"), tool("x", "2"), tool("y", "3"), model("b"))
    assert ok(in_order)[0].turns[2] == ResultTurn(("1", "2", "3"))
    mixed = openai(*head, tool("y", "3"), tool("x", "1"), tool("x", "2"), model("b"))
    assert errors(mixed) == {"result-orphan"}


def test_openai_legacy_functions() -> None:
    found, codes = ok(
        {
            "functions": [SPEC],
            "messages": [
                user("a"),
                {
                    "role": "assistant",
                    "content": "",
                    "function_call": {"name": "track", "arguments": '{"id": "1"}'},
                },
                {"role": "function", "name": "track", "content": "r"},
                model("b"),
            ],
        }
    )
    assert found.calls == (ToolCall("track", {"id": "1"}),)
    assert found.turns[2] == ResultTurn(("r",))
    assert codes == set()


def test_openai_system_developer_parts_and_refusal() -> None:
    found, codes = ok(
        openai(
            {"role": "system", "content": [{"type": "text", "text": "Shop."}]},
            {"role": "developer", "content": "Be brief."},
            user([{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]),
            {"role": "assistant", "content": None, "refusal": "I cannot."},
        )
    )
    assert found.system == "Shop.\n\nBe brief."
    assert found.turns == (UserTurn("a\nb"), ModelTurn("I cannot."))
    assert codes == {"system-twice"}


@pytest.mark.parametrize(
    ("messages", "code"),
    [
        ([user([{"type": "image_url", "image_url": {}}]), model("b")], "turn-part-unsupported"),
        ([user("a"), model(None, {"id": "1", "type": "custom"})], "call-type-unsupported"),
        ([user("a"), model(None)], "turn-empty"),
        ([user("a"), {"role": "assistant", "content": None, "tool_calls": []}], "turn-empty"),
        ([user(None), model("b")], "turn-not-text"),
        ([user("a"), model(None, call("1")), tool("1", None), model("b")], "turn-not-text"),
        ([user("a"), model(5)], "turn-not-text"),
        ([user("a"), {"role": "assistant", "content": "b", "weight": 0}], "turn-untrainable"),
        ([user("a"), {"role": "critic", "content": "b"}, model("b")], "role-unknown"),
        ([user("a"), "b"], "turn-invalid"),
        ([user("a"), model("b"), SYSTEM, user("c"), model("d")], "system-late"),
        ([user("a"), model(None, "track")], "call-invalid-json"),
    ],
)
def test_openai_faults(messages: list[Any], code: str) -> None:
    assert code in errors(openai(*messages))


def test_an_unsupported_call_is_one_fault_not_three() -> None:
    bad = openai(user("a"), model(None, {"id": "1", "type": "custom"}), tool("1", "r"), model("b"))
    assert errors(bad) == {"call-type-unsupported"}


def test_reasoning_content_and_tool_objects() -> None:
    found, codes = ok(
        openai(
            user("a"),
            {**model(None, call("1")), "reasoning_content": "hm"},
            tool("1", {"at": "Leeds"}),
            model("b"),
        )
    )
    assert found.turns[2] == ResultTurn(('{"at": "Leeds"}',))
    assert codes == {"thought-removed", "result-encoded"}


def test_tau_bench_rows_are_read_from_traj() -> None:
    found, codes = ok({"task_id": 0, "traj": [user("a"), model("b"), user("###STOP###")]})
    assert found.turns == (UserTurn("a"), ModelTurn("b"))
    assert codes == {"tail-cut"}


# Tools of the row, or those given


def test_given_tools_are_used_only_where_the_row_has_none() -> None:
    given, _ = parse_catalog([{**SPEC, "name": "other"}])
    called = [user("a"), model(None, call("1", name="other"))]
    assert ok({"messages": called}, tools=given)[0].catalog == given
    assert ok({"messages": called, "tools": []}, tools=given)[0].catalog == given
    assert errors({"messages": called, "tools": [SPEC]}, tools=given) == {"call-unknown-tool"}
    assert errors({"messages": called}) == {"call-unknown-tool"}


def test_a_row_that_lists_no_tools_and_calls_none_stays_general() -> None:
    given, _ = parse_catalog([SPEC])
    chat = [user("a"), model("b")]
    assert ok({"messages": chat, "tools": []}, tools=given)[0].lesson is Lesson.GENERAL
    assert ok({"messages": chat}, tools=given)[0].lesson is Lesson.NO_CALL
    alpaca = {"instruction": "a", "output": "b"}
    assert ok(alpaca, tools=given)[0].lesson is Lesson.GENERAL


# Glaive


def glaive(chat: str, system: str | None = None) -> dict[str, Any]:
    if system is None:
        system = (
            "SYSTEM: You are a helpful assistant with access to the following functions. "
            "Use them if required -\n" + json.dumps(SPEC, indent=4)
        )
    return {"system": system, "chat": chat}


END = "<|endoftext|>"
CALLED = '<functioncall> {"name": "track", "arguments": \'{"id": "SO1"}\'}'


@pytest.mark.parametrize(
    "chat",
    [
        f"USER: Where? ASSISTANT: {CALLED} {END} FUNCTION RESPONSE: r ASSISTANT: b {END}",
        f"USER: Where?\n\n\nASSISTANT: {CALLED} {END}\n\n\n"
        f"FUNCTION RESPONSE: r\n\n\nASSISTANT: b {END}\n\n\n",
        f"USER: Where?\n\n\nA: {CALLED} {END}\nFUNCTION RESPONSE: r\n\n\nA: b",
    ],
)  # fmt: skip
def test_glaive_on_one_line_and_on_many(chat: str) -> None:
    found, codes = ok(glaive(chat))
    assert found.turns == (
        UserTurn("Where?"),
        ModelTurn("", (ToolCall("track", {"id": "SO1"}),)),
        ResultTurn(("r",)),
        ModelTurn("b"),
    )
    assert found.system == "You are a helpful assistant."
    assert found.catalog.names == ("track",)
    assert codes == set()


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("""'{"id": "it's"}'""", "it's"),
        (r"""'{"id": "it\'s"}'""", "it's"),
        ("""{"id": "it's"}""", "it's"),
        (r'"{\"id\": \"SO1\"}"', "SO1"),
        ("""'{"id": "}\\u0027 <x>"}'""", "}' <x>"),
    ],
)
def test_glaive_arguments_in_quotes_and_out_of_them(written: str, meant: str) -> None:
    written_call = f'{{"name": "track", "arguments": {written}}}'
    chat = f"USER: a ASSISTANT: <functioncall> {written_call} {END}"
    found, codes = ok(glaive(chat))
    assert found.calls[0].arguments == {"id": meant}
    assert codes == set()


def test_glaive_words_before_a_call_and_two_tools_with_blank_lines_inside() -> None:
    second = {**SPEC, "name": "refund", "description": "Refund.\n\nOnly once."}
    system = "SYSTEM: Use them -\n" + json.dumps(SPEC, indent=4) + "\n\n" + json.dumps(second)
    found, _ = ok(glaive(f"USER: a ASSISTANT: Let me look. {CALLED} <|endoftext|>", system))
    assert found.turns[1] == ModelTurn("Let me look.", (ToolCall("track", {"id": "SO1"}),))
    assert found.catalog.names == ("track", "refund")


def test_glaive_without_tools() -> None:
    words = "You are a helpful assistant, with no access to external functions."
    found, _ = ok(glaive("USER: a\n\n\nASSISTANT: b <|endoftext|>", f"SYSTEM: {words}"))
    assert (found.system, found.lesson) == (words, Lesson.GENERAL)


@pytest.mark.parametrize(
    ("chat", "code"),
    [
        ("USER: a ASSISTANT: <functioncall> track <|endoftext|>", "call-invalid-json"),
        ("USER: a ASSISTANT: b USER: c", "turn-invalid"),
        ("USER: what is ASSISTANT: for? ASSISTANT: b <|endoftext|>", "turn-invalid"),
        ("Hello USER: a", "turn-invalid"),
        ("", "conversation-empty"),
    ],
)
def test_glaive_faults(chat: str, code: str) -> None:
    assert code in errors(glaive(chat))


def test_glaive_with_broken_tools() -> None:
    bad = glaive("USER: a ASSISTANT: b", 'SYSTEM: Use them -\n{"name": "track", ')
    assert "tools-invalid" in errors(bad)


# Alpaca


def test_alpaca_joins_instruction_and_input_and_reads_history() -> None:
    found, codes = ok(
        {
            "instruction": "译成英文",
            "input": "你好",
            "output": "Hello",
            "system": "S",
            "history": [["q", "a"]],
        }
    )
    assert found.turns == (
        UserTurn("q"),
        ModelTurn("a"),
        UserTurn("译成英文\n你好"),
        ModelTurn("Hello"),
    )
    assert (found.system, found.lesson, codes) == ("S", Lesson.GENERAL, set())


@pytest.mark.parametrize(
    ("row", "code"),
    [
        ({"instruction": "a", "output": None}, "turn-not-text"),
        ({"instruction": "a", "output": ""}, "turn-empty"),
        ({"instruction": "", "output": "b"}, "turn-empty"),
        ({"instruction": "a", "input": 5, "output": "b"}, "turn-not-text"),
        ({"instruction": "a", "output": "b", "history": [["q"]]}, "turn-invalid"),
    ],
)
def test_alpaca_faults(row: dict[str, Any], code: str) -> None:
    assert errors(row) == {code}


# Detection


@pytest.mark.parametrize(
    ("row", "name"),
    [
        ({"messages": [user("a"), model("b")]}, "openai"),
        ({"traj": [user("a")]}, "openai"),
        ({"conversations": [user("a"), model(None, call("1"))]}, "openai"),
        ({"conversations": [user("a"), model("b")]}, "sharegpt"),
        ({"conversations": [{"from": "human", "value": "a"}]}, "sharegpt"),
        ({"messages": [{"from": "human", "value": "a"}]}, "sharegpt"),
        ({"messages": [user("a"), {"role": "function_call", "content": "{}"}]}, "sharegpt"),
        ({"messages": []}, "sharegpt"),
        ({"system": "s", "chat": "USER: a"}, "glaive_v2"),
        ({"instruction": "a", "output": "b"}, "alpaca"),
        ({"question": "a"}, None),
        ({"conversations": "text"}, None),
        ({}, None),
    ],
)
def test_formats_are_told_from_the_row(row: dict[str, Any], name: str | None) -> None:
    assert next((known.name for known in FORMATS if known.detect(row)), None) == name


def test_sharegpt_role_spellings() -> None:
    row = {
        "tools": [json.dumps(SPEC)],
        "items": [
            {"role": "user", "content": "a"},
            {"role": "tool_call", "content": '{"name": "track", "arguments": {"id": "1"}}'},
            {"role": "tool", "content": "<tool_response>\nr\n</tool_response>"},
            {"role": "Model", "content": "b"},
        ],
    }
    found, codes = ok(row)
    assert found.turns[2:] == (ResultTurn(("r",)), ModelTurn("b"))
    assert codes == {"result-unwrapped"}


def test_rows_of_no_format_and_of_no_object() -> None:
    assert errors({"question": "a"}) == {"format-unknown"}
    assert errors([1]) == {"json-not-object"}
    assert errors(None) == {"json-not-object"}


def test_a_format_can_be_forced_and_must_be_known() -> None:
    assert errors({"question": "a"}, format="openai") == {"conversation-empty"}
    with pytest.raises(UsageFault, match="sharegpt"):
        read_conversation({}, ORIGIN, format="sharegtp")
