"""Formats whose tools and calls stand in text: each with a real row and the traps of its kind."""

from __future__ import annotations

import csv
import json
import time
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fctune.conversations.check import check_conversation
from fctune.conversations.formats import FORMATS
from fctune.conversations.read import read_conversation
from fctune.conversations.turns import Conversation, Lesson, ModelTurn, ResultTurn, UserTurn
from fctune.issues import Accepted, Origin, Rejected, Severity
from fctune.jsonl import read_rows
from fctune.tools.read import parse_catalog
from fctune.tools.spec import ToolCall

ORIGIN = Origin("rows.jsonl", 1)
TRACK = {
    "name": "track",
    "description": "查询物流",
    "parameters": {
        "type": "object",
        "properties": {"id": {"type": "string"}, "days": {"type": "integer"}},
        "required": ["id"],
    },
}
NOW = {"name": "now", "description": "It's the time.", "parameters": {}}
CALL = ToolCall("track", {"id": "SO1"})
TAGGED = '<tool_call>\n{"name": "track", "arguments": {"id": "SO1"}}\n</tool_call>'


def ok(value: Any, **options: Any) -> tuple[Conversation, set[str]]:
    verdict = read_conversation(value, ORIGIN, **options)
    assert isinstance(verdict, Accepted), [str(found) for found in verdict.issues]
    told = {"system-default", "tool-parameters-missing", "tool-type-alias"}
    return verdict.value, {found.code for found in verdict.issues} - told


def errors(value: Any, **options: Any) -> set[str]:
    verdict = read_conversation(value, ORIGIN, **options)
    assert isinstance(verdict, Rejected), verdict
    return {found.code for found in verdict.issues if found.severity is Severity.ERROR}


def row(*turns: tuple[str, Any], **columns: Any) -> dict[str, Any]:
    return {"conversations": [{"from": role, "value": value} for role, value in turns], **columns}


def name_of(value: dict[str, Any]) -> str | None:
    return next((known.name for known in FORMATS if known.detect(value)), None)


def read_all(values: Iterable[tuple[Any, Origin]]) -> tuple[list[Conversation], Counter[str]]:
    kept: list[Conversation] = []
    codes: Counter[str] = Counter()
    for value, origin in values:
        verdict = read_conversation(value, origin)
        if isinstance(verdict, Rejected):
            codes.update(verdict.as_row()["codes"])
        else:
            kept.append(verdict.value)
    return kept, codes


def sample(path: Path) -> list[tuple[Any, Origin]]:
    if not path.exists():
        pytest.skip(f"the sample {path.name} is not on this machine")
    return [(raw.value, raw.origin) for raw in read_rows(path)]


# Hermes

HERMES = (
    "You are a function calling AI model. You are provided with function signatures within "
    "<tools> </tools> XML tags. You may call one or more functions to assist with the user query. "
    "If available tools are not relevant in assisting with user query, just respond in natural "
    "conversational language. Don't make assumptions about what values to plug into functions. "
    "After calling & executing the functions, you will be provided with function results within "
    "<tool_response> </tool_response> XML tags.{persona}\n<tools>\n{tools}\n</tools>\n"
    "For each function call return a JSON object, with the following pydantic model json schema "
    "for each:\n{{'title': 'FunctionCall', 'type': 'object', 'properties': {{'name': {{'title': "
    "'Name', 'type': 'string'}}, 'arguments': {{'title': 'Arguments', 'type': 'object'}}}}, "
    "'required': ['name', 'arguments']}}\nEach function call should be enclosed within "
    "<tool_call> </tool_call> XML tags. You must use <scratch_pad> </scratch_pad> XML tags to "
    "record your reasoning and planning before you call the functions as follows.\nExample:\n"
    "<scratch_pad>\nGoal: <state task assigned by user>\n</scratch_pad>\n<tool_call>\n"
    "{{'name': <function-name>, 'arguments': <args-dict>}}\n</tool_call>"
)


def hermes(*turns: tuple[str, Any], persona: str = "", tools: Any = None) -> dict[str, Any]:
    written = json.dumps([TRACK, NOW], ensure_ascii=False) if tools is None else tools
    return row(("system", HERMES.format(persona=persona, tools=written)), *turns)


ASKED = (("human", "Where?"), ("gpt", TAGGED))


def test_hermes_real_rows(shared: Path) -> None:
    folder = shared / "raw" / "raw_fixtures_glaive_hermes_toolace_dpo"
    kept, codes = read_all(sample(folder / "hermes_v1_sample.jsonl"))
    assert not codes
    assert kept[0].turns == (
        UserTurn("What's the weather in Beijing?"),
        ModelTurn("", (ToolCall("get_weather", {"city": "Beijing"}),)),
        ResultTurn(('{"temp": 25, "desc": "sunny"}',)),
        ModelTurn("It's 25 degrees and sunny in Beijing."),
    )
    assert kept[1].turns[2] == ResultTurn(('{"temp": 18}', '{"time": "14:00"}'))
    (thinking,), codes = read_all(sample(folder / "hermes_reasoning_sample.jsonl"))
    assert not codes
    schema = thinking.catalog.specs[0].parameters
    assert schema["properties"]["text"]["type"] == "string"
    assert isinstance(thinking.turns[1], ModelTurn)
    assert thinking.turns[1].text == ""


def test_hermes_prompt_leaves_only_what_is_the_users_own() -> None:
    found, codes = ok(hermes(*ASKED, persona=" 你是物流客服。"))
    assert found.system == "你是物流客服。"
    assert found.catalog.names == ("track", "now")
    assert found.calls == (CALL,)
    assert codes == set()
    assert ok(hermes(*ASKED))[0].system == "You are a helpful assistant."


