"""Plain schemas: a generated schema and its plain form accept the same values."""

from __future__ import annotations

import copy
import itertools
import json
from typing import Any

import jsonschema_rs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fctune.tools.imports.definitions import MAX_NODES, inlined
from fctune.tools.imports.simplify import simplified

LEAVES: list[Any] = [
        {}, {"type": "string"}, {"type": "integer"}, {"type": "number"}, {"type": "null"},
        {"type": "boolean"}, {"type": "string", "format": "path"}, {"const": "a"}, {"const": None},
        {"enum": ["a", None]}, {"enum": ["a"], "type": "string"}, {"type": "integer", "minimum": 1},
        {"type": ["string", "null"]}, {"$ref": "#/$defs/A"}, {"$ref": "#/$defs/B"},
        {"type": "string", "title": "A", "description": "text"},
        {"$ref": "#/$defs/A", "title": "a"},
        {"type": "array", "items": {}}, {"type": "object", "additionalProperties": True},
        {"$ref": "#/$defs/A", "minLength": 1}, {"not": {"type": "null"}}, True, False,
]  # fmt: skip
NAMES = st.sampled_from(["a", "title", "properties", "$defs", "const", "items"])


def _wider(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.one_of(
        st.lists(inner, min_size=1, max_size=3).map(lambda some: {"anyOf": some}),
        st.lists(inner, min_size=1, max_size=3).map(lambda some: {"oneOf": some}),
        st.tuples(inner, inner).map(
            lambda two: {"anyOf": [two[0], {"type": "null"}], "title": "A"}
        ),
        st.lists(inner, min_size=1, max_size=2).map(lambda some: {"allOf": some}),
        inner.map(lambda one: {"type": "array", "items": one}),
        inner.map(lambda one: {"type": "object", "additionalProperties": one}),
        st.dictionaries(NAMES, inner, max_size=3).map(
            lambda some: {"type": "object", "properties": some, "title": "Model"}
        ),
        st.tuples(st.lists(inner, min_size=1, max_size=2), st.integers(0, 2)).map(
            lambda pair: {"anyOf": pair[0], "minimum": pair[1], "default": None}
        ),
    )


SCHEMA = st.recursive(st.sampled_from(LEAVES), _wider, max_leaves=6)
PLAIN = [None, True, False, -1, 0, 1, 2, 0.5, "", "a", "b", "ab"]
VALUES = PLAIN + [[], {}] + [[one] for one in PLAIN]
VALUES += [{name: one} for name in ("a", "title", "const") for one in (*PLAIN, [None], ["a"])]


def _agree(schema: Any, definition: Any) -> None:
    text = json.dumps(definition).replace('"#/$defs/A"', '"#/$defs/B"')
    whole = {
        "type": "object",
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "properties": {"x": schema},
        "$defs": {
            "A": json.loads(text.replace('"#/$defs/B"', '"#/$defs/C"')),
            "B": {"title": "B", "type": ["string", "integer"]},
            "C": {"type": "string", "maxLength": 1},
        },
    }
    kept = copy.deepcopy(whole)
    plain, issues = simplified(whole, "x")
    assert issues == []
    assert whole == kept
    assert "#/$defs" not in json.dumps(plain)
    before, after = jsonschema_rs.validator_for(whole), jsonschema_rs.validator_for(plain)
    for value in VALUES:
        assert before.is_valid({"x": value}) == after.is_valid({"x": value}), (value, plain)
    assert simplified(plain, "x")[0] == plain


@settings(max_examples=200, deadline=None)
@given(SCHEMA, SCHEMA)
def test_the_plain_form_accepts_the_same_values(schema: Any, definition: Any) -> None:
    _agree(schema, definition)


@pytest.mark.parametrize("key", ["anyOf", "oneOf"])
@pytest.mark.parametrize(
    "beside", [{}, {"type": "string"}, {"minimum": 0}, {"enum": ["a", "b"]}, {"default": None}]
)
def test_unions_of_two_keep_their_meaning(key: str, beside: dict[str, Any]) -> None:
    for one, two in itertools.product(LEAVES[:: 1 if not beside else 2], LEAVES):
        _agree({key: [one, two], **beside}, {"type": "string", "maxLength": 1})
    for one in LEAVES:
        _agree({key: [one, {"type": "string"}, {"type": "null"}], **beside}, {"type": "integer"})
        _agree({"$ref": "#/$defs/A", **beside}, one)


def test_an_open_object_stays_open() -> None:
    """The judge of calls closes objects that list properties, unless they say otherwise."""
    schema = {"type": "object", "additionalProperties": True}
    told = {**schema, "properties": {"a": {"type": "string"}}}
    assert simplified(schema, "x")[0] == {"type": "object"}
    assert simplified(told, "x")[0] == told


def test_titles_that_say_something_become_descriptions() -> None:
    plain, _ = simplified(
        {
            "title": "GetWeatherArguments",
            "properties": {
                "max_days": {"type": "integer", "title": "Max Days"},
                "city": {"type": "string", "title": "Name of the city"},
                "unit": {"type": "string", "title": "Unit of it", "description": "c or f"},
                "title": {"type": "string", "title": "Title"},
            },
        },
        "x",
    )
    assert plain == {
        "properties": {
            "max_days": {"type": "integer"},
            "city": {"type": "string", "description": "Name of the city"},
            "unit": {"type": "string", "title": "Unit of it", "description": "c or f"},
            "title": {"type": "string"},
        }
    }


@pytest.mark.parametrize(
    ("ref", "code", "shape"),
    [
        ("#", "import-cycle-cut", {"type": "object"}),
        ("#/$defs/Node", "import-cycle-cut", {"type": "object"}),
        ("#/$defs/Gone", "import-reference-missing", {}),
        ("#anchor", "import-reference-missing", {}),
        ("#/properties/x/9999999999", "import-reference-missing", {}),
        ("other.json#/a", "import-reference-refused", {}),
    ],
)
def test_references_that_end_nowhere(ref: str, code: str, shape: dict[str, Any]) -> None:
    node = {"type": "object", "properties": {"next": {"$ref": ref, "description": "D."}}}
    schema = {
        "type": "object",
        "properties": {"x": {"$ref": "#/$defs/Node"}},
        "$defs": {"Node": node},
    }
    plain, issues = simplified(schema, "place")
    assert [(found.code, found.where) for found in issues] == [(code, "place")]
    inner = plain["properties"]["x"]["properties"]["next"]
    while "properties" in inner:  # the root is written out once before it is cut
        inner = inner["properties"].get("next") or inner["properties"]["x"]
    assert {key: inner[key] for key in inner if key != "description"} == shape


def test_references_by_any_pointer() -> None:
    schema = {
        "properties": {
            "a/b": {"items": {"type": "string"}, "type": "array"},
            "c": {"$ref": "#/properties/a~1b/items"},
            "d": {"$ref": "#/definitions/with%20space"},
            "e": {"$ref": "#/allOf/0"},
        },
        "definitions": {"with space": {"type": "integer"}},
        "allOf": [{"minProperties": 1}],
    }
    plain, issues = simplified(schema, "x")
    assert issues == []
    assert plain["properties"]["c"] == {"type": "string"}
    assert plain["properties"]["d"] == {"type": "integer"}
    assert plain["properties"]["e"] == {"minProperties": 1}


def test_a_schema_that_would_explode_keeps_its_references() -> None:
    levels: dict[str, Any] = {"L40": {"type": "string"}}
    for number in range(40):
        below = {"$ref": f"#/$defs/L{number + 1}"}
        levels[f"L{number}"] = {"properties": {"a": below, "b": below}}
    schema = {"$ref": "#/$defs/L0", "$defs": levels}
    plain, issues = inlined(schema, "x")
    assert plain == schema and issues == []
    assert len(json.dumps(simplified(schema, "x")[0])) < MAX_NODES
