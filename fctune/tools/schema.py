"""Canonical JSON Schema from what tool authors write: aliases, misplaced `required`, bare maps.

Input: any value found where a tool's `parameters` should be. Output: a JSON Schema of type object
with `properties`, and one Issue per kind of repair. Nothing is fetched and nothing is evaluated.

Before: {"city": {"type": "str"}, "days": {"type": "int, optional"}}
After:  {"type": "object", "properties": {"city": {"type": "string"}, "days": {"type": "integer"}},
         "required": ["city"]}
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from fctune.issues import Issue, issue

JSON_TYPES = frozenset({"string", "integer", "number", "boolean", "array", "object", "null"})

# Names seen in public tool sets: Python, BFCL, Java/JavaScript and Gemini spellings.
_ALIASES: dict[str, str] = {
    **dict.fromkeys(("str", "text", "char", "date", "datetime", "time", "uuid", "email"), "string"),
    **dict.fromkeys(("int", "long", "int32", "int64", "short", "byte", "bigint"), "integer"),
    **dict.fromkeys(("float", "double", "decimal", "numeric"), "number"),
    **dict.fromkeys(("bool",), "boolean"),
    **dict.fromkeys(("dict", "map", "hashmap", "hashtable", "mapping", "json"), "object"),
    **dict.fromkeys(("list", "tuple", "set", "sequence", "arraylist"), "array"),
    **dict.fromkeys(("none", "nil"), "null"),
}
_ANY = frozenset({"any", "object | any", "unknown", "mixed", "var"})
_CONTAINER = re.compile(r"^(?:list|array|tuple|set|sequence|arraylist)\s*[\[(<]\s*(.*?)\s*[\])>]$")
_MAP = re.compile(r"^(?:dict|map|hashmap|mapping)\s*[\[(<].*[\])>]$")
_OPTIONAL_WORD = re.compile(r"\s*,\s*optional\s*$", re.IGNORECASE)
_OPTIONAL_TYPE = re.compile(r"^optional\s*\[\s*(.*?)\s*\]$", re.IGNORECASE)
_UNION = re.compile(r"\||\bor\b|,")
_SCHEMA_KEYS = frozenset({"type", "properties", "$ref", "anyOf", "oneOf", "allOf", "$defs", "enum"})
_NESTED_MAPS = ("properties", "patternProperties", "$defs", "definitions", "dependentSchemas")
_NESTED_LISTS = ("anyOf", "oneOf", "allOf", "prefixItems")
_NESTED_SINGLE = ("items", "additionalProperties", "not", "if", "then", "else", "contains")
MAX_DEPTH = 64


def canonical_parameters(
    raw: Any, where: str, *, required: Any = None
) -> tuple[dict[str, Any], list[Issue]]:
    """Return the canonical object schema of a tool's parameters, and the repairs made.

    Args:
        raw: what the source has as parameters: a schema, a bare map of properties, or nothing.
        where: the place to name in issues, such as `tools[0].parameters`.
        required: a `required` that stands beside the parameters, as tutorials misplace it; it
            counts where it is a list and the parameters have none of their own.

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
    if not isinstance(raw, Mapping):
        found = f"got {type(raw).__name__}, expected a JSON Schema object"
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
    if isinstance(required, list) and "required" not in schema:
        schema["required"] = required
    complete = isinstance(schema.get("properties"), Mapping)
    if not complete:
        schema["properties"] = {}
    fixed = _canonical(schema, where, issues, depth=0)
    if not complete or fixed.get("type") != "object":
        issues.append(issue("tool-parameters-missing", where, "added type object and properties"))
        fixed.pop("type", None)
        fixed = {"type": "object", "properties": fixed.pop("properties"), **fixed}
    return fixed, issues


def _is_bare_properties(schema: Mapping[str, Any]) -> bool:
    """Tell `{"type": {"type": "string"}, ...}`, a map whose parameter happens to be named type."""
    if "properties" in schema or not schema:
        return False
    return all(isinstance(value, Mapping) for value in schema.values()) and not (
        {"$ref", "$defs", "anyOf", "oneOf", "allOf"} & schema.keys()
    )


def _canonical(raw: Any, where: str, issues: list[Issue], *, depth: int) -> dict[str, Any]:
    if not isinstance(raw, Mapping) or depth > MAX_DEPTH:
        issues.append(
            issue("tool-schema-invalid", where, f"got {type(raw).__name__}, expected a schema")
        )
        return {}
    schema = {str(key): value for key, value in raw.items()}
    flags = _take_required_flags(schema)
    _fix_type(schema, where, issues)
    _fix_nullable(schema, where, issues)
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
        if isinstance(declared, str) and _bare_type(declared) != declared.strip():
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
        names = [_type_name(name) for name in declared]
        flat = [name["type"] for name in names if "type" in name]
        if flat != declared:
            issues.append(issue("tool-type-alias", where, f"got type {declared}, wrote {flat}"))
            schema["type"] = flat
        if not flat:
            del schema["type"]
    else:
        replacement = _type_name(declared)
        if replacement != {"type": declared}:
            written = replacement.get("type", "no type")
            issues.append(
                issue("tool-type-alias", where, f"got type {declared!r}, wrote {written}")
            )
            del schema["type"]
            rest = dict(schema)
            schema.clear()
            schema.update({**replacement, **rest})


def _type_name(declared: Any) -> dict[str, Any]:
    """Return the schema keys that a written type name stands for.

    >>> _type_name("dict"), _type_name("List[str]"), _type_name("any")
    ({'type': 'object'}, {'type': 'array', 'items': {'type': 'string'}}, {})
    """
    if not isinstance(declared, str):
        return {}
    name = _bare_type(declared).lower()
    if name in JSON_TYPES:
        return {"type": name}
    if name in _ALIASES:
        return {"type": _ALIASES[name]}
    if name in _ANY or not name:
        return {}
    container = _CONTAINER.match(name)
    if container:
        inner = _type_name(container.group(1).split(",")[0]) if container.group(1) else {}
        return {"type": "array", **({"items": inner} if inner else {})}
    if _MAP.match(name):
        return {"type": "object"}
    return _union_type(name)


def _union_type(name: str) -> dict[str, Any]:
    """Return the types of `string or null`, `int|str`; {} where a part is no type name."""
    words = [word.strip() for word in _UNION.split(name)]
    types = [word if word in JSON_TYPES else _ALIASES.get(word) for word in words]
    if len(types) < 2 or None in types:
        return {}
    return {"type": list(dict.fromkeys(types))}


def _bare_type(declared: str) -> str:
    """Strip the word optional: `int, optional` and `Optional[int]` both give `int`."""
    bare = _OPTIONAL_WORD.sub("", declared.strip())
    wrapped = _OPTIONAL_TYPE.match(bare)
    return wrapped.group(1) if wrapped else bare


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
