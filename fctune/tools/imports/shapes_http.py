"""API Zoo entries, whose call is an HTTP request: `"api_call": "GET /api/v2/users/{id}"`.

Input: one entry. Output: one `Entry` with its HttpBinding, so that a call can become a request.
Names such as `page[size]` become lawful parameter names; the binding keeps their own.

Before: {"api_name": "Get a user", "api_call": "GET /users/{id}", "api_arguments":
         {"id": "[REQUIRED] string: The user's number."}}
After:  Entry("[0]", {"name": "Get a user", "parameters": {"properties": {"id": ...},
         "required": ["id"]}}, http=HttpBinding("GET", "/users/{id}", places={"id": path}))
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from fctune.issues import Issue, issue
from fctune.patterns import regex
from fctune.tools.imports.shapes_collect import Entry
from fctune.tools.names import lawful_name
from fctune.tools.spec import HttpBinding, ParameterPlace

_REQUEST = regex(r"^\s*(GET|POST|PUT|PATCH|DELETE|HEAD|OPTIONS)\s+(\S+)\s*$")
_SERVER = regex(r"^(https?://[^/]+)(/.*)?$")
_REQUIRED = regex(r"^\s*\[REQUIRED\]\s*", re.IGNORECASE)
_TOLD = regex(
    r"^((?:string|integer|number|boolean|array|object|list|dict|str|int|float|bool|any)(?:\[\w*\])?)"
    r"\s*(?::\s*(.*))?$",
    re.IGNORECASE | re.DOTALL,
)
_VARIABLE = regex(r"\{([^{}/]+)\}")
# `Datadog API - Key Management: Edit`: the product says nothing within its own list.
_PRODUCT = regex(r"^.{1,40}? API - (?=\S)")
_WITH_BODY = frozenset({"POST", "PUT", "PATCH"})


def is_api_zoo(item: Mapping[str, Any]) -> bool:
    """Tell an entry of Gorilla's API Zoo."""
    return "api_call" in item and isinstance(item.get("api_arguments"), Mapping)


def api_zoo(item: Mapping[str, Any], place: str) -> Iterator[Entry]:
    """Read an entry of API Zoo.

    The entry does not tell where an argument goes: one named in the path goes there, others into
    the body of POST, PUT and PATCH, and into the query elsewhere.
    """
    request = _REQUEST.match(item["api_call"]) if isinstance(item["api_call"], str) else None
    schema, places, issues = _parameters(item["api_arguments"], request, place)
    own_name = item.get("api_name")
    name = _PRODUCT.sub("", own_name) if isinstance(own_name, str) else own_name
    body = {"name": name, "description": item.get("functionality"), "parameters": schema}
    binding = _binding(request, places)
    yield Entry(place, body, binding, tuple(issues), own_name if isinstance(own_name, str) else "")


def _binding(
    request: re.Match[str] | None, places: Mapping[str, ParameterPlace]
) -> HttpBinding | None:
    if request is None:
        return None
    method, target = request.groups()
    server = _SERVER.match(target)
    has_body = any(place.where == "body" for place in places.values())
    return HttpBinding(
        method,
        (server.group(2) or "/") if server else target,
        server=server.group(1) if server else "",
        places=places,
        content_type="application/json" if has_body else "",
    )


def _parameters(
    arguments: Mapping[str, Any], request: re.Match[str] | None, where: str
) -> tuple[dict[str, Any], dict[str, ParameterPlace], list[Issue]]:
    """Return the schema, the places and the issues; what the path names is always required."""
    properties: dict[str, Any] = {}
    places: dict[str, ParameterPlace] = {}
    required: list[str] = []
    issues: list[Issue] = []
    variables = _VARIABLE.findall(request.group(2)) if request is not None else []
    untold = {name: "string" for name in variables if name not in arguments}
    for raw, told in {**arguments, **untold}.items():
        name = str(raw) if request is None else lawful_name(str(raw), properties)
        if name != raw:
            inner = f"{where}.api_arguments.{raw}"
            issues.append(issue("tool-parameter-renamed", inner, f"got {raw!r}, wrote {name!r}"))
        properties[name], needed = _schema(told)
        if needed or raw in variables:
            required.append(name)
        if request is not None:
            places[name] = ParameterPlace(_place(str(raw), *request.groups()), str(raw))
    return {"type": "object", "properties": properties, "required": required}, places, issues


def _place(name: str, method: str, path: str) -> str:
    if f"{{{name}}}" in path:
        return "path"
    return "body" if method in _WITH_BODY else "query"


def _schema(told: Any) -> tuple[dict[str, Any], bool]:
    """Return the schema of an argument told as `[REQUIRED] type: What it is.`, and if required.

    >>> _schema("[REQUIRED] string: The user's number.")
    ({'type': 'string', 'description': "The user's number."}, True)
    """
    if isinstance(told, Mapping):
        return {key: value for key, value in told.items() if key != "required"}, (
            told.get("required") is True
        )
    if not isinstance(told, str):
        return {"description": json.dumps(told, ensure_ascii=False, default=str)}, False
    text = _REQUIRED.sub("", told).strip()
    match = _TOLD.match(text)
    schema = {"type": match[1]} if match is not None else {}
    described = (match[2] or "").strip() if match is not None else text
    if described:
        schema["description"] = described
    return schema, bool(_REQUIRED.match(told))
