"""Every format: what its models write is read; so is what differs; and what is sure is told."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fctune.errors import UsageFault
from fctune.evaluation.decode import (
    DECODERS,
    decode_auto,
    decoder_for,
    decoder_named,
    format_of,
    formats,
)
from fctune.tools.spec import ToolCall, ToolCatalog, ToolSpec
from tests.unit.evaluation_call_writers import WRITERS, catalog_of

ONE = ToolCall("f", {"city": "Zürich", "n": 2})
TWO = ToolCall("g.h-i", {})
RICH = ToolCall(
    "f",
    {
        "t": "a \"q\" 'x' \\d\nnew ] } <b> , ok=1)",
        "l": [1, {"a": None, "b": [True, 1.5]}],
        "城": "奥斯陆，市",
        "id": "5",
        "word": "true",
    },
)
SETS = {
    "one": [ONE], "none": [TWO], "two": [ONE, TWO], "twice": [ONE, ONE], "rich": [RICH, TWO, RICH],
}  # fmt: skip
WAYS = [
    pytest.param(name, write, id=f"{name}-{index}")
    for name, ways in WRITERS.items()
    for index, write in enumerate(ways)
]


def test_every_format_has_a_decoder_a_writer_and_an_example() -> None:
    assert set(WRITERS) == set(DECODERS) == {each.name for each in formats()}
    for each in formats():
        example = each.example.replace(r"\n", "\n").split(" or ")[0]
        calls = DECODERS[each.name](example.removesuffix(", also in a code fence")).calls
        assert calls == (ToolCall("f", {"city": "Oslo", "n": 2}),), each.name


@pytest.mark.parametrize(("name", "write"), WAYS)
@pytest.mark.parametrize("calls", SETS.values(), ids=SETS)
def test_calls_come_back(name: str, write: Callable, calls: list[ToolCall]) -> None:
    text = write(calls)
    for decode in (DECODERS[name], decode_auto):
        decoded = decode(text, catalog_of(calls))
        assert list(decoded.calls) == calls
        assert (decoded.text, decoded.malformed, decoded.repairs) == ("", False, ())


@pytest.mark.parametrize(("name", "write"), WAYS)
def test_words_beside_the_call_are_kept(name: str, write: Callable) -> None:
    text = write([ONE, TWO]).removeprefix("<thought>hm</thought>\n")
    decoded = DECODERS[name]("One moment.\n" + text, catalog_of([ONE, TWO]))
    assert (list(decoded.calls), decoded.text) == ([ONE, TWO], "One moment.")


@pytest.mark.parametrize(("name", "write"), WAYS)
@pytest.mark.parametrize("home", sorted(DECODERS))
def test_calls_in_another_style_are_told_and_repaired(
    name: str, write: Callable, home: str
) -> None:
    calls = [ONE, TWO]
    decoded = DECODERS[home](write(calls), catalog_of(calls))
    assert decoded.attempted
    if not decoded.malformed:
        assert list(decoded.calls) == calls  # the formats have this way in common
        return
    assert decoded.calls == ()
    assert list(decoded.repaired or ()) == calls
    assert decoded.repairs


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("<think>\nmaybe <tool_call>\n</think>\n\nYes.", "Yes."),
        ("I should answer.\n</think>\n\nYes.", "Yes."),
        ("<thought>hm</thought> Yes.", "Yes."),
        ("<seed:bos>\n<seed:think>hm</seed:think>Yes.<seed:eos>", "Yes."),
        ("◁think▷hm◁/think▷Yes.", "Yes."),
        ("<|channel>thought\nhm<channel|>Yes.<turn|>", "Yes."),
        ("[THINK]hm[/THINK]Yes.</s>", "Yes."),
        ("<|START_THINKING|>hm<|END_THINKING|><|START_RESPONSE|>Yes.<|END_RESPONSE|>", "Yes."),
        ("<|channel|>analysis<|message|>hm<|end|><|start|>assistant<|channel|>final<|message|>Yes.",
         "Yes."),
        ("Yes.<|im_end|>\n", "Yes."),
    ],
)  # fmt: skip
@pytest.mark.parametrize("name", sorted(DECODERS))
def test_thoughts_and_tokens_around_an_answer_are_set_aside(
    name: str, text: str, said: str
) -> None:
    decoded = DECODERS[name](text)
    assert (decoded.text, decoded.attempted) == (said, False)


def test_a_call_within_a_thought_that_does_not_end_is_malformed() -> None:
    text = "<think>\nhm " + WRITERS["qwen"][0]([ONE])
    decoded = DECODERS["qwen"](text)
    assert decoded.malformed and decoded.repaired == (ONE,)
    assert decoded.repairs == ("unclosed thought",)
    assert DECODERS["qwen"]("<think>\nhm").text == "<think>\nhm"


def test_what_the_thought_says_is_no_call() -> None:
    call = WRITERS["qwen"][0]([ONE])
    assert not DECODERS["qwen"](f"<think>{call}</think>No.").attempted


TYPES = {
    "text": {"type": "string"},
    "count": {"type": "integer"},
    "flag": {"type": "boolean"},
    "maybe": {"type": ["string", "null"]},
    "either": {"anyOf": [{"type": "integer"}, {"type": "string"}]},
    "object": {"type": "object"},
    "list": {"type": "array"},
    "unit": {"enum": ["1", "2"]},
    "ref": {"$ref": "#/$defs/Word"},
    "any": {},
}
TYPED = ToolCatalog(
    (
        ToolSpec(
            "f",
            "",
            {"type": "object", "properties": TYPES, "$defs": {"Word": {"type": "string"}}},
        ),
    )
)


@pytest.mark.parametrize(
    ("key", "text", "value"),
    [
        ("text", "2", "2"), ("text", "null", "null"), ("text", '{"a": 1}', '{"a": 1}'),
        ("text", '"quoted"', '"quoted"'), ("text", "", ""), ("text", " x ", " x "),
        ("count", "2", 2), ("count", " 2 ", 2), ("count", "2.5", 2.5), ("count", "two", "two"),
        ("count", '"2"', "2"), ("flag", "true", True), ("flag", "True", True),
        ("flag", "yes", "yes"), ("flag", "None", "None"),
        ("maybe", "null", None), ("maybe", "None", None), ("maybe", "nothing", "nothing"),
        ("either", "2", 2), ("either", "two", "two"), ("either", "[2]", "[2]"),
        ("object", '{"a": {"b": [1]}}', {"a": {"b": [1]}}), ("object", "{'a': True}", {"a": True}),
        ("list", "[1, '2']", [1, "2"]), ("list", "1, 2", "1, 2"),
        ("unit", "1", "1"), ("ref", "5", "5"),
        ("any", "5", 5), ("any", "x", "x"), ("any", '"x"', "x"),
        ("unknown", "5", 5), ("unknown", '"x"', '"x"'), ("unknown", "x", "x"),
        ("object", '{"a": NaN}', '{"a": NaN}'),
    ],
)  # fmt: skip
@pytest.mark.parametrize("name", ["qwen3_5", "seed_oss", "minimax2", "glm4_moe"])
def test_bare_values_are_typed_by_the_schema(name: str, key: str, text: str, value: object) -> None:
    written = WRITERS[name][0]([ToolCall("f", {key: text})])
    assert DECODERS[name](written, TYPED).calls == (ToolCall("f", {key: value}),)


@pytest.mark.parametrize(
    ("text", "value"),
    [("5", 5), ('"x"', "x"), ("null", None), ("x", "x"), ("True", "True"), ("NaN", "NaN")],
)
def test_without_a_schema_values_are_typed_as_the_engine_does(text: str, value: object) -> None:
    written = WRITERS["qwen3_5"][0]([ToolCall("f", {"a": text})])
    for catalog in (None, ToolCatalog()):
        assert DECODERS["qwen3_5"](written, catalog).calls == (ToolCall("f", {"a": value}),)


@pytest.mark.parametrize(
    ("name", "text", "calls"),
    [
        ("mistral", '[TOOL_CALLS] [{"name": "f", "arguments": {}, "id": "a1B2c3D4e"}]', ["f"]),
        ("mistral", '[{"name": "f", "arguments": {}}]', ["f"]),
        ("deepseek", "Sure.<｜tool▁calls▁begin｜><｜tool▁call▁begin｜>f<｜tool▁sep｜>{}"
         "<｜tool▁call▁end｜><｜tool▁calls▁end｜><｜end▁of▁sentence｜>", ["f"]),
        ("harmony", "<|channel|>analysis<|message|>User asks.<|end|><|start|>assistant"
         "<|channel|>commentary to=functions.f <|constrain|>json<|message|>{}<|call|>", ["f"]),
        ("harmony", "<|start|>assistant to=functions.f<|channel|>commentary json<|message|>{}",
         ["f"]),
        ("harmony", "<|channel|>final<|message|>Hello.<|return|>", []),
        ("command_r", 'Action: ```json\n[{"tool_name": "directly_answer", "parameters": {}}]\n```',
         []),
        ("llama3", "<|python_tag|>brave_search.call(query='x')", ["brave_search"]),
        ("glm4", "f\n```python\ntool_call(city='Oslo')\n```", ["f"]),
        ("glm4", 'get_w<|observation|>', []),
        ("glm4", 'Sure\n42', []),
        ("glm4", 'As asked:\n{"a": 1}', []),
        ("gemma4", 'call:f{city:<|"|>Oslo<|"|>}', ["f"]),
        ("lfm2", '[f(city="Oslo")]', ["f"]),
        ("qwen3_5", "<tool_call>\n<function=f>\n</function>\n</tool_call>", ["f"]),
        ("default", 'Thought: a\nAction: f\nAction Input: {}\nObservation: 5', ["f"]),
        ("default", 'Action: f Action Input: {}', ["f"]),
    ],
)  # fmt: skip
def test_native_forms_are_read(name: str, text: str, calls: list[str]) -> None:
    decoded = DECODERS[name](text)
    assert not decoded.malformed, decoded.detail
    assert [call.name for call in decoded.calls] == calls


def test_a_final_answer_of_react_is_the_words() -> None:
    assert DECODERS["default"]("Thought: I know.\nFinal Answer: 42").text == "42"
    assert DECODERS["default"]("Thought: I need it.\nAction: f\nAction Input: {}").text == ""
    assert DECODERS["default"]("Thought: just words").text == "Thought: just words"


@pytest.mark.parametrize(
    "text",
    [
        "Use `<tool_call>` tags like Qwen does.",
        "The [TOOL_CALLS] token begins Mistral's calls.",
        "[see (a)], [1] and {x}",
        "Write f(x=1) in Python.",
        '```json\n{"city": "Oslo"}\n```',
        "```python\nprint(f(1))\n```",
        "Action: buy milk.",
        '{"name": "Ann", "age": 5}',
        "Functions are called with <function=name>.",
    ],
)
def test_talk_of_calls_is_no_call(text: str) -> None:
    catalog = catalog_of([ONE, TWO])
    for name in ("default", "llama3", "pythonic", "json", "mistral", "glm4"):
        if name == "mistral" and "[TOOL_CALLS]" in text:
            continue  # a token that Mistral writes for nothing else
        decoded = DECODERS[name](text, catalog)
        assert not decoded.attempted, (name, decoded)
    assert not decode_auto("5 < 6 and [1, 2]", catalog).attempted


def test_only_listed_tools_in_words_are_meant_as_calls() -> None:
    text = 'Sure:\n```json\n{"name": "f", "arguments": {"city": "Oslo"}}\n```\nDone.'
    assert not DECODERS["qwen"](text, catalog_of([ToolCall("other")])).attempted
    decoded = DECODERS["qwen"](text, catalog_of([ONE]))
    assert decoded.malformed and "style of json" in decoded.detail
    assert decoded.repaired == (ToolCall("f", {"city": "Oslo"}),)


def test_formats_are_found_by_name() -> None:
    assert decoder_named("auto") is decode_auto
    assert decoder_named("kimi_k2") is DECODERS["kimi_k2"]
    with pytest.raises(UsageFault, match="got call format 'qwen35'") as caught:
        decoder_named("qwen35")
    assert "--call-format qwen3_5" in caught.value.hint
    assert format_of("bailing_v2") == "ling"
    assert decoder_for("phi4_mini") is DECODERS["default"]


NAMES = st.from_regex(r"[a-z][a-z0-9_]{0,8}", fullmatch=True)
PLAIN = st.text(alphabet=st.characters(exclude_categories=["Cs", "Cc"]), max_size=12)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | PLAIN
    | st.floats(allow_nan=False, allow_infinity=False),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3),
    max_leaves=6,
)  # fmt: skip
# Signs of their own that these formats have no way to write within a string.
UNWRITABLE = {"gemma4": '<|"|>', "glm4_moe": "<", "qwen3_5": "<", "seed_oss": "<", "minimax2": "<",
              "deepseek_v3_2": "<"}  # fmt: skip


@settings(max_examples=60)
@given(st.dictionaries(NAMES, VALUES, max_size=3))
def test_all_arguments_come_back(arguments: dict) -> None:
    calls = [ToolCall("f", arguments), TWO]
    catalog = catalog_of(calls)
    for name, ways in WRITERS.items():
        if UNWRITABLE.get(name, "\0") in str(arguments):
            continue
        for write in ways:
            assert list(DECODERS[name](write(calls), catalog).calls) == calls, name
