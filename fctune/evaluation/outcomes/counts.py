"""What one prediction adds to the metrics: counts of calls and of arguments.

Input: Found, the calls of a prediction with their match and their faults. Output: the fields of
EvalOutcome that count.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from fctune.evaluation.cases.case_set import EvalCase
from fctune.evaluation.matching.match import CallMatch
from fctune.evaluation.matching.modes import Mode
from fctune.evaluation.outcomes.groundedness import ungrounded_values, values_of
from fctune.evaluation.predict import Prediction
from fctune.issues import Issue
from fctune.tools.spec import ToolCall

# A case with more wrong values is no talk but noise; beyond these none is looked up.
MOST_LOOKED_UP = 200


@dataclass(frozen=True, slots=True)
class Found:
    """What was found about the calls of one prediction.

    Attributes:
        case: what was asked.
        prediction: what the model said.
        mode: how calls are compared.
        calls: the calls made, by the names of the catalogue.
        match: those paired with the gold calls.
        faults: of each call made, what its tool's schema says against it.
    """

    case: EvalCase
    prediction: Prediction
    mode: Mode
    calls: tuple[ToolCall, ...]
    match: CallMatch
    faults: tuple[tuple[Issue, ...], ...]

    @property
    def known(self) -> list[tuple[ToolCall, tuple[Issue, ...]]]:
        """Calls to listed tools, each with its faults."""
        pairs = zip(self.calls, self.faults, strict=True)
        return [(call, found) for call, found in pairs if self.case.catalog.get(call.name)]


def call_counts(found: Found) -> dict[str, Any]:
    """Return what counts calls."""
    case, match, known = found.case, found.match, found.known
    right = [pair.gold for pair in match.pairs if pair.exact]
    codes = [{found.code for found in faults} for _, faults in known]
    return {
        "same_names": _names(case.calls) == _names(found.calls),
        "predicted_calls": len(found.calls),
        "known_calls": len(known),
        "toolless_calls": 0 if case.catalog.specs else len(found.calls),
        "valid_calls": sum(not faults for _, faults in known),
        "incomplete_calls": sum("call-missing-required" in found for found in codes),
        "mistyped_calls": sum("call-type" in found for found in codes),
        "off_enum_calls": sum("call-enum" in found for found in codes),
        "name_pairs": len(match.pairs),
        "exact_pairs": len(right),
        "tools": tuple((call.name, any(call is one for one in right)) for call in case.calls),
        "pairs": _pairs(match),
    }


def argument_counts(found: Found) -> dict[str, Any]:
    """Return what counts arguments and their values."""
    match, known = found.match, found.known
    wrong = [
        (pair.predicted, {slot.name for slot in pair.slots if slot.in_predicted and not slot.right})
        for pair in match.pairs
    ]
    wrong += [(call, set(call.arguments)) for call in match.extra]
    ungrounded = 0
    left = MOST_LOOKED_UP
    for call, names in wrong:
        if names and left > 0:
            part = ToolCall(call.name, {name: call.arguments[name] for name in names})
            left -= values_of(part)
            ungrounded += ungrounded_values(found.case, part, names)
    return {
        "gold_slots": match.gold_slots,
        "predicted_slots": match.predicted_slots,
        "right_slots": match.right_slots,
        "known_slots": sum(len(call.arguments) for call, _ in known),
        "invented_slots": sum(_invented(call, faults) for call, faults in known),
        "checked_values": sum(map(values_of, found.calls)),
        "ungrounded_values": ungrounded,
    }


def _pairs(match: CallMatch) -> tuple[tuple[str, str], ...]:
    """Return gold tool and called tool: partners first, then what is left over, side by side."""
    missing, extra = len(match.missing), len(match.extra)
    gold = [call.name for call in match.missing] + [""] * (extra - missing)
    called = [call.name for call in match.extra] + [""] * (missing - extra)
    partners = ((pair.gold.name, pair.gold.name) for pair in match.pairs)
    return (*partners, *zip(gold, called, strict=True))


def _invented(call: ToolCall, faults: Sequence[Issue]) -> int:
    """Return how many arguments the judge of calls finds unknown, inner ones too.

    An argument with several unknown parts makes no more of them than there are arguments, so that
    the rate stays a share.
    """
    unknown = sum(found.code == "call-unknown-parameter" for found in faults)
    return min(unknown, len(call.arguments))


def _names(calls: Sequence[ToolCall]) -> Counter[str]:
    return Counter(call.name for call in calls)
