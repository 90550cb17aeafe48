"""The nouns of tools: ToolSpec, ToolCatalog, ToolCall.

All three are frozen. A ToolSpec is always in canonical form (an object schema with `properties`);
`fctune.tools.read` makes it so. The mappings inside are never changed after construction.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any


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
class ToolSpec:
    """One tool, in canonical form.

    Attributes:
        name: unique in its catalogue.
        description: what the tool does and when to use it; may be empty.
        parameters: a JSON Schema of type object with `properties`.
        examples: user words and the calls that they lead to.
        returns: JSON Schema of the result, where the source tells it.
    """

    name: str
    description: str
    parameters: Mapping[str, Any]
    examples: tuple[ToolExample, ...] = ()
    returns: Mapping[str, Any] | None = None

    def as_dict(self) -> dict[str, Any]:
        """Return `{"name", "description", "parameters"}`, as the prompt of the model shows it."""
        return {
            "name": self.name,
            "description": self.description,
            "parameters": dict(self.parameters),
        }


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
        canonical = json.dumps(
            [spec.as_dict() for spec in self.specs], sort_keys=True, separators=(",", ":")
        )
        return hashlib.sha256(canonical.encode()).hexdigest()

    def merged(self, other: ToolCatalog) -> ToolCatalog:
        """Return this catalogue followed by the tools of `other` that it does not have yet."""
        return ToolCatalog(
            self.specs + tuple(spec for spec in other.specs if spec.name not in self._by_name)
        )
