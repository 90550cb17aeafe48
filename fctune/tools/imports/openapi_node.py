"""One schema node of an API description, put into plain form: pure functions without references.

Input: a node whose sub-schemas are in plain form already. Output: the node with its null as a type,
its title only where it says something, its `required` only where the property exists.

Before: {"title": "Age", "anyOf": [{"type": "integer"}, {"type": "null"}]} of the property `age`
After:  {"type": ["integer", "null"]}
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from fctune.issues import Issue, issue
from fctune.tools.imports.openapi_keywords import drop_old_bounds, examples_of
from fctune.tools.imports.openapi_merge import merged
from fctune.tools.imports.simplify import drop_needless, fold_union, tidy_title, with_null
from fctune.tools.schema import canonical_parameters
from fctune.tools.schema_types import JSON_TYPES

# Keywords with rules of their own in the reader.
STRUCTURE = frozenset(
    {"properties", "patternProperties", "required", "allOf", "discriminator", "$ref", "anyOf",
     "oneOf", "prefixItems", "items", "additionalProperties", "not", "if", "then", "else",
     "contains", "propertyNames", "unevaluatedProperties", "unevaluatedItems", "additionalItems",
     "optional"}
)  # fmt: skip
_NESTING = frozenset({"properties", "patternProperties", "allOf", "$ref", "anyOf", "oneOf",
                      "prefixItems", "items", "additionalProperties", "not", "if"})  # fmt: skip
FLAT = frozenset({"type", "description", "format", "enum", "nullable"})
_TEXT_PER_PART = 1000
_VALUES_PER_PART = 50
_MAX_SHOWN = 60
_KINDS: tuple[tuple[type | tuple[type, ...], str], ...] = (
    (bool, "boolean"),
    (str, "string"),
    (int, "integer"),
    ((int, float), "number"),
)


def modern(raw: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return a node whose `items` is one schema: a list of them is `prefixItems` since 2020.

    >>> modern({"items": [{}]}), modern({"items": "str"})
    ({'prefixItems': [{}]}, {'items': {'type': 'str'}})
    """
    items = raw.get("items")
    if not isinstance(items, list | str):
        return raw
    rest = {key: value for key, value in raw.items() if key != "items"}
    return {**rest, **({"items": {"type": items}} if isinstance(items, str) else
                       {"prefixItems": items})}  # fmt: skip


def tidied(own: dict[str, Any], raw: Mapping[str, Any], name: str | None) -> dict[str, Any]:
    """Return a node in plain form.

    Args:
        own: the node; changed in place.
        raw: as written, for its examples and flags.
        name: the property that it describes.
    """
    drop_old_bounds(own)
    title = own.get("title")
    if name and title and _letters(title) in _letters(name):
        del own["title"]
    tidy_title(own, name)
    if not own.get("description"):
        own.pop("description", None)
    if raw.get("deprecated") is True:
        own["description"] = deprecated(own.get("description", ""))
    examples = examples_of(raw)
    if examples:
        own["examples"] = examples
    drop_needless(own)
    return fold_union(own)


def _letters(text: str) -> str:
    return "".join(char for char in text if char.isalnum()).casefold()


def deprecated(description: str) -> str:
    """Return a description that says first that the thing is deprecated.

    >>> deprecated("Lists pets."), deprecated("")
    ('Deprecated. Lists pets.', 'Deprecated.')
    """
    if description.casefold().startswith(("deprecated", "(deprecated", "[deprecated")):
        return description
    return f"Deprecated. {description}".strip()


def united(parts: Sequence[Any]) -> Any:
    """Return one node for parts that all hold; `false` accepts nothing, `true` says nothing."""
    if any(part is False for part in parts):
        return {"not": {}}
    return merged([part for part in parts if isinstance(part, dict)])


def is_nullable(raw: Mapping[str, Any]) -> bool:
    """Tell a node that accepts null in the words of OpenAPI 3.0, or of Swagger 2 and its tools."""
    return raw.get("nullable") is True or raw.get("x-nullable") is True


