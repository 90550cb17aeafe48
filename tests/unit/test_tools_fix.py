"""Repairs: lawful, told, made once, and nothing else in the file changes."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from fctune.errors import FctuneError, UsageFault
from fctune.jsonl import read_document
from fctune.tools.imports.shapes import import_shapes, is_catalogue
from fctune.tools.lint.fix import fix_catalog, fix_document
from fctune.tools.lint.fix_write import check_target, has_comments, write_fixed
from fctune.tools.lint.judge import lint_catalog
from fctune.tools.lint.report import open_tools
from fctune.tools.read import parse_catalog
from fctune.tools.spec import ToolCatalog

DESCRIPTION = "Look something up for the person who asks."
MENDED = (
    "tool-empty-call",
    "tool-required-told",
    "tool-enum-duplicate",
    "tool-listed-twice",
)


def tool(properties: dict[str, Any], **more: Any) -> dict[str, Any]:
    parameters = {"type": "object", "properties": properties, **more}
    return {"name": "look", "description": DESCRIPTION, "parameters": parameters}


def fixed(raw: Any, **options: bool) -> Any:
    """Return the repaired parameters of a document's only tool."""
    value, made = fix_document([raw], **options)
    assert made
    return value[0]["parameters"]


def codes(catalog: ToolCatalog) -> set[str]:
    return {found.code for found in lint_catalog(catalog)}


CITY = {"type": "string", "description": "The city."}
ZIP = {"type": "string", "description": "Its code."}


def test_an_empty_call_no_longer_passes() -> None:
    assert fixed(tool({"city": CITY, "zip": ZIP}))["minProperties"] == 1
    assert fixed(tool({"city": CITY}))["required"] == ["city"]
    told = {**CITY, "description": "Required. The city."}
    assert fixed(tool({"city": told, "zip": ZIP}))["required"] == ["city"]


def test_all_are_required_only_where_that_is_asked_for() -> None:
    optional = {"type": "string", "description": "Optional note."}
    raw = tool({"city": CITY, "zip": ZIP, "note": optional, "n": {"type": "integer", "default": 1}})
    assert fixed(raw, require_all=True)["required"] == ["city", "zip"]
    settled = tool({"city": CITY, "zip": ZIP}, required=["city"])
    assert fix_document([settled], require_all=True) == ([settled], [])


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ({"type": "integer", "enum": ["1", "2"]}, {"type": "integer", "enum": [1, 2]}),
        ({"type": "string", "enum": ["a", 1]}, {"type": "string", "enum": ["a", "1"]}),
        ({"type": "string", "enum": ["1", 1]}, {"type": "string", "enum": ["1"]}),
        ({"type": "integer", "enum": [1, "01"]}, None),
        ({"type": "string", "enum": [True, "yes"]}, None),
        ({"type": "integer", "default": "5"}, {"type": "integer", "default": 5}),
        ({"type": "boolean", "default": "true"}, {"type": "boolean", "default": True}),
        ({"type": "number", "default": "1.5"}, {"type": "number", "default": 1.5}),
        ({"type": "integer", "default": "1e3"}, None),
        ({"type": "integer", "default": "９"}, None),
        ({"type": "string", "default": None}, {"type": "string"}),
        ({"enum": [1, True, 1.0]}, {"enum": [1, True]}),
    ],
)
def test_values_are_mended_where_they_are_beyond_doubt(before: Any, after: Any) -> None:
    raw = tool({"city": CITY, "n": {**before, "description": "d"}}, required=["city"])
    value, made = fix_document([raw])
    wanted = raw if after is None else tool(
        {"city": CITY, "n": {**after, "description": "d"}}, required=["city"]
    )  # fmt: skip
    assert json.dumps(value, sort_keys=True) == json.dumps([wanted], sort_keys=True)
    assert bool(made) == (after is not None)


def test_a_null_default_stays_where_it_alone_says_optional() -> None:
    raw = tool({"city": {"type": "string", "default": None, "description": "d"}})
    assert fix_document([raw]) == ([raw], [])


