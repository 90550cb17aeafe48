"""The verdict on one prediction: one outcome, one reason, and the counts that metrics need.

Input: an EvalCase and a Prediction. Output: EvalOutcome, one line of
outcomes.jsonl. Outcomes exclude each other, in the order of the enum; the words of an answer
without a call are not judged. In mode bfcl the official rules decide what is right, and the order
of the enum names what is wrong.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from fctune.evaluation.cases.case_set import Decision, EvalCase
from fctune.evaluation.matching.match import CallMatch
from fctune.evaluation.matching.modes import Mode, match_case
from fctune.evaluation.outcomes.bfcl import official_outcome
from fctune.evaluation.outcomes.counts import Found, argument_counts, call_counts
from fctune.evaluation.outcomes.decision import decide, decided_in, expected_of, says_nothing
from fctune.evaluation.outcomes.features import tags_of
from fctune.evaluation.outcomes.listed_calls import as_listed
from fctune.evaluation.outcomes.row import EvalOutcome, Outcome
from fctune.evaluation.outcomes.slots import asked_slots, guessed_slots
from fctune.evaluation.predict import Prediction
from fctune.issues import Issue
from fctune.tools.check import check_call
from fctune.tools.spec import ToolCall

if TYPE_CHECKING:
    from fctune.evaluation.semantic.comparators import Comparators

__all__ = ["EvalOutcome", "Outcome", "as_listed", "judge"]

# A reason names no more calls than these.
_MOST_NAMES = 8
# What a lenient reader mended, where it does not say.
_UNNAMED = ("other",)
# The first of these codes that a wrong call has decides; all other faults of a call are `value`.
_OUTCOME_OF_CODE = {
    "call-missing-required": Outcome.MISSING_REQUIRED,
    "call-unknown-parameter": Outcome.UNKNOWN_PARAM,
    "call-type": Outcome.TYPE,
    "call-enum": Outcome.ENUM,
}


def judge(
    case: EvalCase,
    prediction: Prediction,
    mode: Mode = Mode.STRICT,
    comparators: Comparators | None = None,
) -> EvalOutcome:
    """Return the verdict on one prediction.

    Args:
        case: what was asked, with the true calls.
        prediction: what the model said.
        mode: how calls are compared.
        comparators: how the values of single parameters are compared in mode semantic; None for
            the mode's own rules.
    """
    try:
        return _judge(case, prediction, mode, comparators)
    except Exception as fault:  # noqa: BLE001 - a defect of ours is no fault of the model
        reason = f"the scorer failed: {type(fault).__name__}: {fault}"
        return EvalOutcome(
            case.id, case.group, case.lesson, bool(case.calls), Outcome.INFRA_ERROR, reason
        )


def _judge(
    case: EvalCase, prediction: Prediction, mode: Mode, comparators: Comparators | None
) -> EvalOutcome:
    if prediction.finish_reason == "error":
        return _unscored(case, prediction.error or "no answer")
    calls = tuple(as_listed(case, call) for call in prediction.decoded.calls)
    # Where any call is right, there are no gold calls to compare with.
    match = CallMatch((), (), ()) if _any_call(case) else _match(case, calls, mode, comparators)
    faults = tuple(tuple(check_call(call, case.catalog, call.name)) for call in calls)
    judged = Found(case, prediction, mode, calls, match, faults)
    outcome, reason, error_type = _verdict(judged)
    repaired_ok = outcome is Outcome.OK or _repaired_ok(judged, comparators)
    decoded = prediction.decoded
    identity = _identity(case)
    decided = _decided(case, prediction, identity["expected"])
    return EvalOutcome(
        **identity,
        outcome=outcome,
        reason=reason,
        attempted=decoded.attempted,
        malformed=decoded.malformed,
        truncated=prediction.finish_reason == "length",
        decided=decided,
        error_type=error_type,
        missing_slots=len(case.missing),
        asked_slots=_asked_slots(case, decoded.text) if decided is Decision.ASK else 0,
        guessed_slots=guessed_slots(case, calls) if case.missing else 0,
        repaired_ok=repaired_ok,
        repairs=(decoded.repairs or _UNNAMED) if decoded.repaired is not None else (),
        beside_text=bool(calls) and bool(decoded.text.strip()),
        no_usable_tool=_no_tool(case) or identity["expected"] is Decision.REFUSE,
        output_tokens=prediction.output_tokens,
        empty=_is_empty(prediction),
        **call_counts(judged),
        **argument_counts(judged),
    )


def _no_tool(case: EvalCase) -> bool:
    """Tell whether the model was shown no tool; not told is not none."""
    return case.tools_told and not case.catalog.specs


def _decided(case: EvalCase, prediction: Prediction, expected: Decision) -> Decision:
    """Return what the model's turn does; the true words do what the true turn does."""
    if prediction.decoded.attempted:
        return Decision.CALL
    text = prediction.decoded.text
    # A recording of calls alone tells no words, and an empty list of them is no empty answer.
    if not case.calls and _is_true_text(case, text) and not _is_empty(prediction):
        return expected
    return decide(text) if prediction.text is None else decided_in(text, expected)


def _is_empty(prediction: Prediction) -> bool:
    """Tell whether the model produced nothing; a recording of calls alone does not tell."""
    decoded = prediction.decoded
    if prediction.text is None or decoded.attempted or prediction.finish_reason == "length":
        return False
    return says_nothing(decoded.text)


