"""Random schemas, random changes of them, and a universe of values that can tell them apart."""

from __future__ import annotations

import copy
from random import Random
from typing import Any

NAMES = ("a", "b", "城市")
SCALARS: tuple[Any, ...] = (
    None, True, False, -1, 0, 1, 2, 3, 4, 5, 1.5, 2.0, "", "a", "b", "ab", "abc", "北京",
    "2026-11-20", "x@y.zz",
)  # fmt: skip
LISTS: tuple[Any, ...] = (
    [], [1], [1, 1], [1, 2, 3], ["a"], ["a", "b"], [None], [True], ["a", 1], [1, "a"], [[1]],
    [{}], [{"a": 1}], [{"a": "b", "城市": 2}],
)  # fmt: skip
OBJECTS: tuple[Any, ...] = (
    {}, *({name: value} for name in NAMES for value in SCALARS),
    *({"a": value, "b": other} for value in (1, "a", None, [1]) for other in (0, 3, "ab", [])),
    {"a": True, "b": False},
    {"a": {"a": 1}}, {"a": {"b": "a"}}, {"b": {"a": 1, "b": 2}}, {"a": 1, "b": 1, "城市": 1},
    {"a": "a", "b": "b", "城市": "c"}, {"z": 1}, {"z": "a", "a": 1}, {"城市": []}, {"a": {}},
)  # fmt: skip
UNIVERSE = (*SCALARS, *LISTS, *OBJECTS)

_TYPES = ("string", "integer", "number", "boolean", "array", "object", "null")
_FORMATS = ("date", "email", "int64", "order-id")


