"""check_call: the judge of a call against its schema, the same in data, evaluation and gateway.

Input: a ToolCall and a ToolCatalog. Output: one Issue per fault, none for a lawful call. It never
raises, whatever the schema or the arguments hold, and never fetches a reference.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

import jsonschema_rs

from fctune.issues import Issue, issue
from fctune.tools.spec import ToolCall, ToolCatalog, ToolSpec

_BOUNDS = frozenset(
    {
        "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf", "minLength",
        "maxLength", "minItems", "maxItems", "minProperties", "maxProperties",
    }
)  # fmt: skip
_CODE_OF_KEYWORD = {
    "required": "call-missing-required",
    "additionalProperties": "call-unknown-parameter",
    "type": "call-type",
    "enum": "call-enum",
    "pattern": "call-pattern",
    "format": "call-pattern",
    **dict.fromkeys(_BOUNDS, "call-bounds"),
}
_COMBINATORS = frozenset({"allOf", "anyOf", "oneOf", "$ref", "if", "patternProperties"})
# Beside a choice, these may name keys of the same object.
_KEYS_ELSEWHERE = _COMBINATORS | {"properties", "dependentSchemas"}
_MAX_SHOWN = 80


def check_call(call: ToolCall, catalog: ToolCatalog, where: str = "call") -> list[Issue]:
    """Return every fault of a call, in the order of the schema's rules.

    Args:
        call: the call to judge.
        catalog: the tools that may be called.
        where: the place to name; argument faults add `.arguments.<path>`.

    >>> from fctune.tools.spec import ToolSpec
    >>> schema = {"type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n"]}
    >>> catalog = ToolCatalog((ToolSpec("f", "", schema),))
    >>> [str(found) for found in check_call(ToolCall("f", {"n": "5"}), catalog)]
    ['call.arguments.n: got "5", expected integer [call-type]']
    """
    spec = catalog.get(call.name)
    if spec is None:
        return [issue("call-unknown-tool", where, _unknown_tool(call.name, catalog))]
    place = f"{where}.arguments"
    return check_arguments(call.arguments, validator_of(spec), place)


def check_arguments(arguments: Mapping[str, Any], validator: Any, place: str) -> list[Issue]:
    """Return every fault of the arguments of a call.

    Args:
        arguments: to judge.
        validator: as `validator_of` gives it.
        place: the place to name.
    """
    if isinstance(validator, str):
        return [issue("call-schema", place, f"the tool's schema cannot be used: {validator}")]
    try:
        errors = list(validator.iter_errors(dict(arguments)))
    except (ValueError, TypeError, OverflowError, RecursionError) as fault:
        return [issue("call-schema", place, f"the arguments cannot be judged: {fault}")]
    return [found for error in errors for found in _issues_of(error, place)]


def check_schema(parameters: Mapping[str, Any], where: str) -> list[Issue]:
    """Return what makes a canonical schema unusable: bad keywords, or references to elsewhere."""
    outside = [target for target in _references(parameters) if not target.startswith("#")]
    if outside:
        return [issue("tool-schema-reference", where, f"got $ref {outside[0]!r}")]
    try:
        text = json.dumps(parameters, sort_keys=True)
    except (TypeError, ValueError, RecursionError) as fault:
        return [issue("tool-schema-invalid", where, f"not JSON: {fault}")]
    validator = _compile(text)
    return [issue("tool-schema-invalid", where, validator)] if isinstance(validator, str) else []


def _unknown_tool(name: str, catalog: ToolCatalog) -> str:
    shown = ", ".join(catalog.names[:8]) + (" ..." if len(catalog) > 8 else "")
    return f"got {name!r}, listed are: {shown or 'no tools'}"


def validator_of(spec: ToolSpec) -> Any:
    """Return the validator of a tool's closed schema, or the sentence that says why not."""
    try:
        return _compile(json.dumps(spec.parameters, sort_keys=True))
    except (TypeError, ValueError, RecursionError) as fault:
        return str(fault)


@lru_cache(maxsize=2048)
def _compile(text: str) -> Any:
    """Return a validator of the closed schema, or the sentence that says why there is none."""
    judged = closed(json.loads(text))
    try:
        return jsonschema_rs.validator_for(judged, retriever=_refuse)
    except (
        ValueError,
        RecursionError,
    ) as fault:  # ValidationError and ReferencingError derive from it
        return str(fault).split("\n", 1)[0]


def _refuse(uri: str) -> Any:
    raise ValueError(f"references are not followed: {uri}")


def closed(schema: Any, *, top: bool = True) -> Any:
    """Return the schema that calls are judged by.

    Unknown keys are forbidden wherever a schema lists properties and does not say otherwise. A
    model that invents a parameter is wrong even where the author forgot additionalProperties:
    BFCL judges so too (its checker calls it unexpected_param). An inner object that lists no
    property is a free-form map, and combinators are left open, since their branches add keys; but
    a choice with one form for objects, as `Optional[Model]` is written, has that form closed.

    Args:
        schema: a canonical schema, or a part of one.
        top: it is the schema of a whole call, which lists all keys that there are.
    """
    if not isinstance(schema, dict):
        return schema
    judged = dict(schema)
    properties = judged.get("properties")
    if isinstance(properties, dict):
        judged["properties"] = {k: closed(v, top=False) for k, v in properties.items()}
        combined = _COMBINATORS & judged.keys()
        if (properties or top) and "additionalProperties" not in judged and not combined:
            judged["additionalProperties"] = False
    if isinstance(judged.get("items"), dict):
        judged["items"] = closed(judged["items"], top=False)
    for key in ("anyOf", "oneOf"):
        forms = judged.get(key)
        alone = not (_KEYS_ELSEWHERE - {key}) & judged.keys()
        if alone and isinstance(forms, list) and sum(map(_may_be_object, forms)) == 1:
            judged[key] = [closed(form, top=False) for form in forms]
    return judged


def _may_be_object(form: Any) -> bool:
    declared = form.get("type", "object") if isinstance(form, dict) else "object"
    return declared == "object" or (isinstance(declared, list) and "object" in declared)


def _issues_of(error: Any, place: str) -> Iterator[Issue]:
    code = _CODE_OF_KEYWORD.get(error.kind.name, "call-schema")
    where = place + "".join(
        f"[{part}]" if isinstance(part, int) else f".{part}" for part in error.instance_path
    )
    if code == "call-missing-required":
        yield issue(code, where, f"misses required {error.kind.property!r}")
    elif code == "call-unknown-parameter":
        for name in error.kind.unexpected:
            yield issue(code, f"{where}.{name}", f"{name!r} is not a parameter")
    else:
        yield issue(code, where, _sentence(code, error))


def _sentence(code: str, error: Any) -> str:
    shown = json.dumps(error.instance, ensure_ascii=False, default=str)
    if len(shown) > _MAX_SHOWN:
        shown = shown[: _MAX_SHOWN - 3] + "..."
    if code == "call-type":
        return f"got {shown}, expected {' or '.join(map(str, error.kind.types))}"
    if code == "call-enum":
        options = json.dumps(error.kind.options, ensure_ascii=False, default=str)
        return f"got {shown}, expected one of {options}"
    return f"got {shown}: {error.message}"[: 4 * _MAX_SHOWN]


def _references(value: Any) -> Iterator[str]:
    stack = [value]
    while stack:
        current = stack.pop()
        if isinstance(current, Mapping):
            target = current.get("$ref")
            if isinstance(target, str):
                yield target
            stack.extend(current.values())
        elif isinstance(current, list | tuple):
            stack.extend(current)
