"""The nouns of tools: ToolSpec, ToolCatalog, ToolCall.

All three are frozen. A ToolSpec is always in canonical form (an object schema with `properties`);
`fctune.tools.read` makes it so. The mappings inside are never changed after construction.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from json.encoder import encode_basestring_ascii
from typing import Any

_CANONICAL = json.JSONEncoder(sort_keys=True, separators=(",", ":"))
_ESCAPED = r"[^\x00-\x7e]+"
"""What it escapes and orjson does not."""
_ESCAPED_OTHERWISE = (0x7F, 0xC2, 0xC3, *range(0xF0, 0xF5))
"""First bytes of characters below U+0100 or beyond U+FFFF, which `backslashreplace` writes its own
way."""


@dataclass(frozen=True, slots=True)
class ToolCall:
    """One call of one tool.

    Attributes:
        name: the tool's name as the model writes it.
        arguments: argument name to JSON value; never a JSON string of an object.
    """

    name: str
    arguments: Mapping[str, Any] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        """Return `{"name": ..., "arguments": {...}}`, the engine's form of a call."""
        return {"name": self.name, "arguments": dict(self.arguments)}


@dataclass(frozen=True, slots=True)
class ToolExample:
    """A user's words and the call that they should lead to."""

    input: str
    call: ToolCall


@dataclass(frozen=True, slots=True)
class ToolOrigin:
    """Where a tool was read, so that its own name is never lost.

    Attributes:
        source: file, URL or `mcp:command` as the user gave it.
        name: the tool's name there, before it was made lawful.
        place: the place inside the source, such as `paths./pets.get` or `line 12`.
    """

    source: str
    name: str
    place: str = ""

    def as_dict(self) -> dict[str, str]:
        """Return the origin as a JSON-ready object."""
        return {"source": self.source, "name": self.name, "place": self.place}


@dataclass(frozen=True, slots=True)
class ParameterPlace:
    """Where one argument goes in an HTTP request.

    Attributes:
        where: `path`, `query`, `header`, `cookie` or `body`.
        name: the name there; "" where the argument is the whole body.
        style: how a list or object is written there: `csv`, `spaces`, `tabs` or `pipes` between
            the values, `deep` for `name[key]=value`, `json` for one JSON text; "" is what OpenAPI
            3 does where nothing is told: the name repeated in query and form, commas elsewhere.
    """

    where: str
    name: str
    style: str = ""

    def as_dict(self) -> dict[str, str]:
        """Return the place as a JSON-ready object, without an empty style."""
        place = {"in": self.where, "name": self.name}
        return {**place, "style": self.style} if self.style else place


@dataclass(frozen=True, slots=True)
class HttpBinding:
    """The HTTP request that a call of the tool stands for.

    Attributes:
        method: upper case, such as `GET`.
        path: with its variables, such as `/v2/shipments/{orderNo}`.
        server: the base URL, or "" where the source tells none.
        places: parameter of the tool to its place in the request.
        content_type: of the body; "" where there is none.
    """

    method: str
    path: str
    server: str = ""
    places: Mapping[str, ParameterPlace] = field(default_factory=dict)
    content_type: str = ""

    def as_dict(self) -> dict[str, Any]:
        """Return the binding as a JSON-ready object, without empty fields."""
        value: dict[str, Any] = {"method": self.method, "path": self.path}
        if self.server:
            value["server"] = self.server
        if self.content_type:
            value["content_type"] = self.content_type
        return {**value, "places": {name: place.as_dict() for name, place in self.places.items()}}


