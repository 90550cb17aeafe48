"""Two versions of a tool catalogue: what changed, and what it means for a model trained on OLD.

Input: two catalogues. Output: a CatalogDiff with every Change, gravest first, the worst impact, and
the `tool_mapping` that the renames ask for.

Before: track(order_id)
After:  track(order_no, lang?)
Gives:  breaking: track.order_id looks renamed to order_no; retrain: track.lang is new and optional
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from fctune.tools.diff.kinds import KINDS, Change, Impact, worst
from fctune.tools.diff.nodes import Equality, json_key
from fctune.tools.diff.renames import Candidate, renames
from fctune.tools.diff.schema import parameter_changes
from fctune.tools.diff.values import shown_apart
from fctune.tools.spec import ToolCatalog, ToolSpec

__all__ = ["KINDS", "CatalogDiff", "Change", "Impact", "diff_catalogs", "diff_tool", "worst"]


@dataclass(frozen=True)
class CatalogDiff:
    """All changes between two catalogues.

    Attributes:
        changes: gravest first, then in the order of OLD's tools.
        unchanged: names of tools without any change.
    """

    changes: tuple[Change, ...]
    unchanged: tuple[str, ...]

    @property
    def impact(self) -> Impact | None:
        """The gravest impact, None where nothing changed."""
        return worst(self.changes)

    @property
    def counts(self) -> dict[str, int]:
        """The number of changes of each impact, gravest first, zeros included."""
        counts = Counter(change.impact for change in self.changes)
        return {impact.value: counts[impact] for impact in reversed(Impact)}

    @property
    def tool_mapping(self) -> list[dict[str, Any]]:
        """The mapping entries that keep a model of OLD working with NEW, as far as renames go.

        The tool is the name that the model knows, `api` the name that NEW has.
        """
        entries: dict[str, dict[str, Any]] = {}
        for change in self.changes:
            top_level = not set(".[]*") & set(change.place)
            if change.renamed and top_level:
                entry = entries.setdefault(change.tool, {"tool": change.tool, "api": change.tool})
                if change.kind == "tool-renamed":
                    entry["api"] = change.renamed
                else:
                    entry.setdefault("parameters", {})[change.place] = change.renamed
        return [{**entry, "unmapped": "keep"} for entry in entries.values()]


def diff_catalogs(old: ToolCatalog, new: ToolCatalog, *, ordered: bool = True) -> CatalogDiff:
    """Compare two catalogues.

    Args:
        old: the tools that the model was trained with.
        new: the tools that its calls meet now.
        ordered: whether the order of the tools means something on both sides.
    """
    removed = [spec for spec in old if new.get(spec.name) is None]
    added = [spec for spec in new if old.get(spec.name) is None]
    renamed = _renamed(removed, added)
    changes: list[Change] = []
    unchanged: list[str] = []
    for spec in old:
        successor = new.get(renamed.get(spec.name, spec.name))
        found = [_removed(spec)] if successor is None else diff_tool(spec, successor)
        changes += found
        if not found:
            unchanged.append(spec.name)
    for spec in added:
        if spec.name not in renamed.values():
            changes.append(Change("tool-added", spec.name, "", "is new"))
    if ordered:
        changes += _order_changes(old, new, renamed)
    return CatalogDiff(by_gravity(changes), tuple(unchanged))


def diff_tool(old: ToolSpec, new: ToolSpec) -> list[Change]:
    """Compare two versions of one tool; another name counts as a rename.

    Returns:
        The changes in the order in which they were met; none where a catalogue file would hold
        the same of both, apart from the origin.
    """
    found: list[Change] = []
    if old.name != new.name:
        message = f"looks renamed to {new.name}"
        found.append(Change("tool-renamed", old.name, "", message, renamed=new.name))
    if old.description != new.description:
        was, now = shown_apart(old.description, new.description)
        message = f"description was {was}, now {now}"
        found.append(Change("tool-described", old.name, "", message))
    if json_key(old.parameters) != json_key(new.parameters):
        inside = parameter_changes(old.name, old.parameters, new.parameters)
        if not inside:
            message = "the parameters are written in another way and allow the same"
            inside = [Change("note-changed", old.name, "", message)]
        found += inside
    return found + _side_changes(old, new)


def by_gravity(changes: Iterable[Change]) -> tuple[Change, ...]:
    """Return each change once, the gravest first, otherwise in the order given."""
    return tuple(sorted(dict.fromkeys(changes), key=lambda change: -change.impact.rank))


def _removed(spec: ToolSpec) -> Change:
    return Change("tool-removed", spec.name, "", "was a tool, now unknown")


def _renamed(removed: Sequence[ToolSpec], added: Sequence[ToolSpec]) -> Mapping[str, str]:
    before, after = ({spec.name: spec for spec in specs} for specs in (removed, added))

    def same(old_name: str, new_name: str) -> bool:
        old, new = before[old_name].parameters, after[new_name].parameters
        if not old["properties"] or old["properties"].keys() != new["properties"].keys():
            return False
        return Equality(old, new).holds(old, new)

    return renames(
        [Candidate(spec.name, spec.description) for spec in removed],
        [Candidate(spec.name, spec.description) for spec in added],
        same,
        deeds=True,
    )


def _order_changes(old: ToolCatalog, new: ToolCatalog, renamed: Mapping[str, str]) -> list[Change]:
    before = [renamed.get(name, name) for name in old.names]
    known = set(before)
    stayed = [name for name in new.names if name in known]
    if [name for name in before if new.get(name) is not None] == stayed:
        return []
    words = ", ".join(stayed[:4]) + (" ..." if len(stayed) > 4 else "")
    return [Change("tools-reordered", "", "", f"the order of the tools is now {words}")]


def _side_changes(old: ToolSpec, new: ToolSpec) -> list[Change]:
    """Return the changes of what stands beside the schema; what one side lacks is not compared.

    A dataset's rows hold neither examples nor results nor requests, and a hint is no change.
    """
    found = []
    if old.examples and new.examples and old.examples != new.examples:
        message = f"was {len(old.examples)} examples, now {len(new.examples)}"
        if len(old.examples) == len(new.examples):
            message = f"the {len(new.examples)} examples differ"
        found.append(Change("examples-changed", old.name, "", message))
    if old.returns is not None and new.returns is not None and old.returns != new.returns:
        same = Equality(old.returns, new.returns).holds(old.returns, new.returns)
        kind = "note-changed" if same else "returns-changed"
        found.append(Change(kind, old.name, "", "the description of the result differs"))
    if old.http is not None and new.http is not None and old.http != new.http:
        was, now = (f"{spec.http.method} {spec.http.path}" for spec in (old, new) if spec.http)
        message = f"was {was}, now {now}" if was != now else f"{now} puts its parameters elsewhere"
        found.append(Change("request-changed", old.name, "", message))
    return found
