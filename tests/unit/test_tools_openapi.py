"""OpenAPI and Swagger: an operation becomes a lawful tool, nothing is lost without an issue."""

from __future__ import annotations

import json
import os
import random
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from fctune.errors import FctuneError, InputFault, UsageFault
from fctune.jsonl import dump_yaml, parse_document
from fctune.tools.check import check_call, check_schema
from fctune.tools.imports import Imported
from fctune.tools.imports import openapi_schema as schema_module
from fctune.tools.imports.detect import ImportOptions, import_source
from fctune.tools.imports.openapi import import_openapi
from fctune.tools.imports.openapi_filter import OperationFilter
from fctune.tools.imports.openapi_text import described, plain_text
from fctune.tools.names import LAWFUL_NAME
from fctune.tools.read import load_catalog
from fctune.tools.request import to_request
from fctune.tools.schema import canonical_parameters
from fctune.tools.spec import ParameterPlace, ToolCall, ToolCatalog, ToolSpec
from fctune.tools.write import write_catalog
from tests.unit.openapi_damage import as_json, damaged, damaged_text

SAMPLES = Path(__file__).parent / "samples" / "openapi"
FUZZ_CASES = int(os.environ.get("FCTUNE_FUZZ_CASES", "2000"))


def sane(imported: Imported) -> Imported:
    """Check what holds of every import, whatever the source."""
    names = imported.catalog.names
    assert len(set(names)) == len(names)
    for spec in imported.catalog:
        assert LAWFUL_NAME.match(spec.name), spec.name
        assert check_schema(spec.parameters, spec.name) == []
        again, repairs = canonical_parameters(spec.parameters, spec.name)
        assert again == spec.parameters
        assert {one.code for one in repairs} <= {"tool-parameters-missing"}
        assert spec.description == spec.description.strip()
        assert spec.origin is not None
        assert spec.http is not None
        if not spec.parameters.get("additionalProperties"):
            assert set(spec.http.places) == set(spec.parameters["properties"])
    return imported


def api(operation: dict[str, Any] | None = None, **more: Any) -> Imported:
    """Import one operation, `POST /pets`, beside whatever else the document has."""
    paths = {"/pets": {"post": operation}} if operation is not None else {}
    return sane(import_openapi({"openapi": "3.0.3", "paths": paths, **more}, "api.json"))


def body_of(schema: Any, **components: Any) -> tuple[ToolSpec, list[str]]:
    """Import one operation with this JSON body; return the tool and the codes."""
    content = {"content": {"application/json": {"schema": schema}}}
    imported = api({"requestBody": content}, components={"schemas": components})
    return imported.catalog.specs[0], [found.code for found in imported.issues]


def only(schema: Any, **components: Any) -> Any:
    """Return what a schema becomes as the property x of a body."""
    spec, _ = body_of({"type": "object", "properties": {"x": schema}}, **components)
    return spec.parameters["properties"]["x"]


# Real and whole documents


def documents(shared: Path) -> Iterator[tuple[str, Any]]:
    yield (
        "openai",
        json.loads(
            (shared / "raw/tools_only_openapi_jarvis/openai_openapi_6paths.json").read_text("utf-8")
        ),
    )
    for file in ("eval_real", "eval_simulated"):
        for api_ in json.loads((shared / f"raw/toolalpaca/{file}.json").read_text("utf-8")):
            yield api_["Name"], json.loads(api_["Documentation"])


def samples() -> Iterator[tuple[str, Any]]:
    for path in sorted(SAMPLES.glob("*.yaml")):
        yield path.name, parse_document(path.read_text("utf-8"), str(path))


def test_real_documents_become_catalogues_that_load_back_the_same(
    shared: Path, tmp_path: Path
) -> None:
    read = {name: sane(import_openapi(value, name)) for name, value in documents(shared)}
    assert len(read) == 22
    assert len(read["openai"].catalog) == 10
    assert sum(len(one.catalog) for one in read.values()) == 104
    for number, (name, imported) in enumerate(read.items()):
        path = tmp_path / f"{number}.{('yaml', 'json')[number % 2]}"
        write_catalog(imported.catalog, path)
        back, _ = load_catalog(path)
        assert back.fingerprint == imported.catalog.fingerprint, name
        assert back == imported.catalog


@pytest.mark.parametrize("suffix", ["yaml", "json"])
def test_samples_load_back_the_same(tmp_path: Path, suffix: str) -> None:
    for name, value in samples():
        imported = sane(import_openapi(value, name))
        path = tmp_path / f"out.{suffix}"
        write_catalog(imported.catalog, path)
        assert load_catalog(path)[0] == imported.catalog


def test_json_and_yaml_of_one_document_give_the_same_tools(tmp_path: Path) -> None:
    path = SAMPLES / "shop.yaml"
    other = tmp_path / "shop.json"
    other.write_text(json.dumps(parse_document(path.read_text("utf-8"), "x.yaml")), "utf-8")
    assert (
        import_source(str(path)).catalog.fingerprint
        == import_source(str(other)).catalog.fingerprint
    )


