"""One operation of an API description as one tool.

Input: an Operation and what the document says for all of them. Output: a ToolSpec with its HTTP
binding and origin, and issues; or only issues where it cannot become a tool.

Before: GET /pets/{id}, {"operationId": "pet.get", "summary": "Find a pet", "parameters": [...]}
After:  ToolSpec("pet_get", "Find a pet", {"type": "object", "properties": {"id": ...}}, http=...)
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

import jsonschema_rs

from fctune.issues import Issue, blocking, issue
from fctune.patterns import regex
from fctune.tools.check import check_schema
from fctune.tools.imports import swagger
from fctune.tools.imports.openapi_body import Body, RawBody, body_of, is_json, raw_body
from fctune.tools.imports.openapi_filter import Operation
from fctune.tools.imports.openapi_node import deprecated
from fctune.tools.imports.openapi_parameters import (
    PLACES,
    Argument,
    Credentials,
    argument_of,
    followed,
    parameters_of,
    undeclared,
    variables_of,
)
from fctune.tools.imports.openapi_schema import At, SchemaReader
from fctune.tools.imports.openapi_server import server_of, swagger_server
from fctune.tools.imports.openapi_text import described, plain_text
from fctune.tools.imports.references import References
from fctune.tools.names import lawful_name
from fctune.tools.spec import HttpBinding, ParameterPlace, ToolOrigin, ToolSpec

_NAMELESS_RULES = frozenset({"additionalProperties", "minProperties", "maxProperties"})
_UNLAWFUL = regex(r"[^\w.-]+")
_NOT_WORD = regex(r"[\W_]+")
_SUCCESS = regex(r"2(?:\d\d|XX)\Z", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Source:
    """What all operations of one document share.

    Attributes:
        document: the document.
        name: the source as the user gave it.
        url: where it was loaded from; "" for a file.
        is_swagger: it is Swagger 2.0.
        references: of the document.
        requests: reads what a caller sends.
        answers: reads what it gets.
        credentials: the parameters that carry a credential.
        names: how often each name was met, so that the thousandth is numbered at once.
    """

    document: Mapping[str, Any]
    name: str
    url: str
    is_swagger: bool
    references: References
    requests: SchemaReader
    answers: SchemaReader
    credentials: Credentials
    names: Counter[str] = field(default_factory=Counter)


def tool_of(
    operation: Operation, source: Source, taken: Collection[str]
) -> tuple[ToolSpec | None, list[Issue]]:
    """Return an operation as a tool whose name is not taken; None where that is impossible."""
    source.requests.begin()
    arguments, issues = _parameters(operation, source)
    body, found = _body(operation, source, alone=not arguments)
    issues += found
    schema, places, found = _together([*arguments, *body.arguments], body)
    issues += found
    if not jsonschema_rs.meta.is_valid(schema):
        issues += check_schema(schema, operation.where)
    if blocking(issues):
        why = next(one for one in issues if blocking([one]))
        message = f"{operation.method} {operation.path}: {why.message}"
        return None, [issue("import-tool-skipped", operation.where, message)]
    raw_name, name, found = _name(operation, source, taken)
    sent = any(place.where == "body" for place in places.values()) or bool(body.rules)
    spec = ToolSpec(
        name,
        _description(operation),
        schema,
        returns=_returns(operation, source),
        origin=ToolOrigin(source.name, raw_name, operation.where),
        http=HttpBinding(
            operation.method,
            operation.path,
            server=_server(operation, source),
            places=places,
            content_type=body.content_type if sent else "",
        ),
    )
    return spec, issues + found


def _name(
    operation: Operation, source: Source, taken: Collection[str]
) -> tuple[str, str, list[Issue]]:
    """Return the name in the source, the lawful and free one, and the issue where they differ."""
    declared = operation.raw.get("operationId")
    told = isinstance(declared, str) and bool(declared.strip())
    raw = str(declared) if told else f"{operation.method.lower()} {operation.path}"
    name = lawful_name(raw)
    source.names[name] += 1
    if name in taken:
        name = lawful_name(f"{name}_{max(2, source.names[name])}", taken)
    if not told or name == raw:
        return raw, name, []
    place = f"{operation.where}.operationId"
    return raw, name, [issue("import-name-changed", place, f"got {raw!r}, wrote {name}")]


def _description(operation: Operation) -> str:
    raw, item = operation.raw, operation.item
    summary = raw.get("summary")
    if _is_generated(summary, raw.get("operationId")) and plain_text(raw.get("description")):
        summary = ""
    text = described(summary, raw.get("description"))
    text = text or described(item.get("summary"), item.get("description"))
    return deprecated(text) if raw.get("deprecated") is True else text


def _is_generated(summary: Any, name: Any) -> bool:
    """Tell a summary that a framework made from the function's name.

    >>> _is_generated("Create Item", "create_item_items_post"), _is_generated("Add it", "add_it")
    (True, False)
    """
    if not isinstance(summary, str) or not isinstance(name, str) or not summary.istitle():
        return False
    return _NOT_WORD.sub("", name).casefold().startswith(_NOT_WORD.sub("", summary).casefold())


def _parameters(operation: Operation, source: Source) -> tuple[list[Argument], list[Issue]]:
    at = At(operation.base, f"{operation.where}.parameters")
    shared = At(operation.base, f"{operation.where.rsplit('.', 1)[0]}.parameters")
    raws, issues = parameters_of(
        operation.raw.get("parameters"),
        operation.item.get("parameters"),
        (at, shared),
        source.references,
    )
    arguments: list[Argument] = []
    variables = variables_of(operation.path)
    for raw, place in raws:
        where, name = raw.get("in"), raw["name"]
        if where in ("body", "formData") and source.is_swagger:
            continue
        if where not in PLACES:
            message = f"parameter {name!r} in {where!r}"
            issues.append(issue("import-not-expressed", place.where, message))
        elif where == "path" and name not in variables:
            message = f"parameter {name!r}: the path has no {{{name}}}"
            issues.append(issue("import-not-expressed", place.where, message))
        elif not source.credentials.hold(where, name):
            found, told = argument_of(raw, place, source.requests, is_swagger=source.is_swagger)
            arguments.append(found)
            issues += told
    declared = {one.name for one in arguments if one.place.where == "path"}
    for added, told_added in undeclared(operation.path, declared, operation.where):
        arguments.append(added)
        issues.append(told_added)
    return arguments, issues


def _body(operation: Operation, source: Source, *, alone: bool) -> tuple[Body, list[Issue]]:
    if source.is_swagger:
        raw, issues = _swagger_body(operation, source)
    else:
        at = At(operation.base, f"{operation.where}.requestBody")
        whole, at, issues = followed(operation.raw.get("requestBody"), at, source.references)
        raw = None
        if isinstance(whole, dict):
            raw, found = raw_body(whole, at)
            issues += found
    if raw is None:
        return Body(), issues
    body, found = body_of(raw, source.requests, alone=alone)
    return body, issues + found


def _swagger_body(operation: Operation, source: Source) -> tuple[RawBody | None, list[Issue]]:
    at = At(operation.base, f"{operation.where}.parameters")
    raws, _ = parameters_of(
        operation.raw.get("parameters"), operation.item.get("parameters"), (at, at),
        source.references,
    )  # fmt: skip
    consumes = swagger.consumed(operation.raw, source.document)
    form = [raw for raw, _ in raws if raw.get("in") == "formData"]
    for raw, place in raws:
        if raw.get("in") == "body":
            kind = next((one for one in consumes if is_json(one)), swagger.JSON)
            needed = raw["required"] if isinstance(raw.get("required"), bool) else None
            told = plain_text(raw.get("description"))
            return RawBody(raw.get("schema", {}), place.to("schema"), kind, needed, told), []
    if not form:
        return None, []
    schema, styles, kind = swagger.body_of_form(form, consumes)
    place = At(operation.base, f"{operation.where}.formData")
    return RawBody(schema, place, kind, styles=styles), []


def _together(
    arguments: list[Argument], body: Body
) -> tuple[dict[str, Any], dict[str, ParameterPlace], list[Issue]]:
    """Return one object schema for all arguments, each under a name of its own."""
    properties: dict[str, Any] = {}
    places: dict[str, ParameterPlace] = {}
    required: list[str] = []
    issues: list[Issue] = []
    numbers: Counter[str] = Counter()
    for one in arguments:
        name = _free_name(one, properties, numbers)
        if name != one.name:
            found = f"got {one.name!r} in {one.place.where}, wrote {name!r}"
            issues.append(issue("tool-parameter-renamed", one.where, found))
        properties[name] = one.schema
        places[name] = one.place
        if one.required:
            required.append(name)
    schema: dict[str, Any] = {"type": "object", "properties": properties}
    if required:
        schema["required"] = required
    rules = body.rules
    if any(found.where == one.where for one in body.arguments for found in issues):
        rules = {key: rule for key, rule in rules.items() if key in _NAMELESS_RULES}
        where = body.arguments[0].where.rsplit(".properties.", 1)[0]
        for key in sorted(body.rules.keys() - rules.keys()):
            lost = f"left out {key}, which may speak of parameters by names that have changed"
            issues.append(issue("import-not-expressed", where, lost))
    return {**schema, **rules}, places, issues


def _free_name(one: Argument, taken: Collection[str], numbers: Counter[str]) -> str:
    """Return a name of letters, digits, `_`, `.` and `-` that no other argument has.

    Before: `page[size]`; `id` of the body, where the path has an `id` too
    After:  `page_size`; `id_body`
    """
    name = one.name
    if _UNLAWFUL.search(name):
        name = _UNLAWFUL.sub("_", name).strip("_") or "value"
    if name not in taken:
        return name
    name = free = f"{name}_{one.place.where}"
    while free in taken:
        numbers[name] += 1
        free = f"{name}_{numbers[name] + 1}"
    return free


def _server(operation: Operation, source: Source) -> str:
    if source.is_swagger:
        return swagger_server(source.document, source.url)
    return server_of(operation.raw, operation.item, source.document, source_url=source.url)


def _returns(operation: Operation, source: Source) -> Mapping[str, Any] | None:
    """Return the schema of the first answer of success that is JSON; None where none is told."""
    responses = operation.raw.get("responses")
    if not isinstance(responses, dict):
        return None
    codes = sorted(code for code in responses if isinstance(code, str) and _SUCCESS.match(code))
    for code in [*codes, *(["default"] if "default" in responses else [])]:
        at = At(operation.base, f"{operation.where}.responses.{code}")
        answer, at, _ = followed(responses[code], at, source.references)
        schema = _answer_schema(answer)
        if schema is not None:
            source.answers.begin()
            plain, _ = source.answers.read(schema, at.to("schema"))
            return plain if isinstance(plain, dict) and plain else None
    return None


def _answer_schema(answer: Any) -> Any:
    if not isinstance(answer, dict):
        return None
    content = answer.get("content")
    for kind, media in content.items() if isinstance(content, dict) else ():
        if is_json(str(kind)) and isinstance(media, dict):
            return media.get("schema")
    return answer.get("schema")