def test_hermes_python_tools_and_calls_are_read_and_told() -> None:
    written = "<tool_call>\n{'arguments': {'id': \"it's\"}, 'name': 'track'}\n</tool_call>"
    found, codes = ok(hermes(("human", "a"), ("gpt", written), tools=repr([TRACK, NOW])))
    assert found.calls == (ToolCall("track", {"id": "it's"}),)
    assert found.catalog.get("now") is not None
    assert codes == {"tools-python-literal", "call-python-literal"}


@pytest.mark.parametrize("role", ["tool", "human", "observation"])
@pytest.mark.parametrize("gap", ["\n", "", "\n\n"])
def test_hermes_several_responses_in_one_turn(role: str, gap: str) -> None:
    results = f"<tool_response>\n1\n</tool_response>{gap}<tool_response>\n二\n</tool_response>"
    found, codes = ok(
        hermes(("human", "a"), ("gpt", f"{TAGGED}\n{TAGGED}"), (role, results), ("gpt", "b"))
    )
    assert found.turns[1:3] == (ModelTurn("", (CALL, CALL)), ResultTurn(("1", "二")))
    assert found.lesson is Lesson.PARALLEL
    assert codes <= {"results-merged"}


@pytest.mark.parametrize("tag", ["scratch_pad", "scratchpad", "think"])
def test_hermes_thoughts_go_where_thoughts_go(tag: str) -> None:
    # A thought may speak of a call without making one.
    thought = f"<{tag}>\nI could write <tool_call>{{}}</tool_call>\n</{tag}>\n"
    found, codes = ok(hermes(("human", "a"), ("gpt", f"{thought}One moment.\n{TAGGED}")))
    assert found.turns[1] == ModelTurn("One moment.", (CALL,))
    assert codes == {"thought-removed"}


def test_hermes_tools_in_the_first_user_turn() -> None:
    tools = f"<tools>{json.dumps([TRACK])}</tools>"
    found, _ = ok(row(("human", f"{tools}\n查订单 SO1"), ("gpt", TAGGED)))
    assert found.turns[0] == UserTurn("查订单 SO1")
    assert found.calls == (CALL,)
    # A prompt in a turn of its own becomes the system text.
    found, codes = ok(row(("human", f"Be brief. {tools}"), ("human", "Where?"), ("gpt", TAGGED)))
    assert (found.system, found.turns[0]) == ("Be brief.", UserTurn("Where?"))
    assert codes == set()


def test_hermes_own_tools_column_wins() -> None:
    other = json.dumps([{**TRACK, "description": "own"}])
    found, _ = ok({**hermes(*ASKED, tools="[oops]"), "tools": other})
    assert [spec.description for spec in found.catalog] == ["own"]
    assert errors(hermes(*ASKED, tools="[oops]")) == {"tools-invalid", "call-unknown-tool"}


def test_qwen_prompt_with_one_tool_a_line_in_openai_messages() -> None:
    lines = "\n".join(json.dumps({"type": "function", "function": spec}) for spec in (TRACK, NOW))
    system = (
        "Shop.\n\n# Tools\n\nYou may call one or more functions to assist with the user query.\n\n"
        "You are provided with function signatures within <tools></tools> XML tags:\n<tools>\n"
        f"{lines}\n</tools>\n\nFor each function call, return a json object with function name and "
        "arguments within <tool_call></tool_call> XML tags:\n<tool_call>\n"
        '{"name": <function-name>, "arguments": <args-json-object>}\n</tool_call>'
    )
    messages = [
        {"role": "system", "content": system},
        {"role": "user", "content": "a"},
        {"role": "assistant", "content": TAGGED},
        {"role": "user", "content": "<tool_response>\nr\n</tool_response>"},
        {"role": "assistant", "content": "b"},
    ]
    found, codes = ok({"messages": messages})
    assert (found.system, found.catalog.names) == ("Shop.", ("track", "now"))
    assert found.turns[2] == ResultTurn(("r",))
    assert codes == set()


def test_hermes_whole_exchange_in_one_model_text() -> None:
    text = (
        f"Let me look.\n{TAGGED}\n<tool_response>\nat sea\n</tool_response>\n"
        f"{TAGGED}\n<tool_response>\nstill at sea\n</tool_response>\nIt is at sea."
    )
    found, _ = ok(hermes(("human", "a"), ("gpt", text)))
    assert found.turns[1:] == (
        ModelTurn("Let me look.", (CALL,)),
        ResultTurn(("at sea",)),
        ModelTurn("", (CALL,)),
        ResultTurn(("still at sea",)),
        ModelTurn("It is at sea."),
    )


def test_words_on_the_format_that_are_not_known_stay_and_are_told() -> None:
    tools = f"<tools>{json.dumps([TRACK])}</tools>"
    system = f"{tools}\n调用时请输出 <tool_call>JSON</tool_call>。"
    found, codes = ok(row(("system", system), *ASKED))
    assert found.system == "调用时请输出 <tool_call>JSON</tool_call>。"
    assert codes == {"system-format-left"}


def test_a_failed_trajectory_is_not_trained() -> None:
    assert errors({**hermes(*ASKED), "completed": False}) == {"turn-untrainable"}
    assert ok({**hermes(*ASKED), "completed": True})[0].calls == (CALL,)


def test_a_call_that_is_not_closed_is_refused_not_trained_as_words() -> None:
    assert errors(hermes(("human", "a"), ("gpt", '<tool_call>\n{"name": "track"'))) == {
        "text-tool-tag"
    }


def test_json_mode_rows_are_general_chat() -> None:
    system = (
        "You are a helpful assistant that answers in JSON. Here's the json schema you must adhere "
        'to:\n<schema>\n{"title": "A", "type": "object", "properties": {}}\n</schema>'
    )
    value = row(("system", system), ("human", "a"), ("gpt", '{"name": "Ann"}'))
    assert name_of(value) == "sharegpt"
    found, _ = ok(value)
    assert (found.system, found.lesson) == (system, Lesson.GENERAL)


# Tagged text of tutorials