def test_swagger_2_in_full() -> None:
    imported = sane(import_source(str(SAMPLES / "library_swagger2.yaml")))
    tools = {spec.name: spec for spec in imported.catalog}
    assert list(tools) == [
        "books_search", "addBook", "get_books_isbn", "removeBook", "setCover", "lend",
        "loanHistory",
    ]  # fmt: skip
    search = tools["books_search"]
    assert search.description == "Search for books by author or subject."
    properties = search.parameters["properties"]
    assert list(properties) == ["subjects", "years", "limit", "branch", "X-Request-Id"]
    assert properties["limit"] == {
        "type": "integer", "description": "How many.", "maximum": 50, "default": 10,
    }  # fmt: skip
    assert properties["branch"]["enum"] == ["north", "south", "no", "on"]
    assert properties["branch"]["description"] == "Which branch."
    http = search.http
    assert http is not None
    assert (http.method, http.server) == ("GET", "https://api.library.example/v2")
    assert http.places["subjects"] == ParameterPlace("query", "subjects", "csv")
    assert http.places["years"] == ParameterPlace("query", "years")
    assert http.places["X-Request-Id"].where == "header"
    book = tools["addBook"].parameters
    assert book["required"] == ["title"]
    assert "id" not in book["properties"]
    assert book["properties"]["published"]["examples"] == ["2024-01-31"]
    assert book["properties"]["shelf"]["type"] == ["string", "null"]
    assert book["properties"]["similar"] == {"type": "array", "items": {"type": "object"}}
    assert tools["lend"].parameters["required"] == ["isbn", "借书证"]
    assert tools["lend"].parameters["properties"]["weeks"] == {
        "type": "integer", "exclusiveMinimum": 0,
    }  # fmt: skip
    assert tools["setCover"].parameters["required"] == ["isbn", "caption"]
    assert tools["removeBook"].description == "Deprecated."
    assert search.returns is not None
    assert search.returns["items"]["properties"]["id"]["type"] == "integer"
    codes = [found.code for found in imported.issues]
    assert sorted(codes) == [
        "import-cycle-cut", "import-name-changed", "import-not-expressed", "import-not-expressed",
        "import-parameter-added",
    ]  # fmt: skip


def test_openapi_3_in_full() -> None:
    imported = sane(import_source(str(SAMPLES / "shop.yaml")))
    tools = {spec.name: spec for spec in imported.catalog}
    listed = tools["listOrders"]
    assert listed.description == "List orders\nReturns all orders; see the guide."
    assert listed.http is not None
    assert listed.http.server == "https://eu.shop.example/v3"
    assert {name: place.style for name, place in listed.http.places.items()} == {
        "filter_state": "", "ids": "csv", "near": "deep", "since": "", "page": "json",
    }  # fmt: skip
    made = tools["createOrder"].parameters
    assert made["required"] == ["state"]
    assert list(made["properties"]) == ["note", "state", "secret", "lines", "payer", "parent"]
    assert made["properties"]["note"] == {
        "type": ["string", "null"], "maxLength": 200, "minLength": 1,
    }  # fmt: skip
    assert made["properties"]["parent"] == {"type": ["object", "null"]}
    returned = tools["createOrder"].returns
    assert returned is not None
    assert "id" in returned["properties"]
    assert "secret" not in returned["properties"]
    assert tools["order_replace"].http == _with_places(
        tools["order_replace"], id=("path", "id"), id_body=("body", "id"), state=("body", "state")
    )
    assert tools["order_replace_2"].parameters["properties"]["body"]["minProperties"] == 1
    assert tools["addLines"].parameters["properties"]["body"]["description"] == "The lines to add."
    assert tools["addPhoto"].parameters["required"] == ["item_id", "title"]
    assert tools["pay"].http is not None
    assert tools["pay"].http.server == "https://pay.example"
    assert tools["pay"].description == "Deprecated. Pay an order."
    places = [found.where for found in imported.issues if found.code == "import-cycle-cut"]
    assert places == [
        "components.schemas.Person.properties.friends.items",
        "components.schemas.Order.allOf[1].properties.parent",
    ]


def _with_places(spec: ToolSpec, **places: tuple[str, str]) -> Any:
    from dataclasses import replace

    assert spec.http is not None
    told = {name: ParameterPlace(*place) for name, place in places.items()}
    return replace(spec.http, places=told)


def test_a_call_of_an_imported_tool_becomes_its_request() -> None:
    imported = import_source(str(SAMPLES / "shop.yaml"))
    spec = imported.catalog.get("listOrders")
    assert spec is not None
    call = {"filter_state": "new", "ids": [1, 2], "near": {"lat": 1.5}, "page": {"size": 3}}
    assert check_call(ToolCall("listOrders", call), imported.catalog) == []
    assert to_request(spec, call).full_url == (
        "https://eu.shop.example/v3/orders?filter%5Bstate%5D=new&ids=1,2&near%5Blat%5D=1.5"
        "&page=%7B%22size%22%3A3%7D"
    )


# Names, descriptions, parameters


def test_names_are_lawful_unique_and_remembered() -> None:
    imported = sane(import_openapi({"openapi": "3.1.0", "paths": {
        "/a": {"get": {"operationId": "same"}, "post": {"operationId": "same"}},
        "/b/{x}": {"get": {}, "put": {"operationId": "  "}},
        "/城市": {"get": {"operationId": "查询城市"}}, "/long": {"get": {"operationId": "n" * 90}},
    }}, "api.json"))  # fmt: skip
    assert [(spec.name, spec.origin.name) for spec in imported.catalog if spec.origin][:4] == [
        ("same", "same"), ("same_2", "same"), ("get_b_x", "get /b/{x}"), ("put_b_x", "put /b/{x}"),
    ]  # fmt: skip
    changed = [found.where for found in imported.issues if found.code == "import-name-changed"]
    assert changed == [
        "paths./a.post.operationId", "paths./城市.get.operationId", "paths./long.get.operationId",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("summary", "description", "text"),
    [
        ("List pets", "List pets.", "List pets."),
        ("List pets.", "", "List pets."),
        (None, "All <b>pets</b>&nbsp;&amp; owners", "All pets & owners"),
        ("List", "All enlisted.", "List. All enlisted."),
        ("查询物流", "按订单号查询。", "查询物流。按订单号查询。"),
        ("Find!", "See [docs](http://x/(a)).", "Find! See docs."),
        ("x", {"no": "text"}, "x"),
    ],
)
def test_summary_and_description_become_one_text(summary: Any, description: Any, text: str) -> None:
    assert described(summary, description) == text


