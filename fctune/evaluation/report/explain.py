"""One case's whole story: what was asked, what the model said, how it was read and judged.

Input: a case, the prediction on it, and its outcome. Output: Explanation, as JSON or for
`fctune.evaluation.report.explain_text`, which writes it as lines.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from fctune.evaluation.cases.case_set import EvalCase
from fctune.evaluation.matching.match import CallMatch, Pair
from fctune.evaluation.matching.modes import Mode, match_case
from fctune.evaluation.outcomes.decision import expected_of
from fctune.evaluation.outcomes.groundedness import is_grounded
from fctune.evaluation.outcomes.judge import EvalOutcome, judge
from fctune.evaluation.outcomes.listed_calls import as_listed
from fctune.evaluation.predict import Prediction
from fctune.evaluation.semantic.comparators import Comparators
from fctune.tools.check import check_call
from fctune.tools.spec import ToolCall


@dataclass(frozen=True, slots=True)
class CallStory:
    """One call made, and what is wrong with it by itself.

    Attributes:
        call: as read.
        issues: what the tool's schema has against it, each one sentence.
        ungrounded: arguments whose value nothing before the call says; a heuristic.
    """

    call: ToolCall
    issues: tuple[str, ...]
    ungrounded: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Explanation:
    """All that is known of one case.

    Attributes:
        case: what was asked, with the gold calls.
        prediction: what the model said.
        outcome: the verdict of the run's own mode.
        mode: that mode.
        verdicts: the outcome in every mode that applies, that of the run among them.
        match: gold calls and calls made, argument by argument, in the run's mode.
        calls: the calls made.
    """

    case: EvalCase
    prediction: Prediction
    outcome: EvalOutcome
    mode: Mode
    verdicts: Mapping[Mode, EvalOutcome]
    match: CallMatch
    calls: tuple[CallStory, ...]

    def as_dict(self) -> dict[str, Any]:
        """Return the story as a JSON-ready object."""
        case, outcome = self.case, self.outcome
        return {
            "id": case.id,
            "origin": str(case.origin),
            "lesson": case.lesson,
            "tags": list(outcome.tags),
            "mode": self.mode.value,
            **_verdict_dict(outcome),
            "verdicts": {mode.value: _verdict_dict(found) for mode, found in self.verdicts.items()},
            "expected": expected_of(case).value,
            "decided": outcome.decided.value if outcome.decided else None,
            "system": case.system,
            "messages": [dict(message) for message in case.messages],
            "tools": [spec.as_dict() for spec in case.catalog],
            "gold": {"calls": [call.as_dict() for call in case.calls], "text": case.text},
            "said": self.prediction.shown_text,
            "finish_reason": self.prediction.finish_reason,
            "error": self.prediction.error,
            "read": self._read(),
            "pairs": [_pair_dict(pair) for pair in self.match.pairs],
            "missing_calls": [call.as_dict() for call in self.match.missing],
            "extra_calls": [call.as_dict() for call in self.match.extra],
        }

    def _read(self) -> dict[str, Any]:
        """Return how the output was read, by the strict reader and by the lenient one."""
        decoded = self.prediction.decoded
        repaired = decoded.repaired
        return {
            "calls": [_story_dict(story) for story in self.calls],
            "text": decoded.text,
            "malformed": decoded.malformed,
            "detail": decoded.detail,
            "repaired": [call.as_dict() for call in repaired] if repaired is not None else None,
            "repairs": list(decoded.repairs),
        }


def explain(
    case: EvalCase,
    prediction: Prediction,
    outcome: EvalOutcome,
    mode: Mode = Mode.STRICT,
    comparators: Comparators | None = None,
) -> Explanation:
    """Gather the story of one case.

    Args:
        case: what was asked.
        prediction: what the model said.
        outcome: the verdict of the run.
        mode: of the run.
        comparators: of the run's comparator file.
    """
    verdicts = {
        other: outcome if other is mode else judge(case, prediction, other, comparators)
        for other in Mode
        if other is not Mode.BFCL or case.bfcl is not None
    }
    calls = tuple(as_listed(case, call) for call in prediction.decoded.calls)
    return Explanation(
        case=case,
        prediction=prediction,
        outcome=outcome,
        mode=mode,
        verdicts=verdicts,
        match=match_case(case, calls, mode, comparators),
        calls=tuple(_story(case, call) for call in calls),
    )


def _story(case: EvalCase, call: ToolCall) -> CallStory:
    found = check_call(call, case.catalog, call.name) if case.catalog.specs else ()
    issues = tuple(map(str, found))
    # Without the words before there is nothing that could ground a value.
    told = any(message["content"] for message in case.messages)
    names = [name for name in call.arguments if told and not is_grounded(case, call, name)]
    return CallStory(call, issues, tuple(names))


def _verdict_dict(found: EvalOutcome) -> dict[str, Any]:
    return {
        "outcome": found.outcome.value,
        "correct": found.correct,
        "reason": found.reason,
        "error_type": found.error_type or None,
    }


def _story_dict(story: CallStory) -> dict[str, Any]:
    return {
        **story.call.as_dict(),
        "issues": list(story.issues),
        "ungrounded": list(story.ungrounded),
    }


def _pair_dict(pair: Pair) -> dict[str, Any]:
    return {
        "gold": pair.gold.as_dict(),
        "called": pair.predicted.as_dict(),
        "right": pair.exact,
        "arguments": [
            {
                "name": slot.name,
                "gold": pair.gold.arguments.get(slot.name),
                "in_gold": slot.in_gold,
                "called": pair.predicted.arguments.get(slot.name),
                "in_called": slot.in_predicted,
                "right": slot.right,
                "message": slot.message,
            }
            for slot in pair.slots
        ],
    }
