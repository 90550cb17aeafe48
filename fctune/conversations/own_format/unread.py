"""Parts of a row that no path reads, so that nothing is left out without a word.

Input: the paths of a format, and a row. Output: one warning for each key that is not read, with
the first real place of it; what is empty or null is no loss.

Before: paths `turns[*].who`, `turns[*].say`; {"turns": [{"who": "bot", "say": "Hi", "mood": 1}]}
After:  format-part-unread at turns[0].mood
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from fctune.conversations.own_format.paths import EVERY, Decoder, Path, Step, join
from fctune.issues import Issue, issue
from fctune.patterns import regex

# What a path leads to is read as a whole, with all within it.
_WHOLE = "whole"
_INDEX = regex(r"\[\d+\]")
Node = dict[Any, Any]


def tree_of(paths: Iterable[tuple[Step, ...]]) -> Node:
    """Return paths as a tree of steps, in which a whole value wins over its parts."""
    root: Node = {}
    for steps in paths:
        node = root
        for step in steps:
            if _WHOLE in node:
                break
            node = node.setdefault(("step", step), {})
        else:
            node.clear()
            node[_WHOLE] = True
    return root


@dataclass
class Unread:
    """The parts of one row that are not read.

    Attributes:
        decode: reads JSON within text.
        counts: how often each key stands in the row, by its place without numbers.
        places: the first real place of each.
    """

    decode: Decoder
    counts: dict[str, int] = field(default_factory=dict)
    places: dict[str, str] = field(default_factory=dict)

    def add(self, where: str, value: Any) -> None:
        """Count a part, unless it is empty."""
        if value is None or value == "" or value == [] or value == {}:
            return
        key = _INDEX.sub("[*]", where)
        self.counts[key] = self.counts.get(key, 0) + 1
        self.places.setdefault(key, where)

    def walk(self, node: Node, value: Any, where: str) -> None:
        """Count what the paths of a tree do not lead to; as deep as the paths are."""
        if _WHOLE in node:
            return
        value = self.decode(value)
        if isinstance(value, Mapping):
            items: Iterable[tuple[Any, Any]] = value.items()
        elif isinstance(value, list):
            items = enumerate(value)
        else:
            self.add(where, value)
            return
        for key, item in items:
            child = node.get(("step", key))
            if child is None and isinstance(key, int):
                child = node.get(("step", EVERY))
            place = join(where, key)
            if child is None:
                self.add(place, item)
            else:
                self.walk(child, item, place)

    def issues(self, name: str) -> list[Issue]:
        """Return one warning for each key."""
        return [
            issue(
                "format-part-unread", self.places[key], f"no path of {name} reads {key}{_times(n)}"
            )
            for key, n in self.counts.items()
        ]


def _times(count: int) -> str:
    return f", {count} times in this row" if count > 1 else ""


def below(steps: tuple[Step, ...], path: Path | None) -> Iterable[tuple[Step, ...]]:
    """Yield the steps of a path that starts where other steps end; none where there is no path."""
    if path is not None:
        yield (*steps, *path.steps)
