"""Changes of combined rules: anyOf, oneOf, allOf, not, if, and others that are compared whole.

Input: two nodes of a comparison. Output: Change values. A choice may grow; each of its old forms
has to fit into a new one. What is compared whole is breaking unless equal or lifted.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from fctune.tools.diff.kinds import Change, Impact, worst
from fctune.tools.diff.nodes import Spot, Unresolved, rules_of, target, types_of

if TYPE_CHECKING:
    from fctune.tools.diff.schema import Walk

Node = Mapping[str, Any]
# Beside a choice, these may name keys of the same object, so that its forms are open.
_KEYS_ELSEWHERE = frozenset(
    {"properties", "patternProperties", "allOf", "oneOf", "if", "$ref", "dependentSchemas"}
)
# Keywords that only mean something together, and the type of value that they judge ("" for all).
_GROUPS = (
    (("oneOf",), ""),
    (("not",), ""),
    (("if", "then", "else"), ""),
    (("contains", "minContains", "maxContains"), "array"),
    (("additionalItems",), "array"),
    (("propertyNames",), "object"),
    (("dependentRequired",), "object"),
    (("dependentSchemas",), "object"),
    (("dependencies",), "object"),
)


def joined_choices(node: dict[str, Any], root: Any) -> dict[str, Any]:
    """Return the node with `oneOf` written as `anyOf` where no value fits two of its forms.

    Before: {"oneOf": [{"type": "string"}, {"type": "integer"}]}
    After:  {"anyOf": [{"type": "string"}, {"type": "integer"}]}
    """
    forms = node.get("oneOf")
    if not isinstance(forms, list) or "anyOf" in node:
        return node
    taken: frozenset[str] = frozenset()
    for form in forms:
        types = types_of(form, root)
        if types & taken:
            return node
        taken |= types
    return {**{key: value for key, value in node.items() if key != "oneOf"}, "anyOf": forms}


def split_choices(walk: Walk, a: Node, b: Node, spot: Spot) -> list[Change] | None:
    """Return the changes where one side is nothing but a choice and the other has none; else None.

    So that `string` to `string or null` is found, and the way back, however it is written.
    """
    if _is_choice(a) and "anyOf" not in b:
        inner = spot.beside_others(_objects(walk, a["anyOf"]) > 1)
        found = [change for form in a["anyOf"] for change in _serious(walk.compare(form, b, inner))]
        wider = any(change.kind != "type-widened" for change in found)
        if worst(found) is Impact.BREAKING:
            return [change for change in found if change.impact is Impact.BREAKING]
        if wider or types_of(b, walk.new) - types_of(a, walk.old):
            words = f"was one of {len(a['anyOf'])} forms, now one that holds them all"
            return [walk.change("type-widened", spot, words)]
        return []
    if _is_choice(b) and "anyOf" not in a:
        return _into_choice(walk, a, b["anyOf"], spot)
    return None


def _serious(changes: Iterable[Change]) -> list[Change]:
    """Leave out what is compatible: notes of one form are no notes of another."""
    return [change for change in changes if change.impact is not Impact.COMPATIBLE]


def _objects(walk: Walk, forms: list[Any]) -> int:
    """Return how many of OLD's forms allow objects."""
    return sum("object" in types_of(form, walk.old) for form in forms)


def _is_choice(node: Node) -> bool:
    return isinstance(node.get("anyOf"), list) and rules_of(node).keys() == {"anyOf"}


def _into_choice(walk: Walk, a: Node, forms: list[Any], spot: Spot) -> list[Change]:
    """Return the changes from a plain node to the forms that its types fit best."""
    found: list[Change] = []
    for piece in _by_type(walk, a):
        found += min((_serious(walk.compare(piece, form, spot)) for form in forms), key=_gravity)
    types = types_of(a, walk.old)
    new = sorted({kind for form in forms for kind in types_of(form, walk.new)} - types)
    if new and worst(found) is not Impact.BREAKING:
        found.append(walk.change("variant-added", spot, f"may now be {' or '.join(new)}, too"))
    return found


def _by_type(walk: Walk, node: Node) -> list[Node]:
    """Return the node once for each of its types: `[string, null]` is a choice of two forms."""
    declared = node.get("type")
    if not isinstance(declared, list) or len(declared) < 2:
        return [node]
    return [walk.kept({**node, "type": name}) for name in declared]


