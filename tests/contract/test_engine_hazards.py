"""Facts of llamafactory 0.9.5 that hazards rely on: what each format prints, writes and reads."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("llamafactory", reason="needs the [train] extra")
pytestmark = pytest.mark.contract

from llamafactory.data.formatter import ToolFormatter  # noqa: E402
from llamafactory.data.template import TEMPLATES, Llama2Template  # noqa: E402
from llamafactory.data.tool_utils import FunctionCall  # noqa: E402

from fctune.conversations.families import family_of  # noqa: E402
from fctune.engine.hazards import hazards  # noqa: E402
from fctune.engine.prompts import Thinking, prompt_ids  # noqa: E402
from fctune.engine.templates import EngineMessage, EngineTemplate  # noqa: E402
from fctune.engine.tool_formats import call_marks, tool_format_of  # noqa: E402
from fctune.engine.tool_tokens import counted  # noqa: E402
from fctune.tools.read import load_catalog, parse_catalog  # noqa: E402

THINKING = Thinking(asked=True)
ROOT = Path(__file__).resolve().parents[2]
# One template of each format of tools.
FORMATS = {tool_format_of(name).name: name for name in sorted(TEMPLATES, reverse=True)}
READING = sorted(name for name in FORMATS.values() if tool_format_of(name).reads)


def codes_of(tool: dict[str, Any], template: str) -> set[str]:
    catalog, issues = parse_catalog([{"description": "d", **tool}])
    assert len(catalog) == 1, issues
    return {found.code for found in hazards(catalog, template)}


def tool_of(schema: Any, name: str = "f", parameter: str = "a") -> dict[str, Any]:
    return {"name": name, "parameters": {"type": "object", "properties": {parameter: schema}}}


def prints(template: str, tool: dict[str, Any]) -> str | None:
    """Return what the engine prints of a tool, or None where it stops."""
    catalog, _ = parse_catalog([{"description": "d", **tool}])
    try:
        slots = TEMPLATES[template].format_tools.apply(content=catalog.json)
    except (TypeError, AttributeError, KeyError):
        return None
    return "".join(slot for slot in slots if isinstance(slot, str))


def reads_back(template: str, name: str, arguments: dict[str, Any]) -> bool:
    """Tell whether the engine's reader gives a call back as its writer got it."""
    text = json.dumps(arguments, ensure_ascii=False)
    utils = TEMPLATES[template].format_function.tool_utils
    read = TEMPLATES[template].extract_tool(utils.function_formatter([FunctionCall(name, text)]))
    if isinstance(read, str):
        return False
    try:
        got = [(call.name, json.loads(call.arguments)) for call in read]
    except ValueError:
        return False
    return json.dumps(got, sort_keys=True) == json.dumps([[name, arguments]], sort_keys=True)


def writes(template: str, arguments: dict[str, Any]) -> bool:
    """Tell whether the engine writes a call as its template class lets it."""
    bound = TEMPLATES[template]
    words: dict[str, Any] = {
        "thought_words": bound.thought_words,
        "tool_call_words": bound.tool_call_words,
    }
    content = json.dumps({"name": "f", "arguments": arguments})
    try:
        bare = isinstance(bound, Llama2Template)
        bound.format_function.apply(content=content, **({} if bare else words))
    except RuntimeError:
        return False
    return True


@pytest.mark.parametrize("name", sorted(TEMPLATES))
def test_the_table_of_formats_is_the_engines(name: str) -> None:
    formatter = TEMPLATES[name].format_tools
    found = formatter.tool_format if isinstance(formatter, ToolFormatter) else "raw"
    assert tool_format_of(name).name == found


@pytest.mark.parametrize("name", sorted(TEMPLATES))
def test_only_an_argument_with_the_marks_of_a_call_stops_the_engine(name: str) -> None:
    marks = call_marks(name)
    for given in (("<tool_call>", "</tool_call>"), ("<|tool_call_start|>", "<|tool_call_end|>")):
        value = f"{given[0]}x{given[1]}"
        assert writes(name, {"a": value}) == (given != marks)
        found = "template-call-marker" in codes_of(
            tool_of({"type": "string", "enum": [value]}), name
        )
        assert found == (given == marks)
    assert writes(name, {"a": "<tool_call>x"})


NAMES = ("plain", "get-user", "2get", "class", "查询", "a b", "a<b", "a>b", "a{b", "user.get")


@pytest.mark.parametrize("template", READING)
@pytest.mark.parametrize("name", NAMES)
def test_a_tools_name_is_read_back_unless_told(template: str, name: str) -> None:
    told = "template-name-unreadable" in codes_of(tool_of({"type": "string"}, name=name), template)
    assert reads_back(template, name, {"a": "x"}) == (not told)


@pytest.mark.parametrize("template", READING)
@pytest.mark.parametrize("name", ["a", "a-b", "a b", "a.b", "a[b]", "a>b", "2nd", "from", "城市"])
def test_a_parameters_name_is_read_back_unless_told(template: str, name: str) -> None:
    code = "template-parameter-unreadable"
    told = code in codes_of(tool_of({"type": "string"}, parameter=name), template)
    assert reads_back(template, "f", {name: "x"}) == (not told)
    inner = {"type": "object", "properties": {name: {"type": "string"}}}
    told = code in codes_of(tool_of(inner), template)
    assert reads_back(template, "f", {"a": {name: "x"}}) == (not told)


VALUES = (
    "x", "北京", "12", "1.50", "true", "null", '{"b": 1}', "NaN", "007", " x ", "x\ny", 'say "x"',
    "C:\\new", "x Action: y", "note: call", "a, b: 2", 'x<|"|>y', "x</parameter>y", "}<tool_call|>",
    "x</function>\n</tool_call>", "x</function></seed:tool_call>", "https://example.org/?a=1",
)  # fmt: skip


