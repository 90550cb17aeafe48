"""Parameters of an operation: path, query, header and cookie, each with its schema and its place.

Input: the `parameters` of an operation and of its path, of OpenAPI 3 or Swagger 2. Output: one
Argument each, the operation's own before the path's, without credentials; and what was left out.

Before: [{"name": "limit", "in": "query", "schema": {"type": "integer"}}]
After:  [Argument("limit", ParameterPlace("query", "limit"), {"type": "integer"}, required=False)]
"""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from fctune.issues import Issue, issue
from fctune.patterns import regex
from fctune.tools.imports import swagger
from fctune.tools.imports.openapi_keywords import examples_of
from fctune.tools.imports.openapi_node import deprecated
from fctune.tools.imports.openapi_schema import At, SchemaReader
from fctune.tools.imports.openapi_text import described, plain_text
from fctune.tools.imports.references import References
from fctune.tools.spec import ParameterPlace

_RANK = {"path": 0, "query": 1, "header": 2, "cookie": 3}
PLACES = tuple(_RANK)
# The client of the API sets these, never the caller of a tool.
_CLIENT_HEADERS = frozenset(
    {"authorization", "accept", "content-type", "host", "content-length", "transfer-encoding"}
    | {"connection", "upgrade", "te", "trailer", "proxy-authorization"}
)
_VARIABLE = regex(r"\{([^{}/?#]+)\}")
_QUERY_STYLES = {"spaceDelimited": "spaces", "pipeDelimited": "pipes", "deepObject": "deep"}
_MAX_CHAIN = 10


@dataclass(frozen=True, slots=True)
class Argument:
    """One value that a call of the tool may carry.

    Attributes:
        name: as the API names it.
        place: where it goes in the request.
        schema: in canonical form, its description included.
        required: a request without it is wrong.
        where: its place in the source, to name in issues.
    """

    name: str
    place: ParameterPlace
    schema: Any
    required: bool
    where: str


@dataclass(frozen=True, slots=True)
class Credentials:
    """The parameters that security schemes name, such as `("query", "api_key")`."""

    places: frozenset[tuple[str, str]] = frozenset()

    def hold(self, where: str, name: str) -> bool:
        """Tell whether a parameter carries a credential or belongs to the client."""
        if where == "header" and name.casefold() in _CLIENT_HEADERS:
            return True
        return (where, name.casefold()) in self.places


def credentials_of(document: Mapping[str, Any], references: References) -> Credentials:
    """Return the API keys that a document declares, of OpenAPI 3 or Swagger 2."""
    components = document.get("components")
    holder = components.get("securitySchemes") if isinstance(components, dict) else None
    schemes = holder if isinstance(holder, dict) else document.get("securityDefinitions")
    places = set()
    for scheme in schemes.values() if isinstance(schemes, dict) else ():
        raw = followed(scheme, At("", "securitySchemes"), references)[0]
        if isinstance(raw, dict) and raw.get("type") == "apiKey":
            places.add((str(raw.get("in")), str(raw.get("name")).casefold()))
    return Credentials(frozenset(places))


def followed(raw: Any, at: At, references: References) -> tuple[Any, At, list[Issue]]:
    """Return what an object with `$ref` stands for, where that is, and why it cannot be found."""
    for _ in range(_MAX_CHAIN):
        if not isinstance(raw, dict) or "$ref" not in raw:
            return raw, at, []
        target = references.find(raw["$ref"], at.base, at.where)
        if isinstance(target, Issue):
            return None, at, [target]
        raw, at = target.value, At(target.base, target.where)
    return None, at, [issue("import-cycle-cut", at.where, "a chain of $ref without an end")]


def parameters_of(
    own: Any, shared: Any, at: tuple[At, At], references: References
) -> tuple[list[tuple[Mapping[str, Any], At]], list[Issue]]:
    """Return the raw parameters of an operation, the path's overridden by its own.

    Args:
        own: the `parameters` of the operation.
        shared: those of its path.
        at: the places of both lists.
        references: of the source.
    """
    found: dict[tuple[str, str], tuple[Mapping[str, Any], At]] = {}
    issues: list[Issue] = []
    for values, place in ((own, at[0]), (shared, at[1])):
        for index, raw in enumerate(values if isinstance(values, list) else ()):
            here = At(place.base, f"{place.where}[{index}]")
            whole, there, missing = followed(raw, here, references)
            issues += missing
            name = whole.get("name") if isinstance(whole, dict) else None
            if isinstance(name, str) and name:
                found.setdefault((str(whole.get("in")), name), (whole, there))
            elif not missing:
                issues.append(
                    issue("import-not-expressed", here.where, "a parameter without a name")
                )
    return [found[key] for key in sorted(found, key=lambda key: _RANK.get(key[0], 9))], issues


def argument_of(
    raw: Mapping[str, Any], at: At, reader: SchemaReader, *, is_swagger: bool = False
) -> tuple[Argument, list[Issue]]:
    """Return one parameter as an argument."""
    whole = swagger.parameter(raw) if is_swagger else raw
    name, where = str(whole["name"]), str(whole["in"])
    schema, style = whole.get("schema"), _style(whole, where)
    below = at.to("schema")
    content = whole.get("content")
    if schema is None and isinstance(content, dict):
        media = next((kind for kind in content.values() if isinstance(kind, dict)), {})
        schema, style = media.get("schema"), "json"
        below = at.to("content")
    plain, issues = reader.read({} if schema is None else schema, below, name)
    plain = _annotated({} if isinstance(plain, bool) else plain, whole)
    if whole.get("style") in ("matrix", "label"):
        issues.append(issue("import-not-expressed", at.where, f"style {whole['style']}"))
    required = where == "path" or whole.get("required") is True
    return Argument(name, ParameterPlace(where, name, style), plain, required, at.where), issues


def _annotated(schema: Mapping[str, Any], raw: Mapping[str, Any]) -> dict[str, Any]:
    """Return the schema with the description and examples that stand beside it."""
    told = described("", plain_text(raw.get("description"))) or schema.get("description", "")
    if raw.get("deprecated") is True:
        told = deprecated(told)
    whole = {key: value for key, value in schema.items() if key != "description"}
    kind = {"type": whole.pop("type")} if "type" in whole else {}
    whole = {**kind, **({"description": told} if told else {}), **whole}
    examples = examples_of(raw)
    return {**whole, "examples": examples} if examples and "examples" not in whole else whole


def _style(raw: Mapping[str, Any], where: str) -> str:
    """Return how a list or object is written, "" where the place's own way is meant."""
    style = str(raw.get("style", ""))
    if style and style in swagger.STYLES.values():
        return style
    if where not in ("query", "cookie"):
        return ""
    if style in _QUERY_STYLES:
        return _QUERY_STYLES[style]
    return "csv" if raw.get("explode") is False else ""


def undeclared(path: str, declared: Container[str], where: str) -> Iterator[tuple[Argument, Issue]]:
    """Yield a text argument for each variable of a path that no parameter declares."""
    for name in dict.fromkeys(_VARIABLE.findall(path)):
        if name not in declared:
            found = f"no parameter declares {{{name}}}, added it as text"
            place = ParameterPlace("path", name)
            yield (
                Argument(name, place, {"type": "string"}, True, where),
                issue("import-parameter-added", where, found),
            )


def variables_of(path: str) -> list[str]:
    """Return the variables of a path.

    >>> variables_of("/pets/{petId}/toys/{toy}")
    ['petId', 'toy']
    """
    return _VARIABLE.findall(path)
