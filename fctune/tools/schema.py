"""Canonical JSON Schema from what tool authors write: aliases, misplaced `required`, bare maps.

Input: any value found where a tool's `parameters` should be. Output: a JSON Schema of type object
with `properties`, and one Issue per kind of repair. Nothing is fetched and nothing is evaluated.

Before: {"city": {"type": "str"}, "days": {"type": "int, optional"}}
After:  {"type": "object", "properties": {"city": {"type": "string"}, "days": {"type": "integer"}},
         "required": ["city"]}
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fctune.issues import Issue, issue
from fctune.jsonl.faults import json_kind
from fctune.tools.schema_types import bare_type, type_name

_SCHEMA_KEYS = frozenset({"type", "properties", "$ref", "anyOf", "oneOf", "allOf", "$defs", "enum"})
_NESTED_MAPS = ("properties", "patternProperties", "$defs", "definitions", "dependentSchemas")
_NESTED_LISTS = ("anyOf", "oneOf", "allOf", "prefixItems")
_NESTED_SINGLE = ("items", "additionalProperties", "not", "if", "then", "else", "contains")
MAX_DEPTH = 64
_MAX_PLACE = 80


def canonical_parameters(
    raw: Any, where: str, *, required: Any = None
) -> tuple[dict[str, Any], list[Issue]]:
    """Return the canonical object schema of a tool's parameters, and the repairs made.

    Args:
        raw: what the source has as parameters: a schema, a bare map of properties, or nothing.
        where: the place to name in issues, such as `tools[0].parameters`.
        required: a `required` that stands beside the parameters, as tutorials misplace it; a
            list counts, together with the parameters' own.

    Returns:
        The schema, and issues of the codes `tool-parameters-missing`, `tool-type-alias`,
        `tool-required-moved`, `tool-required-unknown` and `tool-schema-invalid`.
    """
    if raw is None or raw in ({}, [], ""):
        return {"type": "object", "properties": {}}, [
            issue(
                "tool-parameters-missing", where, "got no parameters, wrote an empty object schema"
            )
        ]
    raw = _by_name(raw)
    if not isinstance(raw, Mapping):
        found = f"got {json_kind(raw)}, expected a JSON Schema object"
        return {"type": "object", "properties": {}}, [issue("tool-schema-invalid", where, found)]
    issues: list[Issue] = []
    schema = dict(raw)
    if not (_SCHEMA_KEYS & schema.keys()) or _is_bare_properties(schema):
        issues.append(
            issue("tool-parameters-missing", where, "got bare properties, wrote an object schema")
        )
        inner = schema.pop("required") if isinstance(schema.get("required"), list) else None
        required = required if inner is None else inner
        schema = {"type": "object", "properties": schema}
    if isinstance(required, list):
        _take_outer_required(schema, required, where, issues)
    complete = isinstance(schema.get("properties"), Mapping)
    if not complete:
        schema["properties"] = {}
    fixed = _canonical(schema, where, issues, depth=0)
    if not complete or fixed.get("type") != "object":
        issues.append(issue("tool-parameters-missing", where, "added type object and properties"))
        fixed.pop("type", None)
        fixed = {"type": "object", "properties": fixed.pop("properties"), **fixed}
    return fixed, issues


def _by_name(raw: Any) -> Any:
    """Return a list of named parameters as the map that it means; anything else as it is.

    Before: [{"name": "city", "type": "string"}]
    After:  {"city": {"type": "string"}}
    """
    if not isinstance(raw, list):
        return raw
    if not all(isinstance(one, Mapping) and isinstance(one.get("name"), str) for one in raw):
        return raw
    named = {one["name"]: {k: v for k, v in one.items() if k != "name"} for one in raw}
    return named if len(named) == len(raw) else raw


def _take_outer_required(
    schema: dict[str, Any], outer: list[Any], where: str, issues: list[Issue]
) -> None:
    """Write a `required` from beside the parameters into them, after what they list themselves."""
    own = schema.get("required")
    if not isinstance(own, list):
        schema["required"] = outer
        return
    more = [name for name in outer if name not in own]
    if more:
        schema["required"] = [*own, *more]
        names = ", ".join(map(str, more))
        message = f"added {names}, required beside the parameters"
        issues.append(issue("tool-required-moved", where, message))


def _is_bare_properties(schema: Mapping[str, Any]) -> bool:
    """Tell `{"type": {"type": "string"}, ...}`, a map whose parameter happens to be named type."""
    if "properties" in schema or not schema:
        return False
    return all(isinstance(value, Mapping) for value in schema.values()) and not (
        {"$ref", "$defs", "anyOf", "oneOf", "allOf"} & schema.keys()
    )


def _canonical(raw: Any, where: str, issues: list[Issue], *, depth: int) -> dict[str, Any]:
    if not isinstance(raw, Mapping):
        found = f"got {json_kind(raw)}, expected a schema"
        issues.append(issue("tool-schema-invalid", where, found))
        return {}
    if depth > MAX_DEPTH:
        found = f"nested {depth + _height(raw)} deep, expected at most {MAX_DEPTH}"
        issues.append(issue("tool-schema-invalid", _shortened(where), found))
        return {}
    schema = {str(key): value for key, value in raw.items()}
    _write_out_types(schema, where, issues)
    flags = _take_required_flags(schema)
    _fix_type(schema, where, issues)
    _fix_nullable(schema, where, issues)
    if "examples" in schema and not isinstance(schema["examples"], list):
        schema["examples"] = [schema["examples"]]
        issues.append(issue("tool-type-alias", where, "got one value as examples, wrote a list"))
    for key in _NESTED_MAPS:
        if isinstance(schema.get(key), Mapping):
            schema[key] = {
                str(name): _nested(value, f"{where}.{key}.{name}", issues, depth + 1)
                for name, value in schema[key].items()
            }
    for key in _NESTED_LISTS:
        if isinstance(schema.get(key), list):
            schema[key] = [
                _nested(value, f"{where}.{key}[{i}]", issues, depth + 1)
                for i, value in enumerate(schema[key])
            ]
    for key in _NESTED_SINGLE:
        if isinstance(schema.get(key), Mapping):
            schema[key] = _nested(schema[key], f"{where}.{key}", issues, depth + 1)
    _fix_items(schema, where, issues, depth)
    _fix_required(schema, flags, where, issues)
    return schema


def _write_out_types(schema: dict[str, Any], where: str, issues: list[Issue]) -> None:
    """Write a parameter that is only the name of its type as a schema: `order_id: string`."""
    properties = schema.get("properties")
    if not isinstance(properties, Mapping):
        return
    bare = {k: v for k, v in properties.items() if isinstance(v, str) and type_name(v)}
    if bare:
        schema["properties"] = {
            name: {"type": value} if name in bare else value for name, value in properties.items()
        }
        names = ", ".join(map(str, bare))
        message = f"got only a type for {names}, wrote a schema"
        issues.append(issue("tool-type-alias", f"{where}.properties", message))


def _height(raw: Any) -> int:
    """Return how many objects lie within a value, one inside the other."""
    height, level = 0, [raw]
    while level := [
        inner
        for value in level
        if isinstance(value, Mapping | list)
        for inner in (value.values() if isinstance(value, Mapping) else value)
    ]:
        height += any(isinstance(value, Mapping) for value in level)
    return height


def _shortened(where: str) -> str:
    """Return the beginning of a place that is too long to be read."""
    return where if len(where) <= _MAX_PLACE else f"{where[:_MAX_PLACE].rpartition('.')[0]}..."


def _take_required_flags(schema: dict[str, Any]) -> dict[str, bool]:
    """Take `required: true` and `"type": "x, optional"` out of the properties of a schema.

    Before: {"properties": {"a": {"type": "string", "required": true}}}
    After:  {"properties": {"a": {"type": "string"}}}, and {"a": True} is returned.
    """
    properties = schema.get("properties")
    if not isinstance(properties, Mapping):
        return {}
    flags: dict[str, bool] = {}
    plain: dict[str, Any] = {}
    for name, sub in properties.items():
        plain[name] = sub
        if not isinstance(sub, Mapping):
            continue
        if isinstance(sub.get("required"), bool):
            flags[name] = sub["required"]
            plain[name] = {key: value for key, value in sub.items() if key != "required"}
        declared = sub.get("type")
        if isinstance(declared, str) and bare_type(declared) != declared.strip():
            flags[name] = False
    schema["properties"] = plain
    return flags


def _nested(value: Any, where: str, issues: list[Issue], depth: int) -> Any:
    return value if isinstance(value, bool) else _canonical(value, where, issues, depth=depth)


def _fix_items(schema: dict[str, Any], where: str, issues: list[Issue], depth: int) -> None:
    items = schema.get("items")
    if isinstance(items, str):
        schema["items"] = _canonical({"type": items}, f"{where}.items", issues, depth=depth + 1)
    elif isinstance(items, list):
        issues.append(issue("tool-type-alias", f"{where}.items", "got a list, wrote prefixItems"))
        schema["prefixItems"] = [
            _nested(value, f"{where}.items[{i}]", issues, depth + 1)
            for i, value in enumerate(items)
        ]
        del schema["items"]


def _fix_type(schema: dict[str, Any], where: str, issues: list[Issue]) -> None:
    declared = schema.get("type")
    if declared is None:
        schema.pop("type", None)
    elif isinstance(declared, list):
        names = [type_name(name) for name in declared]
        flat = [name["type"] for name in names if "type" in name]
        if flat != declared:
            issues.append(issue("tool-type-alias", where, f"got type {declared}, wrote {flat}"))
            schema["type"] = flat
        if not flat:
            del schema["type"]
    else:
        replacement = type_name(declared)
        if replacement != {"type": declared}:
            written = replacement.get("type", "no type")
            issues.append(
                issue("tool-type-alias", where, f"got type {declared!r}, wrote {written}")
            )
            del schema["type"]
            rest = dict(schema)
            schema.clear()
            schema.update({**replacement, **rest})


def _fix_nullable(schema: dict[str, Any], where: str, issues: list[Issue]) -> None:
    if schema.pop("nullable", False) is True and isinstance(schema.get("type"), str):
        issues.append(issue("tool-type-alias", where, "got nullable, wrote a type list with null"))
        schema["type"] = [schema["type"], "null"]
        if isinstance(schema.get("enum"), list) and None not in schema["enum"]:
            schema["enum"] = [*schema["enum"], None]


def _fix_required(
    schema: dict[str, Any], flags: Mapping[str, bool], where: str, issues: list[Issue]
) -> None:
    """Write `required` as a list of existing properties beside `properties`.

    Where some properties are flagged optional and no list is given, the others are meant as
    required: that is how xLAM and Hermes write it (DATA.md section B6).
    """
    properties = schema.get("properties")
    declared = schema.pop("required", None)
    if isinstance(schema.get("optional"), list):
        del schema["optional"]
    if not isinstance(properties, dict):
        if isinstance(declared, list):
            schema["required"] = declared
        elif declared is not None:
            issues.append(
                issue("tool-required-moved", where, "removed a `required` that is no list")
            )
        return
    listed = (
        [name for name in declared if isinstance(name, str)] if isinstance(declared, list) else []
    )
    implied = declared is None and False in flags.values()
    wanted = [name for name in listed if name in properties]
    wanted += [name for name in properties if flags.get(name, implied) and name not in wanted]
    unknown = [name for name in listed if name not in properties]
    if unknown:
        issues.append(issue("tool-required-unknown", where, f"removed {', '.join(unknown)}"))
    if flags or not isinstance(declared, list | type(None)):
        issues.append(issue("tool-required-moved", where, f"wrote required: {wanted}"))
    if wanted:
        schema["required"] = list(dict.fromkeys(wanted))
