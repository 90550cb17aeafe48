"""Lessons, ids, template families, and the codes of the catalogue."""

from __future__ import annotations

import ast
import json
from pathlib import Path
from typing import Any

import pytest

import fctune
from fctune.catalogue.conversations import CONVERSATION_CODES
from fctune.conversations.check import check_conversation
from fctune.conversations.families import FAMILIES, ResultJoiner, check_family, family_of
from fctune.conversations.formats.sharegpt import to_row
from fctune.conversations.identity import identify
from fctune.conversations.lesson import classify
from fctune.conversations.read import read_conversation
from fctune.conversations.turns import (
    Conversation,
    Lesson,
    ModelTurn,
    ResultTurn,
    Turn,
    UserTurn,
)
from fctune.issues import Accepted, Origin
from fctune.tools.read import parse_catalog
from fctune.tools.spec import ToolCall, ToolCatalog, ToolSpec

ORIGIN = Origin("a.jsonl", 1)
SCHEMA = {"a": {"type": "string", "description": "a"}, "b": {"type": "string", "description": "b"}}
TOOLS, _ = parse_catalog(
    [{"name": "f", "description": "d", "parameters": {"type": "object", "properties": SCHEMA}}]
)
CALL = ToolCall("f", {"a": "1"})
ASK, SAY, CALLING = ModelTurn("Which order?"), ModelTurn("Done."), ModelTurn("", (CALL,))
USER, RESULT = UserTurn("u"), ResultTurn(("r",))


def conversation(*turns: Turn, catalog: ToolCatalog = TOOLS) -> Conversation:
    id_ = identify("s", catalog, turns)
    return Conversation(id_, "s", catalog, turns, classify(catalog, turns), ORIGIN)


@pytest.mark.parametrize(
    ("turns", "lesson"),
    [
        ((USER, SAY), Lesson.NO_CALL),
        ((USER, ASK, USER, SAY), Lesson.NO_CALL),
        ((USER, CALLING), Lesson.CALL),
        ((USER, CALLING, RESULT, CALLING, RESULT, SAY), Lesson.CALL),
        ((USER, SAY, USER, CALLING), Lesson.CALL),
        ((USER, ASK, USER, CALLING), Lesson.ASK_BACK),
        ((USER, ModelTurn("请问订单号是多少？"), USER, CALLING), Lesson.ASK_BACK),
        ((USER, CALLING, RESULT, ASK, USER, CALLING), Lesson.MULTI_TURN),
        ((USER, ModelTurn("", (CALL, CALL))), Lesson.PARALLEL),
        ((USER, CALLING, RESULT, SAY, USER, ModelTurn("", (CALL, CALL))), Lesson.PARALLEL),
        ((USER, ASK, USER, ModelTurn("", (CALL, CALL))), Lesson.ASK_BACK),
    ],
)
def test_the_lesson_is_told_from_the_turns(turns: tuple[Turn, ...], lesson: Lesson) -> None:
    assert classify(TOOLS, turns) is lesson


def test_without_tools_a_conversation_is_general() -> None:
    assert classify(ToolCatalog(), (USER, SAY)) is Lesson.GENERAL


def test_the_id_ignores_key_order_format_and_origin_only() -> None:
    spec = {"name": "f", "parameters": {"type": "object", "properties": SCHEMA}, "description": "d"}
    sharegpt = {
        "system": "s",
        "tools": json.dumps([spec]),
        "conversations": [
            {"from": "human", "value": "u"},
            {"from": "function_call", "value": '{"name": "f", "arguments": {"a": "1", "b": "2"}}'},
        ],
    }
    call = {
        "id": "x",
        "type": "function",
        "function": {"name": "f", "arguments": '{"b": "2", "a": "1"}'},
    }
    openai = {
        "tools": [{"type": "function", "function": dict(reversed(spec.items()))}],
        "messages": [
            {"role": "system", "content": "s"},
            {"role": "user", "content": "u"},
            {"role": "assistant", "content": None, "tool_calls": [call]},
        ],
    }
    first = read_conversation(sharegpt, Origin("a", 1))
    second = read_conversation(openai, Origin("b", 2))
    assert isinstance(first, Accepted)
    assert isinstance(second, Accepted)
    assert first.value.id == second.value.id
    assert len(first.value.id) == 16
    others = [
        identify("t", TOOLS, (USER, CALLING)),
        identify("s", ToolCatalog(), (USER, CALLING)),
        identify("s", TOOLS, (USER, ModelTurn("", (ToolCall("f", {"a": 1}),)))),
        identify("s", TOOLS, (USER, ModelTurn("", (ToolCall("f", {"b": "1"}),)))),
        identify("s", TOOLS, (USER, CALLING)),
    ]
    assert len(set(others)) == len(others)