def nullable(schema: Any) -> Any:
    """Return the schema that accepts null too."""
    if not isinstance(schema, dict) or "not" in schema:
        return schema
    wider = with_null(schema)
    if wider is not None:
        return wider
    for key in ("anyOf", "oneOf"):
        if isinstance(schema.get(key), list) and "type" not in schema and "enum" not in schema:
            branches = schema[key]
            return schema if {"type": "null"} in branches else {
                **schema, key: [*branches, {"type": "null"}]}  # fmt: skip
    if isinstance(schema.get("enum"), list) and None not in schema["enum"]:
        return {**schema, "enum": [*schema["enum"], None]}
    return schema


def missing_names(schema: Any) -> list[str]:
    """Return the names that `required` has and `properties` does not."""
    if not isinstance(schema, dict):
        return []
    required, properties = schema.get("required"), schema.get("properties")
    if not required or not isinstance(properties, dict):
        return []
    return [name for name in required if name not in properties]


def completed(schema: Any, missing: Sequence[str]) -> Any:
    """Return the node with its type first, told or meant, and without missing names."""
    if not isinstance(schema, dict):
        return schema
    whole = schema
    if missing:
        kept = [name for name in schema["required"] if name not in missing]
        whole = {key: value for key, value in schema.items() if key != "required"}
        whole = {**whole, "required": kept} if kept else whole
    kind = whole.get("type") or _meant_type(whole)
    if not kind or next(iter(whole)) == "type":
        return whole
    first = {"type": kind}
    if "description" in whole:
        first["description"] = whole["description"]
    return {**first, **whole}


def _meant_type(schema: Mapping[str, Any]) -> str:
    if "properties" in schema:
        return "object"
    if "items" in schema:
        return "array"
    values = schema.get("enum")
    if isinstance(values, list):
        for kinds, name in _KINDS:
            if all(
                isinstance(value, kinds) and (name == "boolean" or not isinstance(value, bool))
                for value in values
            ):
                return name
    return ""


def type_keys(declared: Any, where: str, note: Callable[[Issue], object]) -> dict[str, Any]:
    """Return what a declared type stands for; one that JSON Schema does not have is noted.

    >>> type_keys("List[str]", "x", print)
    x: got type "List[str]", wrote array [tool-type-alias]
    {'type': 'array', 'items': {'type': 'string'}}
    """
    if isinstance(declared, str) and declared in JSON_TYPES:
        return {"type": declared}
    if isinstance(declared, list) and all(isinstance(one, str) for one in declared):
        names = list(dict.fromkeys(declared))
        if names and JSON_TYPES.issuperset(names):
            return {"type": names[0] if len(names) == 1 else names}
    if declared == "file":
        return {"type": "string", "format": "binary"}
    wrapped = {"type": "object", "properties": {"value": {"type": declared}}}
    keys = dict(canonical_parameters(wrapped, where)[0]["properties"]["value"])
    found = f"got type {shown(declared)}, wrote {keys.get('type', 'no type')}"
    note(issue("tool-type-alias", where, found))
    return keys


def mapping_of(value: Any) -> Mapping[str, Any]:
    """Return an object as it is, and an empty one for anything else."""
    return value if isinstance(value, dict) else {}


def weight(raw: Mapping[str, Any]) -> int:
    """Return how many parts a node counts for: one, and more for a long text or list of values."""
    text, values = raw.get("description"), raw.get("enum")
    size = 1 + (len(text) // _TEXT_PER_PART if isinstance(text, str) else 0)
    return size + (len(values) // _VALUES_PER_PART if isinstance(values, list) else 0)


def is_simple(value: Any) -> bool:
    """Tell whether a schema contains no other."""
    return not isinstance(value, dict) or not (_NESTING & value.keys())


def shown(value: Any) -> str:
    """Return a value as short JSON, for a message."""
    try:
        text = json.dumps(value, ensure_ascii=False, default=str)
    except (ValueError, RecursionError):
        text = type(value).__name__
    return text if len(text) <= _MAX_SHOWN else f"{text[: _MAX_SHOWN - 3]}..."
