"""Tool shapes of public data sets: API-Bank, Seal-Tools, TaskBench, API Zoo, ToolBench, ToolAlpaca.

Input: one entry of a tool list. Output: `Entry` values in the common form. These shapes are not
JSON Schema; a type told in words is read as `fctune.tools.schema` reads any other alias.

Before: {"api_name": "getFilm", "api_description": "...", "parameters": {"t": {"type": "str"}}}
After:  Entry("[0]", {"name": "getFilm", "description": "...", "parameters": {...}})
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from fctune.issues import issue
from fctune.patterns import regex
from fctune.tools.imports.shapes_collect import Entry
from fctune.tools.imports.shapes_vendors import skipped

_NOT_WORD = regex(r"[^\w]+|_+")
_SECTION = regex(r"\nParameters: |^Parameters: ")
_AFTER = regex(r"\n(?:Request|Output)\b")
_TOLD_TYPE = regex(
    r"^(?P<required>Required\. )?(?P<type>string|integer|number|boolean|Object|Array)"
    r"(?:\[(?P<inner>\w+)\])?(?:[^.]*?)(?:\.\s*|$)(?:One of: \[(?P<enum>[^\]]*)\]\.\s*)?"
)


def is_api_bank(item: Mapping[str, Any]) -> bool:
    """Tell a tool with `input_parameters`."""
    return isinstance(item.get("input_parameters"), Mapping)


def api_bank(item: Mapping[str, Any], place: str) -> Iterator[Entry]:
    """Read a tool of API-Bank; it tells no required parameters."""
    body = {
        "name": item.get("name"),
        "description": item.get("description"),
        "parameters": _object(item["input_parameters"]),
    }
    yield Entry(place, _with_returns(body, item.get("output_parameters")))


def is_seal_tools(item: Mapping[str, Any]) -> bool:
    """Tell a tool with `api_name` and a map of `parameters`."""
    return "api_name" in item and isinstance(item.get("parameters"), Mapping)


def seal_tools(item: Mapping[str, Any], place: str) -> Iterator[Entry]:
    """Read a tool of Seal-Tools."""
    body = {
        "name": item["api_name"],
        "description": item.get("api_description"),
        "parameters": {**_object(item["parameters"]), "required": item.get("required")},
    }
    yield Entry(place, _with_returns(body, item.get("responses")))


def is_taskbench(item: Mapping[str, Any]) -> bool:
    """Tell `{"nodes": [{"id", "desc", ...}]}`, or one such node."""
    if isinstance(item.get("nodes"), list):
        return any(isinstance(node, Mapping) and "id" in node for node in item["nodes"])
    return "desc" in item and isinstance(item.get("id"), str)


def taskbench(item: Mapping[str, Any], place: str) -> Iterator[Entry]:
    """Read the nodes of TaskBench (JARVIS)."""
    nodes = item.get("nodes")
    if not isinstance(nodes, list):
        yield _node(item, place)
        return
    for index, node in enumerate(nodes):
        inner = f"{place}.nodes[{index}]" if place else f"nodes[{index}]"
        yield _node(node, inner) if isinstance(node, Mapping) else skipped(inner, node)


def _node(node: Mapping[str, Any], place: str) -> Entry:
    """Read one node. The Hugging Face nodes name no parameters, only the types of their inputs."""
    body = {"name": node.get("id"), "description": node.get("desc")}
    inputs = node.get("input-type")
    if not isinstance(node.get("parameters"), list) and isinstance(inputs, list) and inputs:
        names = [str(kind) for kind in inputs]
        properties = {
            name if names[:index].count(name) == 0 else f"{name}_{names[:index].count(name) + 1}": {
                "type": "string",
                "description": f"The {name} to work on.",
            }
            for index, name in enumerate(names)
        }
        schema = {"type": "object", "properties": properties, "required": list(properties)}
        message = f"named no parameters, wrote one for each input: {', '.join(properties)}"
        told = issue("import-not-expressed", f"{place}.input-type", message)
        return Entry(place, {**body, "parameters": schema}, issues=(told,))
    return Entry(place, {**body, "parameters": _listed(node.get("parameters"), "desc")})


def is_toolbench(item: Mapping[str, Any]) -> bool:
    """Tell `{"api_list": [...]}` of ToolBench's queries and tools, or one entry of it."""
    if isinstance(item.get("api_list"), list):
        return True
    return "required_parameters" in item and "optional_parameters" in item


