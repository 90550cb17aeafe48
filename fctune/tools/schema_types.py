"""Type names as tool authors write them, read as the types of JSON Schema.

Input: the value of a `type` key. Output: the keys of JSON Schema that it stands for; nothing where
it says "any", or nothing that is known.

Before: "List[str]", "int|null", "decimal"
After:  {"type": "array", "items": {"type": "string"}}, {"type": ["integer", "null"]},
        {"type": "number"}
"""

from __future__ import annotations

import re
from typing import Any

from fctune.patterns import regex

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
_CONTAINER = regex(r"^(?:list|array|tuple|set|sequence|arraylist)\s*[\[(<]\s*(.*?)\s*[\])>]$")
_MAP = regex(r"^(?:dict|map|hashmap|mapping)\s*[\[(<].*[\])>]$")
_OPTIONAL_WORD = regex(r"\s*,\s*optional\s*$", re.IGNORECASE)
_OPTIONAL_TYPE = regex(r"^optional\s*\[\s*(.*?)\s*\]$", re.IGNORECASE)
_UNION = regex(r"\||\bor\b|,")


def type_name(declared: Any) -> dict[str, Any]:
    """Return the schema keys that a written type name stands for.

    Args:
        declared: the value of `type`, whatever it is.

    >>> type_name("dict"), type_name("List[str]"), type_name("any")
    ({'type': 'object'}, {'type': 'array', 'items': {'type': 'string'}}, {})
    """
    if not isinstance(declared, str):
        return {}
    name = bare_type(declared).lower()
    if name in JSON_TYPES:
        return {"type": name}
    if name in _ALIASES:
        return {"type": _ALIASES[name]}
    if name in _ANY or not name:
        return {}
    container = _CONTAINER.match(name)
    if container:
        inner = type_name(container.group(1).split(",")[0]) if container.group(1) else {}
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


def bare_type(declared: str) -> str:
    """Strip the word optional: `int, optional` and `Optional[int]` both give `int`."""
    bare = _OPTIONAL_WORD.sub("", declared.strip())
    wrapped = _OPTIONAL_TYPE.match(bare)
    return wrapped.group(1) if wrapped else bare
