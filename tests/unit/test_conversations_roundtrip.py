"""Conversation to engine row and back is identity; no JSON value makes a reader raise."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from fctune.conversations.check import check_conversation
from fctune.conversations.families import ResultJoiner, split_results
from fctune.conversations.formats import FORMATS
from fctune.conversations.formats.sharegpt import to_row
from fctune.conversations.identity import identify
from fctune.conversations.lesson import classify
from fctune.conversations.read import read_conversation
from fctune.conversations.turns import Conversation, ModelTurn, ResultTurn, Turn, UserTurn
from fctune.issues import Accepted, Origin, Rejected, blocking
from fctune.tools.read import parse_catalog
from fctune.tools.spec import ToolCall, ToolCatalog

ORIGIN = Origin("rows.jsonl", 1)
FREE = {"type": "object", "properties": {}, "additionalProperties": True}
CATALOG, _ = parse_catalog(
    [
        {"name": "book", "description": "预订 / book a room", "parameters": FREE},
        {"name": "price.of", "description": 'quote "it"', "parameters": FREE},
    ]
)

# Hard but lawful words: Chinese, quotes, backslashes, newlines, braces, emoji, JSON, tags' halves.
WORDS = st.one_of(
    st.text(st.characters(exclude_categories=("Cs",)), min_size=1, max_size=30),
    st.sampled_from(
        [
            "您好，订单到哪了？",
            'He said "5\' 3\\"".\n\n',
            '{"a": [1, 2]}',
            '[{"a": 1}, "b"]',
            "[1, 2]",
            '"quoted"',
            "null",
            "12345678901234567890123",
            "  lead and trail \n",
            "a < b > c [x] {y}",
            "😀 \u2028 \x85",
            '{"a":1}',
            "\\u0041",
            "NaN",
            "<tool>",
            "Action: x",
            "{ {idx} }",
        ]
    ),
)
ANSWERS = WORDS.filter(lambda text: bool(text.strip()))
RESULTS = st.one_of(st.just(""), WORDS)
JSON_VALUES = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(-(10**25), 10**25),
        st.floats(allow_nan=False, allow_infinity=False),
        WORDS,
    ),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(WORDS, inner, max_size=3)),
    max_leaves=6,
)
CALLS = st.builds(
    ToolCall,
    st.sampled_from(CATALOG.names),
    st.dictionaries(
        st.text(st.characters(exclude_categories=("Cs",)), max_size=8), JSON_VALUES, max_size=3
    ),
)


@st.composite
def conversations(draw: st.DrawFn) -> Conversation:
    with_tools = draw(st.booleans())
    turns: list[Turn] = []
    for _ in range(draw(st.integers(1, 3))):
        turns.append(UserTurn(draw(ANSWERS)))
        for _ in range(draw(st.integers(0, 2)) if with_tools else 0):
            calls = tuple(draw(st.lists(CALLS, min_size=1, max_size=3)))
            turns.append(ModelTurn(draw(st.one_of(st.just(""), ANSWERS)), calls))
            turns.append(ResultTurn(tuple(draw(RESULTS) for _ in calls)))
        turns.append(ModelTurn(draw(ANSWERS)))
    if with_tools and draw(st.booleans()):
        turns[-1] = ModelTurn("", (draw(CALLS),))
    catalog = CATALOG if with_tools else ToolCatalog()
    system = draw(ANSWERS)
    made = tuple(turns)
    id_ = identify(system, catalog, made)
    return Conversation(id_, system, catalog, made, classify(catalog, made), ORIGIN)


@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
@given(conversations(), st.sampled_from([ResultJoiner.SEPARATOR, ResultJoiner.JSON_LIST]))
def test_reading_an_engine_row_gives_the_conversation_back(
    conversation: Conversation, joiner: ResultJoiner
) -> None:
    row = to_row(conversation, joiner=joiner)
    on_disk = json.loads(json.dumps(row))
    verdict = read_conversation(on_disk, ORIGIN)
    if blocking(check_conversation(conversation)):
        assert isinstance(verdict, Rejected)
        return
    assert isinstance(verdict, Accepted), verdict
    assert verdict.value == conversation
    assert verdict.value.id == conversation.id
    assert not verdict.issues, "what fctune wrote itself needs no repair"
    assert to_row(verdict.value, joiner=joiner) == row


@given(
    st.lists(RESULTS, min_size=2, max_size=4),
    st.sampled_from([ResultJoiner.SEPARATOR, ResultJoiner.JSON_LIST]),
)
def test_joined_results_come_apart_unchanged(results: list[str], joiner: ResultJoiner) -> None:
    if any("<tool_response>" in text for text in results):
        return
    assert split_results(joiner.join(tuple(results)), len(results)) == tuple(results)


ROLES = st.sampled_from(
    ["human", "gpt", "function_call", "observation", "system", "user", "assistant", "tool", "x", 5]
)
ANY_JSON: st.SearchStrategy[Any] = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(),
        st.floats(),
        st.text(max_size=12),
        st.sampled_from(
            [
                "<tool_call>{}</tool_call>",
                "<think>a</think>",
                "[]",
                '{"name": "book"}',
                "{'name': 'f'}",
                "[" * 3000,
                '{"a":' * 2000,
                "\ud83d",
                "USER: a ASSISTANT: <functioncall> {}",
                "()",
                "NaN",
                "1e999",
                "9" * 5000,
                '{"name": "book", "arguments": {"a": 1e999}}',
                "{" * 30_000,
                "{}",
            ]
        ),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=6), inner, max_size=3)
    ),
    max_leaves=8,
)
CALL_LIKE = st.fixed_dictionaries(
    {},
    optional={
        "id": ANY_JSON,
        "type": st.one_of(st.just("function"), ANY_JSON),
        "function": ANY_JSON,
        "name": ANY_JSON,
        "arguments": ANY_JSON,
    },
)
TURN_LIKE = st.one_of(
    ANY_JSON,
    st.fixed_dictionaries(
        {},
        optional={
            "from": ROLES,
            "value": ANY_JSON,
            "role": ROLES,
            "content": ANY_JSON,
            "tool_calls": st.one_of(ANY_JSON, st.lists(CALL_LIKE, max_size=2)),
            "function_call": st.one_of(ANY_JSON, CALL_LIKE),
            "tool_call_id": ANY_JSON,
            "weight": ANY_JSON,
            "refusal": ANY_JSON,
        },
    ),
)
TURNS_LIKE = st.one_of(ANY_JSON, st.lists(TURN_LIKE, max_size=5))
ROW_LIKE = st.one_of(
    ANY_JSON,
    st.fixed_dictionaries(
        {},
        optional={
            "conversations": TURNS_LIKE,
            "messages": TURNS_LIKE,
            "traj": TURNS_LIKE,
            "system": ANY_JSON,
            "tools": ANY_JSON,
            "functions": ANY_JSON,
            "chat": ANY_JSON,
            "instruction": ANY_JSON,
            "input": ANY_JSON,
            "output": ANY_JSON,
            "history": ANY_JSON,
        },
    ),
)


@settings(max_examples=600, deadline=None, suppress_health_check=list(HealthCheck))
@given(ROW_LIKE, st.sampled_from([None, *(known.name for known in FORMATS)]))
@example({"messages": True}, "openai")
@example({"system": "S", "chat": "USER: a ASSISTANT: <functioncall> <functioncall> {"}, None)
def test_no_json_value_makes_the_reader_raise(value: Any, name: str | None) -> None:
    verdict = read_conversation(value, ORIGIN, format=name, tools=CATALOG)
    if isinstance(verdict, Rejected):
        assert blocking(verdict.issues)
        json.dumps(verdict.as_row()["issues"])
        return
    # Whatever is accepted is lawful by the rules that all layers share.
    assert not check_conversation(verdict.value)
    json.dumps(to_row(verdict.value, joiner=ResultJoiner.SEPARATOR), allow_nan=False).encode()