def test_check_conversation_judges_turns_that_no_reader_made() -> None:
    assert check_conversation(conversation(USER, CALLING, RESULT, SAY)) == []
    bad = conversation(SAY, ResultTurn(("a", "b")), USER, USER, ModelTurn("", (ToolCall("g"),)))
    assert [found.code for found in check_conversation(bad)] == [
        "role-order",
        "result-orphan",
        "role-order",
        "role-order",
        "call-unknown-tool",
    ]


@pytest.mark.parametrize("template", ["glm4", "chatglm3", "glm4v", "glmz1"])
def test_a_template_without_parallel_calls_says_so(template: str) -> None:
    two = conversation(USER, ModelTurn("", (CALL, CALL)))
    assert [f.code for f in check_family(two, family_of(template))] == ["call-parallel-unsupported"]
    assert check_family(conversation(USER, CALLING), family_of(template)) == []


def test_a_template_without_words_beside_calls_says_so() -> None:
    both = conversation(USER, ModelTurn("Wait.", (CALL,)))
    assert [f.code for f in check_family(both, family_of("mistral"))] == ["call-text-unsupported"]
    assert check_family(both, family_of("qwen3_nothink")) == []
    assert check_family(both, family_of("a-template-of-tomorrow")) == []


@pytest.mark.parametrize(
    "schema", [{"enum": [1, 2]}, {"enum": ["a", None]}, {"type": "array", "items": True}, True]
)
def test_schemas_that_a_template_cannot_print_in_words(schema: Any) -> None:
    parameters = {"type": "object", "properties": {"n": schema}}
    catalog = ToolCatalog((ToolSpec("f", "d", parameters),))
    chat = conversation(USER, SAY, catalog=catalog)
    assert [f.code for f in check_family(chat, family_of("gemma3"))] == ["tool-schema-unsupported"]
    assert check_family(chat, family_of("qwen")) == []
    assert check_family(conversation(USER, SAY), family_of("gemma3")) == []


def test_qwen_results_stand_between_tags_and_others_in_a_list() -> None:
    turns = (USER, ModelTurn("", (CALL, CALL)), ResultTurn(('{"n": 1}', "晴")), SAY)
    rows = {
        j: to_row(conversation(*turns), joiner=j)["conversations"][2]["value"] for j in ResultJoiner
    }
    assert rows[ResultJoiner.SEPARATOR] == '{"n": 1}\n</tool_response>\n<tool_response>\n晴'
    assert rows[ResultJoiner.JSON_LIST] == '[{"n": 1}, "晴"]' == rows[ResultJoiner.JSON_TEXT]
    assert ResultJoiner.JSON_LIST.join(('"a"', "a")) == '["\\"a\\"", "a"]'
    assert family_of("qwen").joiner is ResultJoiner.SEPARATOR
    assert family_of("llama3").joiner is ResultJoiner.JSON_LIST


def test_mistral_results_are_always_json() -> None:
    joiner = family_of("mistral").joiner
    assert [joiner.join((text,)) for text in ("sunny", '{"a": 1}', '"x"', "5")] == [
        '"sunny"',
        '{"a": 1}',
        '"x"',
        "5",
    ]


def test_the_row_as_the_engine_wants_it() -> None:
    turns = (USER, ModelTurn("Wait.", (CALL,)), RESULT, ModelTurn("", (CALL, CALL)))
    row = to_row(conversation(*turns), joiner=ResultJoiner.SEPARATOR)
    call = '{"name": "f", "arguments": {"a": "1"}}'
    assert row == {
        "conversations": [
            {"from": "human", "value": "u"},
            {"from": "function_call", "value": f"Wait.\n<tool_call>{call}</tool_call>"},
            {"from": "observation", "value": "r"},
            {"from": "function_call", "value": f"[{call}, {call}]"},
        ],
        "system": "s",
        "tools": TOOLS.json,
    }


def _strings_of(path: Path) -> set[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return {
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }


def test_every_code_is_given_somewhere_and_has_its_example_and_hint() -> None:
    root = Path(fctune.__file__).parent
    files = [path for path in root.rglob("*.py") if "catalogue" not in path.parts]
    used: set[str] = set().union(*(_strings_of(path) for path in files))
    lengths = {"row-too-long", "row-windowed"}  # given by the dataset layer
    assert set(CONVERSATION_CODES) - lengths - used == set()
    for code, entry in CONVERSATION_CODES.items():
        assert entry.meaning.endswith("."), code
        assert entry.example, code
        assert entry.hint.endswith("."), code


@pytest.mark.parametrize("template", sorted(FAMILIES))
def test_families_are_frozen_data(template: str) -> None:
    family: Any = family_of(template)
    with pytest.raises(AttributeError):
        family.parallel = True