def traces(shared: Path) -> list[tuple[Any, Origin]]:
    path = shared / "raw" / "tutorial_traces_csv" / "traces_220.csv"
    if not path.exists():
        pytest.skip("the sample traces_220.csv is not on this machine")
    csv.field_size_limit(1_000_000)
    with path.open(encoding="utf-8", newline="") as file:
        return [(dict(r), Origin(path.name, i)) for i, r in enumerate(csv.DictReader(file), 2)]


def test_tutorial_traces_real_rows(shared: Path) -> None:
    values = traces(shared)
    assert {name_of(value) for value, _ in values} == {"tagged"}
    kept, codes = read_all(values)
    # Half of the calls name a tool that the prompt does not list; every other row is sound.
    assert (len(kept), codes) == (210, {"call-unknown-tool": 10})
    called = [found for found in kept if found.calls]
    assert len(called) == 10
    assert {len(found.turns) for found in called} == {4}
    texts = [turn.text for found in kept for turn in found.turns if isinstance(turn, ModelTurn)]
    assert not any("<final_answer>" in text or "<tool" in text for text in texts)
    dated = {found.system for found in kept} - {"You are a helpful assistant."}
    assert dated == {"Current date: 2024-01-15"}


TUTORIAL = (
    "<instructions>\nSelect a tool.\n```xml\n<tool_call>\n{}\n</tool_call>\n```\n</instructions>\n"
    '\n<tools>\n[{"tool_name": "track", "description": "查询", "input_args": '
    '{"id": "string - The order.", "days": "integer - How many.", "note": "Note: free text"}}]'
    "\n</tools>"
)


def tutorial(*turns: tuple[str, str]) -> list[dict[str, str]]:
    said = [("user", TUTORIAL), ("user", "Where is SO1?"), *turns]
    return [{"role": role, "content": text} for role, text in said]


CALLED = '<tool_call>\n{"tool_name": "track", "args": {"id": "SO1"}}\n</tool_call>'
ANSWERED = (
    ("assistant", CALLED),
    ("user", "<tool_result>\n{'at': 'sea'}\n</tool_result>"),
    ("assistant", "<final_answer>\nAt sea.\n</final_answer>"),
)


@pytest.mark.parametrize(
    "value",
    [
        {"trace": repr(tutorial(*ANSWERED))},
        {"trace": json.dumps(tutorial(*ANSWERED))},
        {"trace": tutorial(*ANSWERED)},
        {"messages": tutorial(*ANSWERED)},
    ],
    ids=["python", "json", "list", "messages"],
)
def test_tutorial_messages_however_they_are_stored(value: dict[str, Any]) -> None:
    assert name_of(value) == "tagged"
    found, codes = ok(value)
    assert found.turns == (
        UserTurn("Where is SO1?"),
        ModelTurn("", (CALL,)),
        ResultTurn(("{'at': 'sea'}",)),
        ModelTurn("At sea."),
    )
    properties = found.catalog.specs[0].parameters["properties"]
    assert properties["days"] == {"type": "integer", "description": "How many."}
    assert properties["note"] == {"description": "Note: free text"}
    assert codes == set()


@pytest.mark.parametrize(
    ("trace", "code"),
    [
        ("[{'role': 'user', 'content': open('/etc/passwd')}]", "turn-invalid"),
        ("[{'role': 'user', 'content': 'a'", "turn-invalid"),
        ("[" + "{'role': 'content'}, " * 20_000 + "]", "turn-invalid"),
        (repr(tutorial(("assistant", "<tool_call>track</tool_call>"))), "call-invalid-json"),
        (
            repr(tutorial(("assistant", "<tool_call>{'a': 1, 'a': 2}</tool_call>"))),
            "json-duplicate-key",
        ),
    ],
)  # fmt: skip
def test_traces_that_cannot_be_read_are_told(trace: str, code: str) -> None:
    assert code in errors({"trace": trace})


# ToolACE

TOOLACE = (
    "You are an expert in composing functions. You are given a question and a set of possible "
    "functions. \nBased on the question, you will need to make one or more function/tool calls to "
    "achieve the purpose. \nIf none of the function can be used, point it out. If the given "
    "question lacks the parameters required by the function,\nalso point it out. You should only "
    "return the function call in tools call sections.{extra}\nHere is a list of functions in JSON "
    "format that you can invoke:\n{tools}. \nShould you decide to return the function call(s). \n"
    "Put it in the format of [func1(params_name=params_value, params_name2=params_value2...), "
    "func2(params)]\n\nNO other text MUST be included. \n"
)
FEED = {
    "name": "User Feed (Video Posts) V2",
    "description": "d",
    "parameters": {"type": "dict", "properties": {"id": {"type": "string"}}, "required": ["id"]},
    "required": None,
}
SHORT = {**FEED, "name": "User Feed"}
MIXED = {
    "name": "市场.趋势",
    "description": "d",
    "parameters": {
        "type": "dict",
        "properties": {"国家": {"type": "string"}, "top": {"type": "int"}, "more": {}},
    },
    "required": None,
}


def toolace(*turns: tuple[str, str], extra: str = "") -> dict[str, Any]:
    tools = json.dumps([SHORT, FEED, MIXED], ensure_ascii=False)
    return row(*turns, system=TOOLACE.format(extra=extra, tools=tools))


def calls_of(text: str) -> tuple[ToolCall, ...]:
    found, codes = ok(toolace(("user", "a"), ("assistant", text)))
    assert codes == set()
    assert found.turns[1:] == (ModelTurn("", found.calls),)
    return found.calls


def test_toolace_real_rows(shared: Path) -> None:
    folder = shared / "raw" / "raw_fixtures_glaive_hermes_toolace_dpo"
    kept, codes = read_all(sample(folder / "toolace_sample.jsonl"))
    assert not codes
    assert [found.lesson for found in kept] == [Lesson.CALL, Lesson.NO_CALL, Lesson.CALL]
    assert kept[2].calls == (ToolCall("User Feed (Video Posts) V2", {"user_id": "12345"}),)
    assert {found.system for found in kept} == {"You are a helpful assistant."}


