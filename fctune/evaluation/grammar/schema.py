"""A tool's schema, made fit for a grammar.

Input: the canonical parameters of a tool. Output: a schema that a grammar can follow, and the name
and place of each keyword that it cannot. Every call that the fitted schema allows is one that the
judge can read; `check_call` stays the judge of every finished call.

What is changed: keywords that look at several values at once are left out and named; numbers get
bounds, since a grammar would allow 1e999, which is no number; a value of any kind becomes a choice
of the six kinds, for the same reason; a schema that lists properties is an object.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from fctune.tools.check import closed

# llguidance 1.9 docs/json_schema.md: without these, each of which names several values or places.
LEFT_OUT = frozenset(
    {
        "not", "if", "then", "else", "dependentRequired", "dependentSchemas", "dependencies",
        "uniqueItems", "contains", "minContains", "maxContains", "propertyNames",
        "unevaluatedProperties", "unevaluatedItems",
    }
)  # fmt: skip
_ANNOTATIONS = frozenset(
    {
        "description", "title", "default", "examples", "example", "deprecated", "nullable",
        "x-guidance", "readOnly", "writeOnly", "$comment", "$schema", "$id",
    }
)  # fmt: skip
_FORMATS = frozenset(
    {"date-time", "time", "date", "duration", "email", "hostname", "ipv4", "ipv6", "uuid", "uri"}
)
_CHOICES = ("anyOf", "oneOf", "allOf")
_MAPS = ("properties", "patternProperties", "$defs", "definitions")
_LISTS = (*_CHOICES, "prefixItems")
_NODES = ("items", "additionalProperties")
_SAYS_KIND = frozenset({"type", "enum", "const", "$ref", *_CHOICES})
MAX_INTEGER = 10**18
MAX_NUMBER = 10**15
ANY = "fctune-any"
_ANY_REFERENCE = {"$ref": f"#/$defs/{ANY}"}


@dataclass(frozen=True, slots=True)
class Bounds:
    """Bounds of a grammar beside those of a schema.

    Attributes:
        string: most characters of a string that has no bound, choice or pattern; 0 for any.
        items: most items of a list that has no bound; 0 for any.
    """

    string: int = 0
    items: int = 0


@dataclass(frozen=True, slots=True)
class Fitted:
    """A schema for a grammar.

    Attributes:
        schema: follows the tool's own.
        dropped: `place: keyword` of what it cannot say.
    """

    schema: Mapping[str, Any]
    dropped: tuple[str, ...]


def fitted(parameters: Mapping[str, Any], bounds: Bounds | None = None) -> Fitted:
    """Return a tool's parameters, closed as the judge closes them, fit for a grammar."""
    dropped: list[str] = []
    fit = _Fit(bounds or Bounds(), dropped)
    schema = fit.node(closed(parameters), "parameters")
    if fit.any_used:
        kinds = [{"type": "string"}, {"type": "number"}, {"type": "boolean"}, {"type": "null"}]
        kinds += [{"type": "array"}, {"type": "object"}]
        value = {"anyOf": [fit.node(kind, ANY) for kind in kinds]}
        schema["$defs"] = {**schema.get("$defs", {}), ANY: value}
    return Fitted(schema, tuple(dropped))


class _Fit:
    """Walks one schema."""

    def __init__(self, bounds: Bounds, dropped: list[str]) -> None:
        self._bounds = bounds
        self._dropped = dropped
        self.any_used = False

    def node(self, node: Any, place: str) -> Any:
        """Return one node, fitted."""
        if node is True or (isinstance(node, dict) and not node.keys() - _ANNOTATIONS):
            self.any_used = True
            return dict(_ANY_REFERENCE)
        if not isinstance(node, dict):
            return node
        kept = {key: value for key, value in node.items() if self._keep(key, value, place)}
        for key in _MAPS:
            if isinstance(kept.get(key), dict):
                kept[key] = {
                    name: self.node(one, f"{place}.{name}") for name, one in kept[key].items()
                }
        for key in _LISTS:
            if isinstance(kept.get(key), list):
                kept[key] = [self.node(one, f"{place}.{key}") for one in kept[key]]
        for key in _NODES:
            if isinstance(kept.get(key), dict):
                kept[key] = self.node(kept[key], f"{place}.{key}")
        self._say_kind(kept)
        self._bound(kept)
        return kept

    def _keep(self, key: str, value: Any, place: str) -> bool:
        if key in _ANNOTATIONS:
            return False
        if key in LEFT_OUT:
            if value not in (False, 0, {}) and key not in ("then", "else"):
                self._dropped.append(f"{place}: {key}")
            return False
        return key != "format" or value in _FORMATS

    def _say_kind(self, node: dict[str, Any]) -> None:
        if not _SAYS_KIND & node.keys():
            if {"properties", "additionalProperties", "patternProperties"} & node.keys():
                node["type"] = "object"
            elif {"items", "prefixItems"} & node.keys():
                node["type"] = "array"
        kinds = _kinds(node)
        if {"$ref", *_CHOICES} & node.keys():
            return  # what the branches leave open is for them to say
        open_map = node.get("additionalProperties", True) is True
        if "object" in kinds and open_map:
            self.any_used = True
            node["additionalProperties"] = dict(_ANY_REFERENCE)
        if "array" in kinds and node.get("items", True) is True and "prefixItems" not in node:
            self.any_used = True
            node["items"] = dict(_ANY_REFERENCE)

    def _bound(self, node: dict[str, Any]) -> None:
        kinds = _kinds(node)
        if {"enum", "const"} & node.keys():
            return
        if {"integer", "number"} & kinds:
            _bound_number(node, MAX_NUMBER if "number" in kinds else MAX_INTEGER)
        if "string" in kinds and self._bounds.string and not {"pattern", "format"} & node.keys():
            _bound_size(node, "minLength", "maxLength", self._bounds.string)
        if "array" in kinds and self._bounds.items:
            _bound_size(node, "minItems", "maxItems", self._bounds.items)