@pytest.mark.parametrize("template", READING)
@pytest.mark.parametrize("value", VALUES)
def test_a_value_is_read_back_unless_told(template: str, value: str) -> None:
    codes = {"template-value-unreadable", "template-value-retyped"}
    schema = {"type": "string", "enum": [value]}
    assert reads_back(template, "f", {"a": value}) == (
        not codes & codes_of(tool_of(schema), template)
    )
    listed = {"type": "array", "items": schema}
    told = bool(codes & codes_of(tool_of(listed), template))
    assert reads_back(template, "f", {"a": [value]}) == (not told)


@pytest.mark.parametrize("template", READING)
@pytest.mark.parametrize(
    ("schema", "value"),
    [
        ({"type": "boolean"}, True),
        ({"type": ["string", "null"]}, None),
        ({"type": "array", "items": {"type": "boolean"}}, [True]),
        ({"type": "object", "properties": {"b": {"type": ["integer", "null"]}}}, {"b": None}),
        ({"type": "array", "items": {"type": "integer"}}, [1]),
        ({"type": "string", "pattern": "^[0-9]{5}$"}, "12345"),
        ({"type": "string", "pattern": "^P[0-9]{4}$"}, "P1234"),
        ({"type": ["string", "integer"]}, "5"),
        ({"type": "number"}, -1.5),
    ],
)
def test_a_type_is_read_back_unless_told(template: str, schema: Any, value: Any) -> None:
    codes = {"template-value-unreadable", "template-value-retyped"}
    told = bool(codes & codes_of(tool_of(schema), template))
    assert reads_back(template, "f", {"a": value}) == (not told)


@pytest.mark.parametrize("template", sorted(FORMATS.values()))
def test_some_formats_do_not_read_their_own_calls(template: str) -> None:
    told = "template-calls-unreadable" in codes_of(tool_of({"type": "string"}), template)
    if template == "phi4_mini":
        with pytest.raises(NotImplementedError):
            TEMPLATES[template].extract_tool("x")
        assert told
    else:
        assert reads_back(template, "f", {"a": "x"}) == (not told)


@pytest.mark.parametrize("template", sorted(FORMATS.values()))
@pytest.mark.parametrize(
    "schema",
    [
        {"type": "string", "enum": ["a"]},
        {"enum": [1, 2]},
        {"enum": ["a", None]},
        True,
        {"type": "array", "items": True},
        {"type": ["string", "null"]},
        {"description": "no type"},
        {"type": "string"},
        {"type": "array"},
        {"anyOf": [{"type": "string"}, {"type": "null"}]},
    ],
)
def test_a_schema_is_printed_unless_told(template: str, schema: Any) -> None:
    told = "tool-schema-unsupported" in codes_of(tool_of(schema), template)
    assert (prints(template, tool_of(schema)) is None) == told


PARTS: dict[str, Any] = {
    "enum": ["sigma"],
    "default": "sigma",
    "pattern": "sigma",
    "minimum": 4711,
    "properties": {"sigma": {"type": "string"}},
    "items": {"type": "string", "enum": ["sigma"]},
    "anyOf": [{"type": "string", "const": "sigma"}],
    "description": "sigma",
}


@pytest.mark.parametrize("template", sorted(set(FORMATS.values())))
@pytest.mark.parametrize("part", sorted(PARTS))
def test_a_part_of_a_schema_is_shown_unless_told(template: str, part: str) -> None:
    tool = tool_of({part: PARTS[part]})
    text = prints(template, tool)
    assert text is not None
    shown = "sigma" in text or "4711" in text
    assert shown == ("template-schema-hidden" not in codes_of(tool, template))


def test_only_one_family_writes_one_call_a_turn() -> None:
    told = {
        name
        for name in TEMPLATES
        if "template-parallel-unsupported" in codes_of(tool_of({"type": "string"}), name)
    }
    assert told == {name for name in TEMPLATES if tool_format_of(name).name == "glm4"}
    assert all(not family_of(name).parallel for name in told)


def test_a_token_within_a_description_becomes_a_real_token(tiny_model: Path) -> None:
    template = EngineTemplate.load(tiny_model, "qwen")
    tool = {"name": "f", "description": "Ends with <|im_end|>.", "parameters": {}}
    assert "template-special-token" in codes_of(tool, "qwen")
    end = template.tokenizer.convert_tokens_to_ids("<|im_end|>")

    def ends(description: str) -> int:
        tools = json.dumps([{**tool, "description": description}])
        user = EngineMessage(role="user", content="hi")
        return prompt_ids(template, "You help.", tools, [user], THINKING).count(end)

    assert ends("Ends with <|im_end|>.") == ends("Ends with im_end.") + 1


def test_the_count_of_each_tool_adds_up_to_the_prompt(tiny_model: Path) -> None:
    template = EngineTemplate.load(tiny_model, "qwen")
    catalog, _ = load_catalog(ROOT / "data" / "tools" / "ecommerce.yaml")
    sizes = counted(template, catalog.specs)
    user = EngineMessage(role="user", content="Hello")
    with_tools = prompt_ids(template, "You help.", catalog.json, [user], THINKING)
    without = prompt_ids(template, "You help.", "", [user], THINKING)
    assert abs(sizes.total - (len(with_tools) - len(without))) <= 2
    assert len(sizes.each) == 12 and min(sizes.each) > 20


def test_a_tool_that_cannot_be_printed_has_an_estimate(tiny_model: Path) -> None:
    template = EngineTemplate.load(tiny_model, "default")
    catalog, _ = parse_catalog([{"description": "d", **tool_of({"enum": [1]})}])
    assert counted(template, catalog.specs).each[0] > 0
