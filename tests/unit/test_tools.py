"""Tools: every shape that people write becomes one canonical catalogue; calls are judged by it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fctune.errors import InputFault
from fctune.issues import Severity, blocking
from fctune.tools.check import check_call
from fctune.tools.describe import told
from fctune.tools.read import load_catalog, parse_catalog
from fctune.tools.schema import canonical_parameters
from fctune.tools.spec import ToolCall, ToolCatalog

SHARED = Path(__file__).resolve().parents[2].parent / "shared" / "data" / "raw"
CITY = {"type": "object", "properties": {"city": {"type": "string", "description": "where"}}}
BARE = {"name": "look", "description": "Look up.", "parameters": CITY}
ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8)
    | st.sampled_from(["string", "dict", "object", "$ref", "#", "http://x/y"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(
        st.text(max_size=6) | st.sampled_from(
            ["type", "properties", "required", "items", "enum", "$ref", "name", "parameters",
             "function", "anyOf", "nullable", "additionalProperties", "pattern", "examples"]),
        inner, max_size=5),
    max_leaves=25,
)  # fmt: skip


@pytest.mark.parametrize(
    "value",
    [
        [BARE],
        BARE,
        {"tools": [BARE]},
        {"functions": [BARE]},
        [{"type": "function", "function": BARE}],
        [{"type": "function", **BARE}],
        json.dumps([BARE]),
        [json.dumps(BARE)],
        [{"name": "look", "description": "Look up.", "input_schema": CITY}],
    ],
)
def test_all_shapes_become_the_same_catalogue(value: Any) -> None:
    catalog, issues = parse_catalog(value)
    assert issues == []
    assert [spec.as_dict() for spec in catalog] == [BARE]


def test_loose_yaml_of_tutorials_is_repaired_by_name(tmp_path: Path) -> None:
    path = tmp_path / "tools.yaml"
    path.write_text(
        "- name: add_days\n  description: Add days.\n  parameters:\n    properties:\n"
        "      n: {type: int, description: how many, required: true}\n"
        "      unit: {type: 'str, optional', description: unit}\n"
    )
    catalog, issues = load_catalog(path)
    assert catalog.specs[0].parameters == {
        "type": "object",
        "properties": {
            "n": {"type": "integer", "description": "how many"},
            "unit": {"type": "string", "description": "unit"},
        },
        "required": ["n"],
    }
    assert {found.code for found in issues} == {
        "tool-parameters-missing",
        "tool-type-alias",
        "tool-required-moved",
    }
    assert all(found.severity is Severity.REPAIR for found in issues)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("dict", {"type": "object"}),
        ("float", {"type": "number"}),
        ("int", {"type": "integer"}),
        ("str", {"type": "string"}),
        ("any", {}),
        ("tuple", {"type": "array"}),
        ("list", {"type": "array"}),
        ("List[str]", {"type": "array", "items": {"type": "string"}}),
        ("STRING", {"type": "string"}),
        ("string or null", {"type": ["string", "null"]}),
        (["str", "null"], {"type": ["string", "null"]}),
    ],
)
def test_type_names_of_other_worlds(name: Any, expected: dict[str, Any]) -> None:
    raw = {"type": "object", "properties": {"x": {"type": name}}}
    schema, issues = canonical_parameters(raw, "p")
    assert schema["properties"]["x"] == expected
    assert [found.code for found in issues] == ["tool-type-alias"]


@pytest.mark.parametrize(
    ("tool", "code"),
    [
        ({"description": "no name"}, "tool-name-missing"),
        ({"name": "f", "parameters": "x"}, "tool-schema-invalid"),
        (
            {"name": "f", "parameters": {"type": "object", "properties": {"a": {"pattern": "a("}}}},
            "tool-schema-invalid",
        ),
        (
            {"name": "f", "parameters": {"properties": {"a": {"$ref": "http://127.0.0.1:1/x"}}}},
            "tool-schema-reference",
        ),
        (
            {"name": "f", "parameters": {"properties": {"a": {"$ref": "file:///etc/passwd"}}}},
            "tool-schema-reference",
        ),
        ({"name": "user.get", "description": "d"}, "tool-name-unlawful"),
        ({"name": "f"}, "tool-description-missing"),
        ({"name": "f", "description": "d"}, "tool-parameters-missing"),
        (
            {**BARE, "parameters": {**CITY, "required": ["town"]}},
            "tool-required-unknown",
        ),
        (
            {**BARE, "examples": [{"input": "x", "call": {"name": "look", "arguments": {"a": 1}}}]},
            "tool-example-invalid",
        ),
    ],
)
def test_each_fault_of_a_tool_has_its_code(tool: dict[str, Any], code: str) -> None:
    _, issues = parse_catalog([tool])
    assert code in {found.code for found in issues}


def test_faults_of_the_list_have_their_codes() -> None:
    other = {**BARE, "description": "another"}
    assert [i.code for i in parse_catalog([BARE, other])[1]] == ["tool-name-duplicate"]
    assert parse_catalog([BARE, BARE])[1] == []
    for value in ("null", '"[]"', "not json", 5, ["x"], [5]):
        assert {i.code for i in parse_catalog(value)[1]} == {"tools-invalid"}
    for value in (None, "", "  ", [], "[]", "{}"):
        assert parse_catalog(value) == (ToolCatalog(), [])


RICH = {
    "name": "book",
    "description": "Book a room.",
    "parameters": {
        "type": "object",
        "properties": {
            "city": {"type": "string"},
            "nights": {"type": "integer", "minimum": 1, "maximum": 30},
            "size": {"type": "string", "enum": ["单人", "双人"]},
            "code": {"type": "string", "pattern": "^ORD-\\d+$"},
            "guests": {
                "type": "array",
                "items": {
                    "type": "object",
                    "properties": {"name": {"type": "string"}, "age": {"type": "integer"}},
                    "required": ["name"],
                },
            },
            "extra": {"type": "object"},
        },
        "required": ["city"],
    },
}


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ({"city": "Oslo"}, []),
        ({"city": "Oslo", "extra": {"any": 1}}, []),
        ({}, ["arguments call-missing-required"]),
        ({"city": "Oslo", "town": "x"}, ["arguments.town call-unknown-parameter"]),
        ({"city": 5}, ["arguments.city call-type"]),
        ({"city": "Oslo", "nights": "3"}, ["arguments.nights call-type"]),
        ({"city": "Oslo", "nights": True}, ["arguments.nights call-type"]),
        ({"city": "Oslo", "nights": 0}, ["arguments.nights call-bounds"]),
        ({"city": "Oslo", "size": "大"}, ["arguments.size call-enum"]),
        ({"city": "Oslo", "code": "12"}, ["arguments.code call-pattern"]),
        (
            {"city": "Oslo", "guests": [{"name": "A", "age": "x"}, {"years": 3}]},
            [
                "arguments.guests[0].age call-type",
                "arguments.guests[1] call-missing-required",
                "arguments.guests[1].years call-unknown-parameter",
            ],
        ),
    ],
)
def test_each_fault_of_a_call_is_one_issue(arguments: Any, expected: list[str]) -> None:
    catalog, _ = parse_catalog([RICH])
    found = check_call(ToolCall("book", arguments), catalog)
    assert sorted(f"{f.where.removeprefix('call.')} {f.code}" for f in found) == sorted(expected)


def test_an_unknown_tool_names_those_that_are_listed() -> None:
    catalog, _ = parse_catalog([RICH])
    (found,) = check_call(ToolCall("预订", {}), catalog)
    assert found.code == "call-unknown-tool"
    assert found.message == "got '预订', listed are: book"


@given(ANY_JSON, st.dictionaries(st.text(max_size=5), ANY_JSON, max_size=3))
def test_nothing_makes_the_judge_raise(schema: Any, arguments: dict[str, Any]) -> None:
    catalog, _ = parse_catalog([{"name": "f", "parameters": schema}])
    check_call(ToolCall("f", arguments), catalog)
    parse_catalog(schema)


@given(ANY_JSON)
def test_canonical_form_is_a_fixed_point(schema: Any) -> None:
    once, _ = canonical_parameters(schema, "p")
    assert once["type"] == "object" and isinstance(once["properties"], dict)
    again, issues = canonical_parameters(once, "p")
    if "tool-schema-invalid" not in {found.code for found in issues}:
        assert again == once


def test_a_hostile_pattern_cannot_hang() -> None:
    schema = {"type": "object", "properties": {"a": {"type": "string", "pattern": "^(a+)+$"}}}
    catalog, _ = parse_catalog([{"name": "f", "parameters": schema}])
    assert check_call(ToolCall("f", {"a": "a" * 40 + "!"}), catalog) != []


def test_fingerprint_ignores_key_order_and_sees_change() -> None:
    turned = {"parameters": CITY, "description": "Look up.", "name": "look"}
    same, other = parse_catalog([turned])[0], parse_catalog([{**BARE, "description": "X"}])[0]
    assert parse_catalog([BARE])[0].fingerprint == same.fingerprint != other.fingerprint


def test_examples_are_kept_and_told() -> None:
    example = {"input": "北京天气", "call": {"name": "look", "arguments": {"city": "北京"}}}
    catalog, issues = parse_catalog([{**BARE, "examples": [example]}])
    assert issues == []
    assert catalog.specs[0].examples[0].call == ToolCall("look", {"city": "北京"})
    text = told(catalog, examples=1).specs[0].description
    assert text == 'Look up. Example: 北京天气 -> {"city": "北京"}'
    assert told(catalog, examples=0) is catalog


@pytest.mark.skipif(not SHARED.exists(), reason="the real samples are not beside this clone")
def test_real_catalogues_are_read_without_a_traceback() -> None:
    catalog, issues = load_catalog(SHARED / "tutorial_tool_use" / "tools.yaml")
    assert len(catalog) == 40
    assert {found.code for found in issues} >= {"tool-parameters-missing"}
    for path in sorted((SHARED / "mcp_tools_list").glob("*.json")):
        catalog, issues = load_catalog(path)
        assert len(catalog) > 0
        assert not [found for found in issues if found.severity is Severity.ERROR]


def test_required_beside_bare_parameters_is_kept() -> None:
    tool = {"name": "f", "description": "d", "required": ["city"]}
    for parameters in ({"city": {"type": "string"}}, {"city": {"type": "str"}, "required": []}):
        catalog, issues = parse_catalog([{**tool, "parameters": parameters}])
        assert catalog.names == ("f",), issues
    catalog, _ = parse_catalog([{**tool, "parameters": {"city": {"type": "string"}}}])
    assert catalog.specs[0].parameters == {
        "type": "object",
        "properties": {"city": {"type": "string"}},
        "required": ["city"],
    }


def test_an_empty_required_list_is_meant() -> None:
    properties = {"a": {"type": "string"}, "b": {"type": "string", "required": False}}
    for extra, wanted in (({"required": []}, None), ({}, ["a"])):
        schema = {"type": "object", "properties": properties, **extra}
        catalog, _ = parse_catalog([{"name": "f", "description": "d", "parameters": schema}])
        assert catalog.specs[0].parameters.get("required") == wanted


def test_a_name_with_a_line_end_is_unlawful() -> None:
    _, issues = parse_catalog([{"name": "f\n", "description": "d", "parameters": {}}])
    assert "tool-name-unlawful" in {found.code for found in issues}


@pytest.mark.parametrize("text", ["- {name: f, name: g}", "[" * 5000])
def test_unusable_yaml_is_an_input_fault(tmp_path: Path, text: str) -> None:
    path = tmp_path / "tools.yaml"
    path.write_text(text)
    with pytest.raises(InputFault, match=r"tools\.yaml"):
        load_catalog(path)


def test_a_schema_nested_too_deep_is_told_by_its_depth_and_a_short_place() -> None:
    deep: dict[str, Any] = {"type": "string"}
    for _ in range(99):
        deep = {"type": "array", "items": deep}
    _, issues = canonical_parameters({"type": "object", "properties": {"a": deep}}, "tools[3].x")
    assert [(found.code, found.message) for found in issues] == [
        ("tool-schema-invalid", "nested 100 deep, expected at most 64")
    ]
    assert issues[0].where.startswith("tools[3].x.properties.a.items.items")
    assert issues[0].where.endswith(".items...") and len(issues[0].where) < 90


def test_filled_parameters_come_before_empty_ones() -> None:
    schema = {"type": "object", "properties": {"id": {"type": "string", "description": "Which."}}}
    raw = {"name": "a", "description": "d", "parameters": {}, "input_schema": schema}
    assert parse_catalog([raw])[0].specs[0].parameters == schema


@pytest.mark.parametrize(
    "value",
    [
        {"tools": {"查询": {"description": "look", "parameters": {"city": "string"}}}},
        {"查询": {"description": "look", "parameters": {"city": "str"}}},
        [{"name": "查询", "parameters": [{"name": "city", "type": "string", "required": False}]}],
    ],
)
def test_maps_by_name_lists_of_parameters_and_bare_types_are_read(value: Any) -> None:
    catalog, issues = parse_catalog(value)
    assert catalog.names == ("查询",)
    assert catalog.specs[0].parameters["properties"] == {"city": {"type": "string"}}
    assert not blocking(issues)


@pytest.mark.parametrize(
    "value", [{"parameters": {"description": "x"}}, {"function": {"parameters": {}}}]
)
def test_one_tool_without_a_name_is_no_map_of_tools(value: Any) -> None:
    catalog, issues = parse_catalog(value)
    assert not catalog.specs
    assert [found.code for found in issues] == ["tool-name-missing"]
