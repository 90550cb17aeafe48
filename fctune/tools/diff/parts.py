"""Changes of objects and arrays: parameters added, removed, renamed, required; items.

Input: two nodes of a comparison that allow objects or arrays. Output: Change values; what stands
inside is compared by the walk.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from fctune.tools.diff.kinds import Change, Impact, worst
from fctune.tools.diff.nodes import Spot
from fctune.tools.diff.renames import Candidate, renames

if TYPE_CHECKING:
    from fctune.tools.diff.schema import Walk

_BESIDE = frozenset({"allOf", "anyOf", "oneOf", "if", "$ref", "dependentSchemas", "dependencies"})
Node = Mapping[str, Any]


def object_changes(walk: Walk, a: Node, b: Node, spot: Spot) -> Iterator[Change]:
    """Yield the changes of two nodes as descriptions of objects."""
    before, after = _listed(a), _listed(b)
    if not walk.equality.rules_hold(a, b, ["patternProperties"]) or (
        "patternProperties" in a and before.keys() != after.keys()
    ):
        yield walk.change("schema-changed", spot, "patternProperties changed, or the names beside")
        return
    inner = spot.beside_others(bool(_BESIDE & a.keys()))
    for name in [name for name in before if name in after]:
        yield from walk.compare(before[name], after[name], inner.inside(name))
    renamed = _renamed(walk, a, b)
    for old_name, new_name in renamed.items():
        message = f"looks renamed to {new_name}"
        place = spot.inside(old_name)
        yield walk.change("parameter-renamed", place, message, renamed=new_name)
    for name in [name for name in before if name not in after and name not in renamed]:
        yield _removed(walk, before[name], b, spot.inside(name))
    added = [name for name in after if name not in before and name not in renamed.values()]
    for name in added:
        yield from _added(walk, (a, b), name, inner)
    yield from _required_changes(walk, (a, b), spot, {*added, *renamed.values()})
    yield from _other_keys(walk, a, b, inner)


def _listed(node: Node) -> Mapping[str, Any]:
    listed = node.get("properties")
    return listed if isinstance(listed, dict) else {}


def _required(node: Node) -> list[str]:
    required = node.get("required")
    return required if isinstance(required, list) else []


def _renamed(walk: Walk, a: Node, b: Node) -> dict[str, str]:
    before, after = _listed(a), _listed(b)

    def candidates(names: Mapping[str, Any], others: Mapping[str, Any]) -> list[Candidate]:
        return [
            Candidate(name, str(node.get("description", "")) if isinstance(node, dict) else "")
            for name, node in names.items()
            if name not in others
        ]

    def same(old_name: str, new_name: str) -> bool:
        return walk.equality.holds(before[old_name], after[new_name])

    return renames(candidates(before, after), candidates(after, before), same, deeds=False)


def _removed(walk: Walk, old: Any, b: Node, place: Spot) -> Change:
    """Return the change of a parameter that NEW does not list, but may allow among other keys."""
    others = b.get("additionalProperties", False)
    if worst(list(walk.compare(old, others, place.beside_others()))) is Impact.BREAKING:
        return walk.change("parameter-removed", place, "was a parameter, now unknown")
    message = "was a parameter, now allowed as one of other keys"
    return walk.change("parameter-unlisted", place, message)


def _added(walk: Walk, nodes: tuple[Node, Node], name: str, spot: Spot) -> Iterator[Change]:
    a, b = nodes
    place = spot.inside(name)
    if name in _required(b):
        yield walk.change("required-added", place, "is new and required")
        return
    other = _others(a, shared=spot.shared)
    if other is not False:
        found = list(walk.compare(other, _listed(b)[name], place.beside_others()))
        if worst(found) is Impact.BREAKING:
            message = "could be given before with other values; now it is a parameter with rules"
            yield walk.change("rule-added", place, message)
            return
    yield walk.change("parameter-added", place, "is new and optional")


def _required_changes(
    walk: Walk, nodes: tuple[Node, Node], spot: Spot, added: set[str]
) -> Iterator[Change]:
    a, b = nodes
    for name in _required(b):
        if name not in _required(a) and name not in added:
            message = "was optional, now required"
            yield walk.change("parameter-required", spot.inside(name), message)
    for name in _required(a):
        if name not in _required(b) and name in _listed(b):
            message = "was required, now optional"
            yield walk.change("parameter-optional", spot.inside(name), message)


def _others(node: Node, *, shared: bool) -> Any:
    """Return the schema of keys that are not listed.

    A node that lists parameters and says nothing of others taught the model no others. The judge
    closes such nodes too, but where other parts of the schema may list more.
    """
    if "additionalProperties" in node:
        return node["additionalProperties"]
    return shared or not _listed(node)


def _other_keys(walk: Walk, a: Node, b: Node, spot: Spot) -> Iterator[Change]:
    before = _others(a, shared=spot.shared)
    after = _others(b, shared=spot.shared or bool(_BESIDE & b.keys()))
    if before is False:
        if after is not False:
            yield walk.change("object-opened", spot, "other keys were refused, now allowed")
    elif after is False:
        yield walk.change("object-closed", spot, "other keys were allowed, now refused")
    elif not (before is True and after is True):
        yield from walk.compare(before, after, spot.inside("*"))


def array_changes(walk: Walk, a: Node, b: Node, spot: Spot) -> Iterator[Change]:
    """Yield the changes of two nodes as descriptions of arrays."""
    inner = spot.beside_others(bool(_BESIDE & a.keys()))
    first, second = a.get("prefixItems", []), b.get("prefixItems", [])
    lists = isinstance(a.get("items"), list) or isinstance(b.get("items"), list)
    if lists or not isinstance(first, list) or not isinstance(second, list):
        if not walk.equality.rules_hold(a, b, ["items", "prefixItems"]):
            yield walk.change("schema-changed", spot, "the items of the list changed")
        return
    if len(first) != len(second):
        message = f"had rules for its first {len(first)} items, now for {len(second)}"
        yield walk.change("schema-changed", spot, message)
        return
    for index, (old, new) in enumerate(zip(first, second, strict=True)):
        yield from walk.compare(old, new, inner.inside(f"[{index}]"))
    if "items" in a or "items" in b:
        yield from walk.compare(a.get("items", True), b.get("items", True), inner.inside("[]"))
