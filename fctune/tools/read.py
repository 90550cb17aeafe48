"""Tool catalogues from what people write: OpenAI, bare, Responses, wrapped lists, loose YAML.

Input: a parsed value, its JSON text, or a file. Output: a ToolCatalog of the tools that can be
used, and issues for every repair and every tool that cannot. Nothing outside the file is read.

Before: {"type": "function", "function": {"name": "now", "parameters": {"tz": {"type": "str"}}}}
After:  ToolSpec("now", "", {"type": "object", "properties": {"tz": {"type": "string"}}})
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from fctune.errors import InputFault
from fctune.issues import Issue, blocking, issue
from fctune.jsonl import read_document
from fctune.jsonl.faults import json_kind, json_words
from fctune.tools.check import check_schema
from fctune.tools.examples import parse_examples
from fctune.tools.names import LAWFUL_NAME
from fctune.tools.provenance import parse_http, parse_origin
from fctune.tools.schema import canonical_parameters
from fctune.tools.spec import ToolCatalog, ToolSpec

_SAYS_A_TOOL = frozenset({"parameters", "input_schema", "inputSchema"})
_OF_A_TOOL = _SAYS_A_TOOL | {"name", "function", "type", "description", "properties", "$ref"}
LIST_KEYS = ("tools", "functions", "function")
PARAMETER_KEYS = ("parameters", "input_schema", "inputSchema")


@dataclass(frozen=True, slots=True)
class ReadTool:
    """One entry of a list of tools, as read.

    Attributes:
        where: its place, such as `tools[3]`.
        name: as written; "" where it has none.
        spec: the tool, or None where it cannot be used or repeats an earlier one.
        issues: what was found and repaired.
    """

    where: str
    name: str
    spec: ToolSpec | None
    issues: tuple[Issue, ...]


def load_catalog(path: Path) -> tuple[ToolCatalog, list[Issue]]:
    """Read a tool file in JSON or YAML.

    Args:
        path: `.json`, `.yaml`, `.yml`, or `.jsonl` with a tool a line.

    Returns:
        The usable tools, and all issues; `where` in them is relative to the file.

    Raises:
        InputFault: the file cannot be read, or holds no tool at all.
    """
    value = read_document(path)
    catalog, issues = parse_catalog(value, "tools")
    if not catalog.specs and not issues:
        raise InputFault(
            "holds no tools",
            where=str(path),
            hint="write a list of {name, description, parameters}",
        )
    return catalog, issues


def parse_catalog(value: Any, where: str = "tools") -> tuple[ToolCatalog, list[Issue]]:
    """Return the catalogue that a value describes, and the issues met.

    Args:
        value: a list of tools, one tool, an object with a `tools` or `functions` list, a list of
            JSON strings, or the JSON text of any of these; None and "" are an empty catalogue.
        where: the place to name in issues.
    """
    if isinstance(value, str):
        catalog, issues = _parse_text(value, where)
        return catalog, list(issues)
    return _parse_value(value, where)


@lru_cache(maxsize=512)
def _parse_text(text: str, where: str) -> tuple[ToolCatalog, tuple[Issue, ...]]:
    if not text.strip():
        return ToolCatalog(), ()
    try:
        value = json.loads(text)
    except (ValueError, RecursionError) as fault:
        told = f"not valid JSON: {json_words(fault)}"
        return ToolCatalog(), (issue("tools-invalid", where, told),)
    if isinstance(value, str) or value is None:
        found = "a JSON string within JSON" if isinstance(value, str) else "null"
        return ToolCatalog(), (issue("tools-invalid", where, f"got {found}, expected a list"),)
    catalog, issues = _parse_value(value, where)
    return catalog, tuple(issues)


def _parse_value(value: Any, where: str) -> tuple[ToolCatalog, list[Issue]]:
    read, issues = read_tools(value, where)
    specs = tuple(tool.spec for tool in read if tool.spec is not None)
    return ToolCatalog(specs), issues + [found for tool in read for found in tool.issues]


def read_tools(value: Any, where: str = "tools") -> tuple[list[ReadTool], list[Issue]]:
    """Return every entry of a list of tools with its issues, and the issues of the list itself.

    Args:
        value: as for `parse_catalog`, JSON text excepted.
        where: the place of the list.
    """
    entries = tool_list(value)
    if entries is None:
        found = f"got {json_kind(value)}, expected a list of tools"
        return [], [issue("tools-invalid", where, found)]
    read: list[ReadTool] = []
    specs: dict[str, ToolSpec] = {}
    for index, raw in enumerate(entries):
        place = f"{where}[{index}]"
        spec, found_here = read_tool(raw, place)
        if spec is not None and spec.name in specs:
            if not same_tool(spec, specs[spec.name]):
                message = f"got {spec.name!r} a second time"
                found_here = [*found_here, issue("tool-name-duplicate", place, message)]
            read.append(ReadTool(place, spec.name, None, tuple(found_here)))
            continue
        if spec is not None:
            specs[spec.name] = spec
        read.append(ReadTool(place, _name_of(raw), spec, tuple(found_here)))
    return read, []


def tool_list(value: Any) -> list[Any] | None:
    """Return the entries of a list of tools, of an object that holds one, or of one tool.

    >>> tool_list({"tools": [{"name": "a"}]}), tool_list({"name": "a"}), tool_list(5)
    ([{'name': 'a'}], [{'name': 'a'}], None)
    >>> tool_list({"now": {"description": "Tell the time.", "parameters": {}}})
    [{'name': 'now', 'description': 'Tell the time.', 'parameters': {}}]
    """
    if value is None:
        return []
    if isinstance(value, Mapping):
        named = next((value[key] for key in LIST_KEYS if _is_by_name(value.get(key))), value)
        if _is_by_name(named):
            return [{"name": str(name), **tool} for name, tool in named.items()]
        inner = next((value[key] for key in LIST_KEYS if isinstance(value.get(key), list)), None)
        return [value] if inner is None and value else list(inner or [])
    return list(value) if isinstance(value, list | tuple) else None


def _is_by_name(value: Any) -> bool:
    """Tell a map of name to tool, as loose YAML writes it, from one tool or a schema."""
    if not isinstance(value, Mapping) or not value or _OF_A_TOOL & value.keys():
        return False
    return all(
        isinstance(tool, Mapping) and "name" not in tool and _SAYS_A_TOOL & tool.keys()
        for tool in value.values()
    )


def same_tool(one: ToolSpec, other: ToolSpec) -> bool:
    """Tell whether two tools are equal but for where they were read."""
    return replace(one, origin=None, http=None) == replace(other, origin=None, http=None)


def _name_of(raw: Any) -> str:
    body = unwrap(raw)
    name = body.get("name") if body is not None else None
    return name if isinstance(name, str) else ""


def read_tool(raw: Any, where: str) -> tuple[ToolSpec | None, list[Issue]]:
    """Return one tool, or None where it cannot be used, and the issues met.

    Args:
        raw: a tool as an object, wrapped or bare, or its JSON text.
        where: its place.
    """
    if isinstance(raw, str):
        try:
            raw = json.loads(raw)
        except (ValueError, RecursionError):
            return None, [issue("tools-invalid", where, "got text that is not JSON")]
    body = unwrap(raw)
    if body is None:
        return None, [issue("tools-invalid", where, f"got {json_kind(raw)}, expected an object")]
    name = body.get("name")
    if not isinstance(name, str) or not name.strip():
        return None, [issue("tool-name-missing", where, f"got name {name!r}")]
    issues: list[Issue] = []
    if not LAWFUL_NAME.match(name):
        issues.append(issue("tool-name-unlawful", where, f"got {name!r}"))
    described = body.get("description")
    parameters, found = canonical_parameters(
        body.get(parameter_key(body)), f"{where}.parameters", required=body.get("required")
    )
    issues.extend(found)
    issues.extend(check_schema(parameters, f"{where}.parameters"))
    if blocking(issues):
        return None, issues
    returns = body.get("returns") if isinstance(body.get("returns"), Mapping) else None
    text = described.strip() if isinstance(described, str) else ""
    spec = ToolSpec(
        name,
        text,
        parameters,
        returns=returns,
        origin=parse_origin(body.get("origin")),
        http=parse_http(body.get("http")),
    )
    examples, found = parse_examples(body.get("examples"), spec, where)
    issues.extend(missing_descriptions(spec, where))
    return replace(spec, examples=examples), issues + found


def parameter_key(body: Mapping[str, Any]) -> str:
    """Return the key under which a tool has its parameters: a filled one before an empty one.

    >>> parameter_key({"parameters": {}, "input_schema": {"type": "object"}}), parameter_key({})
    ('input_schema', 'parameters')
    """
    there = [key for key in PARAMETER_KEYS if key in body]
    return next((key for key in there if body[key]), there[0] if there else "parameters")


def unwrap(raw: Any) -> Mapping[str, Any] | None:
    """Return the object that holds the name: OpenAI wraps it in `function`, others do not."""
    if not isinstance(raw, Mapping):
        return None
    inner = raw.get("function")
    return inner if isinstance(inner, Mapping) else raw


def missing_descriptions(spec: ToolSpec, where: str) -> list[Issue]:
    """Return an issue for a tool without a description, and for each such parameter of it.

    Args:
        spec: a tool in canonical form.
        where: its place.
    """
    issues = []
    if not spec.description:
        issues.append(issue("tool-description-missing", where, f"{spec.name} has no description"))
    for name, schema in spec.parameters["properties"].items():
        if isinstance(schema, Mapping) and not schema.get("description"):
            place = f"{where}.parameters.properties.{name}"
            issues.append(issue("tool-description-missing", place, f"{name} has no description"))
    return issues
