"""Tool shapes of vendors and frameworks: OpenAI, Anthropic, Bedrock, Cohere, Gemini, LangChain.

Input: one entry of a tool list. Output: `Entry` values in the common form. Conventions of a shape,
such as upper-case type names, are read silently; what it says and a tool cannot is an issue.

Before: {"name": "now", "input_schema": {"type": "object", "properties": {...}}}
After:  Entry("[0]", {"name": "now", "description": "", "parameters": {...}})
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from fctune.issues import issue
from fctune.jsonl.faults import json_kind
from fctune.tools.imports.shapes_collect import Entry
from fctune.tools.imports.simplify import simplified

_GEMINI_LISTS = ("functionDeclarations", "function_declarations")
_GEMINI_COUNTS = (
    "minItems", "maxItems", "minLength", "maxLength", "minProperties", "maxProperties",
)  # fmt: skip
_ORDER_KEYS = ("propertyOrdering", "property_ordering")
_GEMINI_HOSTED = ("googleSearch", "google_search", "codeExecution", "code_execution", "urlContext")
_SCHEMA_KEYS = frozenset({"parameters", "input_schema", "inputSchema", "properties", "function"})
_SCHEMA_MAX_DEPTH = 64


def is_openai(item: Mapping[str, Any]) -> bool:
    """Tell `{"type": "function", "function": {...}}`."""
    return isinstance(item.get("function"), Mapping)


def openai(item: Mapping[str, Any], place: str) -> Iterator[Entry]:
    """Read a tool of OpenAI's chat interface."""
    yield Entry(place, item["function"])


def is_responses(item: Mapping[str, Any]) -> bool:
    """Tell `{"type": "function", "name": ...}`, flat as the Responses interface has it."""
    return item.get("type") == "function" and "name" in item


def responses(item: Mapping[str, Any], place: str) -> Iterator[Entry]:
    """Read a tool of OpenAI's Responses interface."""
    yield Entry(place, {key: value for key, value in item.items() if key != "type"})


def is_anthropic(item: Mapping[str, Any]) -> bool:
    """Tell a tool with `input_schema`."""
    return "input_schema" in item


def anthropic(item: Mapping[str, Any], place: str) -> Iterator[Entry]:
    """Read a tool of Anthropic's Messages interface."""
    yield _with_schema(item, item["input_schema"], place)


def is_mcp(item: Mapping[str, Any]) -> bool:
    """Tell a tool with `inputSchema`, as a Model Context Protocol server lists it."""
    return "inputSchema" in item and "toolSpec" not in item


def mcp(item: Mapping[str, Any], place: str) -> Iterator[Entry]:
    """Read a tool of a `tools/list` answer; its title stands in for a missing description."""
    described = item.get("description") or item.get("title")
    entry = _with_schema({**item, "description": described}, item["inputSchema"], place)
    answer = item.get("outputSchema")
    if isinstance(answer, Mapping) and entry.body is not None:
        entry = Entry(place, {**entry.body, "returns": answer}, issues=entry.issues)
    yield entry


def is_bedrock(item: Mapping[str, Any]) -> bool:
    """Tell `{"toolSpec": {"name": ..., "inputSchema": {"json": {...}}}}`."""
    return isinstance(item.get("toolSpec"), Mapping)


def bedrock(item: Mapping[str, Any], place: str) -> Iterator[Entry]:
    """Read a tool of Bedrock's Converse interface."""
    inner = item["toolSpec"]
    schema = inner.get("inputSchema")
    yield _with_schema(inner, schema.get("json") if isinstance(schema, Mapping) else schema, place)


def is_cohere(item: Mapping[str, Any]) -> bool:
    """Tell a tool with `parameter_definitions`, a map of parameters that say `required` each."""
    return isinstance(item.get("parameter_definitions"), Mapping)


def cohere(item: Mapping[str, Any], place: str) -> Iterator[Entry]:
    """Read a tool of Cohere's first chat interface."""
    properties = dict(item["parameter_definitions"])
    needed = [
        name
        for name, schema in properties.items()
        if isinstance(schema, Mapping) and schema.get("required") is True
    ]
    plain = {
        name: {key: value for key, value in schema.items() if key != "required"}
        if isinstance(schema, Mapping)
        else schema
        for name, schema in properties.items()
    }
    yield _with_schema(item, {"type": "object", "properties": plain, "required": needed}, place)


def is_gemini(item: Mapping[str, Any]) -> bool:
    """Tell `{"functionDeclarations": [...]}`, or one declaration with upper-case type names."""
    if any(isinstance(item.get(key), list) for key in _GEMINI_LISTS):
        return True
    parameters = item.get("parameters")
    kind = parameters.get("type") if isinstance(parameters, Mapping) else None
    return kind == "OBJECT" or "parametersJsonSchema" in item or "parameters_json_schema" in item


def gemini(item: Mapping[str, Any], place: str) -> Iterator[Entry]:
    """Read the declarations of Gemini, in both spellings."""
    key = next((key for key in _GEMINI_LISTS if isinstance(item.get(key), list)), None)
    if key is None:
        yield _declaration(item, place)
        return
    for index, declaration in enumerate(item[key]):
        yield _declaration(declaration, f"{place}.{key}[{index}]")