def _asked_slots(case: EvalCase, text: str) -> int:
    return len(case.missing) if _is_true_text(case, text) else asked_slots(case, text)


def _is_true_text(case: EvalCase, text: str) -> bool:
    return text.strip() == case.text.strip()


def _identity(case: EvalCase) -> dict[str, Any]:
    """Return what an outcome says of the case alone."""
    expected = expected_of(case)
    return {
        "id": case.id,
        "group": case.group,
        "lesson": case.lesson,
        "expects_call": bool(case.calls) or _any_call(case),
        "asked": _asked(case),
        "expected": expected,
        "tags": tags_of(case, expected),
    }


def _unscored(case: EvalCase, reason: str) -> EvalOutcome:
    return EvalOutcome(**_identity(case), outcome=Outcome.INFRA_ERROR, reason=reason)


def _verdict(judged: Found) -> tuple[Outcome, str, str]:
    """Return the outcome, its reason, and in mode bfcl the official type of the fault."""
    if judged.mode is not Mode.BFCL or judged.case.bfcl is None:
        return *_outcome(judged), ""
    return official_outcome(judged.case, judged.prediction)


def _outcome(judged: Found) -> tuple[Outcome, str]:
    """Return the first outcome that applies, with its reason."""
    case, prediction, calls = judged.case, judged.prediction, judged.calls
    got = "got an empty answer" if _is_empty(prediction) else "got words"
    if prediction.finish_reason == "length":
        return Outcome.TRUNCATED, f"cut off after {prediction.output_tokens} tokens"
    if prediction.decoded.malformed:
        return Outcome.MALFORMED, prediction.decoded.detail
    if _any_call(case):
        return (Outcome.OK, "") if calls else (Outcome.MISSED_CALL, f"{got}, expected a call")
    wanted, made = len(case.calls), len(calls)
    if wanted and not made:
        return Outcome.MISSED_CALL, f"{got}, expected a call of {_listed(case.calls)}"
    if made and not wanted:
        return Outcome.FALSE_CALL, f"got a call of {_listed(calls)}, expected words"
    if judged.match.exact:
        return Outcome.OK, ""
    if wanted != made:
        return Outcome.WRONG_COUNT, (
            f"got {made} calls ({_listed(calls)}), expected {wanted} ({_listed(case.calls)})"
        )
    return _wrong_call(judged)


def _wrong_call(judged: Found) -> tuple[Outcome, str]:
    """Classify calls that are as many as they should be, and not the right ones."""
    match, catalog = judged.match, judged.case.catalog
    for call in judged.calls:
        if catalog.specs and catalog.get(call.name) is None:
            return Outcome.UNKNOWN_TOOL, f"{call.name} is not a listed tool"
    if match.missing:
        got, expected = _listed(match.extra), _listed(match.missing)
        return Outcome.WRONG_TOOL, f"got {got}, expected {expected}"
    wrong = [pair for pair in match.pairs if not pair.exact]
    found = [
        issue for pair in wrong for issue in check_call(pair.predicted, catalog, pair.gold.name)
    ]
    for code, outcome in _OUTCOME_OF_CODE.items():
        for issue in found:
            if issue.code == code:
                return outcome, _sentence(issue)
    slot = next(slot for slot in wrong[0].slots if not slot.right)
    return Outcome.VALUE, f"{wrong[0].gold.name}.{slot.name}: {slot.message}"


def _repaired_ok(judged: Found, comparators: Comparators | None) -> bool:
    """Tell whether the calls that the lenient reader finds are right."""
    case, prediction = judged.case, judged.prediction
    calls = prediction.decoded.repaired
    if calls is None or prediction.finish_reason == "length":
        return False
    if _any_call(case):
        return bool(calls)
    if judged.mode is Mode.BFCL and case.bfcl is not None:
        from fctune.evaluation.bfcl.case import verdict_of

        return bool(verdict_of(case, calls, False).valid)
    listed = tuple(as_listed(case, call) for call in calls)
    return _match(case, listed, judged.mode, comparators).exact


def _match(
    case: EvalCase, calls: Sequence[ToolCall], mode: Mode, comparators: Comparators | None
) -> CallMatch:
    if comparators is None:
        return match_case(case, calls, mode)
    return match_case(case, calls, mode, comparators)


def _any_call(case: EvalCase) -> bool:
    """Tell whether a call is due and any is right, as in BFCL's live_relevance."""
    return case.decision is Decision.CALL and not case.calls


def _sentence(issue: Issue) -> str:
    """Return an issue as `tool.parameter: what`."""
    return f"{issue.where.replace('.arguments', '', 1)}: {issue.message}"


def _asked(case: EvalCase) -> str:
    """Return a fingerprint of what decides the verdict: gold calls and tools."""
    gold = [call.as_dict() for call in case.calls]
    try:
        text = json.dumps([gold, case.catalog.fingerprint], sort_keys=True)
    except (TypeError, ValueError, RecursionError):  # no JSON, or nested beyond all reading
        return ""
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _listed(calls: Sequence[ToolCall]) -> str:
    names = [call.name for call in calls[:_MOST_NAMES]]
    left = len(calls) - len(names)
    return ", ".join([*names, f"{left} more"] if left else names)
