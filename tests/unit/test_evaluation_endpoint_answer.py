"""What servers answer, read: tool_calls first, then text; streams put together in any pieces."""

from __future__ import annotations

import copy
import json
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fctune.evaluation.decode import Decoded, decode_qwen
from fctune.evaluation.endpoint.answer import Answer, AnswerReader, BadAnswer, clean, message_of
from fctune.evaluation.endpoint.stream import BrokenOff, EventLines, StreamedCompletion
from fctune.evaluation.endpoint.tool_names import WireNames
from fctune.tools.spec import ToolCall, ToolCatalog

from .endpoint_server import completion, delta
from .evaluation_samples import CATALOG, call, qwen

ARGUMENTS = '{"id": "A1"}'


def decoder(text: str, catalog: ToolCatalog | None = None) -> Decoded:
    return decode_qwen(text)


def read(body: Any, **options: Any) -> Answer:
    names = options.pop("names", WireNames.of(CATALOG.names))
    return AnswerReader(CATALOG, names, options.pop("decoder", decoder)).read(body)


def test_calls_are_read_from_tool_calls() -> None:
    answer = read(completion("Wait.", [("track", ARGUMENTS)], "tool_calls"))
    assert answer.decoded == Decoded((call("track", id="A1"),), "Wait.")
    assert (answer.text, answer.finish_reason) == (None, "stop")
    assert (answer.prompt_tokens, answer.output_tokens, answer.notes) == (7, 3, ())


def test_calls_in_the_text_are_read_where_there_are_no_tool_calls() -> None:
    said = qwen(call("track", id="A1"))
    answer = read(completion(said, []))
    assert answer.decoded.calls == (call("track", id="A1"),)
    assert (answer.text, answer.notes) == (said, ("calls read from the text",))
    assert read(completion(said), decoder=None).decoded == Decoded(text=said)
    both = read(completion(said, [("order", '{"item": "x"}')]))
    assert both.decoded.calls == (call("order", item="x"),)
    assert both.notes == ("calls left in the text beside tool_calls",)


def test_names_come_back() -> None:
    names = WireNames({"math.add": "math_add"})
    answer = read(completion(None, [("math_add", "{}"), ("other", "{}")]), names=names)
    assert [one.name for one in answer.decoded.calls] == ["math.add", "other"]
    text = read(completion(qwen(call("math_add"))), names=names)
    assert text.decoded.calls == (call("math.add"),)


@pytest.mark.parametrize(
    ("arguments", "detail"),
    [
        ('{"id": ', "not valid JSON"),
        ('{"id": "A1"} and', "more text at character 12"),
        ("{'id': 'A1'}", "not valid JSON"),
        ('{"id": NaN}', "NaN is not JSON"),
        ('{"id": 1e999}', "a number is too large"),
        ("[1]", "are a JSON list"),
        ("null", "are a JSON null"),
        ("7", "are a JSON number"),
        ('{"id": "\\ud83d"}', "surrogate"),
        ('{"a":' * 200 + "1" + "}" * 200, "nested too deep"),
        ("[" * 100_000, "nested too deep"),
    ],
)
def test_arguments_that_are_no_object_are_malformed(arguments: str, detail: str) -> None:
    body = completion("Well.", [("order", '{"item": "x"}'), ("track", arguments)])
    decoded = read(body).decoded
    assert (decoded.calls, decoded.malformed, decoded.repaired) == ((), True, None)
    assert detail in decoded.detail
    assert json.loads(decoded.text)[1]["function"]["name"] == "track"


def test_arguments_encoded_twice_are_malformed_and_told() -> None:
    answer = read(completion(None, [("track", json.dumps(ARGUMENTS))]))
    assert (answer.decoded.calls, answer.decoded.malformed) == ((), True)
    assert answer.decoded.repaired == (call("track", id="A1"),)
    assert answer.decoded.repairs == ("arguments encoded twice",)
    assert answer.notes == ("arguments encoded twice",)
    assert read(completion(None, [("track", '"no object"')])).decoded.repaired is None