def _kinds(node: Mapping[str, Any]) -> set[str]:
    kinds = node.get("type")
    if isinstance(kinds, str):
        return {kinds}
    return {kind for kind in kinds if isinstance(kind, str)} if isinstance(kinds, list) else set()


def _bound_number(node: dict[str, Any], most: int) -> None:
    for key, exclusive, bound in (
        ("minimum", "exclusiveMinimum", -most),
        ("maximum", "exclusiveMaximum", most),
    ):
        given = [node[name] for name in (key, exclusive) if _is_number(node.get(name))]
        if not given:
            node[key] = bound
        for name in (key, exclusive):
            if _is_number(node.get(name)) and abs(node[name]) > most:
                node[name] = most if node[name] > 0 else -most


def _bound_size(node: dict[str, Any], least: str, most: str, bound: int) -> None:
    if most not in node:
        node[most] = max(bound, node.get(least, 0) if isinstance(node.get(least), int) else 0)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def without(schema: Any, keyword: str) -> Any:
    """Return a schema without a keyword, wherever it stands as one."""
    if isinstance(schema, list):
        return [without(one, keyword) for one in schema]
    if not isinstance(schema, dict):
        return schema
    kept: dict[str, Any] = {}
    for key, value in schema.items():
        if key == keyword:
            continue
        if key in _MAPS and isinstance(value, dict):
            kept[key] = {name: without(one, keyword) for name, one in value.items()}
        elif key in _LISTS or key in _NODES:
            kept[key] = without(value, keyword)
        else:
            kept[key] = value
    return kept


def places_of(schema: Any, keyword: str, place: str = "parameters") -> Iterator[str]:
    """Yield the places at which a schema has a keyword."""
    if not isinstance(schema, dict):
        return
    if keyword in schema:
        yield place
    for key in _MAPS:
        for name, one in (schema.get(key) or {}).items():
            yield from places_of(one, keyword, f"{place}.{name}")
    for key in _LISTS:
        for one in schema.get(key) or []:
            yield from places_of(one, keyword, f"{place}.{key}")
    for key in _NODES:
        yield from places_of(schema.get(key), keyword, f"{place}.{key}")


def least_text(schema: Any, *, depth: int = 0) -> str:
    """Return a shortest JSON text that a schema allows, or near it: for how much room to keep."""
    if not isinstance(schema, dict) or depth > 8:
        return "null"
    if isinstance(schema.get("enum"), list) and schema["enum"]:
        texts = [json.dumps(value, ensure_ascii=False) for value in schema["enum"]]
        return max(texts, key=len)
    if "const" in schema:
        return json.dumps(schema["const"], ensure_ascii=False)
    for key in _CHOICES:
        if isinstance(schema.get(key), list) and schema[key]:
            return max((least_text(one, depth=depth + 1) for one in schema[key]), key=len)
    if {"object"} & _kinds(schema):
        named = schema.get("properties") or {}
        parts = [
            f"{json.dumps(name, ensure_ascii=False)}: "
            f"{least_text(named.get(name), depth=depth + 1)}"
            for name in schema.get("required") or []
        ]
        return "{" + ", ".join(parts) + "}"
    if "array" in _kinds(schema):
        item = least_text(schema.get("items"), depth=depth + 1)
        return "[" + ", ".join([item] * int(schema.get("minItems") or 0)) + "]"
    if "string" in _kinds(schema):
        size = schema.get("minLength")
        return (
            '"'
            + "x" * (size if isinstance(size, int) else 0)
            + '"'
            + " " * 20 * ("pattern" in schema or "format" in schema)
        )
    return "-0.0"


def aside_text(schema: Any, *, depth: int = 0) -> str:
    """Return a text as long as the longest optional part: what must be written once it is begun."""
    if not isinstance(schema, dict) or depth > 8:
        return ""
    needed = schema.get("required") or []
    found = [aside_text(one, depth=depth + 1) for key in _CHOICES for one in schema.get(key) or []]
    for name, one in (schema.get("properties") or {}).items():
        inner = aside_text(one, depth=depth + 1)
        if name not in needed:
            key = json.dumps(name, ensure_ascii=False)
            inner = f", {key}: {least_text(one, depth=depth + 1)}{inner}"
        found.append(inner)
    for key in _NODES:
        if isinstance(one := schema.get(key), dict):
            inner = aside_text(one, depth=depth + 1)
            found.append(f", {least_text(one, depth=depth + 1)}{inner}")
    return max(found, key=len, default="")
