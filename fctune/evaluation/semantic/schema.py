"""What a schema says about comparing a value: its form, its defaults, and which texts are exact.

Input: a parameter's schema and the schema of the whole call, whatever they hold. Output: a plain
form of the schema, with references and choices resolved for one value, or a truth.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fctune.evaluation.matching.equality import is_number
from fctune.patterns import regex

_MOST_STEPS = 16
MISSING: Any = object()
# Formats of JSON Schema 2020-12 whose texts are instructions to a machine.
_EXACT_FORMATS = frozenset(
    {
        "binary", "byte", "email", "hostname", "idn-email", "idn-hostname", "ipv4", "ipv6", "iri",
        "iri-reference", "json-pointer", "password", "regex", "uri", "uri-reference",
        "uri-template", "url", "uuid",
    }
)  # fmt: skip
DATE_FORMATS = frozenset({"date", "date-time", "datetime", "time"})
# Last words of a name whose text a machine reads letter by letter.
_EXACT_WORDS = frozenset(
    {
        "id", "ids", "uuid", "guid", "password", "passwd", "pwd", "secret", "token", "key", "hash",
        "checksum", "url", "uri", "link", "path", "file", "filename", "folder", "directory",
        "email", "code", "sql", "regex", "pattern", "sku", "username", "hostname", "ip",
    }
)  # fmt: skip
_DATE_WORDS = frozenset(
    {
        "date", "day", "time", "datetime", "timestamp", "deadline", "birthday", "birthdate", "dob",
        "departure", "arrival", "checkin", "checkout", "when", "since", "until", "日期", "时间",
    }
)  # fmt: skip
_WORD = regex(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|[^\W\d_a-zA-Z]+")


def form_of(schema: Any, value: Any, root: Any) -> Mapping[str, Any]:
    """Return the schema that a value stands under: references followed, a choice made by type.

    Args:
        schema: of the place.
        value: what stands there.
        root: the schema of the whole call, where local references point.

    >>> dict(form_of({"anyOf": [{"type": "null"}, {"type": "string"}]}, "x", {}))
    {'type': 'string'}
    """
    for _ in range(_MOST_STEPS):
        if not isinstance(schema, Mapping):
            return {}
        target = schema.get("$ref")
        forms = schema.get("anyOf") or schema.get("oneOf") or schema.get("allOf")
        if isinstance(target, str) and target.startswith("#/"):
            schema = _pointed(root, target)
        elif isinstance(forms, list) and forms and "properties" not in schema:
            resolved = [_local(form, root) for form in forms]
            schema = next((form for form in resolved if fits(form, value)), resolved[0])
        else:
            return schema
    return {}


def fits(form: Any, value: Any) -> bool:
    """Tell whether a schema's `type` admits a value; one without a type admits all."""
    declared = form.get("type") if isinstance(form, Mapping) else None
    if declared is None:
        return True
    names = declared if isinstance(declared, list) else [declared]
    return any(_is_of(value, name) for name in names)


def default_of(schema: Any, root: Any) -> Any:
    """Return the default of a parameter, or MISSING; null where null says the same as nothing."""
    if not isinstance(schema, Mapping):
        return MISSING
    if "default" in schema:
        return schema["default"]
    form = form_of(schema, MISSING, root)
    if "default" in form:
        return form["default"]
    return None if _nullable(schema) else MISSING


def is_required(schema: Any, name: str) -> bool:
    """Tell whether an object schema requires a key."""
    required = schema.get("required") if isinstance(schema, Mapping) else None
    return isinstance(required, list) and name in required


def is_exact(form: Mapping[str, Any], name: str) -> bool:
    """Tell whether a text counts letter by letter: ids, codes, addresses, choices of the schema.

    >>> is_exact({"type": "string"}, "userId"), is_exact({"type": "string"}, "user_name")
    (True, False)
    """
    if any(key in form for key in ("enum", "const", "pattern")):
        return True
    return form.get("format") in _EXACT_FORMATS or _last_word(name) in _EXACT_WORDS


def is_date(form: Mapping[str, Any], name: str) -> bool:
    """Tell whether a text is a date or a time, by its format or the words of its name."""
    if form.get("format") in DATE_FORMATS:
        return True
    return any(word.lower() in _DATE_WORDS for word in _WORD.findall(name))


def _last_word(name: str) -> str:
    found = _WORD.findall(name)
    return found[-1].lower() if found else ""


def _local(form: Any, root: Any) -> Any:
    target = form.get("$ref") if isinstance(form, Mapping) else None
    whole = isinstance(target, str) and target.startswith("#/")
    return _pointed(root, target) if whole and isinstance(target, str) else form


def _pointed(root: Any, target: str) -> Any:
    """Follow a local JSON pointer (RFC 6901)."""
    found = root
    for part in target[2:].split("/"):
        key = part.replace("~1", "/").replace("~0", "~")
        found = found.get(key) if isinstance(found, Mapping) else None
    return found


def _nullable(schema: Mapping[str, Any]) -> bool:
    declared = schema.get("type")
    if schema.get("nullable") is True or (isinstance(declared, list) and "null" in declared):
        return True
    forms = schema.get("anyOf") or schema.get("oneOf")
    return isinstance(forms, list) and any(
        isinstance(form, Mapping) and form.get("type") == "null" for form in forms
    )


def _is_of(value: Any, name: Any) -> bool:
    if name in ("number", "float", "integer", "int"):
        return is_number(value)
    kinds: dict[Any, Any] = {
        "string": str, "str": str, "array": list, "list": list, "tuple": list, "set": list,
        "object": dict, "dict": dict, "boolean": bool, "bool": bool, "null": type(None),
    }  # fmt: skip
    return name in ("any", None) or (
        isinstance(name, str) and isinstance(value, kinds.get(name, ()))
    )