def test_everything_else_of_the_file_is_kept() -> None:
    wrapped = {
        "type": "function",
        "function": {**tool({"city": {**CITY, "type": "str"}}), "strict": True, "x-note": "城市"},
    }
    claude = {
        "name": "seek",
        "description": DESCRIPTION,
        "input_schema": {"properties": {"a": CITY}},
    }
    untouched = tool({"city": CITY}, required=["city"]) | {"name": "fine"}
    broken = {"description": "has no name"}
    text = json.dumps({**tool({"city": CITY}), "name": "text"})
    document = {
        "version": 3,
        "tools": [wrapped, claude, untouched, broken, text],
        "owner": {"mail": "a@b"},
    }
    before = copy.deepcopy(document)
    value, made = fix_document(document)
    assert document == before
    assert list(value) == ["version", "tools", "owner"] and value["owner"] == document["owner"]
    first, second, third, fourth, fifth = value["tools"]
    assert first["function"]["strict"] is True and first["function"]["x-note"] == "城市"
    assert first["function"]["parameters"]["properties"]["city"]["type"] == "string"
    assert second["input_schema"]["required"] == ["a"] and "parameters" not in second
    assert (third, fourth) == (untouched, broken)
    assert json.loads(fifth)["parameters"]["required"] == ["city"]
    assert {each.code for each in made} == {
        "tool-type-alias",
        "tool-parameters-missing",
        "tool-empty-call",
    }


def test_required_beside_the_parameters_is_moved_into_them() -> None:
    raw = {
        "name": "look",
        "description": DESCRIPTION,
        "parameters": {"city": CITY},
        "required": ["city"],
    }
    value, made = fix_document(raw)
    assert value == tool({"city": CITY}, required=["city"])
    assert [each.code for each in made] == ["tool-parameters-missing", "tool-required-moved"]
    assert fix_document(value) == (value, [])


def test_requiring_all_keeps_the_examples_and_the_choices_of_a_tool() -> None:
    choice = tool({"city": CITY, "zip": ZIP}, anyOf=[{"required": ["city"]}, {"required": ["zip"]}])
    bare = {**tool({"city": CITY}), "examples": [called({})]}
    some = {**tool({"city": CITY, "zip": ZIP}), "examples": [called({"city": "Jena"})]}
    assert fix_document([choice], require_all=True) == ([choice], [])
    assert fix_document([bare], require_all=True) == ([bare], [])
    assert fixed(some, require_all=True)["required"] == ["city"]
    for raw in (choice, bare, some):
        value, _ = fix_document([raw], require_all=True)
        assert parse_catalog(value)[1] == []


def called(arguments: dict[str, Any]) -> dict[str, Any]:
    return {"input": "Look.", "call": {"name": "look", "arguments": arguments}}


@pytest.mark.parametrize(
    ("outer", "required", "told"),
    [
        (["zip"], ["city", "zip"], "moved `required` into the parameters: zip"),
        (["zip", "ghost"], ["city", "zip"], "moved `required` into the parameters: zip"),
        (["city"], ["city"], "moved `required` into the parameters: city"),
        (["ghost"], ["city"], 'removed the `required` beside the parameters: ["ghost"] names'),
    ],
)
def test_a_required_beside_the_parameters_joins_their_own(
    outer: list[str], required: list[str], told: str
) -> None:
    raw = {**tool({"city": CITY, "zip": ZIP}, required=["city"]), "required": outer}
    value, made = fix_document([raw])
    assert value == [tool({"city": CITY, "zip": ZIP}, required=required)]
    assert any(each.message.startswith(told) for each in made)
    assert ("tool-required-unknown" in [each.code for each in made]) == ("ghost" in outer)
    assert fix_document(value) == (value, [])
    assert parse_catalog([raw])[0] == parse_catalog(value)[0]


def test_a_required_that_is_no_list_is_left_beside_the_parameters() -> None:
    raw = {**tool({"city": CITY}, required=["city"]), "required": True}
    assert fix_document([raw]) == ([raw], [])