def test_toolace_prompt_keeps_the_time() -> None:
    found, _ = ok(toolace(("user", "a"), ("assistant", "b"), extra=" 当前时间：2024-11-03。"))
    assert found.system == "当前时间：2024-11-03。"
    assert found.catalog.names == ("User Feed", "User Feed (Video Posts) V2", "市场.趋势")


@pytest.mark.parametrize(
    ("text", "calls"),
    [
        ('[User Feed (Video Posts) V2(id="7")]', [("User Feed (Video Posts) V2", {"id": "7"})]),
        ('[User Feed(id="7")]', [("User Feed", {"id": "7"})]),
        (
            '[市场.趋势(国家="美国", top=5), User Feed(id=\'x, y) = "z"\')]',
            [("市场.趋势", {"国家": "美国", "top": 5}), ("User Feed", {"id": 'x, y) = "z"'})],
        ),
        (
            "[市场.趋势(more={\"a\": [true, None, 1.5], 'b': False}, top=-1)]",
            [("市场.趋势", {"more": {"a": [True, None, 1.5], "b": False}, "top": -1})],
        ),
        ("[市场.趋势()]", [("市场.趋势", {})]),
        ('[ 市场.趋势 ( 国家 = "a" ) ]', [("市场.趋势", {"国家": "a"})]),
        ('[User Feed(id="first\nsecond")]', [("User Feed", {"id": "first\nsecond"})]),
        ('[User Feed(id="\\ud83d\\ude00 \\"q\\"")]', [("User Feed", {"id": '😀 "q"'})]),
    ],
)
def test_toolace_calls(text: str, calls: list[tuple[str, dict[str, Any]]]) -> None:
    assert calls_of(text) == tuple(ToolCall(name, arguments) for name, arguments in calls)


@pytest.mark.parametrize(
    "text",
    [
        "[1]",
        "[]",
        "[see (a), or (b)]",
        "[Note: the tool (User Feed) is not meant for that.]",
        "None of the functions [User Feed(id)] can do that.",
        "Results (3): [a, b, c]",
        "[function_name(params)]",
    ],
)
def test_toolace_brackets_in_an_answer_are_words(text: str) -> None:
    found, codes = ok(toolace(("user", "a"), ("assistant", text)))
    assert found.turns[1] == ModelTurn(text)
    assert codes == set()


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("[User Feed(id=bare word)]", "call-invalid-json"),
        ('[User Feed(id="he said "hi"")]', "call-invalid-json"),
        ("[User Feed(id=市场.趋势())]", "call-invalid-json"),
        ("[User Feed(id=", "call-invalid-json"),
        ('[User Feed(id="a", id="b")]', "json-duplicate-key"),
        ("[市场.趋势(top=NaN)]", "json-nan"),
        ("[User Feed('a', 'b')]", "call-shape"),
        ('[Weather(city="Oslo")]', "call-unknown-tool"),
        ("[User Feed(id=5)]", "call-type"),
    ],
)
def test_toolace_calls_that_cannot_be_trained(text: str, code: str) -> None:
    assert errors(toolace(("user", "a"), ("assistant", text))) == {code}


def test_toolace_arguments_by_position_and_words_beside_a_call() -> None:
    found, codes = ok(toolace(("user", "a"), ("assistant", "[市场.趋势('中国', top=3)]")))
    assert found.calls == (ToolCall("市场.趋势", {"国家": "中国", "top": 3}),)
    assert codes == {"call-positional"}
    found, codes = ok(toolace(("user", "a"), ("assistant", 'Let me look.\n[User Feed(id="7")]')))
    assert found.turns[1] == ModelTurn("Let me look.", (ToolCall("User Feed", {"id": "7"}),))
    assert codes == {"call-in-text"}


def test_toolace_result_list_is_split_among_parallel_calls() -> None:
    results = [{"name": "User Feed", "results": {"n": 1}}, {"name": "市场.趋势", "results": {}}]
    found, _ = ok(
        toolace(
            ("user", "a"),
            ("assistant", '[User Feed(id="7"), 市场.趋势()]'),
            ("tool", json.dumps(results, ensure_ascii=False)),
            ("assistant", "b"),
        )
    )
    assert found.turns[2] == ResultTurn(
        tuple(json.dumps(result, ensure_ascii=False) for result in results)
    )


def test_llama_prompt_with_tools_one_after_another_and_bare_json_calls() -> None:
    specs = "\n\n".join(json.dumps(spec, indent=4, ensure_ascii=False) for spec in (TRACK, NOW))
    system = (
        "You have access to the following functions. To call a function, please respond with JSON "
        'for a function call. Respond in the format {"name": function name, "parameters": '
        f"dictionary of argument name and its value}}. Do not use variables.\n\n{specs}\nBe kind."
    )
    call = '{"name": "track", "parameters": {"id": "SO1"}}'
    found, codes = ok(row(("system", system), ("human", "a"), ("gpt", call)))
    assert (found.system, found.catalog.names) == ("Be kind.", ("track", "now"))
    assert found.calls == (CALL,)
    assert codes == {"call-in-text", "call-keys-renamed"}


def test_lists_of_other_things_in_a_prompt_are_no_tools() -> None:
    value = row(
        ("human", "a"), ("gpt", "b"), system='Guests: [{"name": "Ann", "description": "x"}]'
    )
    assert name_of(value) == "sharegpt"


# Seal-Tools for fine-tuning


def test_seal_tools_finetuning_real_rows(shared: Path) -> None:
    values = sample(shared / "raw" / "seal_tools" / "finetune_dev.jsonl")
    assert {name_of(value) for value, _ in values} == {"seal_prompt"}
    kept, codes = read_all(values)
    # "63" where the tool wants an integer: the data set's own slip.
    assert set(codes) == {"call-type"}
    assert len(kept) == 155
    assert all(found.calls and len(found.turns) == 2 for found in kept)
    first = kept[0]
    assert first.turns[0] == UserTurn(
        "Retrieve information about the number of nurses in a specific country."
    )
    call = ToolCall("getHealthWorkforce", {"location": "country", "occupation": "nurses"})
    assert first.calls == (call,)
    assert len(first.catalog) == 5


