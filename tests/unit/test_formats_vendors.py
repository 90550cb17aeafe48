"""Rows of vendors' interfaces, agent frameworks and traces, each with the traps of its format."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fctune.conversations.formats import FORMATS, otel
from fctune.conversations.read import read_conversation
from fctune.conversations.turns import Conversation, ModelTurn, ResultTurn, UserTurn
from fctune.issues import Accepted, Origin, Rejected, Severity
from fctune.jsonl import read_rows
from fctune.tools.spec import ToolCall

ORIGIN = Origin("rows.jsonl", 1)
SCHEMA = {
    "type": "object",
    "properties": {"city": {"type": "string", "description": "城市"}},
    "required": ["city"],
}
SPEC = {"name": "天气", "description": "查询天气", "parameters": SCHEMA}
WRAPPED = {"type": "function", "function": SPEC}
OSLO = ToolCall("天气", {"city": "Oslo"})
BERGEN = ToolCall("天气", {"city": "卑尔根"})
# What every row below means; the parallel calls are answered in another order where ids allow it.
TURNS = (
    UserTurn("Oslo und 卑尔根?"),
    ModelTurn("One moment.", (OSLO, BERGEN)),
    ResultTurn(("sunny", "雨")),
    ModelTurn("Sunny, 雨."),
)


def format_of(row: dict[str, Any]) -> str | None:
    return next((known.name for known in FORMATS if known.detect(row)), None)


def ok(row: dict[str, Any], name: str) -> tuple[Conversation, set[str]]:
    assert format_of(row) == name
    verdict = read_conversation(row, ORIGIN)
    assert isinstance(verdict, Accepted), [str(found) for found in verdict.issues]
    ignored = {"system-default", "tool-name-unlawful", "results-merged", "results-reordered"}
    return verdict.value, {found.code for found in verdict.issues} - ignored


def errors(row: dict[str, Any], name: str) -> set[str]:
    assert format_of(row) == name
    verdict = read_conversation(row, ORIGIN)
    assert isinstance(verdict, Rejected), verdict
    return {found.code for found in verdict.issues if found.severity is Severity.ERROR}


def oai_call(id_: str, city: str, **more: Any) -> dict[str, Any]:
    arguments = json.dumps({"city": city}, ensure_ascii=False)
    return {"id": id_, "function": {"name": "天气", "arguments": arguments}, **more}


def text(value: str) -> dict[str, str]:
    return {"type": "text", "text": value}


USER = {"role": "user", "content": "Oslo und 卑尔根?"}
ASKED = [
    {"role": "system", "content": "s"},
    USER,
    {
        "role": "assistant",
        "content": "One moment.",
        "tool_calls": [oai_call("a", "Oslo"), oai_call("b", "卑尔根")],
    },
    {"role": "tool", "tool_call_id": "b", "content": "雨"},
    {"role": "tool", "tool_call_id": "a", "content": "sunny"},
]
ANSWER = {"role": "assistant", "content": "Sunny, 雨."}


# LLaMA-Factory v1


def v1(*parts: tuple[str, Any]) -> list[dict[str, Any]]:
    return [{"type": kind, "value": value} for kind, value in parts]


def v1_call(city: str) -> tuple[str, str]:
    arguments = {"name": "天气", "arguments": {"city": city}}
    return ("tool_call", json.dumps(arguments, ensure_ascii=False))


LF_V1 = {
    "messages": [
        {"role": "system", "content": v1(("text", "s"))},
        {"role": "user", "content": v1(("text", "Oslo und 卑尔根?"))},
        {
            "role": "assistant",
            "content": v1(
                ("reasoning", "hm"), ("text", "One moment."), v1_call("Oslo"), v1_call("卑尔根")
            ),
        },
        {"role": "tool", "content": v1(("text", '["sunny", "雨"]'))},
        {"role": "assistant", "content": v1(("text", "Sunny, 雨.")), "loss_weight": 1.0},
    ],
    "tools": json.dumps([WRAPPED]),
}


def test_lf_v1_splits_the_joined_results_of_parallel_calls() -> None:
    found, codes = ok(LF_V1, "lf_v1")
    assert (found.system, found.turns) == ("s", TURNS)
    assert codes == {"thought-removed"}


def test_lf_v1_weight_zero_and_images_are_told() -> None:
    messages = [*LF_V1["messages"][:-1], {**LF_V1["messages"][-1], "loss_weight": 0.0}]
    assert errors({**LF_V1, "messages": messages}, "lf_v1") == {"turn-untrainable"}
    image = {"role": "user", "content": [{"type": "image_url", "value": "x.png"}]}
    row = {**LF_V1, "messages": [image, *LF_V1["messages"][2:]]}
    assert errors(row, "lf_v1") == {"turn-part-unsupported"}


def test_messages_without_a_role_are_told() -> None:
    messages = [{"content": v1(("text", "a"))}, LF_V1["messages"][-1]]
    assert "turn-invalid" in errors({**LF_V1, "messages": messages}, "lf_v1")


def test_lf_v1_real_rows(shared: Path) -> None:
    path = shared / "raw" / "lf_v1_content_parts" / "reason_tool_use_demo_50.jsonl"
    codes: Counter[str] = Counter()
    kept, calls = 0, 0
    for raw in read_rows(path):
        assert format_of(raw.value) == "lf_v1"
        verdict = read_conversation(raw.value, raw.origin)
        if isinstance(verdict, Accepted):
            kept, calls = kept + 1, calls + len(verdict.value.calls)
        else:
            codes.update(verdict.as_row()["codes"])
    assert (kept, calls) == (47, 64)
    # Two answers hold a stray </think>; one call has a parameter that its tool lacks.
    assert codes == {"text-think-tag": 2, "call-unknown-parameter": 1}


# Anthropic


def use(id_: str, city: str) -> dict[str, Any]:
    return {"type": "tool_use", "id": id_, "name": "天气", "input": {"city": city}}


def result(id_: str, content: Any) -> dict[str, Any]:
    return {"type": "tool_result", "tool_use_id": id_, "content": content}


ANTHROPIC = {
    "system": [text("s")],
    "messages": [
        {"role": "user", "content": "Oslo und 卑尔根?"},
        {
            "role": "assistant",
            "content": [
                {"type": "thinking", "thinking": "hm", "signature": "x"},
                text("One moment."),
                use("t1", "Oslo"),
                use("t2", "卑尔根"),
            ],
        },
        {"role": "user", "content": [result("t2", "雨"), result("t1", [text("sunny")])]},
        {"role": "assistant", "content": [text("Sunny, 雨.")]},
    ],
    "tools": [{"name": "天气", "description": "查询天气", "input_schema": SCHEMA}],
}


def anthropic(*messages: Any, **more: Any) -> dict[str, Any]:
    return {**ANTHROPIC, "messages": [*ANTHROPIC["messages"][:2], *messages], **more}


def test_anthropic_blocks_and_parallel_results() -> None:
    found, codes = ok(ANTHROPIC, "anthropic")
    assert (found.system, found.turns) == ("s", TURNS)
    assert codes == {"thought-removed"}
    assert found.catalog.names == ("天气",)


@pytest.mark.parametrize("system", ["s", None, [text("s"), text("t")]])
def test_anthropic_system_in_every_shape(system: Any) -> None:
    found, _ = ok({**ANTHROPIC, "system": system}, "anthropic")
    expected = {"s": "s", "None": "You are a helpful assistant."}.get(str(system), "s\nt")
    assert found.system == expected


def test_anthropic_new_words_beside_a_result_are_a_user_turn() -> None:
    both = [result("t1", "sunny"), result("t2", "雨"), text("And Rome?")]
    row = anthropic({"role": "user", "content": both}, {"role": "assistant", "content": "Warm."})
    assert errors(row, "anthropic") == {"role-order"}
    tail = anthropic({"role": "user", "content": both})
    found, codes = ok(tail, "anthropic")
    assert found.turns == TURNS[:2]
    assert "tail-cut" in codes


def test_anthropic_words_behind_a_call_are_put_before_it() -> None:
    late = {"role": "assistant", "content": [use("t1", "Oslo"), text("One moment.")]}
    found, codes = ok({**ANTHROPIC, "messages": [USER, late]}, "anthropic")
    assert found.turns[1] == ModelTurn("One moment.", (OSLO,))
    assert codes == {"call-words-moved"}


@pytest.mark.parametrize(
    "block",
    [
        {"type": "image", "source": {}},
        {"type": "server_tool_use", "id": "s", "name": "web_search", "input": {}},
        result("t1", [{"type": "image", "source": {}}]),
    ],
)
def test_anthropic_blocks_that_are_not_text(block: dict[str, Any]) -> None:
    row = anthropic({"role": "user", "content": [block]}, {"role": "assistant", "content": "b"})
    assert "turn-part-unsupported" in errors(row, "anthropic")


def test_anthropic_hosted_tools_are_left_out() -> None:
    hosted = {"type": "web_search_20250305", "name": "web_search", "max_uses": 5}
    found, codes = ok({**ANTHROPIC, "tools": [*ANTHROPIC["tools"], hosted]}, "anthropic")
    assert found.catalog.names == ("天气",)
    assert "import-not-expressed" in codes


def test_openai_rows_with_tools_of_anthropic_stay_openai() -> None:
    row = {"messages": [*ASKED, ANSWER], "tools": ANTHROPIC["tools"]}
    assert ok(row, "openai")[0].turns == TURNS


# Gemini


def gemini_row(call: str, response: str, instruction: str, declarations: str) -> dict[str, Any]:
    upper = {
        "type": "OBJECT",
        "properties": {"city": {"type": "STRING", "description": "城市"}},
        "required": ["city"],
    }

    def asked(city: str) -> dict[str, Any]:
        return {call: {"name": "天气", "args": {"city": city}}, "thoughtSignature": "x"}

    def answered(value: str) -> dict[str, Any]:
        return {response: {"name": "天气", "response": {"result": value}}}

    return {
        instruction: {"parts": [{"text": "s"}]},
        "contents": [
            {"role": "user", "parts": [{"text": "Oslo und "}, {"text": "卑尔根?"}]},
            {
                "role": "model",
                "parts": [
                    {"text": "hm", "thought": True},
                    {"text": "One moment."},
                    asked("Oslo"),
                    asked("卑尔根"),
                ],
            },
            {"role": "function", "parts": [answered("sunny"), answered("雨")]},
            {"role": "model", "parts": [{"text": "Sunny, 雨."}]},
        ],
        "tools": [
            {
                declarations: [
                    {"name": "天气", "description": "查询天气", "parameters": upper},
                    {"name": "now", "description": "time", "parametersJsonSchema": SCHEMA},
                ]
            }
        ],
    }


GEMINI = gemini_row("functionCall", "functionResponse", "systemInstruction", "functionDeclarations")
SNAKE = gemini_row(
    "function_call", "function_response", "system_instruction", "function_declarations"
)


@pytest.mark.parametrize("row", [GEMINI, SNAKE])
def test_gemini_in_both_spellings(row: dict[str, Any]) -> None:
    found, codes = ok(row, "gemini")
    assert found.system == "s"
    assert found.turns[:2] == TURNS[:2]
    assert found.turns[2] == ResultTurn(('{"result": "sunny"}', '{"result": "雨"}'))
    assert found.catalog.names == ("天气", "now")
    assert found.catalog.get("天气").parameters["properties"]["city"]["type"] == "string"
    assert codes == {"thought-removed"}


def test_gemini_results_without_ids_find_their_calls_by_name() -> None:
    names = ["f", "f", "g"]
    calls = [{"functionCall": {"name": n, "args": {"city": str(i)}}} for i, n in enumerate(names)]
    answers = [
        {"functionResponse": {"name": name, "response": {"n": number}}}
        for name, number in (("g", 2), ("f", 0), ("f", 1))
    ]
    contents = [
        {"role": "user", "parts": [{"text": "a"}]},
        {"role": "model", "parts": calls},
        {"role": "user", "parts": answers},
        {"role": "model", "parts": [{"text": "b"}]},
    ]
    tools = [{"name": name, "parameters": SCHEMA} for name in ("f", "g")]
    found, _ = ok({"contents": contents, "tools": tools}, "gemini")
    assert found.turns[2] == ResultTurn(('{"n": 0}', '{"n": 1}', '{"n": 2}'))


def test_gemini_code_and_media_are_told() -> None:
    for part in ({"executableCode": {"code": "1"}}, {"inlineData": {"mimeType": "image/png"}}):
        contents = [{"role": "user", "parts": [part]}, *GEMINI["contents"][1:]]
        assert errors({**GEMINI, "contents": contents}, "gemini") == {"turn-part-unsupported"}


# ms-swift


def swift_call(city: str) -> dict[str, str]:
    return {"role": "tool_call", "content": v1_call(city)[1]}


SWIFT = {
    "tools": json.dumps([WRAPPED]),
    "messages": [
        {"role": "system", "content": "s"},
        {"role": "user", "content": "Oslo und 卑尔根?"},
        {"role": "assistant", "content": "One moment."},
        swift_call("Oslo"),
        swift_call("卑尔根"),
        {"role": "tool_response", "content": "sunny"},
        {"role": "tool", "content": "雨"},
        {"role": "assistant", "content": "Sunny, 雨."},
    ],
}


def test_ms_swift_words_and_calls_in_a_row_are_one_turn_and_no_repair() -> None:
    found, codes = ok(SWIFT, "ms_swift")
    assert (found.system, found.turns) == ("s", TURNS)
    assert codes == set()


def test_ms_swift_calls_without_words_before_them_and_loss() -> None:
    messages = [*SWIFT["messages"][:2], *SWIFT["messages"][3:]]
    found, _ = ok({**SWIFT, "messages": messages}, "ms_swift")
    assert found.turns[1] == ModelTurn("", (OSLO, BERGEN))
    marked = [*messages[:-1], {**messages[-1], "loss": False}]
    assert errors({**SWIFT, "messages": marked}, "ms_swift") == {"turn-untrainable"}


def test_ms_swift_unknown_content_is_told() -> None:
    row = {**SWIFT, "messages": [*SWIFT["messages"][:3], {"role": "tool_call", "content": "now()"}]}
    assert errors(row, "ms_swift") == {"call-invalid-json"}


# Mistral


def test_mistral_available_tools_and_short_ids() -> None:
    messages = json.loads(json.dumps(ASKED).replace('"a"', '"VvvODy9mT"').replace('"b"', '"zZ9"'))
    row = {"messages": [*messages, ANSWER], "available_tools": [WRAPPED]}
    found, codes = ok(row, "mistral")
    assert (found.turns, codes) == (TURNS, set())


@pytest.mark.parametrize(
    "calls",
    [
        '[TOOL_CALLS] [{"name": "天气", "arguments": {"city": "Oslo"}, "id": "aaaaaaaaa"}, '
        '{"name": "天气", "arguments": {"city": "卑尔根"}, "id": "bbbbbbbbb"}]',
        '[TOOL_CALLS]天气[CALL_ID]aaaaaaaaa[ARGS]{"city": "Oslo"}'
        '[TOOL_CALLS]天气[CALL_ID]bbbbbbbbb[ARGS]{"city": "卑尔根"}',
    ],
)
def test_mistral_calls_in_text(calls: str) -> None:
    messages = [
        USER,
        {"role": "assistant", "content": "One moment." + calls},
        {"role": "tool", "tool_call_id": "bbbbbbbbb", "content": "雨"},
        {"role": "tool", "tool_call_id": "aaaaaaaaa", "content": "sunny"},
        ANSWER,
    ]
    found, _ = ok({"messages": messages, "tools": [WRAPPED]}, "mistral")
    assert found.turns == TURNS


def test_mistral_rendered_text() -> None:
    rendered = (
        "<s>[AVAILABLE_TOOLS] " + json.dumps([WRAPPED]) + "[/AVAILABLE_TOOLS]"
        "[INST] Oslo? [/INST][TOOL_CALLS] "
        '[{"name": "天气", "arguments": {"city": "Oslo"}, "id": "aaaaaaaaa"}]</s>'
        '[TOOL_RESULTS] {"content": "sunny", "call_id": "aaaaaaaaa"}[/TOOL_RESULTS] Sunny.</s>'
    )
    found, codes = ok({"text": rendered}, "mistral")
    assert found.turns == (
        UserTurn("Oslo?"),
        ModelTurn("", (OSLO,)),
        ResultTurn(("sunny",)),
        ModelTurn("Sunny."),
    )
    assert codes == set()


def test_mistral_broken_calls_are_judged() -> None:
    messages = [USER, {"role": "assistant", "content": '[TOOL_CALLS] [{"name": '}]
    assert "call-invalid-json" in errors({"messages": messages, "tools": [WRAPPED]}, "mistral")


# OpenAI Responses


def item(kind: str, **more: Any) -> dict[str, Any]:
    return {"type": kind, **more}


RESPONSES = {
    "instructions": "s",
    "input": [
        USER,
        item("reasoning", id="r", summary=[]),
        item(
            "message",
            role="assistant",
            content=[{"type": "output_text", "text": "One moment.", "annotations": []}],
        ),
        item("function_call", call_id="a", id="fc", **oai_call("", "Oslo")["function"]),
        item("function_call", call_id="b", **oai_call("", "卑尔根")["function"]),
        item("function_call_output", call_id="b", output="雨"),
        item("function_call_output", call_id="a", output="sunny"),
    ],
    "output": [
        item("message", role="assistant", content=[{"type": "output_text", "text": "Sunny, 雨."}])
    ],
    "tools": [{"type": "function", "strict": True, **SPEC}, {"type": "web_search"}],
}


def test_responses_items_in_a_row_are_one_turn() -> None:
    found, codes = ok(RESPONSES, "openai_responses")
    assert (found.system, found.turns) == ("s", TURNS)
    assert codes == {"thought-removed", "import-not-expressed"}


def test_responses_in_one_list_and_from_one_text() -> None:
    items = [*RESPONSES["input"], *RESPONSES["output"]]
    found, _ = ok({"items": items, "tools": RESPONSES["tools"]}, "openai_responses")
    assert found.turns == TURNS
    row = {**RESPONSES, "input": "Oslo?", "output": [RESPONSES["input"][3]]}
    assert ok(row, "openai_responses")[0].turns == (UserTurn("Oslo?"), ModelTurn("", (OSLO,)))


@pytest.mark.parametrize(
    ("extra", "code"),
    [
        (item("web_search_call", id="w", status="completed"), "call-type-unsupported"),
        (item("custom_tool_call", call_id="c", name="sh", input="ls"), "call-type-unsupported"),
        (item("item_reference", id="x"), "turn-part-unsupported"),
        ({"role": "critic", "content": "x"}, "role-unknown"),
        (5, "turn-invalid"),
    ],
)
def test_responses_items_that_cannot_be_trained(extra: Any, code: str) -> None:
    row = {**RESPONSES, "input": [USER, extra, *RESPONSES["input"][3:]]}
    assert code in errors(row, "openai_responses")


# LangChain


def lc_call(id_: str, city: str) -> dict[str, Any]:
    return {"name": "天气", "args": {"city": city}, "id": id_, "type": "tool_call"}


LC_BODIES = [
    ("system", "SystemMessage", {"content": "s"}),
    ("human", "HumanMessage", {"content": "Oslo und 卑尔根?"}),
    (
        "ai",
        "AIMessageChunk",
        {
            "content": [text("One moment."), use("a", "Oslo"), use("b", "卑尔根")],
            "tool_calls": [lc_call("a", "Oslo"), lc_call("b", "卑尔根")],
            "invalid_tool_calls": [],
            "additional_kwargs": {},
        },
    ),
    ("tool", "ToolMessage", {"content": "雨", "tool_call_id": "b"}),
    ("tool", "ToolMessage", {"content": "sunny", "tool_call_id": "a"}),
    ("ai", "AIMessage", {"content": "Sunny, 雨."}),
]
LC_DICTS = [{"type": kind, "data": body} for kind, _, body in LC_BODIES]
LC_DUMPS = [
    {
        "lc": 1,
        "type": "constructor",
        "id": ["langchain", "schema", "messages", name],
        "kwargs": body,
    }
    for _, name, body in LC_BODIES
]
LC_FLAT = [{"type": kind, **body} for kind, _, body in LC_BODIES]


@pytest.mark.parametrize("messages", [LC_DICTS, LC_DUMPS, LC_FLAT])
def test_langchain_messages_in_every_dump(messages: list[dict[str, Any]]) -> None:
    found, codes = ok({"messages": messages, "tools": [WRAPPED]}, "langchain")
    assert (found.system, found.turns) == ("s", TURNS)
    assert codes == set()


def test_langchain_calls_that_it_could_not_parse_are_judged() -> None:
    bad = {"name": "天气", "args": '{"city": ', "id": "a", "error": "x"}
    data = {"content": "", "tool_calls": [], "invalid_tool_calls": [bad]}
    row = {"messages": [*LC_DICTS[:2], {"type": "ai", "data": data}], "tools": [WRAPPED]}
    assert errors(row, "langchain") == {"call-invalid-json"}


def test_langchain_older_calls_stand_in_additional_kwargs() -> None:
    extra = {"tool_calls": [oai_call("a", "Oslo", type="function")], "reasoning_content": "hm"}
    data = {"content": "", "additional_kwargs": extra}
    row = {"messages": [*LC_DICTS[:2], {"type": "ai", "data": data}], "tools": [WRAPPED]}
    found, codes = ok(row, "langchain")
    assert found.calls == (OSLO,)
    assert codes == {"thought-removed"}


@pytest.mark.parametrize(
    "outputs",
    [
        {"generations": [[{"message": LC_DUMPS[-1], "text": "Sunny, 雨."}]]},
        {"messages": LC_DUMPS},
        {"output": LC_FLAT[-1]},
        {"choices": [{"message": ANSWER}]},
    ],
)
def test_langsmith_runs(outputs: dict[str, Any]) -> None:
    row = {
        "run_type": "llm",
        "inputs": {"messages": [LC_DUMPS[:-1]]},
        "outputs": outputs,
        "extra": {"invocation_params": {"tools": [WRAPPED]}},
    }
    assert ok(row, "langchain")[0].turns == TURNS
    exported = {key: v if isinstance(v, str) else json.dumps(v) for key, v in row.items()}
    assert ok(exported, "langchain")[0].turns == TURNS
    examples = {"inputs": {"messages": ASKED}, "outputs": outputs, "tools": [WRAPPED]}
    if "messages" not in outputs:
        assert ok(examples, "langchain")[0].turns == TURNS


# OpenTelemetry


def genai(role: str, *parts: dict[str, Any]) -> dict[str, Any]:
    return {"role": role, "parts": list(parts)}


def said(words: str) -> dict[str, str]:
    return {"type": "text", "content": words}


def genai_call(id_: str, arguments: Any) -> dict[str, Any]:
    return {"type": "tool_call", "id": id_, "name": "天气", "arguments": arguments}


def genai_result(id_: str, value: Any) -> dict[str, Any]:
    return {"type": "tool_call_response", "id": id_, "response": value}


GENAI = {
    "gen_ai.system_instructions": [said("s")],
    "gen_ai.input.messages": [
        genai("user", said("Oslo und 卑尔根?")),
        genai(
            "assistant",
            {"type": "reasoning", "content": "hm"},
            said("One moment."),
            genai_call("a", {"city": "Oslo"}),
            genai_call("b", '{"city": "卑尔根"}'),
        ),
        genai("tool", genai_result("b", "雨")),
        genai("tool", genai_result("a", "sunny")),
    ],
    "gen_ai.output.messages": [{**genai("assistant", said("Sunny, 雨.")), "finish_reason": "stop"}],
    "gen_ai.tool.definitions": [{"type": "function", **SPEC}],
}
GENAI_TEXT = {key: json.dumps(value) for key, value in GENAI.items()}
FLAT_MESSAGES = {
    "gen_ai.prompt.0.role": "system",
    "gen_ai.prompt.0.content": "s",
    "gen_ai.prompt.1.role": "user",
    "gen_ai.prompt.1.content": json.dumps([text("Oslo und 卑尔根?")]),
    "gen_ai.prompt.2.role": "assistant",
    "gen_ai.prompt.2.content": "One moment.",
    "gen_ai.prompt.2.tool_calls.0.id": "a",
    "gen_ai.prompt.2.tool_calls.0.name": "天气",
    "gen_ai.prompt.2.tool_calls.0.arguments": '{"city": "Oslo"}',
    "gen_ai.prompt.2.tool_calls.1.id": "b",
    "gen_ai.prompt.2.tool_calls.1.name": "天气",
    "gen_ai.prompt.2.tool_calls.1.arguments": '{"city": "卑尔根"}',
    "gen_ai.prompt.3.role": "tool",
    "gen_ai.prompt.3.tool_call_id": "b",
    "gen_ai.prompt.3.content": "雨",
    "gen_ai.prompt.4.role": "tool",
    "gen_ai.prompt.4.tool_call_id": "a",
    "gen_ai.prompt.4.content": "sunny",
    "gen_ai.completion.0.role": "assistant",
    "gen_ai.completion.0.content": "Sunny, 雨.",
    "gen_ai.completion.0.finish_reason": "stop",
    "llm.request.functions.0.name": "天气",
    "llm.request.functions.0.description": "查询天气",
    "llm.request.functions.0.parameters": json.dumps(SCHEMA),
}


def openinference() -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for index, message in enumerate([*ASKED, ANSWER]):
        last = index == len(ASKED)
        start = "llm.output_messages.0" if last else f"llm.input_messages.{index}"
        for key in ("role", "content", "tool_call_id"):
            if key in message:
                flat[f"{start}.message.{key}"] = message[key]
        for number, call in enumerate(message.get("tool_calls", [])):
            place = f"{start}.message.tool_calls.{number}.tool_call"
            flat[f"{place}.id"] = call["id"]
            flat[f"{place}.function.name"] = call["function"]["name"]
            flat[f"{place}.function.arguments"] = call["function"]["arguments"]
    return {**flat, "llm.tools.0.tool.json_schema": json.dumps(WRAPPED)}


def otlp(attributes: dict[str, Any]) -> list[dict[str, Any]]:
    return [{"key": key, "value": _otlp_value(value)} for key, value in attributes.items()]


def _otlp_value(value: Any) -> dict[str, Any]:
    if isinstance(value, list):
        return {"arrayValue": {"values": [_otlp_value(inner) for inner in value]}}
    if isinstance(value, dict):
        return {"kvlistValue": {"values": otlp(value)}}
    kinds = {bool: "boolValue", int: "intValue", float: "doubleValue"}
    return {kinds.get(type(value), "stringValue"): value}


PHOENIX = {
    "attributes": {
        "llm": {
            "input_messages": [{"message": message} for message in ASKED],
            "output_messages": [{"message": ANSWER}],
            "tools": [{"tool": {"json_schema": json.dumps(WRAPPED)}}],
        }
    }
}
for _message in PHOENIX["attributes"]["llm"]["input_messages"]:
    _inner = dict(_message["message"])
    if "tool_calls" in _inner:
        _inner["tool_calls"] = [{"tool_call": one} for one in _inner["tool_calls"]]
    _message["message"] = _inner


@pytest.mark.parametrize(
    ("row", "codes"),
    [
        (GENAI, {"thought-removed"}),
        ({"attributes": GENAI_TEXT}, {"thought-removed"}),
        ({"name": "chat", "attributes": otlp(GENAI_TEXT)}, {"thought-removed"}),
        ({"name": "chat", "attributes": otlp(GENAI)}, {"thought-removed"}),
        ({"events": [{"name": "gen_ai", "attributes": GENAI}]}, {"thought-removed"}),
        ({"attributes": FLAT_MESSAGES}, set()),
        (FLAT_MESSAGES, set()),
        ({"attributes": openinference()}, set()),
        (PHOENIX, set()),
    ],
)
def test_otel_spans_in_every_convention(row: dict[str, Any], codes: set[str]) -> None:
    found, repairs = ok(row, "otel")
    assert (found.system, found.turns) == ("s", TURNS)
    assert found.catalog.names == ("天气",)
    assert repairs == codes


def test_otel_tools_without_parameters_leave_the_calls_to_the_check() -> None:
    bare = [{"type": "function", "name": "天气"}]
    row = {**GENAI, "gen_ai.tool.definitions": bare}
    assert errors(row, "otel") == {"call-unknown-parameter"}


@pytest.mark.parametrize("kind", ["blob", "file", "uri", "server_tool_call", "compaction"])
def test_otel_parts_that_are_not_text(kind: str) -> None:
    messages = [genai("user", {"type": kind}), *GENAI["gen_ai.input.messages"][1:]]
    assert errors({**GENAI, "gen_ai.input.messages": messages}, "otel") == {"turn-part-unsupported"}


def test_otel_exports_are_taken_apart_and_wrappers_left_out() -> None:
    chat = {"name": "chat", "attributes": otlp(GENAI_TEXT)}
    agent = {"attributes": otlp({**GENAI_TEXT, "gen_ai.operation.name": "invoke_agent"})}
    other = {"name": "GET /", "attributes": otlp({"http.route": "/"})}
    export = {"resourceSpans": [{"scopeSpans": [{"spans": [agent, chat, other]}]}]}
    assert format_of(export) == "otel"
    assert otel.expand(export) == [chat]
    assert format_of({"resourceSpans": [{"scopeSpans": [{"spans": [other]}]}]}) is None
    assert otel.expand(chat) == [chat]


def test_otel_agent_spans_without_the_calls_are_refused() -> None:
    agent = {**GENAI, "gen_ai.operation.name": "invoke_agent"}
    assert ok(agent, "otel")[0].turns == TURNS
    agent["gen_ai.input.messages"] = agent["gen_ai.input.messages"][:1]
    assert errors(agent, "otel") == {"span-without-calls"}


def test_otel_answers_that_are_repeated_are_read_once() -> None:
    answer = GENAI["gen_ai.output.messages"][0]
    messages = [*GENAI["gen_ai.input.messages"], {**answer, "finish_reason": None}]
    assert ok({**GENAI, "gen_ai.input.messages": messages}, "otel")[0].turns == TURNS


# Langfuse, logs, Bedrock, Vercel


@pytest.mark.parametrize("as_text", [False, True])
@pytest.mark.parametrize("answer", [ANSWER, "Sunny, 雨.", [ANSWER]])
@pytest.mark.parametrize("parameters", [False, True])
def test_langfuse_generations(as_text: bool, answer: Any, parameters: bool) -> None:
    asked: Any = ASKED if parameters else {"messages": ASKED, "tools": [WRAPPED]}
    row: dict[str, Any] = {"type": "GENERATION", "traceId": "t", "input": asked, "output": answer}
    if parameters:
        row["modelParameters"] = {"tools": [WRAPPED]}
    if as_text:
        row = {key: v if isinstance(v, str) else json.dumps(v) for key, v in row.items()}
    found, _ = ok(row, "langfuse")
    assert found.turns == TURNS


def test_other_tracers_with_the_same_two_keys() -> None:
    row = {"input": ASKED, "output": ANSWER, "metadata": {"tools": [WRAPPED]}, "expected": None}
    assert ok(row, "langfuse")[0].turns == TURNS


@pytest.mark.parametrize(
    "calling",
    [
        {"additional_kwargs": {"tool_calls": ASKED[2]["tool_calls"]}},
        {"tool_calls": [lc_call("a", "Oslo"), lc_call("b", "卑尔根")]},
        {
            "content": [text("One moment."), use("a", "Oslo"), use("b", "卑尔根")],
            "tool_calls": [lc_call("a", "Oslo"), lc_call("b", "卑尔根")],
        },
    ],
)
@pytest.mark.parametrize("tool", [WRAPPED, ANTHROPIC["tools"][0]])
def test_langfuse_rows_of_langchain(calling: dict[str, Any], tool: dict[str, Any]) -> None:
    """Its handler for LangChain puts tools among the messages and leaves calls as they are."""
    message = {"role": "assistant", "content": "One moment.", **calling}
    listed = {"role": "tool", "content": tool}
    asked = [*ASKED[:2], message, *ASKED[3:], listed]
    assert (
        ok({"type": "GENERATION", "input": asked, "output": ANSWER}, "langfuse")[0].turns == TURNS
    )
    answered = {"type": "GENERATION", "input": [*ASKED[:2], listed], "output": message}
    assert ok(answered, "langfuse")[0].turns == TURNS[:2]


@pytest.mark.parametrize(("answer", "said"), [('{"°C": 5}', '{"°C": 5}'), ("5", "5")])
def test_langfuse_answers_that_are_json_themselves(answer: str, said: str) -> None:
    row = {"type": "GENERATION", "input": [USER], "output": answer}
    assert ok(row, "langfuse")[0].turns[1] == ModelTurn(said)


def test_langfuse_answers_in_several_items_and_objects_that_are_no_answer() -> None:
    calls = [RESPONSES["input"][3], RESPONSES["input"][4]]
    row = {"type": "GENERATION", "input": [USER], "output": calls, "tools": [WRAPPED]}
    assert ok(row, "langfuse")[0].turns[1] == ModelTurn("", (OSLO, BERGEN))
    assert errors({**row, "output": {"score": 1}}, "langfuse") == {"turn-not-text"}


def test_alpaca_rows_with_a_trace_id_stay_alpaca() -> None:
    row = {"instruction": "a", "input": "b", "output": "c", "trace_id": "t"}
    assert format_of(row) == "alpaca"


BEDROCK: dict[str, Any] = {
    "schemaVersion": "bedrock-conversation-2024",
    "system": [{"text": "s"}],
    "messages": [
        {"role": "user", "content": [{"text": "Oslo und 卑尔根?"}]},
        {
            "role": "assistant",
            "content": [
                {"reasoningContent": {"reasoningText": {"text": "hm"}}},
                {"text": "One moment."},
                {"toolUse": {"toolUseId": "a", "name": "天气", "input": {"city": "Oslo"}}},
                {"toolUse": {"toolUseId": "b", "name": "天气", "input": {"city": "卑尔根"}}},
            ],
        },
        {
            "role": "user",
            "content": [
                {"toolResult": {"toolUseId": "b", "content": [{"text": "雨"}]}},
                {"toolResult": {"toolUseId": "a", "content": [{"text": "sunny"}]}},
                {"cachePoint": {"type": "default"}},
            ],
        },
        {"role": "assistant", "content": [{"text": "Sunny, 雨."}]},
    ],
    "toolConfig": {
        "tools": [
            {
                "toolSpec": {
                    "name": "天气",
                    "description": "查询天气",
                    "inputSchema": {"json": SCHEMA},
                }
            }
        ]
    },
}


def test_bedrock_blocks() -> None:
    found, codes = ok(BEDROCK, "bedrock")
    assert (found.system, found.turns) == ("s", TURNS)
    assert codes == {"thought-removed"}


def test_bedrock_results_as_json_and_images() -> None:
    answers = BEDROCK["messages"][2]["content"]
    as_json = {"toolResult": {"toolUseId": "a", "content": [{"json": {"雨": 1}}]}}
    messages = [*BEDROCK["messages"][:2], {"role": "user", "content": [answers[0], as_json]}]
    row = {**BEDROCK, "messages": [*messages, BEDROCK["messages"][3]]}
    assert ok(row, "bedrock")[0].turns[2] == ResultTurn(('{"雨": 1}', "雨"))
    as_json["toolResult"]["content"] = [{"image": {"format": "png"}}]
    assert errors(row, "bedrock") == {"turn-part-unsupported"}


EXCHANGES = [
    {
        "request": {"messages": ASKED, "tools": [WRAPPED]},
        "response": {"choices": [{"message": ANSWER, "finish_reason": "stop"}]},
    },
    {
        "messages": ASKED,
        "response": {"choices": [{"message": ANSWER}]},
        "model_parameters": {"tools": [WRAPPED]},
    },
    {
        "request_body": json.dumps({"messages": ASKED, "tools": [WRAPPED]}),
        "response_body": json.dumps({"choices": [{"message": ANSWER}]}),
    },
    {
        "request": {"messages": ASKED, "tools": [WRAPPED]},
        "choices": [{"message": ANSWER}],
    },
    {
        "inputs": {"messages": ASKED, "tools": [WRAPPED]},
        "output": {"choices": [{"message": ANSWER}]},
    },
    {
        "request": {"body": {**ANTHROPIC, "messages": ANTHROPIC["messages"][:-1]}},
        "response": {"body": {"type": "message", **ANTHROPIC["messages"][-1]}},
    },
    {
        "request": {**BEDROCK, "messages": BEDROCK["messages"][:-1]},
        "response": {"output": {"message": BEDROCK["messages"][-1]}},
    },
    {
        "request": {**RESPONSES, "output": None},
        "response": {"object": "response", "output": RESPONSES["output"]},
    },
]


@pytest.mark.parametrize("row", EXCHANGES)
def test_requests_and_responses_of_every_vendor(row: dict[str, Any]) -> None:
    assert ok(row, "exchange")[0].turns == TURNS


def test_requests_and_responses_of_gemini() -> None:
    request = {**GEMINI, "contents": GEMINI["contents"][:-1]}
    response = {"candidates": [{"content": GEMINI["contents"][-1], "finishReason": "STOP"}]}
    found, _ = ok({"request": request, "response": response}, "exchange")
    assert found.turns[-1] == TURNS[-1]


def sdk(kind: str, **more: Any) -> dict[str, Any]:
    return {"type": kind, **more}


def sdk_call(id_: str, city: str, key: str = "input") -> dict[str, Any]:
    return sdk("tool-call", toolCallId=id_, toolName="天气", **{key: {"city": city}})


VERCEL = {
    "messages": [
        {"role": "system", "content": "s"},
        USER,
        {
            "role": "assistant",
            "content": [
                text("One moment."),
                sdk_call("a", "Oslo"),
                sdk_call("b", "卑尔根", "args"),
            ],
        },
        {
            "role": "tool",
            "content": [
                sdk("tool-result", toolCallId="b", output={"type": "text", "value": "雨"}),
                sdk("tool-result", toolCallId="a", result="sunny"),
            ],
        },
        ANSWER,
    ],
    "tools": {"天气": {"description": "查询天气", "inputSchema": {"jsonSchema": SCHEMA}}},
}


def ui_tool(id_: str, city: str, output: str) -> dict[str, Any]:
    more = {"state": "output-available", "input": {"city": city}, "output": output}
    return sdk("tool-天气", toolCallId=id_, **more)


VERCEL_UI = {
    "messages": [
        {"role": "system", "parts": [text("s")]},
        {"role": "user", "parts": [text("Oslo und 卑尔根?")]},
        {
            "role": "assistant",
            "content": "",
            "parts": [
                sdk("step-start"),
                text("One moment."),
                ui_tool("a", "Oslo", "sunny"),
                ui_tool("b", "卑尔根", "雨"),
                sdk("step-start"),
                text("Sunny, 雨."),
            ],
        },
    ],
    "tools": [WRAPPED],
}


@pytest.mark.parametrize("row", [VERCEL, VERCEL_UI])
def test_vercel_messages_of_the_core_and_of_the_ui(row: dict[str, Any]) -> None:
    found, codes = ok(row, "vercel")
    assert (found.system, found.turns) == ("s", TURNS)
    assert codes == set()


# All of them

ROWS = {
    "lf_v1": LF_V1,
    "anthropic": ANTHROPIC,
    "gemini": GEMINI,
    "ms_swift": SWIFT,
    "openai_responses": RESPONSES,
    "langchain": {"messages": LC_DUMPS, "tools": [WRAPPED]},
    "otel": {"attributes": otlp(GENAI_TEXT), "events": []},
    "langfuse": {
        "type": "GENERATION",
        "input": {"messages": ASKED, "tools": [WRAPPED]},
        "output": ANSWER,
    },
    "exchange": EXCHANGES[0],
    "bedrock": BEDROCK,
    "vercel": VERCEL_UI,
    "mistral": {"messages": [*ASKED, ANSWER], "available_tools": [WRAPPED]},
}
OURS = [known for known in FORMATS if known.name in ROWS]
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=5,
)


@pytest.mark.parametrize("name", ROWS)
def test_a_row_of_one_format_is_of_no_other_before_it(name: str) -> None:
    assert format_of(ROWS[name]) == name
    inner = {"exchange", "langfuse"}
    others = {k.name for k in OURS if k.detect(ROWS[name])} - {name}
    assert not others - inner


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    found = [path]
    if isinstance(value, dict | list):
        keys = value if isinstance(value, dict) else range(len(value))
        for key in keys:
            found += places(value[key], (*path, key))
    return found


@settings(max_examples=400, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_no_reader_raises_on_a_changed_row(data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(sorted(ROWS)))
    row = json.loads(json.dumps(ROWS[name]))
    path = data.draw(st.sampled_from([path for path in places(row) if path]))
    target = row
    for key in path[:-1]:
        target = target[key]
    if data.draw(st.booleans()):
        target[path[-1]] = data.draw(JSON)
    else:
        del target[path[-1]]
    for known in OURS:
        known.detect(row)
        known.read(row)
    read_conversation(row, ORIGIN)


@settings(max_examples=100, deadline=None)
@given(st.dictionaries(st.sampled_from(["messages", "contents", "input", "output", "items"]), JSON))
def test_no_reader_raises_on_anything(row: dict[str, Any]) -> None:
    for known in OURS:
        known.detect(row)
        known.read(row)
