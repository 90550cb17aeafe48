"""Whole catalogues across a mapping: the API's tools as the model sees them, and back.

Input: a ToolCatalog and a ToolMapping. Output: the catalogue of the other side, and issues for what
could not be carried over. A model-facing tool that the mapping knows is taken as its author wrote
it; only others are derived from the API's schema.

Before: {"name": "GET /v2/shipments/{orderNo}", "parameters": {"orderNo": {...}, "channel": {...}}}
After:  {"name": "check_logistics", "parameters": {"order_id": {...}}}
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from fctune.issues import Issue, issue
from fctune.tools.mapping.apply import to_model
from fctune.tools.mapping.convert import Conversion
from fctune.tools.mapping.schema import enum_of, property_at, required_of, types_of
from fctune.tools.mapping.spec import (
    ApiCall,
    MappingEntry,
    ParameterMapping,
    ToolMapping,
    Unmapped,
)
from fctune.tools.mapping.value import Outside
from fctune.tools.spec import ToolCall, ToolCatalog, ToolExample, ToolOrigin, ToolSpec

_WORDS = ("title", "description", "deprecated")
_PASSING = ("type", "format", "items", "examples")  # told anew, or of no weight
_DEFINITIONS = ("$defs", "definitions")
Schema = dict[str, Any]


def to_model_catalog(catalog: ToolCatalog, mapping: ToolMapping) -> tuple[ToolCatalog, list[Issue]]:
    """Return the model-facing tools of an API's catalogue.

    Each tool with an API's name becomes every tool that the API stands behind; others stay.

    Args:
        catalog: tools with the names and parameters of the API.
        mapping: the entries; tools of `mapping.catalog` win over derived ones.
    """
    specs: dict[str, ToolSpec] = {}
    issues: list[Issue] = []
    for spec in catalog:
        entries = () if is_model_facing(spec, mapping) else mapping.of_api(spec.name)
        for entry in entries:
            known = mapping.catalog.get(entry.tool)
            if known is None:
                known, found = _model_spec(spec, entry, mapping)
                issues += found
            specs.setdefault(known.name, known)
        if not entries:
            specs.setdefault(spec.name, spec)
    return ToolCatalog(tuple(specs.values())), issues


def to_api_catalog(catalog: ToolCatalog, mapping: ToolMapping) -> tuple[ToolCatalog, list[Issue]]:
    """Return the API's tools behind a model-facing catalogue; unmapped tools stay.

    Fixed values become constants that are required. Of several tools with one API the first
    decides.
    """
    specs: dict[str, ToolSpec] = {}
    issues: list[Issue] = []
    for spec in catalog:
        entry = mapping.of_tool(spec.name)
        derived, found = (spec, []) if entry is None else _api_spec(spec, entry)
        if derived.name not in specs:
            specs[derived.name] = derived
            issues += found
    return ToolCatalog(tuple(specs.values())), issues


def is_model_facing(spec: ToolSpec, mapping: ToolMapping) -> bool:
    """Tell whether a tool that is named like its own API is the model-facing one already.

    It is where it equals the known tool, or has parameters that only the model's side has. Where
    the names of tool and API differ the name alone tells, and the answer is no.
    """
    entry = mapping.of_tool(spec.name)
    if entry is None or entry not in mapping.of_api(spec.name):
        return False
    known = mapping.catalog.get(spec.name)
    if known is not None and known.parameters == spec.parameters:
        return True
    names = spec.parameters["properties"].keys()
    return names <= entry.by_name.keys() and not names <= entry.tree.keys()


def _model_spec(
    spec: ToolSpec, entry: MappingEntry, mapping: ToolMapping
) -> tuple[ToolSpec, list[Issue]]:
    where = f"tools.{spec.name}"
    issues: list[Issue] = []
    properties: Schema = {}
    required: list[str] = []
    for parameter in entry.parameters:
        place = f"{where}.{'.'.join(parameter.target)}"
        found = property_at(spec.parameters, parameter.target)
        if found is None:
            text = f"{spec.name} has no such property, {parameter.name} takes any value"
            issues.append(issue("mapping-schema", place, text))
            found = ({}, False)
        properties[parameter.name] = _converted(found[0], parameter, place, issues, out=False)
        if found[1]:
            required.append(parameter.name)
    if entry.unmapped is Unmapped.KEEP:
        for name, schema in spec.parameters["properties"].items():
            if name not in entry.tree and name not in properties:
                properties[name] = schema
                required += [name] if name in required_of(spec.parameters) else []
    model = ToolSpec(
        entry.tool,
        spec.description,
        _object(spec, properties, required),
        returns=spec.returns,
        origin=ToolOrigin("tool_mapping", spec.name),
    )
    calls = ((one, to_model(ApiCall(spec.name, one.call.arguments), mapping))
             for one in spec.examples)  # fmt: skip
    examples = tuple(
        ToolExample(one.input, call)
        for one, call in calls
        if isinstance(call, ToolCall) and call.name == entry.tool
    )
    return replace(model, examples=examples), issues


def _api_spec(spec: ToolSpec, entry: MappingEntry) -> tuple[ToolSpec, list[Issue]]:
    where = f"tools.{spec.name}"
    issues: list[Issue] = []
    root: Schema = {"properties": {}}
    given = required_of(spec.parameters)
    for name, schema in spec.parameters["properties"].items():
        parameter = entry.by_name.get(name)
        if parameter is None:
            if entry.unmapped is Unmapped.KEEP and name not in entry.tree:
                _place(root, (name,), schema, required=name in given)
            continue
        converted = _converted(schema, parameter, f"{where}.{name}", issues, out=True)
        _place(root, parameter.target, converted, required=name in given)
    for fixed in entry.fixed:
        _place(root, fixed.target, {"const": fixed.value}, required=True)
    parameters = _object(spec, root["properties"], root.get("required", []))
    origin = ToolOrigin("tool_mapping", spec.name)
    return ToolSpec(entry.api, spec.description, parameters, returns=spec.returns,
                    origin=origin), issues  # fmt: skip


def _object(spec: ToolSpec, properties: Schema, required: Sequence[str]) -> Schema:
    schema: Schema = {"type": "object", "properties": properties}
    if required:
        schema["required"] = list(required)
    for key in (*_DEFINITIONS, "additionalProperties"):
        if key in spec.parameters:
            schema[key] = spec.parameters[key]
    return schema


def _place(root: Schema, path: Sequence[str], schema: Any, *, required: bool) -> None:
    """Put a schema at a place, inside objects that are made on the way."""
    for name in path[:-1]:
        _require(root, name, required)
        root = root["properties"].setdefault(name, {"type": "object", "properties": {}})
    _require(root, path[-1], required)
    root["properties"][path[-1]] = schema


def _require(schema: Schema, name: str, required: bool) -> None:
    if required and name not in schema.setdefault("required", []):
        schema["required"].append(name)
    if not schema.get("required"):
        schema.pop("required", None)


def _converted(
    schema: Any, parameter: ParameterMapping, place: str, issues: list[Issue], *, out: bool
) -> Any:
    """Return the schema of a value after the conversions of one way."""
    chain = parameter.conversions if out else parameter.conversions[::-1]
    for conversion in chain:
        schema, lost = _convert_schema(schema, conversion, out=out)
        if lost:
            text = f"{', '.join(lost)} does not pass {conversion.name}"
            issues.append(issue("mapping-schema", place, text))
    return schema


def _convert_schema(schema: Any, conversion: Conversion, *, out: bool) -> tuple[Schema, list[str]]:
    """Return the schema on the other side of one conversion, and the keywords that were lost."""
    given = schema if isinstance(schema, Mapping) else {}
    way, types = (conversion.out, conversion.api) if out else (conversion.back, conversion.model)
    nullable = frozenset({"null"}) & types_of(given)
    result: Schema = {"type": _type_value(types | nullable)} if types else {}
    result.update({key: given[key] for key in _WORDS if key in given})
    values = _each(way, enum_of(given))
    side = 1 if out else 0
    if conversion.table and values is None:
        values = [pair[side] for pair in conversion.table]
    if values:
        result["enum"] = values
    if "default" in given and (default := _each(way, [given["default"]])):
        result["default"] = default[0]
    if conversion.format and not out:
        result["format"] = conversion.format
    if "array" in types:
        result["items"] = {"type": "string"}  # list-comma is the only one that gives a list
    lost = [key for key in given if key not in result and key not in _PASSING]
    return result, lost


def _each(way: Callable[[Any], Any], values: Sequence[Any]) -> list[Any] | None:
    """Return the values converted; None where there are none or one cannot be."""
    try:
        return [None if value is None else way(value) for value in values] or None
    except Outside:
        return None


def _type_value(types: frozenset[str]) -> str | list[str]:
    names = sorted(types, key=lambda name: (name == "null", name))
    return names[0] if len(names) == 1 else names
