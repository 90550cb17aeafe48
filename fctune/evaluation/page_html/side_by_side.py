"""Calls due and calls made side by side, argument by argument.

Input: one judged case and how its evaluation compares calls. Output: JSON-ready pairs: those of one
tool as the judge pairs them, then what is left on both sides, as the confusion matrix pairs it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from fctune.evaluation.cases.case_set import Accepted, EvalCase
from fctune.evaluation.evaluate import Evaluation, Judged
from fctune.evaluation.matching.match import CallMatch, Pair
from fctune.evaluation.matching.modes import match_case
from fctune.evaluation.outcomes.groundedness import is_grounded
from fctune.evaluation.outcomes.listed_calls import as_listed
from fctune.evaluation.report.confusion import by_arguments
from fctune.tools.spec import ToolCall

_MOST_SLOTS = 100  # of all pairs of one case
_MOST_VALUE = 600
_MOST_ALSO = 6


def side_by_side(item: Judged, evaluation: Evaluation) -> list[dict[str, Any]]:
    """Return the pairs of a case; of an output that cannot be read, those of its mended reading."""
    case, decoded = item.case, item.prediction.decoded
    made = [as_listed(case, call) for call in decoded.calls or decoded.repaired or ()]
    if not case.calls and not made:
        return []
    found = match_case(case, made, evaluation.mode, evaluation.comparators)
    pairs: list[dict[str, Any]] = []
    left = _MOST_SLOTS
    paired = ((pair.predicted, _paired(pair, case)) for pair in found.pairs)
    for call, pair in (*paired, *_unpaired(found)):
        if left <= 0:
            break
        slots = pair["slots"][:left]
        if call is not None and item.outcome.ungrounded_values:
            _mark_invented(slots, case, call)
        pairs.append({**pair, "slots": slots})
        left -= 1 + len(slots)
    return pairs


def shown_json(value: Any, most: int = _MOST_VALUE) -> str:
    """Return a value as JSON of a limited length."""
    return cut(json.dumps(value, ensure_ascii=False), most)


def cut(text: str, most: int) -> str:
    """Return at most so many characters, with the number of those that are missing."""
    return text if len(text) <= most else f"{text[:most]}\0{len(text) - most}"


def _paired(pair: Pair, case: EvalCase) -> dict[str, Any]:
    accepted = _accepted(pair.gold, case)
    slots = []
    for slot in pair.slots[:_MOST_SLOTS]:
        one = _slot(slot.name, pair.gold.arguments, pair.predicted.arguments)
        one |= {"right": slot.right, "why": cut(slot.message, _MOST_VALUE)}
        if accepted is not None:
            one |= _also(slot.name, pair.gold.arguments, accepted)
        slots.append(one)
    return {"due": pair.gold.name, "got": pair.predicted.name, "slots": slots}


def _mark_invented(slots: list[dict[str, Any]], case: EvalCase, call: ToolCall) -> None:
    """Mark wrong values that nothing said before the call grounds, in place; a heuristic."""
    for slot in slots:
        wrong = slot["got"] is not None and not slot["right"]
        if wrong and not is_grounded(case, call, slot["name"]):
            slot["invented"] = True


def _unpaired(found: CallMatch) -> Iterator[tuple[ToolCall | None, dict[str, Any]]]:
    """Yield calls of different tools, or a call without another, each with the call made."""
    for due, got in by_arguments(found.missing, found.extra):
        gold: Mapping[str, Any] = due.arguments if due else {}
        predicted: Mapping[str, Any] = got.arguments if got else {}
        names = [*gold, *(name for name in predicted if name not in gold)][:_MOST_SLOTS]
        slots = [_slot(name, gold, predicted) for name in names]
        for one in slots:
            one |= {"right": one["due"] == one["got"], "why": ""}
        sides = {"due": due.name if due else None, "got": got.name if got else None}
        yield got, {**sides, "slots": slots}


def _slot(name: str, gold: Mapping[str, Any], predicted: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "name": name,
        "due": shown_json(gold[name]) if name in gold else None,
        "got": shown_json(predicted[name]) if name in predicted else None,
    }


def _accepted(gold: ToolCall, case: EvalCase) -> Accepted | None:
    """Return what else is right for a gold call of a case."""
    pairs: Sequence[tuple[ToolCall, Accepted]] = list(zip(case.calls, case.accepted, strict=False))
    return next((accepted for call, accepted in pairs if call is gold), None)


def _also(name: str, gold: Mapping[str, Any], accepted: Accepted) -> dict[str, Any]:
    """Return the other accepted values of an argument, and whether it may be left out."""
    own = shown_json(gold[name]) if name in gold else None
    others = [shown_json(value) for value in accepted.values.get(name, ())]
    also = [value for value in dict.fromkeys(others) if value != own]
    shown = [*also[:_MOST_ALSO], *(["…"] if len(also) > _MOST_ALSO else [])]
    return {
        **({"also": shown} if shown else {}),
        **({"omittable": True} if name in accepted.omittable else {}),
    }