def test_markup_goes_and_words_stay() -> None:
    raw = (
        "# Title #\nOne line\nwrapped.\n\n- **bold** item\n- `code` of List<String>\n\n"
        "<p>A <a href='x'>link</a>,<br/>a < b</p>\n![logo](x.png)\n"
        "| a | b |\n|---|:-:|\n| 1 | 2 |\n"
        "```json\n{\"a\": 1}\n```\n?a=1&copy=2 <id> snake_case_name __init__ 2 * 3 * 4"
    )  # fmt: skip
    assert plain_text(raw) == (
        "Title\nOne line wrapped.\n- bold item\n- `code` of List<String>\nA link, a < b\n"
        '| a | b |\n| 1 | 2 |\n{"a": 1}\n?a=1&copy=2 <id> snake_case_name __init__ 2 * 3 * 4'
    )
    long = "word " * 20_000
    assert plain_text(long) == long.strip()


@pytest.mark.parametrize(
    "bad", ["<!--", "**a ", "[a](", "![", "<a ", "# #", "[[", "|--", "&", "\n#"]
)
def test_no_text_makes_the_cleaning_slow(bad: str) -> None:
    started = time.process_time()
    plain_text(bad * 100_000)
    assert time.process_time() - started < 2


def test_parameters_of_the_path_are_overridden_by_name_and_place() -> None:
    item = {
        "parameters": [{"name": "id", "in": "path", "schema": {"type": "string"}},
                       {"name": "id", "in": "query", "schema": {"type": "integer"}}],
        "get": {"parameters": [{"name": "id", "in": "path", "schema": {"type": "integer"}}]},
    }  # fmt: skip
    imported = sane(import_openapi({"openapi": "3.1.0", "paths": {"/a/{id}": item}}, "x"))
    spec = imported.catalog.specs[0]
    assert spec.parameters == {
        "type": "object",
        "properties": {"id": {"type": "integer"}, "id_query": {"type": "integer"}},
        "required": ["id"],
    }
    assert [found.code for found in imported.issues] == ["tool-parameter-renamed"]


def test_credentials_and_client_headers_stay_out() -> None:
    parameters = [
        {"name": name, "in": where, "required": True, "schema": {"type": "string"}}
        for name, where in (
            ("authorization", "header"), ("Accept", "header"), ("content-type", "header"),
            ("X-KEY", "header"), ("token", "query"), ("sid", "cookie"), ("X-Trace", "header"),
        )
    ]  # fmt: skip
    schemes = {"a": {"type": "apiKey", "in": "header", "name": "x-key"},
               "b": {"type": "apiKey", "in": "query", "name": "token"},
               "c": {"type": "apiKey", "in": "cookie", "name": "sid"},
               "d": {"type": "http", "scheme": "bearer"}}  # fmt: skip
    imported = api({"parameters": parameters}, components={"securitySchemes": schemes})
    assert list(imported.catalog.specs[0].parameters["properties"]) == ["X-Trace"]
    assert imported.issues == ()


@pytest.mark.parametrize(
    ("parameter", "code"),
    [
        ({"in": "query"}, "import-not-expressed"),
        ({"name": "a", "in": "nowhere"}, "import-not-expressed"),
        ({"name": "a", "in": "path"}, "import-not-expressed"),
        ({"name": "a", "in": "query", "style": "matrix"}, "import-not-expressed"),
        ({"name": "page[size]", "in": "query"}, "tool-parameter-renamed"),
        ({"$ref": "#/components/parameters/Gone"}, "import-reference-missing"),
        ({"name": "a", "in": "query", "schema": {"type": "str"}}, "tool-type-alias"),
        ({"name": "a", "in": "query", "schema": 5}, "import-not-expressed"),
        ("text", "import-not-expressed"),
    ],
)
def test_an_odd_parameter_is_told_with_its_place(parameter: Any, code: str) -> None:
    imported = api({"parameters": [parameter]})
    assert [(found.code, found.where.split(".parameters")[0]) for found in imported.issues] == [
        (code, "paths./pets.post")
    ]


# Bodies


@pytest.mark.parametrize(
    ("body", "properties", "required"),
    [
        ({"type": "object", "properties": {"a": {}}, "required": ["a"]}, ["a"], ["a"]),
        ({"properties": {"a": {}}}, ["a"], None),
        ({"type": ["object", "null"], "properties": {"a": {}}}, ["a"], None),
        ({"type": "object"}, ["body"], ["body"]),
        ({"type": "array", "items": {"type": "string"}}, ["body"], ["body"]),
        ({"type": "string"}, ["body"], ["body"]),
        ({"oneOf": [{"type": "object"}, {"type": "array"}]}, ["body"], ["body"]),
        ({}, ["body"], ["body"]),
        (True, ["body"], ["body"]),
    ],
)
def test_a_body_is_merged_by_property_or_stands_whole(
    body: Any, properties: list[str], required: list[str] | None
) -> None:
    spec, _ = body_of(body)
    assert list(spec.parameters["properties"]) == properties
    assert spec.parameters.get("required") == required
    assert spec.http is not None
    whole = properties == ["body"]
    assert spec.http.places[properties[0]] == ParameterPlace("body", "" if whole else "a")


def test_an_optional_body_demands_nothing() -> None:
    media = {"schema": {"properties": {"a": {}}, "required": ["a"]}}
    for kind in ("application/json", "multipart/form-data"):
        imported = api({"requestBody": {"required": False, "content": {kind: media}}})
        assert "required" not in imported.catalog.specs[0].parameters


