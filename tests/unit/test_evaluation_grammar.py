"""Grammars of calls: frames that decoders read, schemas made fit, exports that say the same."""

from __future__ import annotations

import json
from typing import Any

import jsonschema_rs
import pytest

from fctune.errors import UsageFault
from fctune.evaluation.decode import DECODERS
from fctune.evaluation.grammar.exports import export_gbnf, export_json_schema
from fctune.evaluation.grammar.schema import Bounds, fitted, least_text, without
from fctune.evaluation.grammar.styles import STYLES, style_of
from fctune.tools.read import parse_catalog
from fctune.tools.spec import ToolCall
from tests.unit.evaluation_samples import CATALOG, call
from tests.unit.gbnf_match import grammar_takes

NESTED: dict[str, Any] = {
    "type": "object",
    "properties": {
        "who": {"$ref": "#/$defs/Person"},
        "when": {"type": "string", "format": "date"},
        "free": {"type": "object"},
        "some": {},
        "tags": {"type": "array", "items": {"type": "string"}, "uniqueItems": True, "minItems": 1},
        "either": {"anyOf": [{"type": "integer"}, {"type": "null"}]},
    },
    "required": ["who", "tags"],
    "$defs": {
        "Person": {
            "type": "object",
            "properties": {"name": {"type": "string"}, "friend": {"$ref": "#/$defs/Person"}},
            "required": ["name"],
        }
    },
}
DEEP = parse_catalog([{"name": "meet.up", "description": "", "parameters": NESTED}])[0]
LAWFUL = [
    {"who": {"name": "Li"}, "tags": ["a"]},
    {"who": {"name": "李", "friend": {"name": "x"}}, "when": "2026-11-21", "tags": ["a", "b"]},
    {"who": {"name": ""}, "free": {"k": [1, {"b": None}]}, "some": -2.5, "tags": ["\n"]},
    {"who": {"name": "q"}, "tags": ["a"], "either": None},
]
UNLAWFUL = [
    {"who": {}, "tags": ["a"]},
    {"who": {"name": "Li"}, "tags": []},
    {"who": {"name": "Li"}},
    {"who": {"name": "Li"}, "tags": [1]},
    {"who": {"name": "Li"}, "tags": ["a"], "either": "no"},
    {"who": {"name": "Li"}, "tags": ["a"], "more": 1},
]


@pytest.mark.parametrize("name", sorted(STYLES))
@pytest.mark.parametrize("count", [1, 2])
def test_what_a_style_writes_is_what_the_decoder_reads(name: str, count: int) -> None:
    style = style_of(name)
    calls = (call("order", item='茶 "x"\n', count=2), call("track", id="7"))[:count]
    if count > 1 and not style.parallel:
        pytest.skip("one call a turn")
    decoded = DECODERS[name](style.written(calls), CATALOG)
    assert (decoded.calls, decoded.malformed) == (calls, False), decoded.detail


def test_a_format_without_a_style_is_refused_by_name() -> None:
    with pytest.raises(UsageFault, match="'lfm2' cannot be constrained, expected one of default"):
        style_of("lfm2")
    assert style_of("mistral", prefix="[TOOL_CALLS]").begin == "[TOOL_CALLS]["


def test_a_fitted_schema_names_what_it_leaves_out() -> None:
    schema = {
        "type": "object",
        "properties": {
            "a": {"type": "array", "items": {"type": "string"}, "uniqueItems": True},
            "b": {"type": "array", "uniqueItems": False},
            "c": {"type": "string", "format": "phone", "not": {"const": "x"}},
        },
        "if": {"required": ["a"]},
        "then": {"required": ["b"]},
    }
    found = fitted(schema)
    assert sorted(found.dropped) == [
        "parameters.a: uniqueItems",
        "parameters.c: not",
        "parameters: if",
    ]
    assert "format" not in json.dumps(found.schema)
    # The tool's own schema is as it was.
    assert schema["properties"]["a"]["uniqueItems"] is True