def _declaration(item: Any, place: str) -> Entry:
    if not isinstance(item, Mapping):
        return skipped(place, item)
    whole = item.get("parametersJsonSchema", item.get("parameters_json_schema"))
    if whole is not None:
        return _with_schema(item, whole, place)
    body = {
        "name": item.get("name"),
        "description": item.get("description"),
        "parameters": _lower(item.get("parameters"), 0),
    }
    answer = _lower(item.get("response"), 0)
    return Entry(place, {**body, "returns": answer} if isinstance(answer, dict) else body)


def _lower(schema: Any, depth: int) -> Any:
    """Return a schema of Gemini's own dialect in the words of JSON Schema.

    Types are upper case there, counts are strings, `format: enum` goes with `enum`, and the order
    of properties stands in a list beside them.
    """
    if not isinstance(schema, Mapping) or depth > _SCHEMA_MAX_DEPTH:
        return schema
    plain = {str(key): value for key, value in schema.items() if key not in _ORDER_KEYS}
    kind = plain.get("type")
    if isinstance(kind, str):
        plain["type"] = kind.lower()
        if kind.upper() == "TYPE_UNSPECIFIED":
            del plain["type"]
    if plain.get("format") == "enum":
        del plain["format"]
    for key in _GEMINI_COUNTS:
        if isinstance(plain.get(key), str) and plain[key].isdecimal() and len(plain[key]) < 19:
            plain[key] = int(plain[key])
    if isinstance(plain.get("properties"), Mapping):
        order = next((schema[key] for key in _ORDER_KEYS if key in schema), None)
        plain["properties"] = _ordered(plain["properties"], order, depth)
    if isinstance(plain.get("items"), Mapping):
        plain["items"] = _lower(plain["items"], depth + 1)
    for key in ("anyOf", "any_of"):
        if isinstance(plain.get(key), list):
            plain["anyOf"] = [_lower(value, depth + 1) for value in plain.pop(key)]
    return plain


def _ordered(properties: Mapping[str, Any], order: Any, depth: int) -> dict[str, Any]:
    told = [name for name in order if name in properties] if isinstance(order, list) else []
    names = [*dict.fromkeys(told), *(name for name in properties if name not in told)]
    return {name: _lower(properties[name], depth + 1) for name in names}


def is_langchain(item: Mapping[str, Any]) -> bool:
    """Tell a tool with `args_schema` or `args`, or LangChain's own dump of an object."""
    if "lc" in item and "type" in item:
        return True
    return "name" in item and (
        isinstance(item.get("args_schema"), Mapping) or isinstance(item.get("args"), Mapping)
    )


def langchain(item: Mapping[str, Any], place: str) -> Iterator[Entry]:
    """Read a LangChain tool.

    `args` is the properties of a pydantic model, without its `required`: an argument without a
    default is required there (langchain-core BaseTool.args).
    """
    if "lc" in item:
        inner = item.get("kwargs")
        if not isinstance(inner, Mapping) or not isinstance(inner.get("name"), str):
            message = "got a LangChain object that was dumped without its parts"
            yield Entry(place, None, issues=(issue("import-tool-skipped", place, message),))
            return
        item = inner
    schema = item.get("args_schema")
    if not isinstance(schema, Mapping):
        arguments = item.get("args")
        properties = dict(arguments) if isinstance(arguments, Mapping) else {}
        needed = [
            name
            for name, value in properties.items()
            if isinstance(value, Mapping) and "default" not in value
        ]
        schema = {"type": "object", "properties": properties, "required": needed}
    described = item.get("description") or schema.get("description")
    yield _with_schema({**item, "description": described}, schema, place)


def is_hosted(item: Mapping[str, Any]) -> bool:
    """Tell a tool that the vendor runs, such as `{"type": "web_search"}`: it has no schema."""
    kind = item.get("type")
    if isinstance(kind, str) and kind != "function" and not _SCHEMA_KEYS & item.keys():
        return kind == "custom" or "description" not in item
    return len(item) == 1 and next(iter(item)) in _GEMINI_HOSTED


def hosted(item: Mapping[str, Any], place: str) -> Iterator[Entry]:
    """Leave out a tool that has no schema of its own, and say so."""
    kind = str(item.get("type") or next(iter(item)))[:40]
    message = f"left out {kind!r}, a tool without a schema of its own"
    yield Entry(place, None, issues=(issue("import-not-expressed", place, message),))


def skipped(place: str, item: Any) -> Entry:
    """Return the entry of something that is no object."""
    message = f"got {json_kind(item)}, expected an object"
    return Entry(place, None, issues=(issue("import-tool-skipped", place, message),))


def _with_schema(item: Mapping[str, Any], schema: Any, place: str) -> Entry:
    """Return an entry whose parameters are a generated JSON Schema, in plain form."""
    body = {"name": item.get("name"), "description": item.get("description")}
    if not isinstance(schema, Mapping):
        return Entry(place, {**body, "parameters": schema})
    plain, issues = simplified(schema, f"{place}.parameters")
    if plain.get("description") == body["description"]:
        plain.pop("description", None)
    return Entry(place, {**body, "parameters": plain}, issues=tuple(issues))
