"""Lawful repairs of a catalogue: what can be mended without knowing what the author meant.

Input: a document as read from a file, or a catalogue. Output: the same with the repairs written
in, and one issue per repair, under the code of the finding that it removes. Everything else stays:
wrappers, unknown keys, the order of tools. Fixing a second time changes nothing.

Repairs: all that reading does (type names, misplaced `required`, bare properties), enum values and
defaults written in another type, doubled enum values, a null default of an optional parameter,
`required` or minProperties where an empty call would pass, a tool listed twice. Names are left:
conversations call the tools by them.

Before: {"city": {"type": "str", "description": "Required. Where."}}
After:  {"type": "object", "properties": {"city": {"type": "string", ...}}, "required": ["city"]}
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from fctune.issues import Issue, Severity, issue
from fctune.tools.lint.calls import COMBINATORS, may_be_left_out, need_of
from fctune.tools.lint.values import NO_VALUE, converted, fits, identity, shown, types_of
from fctune.tools.read import (
    LIST_KEYS,
    parameter_key,
    read_tool,
    same_tool,
    tool_list,
    unwrap,
)
from fctune.tools.spec import ToolCatalog, ToolSpec

_MAPS = ("properties", "patternProperties", "$defs", "definitions")
_LISTS = ("anyOf", "oneOf", "allOf", "prefixItems")
_SINGLES = ("items", "additionalProperties", "contains", "not", "if", "then", "else")
_WALK_DEPTH = 80


@dataclass
class _Fixes:
    """The repairs made so far.

    Attributes:
        require_all: list every parameter without a default as required where a tool tells none.
    """

    require_all: bool = False
    made: list[Issue] = field(default_factory=list)

    def add(self, code: str, where: str, message: str) -> None:
        self.made.append(issue(code, where, message))


def fix_document(value: Any, *, require_all: bool = False) -> tuple[Any, list[Issue]]:
    """Return a document of tools with the repairs written in, and what was repaired.

    Args:
        value: as for `fctune.tools.read.read_tools`. It is not changed.
        require_all: where a tool tells no required parameter, require all that have no default.
    """
    entries = tool_list(value)
    if not entries:
        return value, []
    fixes = _Fixes(require_all)
    kept: list[Any] = []
    specs: dict[str, ToolSpec] = {}
    for index, raw in enumerate(entries):
        place = f"tools[{index}]"
        fixed, spec = _fix_entry(raw, place, fixes)
        if spec is not None and spec.name in specs and same_tool(spec, specs[spec.name]):
            fixes.add("tool-listed-twice", place, f"removed the second {spec.name!r}")
            continue
        if spec is not None:
            specs.setdefault(spec.name, spec)
        kept.append(fixed)
    return (_rewrapped(value, kept), fixes.made) if fixes.made else (value, [])


def fix_catalog(
    catalog: ToolCatalog, *, require_all: bool = False
) -> tuple[ToolCatalog, list[Issue]]:
    """Return a catalogue with the repairs made, and what was repaired.

    Args:
        catalog: in canonical form, as an import gives it.
        require_all: as for `fix_document`.
    """
    fixes = _Fixes(require_all)
    specs = tuple(
        replace(spec, parameters=_fix_spec(spec, f"tools[{index}]", fixes))
        for index, spec in enumerate(catalog)
    )
    return ToolCatalog(specs), fixes.made


def _fix_entry(raw: Any, place: str, fixes: _Fixes) -> tuple[Any, ToolSpec | None]:
    """Return one entry of a list with its repairs; an entry that is no tool stays as it is."""
    spec, found = read_tool(raw, place)
    if spec is None:
        return raw, None
    is_text = isinstance(raw, str)
    tool = json.loads(raw) if is_text else raw
    body = unwrap(tool)
    if body is None:
        return raw, None
    key = parameter_key(body)
    before = body.get(key)
    outer = body.get("required")
    if before != spec.parameters or isinstance(outer, list):
        fixes.made += [each for each in found if each.severity is Severity.REPAIR]
    if isinstance(outer, list):
        fixes.add("tool-required-moved", place, _moved(outer, spec))
    parameters = _fix_spec(spec, place, fixes)
    if before == parameters and not isinstance(outer, list):
        return raw, spec
    mended = dict(body)
    if isinstance(outer, list):
        del mended["required"]
    mended[key] = parameters
    whole = mended if body is tool else {**tool, "function": mended}
    return (json.dumps(whole, ensure_ascii=False) if is_text else whole), spec


def _moved(outer: list[Any], spec: ToolSpec) -> str:
    """Return what became of the `required` that stood beside the parameters."""
    kept = [str(name) for name in outer if name in spec.parameters.get("required", ())]
    if kept:
        return f"moved `required` into the parameters: {', '.join(kept)}"
    return f"removed the `required` beside the parameters: {shown(outer)} names none of them"


def _rewrapped(value: Any, entries: list[Any]) -> Any:
    if not isinstance(value, Mapping):
        return entries
    key = next((key for key in LIST_KEYS if isinstance(value.get(key), list)), None)
    return entries[0] if key is None else {**value, key: entries}


def _fix_spec(spec: ToolSpec, place: str, fixes: _Fixes) -> dict[str, Any]:
    """Return the parameters of a tool with every repair."""
    where = f"{place}.parameters"
    required = set(spec.parameters.get("required", ()))
    parameters = _fix_node(dict(spec.parameters), where, fixes, 0)
    for name, schema in parameters["properties"].items() if required else ():
        # Without any `required`, the null is the only word that says "may be left out".
        if isinstance(schema, dict) and name not in required and _has_needless_null(schema):
            del schema["default"]
            message = "removed the default null: the parameter may be left out"
            fixes.add("tool-default-invalid", f"{where}.properties.{name}.default", message)
    return _fix_empty_call(replace(spec, parameters=parameters), where, fixes)


def _fix_empty_call(spec: ToolSpec, where: str, fixes: _Fixes) -> dict[str, Any]:
    parameters = dict(spec.parameters)
    names = _all_needed(replace(spec, parameters=parameters)) if fixes.require_all else []
    if names:
        parameters["required"] = names
        fixes.add("tool-empty-call", where, f"wrote required: {', '.join(names)}")
        return parameters
    need = need_of(replace(spec, parameters=parameters))
    if need is None:
        return parameters
    if need.required:
        parameters["required"] = list(need.required)
        code = "tool-required-told" if need.told else "tool-empty-call"
        fixes.add(code, where, f"wrote required: {', '.join(need.required)}")
    else:
        parameters["minProperties"] = 1
        fixes.add("tool-empty-call", where, "wrote minProperties: 1")
    return parameters


def _all_needed(spec: ToolSpec) -> list[str]:
    """Return what --require-all makes required: what no default and no example leaves out."""
    parameters = spec.parameters
    if parameters.get("required") or COMBINATORS & parameters.keys():
        return []
    return [
        name
        for name, schema in parameters["properties"].items()
        if not may_be_left_out(schema)
        and all(name in example.call.arguments for example in spec.examples)
    ]


def _has_needless_null(schema: Mapping[str, Any]) -> bool:
    return (
        "default" in schema
        and schema["default"] is None
        and bool(types_of(schema))
        and not fits(None, types_of(schema))
    )


def _fix_node(schema: Any, where: str, fixes: _Fixes, level: int) -> Any:
    """Return one schema with its values mended, and all schemas within it."""
    if not isinstance(schema, Mapping) or level > _WALK_DEPTH:
        return schema
    node = dict(schema)
    for key in _MAPS:
        if isinstance(node.get(key), Mapping):
            node[key] = {
                name: _fix_node(inner, f"{where}.{key}.{name}", fixes, level + 1)
                for name, inner in node[key].items()
            }
    for key in _LISTS:
        if isinstance(node.get(key), list):
            node[key] = [
                _fix_node(inner, f"{where}.{key}[{index}]", fixes, level + 1)
                for index, inner in enumerate(node[key])
            ]
    for key in _SINGLES:
        if isinstance(node.get(key), Mapping):
            node[key] = _fix_node(node[key], f"{where}.{key}", fixes, level + 1)
    if level:
        _fix_enum(node, where, fixes)
        _fix_default(node, where, fixes)
    return node


def _fix_enum(node: dict[str, Any], where: str, fixes: _Fixes) -> None:
    if not isinstance(node.get("enum"), list):
        return
    types = types_of(node)
    some_fits = any(fits(value, types) for value in node["enum"])
    code = "tool-enum-type" if some_fits else "tool-schema-impossible"
    values: list[Any] = []
    met: set[tuple[str, Any]] = set()
    for value in node["enum"]:
        meant = value
        if not fits(value, types) and converted(value, types) is not NO_VALUE:
            meant = converted(value, types)
            message = f"wrote {shown(meant)} for {shown(value)}"
            fixes.add(code, f"{where}.enum", message)
        if identity(meant) in met:
            fixes.add("tool-enum-duplicate", f"{where}.enum", f"removed a second {shown(meant)}")
        else:
            values.append(meant)
            met.add(identity(meant))
    node["enum"] = values


def _fix_default(node: dict[str, Any], where: str, fixes: _Fixes) -> None:
    types = types_of(node)
    if "default" not in node or fits(node["default"], types):
        return
    meant = converted(node["default"], types)
    if meant is not NO_VALUE:
        message = f"wrote {shown(meant)} for {shown(node['default'])}"
        fixes.add("tool-default-invalid", f"{where}.default", message)
        node["default"] = meant
