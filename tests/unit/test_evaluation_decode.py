"""Decoders: what is a call, what is text, what is malformed; and that none ever raises."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fctune.engine.arguments import engine_templates
from fctune.errors import InputFault
from fctune.evaluation.decode import DECODERS, decode_auto, decoder_for, format_of
from fctune.tools.spec import ToolCall

ONE = ToolCall("f", {"city": "Zürich", "n": 2})
TWO = ToolCall("g.h-i", {})


def block(body: str) -> str:
    return f"<tool_call>\n{body}\n</tool_call>"


def written(name: str, calls: list[ToolCall]) -> str:
    """Write calls as the engine's formatter of that format does."""
    texts = [json.dumps(dict(one.arguments), ensure_ascii=False) for one in calls]
    if name == "qwen":
        return "\n".join(block(json.dumps(c.as_dict(), ensure_ascii=False)) for c in calls)
    if name == "llama3":
        objects = [{"name": one.name, "parameters": dict(one.arguments)} for one in calls]
        return json.dumps(objects[0] if len(objects) == 1 else objects, ensure_ascii=False)
    return "\n".join(
        f"Action: {one.name}\nAction Input: {text}" for one, text in zip(calls, texts, strict=True)
    )


@pytest.mark.parametrize("name", ["qwen", "llama3", "default"])
@pytest.mark.parametrize("calls", [[ONE], [TWO], [ONE, TWO], [ONE, ONE]])
def test_calls_come_back_as_written(name: str, calls: list[ToolCall]) -> None:
    decoded = DECODERS[name](written(name, calls))
    assert list(decoded.calls) == calls
    assert not decoded.malformed


@pytest.mark.parametrize("name", ["qwen", "llama3", "default"])
def test_words_before_calls_are_kept(name: str) -> None:
    decoded = DECODERS[name]("One moment." + written(name, [ONE]))
    assert decoded.calls == (ONE,)
    assert decoded.text == "One moment."


@pytest.mark.parametrize("name", sorted(DECODERS))
@pytest.mark.parametrize(
    "text",
    ["42", '"hi"', "[1]", "true", "null", "", "[]", "{}", "Sure\n42", '{"name": "Bob"}',
     '["name"]', "NaN", '[{"name": "Bob"}, 3]', "Please call f(x).", "5 < 6 and 7 > 3"],
)  # fmt: skip
def test_plain_answers_are_text(name: str, text: str) -> None:
    decoded = DECODERS[name](text)
    assert (decoded.calls, decoded.malformed) == ((), False)
    assert decoded.text == text.strip()


@pytest.mark.parametrize(
    ("text", "detail"),
    [
        ('<tool_call>\n{"name": "f", "arguments": {}', "not valid JSON"),
        ('<tool_call>\n{"name": "f", "arguments": {}}', "not closed"),
        ('<tool_call>\n{"name": "f", "arguments": {}}\n', "not closed"),
        (block("5"), "a JSON number, expected an object"),
        (block("[]"), "a JSON list"),
        (block('{"name": "f"}'), "no arguments"),
        (block('{"arguments": {}}'), "no name"),
        (block('{"name": "f", "arguments": "{}"}'), "a JSON string, expected an object"),
        (block('{"name": "f", "arguments": null}'), "a JSON null"),
        (block('{"name": "f", "arguments": {"n": NaN}}'), "NaN"),
        (block('{"name": "f", "arguments": {"n": 1e999}}'), "too large"),
        (block('{"name": "f", "arguments": {"s": "\\ud83d"}}'), "surrogate"),
        (block('{"name": "f", "arguments": ' + '{"a":' * 200 + "1" + "}" * 200 + "}"), "too deep"),
        (block('{"name": "f", "arguments": {}}{"name": "g", "arguments": {}}'), "not closed"),
        ('{"name": "f", "arguments": {}}', "without <tool_call>"),
        ('{"name": "f", "arguments": {}}\n</tool_call>', "</tool_call> without"),
        (block('{"name": "f", "arguments": {}}') + "\n</tool_call>", "</tool_call> without"),
    ],
)
def test_qwen_malformed(text: str, detail: str) -> None:
    decoded = DECODERS["qwen"](text)
    assert decoded.malformed
    assert decoded.attempted
    assert decoded.calls == ()
    assert detail in decoded.detail