def test_rules_that_name_renamed_properties_are_left_out_and_told() -> None:
    named = {"user name": {"type": "string"}, "b": {}}
    either = [{"required": ["user name"]}, {"required": ["b"]}]
    rules = {"type": "object", "properties": named, "minProperties": 1, "anyOf": either}
    spec, codes = body_of(rules)
    assert list(spec.parameters["properties"]) == ["user_name", "b"]
    assert "anyOf" not in spec.parameters
    assert "import-not-expressed" in codes
    assert check_call(ToolCall(spec.name, {"user_name": "x"}), ToolCatalog((spec,))) == []


def test_what_stands_beside_the_reference_of_a_path_is_kept(tmp_path: Path) -> None:
    (tmp_path / "p.yaml").write_text("get: {operationId: far}")
    paths = {
        "/a": {"$ref": "#/x-items/a", "post": {"operationId": "near"}},
        "/b": {"$ref": "p.yaml", "post": {"operationId": "lost"}},
    }
    items = {"a": {"get": {"operationId": "kept"}}}
    document = {"openapi": "3.1.0", "paths": paths, "x-items": items}
    imported = import_openapi(document, str(tmp_path / "api.json"), folder=tmp_path)
    assert set(imported.catalog.names) == {"kept", "near", "far"}
    assert [found.where for found in imported.issues] == ["p.yaml.post"]


def test_rules_for_all_properties_hold_for_the_tool_or_the_body() -> None:
    rules = {"type": "object", "properties": {"a": {}, "b": {}}, "minProperties": 1,
             "anyOf": [{"required": ["a"]}, {"required": ["b"]}]}  # fmt: skip
    alone, _ = body_of(rules)
    assert alone.parameters["minProperties"] == 1
    content = {"content": {"application/json": {"schema": rules}}}
    beside = api({"parameters": [{"name": "q", "in": "query"}], "requestBody": content})
    assert list(beside.catalog.specs[0].parameters["properties"]) == ["q", "body"]
    free, _ = body_of({"type": "object", "properties": {"a": {}}, "additionalProperties": True})
    assert to_request(free, {"a": 1, "z": 2}, server="https://x.y").body == b'{"a": 1, "z": 2}'


@pytest.mark.parametrize(
    ("content", "chosen", "codes"),
    [
        (["application/xml", "application/json"], "application/json", []),
        (["multipart/form-data", "application/problem+json"], "application/problem+json", []),
        (["*/*"], "application/json", []),
        (["text/plain", "application/x-www-form-urlencoded"],
         "application/x-www-form-urlencoded", []),
        (["application/xml"], "application/xml", ["import-not-expressed"]),
    ],
)  # fmt: skip
def test_the_content_type_that_suits_a_caller_is_chosen(
    content: list[str], chosen: str, codes: list[str]
) -> None:
    media = {kind: {"schema": {"type": "object", "properties": {"a": {}}}} for kind in content}
    imported = api({"requestBody": {"content": media}})
    assert imported.catalog.specs[0].http is not None
    assert imported.catalog.specs[0].http.content_type == chosen
    assert [found.code for found in imported.issues] == codes


def test_files_are_not_expressed() -> None:
    file = {"type": "string", "format": "binary"}
    form = {"type": "object", "required": ["f"], "properties": {"f": file, "a": {}}}
    imported = api({"requestBody": {"content": {"multipart/form-data": {"schema": form}}}})
    assert list(imported.catalog.specs[0].parameters["properties"]) == ["a"]
    assert "required" not in imported.catalog.specs[0].parameters
    raw = api({"requestBody": {"content": {"application/octet-stream": {"schema": file}}}})
    for found in (imported, raw):
        assert [one.code for one in found.issues] == ["import-not-expressed"]


# Schemas


@pytest.mark.parametrize(
    ("raw", "plain"),
    [
        ({"type": "string", "nullable": True}, {"type": ["string", "null"]}),
        ({"type": "string", "enum": ["a"], "nullable": True},
         {"type": ["string", "null"], "enum": ["a", None]}),
        ({"oneOf": [{"type": "string"}, {"minimum": 1}], "nullable": True},
         {"oneOf": [{"type": "string"}, {"minimum": 1}, {"type": "null"}]}),
        ({"anyOf": [{"type": "integer"}, {"type": "null"}], "title": "X"},
         {"type": ["integer", "null"]}),
        ({"type": "number", "minimum": 1, "exclusiveMinimum": True},
         {"type": "number", "exclusiveMinimum": 1}),
        ({"type": "number", "maximum": 1, "exclusiveMaximum": False},
         {"type": "number", "maximum": 1}),
        ({"type": "number", "exclusiveMinimum": 3}, {"type": "number", "exclusiveMinimum": 3}),
        ({"type": "string", "example": "a", "x-y": 1, "xml": {}, "externalDocs": {}},
         {"type": "string", "examples": ["a"]}),
        ({"type": "string", "examples": ["a", "b" * 500, "c", "d", "e"]},
         {"type": "string", "examples": ["a", "c", "d"]}),
        ({"type": "string", "deprecated": True, "description": "Old."},
         {"type": "string", "description": "Deprecated. Old."}),
        ({"type": "string", "title": "The way"}, {"type": "string", "description": "The way"}),
        ({"type": ["string"]}, {"type": "string"}),
        ({"enum": ["b", "a", "b"]}, {"type": "string", "enum": ["b", "a"]}),
        ({"enum": [1, "a"]}, {"enum": [1, "a"]}),
        ({"enum": [True, False]}, {"type": "boolean", "enum": [True, False]}),
        ({"const": "a"}, {"type": "string", "enum": ["a"]}),
        ({"items": [{"type": "string"}]}, {"prefixItems": [{"type": "string"}]}),
        ({"properties": {}}, {"type": "object", "properties": {}}),
        ({"type": "object", "additionalProperties": {"type": "integer"}},
         {"type": "object", "additionalProperties": {"type": "integer"}}),
        ({"type": "object", "additionalProperties": False, "properties": {"a": True}},
         {"type": "object", "additionalProperties": False, "properties": {"a": True}}),
        ({"not": {"type": "null"}}, {"not": {"type": "null"}}),
    ],
)  # fmt: skip
def test_old_and_foreign_keywords_become_json_schema(raw: Any, plain: Any) -> None:
    assert only(raw) == plain