def test_what_servers_write_for_no_arguments_and_for_objects() -> None:
    for nothing in ("", " ", None):
        answer = read(completion(None, [("track", nothing)]))
        assert answer.decoded.calls == (ToolCall("track", {}),)
        assert answer.notes == ("no arguments, read as {}",)
    answer = read(completion(None, [("track", {"id": "A1"})]))
    assert (answer.decoded.calls, answer.notes) == (
        (call("track", id="A1"),),
        ("arguments as an object",),
    )


@pytest.mark.parametrize("item", [5, None, "x", {}, {"function": 1}, {"function": {"name": 3}}])
def test_calls_of_another_shape_are_malformed(item: Any) -> None:
    body = completion()
    body["choices"][0]["message"]["tool_calls"] = [item]
    assert read(body).decoded.malformed


def test_the_older_function_call() -> None:
    body = completion(function_call={"name": "track", "arguments": ARGUMENTS})
    assert read(body).decoded.calls == (call("track", id="A1"),)


def test_reasoning_refusal_and_parts() -> None:
    silent = read(completion(None, reasoning_content="hm"))
    assert (silent.decoded, silent.notes) == (Decoded(), ("reasoning and nothing else",))
    assert read(completion("Yes.", reasoning="hm")).notes == ("reasoning apart",)
    assert read(completion("<think>hm</think>\nYes."), decoder=None).decoded.text == "Yes."
    refused = read(completion(None, refusal="I cannot."))
    assert (refused.decoded.text, refused.notes) == ("I cannot.", ("refusal apart",))
    parts = completion([{"type": "text", "text": "a"}, {"type": "image"}, 5, {"text": "b"}])  # type: ignore[arg-type]
    assert read(parts).decoded.text == "ab"


@pytest.mark.parametrize(
    ("raw", "finish"),
    [
        ("stop", "stop"),
        ("tool_calls", "stop"),
        ("length", "length"),
        (None, "unknown"),
        (5, "unknown"),
    ],
)
def test_finish_reasons(raw: Any, finish: str) -> None:
    assert read(completion("x", finish=raw)).finish_reason == finish


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ([], "got a JSON list"),
        ("x", "got a JSON string"),
        ({}, "got choices null"),
        ({"choices": {}}, "got choices object"),
        ({"choices": []}, "got no choices"),
        ({"choices": [5]}, "a choice that is a JSON number"),
        ({"choices": [{}]}, "got message null"),
        ({"choices": [{"message": {"content": 5}}]}, "got content number"),
        ({"choices": [{"message": {"tool_calls": {}}}]}, "got tool_calls object"),
        ({"error": {"message": "out of memory"}}, "out of memory"),
        (completion("x", finish="content_filter"), "content_filter"),
    ],
)
def test_what_is_no_completion_is_the_servers_fault(body: Any, message: str) -> None:
    with pytest.raises(BadAnswer, match=message):
        read(body)


@given(
    st.recursive(
        st.none() | st.booleans() | st.floats() | st.text(max_size=5),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(
                    ["choices", "message", "tool_calls", "function", "name", "arguments", "content"]
                ),
                inner,
                max_size=3,
            )
        ),
        max_leaves=12,
    )
)
def test_no_body_raises_anything_else(body: Any) -> None:
    for one in (
        body,
        {"choices": [{"message": body}]},
        {"choices": [{"message": {"tool_calls": [body]}}]},
    ):
        try:
            answer = read(one)
        except BadAnswer:
            continue
        assert isinstance(answer.decoded, Decoded)


def test_half_surrogates_cannot_reach_a_file() -> None:
    assert read(completion("a" + chr(0xD83D))).decoded.text == "a\N{REPLACEMENT CHARACTER}"
    assert clean("好 😀") == "好 😀"


def test_error_bodies_of_many_servers() -> None:
    for body in (
        {"error": {"message": "bad"}},
        {"error": "bad"},
        {"detail": "bad"},
        {"detail": [{"msg": "bad", "loc": []}]},
        {"message": "bad"},
        [{"error": {"message": "bad"}}],
        "bad",
    ):
        assert message_of(body) == "bad"
    assert len(message_of("x" * 9999)) == 300


# streams -------------------------------------------------------------------------------------


