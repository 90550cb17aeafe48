"""Parts of JSON Schemas: references resolved, types told, two parts found equal in what they allow.

Role: the ground of the comparison in `diff_schema`. Input: nodes of two schemas and their roots.
Nothing here judges; nothing outside the two schemas is read.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import unquote

TYPES = frozenset({"string", "number", "integer", "boolean", "array", "object", "null"})
SCHEMA_MAPS = frozenset(
    {"properties", "patternProperties", "dependentSchemas", "dependencies", "$defs", "definitions"}
)
SCHEMA_LISTS = frozenset({"anyOf", "oneOf", "allOf", "prefixItems"})
SCHEMA_SINGLES = frozenset(
    {
        "items", "additionalItems", "additionalProperties", "contains", "not", "if", "then", "else",
        "propertyNames", "unevaluatedItems", "unevaluatedProperties",
    }
)  # fmt: skip
VALUE_RULES = frozenset(
    {
        "type", "enum", "const", "multipleOf", "minimum", "maximum", "exclusiveMinimum",
        "exclusiveMaximum", "minLength", "maxLength", "pattern", "format", "minItems", "maxItems",
        "uniqueItems", "minContains", "maxContains", "minProperties", "maxProperties", "required",
        "dependentRequired", "contentEncoding", "contentMediaType",
    }
)  # fmt: skip
# Keywords that move or rename the base of references: what carries them is compared as a whole.
ANCHORS = frozenset(
    {"$id", "id", "$anchor", "$dynamicAnchor", "$dynamicRef", "$recursiveAnchor", "$recursiveRef"}
)
# All keywords of drafts 4 to 2020-12 that decide on validity; any other key is a note.
RULES = (
    (SCHEMA_MAPS - {"$defs", "definitions"}) | SCHEMA_LISTS | SCHEMA_SINGLES | VALUE_RULES
) | {"$ref"} | ANCHORS  # fmt: skip
_SETS = frozenset({"type", "required", "enum"})


@dataclass(frozen=True, slots=True)
class Spot:
    """Where a comparison stands.

    Attributes:
        place: the parameter, such as `guests[].name`; "" for all parameters.
        shared: other parts of the schema judge the same value, so that their keys may stand in it.
        pending: pairs of nodes being compared further up, with `shared`; met again they add
            nothing.
    """

    place: str = ""
    shared: bool = False
    pending: frozenset[tuple[int, int, bool]] = frozenset()

    def inside(self, name: str) -> Spot:
        """Return the spot of a named part.

        >>> Spot("guests").inside("[]").inside("name").place
        'guests[].name'
        """
        joint = "." if self.place and not name.startswith("[") else ""
        return replace(self, place=f"{self.place}{joint}{name}")

    def beside_others(self, shared: bool = True) -> Spot:
        """Return the same spot, shared with other parts where they are some."""
        return replace(self, shared=self.shared or shared)


class Unresolved(Exception):
    """A reference leads nowhere, or in a circle."""


def resolved(node: Any, root: Any) -> Any:
    """Return the node that a pure reference stands for; any other node as it is.

    A reference with rules beside it is no pure one: drafts differ on whether those rules count.

    Raises:
        Unresolved: the reference leads nowhere, or in a circle.
    """
    for _ in range(100):
        if not isinstance(node, dict) or "$ref" not in node or (RULES & node.keys()) - {"$ref"}:
            return node
        node = target(node["$ref"], root)
    raise Unresolved("a circle of references")


def target(reference: Any, root: Any) -> Any:
    """Return the node at a JSON pointer such as `#/$defs/Guest`.

    Raises:
        Unresolved: there is none.
    """
    if not isinstance(reference, str) or not (reference == "#" or reference.startswith("#/")):
        raise Unresolved(str(reference))
    node = root
    for part in unquote(reference[1:]).split("/")[1:]:
        key = part.replace("~1", "/").replace("~0", "~")
        if isinstance(node, dict) and key in node:
            node = node[key]
        elif isinstance(node, list) and key.isdecimal() and int(key) < len(node):
            node = node[int(key)]
        else:
            raise Unresolved(reference)
    return node


def rules_of(node: Mapping[str, Any]) -> dict[str, Any]:
    """Return the keywords of a node that decide on validity, without those that say nothing."""
    return {
        key: value
        for key, value in node.items()
        if key in RULES and not (key == "uniqueItems" and value is False)
    }


def notes_of(node: Any) -> dict[str, Any]:
    """Return the other keywords of a node: description, title, default, examples, x-..."""
    skipped = RULES | {"$schema", "$defs", "definitions", "uniqueItems"}
    return {k: v for k, v in node.items() if k not in skipped} if isinstance(node, dict) else {}


def json_key(value: Any) -> Any:
    """Return a hashable key that is equal for JSON values that are equal: 1 and 1.0, not True."""
    if isinstance(value, bool) or value is None or isinstance(value, str):
        return (type(value).__name__, value)
    if isinstance(value, int | float):
        return ("number", value)
    if isinstance(value, Mapping):
        return ("object", frozenset((key, json_key(item)) for key, item in value.items()))
    return ("array", tuple(json_key(item) for item in value))


def values_of(node: Mapping[str, Any]) -> list[Any] | None:
    """Return the listed values of `enum` and `const`; None where any value goes."""
    values: list[Any] | None = node["enum"] if isinstance(node.get("enum"), list) else None
    if "const" not in node:
        return values
    if values is None:
        return [node["const"]]
    return [value for value in values if json_key(value) == json_key(node["const"])]


def types_of(node: Any, root: Any, *, depth: int = 0) -> frozenset[str]:
    """Return types that hold every value that the node allows; number includes integer."""
    try:
        node = resolved(node, root)
    except Unresolved:
        return TYPES
    if not isinstance(node, dict) or depth > 20:
        return TYPES
    found = declared_types(node) or TYPES
    values = values_of(node)
    if values is not None:
        found &= closed_types(_type_of(value) for value in values)
    for key in ("anyOf", "oneOf"):
        if isinstance(node.get(key), list):
            branches = [types_of(branch, root, depth=depth + 1) for branch in node[key]]
            found &= frozenset().union(*branches)
    return found


def declared_types(node: Mapping[str, Any]) -> frozenset[str] | None:
    """Return the types of the keyword `type`, integer added to number; None without it."""
    declared = node.get("type")
    if isinstance(declared, str):
        return closed_types([declared])
    return closed_types(declared) if isinstance(declared, list) else None


def closed_types(names: Iterable[str]) -> frozenset[str]:
    """Return the types with integer added where number is one of them."""
    found = frozenset(names)
    return found | {"integer"} if "number" in found else found


def _type_of(value: Any) -> str:
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int | float):
        return "number"
    if isinstance(value, Mapping):
        return "object"
    return {"str": "string", "NoneType": "null"}.get(type(value).__name__, "array")


class Equality:
    """Tells whether two nodes allow the same, apart from notes and the order of things.

    It answers no where it cannot tell. References are followed on both sides.
    """

    def __init__(self, old_root: Any, new_root: Any) -> None:
        self._old, self._new = old_root, new_root
        self._proved: set[tuple[int, int]] = set()
        self._assumed: list[tuple[int, int]] = []

    def holds(self, old: Any, new: Any) -> bool:
        """Return whether the two nodes are the same."""
        return self._proves(lambda: self._same(old, new))

    def rules_hold(
        self, old: Mapping[str, Any], new: Mapping[str, Any], keys: Iterable[str]
    ) -> bool:
        """Return whether two nodes have the same rules under these keys."""
        wanted = [key for key in keys if key in old or key in new]
        if any(key not in old or key not in new for key in wanted):
            return False
        return self._proves(lambda: all(self._same_rule(key, old[key], new[key]) for key in wanted))

    def _proves(self, claim: Callable[[], bool]) -> bool:
        """Return the claim; what was assumed on the way to a no is not proved and is forgotten."""
        self._assumed.clear()
        try:
            if claim():
                return True
        except (Unresolved, RecursionError):
            pass
        self._proved.difference_update(self._assumed)
        return False

    def _same(self, old: Any, new: Any) -> bool:
        old, new = resolved(old, self._old), resolved(new, self._new)
        if not (isinstance(old, dict) and isinstance(new, dict)):
            return bool(json_key(old) == json_key(new))
        if (id(old), id(new)) in self._proved:
            return True
        self._proved.add((id(old), id(new)))
        self._assumed.append((id(old), id(new)))
        rules, others = rules_of(old), rules_of(new)
        return rules.keys() == others.keys() and all(
            self._same_rule(key, rules[key], others[key]) for key in rules
        )

    def _same_rule(self, key: str, old: Any, new: Any) -> bool:
        if key == "$ref":
            return self._same(target(old, self._old), target(new, self._new))
        if key in SCHEMA_MAPS and isinstance(old, dict) and isinstance(new, dict):
            return old.keys() == new.keys() and all(self._same(old[k], new[k]) for k in old)
        if isinstance(old, list) and isinstance(new, list):
            if key in _SETS:
                return {json_key(value) for value in old} == {json_key(value) for value in new}
            if key in SCHEMA_LISTS | {"items"}:
                pairs = zip(old, new, strict=False)
                return len(old) == len(new) and all(self._same(a, b) for a, b in pairs)
        if key in SCHEMA_SINGLES and isinstance(old, dict) and isinstance(new, dict):
            return self._same(old, new)
        return bool(json_key(old) == json_key(new))
