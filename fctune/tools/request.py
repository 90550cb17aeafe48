"""A call as the HTTP request that it stands for, by the binding that an import remembered.

Input: a ToolSpec with an HttpBinding, and the arguments of a call. Output: an HttpRequest, complete
but for credentials, which no tool schema holds. Pure: nothing is sent.

Before: GET /pets/{id}, {"id": 7, "fields": ["name", "age"]}
After:  HttpRequest("GET", "https://x.io/pets/7", query=(("fields", "name"), ("fields", "age")))
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlencode

from fctune.errors import InputFault, UsageFault
from fctune.patterns import regex
from fctune.tools.request_form import FORM, MULTIPART, multipart
from fctune.tools.spec import HttpBinding, ParameterPlace, ToolSpec

_VARIABLE = regex(r"\{([^{}/?#]+)\}")
_TOKEN = regex(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+\Z")
_CONTROL = regex(r"[\x00-\x1f\x7f]")
_BETWEEN = {"csv": ",", "spaces": " ", "tabs": "\t", "pipes": "|"}


@dataclass(frozen=True, slots=True)
class HttpRequest:
    """One HTTP request, without credentials.

    Attributes:
        method: upper case.
        url: server and path, without the query.
        query: names and values in order, not yet encoded.
        headers: name to value, the content type of the body included.
        body: the bytes to send; None where there is none.
    """

    method: str
    url: str
    query: tuple[tuple[str, str], ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | None = None

    @property
    def full_url(self) -> str:
        """The URL with its query, percent-encoded."""
        if not self.query:
            return self.url
        mark = "&" if "?" in self.url else "?"
        return f"{self.url}{mark}{_encoded(self.query)}"


def to_request(spec: ToolSpec, arguments: Mapping[str, Any], *, server: str = "") -> HttpRequest:
    """Return the request that a call of a tool stands for.

    Args:
        spec: the tool; its binding tells the place of each argument.
        arguments: of the call; check them with `check_call` first. An argument without a place
            goes into the body where the schema allows further properties there.
        server: the base URL; default that of the binding.

    Raises:
        UsageFault: the tool has no binding, or no absolute server is known.
        InputFault: a path variable is missing or empty, an argument has no place, or a value
            cannot stand in its place; `where` names the argument.
    """
    if spec.http is None:
        raise UsageFault(f"{spec.name} stands for no HTTP request: it has no `http` in its file")
    base = (server or spec.http.server).rstrip("/")
    if not base.lower().startswith(("http://", "https://")):
        raise UsageFault(f"{spec.name}: got server {base!r}, expected a URL of http or https")
    if set("{?#") & set(base):
        expected = "one without variables" if "{" in base else "one without a query"
        raise UsageFault(f"{spec.name}: got server {base!r}, expected {expected}")
    sorted_arguments = _Sorted(spec, spec.http)
    for name, value in arguments.items():
        sorted_arguments.add(name, value)
    return sorted_arguments.request(base)


class _Sorted:
    """The arguments of one call, each at its place."""

    def __init__(self, spec: ToolSpec, binding: HttpBinding) -> None:
        self._binding, self._spec = binding, spec
        self._path: dict[str, str] = {}
        self._query: list[tuple[str, str]] = []
        self._headers: dict[str, str] = {}
        self._cookies: list[str] = []
        self._fields: dict[str, tuple[Any, str]] = {}
        self._whole: tuple[Any] | None = None

    def add(self, name: str, value: Any) -> None:
        place = self._binding.places.get(name)
        if place is None:
            if not self._spec.parameters.get("additionalProperties"):
                raise InputFault(f"{self._spec.name} has no such parameter", where=name)
            place = ParameterPlace("body", name)
        if place.where == "path":
            self._path[place.name] = _segment(value, place, name)
        elif place.where == "query":
            self._query += _pairs(place, value)
        elif place.where == "header":
            self._headers[place.name] = _line(value, place, name)
        elif place.where == "cookie":
            self._cookies += [_encoded([pair]) for pair in _pairs(place, value)]
        elif place.name:
            self._fields[place.name] = (value, place.style)
        else:
            self._whole = (value,)

    def request(self, base: str) -> HttpRequest:
        if self._cookies:
            self._headers["Cookie"] = "; ".join(self._cookies)
        body = self._body()
        if body is not None:
            self._headers["Content-Type"] = body[1]
        return HttpRequest(
            self._binding.method,
            f"{base}/{self._filled().lstrip('/')}",
            tuple(self._query),
            self._headers,
            body[0] if body is not None else None,
        )

    def _filled(self) -> str:
        def value(match: re.Match[str]) -> str:
            if match[1] not in self._path:
                raise InputFault(
                    f"misses {match[1]!r}, which {self._binding.path} needs",
                    where=self._spec.name,
                    hint="a call without a required argument fails check_call",
                )
            return self._path[match[1]]

        return _VARIABLE.sub(value, self._binding.path)

    def _body(self) -> tuple[bytes, str] | None:
        """Return the body and its content type; None where no argument goes there."""
        kind = self._binding.content_type or "application/json"
        bare = kind.split(";", 1)[0].strip().lower()
        if self._whole is None and not self._fields:
            return None
        if bare in ("application/json", "text/json") or bare.endswith("+json"):
            plain = {name: value for name, (value, _) in self._fields.items()}
            value = self._whole[0] if self._whole is not None else plain
            return json.dumps(value, ensure_ascii=False).encode("utf-8", "replace"), kind
        if self._whole is not None and isinstance(self._whole[0], str):
            return self._whole[0].encode("utf-8", "replace"), kind
        if bare in (FORM, MULTIPART) and self._whole is None:
            pairs = [
                pair
                for name, (value, style) in self._fields.items()
                for pair in _pairs(ParameterPlace("body", name, style), value, nested="json")
            ]
            if bare == FORM:
                return _encoded(pairs).encode(), kind
            return multipart(pairs)
        raise InputFault(f"a body of type {kind} cannot be written", where=self._spec.name)


def _encoded(pairs: Sequence[tuple[str, str]]) -> str:
    return urlencode(pairs, quote_via=quote, safe=",", errors="replace")


def _pairs(place: ParameterPlace, value: Any, *, nested: str = "") -> list[tuple[str, str]]:
    """Return the names and values of one argument in a query, a cookie or a form."""
    name, style = place.name, place.style
    if value is None:
        return []
    if style == "deep" and isinstance(value, dict | list):
        return list(_deep(name, value))
    if isinstance(value, dict) and not style:
        if nested == "json":
            return [(name, _compact(value))]
        return [(str(key), _joined(inner, "csv")) for key, inner in value.items()]
    if isinstance(value, list) and not style:
        return [(name, _plain(inner)) for inner in value]
    return [(name, _joined(value, style))]


def _deep(name: str, value: Any) -> Iterator[tuple[str, str]]:
    """Yield `name[key]=value`, to any depth; lists get `name[0]`."""
    if isinstance(value, dict | list) and value:
        entries = value.items() if isinstance(value, dict) else enumerate(value)
        for key, inner in entries:
            yield from _deep(f"{name}[{key}]", inner)
    elif value is not None:
        yield name, _plain(value)


def _joined(value: Any, style: str) -> str:
    """Return a value as one text; lists and objects by style."""
    if style == "json":
        return _compact(value)
    if isinstance(value, list | dict) and style in _BETWEEN:
        parts = value if isinstance(value, list) else [x for pair in value.items() for x in pair]
        return _BETWEEN[style].join(_plain(part) for part in parts)
    return _plain(value)


def _plain(value: Any) -> str:
    return value if isinstance(value, str) else _compact(value)


def _compact(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _segment(value: Any, place: ParameterPlace, name: str) -> str:
    """Return a value as one segment of a path, which it can neither leave nor empty."""
    text = "" if value is None else _joined(value, place.style or "csv")
    if text in ("", ".", ".."):
        raise InputFault(f"got {value!r}, which would name another path", where=name)
    return quote(text, safe=",", errors="replace")


def _line(value: Any, place: ParameterPlace, name: str) -> str:
    text = _joined(value, place.style or "csv")
    if _CONTROL.search(text) or not _TOKEN.match(place.name):
        raise InputFault("got a character that a header cannot hold", where=name)
    return text