def test_qwen_tags_inside_arguments_and_thoughts_are_no_tags() -> None:
    inner = ToolCall("f", {"s": "<tool_call>{}</tool_call>"})
    text = "<think>\nmaybe <tool_call>\n</think>\n\n" + written("qwen", [inner])
    assert DECODERS["qwen"](text).calls == (inner,)


@pytest.mark.parametrize(
    "text",
    [
        '{"name": "f", "arguments": {}}',
        '{"name": "f", "parameters": "{}"}',
        '{"name": "f", "parameters": {}}; {"name": "g", "parameters": {}}',
        '{"name": "f", "parameters": {"a": ',
        '[{"name": "f", "parameters": {}}, 5]',
        'Yes: {"name": "f", "parameters": {]}',
    ],
)
def test_llama3_malformed(text: str) -> None:
    assert DECODERS["llama3"](text).malformed


def test_llama3_python_tag() -> None:
    assert DECODERS["llama3"]("<|python_tag|>" + written("llama3", [ONE])).calls == (ONE,)


@pytest.mark.parametrize(
    "text",
    [
        "Action: f\nAction Input: Oslo",
        "Action: f\nAction Input: [1]",
        "Action: f",
        "Action Input: {}",
        "Action: f\nAction Input: {}\nAction: g",
    ],
)
def test_react_malformed(text: str) -> None:
    assert DECODERS["default"](text).malformed


def test_react_reads_what_the_engine_reads() -> None:
    fenced = 'Action: f\nAction Input: ```json\n{"a": "Action: x"}\n```'
    assert DECODERS["default"](fenced).calls == (ToolCall("f", {"a": "Action: x"}),)
    assert not DECODERS["default"]("The Action: to wait. Drink water.").attempted


MARKERS = ["<tool_call>", "</tool_call>", '{"name":"f","arguments":{',
           '{"name": "f", "parameters":',
           "Action: f\n", "Action Input:", "}", "]", "[", '"', "\\ud800", "<think>", "1e999", "NaN",
           "```"]  # fmt: skip


@given(st.lists(st.one_of(st.sampled_from(MARKERS), st.text(max_size=8)), max_size=12))
def test_no_text_makes_a_decoder_raise(parts: list[str]) -> None:
    for decode in DECODERS.values():
        decoded = decode("".join(parts))
        assert not (decoded.calls and decoded.malformed)
        assert decoded.malformed == bool(decoded.detail)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)  # fmt: skip


@given(st.dictionaries(st.text(), JSON, max_size=3))
def test_all_arguments_come_back(arguments: dict[str, Any]) -> None:
    one = ToolCall("f", arguments)
    for name in ("qwen", "llama3", "default"):
        assert DECODERS[name](written(name, [one, TWO])).calls == (one, TWO)


def test_arguments_nested_to_the_edge_do_not_raise() -> None:
    for depth in (50, 5000, 100_000):
        text = block('{"name": "f", "arguments": {"a": ' + "[" * depth + "]" * depth + "}}")
        assert DECODERS["qwen"](text).malformed == (depth > 90)


def test_templates_have_the_formats_of_the_engine() -> None:
    assert format_of("qwen3_nothink") == "qwen"
    assert format_of("llama3") == "llama3"
    assert format_of("gemma") == "default"
    assert format_of("glm4_7") == "glm4_moe"


def test_every_template_of_the_engine_has_a_decoder() -> None:
    templates = engine_templates()
    assert len(templates) == 121
    for template in templates:
        assert decoder_for(template) is DECODERS[format_of(template)]


def test_a_template_that_the_engine_does_not_have_is_refused() -> None:
    with pytest.raises(InputFault, match="'qwen3_notink'") as caught:
        decoder_for("qwen3_notink")
    assert caught.value.hint.startswith("did you mean --template qwen3_nothink? Or qwen3_5_")


@pytest.mark.parametrize("text", ["ok{}x", "a{}\nb", "[{}x", "Action:{}b"])
@pytest.mark.parametrize("blank", [" ", "\n", "\t"])
def test_a_long_run_of_blanks_costs_no_square(text: str, blank: str) -> None:
    """A degenerate model writes blanks until its limit: four times as many take four times."""
    for decoder in (*DECODERS.values(), decode_auto):
        seconds = []
        for length in (10_000, 40_000):
            said = text.format(blank * length)
            started = time.process_time()
            decoder(said)
            seconds.append(time.process_time() - started)
        assert seconds[1] < 0.1 or seconds[1] < 9 * seconds[0], seconds