def toolbench(item: Mapping[str, Any], place: str) -> Iterator[Entry]:
    """Read the APIs of ToolBench, whose calls name them `<api>_for_<tool>`."""
    apis = item.get("api_list")
    if not isinstance(apis, list):
        yield _rapid_api(item, place, "")
        return
    family = item.get("tool_name")
    for index, api in enumerate(apis):
        inner = f"{place}.api_list[{index}]" if place else f"api_list[{index}]"
        if isinstance(api, Mapping):
            yield _rapid_api(api, inner, family if isinstance(family, str) else "")
        else:
            yield skipped(inner, api)


def _rapid_api(api: Mapping[str, Any], place: str, family: str) -> Entry:
    own_name = name = api.get("api_name", api.get("name"))
    tool = api.get("tool_name", family)
    if isinstance(name, str) and isinstance(tool, str) and tool:
        name = f"{_words(name)}_for_{_words(tool)}"
    required = _listed(api.get("required_parameters"), "description")
    optional = _listed(api.get("optional_parameters"), "description")
    schema = {
        "type": "object",
        "properties": {**required["properties"], **optional["properties"]},
        "required": list(required["properties"]),
    }
    described = api.get("api_description", api.get("description"))
    body = {"name": name, "description": described, "parameters": schema}
    return Entry(place, body, own_name=f"{tool}.{own_name}" if tool else "")


def _words(text: str) -> str:
    """Return a name as ToolBench standardises it: lower case words joined by underscores."""
    return _NOT_WORD.sub("_", text).strip("_").lower()


def is_tool_alpaca(item: Mapping[str, Any]) -> bool:
    """Tell a row of ToolAlpaca by its `Function_Description`."""
    return isinstance(item.get("Function_Description"), Mapping)


def tool_alpaca(item: Mapping[str, Any], place: str) -> Iterator[Entry]:
    """Read the functions that a ToolAlpaca row describes in words."""
    for name, text in item["Function_Description"].items():
        inner = f"{place}.Function_Description.{name}"
        if name == "components" or not isinstance(text, str):
            continue
        described, _, rest = _cut(text)
        try:
            told = json.loads(_AFTER.split(rest, maxsplit=1)[0]) if rest else {}
        except (ValueError, RecursionError):
            told = None
        if not isinstance(told, dict):
            message = "the parameters are no JSON object, left them out"
            missing = issue("import-not-expressed", inner, message)
            yield Entry(inner, {"name": name, "description": described}, issues=(missing,))
            continue
        yield Entry(inner, {"name": name, "description": described, "parameters": _told(told)})


def _cut(text: str) -> tuple[str, str, str]:
    found = _SECTION.search(text)
    return (text[: found.start()], "", text[found.end() :]) if found else (text, "", "")


def _told(parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Return the schema of parameters told as `Required. string. One of: [a, b]. What it is.`."""
    properties: dict[str, Any] = {}
    required: list[str] = []
    for name, text in parameters.items():
        match = _TOLD_TYPE.match(text) if isinstance(text, str) else None
        if match is None:
            properties[name] = {"description": str(text)}
            continue
        kind = match["type"].lower()
        schema: dict[str, Any] = {"type": kind, "description": text[match.end() :].strip()}
        if match["inner"]:
            schema["items"] = {"type": match["inner"]}
        if match["enum"] and kind == "string":
            schema["enum"] = [value.strip() for value in match["enum"].split(",")]
        properties[name] = schema
        if match["required"]:
            required.append(name)
    return {"type": "object", "properties": properties, "required": required}


def _object(properties: Mapping[str, Any]) -> dict[str, Any]:
    return {"type": "object", "properties": dict(properties)}


def _with_returns(body: dict[str, Any], properties: Any) -> dict[str, Any]:
    if not isinstance(properties, Mapping) or not properties:
        return body
    return {**body, "returns": _object(properties)}


def _listed(parameters: Any, description: str) -> dict[str, Any]:
    """Return the schema of a list of `{name, type, description, default}`."""
    properties: dict[str, Any] = {}
    for item in parameters if isinstance(parameters, list) else []:
        if not isinstance(item, Mapping) or not isinstance(item.get("name"), str):
            continue
        schema: dict[str, Any] = {"type": item.get("type")}
        if isinstance(item.get(description), str) and item[description].strip():
            schema["description"] = item[description].strip()
        if item.get("default") not in (None, ""):
            schema["default"] = item["default"]
        properties[item["name"]] = schema
    return {"type": "object", "properties": properties}
