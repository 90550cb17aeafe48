"""Entries of a foreign tool list to one catalogue: lawful names, origins, equal tools once.

Input: `Entry` values, as the shapes give them. Output: `Imported`. The first definition of a name
is kept; an equal one is dropped without a word, a differing one is told, once per name.

Before: Entry("rows[0].tools[0]", {"name": "user.get", "parameters": {"id": {"type": "int"}}})
After:  ToolSpec("user_get", ..., origin=ToolOrigin("rows.jsonl", "user.get", "rows[0].tools[0]"))
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from fctune.issues import Issue, issue
from fctune.tools.names import lawful_name
from fctune.tools.read import read_tool, same_tool
from fctune.tools.spec import HttpBinding, ToolOrigin, ToolSpec

_SHOWN = 3


@dataclass(frozen=True, slots=True)
class Entry:
    """One tool as its shape tells it, before the common reading.

    Attributes:
        place: where it stands in the source.
        body: `name`, `description`, `parameters`, and `required`, `returns` where told; None
            where the entry is no tool, and an issue says why.
        http: the request that it stands for, where told.
        issues: what the shape could not express.
        own_name: its name in the source, where `body` has one derived from it.
    """

    place: str
    body: Mapping[str, Any] | None
    http: HttpBinding | None = None
    issues: tuple[Issue, ...] = ()
    own_name: str = ""


@dataclass
class Collector:
    """Gathers entries into unique tools.

    Attributes:
        source: the file or URL, for origins.
        merging: the entries come from many rows, where one tool may stand many times; else a
            second, differing definition of a name is an error.
        specs: the tools so far, by name.
        issues: what was met so far.
        names: a tool's name in the source to its lawful one.
    """

    source: str
    merging: bool
    specs: dict[str, ToolSpec] = field(default_factory=dict)
    issues: list[Issue] = field(default_factory=list)
    names: dict[str, str] = field(default_factory=dict)
    _taken: set[str] = field(default_factory=set)
    _seen: set[str] = field(default_factory=set)
    _differing: dict[str, list[str]] = field(default_factory=dict)

    def add_all(self, entries: Iterable[Entry]) -> None:
        """Take all entries, in order, and tell which names have differing definitions."""
        for entry in entries:
            self._add(entry)
        for name, places in self._differing.items():
            kept = self.specs[name].origin
            first = kept.place if kept is not None else ""
            others = ", ".join(places[:_SHOWN]) + (" ..." if len(places) > _SHOWN else "")
            message = f"{name!r} is defined otherwise in {others}; the first definition is kept"
            self.issues.append(issue("tool-definitions-differ", first, message))

    def _add(self, entry: Entry) -> None:
        if entry.body is None:
            self.issues += entry.issues
            return
        text = _text_of(entry.body)
        if self.merging and text is not None:
            if text in self._seen:
                return
            self._seen.add(text)
        own_name = entry.own_name or entry.body.get("name")
        body, renamed = self._lawful(entry.body, own_name, entry.place)
        spec, found = read_tool(body, entry.place)
        if spec is not None and spec.name in self.specs:
            self._again(spec, entry.place)
            return
        self.issues += [*entry.issues, *renamed, *found]
        if spec is None:
            return
        origin = spec.origin or ToolOrigin(self.source, str(own_name), entry.place)
        self.specs[spec.name] = replace(spec, origin=origin, http=entry.http or spec.http)

    def _again(self, spec: ToolSpec, place: str) -> None:
        if same_tool(spec, self.specs[spec.name]):
            return
        if self.merging:
            self._differing.setdefault(spec.name, []).append(place)
        else:
            message = f"got {spec.name!r} a second time"
            self.issues.append(issue("tool-name-duplicate", place, message))

    def _lawful(
        self, body: Mapping[str, Any], own_name: Any, place: str
    ) -> tuple[Mapping[str, Any], tuple[Issue, ...]]:
        """Return the body under a lawful name; one own name has one lawful name throughout."""
        raw = body.get("name")
        if not isinstance(raw, str) or not raw.strip() or not isinstance(own_name, str):
            return body, ()
        if own_name not in self.names:
            self.names[own_name] = lawful_name(raw, self._taken)
            self._taken.add(self.names[own_name])
        name = self.names[own_name]
        told = issue("import-name-changed", place, f"got {own_name!r}, wrote {name!r}")
        examples = _renamed(body.get("examples"), raw, name)
        return {**body, "name": name, "examples": examples}, (told,) if name != own_name else ()


def _renamed(examples: Any, old: str, new: str) -> Any:
    """Return the examples with the tool's new name in their calls."""
    if not isinstance(examples, list):
        return examples
    renamed = []
    for example in examples:
        call = example.get("call") if isinstance(example, Mapping) else None
        if isinstance(call, Mapping) and call.get("name") == old:
            example = {**example, "call": {**call, "name": new}}
        renamed.append(example)
    return renamed


def _text_of(body: Mapping[str, Any]) -> str | None:
    try:
        return json.dumps(body, default=str)
    except (ValueError, RecursionError, TypeError):
        return None