@pytest.mark.parametrize(
    ("schema", "code"),
    [
        ({"minimum": "5"}, "import-not-expressed"),
        ({"minLength": -1}, "import-not-expressed"),
        ({"multipleOf": 0}, "import-not-expressed"),
        ({"pattern": "a("}, "import-not-expressed"),
        ({"pattern": 5}, "import-not-expressed"),
        ({"enum": "a"}, "import-not-expressed"),
        ({"default": float("nan")}, "import-not-expressed"),
        ({"default": {"$ref": "http://x"}}, "import-not-expressed"),
        ({"patternProperties": {"a(": {}}}, "import-not-expressed"),
        ({"misspelt": 1}, "import-not-expressed"),
        ({"$dynamicRef": "#a"}, "import-not-expressed"),
        ({"discriminator": {"propertyName": "a"}}, "import-not-expressed"),
        ({"type": "datetime"}, "tool-type-alias"),
        ({"required": ["gone"], "properties": {"a": {}}}, "tool-required-unknown"),
        ({"properties": {"a": {"required": True}}}, "tool-required-moved"),
        ({"$ref": "#/components/schemas/Gone"}, "import-reference-missing"),
        ({"$ref": "#Gone"}, "import-reference-missing"),
        ({"$ref": 5}, "import-reference-missing"),
        ({"$ref": "other.json"}, "import-reference-refused"),
        ({"$ref": "http://127.0.0.1:1/x"}, "import-reference-refused"),
        ({"$ref": "//host/x"}, "import-reference-refused"),
        ({"$ref": "file:///etc/passwd"}, "import-reference-refused"),
    ],
)
def test_what_breaks_a_schema_is_left_out_with_an_issue(schema: Any, code: str) -> None:
    spec, codes = body_of({"type": "object", "properties": {"x": schema}})
    assert codes == [code]
    assert spec.parameters["properties"].keys() == {"x"}


@pytest.mark.parametrize(
    ("parts", "whole"),
    [
        ([{"type": "string"}, {"minLength": 1}], {"type": "string", "minLength": 1}),
        ([{"minimum": 1, "maximum": 9}, {"minimum": 5, "maximum": 7}],
         {"minimum": 5, "maximum": 7}),
        ([{"type": "number"}, {"type": "integer"}], {"type": "integer"}),
        ([{"type": ["string", "null"]}, {"type": "string"}], {"type": "string"}),
        ([{"enum": ["a", "b"]}, {"enum": ["b", "c"]}], {"type": "string", "enum": ["b"]}),
        ([{"multipleOf": 2}, {"multipleOf": 6}], {"multipleOf": 6}),
        ([{"properties": {"a": {"minimum": 1}}, "required": ["a"]},
          {"properties": {"a": {"maximum": 2}, "b": {}}, "required": ["b"]}],
         {"type": "object", "properties": {"a": {"minimum": 1, "maximum": 2}, "b": {}},
          "required": ["a", "b"]}),
        ([{"additionalProperties": False, "properties": {"a": {}}}, {"properties": {"b": {}}}],
         {"type": "object", "additionalProperties": False, "properties": {"a": {}, "b": {}}}),
        ([{"description": "One."}, {"description": "Two."}], {"description": "One. Two."}),
        ([{"description": "One."}, {"type": "string"}],
         {"description": "One.", "type": "string"}),
        ([{"pattern": "a"}, {"pattern": "b"}], {"pattern": "a", "allOf": [{"pattern": "b"}]}),
        ([{"type": "string"}, {"type": "object"}],
         {"type": "string", "allOf": [{"type": "object"}]}),
        ([{"items": {"minimum": 1}}, {"items": {"maximum": 2}}],
         {"type": "array", "items": {"minimum": 1, "maximum": 2}}),
        ([True, {"type": "string"}], {"type": "string"}),
        ([False, {"type": "string"}], {"not": {}}),
    ],
)  # fmt: skip
def test_all_of_is_merged_where_it_can_be(parts: list[Any], whole: Any) -> None:
    assert only({"allOf": parts}) == whole


def test_the_description_beside_an_all_of_or_a_reference_wins() -> None:
    named = {"type": "string", "description": "Any name."}
    ref = {"$ref": "#/components/schemas/Name"}
    assert only({"allOf": [ref], "description": "Hers."}, Name=named) == {
        "type": "string", "description": "Hers.",
    }  # fmt: skip
    assert only({**ref, "description": "His."}, Name=named)["description"] == "His."
    assert only({**ref, "nullable": True}, Name=named)["type"] == ["string", "null"]


