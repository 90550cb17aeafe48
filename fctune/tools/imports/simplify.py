"""One plain form for schemas that programs generate: pydantic's, zod's and their like.

Input: a JSON Schema with definitions, generated titles and unions with null. Output: an equal
schema without `$defs`, with `type` lists instead of unions of bare types, and with titles only
where they say something. Templates and small models cope with that form; many lose `$ref`.

Before: {"$defs": {"U": {"title": "U", "enum": ["c", "f"], "type": "string"}}, "properties":
         {"unit": {"anyOf": [{"$ref": "#/$defs/U"}, {"type": "null"}], "title": "Unit"}}}
After:  {"properties": {"unit": {"enum": ["c", "f", null], "type": ["string", "null"]}}}
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fctune.issues import Issue
from fctune.patterns import regex
from fctune.tools.imports.definitions import inlined

MAPS = ("properties", "patternProperties", "$defs", "definitions", "dependentSchemas")
LISTS = ("anyOf", "oneOf", "allOf", "prefixItems")
SINGLES = (
    "items", "additionalProperties", "not", "if", "then", "else", "contains", "propertyNames",
)  # fmt: skip
_MAX_DEPTH = 64
_NOT_WORD = regex(r"[\W_]+")
_NULL = {"type": "null"}
_VAGUE_FORMATS = ("path", "binary")


def simplified(
    schema: Mapping[str, Any], where: str, *, name: str = ""
) -> tuple[dict[str, Any], list[Issue]]:
    """Return the schema in plain form, and issues for what could not be kept.

    Args:
        schema: a JSON Schema; its own text is not changed.
        where: the place to name in issues.
        name: the property that the schema belongs to; default none: its own title says nothing.

    Returns:
        The schema, and issues of the codes `import-cycle-cut`, `import-reference-missing`,
        `import-reference-refused` and `import-not-expressed`.
    """
    whole, issues = inlined(schema, where)
    plain = _plain(whole if name else {**whole, "title": ""}, name or None, 0)
    for word in ("$schema", "$id"):
        if isinstance(plain.get(word), str):
            del plain[word]
    return plain, issues


def _plain(schema: Any, name: str | None, depth: int) -> Any:
    """Return one node in plain form; `name` is its property name, where it has one."""
    if not isinstance(schema, Mapping) or depth > _MAX_DEPTH:
        return dict(schema) if isinstance(schema, Mapping) else schema
    node = dict(schema)
    for key in MAPS:
        if isinstance(node.get(key), Mapping):
            node[key] = {
                str(inner): _plain(value, str(inner), depth + 1)
                for inner, value in node[key].items()
            }
    for key in LISTS:
        if isinstance(node.get(key), list):
            node[key] = [_plain(value, None, depth + 1) for value in node[key]]
    for key in SINGLES:
        if key in node:
            node[key] = _plain(node[key], None, depth + 1)
    tidy_title(node, name)
    drop_needless(node)
    node = fold_union(node)
    tidy_title(node, name)  # of the branch that has become the node
    return ordered(node)


def ordered(schema: Mapping[str, Any]) -> dict[str, Any]:
    """Return a schema with type and description first, as people write and models know it."""
    first = {key: schema[key] for key in ("type", "description") if key in schema}
    return first | dict(schema)


def tidy_title(node: dict[str, Any], name: str | None) -> None:
    """Drop a title that only repeats the name; let another be the missing description."""
    title = node.get("title")
    if not isinstance(title, str):
        return
    if (name is not None and _letters(title) == _letters(name)) or not title.strip():
        del node["title"]
    elif not node.get("description"):
        del node["title"]
        node["description"] = title.strip()


def _letters(text: str) -> str:
    return _NOT_WORD.sub("", text).casefold()


def drop_needless(node: dict[str, Any]) -> None:
    """Drop what says nothing: `items: {}`, an open map's additionalProperties, const's own word."""
    if node.get("items") in ({}, True) and "prefixItems" not in node:
        del node["items"]
    if node.get("additionalProperties") in ({}, True) and not node.get("properties"):
        del node["additionalProperties"]
    if "const" in node and "enum" not in node and not isinstance(node["const"], dict | list):
        node["enum"] = [node.pop("const")]


def fold_union(node: dict[str, Any]) -> dict[str, Any]:
    """Fold a union: one branch into the node, a null into its neighbour, bare types into a list."""
    for key in ("anyOf", "oneOf"):
        branches = node.get(key)
        if not isinstance(branches, list) or not branches:
            continue
        rest = {inner: value for inner, value in node.items() if inner != key}
        folded = _folded(branches, exclusive=key == "oneOf")
        if folded is not None and _repeats(folded, rest):
            return {**folded, **rest}
    return node


def _repeats(folded: Mapping[str, Any], rest: Mapping[str, Any]) -> bool:
    """Tell whether only words that restrict nothing stand in both."""
    telling = {"title", "description", "default", "examples", "deprecated"}
    return not (folded.keys() & rest.keys() - telling)


def _folded(branches: list[Any], *, exclusive: bool) -> dict[str, Any] | None:
    """Return the one schema that says the same; None where there is none."""
    others = [branch for branch in branches if branch != _NULL]
    if not all(isinstance(branch, dict) for branch in others):
        return None
    nullable = len(others) < len(branches)
    if exclusive and len(branches) - len(others) > 1:
        return None  # two branches of a oneOf accept null, so none may
    if not others:
        return dict(_NULL)
    if not exclusive:
        if {} in others:
            return {}  # one branch accepts anything, so all of them do
        others = [branch for branch in others if not _is_vague(branch, others)]
    if len(others) == 1:
        kinds = _types(others[0])
        if nullable and exclusive and (not kinds or "null" in kinds):
            return None
        return with_null(others[0]) if nullable else others[0]
    if all(branch.keys() == {"type"} for branch in others):
        types = [kind for branch in others for kind in _types(branch)]
        if exclusive and (len(set(types)) < len(types) or {"integer", "number"} <= set(types)):
            return None
        return {"type": list(dict.fromkeys([*types, "null"] if nullable else types))}
    return None


def _is_vague(branch: Mapping[str, Any], branches: list[Any]) -> bool:
    """Tell a `Path` or `bytes` beside a plain string: the format restricts nothing there."""
    named = branch.keys() == {"type", "format"} and branch["format"] in _VAGUE_FORMATS
    return named and {"type": branch["type"]} in branches


def with_null(branch: dict[str, Any]) -> dict[str, Any] | None:
    """Return the branch that accepts null too; None where no list of types can say that."""
    if not branch.keys() - {"title", "description", "default", "examples"}:
        return branch  # anything, null included
    types = _types(branch)
    if not types or {"const", "not", "if", "allOf", "anyOf", "oneOf", "$ref"} & branch.keys():
        return None
    wider = {**branch, "type": list(dict.fromkeys([*types, "null"]))}
    values = branch.get("enum")
    if isinstance(values, list) and None not in values:
        wider["enum"] = [*values, None]
    return wider


def _types(branch: Mapping[str, Any]) -> list[str]:
    declared = branch.get("type")
    listed = declared if isinstance(declared, list) else [declared]
    return [kind for kind in listed if isinstance(kind, str)]