def test_a_tool_listed_twice_is_removed_once_told() -> None:
    raw = tool({"city": CITY}, required=["city"])
    value, made = fix_document({"tools": [raw, raw]})
    assert value == {"tools": [raw]}
    assert [each.code for each in made] == ["tool-listed-twice"]
    other = {**raw, "description": "Another description of it."}
    assert fix_document([raw, other]) == ([raw, other], [])


def test_what_holds_no_tools_is_left_alone() -> None:
    values: list[Any] = [None, 5, "x", [], {}, [5], [{"a": 1}]]
    for value in values:
        assert fix_document(value) == (value, [])


def _real_documents(shared: Path) -> Iterator[tuple[Path, Any]]:
    for path in sorted((shared / "raw").glob("*/*")):
        if path.suffix in (".json", ".jsonl", ".yaml"):
            yield path, read_document(path)


def test_fixing_twice_is_fixing_once_on_real_files(shared: Path) -> None:
    natives = 0
    for path, value in _real_documents(shared):
        if is_catalogue(value):
            natives += 1
            once, _ = fix_document(value)
            assert fix_document(once) == (once, []), path
        try:
            catalog = import_shapes(value, path.name).catalog
        except FctuneError:
            continue
        first, made = fix_catalog(catalog)
        second, again = fix_catalog(first)
        assert (second, again) == (first, []), path
        assert not set(MENDED) & codes(first), path
        assert bool(made) == (first != catalog)
    assert natives >= 4


def test_what_was_fixed_is_gone_and_nothing_new_is_there(shared: Path) -> None:
    value = read_document(shared / "raw" / "tutorial_tool_use" / "tools.yaml")
    before = parse_catalog(value)
    once, made = fix_document(value, require_all=True)
    catalog, issues = parse_catalog(once)
    assert len(made) == 79 and issues == []
    assert codes(before[0]) - codes(catalog) == {"tool-empty-call", "catalogue-required-untold"}
    assert codes(catalog) <= codes(before[0])
    assert catalog.names == before[0].names


LOOK_MAPPING = [{"tool": "look", "api": "GET /look", "parameters": {"city": "filter.city"}}]
BESIDE = {"tool_mapping": LOOK_MAPPING, "负责人": "crm"}
GEMINI = {"functionDeclarations": [tool({"city": {"type": "STRING"}})]}


@pytest.mark.parametrize("raw", [tool({"city": {"type": "str"}}), GEMINI])
@pytest.mark.parametrize("suffix", [".json", ".yaml"])
def test_what_stands_beside_the_tools_survives(
    tmp_path: Path, raw: dict[str, Any], suffix: str
) -> None:
    source, target = tmp_path / "own.json", tmp_path / f"fixed{suffix}"
    source.write_text(json.dumps({"schema_version": 1, "tools": [raw], **BESIDE}), encoding="utf-8")
    opened = open_tools(source)
    repaired, _ = opened.fixed()
    check_target(opened, source, target)
    write_fixed(repaired, target)
    document = read_document(target)
    assert {key: document[key] for key in BESIDE} == BESIDE
    assert list(document) == ["schema_version", "tools", *BESIDE]
    assert parse_catalog(document)[0].names == ("look",)


@pytest.mark.parametrize("beside", [BESIDE, {"owner": "crm"}])
def test_a_tool_a_line_is_refused_where_keys_would_be_lost(
    tmp_path: Path, beside: dict[str, Any]
) -> None:
    source, target = tmp_path / "own.json", tmp_path / "own.jsonl"
    source.write_text(json.dumps({"tools": [tool({"city": CITY})], **beside}), encoding="utf-8")
    with pytest.raises(UsageFault, match=", ".join(beside)):
        check_target(open_tools(source), source, target)
    source.write_text(json.dumps({"schema_version": 1, "tools": [tool({"city": CITY})]}))
    check_target(open_tools(source), source, target)


def test_a_comment_behind_the_header_of_a_block_is_seen() -> None:
    assert has_comments("a: |  # keep me\n  text\n")
    assert has_comments("a: >- # keep me\n  text\n")
    assert not has_comments("a: |\n  # text\n  more # text\n")