def test_read_only_and_write_only_go_by_direction_through_references() -> None:
    hidden = {"type": "string", "readOnly": True}
    schema = {"type": "object", "required": ["id", "at", "pass"], "properties": {
        "id": hidden, "at": {"$ref": "#/components/schemas/At"},
        "pass": {"type": "string", "writeOnly": True}, "n": {"type": "integer"}}}  # fmt: skip
    media = {"content": {"application/json": {"schema": schema}}}
    imported = api(
        {"requestBody": media, "responses": {"200": media}}, components={"schemas": {"At": hidden}}
    )
    spec = imported.catalog.specs[0]
    assert (list(spec.parameters["properties"]), spec.parameters["required"]) == (
        ["pass", "n"],
        ["pass"],
    )
    assert spec.returns is not None
    assert list(spec.returns["properties"]) == ["id", "at", "n"]
    assert imported.issues == ()


def test_pointers_are_unescaped() -> None:
    target = {"type": "string"}
    assert only({"$ref": "#/components/schemas/a~1b~0c%20d"}, **{"a/b~c d": target}) == target
    assert only({"$ref": "#/components/schemas/L/anyOf/1"}, L={"anyOf": [{}, target]}) == target


@pytest.mark.parametrize(
    "components",
    [
        {"A": {"properties": {"a": {"$ref": "#/components/schemas/A"}}}},
        {"A": {"properties": {"b": {"$ref": "#/components/schemas/B"}}},
         "B": {"items": {"$ref": "#/components/schemas/A"}}},
        {"A": {"allOf": [{"$ref": "#/components/schemas/A"}]}},
        {"A": {"$ref": "#/components/schemas/A"}},
        {"A": {"anyOf": [{"$ref": "#/components/schemas/A"}, {"type": "string"}]}},
        {"A": {"additionalProperties": {"$ref": "#"}}},
    ],
)  # fmt: skip
def test_cycles_are_cut_once_and_told(components: dict[str, Any]) -> None:
    spec, codes = body_of({"properties": {"x": {"$ref": "#/components/schemas/A"}}}, **components)
    assert set(codes) <= {"import-cycle-cut", "import-not-expressed"}
    if "#" not in json.dumps(next(iter(components.values())).get("additionalProperties", "")):
        assert codes == ["import-cycle-cut"]
    assert len(json.dumps(spec.parameters)) < 1000


def test_a_component_reads_the_same_inside_and_outside_its_cycle() -> None:
    """What is remembered of a component must not depend on who asked first."""
    person = {"type": "object", "properties": {"pet": {"$ref": "#/components/schemas/Pet"}}}
    pet = {"type": "object", "properties": {"owner": {"$ref": "#/components/schemas/Person"}}}
    both = {"Person": person, "Pet": pet}

    def shapes(*order: str) -> dict[str, Any]:
        paths = {
            f"/{name}": {"post": {"requestBody": {"content": {"application/json": {
                "schema": {"$ref": f"#/components/schemas/{name}"}}}}}}
            for name in order
        }  # fmt: skip
        document = {"openapi": "3.0.0", "paths": paths, "components": {"schemas": both}}
        return {spec.name: spec.parameters for spec in sane(import_openapi(document, "x")).catalog}

    assert shapes("Person", "Pet") == shapes("Pet", "Person")
    inner = shapes("Person")["post_Person"]["properties"]["pet"]
    assert inner["properties"]["owner"] == {"type": "object"}


def test_unfolding_is_bounded_and_cut_evenly() -> None:
    width, layers = 6, 12
    components: dict[str, Any] = {
        f"L{layer}": {"type": "object", "properties": {
            f"p{index}": {"$ref": f"#/components/schemas/L{layer + 1}"} for index in range(width)}}
        for layer in range(layers)
    }  # fmt: skip
    components[f"L{layers}"] = {"type": "string"}
    started = time.process_time()
    spec, codes = body_of({"$ref": "#/components/schemas/L0"}, **components)
    assert time.process_time() - started < 2
    assert codes == ["import-size-cut"]
    text = json.dumps(spec.parameters)
    assert 1000 < len(text) < 200_000
    depths = {
        json.dumps(value).count("properties") for value in spec.parameters["properties"].values()
    }
    assert len(depths) == 1, "one property is deeper than its neighbours"