def stream(*events: Any, done: bool = True) -> Answer:
    whole = StreamedCompletion()
    for event in [*events, "[DONE]"] if done else events:
        whole.add(event if isinstance(event, str) else json.dumps(event))
    return read(whole.body())


def piece(index: int | None, name: str | None, arguments: str, id_: str | None = None) -> Any:
    function = {"arguments": arguments, **({"name": name} if name else {})}
    found = {"function": function, **({"id": id_} if id_ else {})}
    return delta(tool_calls=[found if index is None else {"index": index, **found}])


TWO = (call("track", id="1"), call("order", item="x"))


@pytest.mark.parametrize(
    "events",
    [
        # as OpenAI does: an index and an id for each call, arguments in pieces
        [
            piece(0, "track", "", "a"), piece(0, None, '{"id"'), piece(0, None, ': "1"}'),
            piece(1, "order", "", "b"), piece(1, None, '{"item": "x"}'),
        ],
        # interleaved
        [
            piece(0, "track", "", "a"), piece(1, "order", "", "b"), piece(0, None, '{"id": '),
            piece(1, None, '{"item": "x"}'), piece(0, None, '"1"}'),
        ],
        # whole calls without index
        [piece(None, "track", '{"id": "1"}', "a"), piece(None, "order", '{"item": "x"}', "b")],
        # every call has index 0 and one id, as transformers serve does
        [
            piece(0, "track", "", "r"), piece(0, None, '{"id": "1"}'),
            piece(0, "order", "", "r"), piece(0, None, '{"item": "x"}'),
        ],
        # name and id in each piece
        [
            piece(0, "track", '{"id"', "a"), piece(0, "track", ': "1"}', "a"),
            piece(1, "order", '{"item"', "b"), piece(1, "order", ': "x"}', "b"),
        ],
    ],
)  # fmt: skip
def test_pieces_of_calls(events: list[Any]) -> None:
    answer = stream(delta(role="assistant", content=""), *events, delta("tool_calls"))
    assert answer.decoded.calls == TWO
    assert answer.finish_reason == "stop"


def test_words_usage_and_the_older_call_in_a_stream() -> None:
    usage = {"choices": [], "usage": {"prompt_tokens": 5, "completion_tokens": 2}}
    answer = stream(delta(content="你"), delta(content="好"), delta("length"), usage)
    assert (answer.text, answer.finish_reason, answer.output_tokens) == ("你好", "length", 2)
    older = [delta(function_call={"name": "track", "arguments": '{"id"'})]
    older.append(delta(function_call={"arguments": ': "1"}'}))
    assert stream(*older, delta("function_call")).decoded.calls == TWO[:1]


def test_a_stream_that_ends_too_early_is_no_answer() -> None:
    with pytest.raises(BrokenOff):
        stream(delta(content="half"), done=False)
    with pytest.raises(BrokenOff):
        stream()
    assert stream(delta(content="whole"), delta("stop"), done=False).text == "whole"
    assert stream(delta(content="whole")).finish_reason == "unknown"


@pytest.mark.parametrize(
    "event",
    ["{half", "[1]", {"error": {"message": "x"}}, delta(tool_calls=[5]), delta(tool_calls=[{}])],
)
def test_pieces_that_are_none(event: Any) -> None:
    with pytest.raises(BadAnswer):
        stream(event)


RAW = (
    b"\xef\xbb\xbf: comment\r\nevent: x\r\ndata: one\r\n\r\ndata:two\ndata: more\n\n"
    b"id: 5\n\ndata: \xe4\xbd\xa0\r\rdata: last"
)


@given(st.lists(st.integers(0, len(RAW)), max_size=12))
def test_events_do_not_depend_on_the_pieces(cuts: list[int]) -> None:
    edges = [0, *sorted(cuts), len(RAW)]
    lines = EventLines()
    found: list[str] = []
    for start, end in pairwise(edges):
        found += lines.feed(RAW[start:end])
    assert [*found, *lines.end()] == ["one", "two\nmore", "你", "last"]


def test_a_body_is_not_changed_by_reading() -> None:
    body = completion("x", [("track", ARGUMENTS)])
    before = copy.deepcopy(body)
    read(body)
    assert body == before
