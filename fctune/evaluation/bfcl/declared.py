"""The types that a schema declares, as the Python types that a JSON value may have.

Input: the schema of one parameter, in the words of BFCL, of JSON Schema or of anything else.
Output: the types, or None where nothing is said that can be checked.

BFCL knows eight words; each stands for exactly one type, so that `true` is no integer and `5.0`
none either. The words of JSON Schema, unions and unknown words, on which the official checker
stops with an error, are read leniently: `number` is an integer or a float, a union any of its
members, an unknown word anything.
"""

from __future__ import annotations

from typing import Any

# The words that the official checker knows in Python categories.
PYTHON: dict[str, type] = {
    "string": str,
    "integer": int,
    "float": float,
    "boolean": bool,
    "array": list,
    "tuple": list,
    "dict": dict,
    "any": str,
}
JAVA: dict[str, type] = {
    **dict.fromkeys(("byte", "short", "integer", "long"), int),
    **dict.fromkeys(("float", "double"), float),
    **dict.fromkeys(("char", "String", "any"), str),
    **dict.fromkeys(("Array", "ArrayList", "Queue", "Stack", "Set"), list),
    **dict.fromkeys(("HashMap", "Hashtable"), dict),
    "boolean": bool,
}
JAVASCRIPT: dict[str, type] = {
    **dict.fromkeys(("String", "any"), str),
    **dict.fromkeys(("integer", "Bigint"), int),
    "float": float,
    "Boolean": bool,
    "dict": dict,
    "array": list,
}

Types = frozenset[type]
_NUMBER: Types = frozenset({int, float})
_LENIENT: dict[str, Types] = {
    **{word: frozenset({kind}) for word, kind in PYTHON.items()},
    **dict.fromkeys(("number", "double", "decimal"), _NUMBER),
    **dict.fromkeys(("int", "long", "short", "byte", "bigint"), frozenset({int})),
    **dict.fromkeys(("str", "char"), frozenset({str})),
    **dict.fromkeys(("object", "hashmap", "hashtable"), frozenset({dict})),
    **dict.fromkeys(("list", "arraylist", "queue", "stack", "set"), frozenset({list})),
    "bool": frozenset({bool}),
    "null": frozenset({type(None)}),
}
_EXACT: dict[str, Types] = {word: frozenset({kind}) for word, kind in PYTHON.items()}
_MAX_MEMBERS = 50


def types_of(schema: Any, words: dict[str, type] | None = None) -> Types | None:
    """Return the types of a schema, or None where any value may stand.

    Args:
        schema: of a parameter or of the items of a list.
        words: the words of the category's language; default: Python's.

    >>> types_of({"type": "integer"}) == {int}
    True
    >>> types_of({"type": ["string", "null"]}) == {str, type(None)}
    True
    """
    if type(schema) is not dict:
        return None
    word = schema.get("type")
    if type(word) is str:
        if words is not None and word in words:
            return frozenset({words[word]})
        return _EXACT.get(word) or _LENIENT.get(word.lower())
    if type(word) is list:
        return _union([{"type": member} for member in word[:_MAX_MEMBERS]])
    for key in ("anyOf", "oneOf"):
        if type(schema.get(key)) is list:
            return _union(schema[key][:_MAX_MEMBERS])
    return None


def _union(members: list[Any]) -> Types | None:
    """Return all types of the members, or None where one of them says nothing."""
    found: Types = frozenset()
    for member in members:
        word = member.get("type") if type(member) is dict else None
        types = _LENIENT.get(word.lower()) if type(word) is str else None
        if types is None:
            return None
        found |= types
    return found or None
