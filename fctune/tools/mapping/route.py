"""HTTP addresses of APIs: `GET /v2/shipments/{orderNo}`, and the concrete ones of logs.

Input: the address as the mapping writes it, and as a log does. Output: a Route, and the values
that a concrete address holds, percent-decoded; texts still, as an address has no types.

Before: Route of "GET /v2/shipments/{orderNo}", and "GET /v2/shipments/SO%2F1?lang=zh"
After:  {"orderNo": "SO/1"}, {"lang": ["zh"]}
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from urllib.parse import unquote, unquote_plus

from fctune.patterns import regex

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS")
_ADDRESS = regex(rf"({'|'.join(METHODS)})[ \t]+(\S+)", re.IGNORECASE)
_SERVER = regex(r"https?://[^/?#]*", re.IGNORECASE)
_VARIABLE = regex(r"\{([^{}/]+)\}")
_ADDRESS_LIKE = regex(r"/|https?://", re.IGNORECASE)
_ALMOST = regex(r"([A-Za-z]+)[ \t]+(\S.*)", re.DOTALL)


class BadAddress(Exception):
    """A concrete address cannot be taken apart; the message says why."""


@dataclass(frozen=True)
class Route:
    """The address of an API.

    Attributes:
        method: upper case.
        path: with its variables in braces.
    """

    method: str
    path: str

    @cached_property
    def variables(self) -> tuple[str, ...]:
        """The names of the variables, in order."""
        return tuple(_VARIABLE.findall(self.path))

    @cached_property
    def shape(self) -> str:
        """Method and path with nameless variables: equal for addresses that match the same."""
        return f"{self.method} {_VARIABLE.sub('{}', self.path)}"

    @cached_property
    def literals(self) -> tuple[bool, ...]:
        """Which segments hold no variable; of two routes that match, the more literal is meant."""
        return tuple(variable is None for _, variable, _ in self._segments)

    @cached_property
    def _segments(self) -> tuple[tuple[str, str | None, str], ...]:
        """Each segment as what stands before its variable, the variable, and what stands after.

        A literal segment is decoded, as any spelling of percent-encoding means the same.
        """
        parts: list[tuple[str, str | None, str]] = []
        for segment in self.path.split("/"):
            found = _VARIABLE.search(segment)
            if found is None:
                parts.append((unquote(segment), None, ""))
            else:
                parts.append((segment[: found.start()], found[1], segment[found.end() :]))
        return tuple(parts)

    def match(self, address: Address) -> Mapping[str, str] | None:
        """Return the values of the variables, still encoded; None where the address is another."""
        if address.method != self.method or len(address.segments) != len(self._segments):
            return None
        values: dict[str, str] = {}
        for (before, variable, after), (segment, plain) in zip(
            self._segments, address.segments, strict=True
        ):
            if variable is None:
                if plain != before:
                    return None
                continue
            value = segment[len(before) : len(segment) - len(after)]
            if not value or segment != f"{before}{value}{after}":
                return None
            values[variable] = value
        return values


@dataclass(frozen=True, slots=True)
class Address:
    """A concrete address.

    Attributes:
        method: upper case.
        segments: the parts of the path, each as it stands and decoded.
        query: as it stands.
    """

    method: str
    segments: tuple[tuple[str, str], ...]
    query: str


def parse_route(api: str) -> Route | None:
    """Return the route that an API's name is, or None where it is a plain name.

    >>> parse_route("get /v2/shipments/{orderNo}").variables
    ('orderNo',)
    """
    found = _ADDRESS.fullmatch(api)
    if found is None or not found[2].startswith("/"):
        return None
    return Route(found[1].upper(), found[2])


def parse_address(name: str) -> Address | None:
    """Return the concrete address that a call's name is, its server left out, or None."""
    found = _ADDRESS.fullmatch(name)
    if found is None:
        return None
    target = _SERVER.sub("", found[2], count=1).partition("#")[0]
    path, _, query = target.partition("?")
    if not path.startswith("/") or "{" in path or "}" in path:
        return None
    segments = tuple((one, unquote(one)) for one in path.split("/"))
    return Address(found[1].upper(), segments, query)


def canonical_api(name: str) -> str:
    """Return an API's name with the method of an address in upper case."""
    route = parse_route(name)
    return name if route is None else f"{route.method} {route.path}"


def decoded(text: str) -> str:
    """Return a part of a path, percent-decoded.

    Raises:
        BadAddress: it is not UTF-8.
    """
    try:
        return unquote(text, errors="strict")
    except UnicodeDecodeError as fault:
        raise BadAddress(f"{text} is not UTF-8") from fault


def query_values(query: str) -> dict[str, list[str]]:
    """Return the values of a query by name, percent-decoded.

    Raises:
        BadAddress: it is not UTF-8.

    >>> query_values("lang=zh&tag=a&tag=b+c&all")
    {'lang': ['zh'], 'tag': ['a', 'b c'], 'all': ['']}
    """
    values: dict[str, list[str]] = {}
    for part in filter(None, query.split("&")):
        name, _, value = part.partition("=")
        try:
            key, text = (unquote_plus(one, errors="strict") for one in (name, value))
        except UnicodeDecodeError as fault:
            raise BadAddress(f"{part} is not UTF-8") from fault
        values.setdefault(key, []).append(text)
    return values


def route_faults(api: str) -> str:
    """Return what is wrong with the address of a mapping, or "".

    Text that is almost an address counts as one, since as a plain name it would match no call:
    a method and a path without its slash, or a path after an unknown method.

    >>> route_faults("GET v2/x"), route_faults("get weather")
    ('got a path without its leading slash', '')
    """
    almost = _ALMOST.fullmatch(api)
    if almost is None:
        return ""
    method, path = almost.groups()
    if method.upper() not in METHODS:
        known = f"expected one of {', '.join(METHODS)}"
        return f"got the method {method}, {known}" if _ADDRESS_LIKE.match(path) else ""
    if _SERVER.match(path):
        return "got a server in the address, expected the path alone"
    if not path.startswith("/"):
        meant = method in METHODS or "/" in path or "{" in path
        return "got a path without its leading slash" if meant else ""
    if re.search(r"\s", path):
        return "got a space in the path, expected %20"
    if "?" in path or "#" in path:
        return "got a query in the address, expected parameters or fixed values for it"
    names = _VARIABLE.findall(path)
    if len(set(names)) != len(names):
        return "got a variable twice in the path"
    bare = _VARIABLE.sub("", path)
    if "{" in bare or "}" in bare:
        return "got a brace without its partner in the path"
    if any(len(_VARIABLE.findall(segment)) > 1 for segment in path.split("/")):
        return "got two variables in one segment of the path, expected one"
    return ""
