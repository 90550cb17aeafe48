"""What is known of one component of an API description while and after it is read."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from fctune.issues import Issue


class At(NamedTuple):
    """A place: the document, how issues name it, and how deep in a schema it is."""

    base: str
    where: str
    level: int = 0

    def to(self, step: str) -> At:
        """Return the place one step below."""
        return At(self.base, f"{self.where}.{step}", self.level + 1)


class TooLarge(Exception):
    """A schema unfolds to more parts than it may have."""


@dataclass(slots=True)
class Part:
    """One component, with what decides where else it may stand as it is.

    Attributes:
        schema: the result.
        start: the level at which it was read.
        levels: how many levels it has below its own.
        references: how deep references nest in it.
        size: its parts, inner components included.
        inside: the components that were written out in it.
        cut_at: components around it at which it was cut: it holds only inside them.
        issues: found in it, each once, in order.
        cut_deep: something in it was cut since it was too deep or too much.
    """

    schema: Any = None
    start: int = 0
    levels: int = 0
    references: int = 0
    size: int = 0
    inside: set[str] = field(default_factory=set)
    cut_at: set[str] = field(default_factory=set)
    issues: dict[Issue, None] = field(default_factory=dict)
    cut_deep: bool = False

    def note(self, *found: Issue) -> None:
        """Add issues."""
        self.issues |= dict.fromkeys(found)

    def reach(self, level: int) -> None:
        """Note that something stands at this level."""
        self.levels = max(self.levels, level - self.start)

    def holds(self, around: Collection[str], levels: int) -> bool:
        """Tell whether it would read the same inside these components, with so many levels left."""
        return self.levels <= levels and self.inside.isdisjoint(around)

    def take(self, inner: Part, key: str, level: int) -> None:
        """Add what an inner component brought that stands at this level."""
        self.reach(level + inner.levels)
        self.references = max(self.references, inner.references + 1)
        self.size += inner.size
        self.inside |= inner.inside
        self.inside.add(key)
        self.cut_at |= inner.cut_at - {key}
        self.issues |= inner.issues
        self.cut_deep |= inner.cut_deep