@pytest.mark.parametrize(
    ("prompt", "answer", "code"),
    [
        ("api_list = [{'api_name': f()}]\ntask_instruction = \"a\"\n", "[]", "tools-invalid"),
        ("api_list = [{'api_name'\ntask_instruction = \"a\"", "[]", "tools-invalid"),
        (
            "api_list = [{'api_name': 'f', 'parameters': {}}]\ntask_instruction = \"a\"\nOutput:\n",
            "[{'api': 'f', 'parameters': {}",
            "call-invalid-json",
        ),
        (
            "api_list = [{'api_name': 'f', 'parameters': {}}]\ntask_instruction = \"a\"\nOutput:\n",
            "[{'api': 'f', 'parameters': {'x': 'API_call_0'}, 'responses': ['API_call_1']}]",
            "call-reference",
        ),
    ],
)
def test_seal_tools_prompts_that_cannot_be_read(prompt: str, answer: str, code: str) -> None:
    assert code in errors(row(("human", prompt), ("gpt", answer)))


# ReAct

REACT = (
    "Answer the following questions as best you can. You have access to the following APIs:\n\n"
    "{tools}\n\nUse the following format:\n\nQuestion: the input question you must answer\n"
    "Thought: you should always think about what to do\n"
    "Action: the action to take, should be one of [track,now]\n"
    "Action Input: the input to the action\nObservation: the result of the action\n"
    "... (this Thought/Action/Action Input/Observation can be repeated zero or more times)\n"
    "Thought: I now know the final answer\n"
    "Final Answer: the final answer to the original input question\n\nBegin!"
)
QWEN_TOOLS = (
    "track: Call this tool to interact with the 物流 API. What is the 物流 API useful for? 查询 "
    'Parameters: [{"name": "id", "description": "d", "required": true, "schema": {"type": '
    '"string"}}] Format the arguments as a JSON object.\n\n'
    "now: Call this tool to interact with the now API. What is the now API useful for? Time. "
    "Parameters: [] Format the arguments as a JSON object."
)
ACTED = 'Thought: 先查。\nAction: track\nAction Input: {"id": "SO1"}'


def react(*turns: tuple[str, str], tools: str = QWEN_TOOLS, lead: str = "") -> dict[str, Any]:
    return row(("system", lead + REACT.format(tools=tools)), *turns)


EXCHANGE = (
    UserTurn("Where?"),
    ModelTurn("", (CALL,)),
    ResultTurn(("at sea",)),
    ModelTurn("It is at sea."),
)
ENDED = "Thought: I now know.\nFinal Answer: It is at sea."


@pytest.mark.parametrize(
    "turns",
    [
        [("human", "Where?"), ("gpt", f"{ACTED}\nObservation: at sea\n{ENDED}")],
        [("human", "Where?"), ("gpt", ACTED), ("human", "Observation: at sea"), ("gpt", ENDED)],
        [("human", "Where?"), ("gpt", ACTED), ("observation", "at sea"), ("gpt", ENDED)],
        [("human", "Where?"), ("gpt", ACTED), ("function", "at sea"), ("gpt", ENDED)],
        [
            ("human", "\nWhere?\nBegin!\n"),
            ("gpt", f"\n{ACTED}\nObservation:"),
            ("tool", "Observation: at sea"),
            ("gpt", "\nThought: \nAction: Finish\nAction Input: "
             '{"return_type": "give_answer", "final_answer": "It is at sea."}'),
        ],
    ],
    ids=["one text", "user", "observation", "function", "finish"],
)  # fmt: skip
def test_react_exchanges_however_they_are_cut(turns: list[tuple[str, str]]) -> None:
    value = react(*turns)
    assert name_of(value) == "react"
    found, codes = ok(value)
    assert found.turns == EXCHANGE
    assert (found.system, found.catalog.names) == ("You are a helpful assistant.", ("track", "now"))
    assert codes <= {"thought-removed", "tools-python-literal"}


def test_react_prompt_and_question_in_one_user_turn() -> None:
    prompt = "你是物流客服。\n" + REACT.format(tools=QWEN_TOOLS) + "\n\nQuestion: Where?\nThought: "
    found, _ = ok(row(("user", prompt), ("assistant", f"{ACTED}\nObservation: at sea\n{ENDED}")))
    assert found.turns == EXCHANGE
    assert found.system == "你是物流客服。"


def test_react_tools_in_every_description() -> None:
    engine = (
        "You have access to the following tools:\n> Tool Name: track\nTool Description: 查询\n"
        "Tool Args:\n  - id (string, required): order\n  - kind (string): , should be one of "
        "[a, b]\n  - days (array): , where each item should be integer\n\n"
        "Use the following format if using a tool:\n```\nAction: tool name (one of [track])\n"
        "Action Input: the input to the tool, in a JSON format representing the kwargs "
        '(e.g. ```{"input": "hello world", "num_beams": 5}```)\n```\n'
    )
    acted = 'Action: track\nAction Input: {"id": "SO1"}'
    found, codes = ok(row(("system", "Be kind. " + engine), ("human", "a"), ("gpt", acted)))
    assert (found.system, found.calls, codes) == ("Be kind.", (CALL,), set())
    assert found.catalog.specs[0].parameters == {
        "type": "object",
        "properties": {
            "id": {"description": "order", "type": "string"},
            "kind": {"description": "", "type": "string", "enum": ["a", "b"]},
            "days": {"description": "", "type": "array", "items": {"type": "integer"}},
        },
        "required": ["id"],
    }
    listed = react(
        ("human", "a"), ("gpt", ACTED), tools=repr([TRACK, {"name": "Finish", "parameters": {}}])
    )
    assert ok(listed)[0].catalog.names == ("track",)
    assert ok(react(("human", "a"), ("gpt", ACTED)))[0].catalog.names == ("track", "now")