def test_many_large_tools_are_bounded_together(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(schema_module, "MAX_ALL_PARTS", 3000)
    wide = {"type": "object", "properties": {f"p{i}": {"type": "string"} for i in range(900)}}
    paths = {f"/{i}": {"post": {"requestBody": {"content": {"application/json": {
        "schema": {"$ref": "#/components/schemas/W"}}}}}} for i in range(10)}  # fmt: skip
    document = {"openapi": "3.0.0", "paths": paths, "components": {"schemas": {"W": wide}}}
    imported = sane(import_openapi(document, "x"))
    assert {found.code for found in imported.issues} == {"import-size-cut"}
    assert len(imported.catalog) == 10


def test_what_an_all_of_refers_to_is_not_cut_away() -> None:
    """The parts of an allOf lie at one depth: cutting one of them would lose properties."""
    wide = {f"p{index}": {"type": "string"} for index in range(30)}
    parts = [{"$ref": "#/components/schemas/Base"}, {"properties": {"x": {"type": "string"}}}]
    schema = {"type": "array", "items": {"allOf": parts}}
    returned = {"200": {"content": {"application/json": {"schema": schema}}}}
    imported = api(
        {"responses": returned},
        components={"schemas": {"Base": {"allOf": [{"$ref": "#/components/schemas/Root"}]},
                                "Root": {"type": "object", "properties": wide}}},
    )  # fmt: skip
    spec = imported.catalog.specs[0]
    assert spec.returns is not None
    assert set(spec.returns["items"]["properties"]) == {*wide, "x"}


def test_components_that_all_refer_to_each_other_are_quick() -> None:
    width = 22
    names = [f"C{index}" for index in range(width)]
    inner = {name: {"$ref": f"#/components/schemas/{name}"} for name in names}
    components = {name: {"type": "object", "properties": inner} for name in names}
    paths = {f"/{index}": {"post": {"requestBody": {"content": {"application/json": {"schema": {
        "properties": {"x": {"$ref": f"#/components/schemas/C{index % width}"}}}}}}}}
        for index in range(200)}  # fmt: skip
    document = {"openapi": "3.0.0", "paths": paths, "components": {"schemas": components}}
    started = time.process_time()
    imported = import_openapi(document, "x")
    assert time.process_time() - started < 8
    assert len(imported.catalog) == 200
    assert max(len(json.dumps(spec.parameters)) for spec in imported.catalog) < 200_000


def test_ten_thousand_operations_of_one_name_are_numbered_quickly() -> None:
    paths = {f"/{index}": {"get": {"operationId": "same"}} for index in range(10_000)}
    started = time.process_time()
    imported = import_openapi({"openapi": "3.0.0", "paths": paths}, "x")
    assert time.process_time() - started < 6
    assert imported.catalog.names[:2] == ("same", "same_2")
    assert imported.catalog.names[-1] == "same_10000"


def test_depth_is_bounded() -> None:
    deep: Any = {"type": "string"}
    for _ in range(200):
        deep = {"type": "object", "properties": {"a": deep}}
    spec, codes = body_of(deep)
    assert codes == ["import-size-cut"]
    assert 30 < json.dumps(spec.parameters).count("properties") < 64


# Documents beside the document


def write(folder: Path, **files: Any) -> Path:
    """Write files by name, `__` for a dot and `_s_` for a slash; return the folder."""
    for name, value in files.items():
        path = folder / name.replace("_s_", "/").replace("__", ".")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(dump_yaml(value) if path.suffix == ".yaml" else json.dumps(value), "utf-8")
    return folder


def api_with(schema: Any) -> dict[str, Any]:
    """Return a document whose one operation takes x of this schema."""
    body = {"schema": {"type": "object", "properties": {"x": schema}}}
    operation = {"operationId": "f", "requestBody": {"content": {"application/json": body}}}
    return {"openapi": "3.1.0", "paths": {"/a": {"post": operation}}}


def test_references_into_sibling_files_are_followed(tmp_path: Path) -> None:
    write(
        tmp_path,
        api__yaml={"openapi": "3.1.0", "paths": {"/a": {"$ref": "paths/a.yaml#/one"}}},
        paths_s_a__yaml={"one": {"post": {
            "operationId": "f", "parameters": [{"$ref": "../shared.json#/limit"}],
            "requestBody": {"content": {"application/json": {
                "schema": {"$ref": "../models/order.yaml"}}}}}}},
        shared__json={"limit": {"name": "limit", "in": "query", "schema": {"type": "integer"}}},
        models_s_order__yaml={"type": "object", "properties": {
            "line": {"$ref": "line%20item.yaml#/Line"}, "self": {"$ref": "order.yaml"}}},
    )  # fmt: skip
    (tmp_path / "models" / "line item.yaml").write_text("Line: {type: string}", "utf-8")
    imported = sane(import_source(str(tmp_path / "api.yaml")))
    assert imported.catalog.specs[0].parameters["properties"] == {
        "limit": {"type": "integer"}, "line": {"type": "string"}, "self": {"type": "object"},
    }  # fmt: skip
    assert [(found.code, found.where) for found in imported.issues] == [
        ("import-cycle-cut", "models/order.yaml.properties.self")
    ]


@pytest.mark.parametrize(
    ("reference", "code"),
    [
        ("../outside.json", "import-reference-refused"),
        ("/etc/passwd", "import-reference-refused"),
        ("a/../../outside.json", "import-reference-refused"),
        ("%2e%2e/outside.json", "import-reference-refused"),
        ("link.json", "import-reference-refused"),
        ("linked/outside.json", "import-reference-refused"),
        ("gone.json", "import-reference-missing"),
        ("pipe", "import-reference-missing"),
        ("a\x00b", "import-reference-missing"),
        (".", "import-reference-missing"),
        ("broken.yaml", "import-reference-missing"),
    ],
)
def test_no_reference_leaves_the_folder(tmp_path: Path, reference: str, code: str) -> None:
    (tmp_path / "outside.json").write_text('{"type": "string"}')
    folder = tmp_path / "in"
    write(folder, api__json=api_with({"$ref": reference}))
    (folder / "link.json").symlink_to(tmp_path / "outside.json")
    (folder / "linked").symlink_to(tmp_path)
    (folder / "broken.yaml").write_text("a: [")
    os.mkfifo(folder / "pipe")
    imported = sane(import_source(str(folder / "api.json")))
    assert [found.code for found in imported.issues] == [code]
    assert imported.catalog.specs[0].parameters["properties"] == {"x": {}}


# Servers


@pytest.mark.parametrize(
    ("document", "server"),
    [
        ({"servers": [{"url": "https://a.b/v1/"}]}, "https://a.b/v1"),
        ({"servers": [{"url": "{s}://a.b", "variables": {"s": {"default": "https"}}}]},
         "https://a.b"),
        ({"servers": [{"url": "https://{x}.b", "variables": {"x": {"enum": ["u"]}}}]},
         "https://u.b"),
        ({"servers": [{"url": "https://{x}.b"}]}, "https://{x}.b"),
        ({"servers": [{"url": "/v1"}]}, "/v1"),
        ({"servers": [None, {"url": 5}]}, ""),
        ({}, ""),
    ],
)  # fmt: skip
def test_the_server_of_a_file(document: dict[str, Any], server: str) -> None:
    imported = api({}, **document)
    assert imported.catalog.specs[0].http is not None
    assert imported.catalog.specs[0].http.server == server


@pytest.mark.parametrize(
    ("document", "server"),
    [
        ({"openapi": "3.0.0", "servers": [{"url": "/v1"}]}, "https://h.io/v1"),
        ({"openapi": "3.0.0", "servers": [{"url": "../v2"}]}, "https://h.io/v2"),
        ({"openapi": "3.0.0"}, "https://h.io"),
        ({"swagger": "2.0", "basePath": "/v1"}, "https://h.io/v1"),
        ({"swagger": 2.0, "host": "a.b", "schemes": ["http"]}, "http://a.b"),
    ],
)
def test_relative_servers_are_meant_from_the_url(document: dict[str, Any], server: str) -> None:
    whole = {**document, "paths": {"/a": {"get": {}}}}
    imported = sane(import_openapi(whole, "https://h.io/docs/api.json"))
    assert imported.catalog.specs[0].http is not None
    assert imported.catalog.specs[0].http.server == server


# Choosing operations


@pytest.mark.parametrize(
    ("chosen", "names"),
    [
        (OperationFilter(tags=("orders",), methods=("get",)), ["listOrders"]),
        (OperationFilter(paths=("/orders/{id}/",)), ["addLines", "setNote"]),
        (OperationFilter(paths=("*/photo",)), ["addPhoto"]),
        (OperationFilter(tags=("Items",), paths=("/items", "/pay")), ["addPhoto"]),
        (OperationFilter(methods=("PATCH",)), ["order_replace"]),
    ],
)
def test_operations_are_chosen_by_tag_path_and_method(
    chosen: OperationFilter, names: list[str]
) -> None:
    options = ImportOptions(operations=chosen)
    found = import_source(str(SAMPLES / "shop.yaml"), options).catalog.names
    assert list(found) == names


def test_deprecated_operations_stay_unless_unwanted() -> None:
    path = str(SAMPLES / "shop.yaml")
    without = import_source(path, ImportOptions(operations=OperationFilter(deprecated=False)))
    assert set(import_source(path).catalog.names) - set(without.catalog.names) == {"pay"}


@pytest.mark.parametrize(
    ("chosen", "found"),
    [
        (OperationFilter(tags=("Orders", "Odrers")), "--tag: no operation has 'Odrers', there are: "
         "Orders (3), Items"),
        (OperationFilter(paths=("/nowhere",)), "--path: no operation has '/nowhere'"),
        (OperationFilter(methods=("HEAD",)), "--method: no operation has 'HEAD'"),
        (OperationFilter(tags=("Items",), methods=("GET",)), "leave none of the 8 operations"),
    ],
)  # fmt: skip
def test_a_filter_that_fits_nothing_names_what_there_is(
    chosen: OperationFilter, found: str
) -> None:
    with pytest.raises(UsageFault) as fault:
        import_source(str(SAMPLES / "shop.yaml"), ImportOptions(operations=chosen))
    assert found in str(fault.value)


# Odd documents


@pytest.mark.parametrize(
    ("document", "found"),
    [
        ({"openapi": "4.0.0", "paths": {}}, "got OpenAPI '4.0.0'"),
        ({"swagger": "1.2"}, "got Swagger '1.2'"),
        ({"swaggerVersion": "1.2", "apis": []}, "got Swagger '1.2'"),
        ({"openapi": "3.0.0"}, "holds no operation"),
        ({"openapi": "3.0.0", "paths": {"/a": {"summary": "x"}}}, "holds no operation"),
        ({"openapi": "3.1.0", "webhooks": {"w": {}}}, "holds no operation"),
        ([], "no `openapi`"),
    ],
)
def test_a_document_without_operations_is_an_input_fault(document: Any, found: str) -> None:
    with pytest.raises(InputFault) as fault:
        import_openapi(document, "api.json")
    assert found in str(fault.value)
    assert fault.value.where == "api.json"
    assert fault.value.hint


def test_entries_that_are_no_operations_are_skipped_by_name() -> None:
    imported = sane(import_openapi({"openapi": "3.1.0", "paths": {
        "/a": {"get": {}, "post": 5, "fetch": {}, "x-y": 1, "parameters": []},
        "/b": "text", "x-paths": {}, "/c": {"$ref": "#/nowhere"}},
        "webhooks": {"paid": {}}}, "x"))  # fmt: skip
    assert [(found.code, found.where) for found in imported.issues] == [
        ("import-tool-skipped", "paths./a.post"),
        ("import-not-expressed", "paths./a.fetch"),
        ("import-tool-skipped", "paths./b"),
        ("import-reference-missing", "paths./c"),
        ("import-not-expressed", "webhooks.paid"),
    ]


def test_nothing_but_our_own_faults_escapes_from_damaged_documents(
    request: pytest.FixtureRequest,
) -> None:
    """FCTUNE_FUZZ_CASES=10000 runs more of them."""
    sources = [value for _, value in samples()] * 3
    if (Path(__file__).resolve().parents[3] / "shared").exists():
        sources += [value for _, value in documents(request.getfixturevalue("shared"))]
    outcomes = {"read": 0, "refused": 0}
    for seed in range(FUZZ_CASES):
        chance = random.Random(seed)
        source = chance.choice(sources)
        started = time.process_time()
        try:
            if seed % 4:
                value = damaged(source, chance)
            else:
                text = as_json(source) if seed % 8 else dump_yaml(source)
                value = parse_document(damaged_text(text, chance), "x")
            sane(import_openapi(value, "x"))
            outcomes["read"] += 1
        except FctuneError:
            outcomes["refused"] += 1
        except Exception as fault:
            raise AssertionError(f"case {seed}: {type(fault).__name__}: {fault}") from fault
        assert time.process_time() - started < 2, f"case {seed} is slow"
    assert min(outcomes.values()) > FUZZ_CASES / 50, outcomes
