"""Two versions of a tool's parameters: every change, deep, and whether old calls stay valid.

Input: two canonical schemas. Output: Change values. The rule that all of it serves: where no
change is breaking, every call that is valid under OLD, and names only parameters that OLD lists, is
valid under NEW, as `check_call` judges. Each keyword is compared by itself, which is sound because
a schema is the conjunction of its keywords; what cannot be proved is `schema-changed`, breaking.
Where OLD lists its values, they are judged one by one.

Before: {"properties": {"city": {"type": "string"}}}
After:  {"properties": {"city": {"type": "string", "maxLength": 20}}}
Gives:  bounds-narrowed at "city": was no maxLength, now maxLength 20
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from fctune.tools.check import closed
from fctune.tools.diff.choices import choice_changes, joined_choices, opaque_changes, split_choices
from fctune.tools.diff.kinds import Change, Impact
from fctune.tools.diff.listed import holds_listed
from fctune.tools.diff.nodes import (
    ANCHORS,
    Equality,
    Spot,
    Unresolved,
    json_key,
    notes_of,
    resolved,
    types_of,
)
from fctune.tools.diff.parts import array_changes, object_changes
from fctune.tools.diff.values import shown, value_changes

MAX_STEPS = 10_000
_WHOLE = ANCHORS | {"unevaluatedProperties", "unevaluatedItems"}
# What these mean differs between the drafts of JSON Schema; draft 4 differs in more.
_DRAFT_BOUND = frozenset(
    {
        "prefixItems", "additionalItems", "contains", "dependencies", "dependentRequired",
        "dependentSchemas", "format", "contentEncoding", "contentMediaType", "if", "propertyNames",
        "$ref", "unevaluatedItems", "unevaluatedProperties",
    }
)  # fmt: skip
_NOTES = frozenset(
    {"parameter-described", "note-changed", "default-added", "default-changed", "values-reordered"}
)
_ANYTHING: dict[str, Any] = {}
_LATEST = "https://json-schema.org/draft/2020-12/schema"
_OLD_DRAFTS = ("draft-04", "draft-03")


def parameter_changes(tool: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> list[Change]:
    """Return the changes from one version of a tool's parameters to another.

    Args:
        tool: the name to put into the changes.
        old: the canonical schema that the model was trained with.
        new: the canonical schema that its calls meet now.
    """
    walk = Walk(tool, old, new)
    if walk.bound_to_draft():
        return [walk.change("schema-changed", Spot(), walk.draft_words())]
    try:
        found = list(walk.compare(walk.old, walk.new, Spot()))
    except (_TooLong, RecursionError):
        return [walk.change("schema-changed", Spot(), "the schemas are too intertwined to compare")]
    return list(dict.fromkeys(found))


class _TooLong(Exception):
    """The comparison takes more steps than are reasonable."""


class Walk:
    """One comparison: the two schemas as calls are judged by them, and what is common to its steps.

    Attributes:
        tool: the name to put into changes.
        old: the root of OLD.
        new: the root of NEW.
        equality: tells whether two nodes allow the same.
    """

    def __init__(self, tool: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> None:
        self.tool = tool
        # An identity of the root moves no reference: all of them start with "#".
        self.old = {k: v for k, v in closed(dict(old)).items() if k not in ("$id", "id")}
        self.new = {k: v for k, v in closed(dict(new)).items() if k not in ("$id", "id")}
        self.equality = Equality(self.old, self.new)
        self._steps = 0
        self._equal_seen: set[tuple[int, int]] = set()
        self._made: list[Any] = []  # kept, since nodes are told apart by their identity

    def change(self, kind: str, spot: Spot, message: str, *, renamed: str = "") -> Change:
        """Return a change of this tool at a spot."""
        return Change(kind, self.tool, spot.place, message, renamed)

    def kept(self, node: dict[str, Any]) -> dict[str, Any]:
        """Keep a node that was made here for as long as the walk, and return it."""
        self._made.append(node)
        return node

    def bound_to_draft(self) -> bool:
        """Tell whether another `$schema` may change what the keywords mean."""
        drafts = _draft(self.old), _draft(self.new)
        if any(old_draft in draft for old_draft in _OLD_DRAFTS for draft in drafts):
            return drafts[0] != drafts[1] or not self.equality.holds(self.old, self.new)
        return drafts[0] != drafts[1] and bool(_DRAFT_BOUND & (_keys(self.old) | _keys(self.new)))

    def draft_words(self) -> str:
        """Return what `bound_to_draft` found, in words."""
        was, now = _draft(self.old), _draft(self.new)
        if was != now:
            return f"was $schema {was}, now {now}: keywords in it mean something else"
        return f"the rules changed, and schemas of {was} are compared as a whole"

    def compare(self, old: Any, new: Any, spot: Spot) -> Iterator[Change]:
        """Yield the changes from one node to another.

        Raises:
            _TooLong: the budget of steps is spent.
        """
        self._steps += 1
        if self._steps > MAX_STEPS:
            raise _TooLong
        try:
            before, after = resolved(old, self.old), resolved(new, self.new)
        except Unresolved as fault:
            yield self.change("schema-changed", spot, f"the reference {fault} cannot be followed")
            return
        pair = (id(before), id(after))
        if (*pair, spot.shared) in spot.pending or pair in self._equal_seen:
            return
        yield from self._note_changes(_noted(old, before), _noted(new, after), spot)
        equal = self.equality.holds(before, after)
        if equal:
            self._equal_seen.add(pair)  # seen once for its notes, which are all that can differ
        spot = replace(spot, pending=spot.pending | {(*pair, spot.shared)})
        for change in self._node_changes(before, after, spot):
            if not equal or change.kind in _NOTES:
                yield change

    def _node_changes(self, before: Any, after: Any, spot: Spot) -> Iterator[Change]:
        if before is False:
            if after is not False:
                yield self.change("type-widened", spot, "no value was allowed before")
        elif after is False:
            yield self.change("type-changed", spot, "no value is allowed any more")
        else:
            a, b = _opened(before), _opened(after)
            found = list(self._rule_changes(a, b, spot))
            safe = [change for change in found if change.impact is not Impact.BREAKING]
            if safe != found and holds_listed((a, self.old), (b, self.new)):
                found = safe
            yield from found

    def _rule_changes(self, a: dict[str, Any], b: dict[str, Any], spot: Spot) -> Iterator[Change]:
        if _WHOLE & (a.keys() | b.keys()):
            if not self.equality.rules_hold(a, b, sorted(a.keys() | b.keys())):
                words = ", ".join(sorted(_WHOLE & (a.keys() | b.keys())))
                yield self.change("schema-changed", spot, f"compared as a whole, for its {words}")
            return
        a = self.kept(joined_choices(a, self.old))
        b = self.kept(joined_choices(b, self.new))
        split = split_choices(self, a, b, spot)
        if split is not None:
            yield from split
            return
        types = types_of(a, self.old)
        for kind, message in value_changes(a, b, types):
            yield self.change(kind, spot, message)
        if "object" in types:
            yield from object_changes(self, a, b, spot)
        if "array" in types:
            yield from array_changes(self, a, b, spot)
        yield from choice_changes(self, a, b, spot)
        yield from opaque_changes(self, a, b, spot, types)

    def _note_changes(
        self, before: Mapping[str, Any], after: Mapping[str, Any], spot: Spot
    ) -> Iterator[Change]:
        for key in dict.fromkeys((*before, *after)):
            was, now = before.get(key), after.get(key)
            if json_key(was) == json_key(now) and (key in before) == (key in after):
                continue
            kind = "note-changed"
            words = _was_now(key in before, was, key in after, now)
            if key == "default":
                kind = "default-changed" if key in before else "default-added"
            elif key == "description" and spot.place:
                kind = "parameter-described"
            yield self.change(
                kind, spot, words if kind == "parameter-described" else f"{key} {words}"
            )


def _draft(root: Mapping[str, Any]) -> str:
    """Return the draft of a schema; without one, the judge takes the latest."""
    return str(root.get("$schema") or _LATEST).rstrip("#")


def _was_now(had: bool, was: Any, has: bool, now: Any) -> str:
    if not had:
        return f"is new: {shown(now)}"
    return f"was {shown(was)}, now {shown(now)}" if has else f"was {shown(was)}, now none"


def _noted(node: Any, meant: Any) -> dict[str, Any]:
    """Return the notes of a node; those beside a reference stand before those of its target."""
    return notes_of(meant) if node is meant else {**notes_of(meant), **notes_of(node)}


def _opened(node: Any) -> dict[str, Any]:
    """Return a node as a mapping: true is the empty schema."""
    return node if isinstance(node, dict) else _ANYTHING


def _keys(node: Any) -> frozenset[str]:
    """Return every key in a value, at any depth."""
    found: set[str] = set()
    stack = [node]
    while stack:
        current = stack.pop()
        if isinstance(current, dict):
            found |= current.keys()
            stack.extend(current.values())
        elif isinstance(current, list):
            stack.extend(current)
    return frozenset(found)