def test_react_input_that_is_plain_text_is_the_only_parameter() -> None:
    tools = "search: Finds pages.\ncalc(expression) - Counts."
    value = react(
        ("human", "a"),
        ("gpt", "Thought: t\nAction: `search`\nAction Input: \"weather in Oslo\""),
        tools=tools.replace("APIs", "tools"),
    )  # fmt: skip
    found, codes = ok(value)
    assert found.calls == (ToolCall("search", {"input": "weather in Oslo"}),)
    assert found.catalog.names == ("search", "calc")
    assert codes == {"thought-removed", "action-input-text"}


@pytest.mark.parametrize(
    ("written", "arguments", "codes"),
    [
        ("{'id': 'SO1', 'days': None}", {"id": "SO1", "days": None}, {"call-python-literal"}),
        ('{"id": "SO1"} (the order)', {"id": "SO1"}, {"call-text-cut"}),
        ('```json\n{"id": "SO1"}\n```', {"id": "SO1"}, set()),
        ('\n{\n  "id": "SO1"\n}', {"id": "SO1"}, set()),
        ("SO1", {"id": "SO1"}, {"action-input-text"}),
    ],
)
def test_react_inputs(written: str, arguments: dict[str, Any], codes: set[str]) -> None:
    nullable = {**TRACK["parameters"], "properties": {"id": {"type": "string"}, "days": {}}}  # type: ignore[dict-item]
    tools = json.dumps([{**TRACK, "parameters": nullable}])
    found, told = ok(
        react(("human", "a"), ("gpt", f"Action: track\nAction Input: {written}"), tools=tools)
    )
    assert found.calls == (ToolCall("track", arguments),)
    assert told == codes


def test_react_observation_that_the_model_made_up_is_cut() -> None:
    made_up = f"{ACTED}\nObservation: in Rome\nThought: done\nFinal Answer: Rome."
    found, codes = ok(
        react(("human", "Where?"), ("gpt", made_up), ("tool", "at sea"), ("gpt", ENDED))
    )
    assert found.turns == EXCHANGE
    assert codes == {"thought-removed", "observation-cut"}


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ('Thought: a\nAction: track\nAction Input: {"id": ', "call-invalid-json"),
        ("Thought: a\nAction Input: {}", "call-shape"),
        ("Thought: a\nAction: fly\nAction Input: {}", "call-unknown-tool"),
        ("Thought: a\nObservation: out of nowhere\nFinal Answer: b", "result-orphan"),
        (
            'Thought: a\nAction: Finish\nAction Input: {"return_type": "give_up_and_restart"}',
            "turn-untrainable",
        ),
    ],
)
def test_react_faults(text: str, code: str) -> None:
    assert code in errors(react(("human", "a"), ("gpt", text)))


def test_react_answers_without_an_action() -> None:
    found, _ = ok(react(("human", "a"), ("gpt", "Thought: easy\nAction: None\nFinal Answer: 好")))
    assert found.turns[1] == ModelTurn("好")
    found, _ = ok(react(("human", "a"), ("gpt", "Action: Finish\nAction Input: 42")))
    assert found.turns[1] == ModelTurn("42")
    found, codes = ok(react(("human", "a"), ("gpt", "Thought: I can answer that myself.")))
    assert found.turns[1] == ModelTurn("I can answer that myself.")
    assert codes == set()


def test_react_actions_as_one_object() -> None:
    acted = '```json\n{"action": "track", "action_input": {"id": "SO1"}}\n```'
    ended = '```\n{"action": "Final Answer", "action_input": "It is at sea."}\n```'
    value = row(
        ("human", "Where?"),
        ("gpt", f"Thought: look.\nAction:\n{acted}\nObservation: at sea"),
        ("gpt", f"Thought: done.\nAction:\n{ended}"),
    )
    assert name_of(value) == "react"
    given, _ = parse_catalog([TRACK])
    assert ok(value, tools=given)[0].turns == EXCHANGE
    plain = '{"action": "track", "action_input": "SO1"}'
    value = row(("human", "a"), ("gpt", f"Action: {plain}"), tools=[TRACK])
    found, codes = ok(value)
    assert found.calls == (CALL,)
    assert codes == {"action-input-text"}


def test_react_labels_in_chinese() -> None:
    text = (
        '思考：先查。\n动作：track\n动作输入：{"id": "SO1"}\n观察：at sea\n最终答案：It is at sea.'
    )
    value = row(("human", "Where?"), ("gpt", text))
    assert name_of(value) == "react"
    given, _ = parse_catalog([TRACK])
    assert ok(value, tools=given)[0].turns == EXCHANGE


TOOLBENCH = (
    "You are AutoGPT, you can use many tools(functions) to do the following task.\nFirst I will "
    "give you the task description, and your task start.\nAt each step, you need to give your "
    "thought to analyze the status now and what to do next, with a function call to actually "
    "excute your step. Your output should follow this format:\nThought:\nAction\nAction Input:\n\n"
    'Remember: \n1.ALWAYS call "Finish" function at the end of the task.\nYou have access of the '
    "following tools:\n1.post: It's [{the post}]\n\nSpecifically, you have access to the "
    "following APIs: "
)


def test_toolbench_rows_as_they_are_trained() -> None:
    finish = {
        "name": "Finish",
        "description": "The answer.",
        "parameters": {
            "type": "object",
            "properties": {
                "return_type": {"type": "string", "enum": ["give_answer", "give_up_and_restart"]},
                "final_answer": {"type": "string"},
            },
            "required": ["return_type"],
        },
    }
    answer = json.dumps({"return_type": "give_answer", "final_answer": "It is at sea."})
    value = row(
        ("system", TOOLBENCH + repr([{**TRACK, "optional": None}, finish])),
        ("user", "\nWhere?\nBegin!\n"),
        ("assistant", '\nThought: \nAction: track\nAction Input: {\n  "id": "SO1"\n}'),
        ("function", "at sea"),
        ("assistant", f"\nThought: I know.\nAction: Finish\nAction Input: {answer}"),
        id="Step 2: Where?",
    )
    found, codes = ok(value)
    assert found.turns == EXCHANGE
    assert (found.system, found.catalog.names) == ("You are a helpful assistant.", ("track",))
    assert codes == {"tools-python-literal", "thought-removed"}