def _gravity(changes: Iterable[Change]) -> int:
    return sum(change.impact.rank * 1000 + 1 for change in changes)


def choice_changes(walk: Walk, a: Node, b: Node, spot: Spot) -> Iterator[Change]:
    """Yield the changes of `anyOf` and `allOf`."""
    before, after = a.get("anyOf"), b.get("anyOf")
    if isinstance(before, list) and isinstance(after, list):
        yield from _matched(walk, (a, b), spot)
    elif after is not None:
        words = "a choice of forms was added that old values need not fit"
        fits = any(_fits(walk, a, form, spot) for form in after)
        yield walk.change("variant-added" if fits else "rule-added", spot, words)
    elif before is not None:
        yield walk.change("rule-lifted", spot, "was a choice of forms, now there is none")
    yield from _all_of_changes(walk, a.get("allOf", []), b.get("allOf", []), spot)


def _fits(walk: Walk, old: Any, new: Any, spot: Spot) -> bool:
    return worst(list(walk.compare(old, new, spot))) is not Impact.BREAKING


def _matched(walk: Walk, nodes: tuple[Node, Node], spot: Spot) -> Iterator[Change]:
    """Pair each old form with a new one that holds it: the equal one first, then one that fits."""
    a, _ = nodes
    forms, free = ([form for form in node["anyOf"] if form is not False] for node in nodes)
    every = list(free)
    beside = bool(_KEYS_ELSEWHERE & a.keys())
    inner = spot.beside_others(beside or _objects(walk, forms) > 1)
    left = []
    for form in forms:
        place = next((n for n, new in enumerate(free) if walk.equality.holds(form, new)), None)
        if place is None:
            left.append(form)
        else:
            yield from walk.compare(form, free.pop(place), inner)
    for form in left:
        tries = ((_serious(walk.compare(form, new, inner)), new) for new in (*free, *every))
        fit = next((one for one in tries if worst(one[0]) is not Impact.BREAKING), None)
        if fit is not None:
            free = [new for new in free if new is not fit[1]]
            yield from fit[0]
        elif len(left) == len(free) == 1:
            yield from _serious(walk.compare(form, free.pop(), inner))
        else:
            yield walk.change("variant-removed", spot, f"without the form {_form(walk, form)}")
    for new in free:
        yield walk.change("variant-added", spot, f"with the form {_form(walk, new)}")


def _form(walk: Walk, form: Any) -> str:
    title = form.get("title") or form.get("$ref") if isinstance(form, dict) else None
    return str(title) if title else " or ".join(sorted(types_of(form, walk.new)))


def _all_of_changes(walk: Walk, before: Any, after: Any, spot: Spot) -> Iterator[Change]:
    if not isinstance(before, list) or not isinstance(after, list) or not (before or after):
        return
    inner = spot.beside_others()
    if len(before) == len(after):
        for old, new in zip(before, after, strict=True):
            yield from walk.compare(old, new, inner)
    elif all(any(walk.equality.holds(old, new) for old in before) for new in after):
        if len(after) < len(before):
            yield walk.change("rule-lifted", spot, "a part of allOf was taken away")
    else:
        yield walk.change("schema-changed", spot, "allOf has other parts")


def opaque_changes(
    walk: Walk, a: Node, b: Node, spot: Spot, types: frozenset[str]
) -> Iterator[Change]:
    """Yield the changes of rules that are compared whole, and of references with rules beside."""
    for keys, kind in _GROUPS:
        if (kind and kind not in types) or walk.equality.rules_hold(a, b, keys):
            continue
        words = "/".join(key for key in keys if key in a or key in b)
        if b.keys() & set(keys):
            yield walk.change("schema-changed", spot, f"{words} changed")
        else:
            yield walk.change("rule-lifted", spot, f"{words} was taken away")
    if "$ref" not in a and "$ref" not in b:
        return
    try:
        old, new = target(a.get("$ref"), walk.old), target(b.get("$ref"), walk.new)
    except Unresolved:
        yield walk.change("schema-changed", spot, "a reference with rules beside it changed")
        return
    yield from walk.compare(old, new, spot.beside_others())
