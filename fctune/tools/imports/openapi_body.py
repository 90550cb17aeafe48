"""The body of a request as arguments: the properties of an object, or one argument for the whole.

Input: the `requestBody` of OpenAPI 3, or the body and form parameters of Swagger 2. Output: a Body
with its content type and its arguments.

Before: {"content": {"application/json": {"schema": {"type": "object", "required": ["name"],
         "properties": {"name": {"type": "string"}}}}}}
After:  Body("application/json", [Argument("name", ParameterPlace("body", "name"), ...)])
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from fctune.issues import Issue, issue
from fctune.tools.imports.openapi_parameters import Argument
from fctune.tools.imports.openapi_schema import At, SchemaReader
from fctune.tools.imports.openapi_text import plain_text
from fctune.tools.imports.swagger import FORM, JSON, MULTIPART
from fctune.tools.spec import ParameterPlace

WHOLE = "body"
_PLAIN = frozenset({"type", "description", "properties", "required", "additionalProperties",
                    "default", "examples"})  # fmt: skip
_ENCODED = {"deepObject": "deep", "spaceDelimited": "spaces", "pipeDelimited": "pipes"}


@dataclass(frozen=True, slots=True)
class RawBody:
    """A body as written.

    Attributes:
        schema: its schema.
        at: its place.
        content_type: how it is sent.
        required: what the source says; None where it says nothing.
        description: of the body itself.
        styles: property of a form to the style of its lists and objects.
    """

    schema: Any
    at: At
    content_type: str
    required: bool | None = None
    description: str = ""
    styles: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Body:
    """A body as arguments, and the keywords that hold for all of its properties together."""

    content_type: str = ""
    arguments: tuple[Argument, ...] = ()
    rules: Mapping[str, Any] = field(default_factory=dict)


def raw_body(body: Mapping[str, Any], at: At) -> tuple[RawBody | None, list[Issue]]:
    """Return the content of a `requestBody` that suits a caller best: JSON, form, then others."""
    content = body.get("content")
    kinds = {
        str(kind): media
        for kind, media in (content.items() if isinstance(content, dict) else ())
        if isinstance(media, dict)
    }
    if not kinds:
        return None, [issue("import-not-expressed", at.where, "a body without content")]
    kind = min(kinds, key=_rank)
    media = kinds[kind]
    flag = body.get("required")
    raw = RawBody(
        media.get("schema", {}),
        At(at.base, f"{at.where}.content.{kind}.schema"),
        JSON if _bare(kind) == "*/*" else kind,
        flag if isinstance(flag, bool) else None,
        plain_text(body.get("description")),
        _styles(media.get("encoding")),
    )
    return raw, []


def body_of(raw: RawBody, reader: SchemaReader, *, alone: bool) -> tuple[Body, list[Issue]]:
    """Return a body as arguments.

    Args:
        raw: the body as written.
        reader: of what a caller sends.
        alone: the operation has no other parameters, so that rules about all properties, such as
            `minProperties`, can hold for the whole tool.
    """
    schema, issues = reader.read(raw.schema, raw.at)
    kind = _bare(raw.content_type)
    if not is_json(kind) and kind not in (FORM, MULTIPART):
        if not kind.startswith("text/") or _is_object(schema):
            issues.append(issue("import-not-expressed", raw.at.where, f"a body of type {kind}"))
            if not _is_object(schema):
                return Body(), issues
    elif kind == MULTIPART:
        schema, found = _without_files(schema, raw.at)
        issues += found
    if _is_object(schema) and (alone or schema.keys() <= _PLAIN):
        return _by_property(schema, raw), issues
    return _whole(schema, raw), issues


def is_json(kind: str) -> bool:
    """Tell a content type that is JSON.

    >>> is_json("application/json; charset=utf-8"), is_json("application/vnd.api+json")
    (True, True)
    """
    bare = _bare(kind)
    return bare in (JSON, "text/json", "*/*") or bare.endswith("+json")


def _by_property(schema: Mapping[str, Any], raw: RawBody) -> Body:
    required = () if raw.required is False else schema.get("required", ())
    arguments = tuple(
        Argument(
            name,
            ParameterPlace("body", name, raw.styles.get(name, "")),
            inner,
            name in required,
            f"{raw.at.where}.properties.{name}",
        )
        for name, inner in schema["properties"].items()
    )
    apart = {"type", "properties", "required", "description", "default", "examples"}
    rules = {key: value for key, value in schema.items() if key not in apart}
    return Body(raw.content_type, arguments, rules)


def _whole(schema: Any, raw: RawBody) -> Body:
    plain = dict(schema) if isinstance(schema, dict) else {}
    if raw.description and not plain.get("description"):
        kind = {"type": plain.pop("type")} if "type" in plain else {}
        plain = {**kind, "description": raw.description, **plain}
    needed = raw.required is not False
    place = ParameterPlace("body", "")
    return Body(raw.content_type, (Argument(WHOLE, place, plain, needed, raw.at.where),))


def _is_object(schema: Any) -> bool:
    if not isinstance(schema, dict) or not isinstance(schema.get("properties"), dict):
        return False
    kind = schema.get("type")
    return kind == "object" or kind == ["object", "null"]


def _without_files(schema: Any, at: At) -> tuple[Any, list[Issue]]:
    """Return the form without its uploads: a model writes text, no files."""
    if not _is_object(schema):
        return schema, []
    properties, issues = {}, []
    for name, inner in schema["properties"].items():
        if _is_file(inner) or (isinstance(inner, dict) and _is_file(inner.get("items"))):
            where = f"{at.where}.properties.{name}"
            issues.append(issue("import-not-expressed", where, f"{name} is a file upload"))
        else:
            properties[name] = inner
    required = [name for name in schema.get("required", ()) if name in properties]
    return {**schema, "properties": properties, "required": required}, issues


def _is_file(schema: Any) -> bool:
    return isinstance(schema, dict) and (
        schema.get("format") == "binary"
        or schema.get("contentMediaType") == "application/octet-stream"
    )


def _styles(encoding: Any) -> dict[str, str]:
    styles = {}
    for name, told in encoding.items() if isinstance(encoding, dict) else ():
        if not isinstance(told, dict):
            continue
        if str(told.get("style")) in _ENCODED:
            styles[str(name)] = _ENCODED[str(told["style"])]
        elif told.get("contentType") == JSON:
            styles[str(name)] = "json"
        elif told.get("explode") is False:
            styles[str(name)] = "csv"
    return styles


def _rank(kind: str) -> int:
    bare = _bare(kind)
    if bare == JSON:
        return 0
    if is_json(bare):
        return 1
    known = (FORM, MULTIPART, "text/plain")
    return 2 + known.index(bare) if bare in known else 9


def _bare(kind: str) -> str:
    return kind.split(";", 1)[0].strip().lower()
