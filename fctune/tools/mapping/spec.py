"""The nouns of tool mappings: ToolMapping, its entries, their parameters, and ApiCall.

A mapping says which API stands behind which model-facing tool. All nouns are frozen;
`fctune.tools.mapping.read` makes them and refuses conflicts, `fctune.tools.mapping.apply` uses
them.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import Any

from fctune.tools.mapping.convert import Conversion
from fctune.tools.mapping.route import Route, canonical_api, parse_route
from fctune.tools.spec import ToolCatalog

Path = tuple[str, ...]


class Unmapped(StrEnum):
    """What happens to a tool or an argument that the mapping does not name."""

    KEEP = "keep"
    REFUSE = "refuse"


@dataclass(frozen=True, slots=True)
class ApiCall:
    """One call of one API, before it is a request.

    Attributes:
        name: the API's name: `GET /v2/shipments/{orderNo}`, or the name of a tool or operation.
        arguments: argument name to JSON value; variables of the path are among them.
    """

    name: str
    arguments: Mapping[str, Any] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        """Return `{"name": ..., "arguments": {...}}`."""
        return {"name": self.name, "arguments": dict(self.arguments)}


@dataclass(frozen=True, slots=True)
class ParameterMapping:
    """One parameter of the tool and its place among the API's arguments.

    Attributes:
        name: the tool's parameter.
        target: names from the outermost object to the argument.
        conversions: applied one after another on the way out.
        types: JSON types of the API's value; empty where not known.
        written: how the mapping says it; None where `unmapped: keep` implies it.
    """

    name: str
    target: Path
    conversions: tuple[Conversion, ...] = ()
    types: frozenset[str] = frozenset()
    written: Any = None

    @property
    def invertible(self) -> bool:
        """Whether the way in gives back every value that the way out took."""
        return all(one.invertible for one in self.conversions)


@dataclass(frozen=True, slots=True)
class Fixed:
    """An argument that every call of the API has, and that the model never sees."""

    target: Path
    value: Any


@dataclass(frozen=True, slots=True)
class Ignored:
    """An argument that logs have and that is dropped on the way in, never added on the way out."""

    target: Path


Leaf = ParameterMapping | Fixed | Ignored


@dataclass(frozen=True, eq=False)
class MappingEntry:
    """One model-facing tool and the API that stands behind it.

    Attributes:
        tool: the tool's name as the model writes it.
        api: the API's name; the method of an HTTP address is in upper case.
        parameters: the parameters that have a place, one place each.
        fixed: values added on the way out, demanded and removed on the way in.
        ignored: arguments dropped on the way in.
        aliases: other names that logs use for the API.
        unmapped: what happens to arguments that are not named here.
    """

    tool: str
    api: str
    parameters: tuple[ParameterMapping, ...] = ()
    fixed: tuple[Fixed, ...] = ()
    ignored: tuple[Ignored, ...] = ()
    aliases: tuple[str, ...] = ()
    unmapped: Unmapped = Unmapped.REFUSE

    @property
    def leaves(self) -> tuple[Leaf, ...]:
        """Everything that has a place among the API's arguments."""
        return (*self.parameters, *self.fixed, *self.ignored)

    @property
    def invertible(self) -> bool:
        """Whether the way in gives back every call that the way out took."""
        return all(parameter.invertible for parameter in self.parameters)

    @cached_property
    def route(self) -> Route | None:
        """The HTTP address of the API; None where `api` is a name."""
        return parse_route(self.api)

    @cached_property
    def routes(self) -> tuple[Route, ...]:
        """All HTTP addresses that calls of the API may have: its own and those of its aliases."""
        found = (parse_route(name) for name in dict.fromkeys((self.api, *self.aliases)))
        return tuple(route for route in found if route is not None)

    @cached_property
    def by_name(self) -> Mapping[str, ParameterMapping]:
        """The tool's parameter to its mapping."""
        return {parameter.name: parameter for parameter in self.parameters}

    @cached_property
    def tree(self) -> Mapping[str, Any]:
        """The places as nested names: `{"address": {"city": <leaf>}}`.

        A place inside another is a conflict, found by then; here the first of the two counts.
        """
        root: dict[str, Any] = {}
        for leaf in self.leaves:
            node: Any = root
            for name in leaf.target[:-1]:
                node = node.setdefault(name, {}) if isinstance(node, dict) else None
            if isinstance(node, dict):
                node.setdefault(leaf.target[-1], leaf)
        return root

    def as_document(self) -> dict[str, Any]:
        """Return the entry as a mapping file holds it, without empty fields."""
        value: dict[str, Any] = {"tool": self.tool, "api": self.api}
        if self.aliases:
            value["aliases"] = list(self.aliases)
        value["parameters"] = {
            one.name: one.written for one in self.parameters if one.written is not None
        }
        if self.fixed:
            value["fixed"] = [[list(one.target), one.value] for one in self.fixed]
        if self.ignored:
            value["ignored"] = [list(one.target) for one in self.ignored]
        return {**value, "unmapped": self.unmapped.value}


@dataclass(frozen=True, eq=False)
class ToolMapping:
    """All entries of a mapping; at most one for each tool.

    Attributes:
        entries: in the order of the file.
        unmapped: what happens to calls of tools that have no entry.
        catalog: the model-facing tools where they are known; may be empty.
    """

    entries: tuple[MappingEntry, ...] = ()
    unmapped: Unmapped = Unmapped.KEEP
    catalog: ToolCatalog = field(default_factory=ToolCatalog)

    @property
    def one_way(self) -> tuple[tuple[MappingEntry, ParameterMapping], ...]:
        """The parameters whose values the way in cannot give back as the model wrote them."""
        return tuple(
            (entry, parameter)
            for entry in self.entries
            for parameter in entry.parameters
            if not parameter.invertible
        )

    @cached_property
    def fingerprint(self) -> str:
        """A sha256 over what the mapping says, independent of key order."""
        document = [self.unmapped.value, [entry.as_document() for entry in self.entries]]
        text = json.dumps(document, sort_keys=True, separators=(",", ":"), default=str)
        return hashlib.sha256(text.encode("utf-8", "backslashreplace")).hexdigest()

    def of_tool(self, name: str) -> MappingEntry | None:
        """Return the entry of a model-facing tool, or None."""
        return self._by_tool.get(name)

    def of_api(self, name: str) -> tuple[MappingEntry, ...]:
        """Return the entries of an API's name or alias; none where it is mapped by address."""
        return self._by_api.get(canonical_api(name), ())

    @cached_property
    def routes(self) -> tuple[tuple[Route, MappingEntry], ...]:
        """Every HTTP address with its entry, those with the earliest literal segments first."""
        pairs = [(route, entry) for entry in self.entries for route in entry.routes]
        return tuple(sorted(pairs, key=lambda pair: pair[0].literals, reverse=True))

    @cached_property
    def _by_tool(self) -> dict[str, MappingEntry]:
        return {entry.tool: entry for entry in self.entries}

    @cached_property
    def _by_api(self) -> dict[str, tuple[MappingEntry, ...]]:
        found: dict[str, tuple[MappingEntry, ...]] = {}
        for entry in self.entries:
            for name in dict.fromkeys((entry.api, *entry.aliases)):
                found[name] = (*found.get(name, ()), entry)
        return found