@dataclass(frozen=True, slots=True)
class ToolSpec:
    """One tool, in canonical form.

    Attributes:
        name: unique in its catalogue.
        description: what the tool does and when to use it; may be empty.
        parameters: a JSON Schema of type object with `properties`.
        examples: user words and the calls that they lead to.
        returns: JSON Schema of the result, where the source tells it.
        origin: where an importer read it; not shown to the model, not in the fingerprint.
        http: the request that a call stands for; not shown to the model, not in the fingerprint.
    """

    name: str
    description: str
    parameters: Mapping[str, Any]
    examples: tuple[ToolExample, ...] = ()
    returns: Mapping[str, Any] | None = None
    origin: ToolOrigin | None = None
    http: HttpBinding | None = None

    def as_dict(self) -> dict[str, Any]:
        """Return `{"name", "description", "parameters"}`, as the prompt of the model shows it."""
        return {
            "name": self.name,
            "description": self.description,
            "parameters": dict(self.parameters),
        }

    @property
    def fingerprint(self) -> str:
        """A sha256 over the tool as the model sees it, independent of key order."""
        return _sha256(self.as_dict())

    def as_document(self) -> dict[str, Any]:
        """Return all that a catalogue file holds of this tool, without empty fields."""
        value = self.as_dict()
        if self.returns is not None:
            value["returns"] = dict(self.returns)
        if self.examples:
            value["examples"] = [
                {"input": example.input, "call": example.call.as_dict()}
                for example in self.examples
            ]
        if self.http is not None:
            value["http"] = self.http.as_dict()
        if self.origin is not None:
            value["origin"] = self.origin.as_dict()
        return value


@dataclass(frozen=True)
class ToolCatalog:
    """The tools that a model may call, in the order in which it sees them.

    Attributes:
        specs: tools with unique names.
    """

    specs: tuple[ToolSpec, ...] = ()

    def __post_init__(self) -> None:
        """Check the invariant of unique names.

        Raises:
            ValueError: two tools have one name; readers report that as an issue before.
        """
        if len({spec.name for spec in self.specs}) != len(self.specs):
            raise ValueError("tool names must be unique within a catalogue")

    def __iter__(self) -> Iterator[ToolSpec]:
        return iter(self.specs)

    def __len__(self) -> int:
        return len(self.specs)

    def get(self, name: str) -> ToolSpec | None:
        """Return the tool of that exact name, or None."""
        return self._by_name.get(name)

    @cached_property
    def _by_name(self) -> dict[str, ToolSpec]:
        return {spec.name: spec for spec in self.specs}

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the tools, in order."""
        return tuple(spec.name for spec in self.specs)

    @cached_property
    def json(self) -> str:
        """The catalogue as a JSON list: the `tools` column of a dataset row.

        ASCII-safe it is not: Chinese stays Chinese, as the model sees it.
        """
        return json.dumps([spec.as_dict() for spec in self.specs], ensure_ascii=False)

    @cached_property
    def fingerprint(self) -> str:
        """A sha256 over the tools as the model sees them, independent of key order."""
        return _sha256([spec.as_dict() for spec in self.specs])

    def merged(self, other: ToolCatalog) -> ToolCatalog:
        """Return this catalogue followed by the tools of `other` that it does not have yet."""
        return ToolCatalog(
            self.specs + tuple(spec for spec in other.specs if spec.name not in self._by_name)
        )


def fingerprints_of_sorted(written: Sequence[bytes]) -> list[str]:
    """Return the fingerprints of tools by their JSON.

    Args:
        written: what `ToolSpec.as_dict` returns of each as orjson writes it with sorted keys. It
            holds no float.
    """
    joined = b"\n".join(written)  # a line each: JSON without spaces holds no line ends
    if any(byte in joined for byte in _ESCAPED_OTHERWISE):
        joined = re.sub(_ESCAPED, _escaped, joined.decode()).encode()
    elif not joined.isascii():
        joined = joined.decode().encode("ascii", "backslashreplace")
    lines = joined.split(b"\n") if written else ()
    return [hashlib.sha256(line).hexdigest() for line in lines]


def _escaped(found: re.Match[str]) -> str:
    return encode_basestring_ascii(found[0])[1:-1]


def _sha256(value: Any) -> str:
    return hashlib.sha256(_CANONICAL.encode(value).encode()).hexdigest()
