"""Values as the source text of Java and JavaScript, and schemas that ask a model for such text.

Input: an accepted value with its schema, or a tool. Output: text, or the tool as the model sees it.
The categories `java` and `javascript` judge arguments that are source text; their tools say
`HashMap` or `Bigint`, which no JSON value has.

Before: {"a": 1} and {"type": "HashMap"}
After:  'new HashMap<String, Object>() {{ put("a", 1); }}'
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

_NAMES = {"java": "Java", "js": "JavaScript"}


def source_text(value: Any, schema: Any, language: str) -> str:
    """Return a value as source text of its declared type.

    >>> source_text(5, {"type": "long"}, "java"), source_text([1, "a"], {"type": "array"}, "js")
    ('5L', '[1, "a"]')
    """
    word = schema.get("type") if isinstance(schema, Mapping) else None
    if isinstance(value, str):
        return value
    if language == "js":
        text = json.dumps(value, ensure_ascii=False)
        return f"{text}n" if word == "Bigint" else text
    return _java(value, word, schema)


def _java(value: Any, word: Any, schema: Any) -> str:
    if isinstance(value, list):
        items = schema.get("items") if isinstance(schema, Mapping) else None
        inner = items.get("type") if isinstance(items, Mapping) else None
        # Quotes are taken away from the texts of lists, but not where any item may stand.
        bare = inner == "any" or (word == "Array" and inner is not None)
        parts = ", ".join(v if bare and isinstance(v, str) else _scalar(v, inner) for v in value)
        if word == "ArrayList":
            return f"new ArrayList<>(Arrays.asList({parts}))" if value else "new ArrayList<>()"
        return f"new Object[]{{{parts}}}"
    if isinstance(value, Mapping):
        puts = " ".join(f'put("{key}", {_literal(member)});' for key, member in value.items())
        return f"new HashMap<String, Object>() {{{{ {puts} }}}}"
    return _scalar(value, word)


def _scalar(value: Any, word: Any) -> str:
    suffix = {"long": "L", "float": "f"}.get(str(word), "")
    return _literal(value) + ("" if isinstance(value, str) else suffix)


def _literal(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def asking_for_text(tool: Any, language: str) -> Any:
    """Return a tool whose parameters are texts, each with a word on what the text must hold.

    Args:
        tool: as BFCL has it.
        language: `java` or `js`.

    >>> tool = {"name": "f", "parameters": {"properties": {"n": {"type": "long"}}}}
    >>> asking_for_text(tool, "java")["parameters"]["properties"]["n"]
    {'type': 'string', 'description': 'Java source text of a value of type long.'}
    """
    parameters = tool.get("parameters") if isinstance(tool, Mapping) else None
    properties = parameters.get("properties") if isinstance(parameters, Mapping) else None
    if not isinstance(properties, Mapping):
        return tool
    told = {key: _told(schema, _NAMES[language]) for key, schema in properties.items()}
    return {**tool, "parameters": {**parameters, "properties": told}}  # type: ignore[dict-item]


def _told(schema: Any, language: str) -> Any:
    if not isinstance(schema, Mapping):
        return schema
    word, items = schema.get("type"), schema.get("items")
    inner = items.get("type") if isinstance(items, Mapping) else None
    of = f" of {inner}" if isinstance(inner, str) else ""
    note = f"{language} source text of a value of type {word}{of}."
    before = str(schema.get("description") or "").strip()
    text = f"{before.rstrip('.')}. {note}" if before else note
    kept = {key: schema[key] for key in ("default",) if isinstance(schema.get(key), str)}
    return {"type": "string", "description": text, **kept}
