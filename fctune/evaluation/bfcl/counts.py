"""What one prediction adds to the metrics of calls and arguments, counted by the rules of BFCL.

Input: the calls made, the gold calls and the tools. Output: the counts of an outcome line, by the
names of `fctune.evaluation.outcomes.row`. Calls are paired by name, the right ones first.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from fctune.evaluation.bfcl.arguments import argument_fault, fault_of, shape_of
from fctune.evaluation.bfcl.declared import types_of
from fctune.evaluation.bfcl.values import is_omittable

Call = tuple[Any, dict[str, Any]]
Tools = Mapping[str, Any]


def counts_of(
    calls: Sequence[Call], golds: Sequence[Call], tools: Tools, language: str
) -> dict[str, Any]:
    """Return the counts of one prediction.

    Args:
        calls: the calls made; names as the gold calls write them.
        golds: the gold calls, with all accepted values.
        tools: the descriptions by name.
        language: `java` or `js`, whose values arrive as source text; "" for Python.
    """
    partners = _partners(calls, golds, tools, language)
    known = [(name, arguments) for name, arguments in calls if name in tools]
    found = [_faults_of(arguments, tools[name], language) for name, arguments in known]
    slots = [
        _slots(calls[place], gold, None if exact else tools, language)
        for gold, (place, exact) in partners
        if place is not None
    ]
    alone = [gold for gold, (place, _) in partners if place is None]
    taken = {place for _, (place, _) in partners}
    extra = [call for place, call in enumerate(calls) if place not in taken]
    due = sum(_due(accepted, {}) for _, accepted in alone)
    return {
        "same_names": Counter(n for n, _ in golds) == Counter(n for n, _ in calls),
        "predicted_calls": len(calls),
        "known_calls": len(known),
        "valid_calls": sum(not any(faults) for faults in found),
        "incomplete_calls": sum(bool(faults[0]) for faults in found),
        "invented_slots": sum(faults[1] for faults in found),
        "mistyped_calls": sum(bool(faults[2]) for faults in found),
        "off_enum_calls": sum(bool(faults[3]) for faults in found),
        "known_slots": sum(len(arguments) for _, arguments in known),
        "name_pairs": len(slots),
        "exact_pairs": sum(exact for _, (_, exact) in partners),
        "gold_slots": sum(gold for gold, _, _ in slots) + due,
        "predicted_slots": sum(given for _, given, _ in slots) + sum(len(a) for _, a in extra),
        "right_slots": sum(right for _, _, right in slots),
        "tools": [[name, exact] for (name, _), (_, exact) in partners],
        "pairs": _pairs([g[0] for g, (p, _) in partners if p is not None], alone, extra),
    }


def _partners(
    calls: Sequence[Call], golds: Sequence[Call], tools: Tools, language: str
) -> list[tuple[Call, tuple[int | None, bool]]]:
    """Return for each gold call the place of its partner, and whether that is right."""
    left = list(range(len(calls)))
    found: list[tuple[int | None, bool]] = []
    for gold in golds:
        tool = tools.get(gold[0])
        place = next((i for i in left if fault_of(calls[i], gold, tool, language=language) is None),
                     None)  # fmt: skip
        found.append((place, place is not None))
        if place is not None:
            left.remove(place)
    for index, gold in enumerate(golds):
        if found[index][0] is None:
            named = [place for place in left if calls[place][0] == gold[0]]
            if named:
                found[index] = (named[0], False)
                left.remove(named[0])
    return list(zip(golds, found, strict=True))


def _slots(call: Call, gold: Call, tools: Tools | None, language: str) -> tuple[int, int, int]:
    """Return the arguments that are due, given and right in a pair; all are without tools."""
    accepted, arguments = gold[1], call[1]
    if tools is None:
        return _due(accepted, arguments), len(arguments), len(arguments)
    properties = shape_of(tools.get(gold[0]))[1]
    right = 0
    for key, value in arguments.items():
        if key in accepted and (properties is None or key in properties):
            schema = properties[key] if properties is not None else None
            right += argument_fault(value, schema, accepted[key], language) is None
    return _due(accepted, arguments), len(arguments), right


def _due(accepted: Mapping[str, Any], given: Mapping[str, Any]) -> int:
    """Return how many arguments are due: the ones given, and those that may not be left out."""
    return sum(key in given or not is_omittable(values) for key, values in accepted.items())


def _faults_of(arguments: Mapping[str, Any], tool: Any, language: str) -> tuple[int, int, int, int]:
    """Return how many arguments of a call are missing, unknown, of a wrong type, off an enum."""
    required, properties = shape_of(tool)
    missing = sum(type(key) is str and key not in arguments for key in required)
    if properties is None:
        return missing, 0, 0, 0
    unknown = mistyped = off_enum = 0
    for key, value in arguments.items():
        schema = properties.get(key)
        if key not in properties:
            unknown += 1
        elif type(schema) is dict and not language:
            types = types_of(schema)
            widened = type(value) is int and types is not None and float in types
            wrong = types is not None and type(value) not in types and not widened
            listed = schema.get("enum")
            mistyped += wrong
            off_enum += not wrong and type(listed) is list and bool(listed) and value not in listed
    return missing, unknown, mistyped, off_enum


def _pairs(
    partners: Sequence[str], alone: Sequence[Call], extra: Sequence[Call]
) -> list[list[str]]:
    """Return gold tool and called tool: partners, then what is left over, side by side."""
    missing, more = len(alone), len(extra)
    gold = [str(name) for name, _ in alone] + [""] * (more - missing)
    called = [str(name) for name, _ in extra] + [""] * (missing - more)
    sides = zip(gold, called, strict=True)
    return [[name, name] for name in partners] + [list(pair) for pair in sides]