@pytest.mark.parametrize("question", ["What is ReAct?", "What is Action Input: {} for?"])
def test_a_text_that_only_speaks_of_react_is_words(question: str) -> None:
    text = "A ReAct agent writes:\nAction: search\nAction Input: {}\nand waits."
    value = row(("human", question), ("gpt", text))
    assert name_of(value) == "sharegpt"
    assert ok(value)[0].turns[1] == ModelTurn(text)


# Text calls

TEXT_CALL = (
    'Let me see.\n\ntool_call: track\narguments: {"id": "SO1"}\n\nResult: {"at": "sea"}\n\n'
    'Found it. Once more.\n\ntool_call: track\narguments: {\n  "id": "SO1"\n}\n\n'
    "Result: still\nat sea\n\nIt is at sea."
)


def test_text_call_exchange_in_one_text() -> None:
    value = row(("user", "Where?"), ("assistant", TEXT_CALL), label=True)
    assert name_of(value) == "text_call"
    given, _ = parse_catalog([TRACK])
    found, codes = ok(value, tools=given)
    assert found.turns == (
        UserTurn("Where?"),
        ModelTurn("Let me see.", (CALL,)),
        ResultTurn(('{"at": "sea"}',)),
        ModelTurn("Found it. Once more.", (CALL,)),
        ResultTurn(("still\nat sea",)),
        ModelTurn("It is at sea."),
    )
    assert codes == set()
    assert errors(value) == {"call-unknown-tool"}
    assert errors({**value, "label": False}, tools=given) == {"turn-untrainable"}


def test_text_call_results_in_user_turns_and_rows_that_begin_with_one() -> None:
    given, _ = parse_catalog([TRACK])
    called = 'tool_call: track\narguments: {"id": "SO1"}'
    found, _ = ok(
        row(("user", "a"), ("assistant", called), ("user", 'Result: {"n": 1}'), ("assistant", "b")),
        tools=given,
    )
    assert found.turns[2] == ResultTurn(('{"n": 1}',))
    # What the model answers to is not in the row: it stays what the row says it is.
    found, _ = ok(row(("user", "Result: {}"), ("assistant", called)), tools=given)
    assert found.turns[0] == UserTurn("Result: {}")


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("tool_call: track\narguments: id=SO1", "call-invalid-json"),
        ('tool_call: track\narguments: {"id": "SO1"}\n\nDone, I think.', "result-missing"),
    ],
)
def test_text_call_faults(text: str, code: str) -> None:
    given, _ = parse_catalog([TRACK])
    assert code in errors(row(("user", "a"), ("assistant", text)), tools=given)


# Rendered model text in ordinary rows


@pytest.mark.parametrize(
    ("text", "words", "codes"),
    [
        (TAGGED, "", set()),
        (f"One moment.\n{TAGGED}", "One moment.", set()),
        (
            "<tool_call>{'name': 'track', 'arguments': {'id': 'SO1'}}</tool_call>",
            "",
            {"call-python-literal"},
        ),
        (
            "Hm.\n<tool_call>\n<function=track>\n<parameter=id>\nSO1\n</parameter>\n</function>\n"
            "</tool_call>",
            "Hm.",
            set(),
        ),
        (
            "<tool_call>track\n<arg_key>id</arg_key>\n<arg_value>SO1</arg_value>\n</tool_call>",
            "",
            set(),
        ),
        (
            'Hm.\n<|python_tag|>{"name": "track", "parameters": {"id": "SO1"}}<|eom_id|>',
            "Hm.",
            {"call-keys-renamed"},
        ),
        ('<TOOLCALL>[{"name": "track", "arguments": {"id": "SO1"}}]</TOOLCALL>', "", set()),
        ('Hm. <TOOLCALL>[track(id="SO1")]</TOOLCALL>', "Hm.", set()),
        ('[TOOL_CALLS] [{"name": "track", "arguments": {"id": "SO1"}}]</s>', "", set()),
        ('Hm.[TOOL_CALLS]track[CALL_ID]abcdefghi[ARGS]{"id": "SO1"}', "Hm.", set()),
        (
            '<functioncall> {"name": "track", "arguments": \'{"id": "SO1"}\'} <|endoftext|>',
            "",
            set(),
        ),
        ('{"name": "track", "arguments": {"id": "SO1"}}', "", set()),
        ('```json\n[{"name": "track", "arguments": {"id": "SO1"}}]\n```', "", set()),
        ('[track(id="SO1")]', "", set()),
    ],
)  # fmt: skip
def test_rendered_calls_become_calls(text: str, words: str, codes: set[str]) -> None:
    found, told = ok(row(("human", "a"), ("gpt", text), tools=json.dumps([TRACK])))
    assert found.turns[1] == ModelTurn(words, (CALL,))
    assert told == {"call-in-text", *codes}


def test_untyped_values_get_the_types_of_the_schema() -> None:
    properties = {
        "text": {"type": "string"},
        "n": {"type": "integer"},
        "on": {"type": "boolean"},
        "list": {"type": "array"},
        "either": {"type": ["string", "integer"]},
    }
    tool = {"name": "f", "parameters": {"type": "object", "properties": properties}}
    values = {"text": "5", "n": "5", "on": "True", "list": "[1, 2]", "either": "7"}
    body = "".join(f"<parameter={key}>\n{value}\n</parameter>\n" for key, value in values.items())
    text = f"<tool_call>\n<function=f>\n{body}</function>\n</tool_call>"
    found, _ = ok(row(("human", "a"), ("gpt", text), tools=json.dumps([tool])))
    assert found.calls[0].arguments == {
        "text": "5",
        "n": 5,
        "on": True,
        "list": [1, 2],
        "either": 7,
    }


