"""Tool catalogues from what people write: OpenAI, bare, Responses, wrapped lists, loose YAML.

Input: a parsed value, its JSON text, or a file. Output: a ToolCatalog of the tools that can be
used, and issues for every repair and every tool that cannot. Nothing outside the file is read.

Before: {"type": "function", "function": {"name": "now", "parameters": {"tz": {"type": "str"}}}}
After:  ToolSpec("now", "", {"type": "object", "properties": {"tz": {"type": "string"}}})
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from fctune.errors import InputFault
from fctune.issues import Issue, blocking, issue
from fctune.jsonl import read_json
from fctune.tools.check import check_call, check_schema
from fctune.tools.schema import canonical_parameters
from fctune.tools.spec import ToolCall, ToolCatalog, ToolExample, ToolSpec

LAWFUL_NAME = re.compile(r"^[a-zA-Z0-9_-]{1,64}\Z")
_LIST_KEYS = ("tools", "functions", "function")
_PARAMETER_KEYS = ("parameters", "input_schema", "inputSchema")


def load_catalog(path: Path) -> tuple[ToolCatalog, list[Issue]]:
    """Read a tool file in JSON or YAML.

    Args:
        path: `.json`, `.yaml` or `.yml`.

    Returns:
        The usable tools, and all issues; `where` in them is relative to the file.

    Raises:
        InputFault: the file cannot be read, or holds no tool at all.
    """
    value = _load_yaml(path) if path.suffix.lower() in (".yaml", ".yml") else read_json(path)
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


@lru_cache(maxsize=4096)
def _parse_text(text: str, where: str) -> tuple[ToolCatalog, tuple[Issue, ...]]:
    if not text.strip():
        return ToolCatalog(), ()
    try:
        value = json.loads(text)
    except (ValueError, RecursionError) as fault:
        return ToolCatalog(), (issue("tools-invalid", where, f"not valid JSON: {fault}"),)
    if isinstance(value, str) or value is None:
        found = "a JSON string within JSON" if isinstance(value, str) else "null"
        return ToolCatalog(), (issue("tools-invalid", where, f"got {found}, expected a list"),)
    catalog, issues = _parse_value(value, where)
    return catalog, tuple(issues)


def _parse_value(value: Any, where: str) -> tuple[ToolCatalog, list[Issue]]:
    if value is None:
        return ToolCatalog(), []
    if isinstance(value, Mapping):
        inner = next((value[key] for key in _LIST_KEYS if isinstance(value.get(key), list)), None)
        value = [value] if inner is None and value else (inner or [])
    if not isinstance(value, list | tuple):
        return ToolCatalog(), [
            issue("tools-invalid", where, f"got {type(value).__name__}, expected a list of tools")
        ]
    specs: dict[str, ToolSpec] = {}
    issues: list[Issue] = []
    for index, raw in enumerate(value):
        place = f"{where}[{index}]"
        spec, found = _parse_tool(raw, place)
        issues.extend(found)
        if spec is None:
            continue
        if spec.name not in specs:
            specs[spec.name] = spec
        elif spec != specs[spec.name]:
            issues.append(issue("tool-name-duplicate", place, f"got {spec.name!r} a second time"))
    return ToolCatalog(tuple(specs.values())), issues


def _parse_tool(raw: Any, where: str) -> tuple[ToolSpec | None, list[Issue]]:
    if isinstance(raw, str):
        try:
            raw = json.loads(raw)
        except (ValueError, RecursionError):
            return None, [issue("tools-invalid", where, "got text that is not JSON")]
    body = _unwrap(raw)
    if body is None:
        return None, [
            issue("tools-invalid", where, f"got {type(raw).__name__}, expected an object")
        ]
    name = body.get("name")
    if not isinstance(name, str) or not name.strip():
        return None, [issue("tool-name-missing", where, f"got name {name!r}")]
    issues: list[Issue] = []
    if not LAWFUL_NAME.match(name):
        issues.append(issue("tool-name-unlawful", where, f"got {name!r}"))
    described = body.get("description")
    raw_parameters = next((body[key] for key in _PARAMETER_KEYS if key in body), None)
    parameters, found = canonical_parameters(
        raw_parameters, f"{where}.parameters", required=body.get("required")
    )
    issues.extend(found)
    issues.extend(check_schema(parameters, f"{where}.parameters"))
    if blocking(issues):
        return None, issues
    returns = body.get("returns") if isinstance(body.get("returns"), Mapping) else None
    text = described.strip() if isinstance(described, str) else ""
    spec = ToolSpec(name, text, parameters, returns=returns)
    examples, found = _parse_examples(body.get("examples"), spec, where)
    issues.extend(_missing_descriptions(spec, where))
    return ToolSpec(name, text, parameters, examples, returns), issues + found


def _unwrap(raw: Any) -> Mapping[str, Any] | None:
    """Return the object that holds the name: OpenAI wraps it in `function`, others do not."""
    if not isinstance(raw, Mapping):
        return None
    inner = raw.get("function")
    return inner if isinstance(inner, Mapping) else raw


def _parse_examples(
    raw: Any, spec: ToolSpec, where: str
) -> tuple[tuple[ToolExample, ...], list[Issue]]:
    """Keep the examples whose call satisfies the tool's own schema; name the others."""
    examples: list[ToolExample] = []
    issues: list[Issue] = []
    catalog = ToolCatalog((spec,))
    for index, item in enumerate(raw if isinstance(raw, list) else []):
        place = f"{where}.examples[{index}]"
        call = item.get("call") if isinstance(item, Mapping) else None
        arguments = call.get("arguments", {}) if isinstance(call, Mapping) else None
        told = isinstance(item, Mapping) and isinstance(item.get("input"), str)
        if not (told and isinstance(call, Mapping) and isinstance(arguments, Mapping)):
            issues.append(
                issue("tool-example-invalid", place, "expected {input, call: {arguments}}")
            )
            continue
        parsed = ToolCall(str(call.get("name", spec.name)), dict(arguments))
        faults = check_call(parsed, catalog, f"{place}.call")
        issues += [issue("tool-example-invalid", fault.where, fault.message) for fault in faults]
        if not faults:
            examples.append(ToolExample(item["input"], parsed))
    return tuple(examples), issues


def _missing_descriptions(spec: ToolSpec, where: str) -> list[Issue]:
    issues = []
    if not spec.description:
        issues.append(issue("tool-description-missing", where, f"{spec.name} has no description"))
    for name, schema in spec.parameters["properties"].items():
        if isinstance(schema, Mapping) and not schema.get("description"):
            place = f"{where}.parameters.properties.{name}"
            issues.append(issue("tool-description-missing", place, f"{name} has no description"))
    return issues


def _load_yaml(path: Path) -> Any:
    try:
        return yaml.safe_load(path.read_text(encoding="utf-8-sig"))
    except OSError as fault:
        raise InputFault(f"cannot be read: {fault.strerror}", where=str(path)) from fault
    except UnicodeDecodeError as fault:
        raise InputFault("not UTF-8 text", where=str(path)) from fault
    except yaml.YAMLError as fault:
        mark = getattr(fault, "problem_mark", None)
        where = f"{path}:{mark.line + 1}" if mark else str(path)
        reason = getattr(fault, "problem", None) or "cannot be parsed"
        raise InputFault(f"not valid YAML: {reason}", where=where) from fault
    except RecursionError as fault:
        raise InputFault("nested too deep to be read", where=str(path)) from fault
    except ValueError as fault:  # a date or number of YAML's own kinds that does not exist
        raise InputFault(
            f"not usable YAML: {fault}", where=str(path), hint="put the value in quotes"
        ) from fault
