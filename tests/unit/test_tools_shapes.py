"""Tool lists of other frameworks: each shape becomes the same catalogue, real files included."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from fctune.errors import InputFault
from fctune.issues import Severity
from fctune.jsonl import read_document
from fctune.tools.imports.shapes import detect_shape, import_shapes, is_catalogue
from fctune.tools.spec import ToolOrigin

CITY = {
    "type": "object",
    "properties": {
        "city": {"type": "string", "description": "Which city."},
        "days": {"type": "integer", "description": "How many days."},
    },
    "required": ["city"],
}
WEATHER = {"name": "weather", "description": "Tell the weather.", "parameters": CITY}
PYDANTIC = {
    "title": "Weather",
    "type": "object",
    "properties": {
        "city": {"type": "string", "title": "City", "description": "Which city."},
        "days": {"type": "integer", "title": "Days", "description": "How many days."},
    },
    "required": ["city"],
}
GEMINI = {
    "name": "weather",
    "description": "Tell the weather.",
    "parameters": {
        "type": "OBJECT",
        "properties": {
            "days": {"type": "INTEGER", "description": "How many days."},
            "city": {"type": "STRING", "description": "Which city."},
        },
        "propertyOrdering": ["city", "days"],
        "required": ["city"],
    },
}
BASE = {"name": "weather", "description": "Tell the weather."}
SHAPES: dict[str, tuple[str, Any]] = {
    "chat": ("openai", [{"type": "function", "function": WEATHER}]),
    "request": ("openai", {"model": "m", "tools": [{"type": "function", "function": WEATHER}]}),
    "responses": ("responses", [{"type": "function", **WEATHER, "strict": True}]),
    "anthropic": ("anthropic", [{**BASE, "input_schema": PYDANTIC}]),
    "bedrock": ("bedrock", {"tools": [{"toolSpec": {**BASE, "inputSchema": {"json": PYDANTIC}}}]}),
    "mcp": ("mcp", {"tools": [{**BASE, "inputSchema": PYDANTIC}]}),
    "mcp answer": ("mcp", {"jsonrpc": "2.0", "result": {"tools": [{**BASE, "inputSchema": CITY}]}}),
    "gemini": ("gemini", {"contents": [], "tools": [{"functionDeclarations": [GEMINI]}]}),
    "gemini snake": ("gemini", [{"function_declarations": [GEMINI]}]),
    "gemini bare": ("gemini", [GEMINI]),
    "gemini json": ("gemini", [{**BASE, "parametersJsonSchema": PYDANTIC}]),
    "langchain": ("langchain", [{**BASE, "args_schema": PYDANTIC}]),
    "langchain dump": (
        "langchain",
        [{"lc": 1, "type": "constructor", "id": ["x"], "kwargs": {**BASE, "args_schema": CITY}}],
    ),
    "cohere": (
        "cohere",
        [
            {
                **BASE,
                "parameter_definitions": {
                    "city": {"type": "str", "description": "Which city.", "required": True},
                    "days": {"type": "int", "description": "How many days.", "required": False},
                },
            }
        ],
    ),
    "bfcl": ("bfcl", [{**BASE, "parameters": {**CITY, "type": "dict"}}]),
    "seal-tools": (
        "seal-tools",
        [
            {
                "api_name": "weather",
                "api_description": "Tell the weather.",
                "parameters": CITY["properties"],
                "required": ["city"],
            }
        ],
    ),
    "toolalpaca": (
        "toolalpaca",
        [
            {
                "Name": "Weather",
                "Function_Description": {
                    "weather": "Tell the weather.\nParameters: {"
                    '"city": "Required. string. Which city.", "days": "integer. How many days."}'
                    "\nOutput: Success.\n - Format: text/plain",
                    "components": "",
                },
            }
        ],
    ),
    "texts": ("bare", [json.dumps(WEATHER)]),
    "text": ("bare", json.dumps([WEATHER])),
    "rows": ("rows", [{"query": "x", "tools": json.dumps([WEATHER])}, {"tools": [WEATHER]}]),
    "rows of functions": ("rows", [{"question": [], "function": [WEATHER]}]),
}


@pytest.mark.parametrize("name", SHAPES)
def test_each_shape_becomes_the_same_tool(name: str) -> None:
    kind, value = SHAPES[name]
    assert detect_shape(value) == kind
    imported = import_shapes(value, "a.json")
    assert imported.kind == kind
    (spec,) = imported.catalog
    assert spec.as_dict() == WEATHER
    assert spec.origin is not None and spec.origin.source == "a.json"
    assert {found.severity for found in imported.issues} <= {Severity.REPAIR}


def test_types_without_required_are_left_so() -> None:
    tool = {**BASE, "input_parameters": {"city": {"type": "str", "description": "Which city."}}}
    imported = import_shapes([{**tool, "output_parameters": {"t": {"type": "int"}}}], "a.json")
    (spec,) = imported.catalog
    assert imported.kind == "api-bank"
    assert "required" not in spec.parameters
    assert spec.returns == {"type": "object", "properties": {"t": {"type": "int"}}}


def test_langchain_arguments_without_a_default_are_required() -> None:
    arguments = {
        "city": {"title": "City", "type": "string"},
        "days": {"title": "Days", "default": 1, "type": "integer"},
    }
    (spec,) = import_shapes([{**BASE, "args": arguments}], "a").catalog
    assert spec.parameters["required"] == ["city"]
    lost = [{"lc": 1, "type": "not_implemented", "id": ["x"], "repr": "Tool()"}]
    assert [found.code for found in import_shapes(lost, "a").issues] == ["import-tool-skipped"]


def test_geminis_own_words_are_read() -> None:
    schema = {
        "type": "OBJECT",
        "properties": {
            "size": {"type": "STRING", "format": "enum", "enum": ["S", "M"], "nullable": True},
            "tags": {"type": "ARRAY", "minItems": "1", "items": {"type": "STRING"}},
            "any": {"type": "TYPE_UNSPECIFIED", "description": "d"},
            "when": {"type": "STRING", "format": "date-time"},
        },
    }
    (spec,) = import_shapes([{**BASE, "parameters": schema}], "a").catalog
    assert spec.parameters["properties"] == {
        "size": {"type": ["string", "null"], "enum": ["S", "M", None]},
        "tags": {"type": "array", "minItems": 1, "items": {"type": "string"}},
        "any": {"description": "d"},
        "when": {"type": "string", "format": "date-time"},
    }


def test_tools_that_the_vendor_runs_are_left_out_with_a_word() -> None:
    value = [
        {"type": "web_search"},
        {"google_search": {}},
        {"type": "custom", "name": "x"},
        WEATHER,
    ]
    imported = import_shapes(value, "a")
    assert imported.catalog.names == ("weather",)
    assert [found.code for found in imported.issues] == ["import-not-expressed"] * 3


def test_nodes_with_and_without_parameters() -> None:
    nodes = [
        {
            "id": "book",
            "desc": "Book it.",
            "parameters": [{"name": "at", "type": "date", "desc": "d"}],
        },
        {"id": "Image Editing", "desc": "Edit.", "input-type": ["text", "image", "image"]},
    ]
    imported = import_shapes({"nodes": nodes}, "a")
    book, edit = imported.catalog
    assert book.parameters["properties"] == {"at": {"type": "string", "description": "d"}}
    assert edit.name == "Image_Editing" and edit.origin is not None
    assert edit.origin.name == "Image Editing"
    assert edit.parameters["required"] == ["text", "image", "image_2"]
    assert [found.code for found in imported.issues] == [
        "tool-type-alias",
        "import-not-expressed",
        "import-name-changed",
    ]


def test_api_zoo_calls_become_requests() -> None:
    entry = {
        "api_name": "Acme API - Keys: Edit a key",
        "api_call": "PATCH https://api.acme.com/v2/keys/{key_id}/{part}",
        "functionality": "Edit a key.",
        "api_arguments": {
            "key_id": "string: Which key.",
            "page[size]": "[REQUIRED] integer: Size.",
            "note": "Anything: at all",
        },
    }
    imported = import_shapes([entry], "a")
    (spec,) = imported.catalog
    assert (imported.kind, spec.name) == ("apizoo", "Keys_Edit_a_key")
    assert spec.origin == ToolOrigin("a", "Acme API - Keys: Edit a key", "[0]")
    assert spec.parameters["properties"] == {
        "key_id": {"type": "string", "description": "Which key."},
        "page_size": {"type": "integer", "description": "Size."},
        "note": {"description": "Anything: at all"},
        "part": {"type": "string"},
    }
    assert spec.parameters["required"] == ["key_id", "page_size", "part"]
    assert spec.http is not None
    assert spec.http.as_dict() == {
        "method": "PATCH",
        "path": "/v2/keys/{key_id}/{part}",
        "server": "https://api.acme.com",
        "content_type": "application/json",
        "places": {
            "key_id": {"in": "path", "name": "key_id"},
            "page_size": {"in": "body", "name": "page[size]"},
            "note": {"in": "body", "name": "note"},
            "part": {"in": "path", "name": "part"},
        },
    }
    assert "tool-parameter-renamed" in {found.code for found in imported.issues}


def test_toolbench_apis_are_named_as_its_calls_name_them() -> None:
    api = {
        "tool_name": "Cat Facts",
        "api_name": "Random Fact",
        "api_description": "Get a random fact about cats.",
        "required_parameters": [
            {"name": "lang", "type": "STRING", "description": "", "default": "en"}
        ],
        "optional_parameters": [{"name": "max", "type": "NUMBER", "description": "Most letters."}],
        "method": "GET",
    }
    imported = import_shapes([{"query": "q", "api_list": [api]}], "a")
    (spec,) = imported.catalog
    assert spec.name == "random_fact_for_cat_facts"
    assert spec.parameters == {
        "type": "object",
        "properties": {
            "lang": {"type": "string", "default": "en"},
            "max": {"type": "number", "description": "Most letters."},
        },
        "required": ["lang"],
    }


def test_rows_give_the_union_and_tell_what_differs() -> None:
    other = {**WEATHER, "description": "Tell the weather of a city."}
    dotted = {**WEATHER, "name": "user.get"}
    rows = [{"tools": [WEATHER]}, {"tools": [WEATHER, dotted]}, {"tools": [other, dotted]}]
    imported = import_shapes(rows, "rows.jsonl")
    assert imported.catalog.names == ("weather", "user_get")
    assert [str(found) for found in imported.issues] == [
        "[1].tools[1]: got 'user.get', wrote 'user_get' [import-name-changed]",
        "[0].tools[0]: 'weather' is defined otherwise in [2].tools[0]; the first definition is "
        "kept [tool-definitions-differ]",
    ]


def test_names_that_meet_when_made_lawful_are_told_apart() -> None:
    tools = [{**WEATHER, "name": name} for name in ("user.get", "user_get", "查询", "查天气")]
    imported = import_shapes(tools, "a")
    assert len(set(imported.catalog.names)) == 4
    assert imported.catalog.names[:2] == ("user_get", "user_get_2")
    assert [spec.origin.name for spec in imported.catalog if spec.origin] == [
        "user.get", "user_get", "查询", "查天气",
    ]  # fmt: skip


def test_a_second_definition_in_a_plain_list_is_an_error() -> None:
    imported = import_shapes([WEATHER, {**WEATHER, "description": "Another one."}], "a")
    assert [found.code for found in imported.issues] == ["tool-name-duplicate"]


def test_an_entry_that_is_no_tool_is_told() -> None:
    imported = import_shapes([WEATHER, 5, {"description": "no name", "parameters": {}}], "a")
    assert [found.code for found in imported.issues] == ["import-tool-skipped", "tool-name-missing"]


@pytest.mark.parametrize("value", [None, 5, "text", [], {}, [{"instruction": "x", "output": "y"}]])
def test_what_holds_no_tools_is_an_input_fault(value: Any) -> None:
    assert detect_shape(value) == "unknown"
    with pytest.raises(InputFault, match="no tools were found"):
        import_shapes(value, "a.json")


def test_only_what_the_reader_of_catalogues_reads_is_a_catalogue() -> None:
    native = {"chat", "request", "responses", "anthropic", "mcp", "bfcl", "texts"}
    assert {name for name, (_, value) in SHAPES.items() if is_catalogue(value)} == native


@pytest.mark.parametrize(
    ("path", "kind", "tools"),
    [
        ("acebench/data_agent_multi_step.jsonl", "rows", 15),
        ("api_bank/apis.json", "api-bank", 53),
        ("bfcl_v4/BFCL_v4_live_multiple.jsonl", "rows", 58),
        ("bfcl_v4/BFCL_v4_simple_java.jsonl", "rows", 60),
        ("lf_v1_content_parts/reason_tool_use_demo_50.jsonl", "rows", 101),
        ("mcp_tools_list/git.json", "mcp", 12),
        ("openai_legacy_functions_toolbench/G1_query.json", "toolbench", 12),
        ("openai_legacy_functions_toolbench/answers_train_messages.jsonl", "rows", 55),
        ("seal_tools/tool.jsonl", "seal-tools", 300),
        ("sharegpt_glaive_lf/glaive_toolcall_zh_demo.json", "rows", 74),
        ("toolalpaca/eval_real.json", "toolalpaca", 40),
        ("tools_only_openapi_jarvis/gorilla_apizoo_Datadog_API.json", "apizoo", 327),
        ("tools_only_openapi_jarvis/tool_desc.json", "taskbench", 23),
        ("tutorial_tool_use/tools.yaml", "bare", 40),
        ("when2call/test_llm_judge_120.jsonl", "rows", 118),
        ("xlam_query_tools_answers/sealtool.jsonl", "rows", 555),
    ],
)
def test_real_lists_are_imported_whole(shared: Path, path: str, kind: str, tools: int) -> None:
    imported = import_shapes(read_document(shared / "raw" / path), path)
    assert (imported.kind, len(imported.catalog)) == (kind, tools)
    assert not [found for found in imported.issues if found.severity is Severity.ERROR]
    assert all(spec.origin is not None for spec in imported.catalog)


def test_every_real_file_is_imported_or_refused_in_one_sentence(shared: Path) -> None:
    for path in sorted((shared / "raw").glob("*/*.json*")):
        try:
            import_shapes(read_document(path), path.name)
        except InputFault as fault:
            assert fault.hint


def test_one_foreign_entry_makes_a_list_an_import() -> None:
    mixed = [WEATHER, {"functionDeclarations": [{**GEMINI, "name": "other"}]}]
    assert not is_catalogue(mixed)
    assert import_shapes(mixed, "x").catalog.names == ("weather", "other")
    assert is_catalogue([WEATHER, {"description": "has no name"}])