@pytest.mark.parametrize(
    "text",
    [
        '{"name": "Ann", "arguments": {}, "age": 5}',
        '{"name": "Ann", "arguments": "none"}',
        '{"name": "track"}',
        "[]",
        "[see()]",
        "[track]",
        "```python\nprint(1)\n```",
        "Write <functioncall> before the JSON.",
        "See [track(id)] in the manual.",
    ],
)
def test_what_only_looks_like_a_call_is_words(text: str) -> None:
    found, told = ok(row(("human", "a"), ("gpt", text), tools=json.dumps([TRACK])))
    assert found.turns[1] == ModelTurn(text)
    assert told == set()


@pytest.mark.parametrize(
    "text", ['{"name": "fly", "arguments": {"to": "Oslo"}}', '[fly(to="Oslo")]']
)
def test_what_looks_like_a_bare_call_stays_words_in_a_row_without_tools(text: str) -> None:
    found, told = ok(row(("human", "Give me JSON"), ("gpt", text)))
    assert found.turns[1] == ModelTurn(text)
    assert told == set()


def test_code_behind_a_python_tag_is_no_call() -> None:
    assert errors(row(("human", "a"), ("gpt", "<|python_tag|>print(1)"))) == {"text-special-token"}


# Whatever a row holds

MINE = ("tagged", "hermes", "seal_prompt", "react", "toolace", "text_call")
SEAL_PROMPT = (
    "Input:\napi_list = [{'api_name': 'f', 'api_description': 'd', 'parameters': {'a': {'type': "
    "'int'}}, 'required': []}]\ntask_instruction = \"Find \"it\".\"\nOutput:\n"
)
BASES: list[dict[str, Any]] = [
    hermes(*ASKED, ("tool", "<tool_response>1</tool_response>"), ("gpt", "<think>a</think>b")),
    {"trace": repr(tutorial(*ANSWERED))},
    toolace(("user", "a"), ("assistant", '[User Feed(id="7"), 市场.趋势(top=1)]'), ("tool", "[1]")),
    row(("human", SEAL_PROMPT), ("gpt", "[{'api': 'f', 'parameters': {'a': 1}}]")),
    react(("human", "Where?"), ("gpt", f"{ACTED}\nObservation: at sea\n{ENDED}")),
    row(("user", "a"), ("assistant", TEXT_CALL)),
    row(("human", "a"), ("gpt", '[TOOL_CALLS]track[ARGS]{"id": "SO1"}'), tools=json.dumps([TRACK])),
]
MARKS = (
    "<tools>", "</tools>", "<tool_call>", "</tool_call>", "<tool_response>", "<think>", "[", "]",
    "{", "}", "(", ")", "'", '"', "\\", "Action:", "\nAction Input:", "\nObservation:",
    "Final Answer:",
    "tool_call: f\narguments:", "Result:", "<|python_tag|>", "[TOOL_CALLS]", "<TOOLCALL>", "None",
    "<functioncall> {", "api_list = [", "task_instruction =", "\ud800", "\0", "9" * 5000, "NaN",
    "<function=f>", "<arg_key>",
)  # fmt: skip


@pytest.mark.parametrize("value", BASES, ids=lambda value: str(name_of(value)))
def test_a_row_is_of_no_second_format_of_this_kind(value: dict[str, Any]) -> None:
    claimed = [known.name for known in FORMATS if known.name in MINE and known.detect(value)]
    assert claimed == [name for name in [name_of(value)] if name != "sharegpt"]


JUNK = st.one_of(
    st.none(), st.booleans(), st.integers(), st.text(max_size=8), st.just([]), st.just({}),
    st.just([{}]), st.just({"from": "gpt"}), st.sampled_from(MARKS),
)  # fmt: skip


@st.composite
def broken_texts(draw: st.DrawFn, text: str) -> str:
    """Cut a piece out of a text and put a mark of some format in its place."""
    start = draw(st.integers(0, len(text)))
    end = draw(st.integers(start, min(len(text), start + 12)))
    return text[:start] + draw(st.sampled_from(("", *MARKS))) + text[end:]


@st.composite
def broken(draw: st.DrawFn, value: Any) -> Any:
    """Replace, drop or break some part of a value."""
    if draw(st.integers(0, 9)) == 0:
        return draw(JUNK)
    if isinstance(value, dict):
        return {key: draw(broken(item)) for key, item in value.items() if draw(st.integers(0, 19))}
    if isinstance(value, list):
        kept = [draw(broken(item)) for item in value if draw(st.integers(0, 19))]
        return draw(st.permutations(kept)) if draw(st.integers(0, 9)) == 0 else kept
    return draw(broken_texts(value)) if isinstance(value, str) else value


@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_no_row_makes_a_reader_raise(data: st.DataObject) -> None:
    value = data.draw(broken(data.draw(st.sampled_from(BASES))))
    if not isinstance(value, dict):
        return
    for known in FORMATS:
        if known.name in MINE:
            known.detect(value)
            read_conversation(value, ORIGIN, format=known.name)
    verdict = read_conversation(value, ORIGIN)
    if isinstance(verdict, Accepted):
        assert check_conversation(verdict.value) == []


@pytest.mark.parametrize("mark", MARKS)
def test_a_text_of_nothing_but_marks_is_read_in_no_time(mark: str) -> None:
    text = mark * (20_000 // len(mark))
    value = row(("system", text), ("human", text), ("gpt", text), tools=json.dumps([TRACK]))
    for name in (None, *MINE):
        started = time.process_time()
        read_conversation(value, ORIGIN, format=name)
        assert time.process_time() - started < 2, name