def pair(random: Random) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the parameters of OLD and, one to three changes later, of NEW."""
    defined = random.random() < 0.35
    inner = node(random, 3, explicit=defined, refs=defined)
    old: dict[str, Any] = {"p": inner}
    if random.random() < 0.5:
        old["q"] = node(random, 1)
    schema = {"type": "object", "properties": old}
    required = [name for name in old if random.random() < 0.4]
    if required:
        schema["required"] = required
    new = schema
    for _ in range(random.randint(1, 3)):
        new = changed(random, new)
    return (_defining(schema), _defining(new)) if defined else (schema, new)


def _defining(schema: dict[str, Any]) -> dict[str, Any]:
    """Move the schema of p into a definition."""
    properties = schema.get("properties", {})
    if "p" not in properties:
        return {**schema, "$defs": {"D": True}}
    moved = {**properties, "p": {"$ref": "#/$defs/D"}}
    return {**schema, "properties": moved, "$defs": {"D": properties["p"]}}


def node(random: Random, depth: int, *, explicit: bool = False, refs: bool = False) -> Any:
    """Return a random schema.

    Args:
        random: draws it.
        depth: the most levels.
        explicit: objects say whether keys that they do not list are allowed.
        refs: some parts of objects and arrays refer to the definition D.
    """
    if random.random() < 0.06:
        return random.choice([True, {}, False])
    if refs and depth < 3 and random.random() < 0.15:
        return {"$ref": "#/$defs/D"}
    if depth > 0 and random.random() < 0.25:
        return _combined(random, depth)
    if random.random() < 0.15:
        return {"enum": random.sample(SCALARS, random.randint(1, 4))}
    kind = random.choice(_TYPES)
    found: dict[str, Any] = {"type": kind}
    if random.random() < 0.15:
        found["type"] = [kind, random.choice([other for other in _TYPES if other != kind])]
    for _ in range(random.randint(0, 2)):
        found.update(_rule(random, kind))
    if kind == "array" and random.random() < 0.7:
        found["items"] = node(random, depth - 1, explicit=explicit, refs=refs)
    if kind == "object" and depth > 0:
        found.update(_members(random, depth, explicit=explicit, refs=refs))
    return found


def _members(random: Random, depth: int, *, explicit: bool, refs: bool) -> dict[str, Any]:
    names = random.sample(NAMES, random.randint(0, 3))
    inner = {name: node(random, depth - 1, explicit=explicit, refs=refs) for name in names}
    members: dict[str, Any] = {"properties": inner}
    required = [name for name in names if random.random() < 0.4]
    if required:
        members["required"] = required
    if explicit or random.random() < 0.3:
        other = random.choice([True, False, False, "schema"])
        members["additionalProperties"] = node(random, 0) if other == "schema" else other
    return members


def _combined(random: Random, depth: int) -> dict[str, Any]:
    keyword = random.choice(["anyOf", "anyOf", "oneOf", "allOf", "not"])
    if keyword == "not":
        return {"not": node(random, 0)}
    branches = [node(random, depth - 1, explicit=True) for _ in range(random.randint(1, 3))]
    beside = _rule(random) if random.random() < 0.2 else {}
    return {keyword: branches, **beside}


def _rule(random: Random, kind: str = "") -> dict[str, Any]:
    """Return a random rule; with a type, mostly one that concerns its values."""
    small = random.randint(0, 3)
    numbers = [
        {"minimum": small}, {"maximum": small + 1}, {"exclusiveMinimum": small},
        {"exclusiveMaximum": small + 1.5}, {"multipleOf": random.choice([1, 2, 0.5])},
    ]  # fmt: skip
    texts = [
        {"minLength": small}, {"maxLength": small}, {"pattern": random.choice(["^a", "b$"])},
        {"format": random.choice(_FORMATS)},
    ]  # fmt: skip
    lists = [
        {"minItems": small}, {"maxItems": small}, {"uniqueItems": True},
        {"contains": {"type": "integer"}},
        {"prefixItems": [{"type": random.choice(_TYPES)} for _ in range(small % 3)]},
    ]  # fmt: skip
    objects = [
        {"minProperties": small % 3}, {"maxProperties": small},
        {"propertyNames": {"maxLength": small}}, {"dependentRequired": {"a": ["b"]}},
        {"patternProperties": {"^a": {"type": random.choice(_TYPES)}}},
        {"required": [random.choice(NAMES)]},
        {"anyOf": [{"properties": {"b": {"type": random.choice(_TYPES)}}}]},
    ]  # fmt: skip
    others = [
        {"const": random.choice(SCALARS)}, {"enum": random.sample(SCALARS, random.randint(1, 6))},
        {"if": {"type": "integer"}, "then": {"minimum": small}},
        {"description": f"words {small}"}, {"default": small}, {"title": "T"},
    ]  # fmt: skip
    own = {"string": texts, "integer": numbers, "number": numbers, "array": lists}
    fitting = {**own, "object": objects}.get(kind)
    every: list[dict[str, Any]] = [*numbers, *texts, *lists, *objects, *others]
    return random.choice(fitting if fitting and random.random() < 0.7 else every)


def changed(random: Random, schema: Any) -> Any:
    """Return a copy with one random change somewhere in it."""
    schema = copy.deepcopy(schema)
    places = [place for place in _places(schema) if isinstance(place, dict)]
    if not places:
        return node(random, 1)
    place = random.choice(places)
    random.choice([_toggle, _toggle, _nudge, _nudge, _wrap, _member, _member, _listed])(
        random, place
    )
    return schema


def _places(value: Any) -> list[Any]:
    """Return every schema inside a schema."""
    found = [value]
    if not isinstance(value, dict):
        return found
    for key in ("properties", "patternProperties"):
        for inner in value.get(key, {}).values():
            found += _places(inner)
    for key in ("anyOf", "oneOf", "allOf", "prefixItems"):
        for inner in value.get(key, []):
            found += _places(inner)
    for key in ("items", "additionalProperties", "contains", "not"):
        if key in value:
            found += _places(value[key])
    return found


def _toggle(random: Random, place: dict[str, Any]) -> None:
    if place and random.random() < 0.5:
        place.pop(random.choice(sorted(place)))
    else:
        place.update(_rule(random, str(place.get("type"))))


def _nudge(random: Random, place: dict[str, Any]) -> None:
    numbers = [k for k, v in place.items() if isinstance(v, int | float) and v not in (True, False)]
    if numbers and random.random() < 0.8:
        key = random.choice(numbers)
        place[key] = max(0, place[key] + random.choice([-1, 1]))
        return
    if "type" in place:
        types = place["type"] if isinstance(place["type"], list) else [place["type"]]
        more = [*types, random.choice(_TYPES)]
        place["type"] = random.choice([list(dict.fromkeys(more)), types[:1], random.choice(_TYPES)])


def _wrap(random: Random, place: dict[str, Any]) -> None:
    inner = dict(place)
    branches = random.choice([[inner], [inner, {"type": "null"}], [{"type": "null"}, inner]])
    place.clear()
    for keyword in ("anyOf", "oneOf", "allOf"):
        if len(inner.get(keyword, [])) == 1 and random.random() < 0.7:
            only = inner[keyword][0]
            place.update(only if isinstance(only, dict) else {})
            return
    place[random.choice(["anyOf", "anyOf", "oneOf", "allOf"])] = branches


def _member(random: Random, place: dict[str, Any]) -> None:
    properties = place.get("properties")
    if not isinstance(properties, dict):
        return
    name = random.choice(NAMES)
    action = random.random()
    if name in properties and action < 0.3:
        del properties[name]
    elif name not in properties:
        properties[name] = node(random, 1, explicit=True)
    required = [one for one in place.get("required", []) if one in properties]
    if action > 0.6:
        required = (
            [one for one in required if one != name] if name in required else [*required, name]
        )
    place["required"] = [one for one in required if one in properties]
    if action > 0.85:
        place["additionalProperties"] = random.choice([True, False])


def _listed(random: Random, place: dict[str, Any]) -> None:
    for keyword in ("enum", "anyOf", "oneOf", "allOf"):
        values = place.get(keyword)
        if isinstance(values, list) and values:
            if random.random() < 0.5 and len(values) > 1:
                values.pop(random.randrange(len(values)))
            else:
                new = random.choice(SCALARS) if keyword == "enum" else node(random, 0)
                if new not in values:
                    values.append(new)
            random.shuffle(values)
            return
