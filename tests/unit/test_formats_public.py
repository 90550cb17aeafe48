"""Readers of public datasets: real rows, each trap of each format, and rows of any shape."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fctune.conversations.formats import FORMATS, parts_of
from fctune.conversations.read import read_conversation
from fctune.conversations.turns import Conversation, ModelTurn, ResultTurn, UserTurn
from fctune.dataset.sources import Reading, read_file
from fctune.issues import Accepted, Origin, Rejected, Severity
from fctune.jsonl import read_rows
from fctune.tools.lint.report import open_tools
from fctune.tools.spec import ToolCall

ORIGIN = Origin("rows.jsonl", 1)
BY_NAME = {known.name: known for known in FORMATS}
PUBLIC = (
    "when2call",
    "bfcl",
    "acebench",
    "toolalpaca",
    "toolbench",
    "api_bank",
    "seal_tools",
    "xlam",
    "alpaca_tools",
)
CITY = {"city": {"type": "str", "description": "城市"}}
SCHEMA = {"type": "dict", "properties": {"city": {"type": "string"}}, "required": ["city"]}
TOOL = {"name": "weather", "description": "查询天气", "parameters": SCHEMA}
OSLO = ToolCall("weather", {"city": "Oslo"})


def ok(value: Any, **options: Any) -> tuple[Conversation, set[str]]:
    verdict = read_conversation(value, ORIGIN, **options)
    assert isinstance(verdict, Accepted), [str(found) for found in verdict.issues]
    return verdict.value, {found.code for found in verdict.issues} - {"system-default"}


def errors(value: Any, **options: Any) -> set[str]:
    verdict = read_conversation(value, ORIGIN, **options)
    assert isinstance(verdict, Rejected), verdict
    return {found.code for found in verdict.issues if found.severity is Severity.ERROR}


def format_of(value: Any) -> str | None:
    return next((known.name for known in FORMATS if known.detect(value)), None)


def rows_of(path: Path, count: int = 1000) -> list[Any]:
    return [row.value for row, _ in zip(read_rows(path), range(count), strict=False)]


def joined(folder: Path, questions: str, answers: str) -> list[Any]:
    by_id = {row["id"]: row for row in rows_of(folder / answers)}
    return [{**row, **by_id[row["id"]]} for row in rows_of(folder / questions)]


def kept(rows: list[Any], **options: Any) -> int:
    verdicts = [
        read_conversation(part, ORIGIN, **options) for row in rows for part in parts_of(row)
    ]
    return sum(isinstance(verdict, Accepted) for verdict in verdicts)


# xLAM


def xlam(**changes: Any) -> dict[str, Any]:
    row = {
        "query": "Weather in Oslo?",
        "tools": [{"name": "weather", "description": "d", "parameters": CITY}],
        "answers": [{"name": "weather", "arguments": {"city": "Oslo"}}],
    }
    return {**row, **changes}


def test_xlam_columns_as_text_are_read_as_the_lists() -> None:
    row = xlam()
    text = {**row, "tools": json.dumps(row["tools"]), "answers": json.dumps(row["answers"])}
    found, _ = ok(text)
    assert found.turns == (UserTurn("Weather in Oslo?"), ModelTurn("", (OSLO,)))
    assert found == ok(row)[0]


def test_xlam_requires_what_is_neither_optional_nor_has_a_default() -> None:
    parameters = {
        **CITY,
        "days": {"type": "int, optional", "description": "d"},
        "unit": {"type": "str", "description": "d", "default": ""},
    }
    tools = [{"name": "weather", "description": "d", "parameters": parameters}]
    found, _ = ok(xlam(tools=tools))
    assert found.catalog.specs[0].parameters["required"] == ["city"]
    bad = xlam(tools=tools, answers=[{"name": "weather", "arguments": {"days": 1}}])
    assert errors(bad) == {"call-missing-required"}


def test_xlam_leaves_what_is_required_to_a_row_that_says_it() -> None:
    other = {"city": {"type": "str", "description": "d", "required": True}}
    tools = [
        {"name": "weather", "description": "d", "parameters": CITY},
        {"name": "other", "description": "d", "parameters": other},
    ]
    found, _ = ok(xlam(tools=tools, answers=[{"name": "weather", "arguments": {}}]))
    assert "required" not in found.catalog.specs[0].parameters


def test_hammer_keys_and_history() -> None:
    history = [
        {"role": "user", "content": "Weather?\nGenerate API Request:"},
        {
            "role": "assistant",
            "content": '```[{"name": "weather", "arguments": {"city": "Rome"}}]```',
        },
        {"role": "tool", "content": "sunny"},
        {"role": "agent", "content": "Sunny."},
        {"role": "user", "content": "And in Oslo?"},
        {"role": "agent", "content": "One moment.\nGenerate API Request:"},
    ]
    answers = [{"tool": "weather", "parameters": {"city": "Oslo"}}]
    found, codes = ok(xlam(query=history, answers=answers))
    rome = ToolCall("weather", {"city": "Rome"})
    assert found.turns == (
        UserTurn("Weather?"),
        ModelTurn("", (rome,)),
        ResultTurn(("sunny",)),
        ModelTurn("Sunny."),
        UserTurn("And in Oslo?"),
        ModelTurn("One moment.", (OSLO,)),
    )
    assert {"prompt-marker-cut", "call-keys-renamed"} <= codes


def test_xlam_without_a_right_call_is_rejected() -> None:
    assert errors(xlam(answers=[])) == {"call-empty"}
    assert errors(xlam(answers="[]")) == {"call-empty"}
    assert errors(xlam(answers="[weather(")) == {"call-invalid-json"}
    assert errors(xlam(query=[{"role": "narrator", "content": "x"}])) == {"role-unknown"}


def test_real_hammer_rows(shared: Path) -> None:
    folder = shared / "raw" / "xlam_query_tools_answers"
    rates = {"apibank_l1": (92, 105), "sealtool": (90, 96), "toolalpaca": (100, 108)}
    for name, (least, most) in rates.items():
        rows = rows_of(folder / f"{name}.jsonl")
        assert {format_of(row) for row in rows} == {"xlam"}
        assert least <= kept(rows) <= most, name


# Alpaca with tools


def test_alpaca_with_tools_in_the_instruction() -> None:
    tools = json.dumps([{"name": "weather", "description": "d", "parameters": CITY}])
    instruction = (
        "<|im_start|>system\n[BEGIN OF TASK INSTRUCTION]\nHelp.\n[END OF TASK INSTRUCTION]\n"
        f"[BEGIN OF AVAILABLE TOOLS]\n{tools}\n[END OF AVAILABLE TOOLS]\n"
        "[BEGIN OF FORMAT INSTRUCTION]\nJSON!\n[END OF FORMAT INSTRUCTION]\n"
        "[BEGIN OF QUERY]\nUser: Weather in Oslo?\n[END OF QUERY]\n"
    )
    output = '```\n[{"name": "weather", "arguments": {"city": "Oslo"}}]\n```'
    row = {"instruction": instruction, "input": "", "output": output}
    found, _ = ok(row)
    assert found.system == "Help."
    assert found.turns == (UserTurn("User: Weather in Oslo?"), ModelTurn("", (OSLO,)))
    in_input, _ = ok({"instruction": "", "input": instruction, "output": output})
    assert in_input.turns == found.turns
    assert errors({**row, "output": "```\n[]\n```"}) == {"call-empty"}
    assert errors({**row, "instruction": instruction.replace("QUERY", "Q")}) == {"turn-invalid"}


def test_real_masking_rows_are_no_general_chat(shared: Path) -> None:
    path = shared / "raw" / "xlam_query_tools_answers" / "masking_sft_data_example.json"
    rows = rows_of(path)
    assert {format_of(row) for row in rows} == {"alpaca_tools"}
    found, _ = ok(rows[1])
    assert found.calls == (ToolCall("WoDdNSe7e7K5", {"LzZsvxUC": "Sydney"}),)
    assert "BEGIN OF" not in found.system + found.user_texts[0]
    assert errors(rows[0]) == {"call-empty"}


# When2Call


def when2call(right: str, answers: dict[str, Any]) -> dict[str, Any]:
    return {
        "question": "Oslo?",
        "tools": [json.dumps(TOOL)],
        "answers": answers,
        "correct_answer": right,
    }


def test_when2call_takes_the_right_answer() -> None:
    call = json.dumps({"name": "weather", "arguments": {"city": "Oslo"}})
    found, codes = ok(when2call("tool_call", {"tool_call": call, "direct": "No."}))
    assert found.turns[-1] == ModelTurn("", (OSLO,))
    assert "test-set-row" in codes
    found, _ = ok(when2call("request_for_info", {"tool_call": call, "request_for_info": "When?"}))
    assert found.turns[-1] == ModelTurn("When?")
    assert errors(when2call("direct", {"tool_call": call})) == {"row-without-answer"}


def test_real_when2call_rows(shared: Path) -> None:
    rows = rows_of(shared / "raw" / "when2call" / "test_llm_judge_120.jsonl")
    for row in rows:
        found, codes = ok(row)
        assert found.turns[-1] == ModelTurn(row["answers"][row["correct_answer"]])
        assert "test-set-row" in codes


# BFCL


def bfcl(truth: Any, **changes: Any) -> dict[str, Any]:
    question = [[{"role": "system", "content": "s"}, {"role": "user", "content": "Oslo?"}]]
    return {
        "id": "simple_0",
        "question": question,
        "function": [TOOL],
        "ground_truth": truth,
        **changes,
    }


def test_bfcl_takes_the_first_accepted_value() -> None:
    found, codes = ok(bfcl([{"weather": {"city": ["Oslo", "oslo"]}}]))
    assert found.turns == (UserTurn("Oslo?"), ModelTurn("", (OSLO,)))
    assert found.system == "s"
    assert "test-set-row" in codes


def test_bfcl_leaves_out_what_may_be_left_out() -> None:
    properties = {
        "city": {"type": "string"},
        "unit": {"type": "string"},
        "when": {"type": "dict", "properties": {"day": {"type": "string"}}},
    }
    tool = {**TOOL, "parameters": {**SCHEMA, "properties": properties}}
    truth = {"city": ["", "Oslo"], "unit": ["", "C"], "when": [{"day": ["Monday", "Mon"]}]}
    found, _ = ok(bfcl([{"weather": truth}], function=[tool]))
    assert found.calls == (ToolCall("weather", {"city": "Oslo", "when": {"day": "Monday"}}),)


def test_bfcl_questions_and_answers_alone_say_what_they_lack() -> None:
    row = bfcl(None)
    del row["ground_truth"]
    assert errors(row) == {"row-without-answer"}
    answer = {"id": "simple_0", "ground_truth": [{"weather": {"city": ["Oslo"]}}]}
    assert errors(answer) == {"row-without-question"}


def test_bfcl_python_calls() -> None:
    found, _ = ok(bfcl(["weather('Oslo')"]))
    assert found.calls == (OSLO,)
    two = [[{"role": "user", "content": "a"}], [{"role": "user", "content": "b"}]]
    truth = [["weather(city='Oslo')"], ["weather(city='Rome')"]]
    assert errors(bfcl(truth, question=two)) == {"result-missing"}


def test_real_bfcl_rows(shared: Path) -> None:
    folder = shared / "raw" / "bfcl_v4"
    least = {"simple_python": 60, "live_multiple": 60, "parallel_multiple": 58, "simple_java": 55}
    for name, count in least.items():
        rows = joined(folder, f"BFCL_v4_{name}.jsonl", f"possible_answer_{name}.jsonl")
        assert kept(rows) >= count, name
        assert kept(rows_of(folder / f"BFCL_v4_{name}.jsonl")) == 0


# ACEBench


def acebench(question: str, truth: Any) -> dict[str, Any]:
    row = {"id": "a_0", "question": question, "function": [TOOL], "time": "Today is Monday."}
    return {**row, "ground_truth": truth}


def test_acebench_system_is_the_model() -> None:
    row = acebench("user: 天气?\nsystem: Where?\nuser: Oslo\nplease", {"weather": {"city": "Oslo"}})
    found, codes = ok(row)
    assert found.system == "Today is Monday."
    assert found.turns == (
        UserTurn("天气?"),
        ModelTurn("Where?"),
        UserTurn("Oslo\nplease"),
        ModelTurn("", (OSLO,)),
    )
    assert "test-set-row" in codes


def test_acebench_numbers_behind_names() -> None:
    truth = {"weather_1": {"city": "Oslo"}, "weather_2": {"city": "Rome"}}
    found, _ = ok(acebench("user: Both?", truth))
    assert found.calls == (OSLO, ToolCall("weather", {"city": "Rome"}))


def test_acebench_answers_that_are_no_call() -> None:
    for truth in (None, {"weather": ["city"]}, [{"State": {"a": 1}}], "irrelevant"):
        assert errors(acebench("user: Go.", truth)) == {"row-without-answer"}
    assert errors({"id": "a_0", "ground_truth": {"weather": {}}}) == {"row-without-question"}
    past = "user: a\nsystem: [weather(city='Oslo')]\nsystem: Sunny.\nuser: b"
    assert "result-missing" in errors(acebench(past, {"weather": {"city": "Oslo"}}))


def test_real_acebench_rows(shared: Path) -> None:
    folder = shared / "raw" / "acebench"
    name = "normal_single_turn_parallel_function.jsonl"
    assert kept(joined(folder, f"data_{name}", f"possible_answer_{name}")) == 59
    name = "normal_multi_turn_user_adjust.jsonl"
    assert kept(joined(folder, f"data_{name}", f"possible_answer_{name}")) == 26


# ToolAlpaca


def toolalpaca(*steps: dict[str, str]) -> dict[str, Any]:
    told = 'The weather.\nParameters: {"city": "Required. string. A city."}\nOutput: text'
    return {
        "Name": "W",
        "Function_Description": {"weather": told, "components": ""},
        "Instructions": ["Oslo?", "Rome?"],
        "Golden_Answers": [list(steps), []],
    }


def test_toolalpaca_makes_a_row_of_each_instruction() -> None:
    row = toolalpaca({"Action": "weather", "Action_Input": '{"city": "Oslo"}'})
    first, second = parts_of(row)
    found, codes = ok(first)
    assert found.turns == (UserTurn("Oslo?"), ModelTurn("", (OSLO,)))
    assert codes == {"test-set-row"}
    assert errors(second) == {"row-without-answer"}


def test_toolalpaca_references_and_broken_inputs() -> None:
    made_up = toolalpaca({"Action": "weather", "Action_Input": '{"city": ${city from search}}'})
    assert errors(parts_of(made_up)[0]) == {"call-reference"}
    broken = toolalpaca({"Action": "weather", "Action_Input": '{"city": "city": "Oslo"}'})
    assert errors(parts_of(broken)[0]) == {"call-invalid-json"}


def test_toolalpaca_training_instances() -> None:
    steps = [[["weather", '{"city": "Oslo"}', "Thought: look"], "Status Code: 200. Sunny"]]
    instance = {"input": "Oslo?", "output": "Sunny.", "intermediate_steps": steps}
    (part,) = parts_of({**toolalpaca(), "Instances": [instance]})
    found, codes = ok(part)
    assert found.turns[1:] == (
        ModelTurn("", (OSLO,)),
        ResultTurn(("Status Code: 200. Sunny",)),
        ModelTurn("Sunny."),
    )
    assert codes == {"thought-removed"}


def test_real_toolalpaca_file_is_expanded_by_the_file_reader(shared: Path) -> None:
    path = shared / "raw" / "toolalpaca" / "eval_real.json"
    verdicts = list(read_file(path, Reading()))
    assert len(verdicts) == 114
    assert sum(isinstance(verdict, Accepted) for verdict in verdicts) >= 100


# ToolBench


def test_toolbench_keeps_the_chains_that_begin_no_other(shared: Path) -> None:
    path = shared / "raw" / "openai_legacy_functions_toolbench" / "raw_tree_10.json"
    (row,) = rows_of(path)
    assert len(row["answer_generation"]["train_messages"]) == 4
    (part,) = parts_of(row)
    assert "tree" not in part
    found, _ = ok(part)
    assert [call.name for call in found.calls][-1] == "Finish"
    assert len(found.calls) == 4
    part["answer_generation"]["valid_data"] = False
    assert errors(part) == {"turn-untrainable"}


def test_toolbench_queries_and_searches(shared: Path) -> None:
    folder = shared / "raw" / "openai_legacy_functions_toolbench"
    for row in rows_of(folder / "G1_query.json"):
        assert errors(row) == {"row-without-answer"}
    rows = [row for row in rows_of(folder / "answers_train_messages.jsonl") if row["messages"]]
    assert {format_of(row) for row in rows} == {"toolbench"}
    found = [read_conversation(row, ORIGIN) for row in rows]
    searched = [one for one in found if "search-prompt" in {each.code for each in one.issues}]
    assert len(searched) == 7
    assert all(isinstance(one, Rejected) for one in searched)


def test_toolbench_search_prompts_are_named() -> None:
    call = {"name": "weather", "arguments": '{"city": "Oslo"}'}
    messages = [
        {"role": "system", "content": "You are AutoGPT, you can use many tools."},
        {"role": "user", "content": "Oslo?"},
        {"role": "assistant", "content": None, "function_call": call},
        {"role": "function", "name": "weather", "content": "error"},
    ]
    again = "This is not the first time you try this task, all previous trails failed."
    answer = {"role": "assistant", "content": "Sunny."}
    row = {"query": "Oslo?", "functions": [TOOL], "messages": [*messages, answer]}
    assert format_of(row) == "toolbench"
    assert ok(row)[0].calls == (OSLO,)
    searched = [*messages, {"role": "user", "content": again}, answer]
    assert "search-prompt" in errors({**row, "messages": searched})
    generation = {"function": [TOOL], "train_messages": [messages[:3], [*messages, answer]]}
    (part,) = parts_of({"tree": {}, "answer_generation": generation})
    assert ok(part)[0].turns == ok(row)[0].turns
    assert errors({"query": "a", "api_list": []}) == {"row-without-answer"}


# API-Bank


def api_turn(result: Any) -> dict[str, Any]:
    return {"role": "API", "api_name": "weather", "param_dict": {"city": "Oslo"}, "result": result}


def api_bank(result: Any) -> dict[str, Any]:
    turns = [
        {"role": "User", "text": "Oslo?"},
        {"role": "AI", "text": "One moment."},
        api_turn(result),
        {"role": "AI", "text": "Done."},
    ]
    return {"turns": turns, "tools": [TOOL]}


def test_api_bank_call_and_result_in_one_turn() -> None:
    found, codes = ok(api_bank({"input": {"city": "Oslo"}, "output": {"t": 5}, "exception": None}))
    assert found.turns == (
        UserTurn("Oslo?"),
        ModelTurn("One moment.", (OSLO,)),
        ResultTurn(('{"t": 5}',)),
        ModelTurn("Done."),
    )
    assert codes >= {"test-set-row", "turns-merged"}
    failed, _ = ok(api_bank({"output": None, "exception": "no such city"}))
    assert failed.turns[2] == ResultTurn(('{"output": null, "exception": "no such city"}',))


def test_api_bank_one_turn_is_no_conversation() -> None:
    assert errors({"role": "User", "text": "Oslo?"}) == {"row-one-turn"}
    assert errors(api_turn({"output": 1})) == {"row-one-turn"}
    assert errors({"turns": []}) == {"conversation-empty"}


def test_real_api_bank_rows(shared: Path) -> None:
    folder = shared / "raw" / "api_bank"
    tools = open_tools(folder / "apis.json").catalog
    rows = rows_of(folder / "dialogs.jsonl")
    assert {format_of(row) for row in rows} == {"api_bank"}
    assert 195 <= kept(rows, tools=tools) <= 210


# Seal-Tools


def test_seal_tools_references() -> None:
    call = {"api": "weather", "parameters": {"city": "Oslo"}, "responses": ["API_call_0"]}
    row = {"id": "1", "query": "Oslo?", "calling": [call], "tools": [TOOL]}
    found, codes = ok(row)
    assert (found.turns, codes) == (
        (UserTurn("Oslo?"), ModelTurn("", (OSLO,))),
        {"tool-type-alias"},
    )
    nested = {"api": "weather", "parameters": {"city": "API_call_0"}, "responses": []}
    assert errors({**row, "calling": [call, nested]}) == {"call-reference"}
    assert errors({**row, "calling": []}) == {"call-empty"}
    assert errors({**row, "calling": [5]}) == {"call-shape"}


def test_real_seal_tools_rows(shared: Path) -> None:
    folder = shared / "raw" / "seal_tools"
    tools = open_tools(folder / "tool.jsonl").catalog
    rows = rows_of(folder / "dev.jsonl")
    assert {format_of(row) for row in rows} == {"seal_tools"}
    listed = [row for row in rows if all(call["api"] in tools.names for call in row["calling"])]
    assert kept(listed, tools=tools) >= 0.75 * len(listed) > 30


# tau-bench


def test_real_trajectories_end_with_the_model(shared: Path) -> None:
    path = shared / "raw" / "openai_toolcalls_taubench" / "gpt-4o-airline.jsonl"
    for row in rows_of(path, 40):
        assert format_of(row) == "openai"
        names = {
            (call["function"]["name"], key)
            for turn in row["traj"]
            for call in turn.get("tool_calls") or []
            for key in json.loads(call["function"]["arguments"])
        }
        tools = [
            {"name": name, "parameters": {"properties": {key: {} for n, key in names if n == name}}}
            for name in sorted(
                {
                    call["function"]["name"]
                    for turn in row["traj"]
                    for call in turn.get("tool_calls") or []
                }
            )
        ]
        found, codes = ok({**row, "tools": tools})
        assert isinstance(found.turns[-1], ModelTurn)
        assert "tail-cut" in codes
        assert not any("###STOP###" in text for text in found.user_texts)


# Detection


def test_rows_of_other_formats_are_not_taken() -> None:
    messages = [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}]
    extra = {"id": "1", "ground_truth": [{"weather": {}}], "functions": [TOOL]}
    assert format_of({"messages": messages, **extra}) == "openai"
    assert format_of({"instruction": "a", "input": "", "output": "b"}) == "alpaca"
    assert format_of({"turns": [{"role": "user", "text": "a"}]}) is None
    assert parts_of({"messages": messages}) == [{"messages": messages}]
    assert parts_of([1]) == [[1]]


# Any row


SEEDS: dict[str, dict[str, Any]] = {
    "xlam": xlam(),
    "when2call": when2call("direct", {"direct": "No."}),
    "bfcl": bfcl([{"weather": {"city": ["Oslo", ""], "when": [{"day": ["a"]}]}}]),
    "acebench": acebench("user: a\nsystem: [weather(city='b')]\nuser: c", {"weather": {}}),
    "toolalpaca": toolalpaca({"Action": "weather", "Action_Input": "{}"}),
    "toolbench": {
        "answer_generation": {
            "function": [TOOL],
            "train_messages": [[{"role": "user", "content": "a"}]],
        }
    },
    "api_bank": api_bank({"output": 1, "exception": None}),
    "seal_tools": {"id": "1", "query": "a", "calling": [{"api": "b", "parameters": {}}]},
    "alpaca_tools": {"instruction": "[BEGIN OF AVAILABLE TOOLS]\n[", "output": "```[]```"},
}
JUNK = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.sampled_from(["", "a", "[", "{}", "[f(a=1)]", "${x}", "API_call_0", "user: 天气"]),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["a", "role", "name"]), inner)
    ),
    max_leaves=5,
)


def mutate(value: Any, path: list[int], junk: Any) -> Any:
    """Replace one part of a row, chosen by a path of numbers."""
    if not path or not isinstance(value, dict | list) or not value:
        return junk
    keys = list(value) if isinstance(value, dict) else list(range(len(value)))
    key = keys[path[0] % len(keys)]
    value[key] = mutate(value[key], path[1:], junk)
    return value


def test_each_seed_is_of_its_format() -> None:
    assert set(SEEDS) == set(PUBLIC)
    assert {name: format_of(row) for name, row in SEEDS.items()} == {name: name for name in SEEDS}


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    name=st.sampled_from(PUBLIC),
    path=st.lists(st.integers(0, 7), min_size=1, max_size=6),
    junk=JUNK,
)
def test_no_row_makes_a_reader_raise(name: str, path: list[int], junk: Any) -> None:
    row = mutate(copy.deepcopy(SEEDS[name]), path, junk)
    for known in BY_NAME.values():
        known.detect(row)
    for part in parts_of(row, name):
        BY_NAME[name].detect(part)
        read_conversation(part, ORIGIN, format=name)
        read_conversation(part, ORIGIN)
