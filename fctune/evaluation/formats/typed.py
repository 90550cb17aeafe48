"""Bare values of XML-like formats in the types of the tool's schema.

Input: the text between two tags, and the schema of the parameter. Output: its value. These formats
write strings without quotes, so that only the schema tells `2` the text from 2 the number. Without
one, a value is what the engine takes it for: JSON where it is JSON, else text.

Before: {"id": "2", "n": "2"} with id a string and n an integer
After:  {"id": "2", "n": 2}
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fctune.conversations.literals import NotLiteral, read_literal
from fctune.evaluation.strict_json import whole_json
from fctune.tools.spec import ToolSpec

_MAX_REFERENCES = 8
_LISTS = ("anyOf", "oneOf", "allOf")
_PLAIN = {"true": True, "false": False, "null": None, "none": None}
_NOTHING = object()


def typed_arguments(pairs: Mapping[str, str], spec: ToolSpec | None) -> dict[str, Any]:
    """Return bare arguments in the types of a tool's schema.

    Args:
        pairs: parameter to the text of its value.
        spec: the tool; None where it is not known: then values are typed as the engine does.
    """
    if spec is None:
        return {key: _by_engine(text) for key, text in pairs.items()}
    properties = spec.parameters.get("properties")
    known: Mapping[str, Any] = properties if isinstance(properties, Mapping) else {}
    return {
        key: typed_value(text, known[key], spec.parameters) if key in known else _unknown(text)
        for key, text in pairs.items()
    }


def typed_value(text: str, schema: Any, root: Any = None) -> Any:
    """Return a bare value in the type that a schema says.

    Args:
        text: as written.
        schema: the JSON Schema of the parameter, whatever it is.
        root: the schema of the tool, in which references are looked up.

    >>> typed_value("2", {"type": "string"}), typed_value("2", {"type": "integer"})
    ('2', 2)
    >>> typed_value("True", {"type": ["boolean", "null"]}), typed_value("x", {"type": "integer"})
    (True, 'x')
    """
    kinds, members = _allowed(schema, root, 0)
    if text in members:
        return text
    if kinds == {"string"}:
        return text
    value = _read(text, kinds)
    if value is _NOTHING:
        return text
    if not kinds:  # anything goes: as the engine takes it
        return value
    if isinstance(value, str):
        return text if "string" in kinds else value
    return text if "string" in kinds and not _fits(value, kinds) else value


def _by_engine(text: str) -> Any:
    value = whole_json(text.strip())
    return value if value is not None or text.strip() == "null" else text


def _unknown(text: str) -> Any:
    value = _by_engine(text)
    return text if isinstance(value, str) else value


def _read(text: str, kinds: set[str]) -> Any:
    """Return the value of a text that is JSON, or a word or literal that the schema asks for."""
    body = text.strip()
    value = whole_json(body)
    if value is not None or body == "null":
        return value
    word = _PLAIN.get(body.lower(), _NOTHING)
    if word is not _NOTHING and ({"boolean", "null"} & kinds) and _fits(word, kinds):
        return word
    if kinds & {"array", "object"} and body[:1] in ("[", "{", "("):
        try:
            literal = read_literal(body)
        except NotLiteral:
            return _NOTHING
        return literal if _fits(literal, kinds) else _NOTHING
    return _NOTHING


def _allowed(schema: Any, root: Any, depth: int) -> tuple[set[str], set[str]]:
    """Return the types that a schema allows, none for any, and the texts that it lists."""
    if not isinstance(schema, Mapping) or depth > _MAX_REFERENCES:
        return set(), set()
    reference = schema.get("$ref")
    if isinstance(reference, str):
        return _allowed(_target(reference, root), root, depth + 1)
    listed = schema["enum"] if isinstance(schema.get("enum"), list) else []
    listed = [*listed, schema["const"]] if "const" in schema else listed
    members = {item for item in listed if isinstance(item, str)}
    declared = schema.get("type")
    names = declared if isinstance(declared, list) else [declared]
    kinds = {name for name in names if isinstance(name, str)}
    for key in _LISTS:
        branches = schema.get(key)
        for branch in branches if isinstance(branches, list) else []:
            more, texts = _allowed(branch, root, depth + 1)
            kinds |= more
            members |= texts
    if not kinds:
        kinds = {_kind(item) for item in listed}
    return kinds, members


def _target(reference: str, root: Any) -> Any:
    """Return what a reference such as `#/$defs/Place` leads to within the tool's schema."""
    place = root
    for part in reference.removeprefix("#").strip("/").split("/"):
        if not isinstance(place, Mapping):
            return None
        place = place.get(part.replace("~1", "/").replace("~0", "~"))
    return place


def _kind(value: Any) -> str:
    if isinstance(value, bool):
        return "boolean"
    if value is None:
        return "null"
    if isinstance(value, int | float):
        return "integer" if isinstance(value, int) else "number"
    if isinstance(value, dict):
        return "object"
    return "array" if isinstance(value, list) else "string"


def _fits(value: Any, kinds: set[str]) -> bool:
    kind = _kind(value)
    return kind in kinds or (kind in ("integer", "number") and bool(kinds & {"integer", "number"}))