def test_numbers_and_values_of_any_kind_are_bounded() -> None:
    found = fitted({"type": "object", "properties": {"n": {"type": "number"}, "x": {}}}).schema
    assert found["properties"]["n"] == {
        "type": "number",
        "minimum": -(10**15),
        "maximum": 10**15,
    }
    assert found["properties"]["x"] == {"$ref": "#/$defs/fctune-any"}
    assert {"maximum": 10**15, "minimum": -(10**15), "type": "number"} in found["$defs"][
        "fctune-any"
    ]["anyOf"]
    kept = fitted(
        {"type": "object", "properties": {"n": {"type": "integer", "exclusiveMinimum": 3}}}
    ).schema["properties"]["n"]
    assert kept == {"type": "integer", "exclusiveMinimum": 3, "maximum": 10**18}


def test_bounds_are_for_what_has_none() -> None:
    schema = {
        "type": "object",
        "properties": {
            "free": {"type": "string"},
            "own": {"type": "string", "maxLength": 99},
            "long": {"type": "string", "minLength": 50},
            "list": {"type": "array", "items": {"type": "string", "enum": ["a", "bb"]}},
        },
    }
    found = fitted(schema, Bounds(string=8, items=3)).schema["properties"]
    assert [found[name].get("maxLength") for name in ("free", "own", "long")] == [8, 99, 50]
    assert found["list"]["maxItems"] == 3
    assert "maxLength" not in found["list"]["items"]


def test_the_least_text_is_that_of_what_must_be_written() -> None:
    schema = {
        "type": "object",
        "properties": {
            "a": {"type": "string", "minLength": 2},
            "b": {"type": "string"},
            "c": {"enum": ["x", "longest"]},
            "d": {"type": "array", "items": {"type": "integer"}, "minItems": 2},
        },
        "required": ["a", "c", "d"],
    }
    assert least_text(schema) == '{"a": "xx", "c": "longest", "d": [-0.0, -0.0]}'


def test_a_keyword_is_taken_out_and_a_property_of_its_name_is_not() -> None:
    schema = {"properties": {"pattern": {"type": "string", "pattern": "a"}}, "pattern": "b"}
    assert without(schema, "pattern") == {"properties": {"pattern": {"type": "string"}}}


def test_the_exported_schema_allows_lawful_calls_and_no_others() -> None:
    exported = export_json_schema(DEEP)
    validator = jsonschema_rs.validator_for(json.loads(exported.text))
    for arguments in LAWFUL:
        assert validator.is_valid([{"name": "meet.up", "arguments": arguments}]), arguments
    for arguments in UNLAWFUL:
        assert not validator.is_valid([{"name": "meet.up", "arguments": arguments}]), arguments
    assert not validator.is_valid([{"name": "meet", "arguments": LAWFUL[0]}])
    assert not validator.is_valid([])


@pytest.mark.parametrize("name", sorted(STYLES))
def test_the_gbnf_of_every_style_takes_lawful_calls_and_no_others(name: str) -> None:
    style = style_of(name)
    exported = export_gbnf(DEEP, name)
    assert exported.text.startswith("root ::= ")
    assert exported.notes == (
        "meet.up: parameters.tags: uniqueItems is not in the grammar",
        "meet.up: parameters.when: format is not in the grammar",
    )
    for arguments in LAWFUL:
        assert grammar_takes(exported.text, style.written([ToolCall("meet.up", arguments)])), (
            arguments
        )
    for arguments in UNLAWFUL:
        assert not grammar_takes(exported.text, style.written([ToolCall("meet.up", arguments)]))
    assert not grammar_takes(exported.text, style.written([ToolCall("meet", LAWFUL[0])]))
    assert not grammar_takes(exported.text, "hello")
    two = style.written([ToolCall("meet.up", LAWFUL[0])] * 2)
    assert not style.parallel or grammar_takes(exported.text, two)
