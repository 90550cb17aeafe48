"""Every code that a row or a set can have is triggered by one, through the real build.

Three tables say how: the rows of `data/raw/defective`, each naming its code; made rows and sets;
and codes that only tool files, mapping files and options give, with the tests that trigger them.
A code in no table fails here: nothing would show that it can still happen.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from fctune.conversations.registered import choose
from fctune.dataset.build import BuildOptions, build
from fctune.dataset.distractors import Distractors
from fctune.dataset.lengths import OverLong
from fctune.dataset.options import Redaction
from fctune.dataset.prefixes import Each
from fctune.dataset.sources import Reading
from fctune.dataset.split import Shares
from fctune.dataset.switches import ROW_CODES
from fctune.tools.mapping import load_mapping
from fctune.tools.read import load_catalog
from tests.unit import test_formats_public as public
from tests.unit import test_formats_text as texts
from tests.unit import test_formats_vendors as vendors
from tests.unit.conftest import LOOK, call_row, chat_row
from tests.unit.test_prepare_mapping import API_TOOLS, SHOP_YAML
from tests.unit.test_prepare_mapping import row as logged

ROOT = Path(__file__).resolve().parents[2]
TESTS = ROOT / "tests"
DEFECTIVE = ROOT / "data" / "raw" / "defective" / "defective.jsonl"
SAID = {
    number: row["shows"] if isinstance(row, dict) else row[1]
    for number, line in enumerate(DEFECTIVE.read_text("utf-8").splitlines(), start=1)
    for row in [json.loads(line) if number != 2 else {"shows": "json-invalid"}]
}
# Codes of tool files and mapping files, which no row of a dataset has, and where they are tested.
ELSEWHERE = {
    "mapping-name-taken": "unit/test_tools_mapping.py",
    "mapping-tool-unmapped": "unit/test_tools_mapping.py",
    "mapping-one-way": "unit/test_prepare_mapping.py",
    "mapping-fixed": "unit/test_prepare_mapping.py",
    # A guard: the split ties rows of one first wording, so that a build can never have it.
    "leakage-prompt": "unit/test_dataset_leakage.py",
    # Looked for where a switch names it: examples of tools are full of addresses.
    "personal-ip": "unit/test_conversations_personal.py",
    "format-plugin-failed": "unit/test_formats_own.py",
}  # fmt: skip


def tool(properties: dict[str, Any], *, name: str = "f", **more: Any) -> dict[str, Any]:
    parameters = {"type": "object", "properties": properties, "required": [], **more}
    return {"name": name, "description": "Does it.", "parameters": parameters}


def row(*turns: tuple[str, Any], tools: Any = None, system: str = "Shop.") -> dict[str, Any]:
    """Return a ShareGPT row."""
    listed = tools if isinstance(tools, str) else json.dumps(tools or [])
    said = [{"from": who, "value": value} for who, value in turns]
    return {"conversations": said, "system": system, "tools": listed}


def called(arguments: Any, properties: Any = None, *, name: str = "f", **more: Any) -> Any:
    """Return a row with one call of a tool."""
    call = json.dumps({"name": name, "arguments": arguments})
    return row(("human", "Please do it."), ("function_call", call), tools=[
        tool(properties or {"a": {"type": "string", "description": "it"}}, **more)])  # fmt: skip


def shown(parameters: Any, **more: Any) -> dict[str, Any]:
    """Return a row that shows a tool with these parameters."""
    listed = {"name": "f", "description": "Does it.", "parameters": parameters, **more}
    return row(("human", "Hello."), ("gpt", "Hello!"), tools=[listed])


def said(user: str, model: str = "I see.") -> dict[str, Any]:
    return row(("human", user), ("gpt", model))


@dataclass(frozen=True)
class Made:
    """Rows, and the options of the build in which they have the code."""

    rows: list[Any]
    options: dict[str, Any] = field(default_factory=dict)
    file: str = "a.jsonl"
    later: Callable[[Path], dict[str, Any]] | None = None
    measured: bool = False


def one(value: Any, **options: Any) -> Made:
    return Made([value], options)


def words(conversation: Any) -> int:
    return sum(len(getattr(turn, "text", "").split()) for turn in conversation.turns)


def own_format(text: str) -> Callable[[Path], dict[str, Any]]:
    def reading(folder: Path) -> dict[str, Any]:
        path = folder / "own.yaml"
        path.write_text(text, encoding="utf-8")
        return {"reading": Reading(format=choose(str(path)))}

    return reading


def mapped(folder: Path) -> dict[str, Any]:
    path = folder / "mapping.yaml"
    path.write_text(SHOP_YAML, encoding="utf-8")
    return {"reading": Reading(mapping=load_mapping(path))}


OWN = "name: mine\nturns: dialog\nrole: who\ntext: said\nroles: {u: user, m: model}\n"
LONG_LIST = [tool({}, name=f"tool_{n}") for n in range(30)]
CALLS = [call_row(f"City{n}", question=f"How is it in City{n} on day {n}?") for n in range(60)]
LISTED = [{**one, "tools": [*one["tools"], {**LOOK, "function": {**LOOK["function"], "name": "x"}}]}
          for one in CALLS]  # fmt: skip
ALL_TRAIN = {"shares": Shares(0, 0)}
AGAIN = call_row("Oslo", question="How is Oslo?")
WORDS = {**AGAIN, "messages": [*AGAIN["messages"][:2], {"role": "assistant", "content": "Cold."}]}
TRACED = {"traceId": "t1", "messages": call_row("Oslo")["messages"], "tools": [LOOK]}
MORE = [{"role": "user", "content": "And Rome?"}, {"role": "assistant", "content": "Warm."}]
LONGER = {**TRACED, "messages": [*TRACED["messages"], *MORE]}
TWO_CALLS = {**AGAIN, "messages": [*AGAIN["messages"], *call_row("Rome")["messages"][1:]]}
GENAI = {**vendors.GENAI, "gen_ai.operation.name": "invoke_agent",
         "gen_ai.input.messages": vendors.GENAI["gen_ai.input.messages"][:1]}  # fmt: skip
BROKEN_SEARCH = {
    "query": "Oslo?",
    "functions": [public.TOOL],
    "messages": [
        {"role": "system", "content": "You are AutoGPT, you can use many tools."},
        {"role": "user", "content": "Oslo?"},
        {"role": "assistant", "content": "I try."},
        {"role": "user",
         "content": "This is not the first time you try this task, all previous trails failed."},
        {"role": "assistant", "content": "Sunny."},
    ],
}  # fmt: skip
LIGHT = tool({}, name="turn_off_light")
MAIL = tool({"to": {"type": "string", "enum": ["jane@acme.io"], "description": "who"}})
MADE: dict[str, Made] = {
    "action-input-text": one(
        texts.react(("human", "a"), ("gpt", "Action: search\nAction Input: weather in Oslo"),
                    tools="search: Finds pages.\ncalc(expression) - Counts.")
    ),
    "argument-ungrounded": one(call_row("Bergen", question="How is the weather in Oslo?")),
    "balance-few-negatives": Made([*CALLS, chat_row("Hello")], ALL_TRAIN),
    "balance-no-ask-back": Made([*CALLS, chat_row("Hello")], ALL_TRAIN),
    "balance-no-distractors": Made(CALLS, ALL_TRAIN),
    "balance-no-negatives": Made(CALLS, ALL_TRAIN),
    "balance-one-tool": Made(LISTED, ALL_TRAIN),
    "balance-tool-never-called": Made(LISTED, ALL_TRAIN),
    "call-arguments-added": one(
        row(("human", "a"), ("function_call", '{"name": "f"}'), tools=[tool({})])
    ),
    "call-arguments-type": one(called([1])),
    "call-mapped": Made(
        [logged("SO1 到哪了？", ("shipmentQuery", {"orderNo": "SO1", "lang": "zh"}),
                tools=API_TOOLS)], later=mapped
    ),
    "call-parallel-unsupported": Made(
        [row(("human", "a"), ("function_call", json.dumps([{"name": "f", "arguments": {}}] * 2)),
             tools=[tool({})])], {"template": "glm4"}
    ),
    "call-pattern": one(called({"a": "12"}, {"a": {"type": "string", "pattern": "^ORD-"}})),
    "call-positional": one(
        texts.toolace(("user", "a"), ("assistant", "[市场.趋势('中国', top=3)]"))
    ),
    "call-reference": one(public.toolalpaca(
        {"Action": "weather", "Action_Input": '{"city": ${city from search}}'})),
    "call-schema": one(called({"a": "x"}, {"a": {"const": "y"}})),
    "call-text-cut": one(
        texts.react(("human", "a"), ("gpt", 'Action: track\nAction Input: {"id": "SO1"} (it)'))
    ),
    "call-text-unsupported": Made(
        [{**AGAIN, "messages": [*AGAIN["messages"][:2],
                                {**AGAIN["messages"][2], "content": "One moment."}]}],
        {"template": "mistral"},
    ),
    "call-in-words": one(row(("human", "Oslo?"), ("gpt", "Calling look(city='Oslo')"),
                             tools=[LOOK["function"]])),
    "call-words-moved": one(
        {**vendors.ANTHROPIC, "messages": [vendors.USER, {"role": "assistant", "content": [
            vendors.use("t1", "Oslo"), vendors.text("One moment.")]}]}
    ),
    "contradiction": Made([AGAIN, WORDS]),
    "file-not-utf8": one(b'{"instruction": "caf\xe9", "output": "b"}'),
    "format-part-unread": Made(
        [{"dialog": [{"who": "u", "said": "Hi", "mood": "angry"}, {"who": "m", "said": "Hi!"}]}],
        later=own_format(OWN),
    ),
    "format-path-missing": Made([{"foo": 1}], later=own_format(OWN)),
    "frame-over-represented": Made(CALLS * 1 + [chat_row("Hello")]),
    "json-lone-surrogate": one(b'{"instruction": "\\ud83d", "output": "b"}'),
    "json-too-deep": one(b'{"instruction": ' + b"[" * 200 + b"]" * 200 + b"}"),
    "leakage-values": Made([call_row("Oslo", question=" ".join(f"w{n}x{i}" for i in range(9)))
                            for n in range(80)], {"shares": Shares(0.2, 0.2)}),
    "mapping-argument-unmapped": Made(
        [logged("SO1?", ("shipmentQuery", {"orderNo": "SO1", "lang": "zh", "nobody": "x"}),
                tools=API_TOOLS)], later=mapped
    ),
    "mapping-value": Made(
        [logged("半分钱", ("refund.create", {"order": {"no": "1", "cents": 0.5}}),
                tools=API_TOOLS)], later=mapped
    ),
    "mapping-url": Made(
        [logged("坏地址", ("GET /v2/shipments/%FF?lang=zh", {}), tools=API_TOOLS)], later=mapped
    ),
    "near-duplicate": Made(
        [call_row("Oslo", question="Please tell me how the weather in Oslo is today, will you?"),
         call_row("Oslo", question="Please, tell me how the weather in Oslo is today, will you?")],
        {"near_dup": 0.5},
    ),
    "no-model-turn": one(row(("human", "Hello?"))),
    "observation-cut": one(texts.react(
        ("human", "Where?"), ("gpt", f"{texts.ACTED}\nObservation: in Rome"), ("tool", "at sea"),
        ("gpt", texts.ENDED))),
    "personal-account": one(said("My account is DE89 3704 0044 0532 0130 00.")),
    "personal-card": one(said("My card is 4111 1111 1111 1111.")),
    "personal-email": one(said("Write to jane.doe@acme.io.")),
    "personal-id-number": one(said("身份证号 11010519491231002X")),
    "personal-masked": one(said("Write to jane.doe@acme.io."), redact=Redaction("salt")),
    "personal-phone": one(said("Call +1 415 555 2671.")),
    "prompt-marker-cut": one(public.xlam(
        query=[{"role": "user", "content": "And in Oslo?"},
               {"role": "agent", "content": "One moment.\nGenerate API Request:"}],
        answers=[{"tool": "weather", "parameters": {"city": "Oslo"}}])),
    "redact-breaks-call": one(
        row(("human", "Write to Jane."),
            ("function_call", '{"name": "f", "arguments": {"to": "jane@acme.io"}}'), tools=[MAIL]),
        redact=Redaction("salt"),
    ),
    "result-encoded": one(
        row(("human", "a"), ("function_call", '{"name": "f", "arguments": {}}'),
            ("observation", {"ok": True}), ("gpt", "Done."), tools=[tool({})])
    ),
    "result-unwrapped": one(
        row(("human", "a"), ("function_call", '{"name": "f", "arguments": {}}'),
            ("observation", "<tool_response>\nok\n</tool_response>"), ("gpt", "Done."),
            tools=[tool({})])
    ),
    "results-merged": one(
        row(("human", "a"), ("function_call", json.dumps([{"name": "f", "arguments": {}}] * 2)),
            ("observation", "1"), ("observation", "2"), ("gpt", "Done."), tools=[tool({})])
    ),
    "row-maybe-too-long": one(chat_row("word " * 300), cutoff_len=64),
    "row-one-turn": one({"role": "User", "text": "Time?"}),
    "row-prefixed": one(TWO_CALLS, prefix_rows=Each.CALL),
    "row-too-long": Made([chat_row("word " * 300)], {"cutoff_len": 64}, measured=True),
    "row-windowed": Made([TWO_CALLS], {"cutoff_len": 14, "over_long": OverLong.WINDOW},
                         measured=True),
    "row-without-answer": one({"query": "a", "api_list": []}),
    "row-without-question": one(
        {"id": "simple_0", "ground_truth": [{"weather": {"city": ["Oslo"]}}]}
    ),
    "search-prompt": one(BROKEN_SEARCH),
    "secret-key": one(said("The key is ghp_" + "A1b2C3d4E5f6" * 3)),
    "span-without-calls": one(GENAI),
    "success-claimed": one(
        row(("human", "Turn off the light."), ("gpt", "I have turned off the light."),
            tools=[LIGHT])
    ),
    "system-format-left": one(texts.row(
        ("system", f"<tools>{json.dumps([texts.TRACK])}</tools>\n"
                   "调用时请输出 <tool_call>JSON</tool_call>。"), *texts.ASKED)),
    "system-timestamp": one(row(("human", "a"), ("gpt", "b"), system="2026-01-31T12:00:00Z")),
    "table-cells": Made(["instruction,output", "only", "ok,yes"], file="a.csv"),
    "test-set-row": one(public.when2call(
        "tool_call",
        {"tool_call": json.dumps({"name": "weather", "arguments": {"city": "Oslo"}})})),
    "text-think-tag": one(called({"a": "<think>x</think>"})),
    "tool-name-duplicate": one(row(("human", "a"), ("gpt", "b"), tools=[
        tool({}), tool({"a": {"type": "string"}})])),
    "tool-name-missing": one(row(("human", "a"), ("gpt", "b"), tools=[{"description": "x"}])),
    "tool-parameters-missing": one(row(("human", "a"), ("gpt", "b"), tools=[
        {"name": "f", "description": "Does it."}])),
    "tool-required-moved": one(shown({"type": "object", "properties": {
        "a": {"type": "string", "required": True}}})),
    "tool-required-unknown": one(shown({"type": "object", "properties": {}, "required": ["b"]})),
    "tool-schema-invalid": one(shown({"type": "object", "properties": {
        "a": {"type": "string", "pattern": "a("}}})),
    "tool-schema-reference": one(shown({"type": "object", "properties": {
        "a": {"$ref": "https://example.com/a.json"}}})),
    "tool-schema-unsupported": Made([shown({"type": "object", "properties": {
        "a": {"enum": [1, 2], "type": "integer"}}})], {"template": "gemma3"}),
    "tool-type-alias": one(shown({"type": "dict", "properties": {}})),
    "tools-added": Made([CALLS[0]], later=lambda folder: {"distractors": Distractors(
        pool=pool(folder), most=8)}),
    "tools-over-limit": one(
        row(("human", "a"), ("function_call", json.dumps([
            {"name": "tool_1", "arguments": {}}, {"name": "tool_2", "arguments": {}}])),
            tools=LONG_LIST), distractors=Distractors(most=1)),
    "tools-pruned": one(
        row(("human", "a"), ("function_call", '{"name": "tool_1", "arguments": {}}'),
            tools=LONG_LIST), distractors=Distractors(most=8)),
    "tools-python-literal": one(
        texts.hermes(*texts.ASKED, tools=repr([texts.TRACK, texts.NOW]))),
    "trace-prefix": Made([TRACED, LONGER]),
    "turn-invalid": one({"conversations": [{"from": "human"}, {"from": "gpt", "value": "b"}]}),
    "turn-untrainable": one({"messages": [
        {"role": "user", "content": "Hi"},
        {"role": "assistant", "content": "Bad.", "weight": 0}]}),
}  # fmt: skip


def pool(folder: Path) -> Any:
    path = folder / "pool.json"
    path.write_text(json.dumps(LONG_LIST), encoding="utf-8")
    return load_catalog(path)[0]


def written(folder: Path, made: Made) -> Path:
    path = folder / made.file
    lines = [
        value if isinstance(value, bytes)
        else (value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)).encode()
        for value in made.rows
    ]  # fmt: skip
    path.write_bytes(b"\n".join(lines) + b"\n")
    return path


def codes_of(folder: Path, made: Made) -> set[str]:
    """Build a dataset of the rows and return every code that its accounts name."""
    options = {"template": "qwen3_nothink", "shares": Shares(0.3, 0.3), **made.options}
    options |= made.later(folder) if made.later else {}
    build_options = BuildOptions("rows", folder / "data", (written(folder, made),), **options)
    with build(build_options, measure=words if made.measured else None) as dataset:
        manifest = dataset.manifest
        assert manifest.read == manifest.kept + manifest.rejected + manifest.deduplicated
        rejects = (dataset.staged / "rows.rejects.jsonl").read_text("utf-8").splitlines()
        for reject in map(json.loads, rejects):
            assert all(found["hint"] for found in reject["issues"])
            assert {*reject["codes"]} <= {found["code"] for found in reject["issues"]}
    warned = {found["code"] for found in manifest.audit["warnings"]}
    return {
        *manifest.rejects_by_code, *manifest.repairs_by_code, *manifest.warnings_by_code, *warned,
    }  # fmt: skip


@pytest.mark.parametrize("code", sorted(MADE))
def test_a_made_row_or_set_has_the_code(tmp_path: Path, code: str) -> None:
    assert code in codes_of(tmp_path, MADE[code])


def test_the_defective_rows_have_the_codes_that_they_name(tmp_path: Path) -> None:
    options = BuildOptions("rows", tmp_path, (DEFECTIVE,), template="qwen3_nothink")
    with build(options) as dataset:
        manifest = dataset.manifest
    shown_codes = {code for code in SAID.values() if code != "nothing"}
    found = {*manifest.rejects_by_code, *manifest.repairs_by_code, *manifest.warnings_by_code}
    assert shown_codes <= found


def test_every_code_of_rows_and_sets_is_triggered() -> None:
    known = {*SAID.values(), *MADE, *ELSEWHERE} - {"nothing"}
    assert known <= ROW_CODES, sorted(known - ROW_CODES)
    assert known >= ROW_CODES, sorted(ROW_CODES - known)


@pytest.mark.parametrize("code", sorted(ELSEWHERE))
def test_codes_of_tool_files_are_tested_elsewhere(code: str) -> None:
    # Stated as a string of its own, or in what is printed: "... [code]", "code: ...".
    text = (TESTS / ELSEWHERE[code]).read_text("utf-8")
    assert any(mark.format(code) in text for mark in ('"{}"', "[{}]", '"{}: '))
