"""Seeded damage for the checker of BFCL: schemas, gold answers and predictions of any shape."""

from __future__ import annotations

import random
from typing import Any

CATEGORIES = (
    "simple_python", "simple_java", "simple_javascript", "multiple", "parallel",
    "parallel_multiple", "simple", "live_simple", "live_multiple", "live_parallel", "irrelevance",
    "live_irrelevance", "live_relevance", "", "没有", "relevance parallel",
)  # fmt: skip
WORDS = (
    "string", "integer", "float", "boolean", "array", "tuple", "dict", "any", "number", "object",
    "null", "list", "int", "bool", "str", "String", "Array", "ArrayList", "HashMap", "Hashtable",
    "Set", "Queue", "Stack", "long", "char", "byte", "double", "Bigint", "Boolean", "enum",
    "datetime", "", "字符串", ["string", "null"], ["integer", "string"], [], [None], [["a"]], None,
    5, {"type": "string"}, True,
)  # fmt: skip
SCALARS = (
    None, True, False, 0, 1, -1, 5, 2**70, 10**5000, 0.5, 5.0, float("nan"), float("inf"), "", " ",
    "a", "A.b", "it's", "北京", "\ud83d", "new ArrayList<>()", "[1, 2", "{'a': [1, {", "5L", "5n",
    "new int[]{1,", "x" * 200,
)  # fmt: skip
NAMES = ("a", "b", "city", "", "a.b", "a_b", "名字", "f")


def value(rng: random.Random, depth: int = 0) -> Any:
    """Return any JSON value."""
    kind = rng.random()
    if depth > 3 or kind < 0.6:
        return rng.choice(SCALARS)
    if kind < 0.8:
        return [value(rng, depth + 1) for _ in range(rng.randint(0, 3))]
    return {rng.choice(NAMES): value(rng, depth + 1) for _ in range(rng.randint(0, 3))}


def _mostly(rng: random.Random, made: Any) -> Any:
    """Return what was made, or now and then anything else."""
    return value(rng) if rng.random() < 0.08 else made


def schema(rng: random.Random, depth: int = 0) -> Any:
    """Return the schema of a parameter."""
    made: dict[str, Any] = {"type": rng.choice(WORDS)}
    if rng.random() < 0.15:
        del made["type"]
    if rng.random() < 0.4 and depth < 3:
        made["items"] = schema(rng, depth + 1)
    if rng.random() < 0.2 and depth < 3:
        made["properties"] = {name: schema(rng, depth + 1) for name in rng.sample(NAMES, 2)}
    if rng.random() < 0.1:
        made[rng.choice(("anyOf", "oneOf"))] = _mostly(rng, [schema(rng, 3), value(rng)])
    if rng.random() < 0.1:
        made["enum"] = _mostly(rng, [value(rng), "a"])
    if rng.random() < 0.1:
        made["default"] = value(rng)
    return _mostly(rng, made)


def tools(rng: random.Random) -> Any:
    """Return descriptions of functions."""
    made = []
    for name in rng.sample(NAMES, rng.choice((0, 1, 1, 2, 3))):
        parameters = _mostly(rng, {"type": "dict"})
        if isinstance(parameters, dict):
            if rng.random() < 0.9:
                names = rng.sample(NAMES, rng.randint(0, 3))
                parameters["properties"] = _mostly(rng, {key: schema(rng) for key in names})
            if rng.random() < 0.7:
                parameters["required"] = _mostly(rng, rng.sample(NAMES, rng.choice((0, 0, 1, 2))))
        made.append(_mostly(rng, {"name": _mostly(rng, name), "parameters": parameters}))
    return _mostly(rng, made)


def answer(rng: random.Random, listed: Any) -> Any:
    """Return possible answers, mostly of the first tools."""
    made = []
    for _ in range(rng.choice((0, 1, 1, 1, 2, 3))):
        name, keys = _target(rng, listed)
        accepted = {
            key: _mostly(rng, [value(rng) for _ in range(rng.randint(1, 3))]) for key in keys
        }
        made.append(_mostly(rng, {name: _mostly(rng, accepted)}))
    return made if rng.random() < 0.98 else value(rng)


def _target(rng: random.Random, listed: Any) -> tuple[str, list[str]]:
    """Return the name and some parameters of a tool, or of none that is listed."""
    tool = listed[0] if isinstance(listed, list) and listed else None
    name = tool.get("name") if isinstance(tool, dict) else None
    parameters = tool.get("parameters") if isinstance(tool, dict) else None
    properties = parameters.get("properties") if isinstance(parameters, dict) else None
    if not isinstance(name, str) or not isinstance(properties, dict) or rng.random() < 0.1:
        return rng.choice(NAMES), rng.sample(NAMES, rng.randint(0, 3))
    return name, list(properties) if rng.random() < 0.9 else [*properties, "zz"]


def prediction(rng: random.Random, possible: Any) -> Any:
    """Return calls: right ones, others, or anything."""
    made = []
    for gold in possible if isinstance(possible, list) else []:
        if isinstance(gold, dict) and gold:
            name, accepted = next(iter(gold.items()))
            arguments = {}
            for key, values in accepted.items() if isinstance(accepted, dict) else []:
                right = rng.choice(values) if isinstance(values, list) and values else values
                arguments[key] = _mostly(rng, right)
            made.append(_mostly(rng, {"name": name, "arguments": _mostly(rng, arguments)}))
    if rng.random() < 0.2:
        made.append({"name": rng.choice(NAMES), "arguments": value(rng)})
    return _mostly(rng, made)


def row(rng: random.Random, number: int) -> dict[str, Any]:
    """Return a whole row, some keys of which may be absent or of a wrong kind."""
    listed = tools(rng)
    possible = answer(rng, listed)
    made = {
        "id": _mostly(rng, f"case_{number}"),
        "category": _mostly(rng, rng.choice(CATEGORIES)),
        "tools": listed,
        "prediction": prediction(rng, possible),
        "possible_answer": possible,
        "underscore_to_dot": _mostly(rng, rng.random() < 0.2),
    }
    if rng.random() < 0.05:
        del made[rng.choice(list(made))]
    return made
