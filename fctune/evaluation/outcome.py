"""The verdict on one prediction: one outcome, one reason, and the counts that metrics need.

Input: an EvalCase and a Prediction. Output: EvalOutcome, one line of
outcomes.jsonl. Outcomes exclude each other, in the order of the enum; the words of an answer
without a call are not judged.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from enum import Enum
from typing import Any

from fctune.evaluation.cases import EvalCase
from fctune.evaluation.match import CallMatch
from fctune.evaluation.modes import Mode, match_case
from fctune.evaluation.predict import Prediction
from fctune.issues import Issue
from fctune.tools.check import check_call
from fctune.tools.spec import ToolCall, ToolCatalog


class Outcome(Enum):
    """What became of a case; the first that applies, from top to bottom.

    `infra_error` says nothing about the model: such a case is unscored, neither right nor wrong.
    """

    INFRA_ERROR = "infra_error"
    TRUNCATED = "truncated"
    MALFORMED = "malformed"
    MISSED_CALL = "missed_call"
    FALSE_CALL = "false_call"
    WRONG_COUNT = "wrong_count"
    UNKNOWN_TOOL = "unknown_tool"
    WRONG_TOOL = "wrong_tool"
    MISSING_REQUIRED = "missing_required"
    UNKNOWN_PARAM = "unknown_param"
    TYPE = "type"
    ENUM = "enum"
    VALUE = "value"
    OK = "ok"


# The first of these codes that a wrong call has decides; all other faults of a call are `value`.
_OUTCOME_OF_CODE = {
    "call-missing-required": Outcome.MISSING_REQUIRED,
    "call-unknown-parameter": Outcome.UNKNOWN_PARAM,
    "call-type": Outcome.TYPE,
    "call-enum": Outcome.ENUM,
}


@dataclass(frozen=True, slots=True)
class EvalOutcome:
    """The verdict on one case, and what it adds to the metrics.

    Attributes:
        id: the case.
        group: its conversation.
        lesson: what that teaches.
        expects_call: the true turn calls a tool.
        outcome: what became of it.
        reason: one sentence that names the tool and the parameter; "" where it is right.
        attempted: a call was made or begun.
        malformed: a call was begun and cannot be read.
        truncated: the limit of new tokens cut the answer.
        same_names: the names called are those of the gold calls, as often.
        predicted_calls: calls made.
        known_calls: of those, calls to tools that are listed.
        valid_calls: of those, calls that their tool's schema accepts.
        name_pairs: gold calls with a partner of the same name.
        exact_pairs: of those, pairs equal in every argument.
        gold_slots: arguments of all gold calls.
        predicted_slots: arguments of all calls made.
        right_slots: arguments that are right.
        known_slots: arguments of calls to listed tools.
        invented_slots: of those, arguments that are no parameter of the tool.
        tools: each gold call's tool, and whether that call is right.
        asked: fingerprint of gold calls and tools; "" in files of earlier versions.
    """

    id: str
    group: str
    lesson: str
    expects_call: bool
    outcome: Outcome
    reason: str = ""
    attempted: bool = False
    malformed: bool = False
    truncated: bool = False
    same_names: bool = False
    predicted_calls: int = 0
    known_calls: int = 0
    valid_calls: int = 0
    name_pairs: int = 0
    exact_pairs: int = 0
    gold_slots: int = 0
    predicted_slots: int = 0
    right_slots: int = 0
    known_slots: int = 0
    invented_slots: int = 0
    tools: tuple[tuple[str, bool], ...] = ()
    asked: str = ""

    @property
    def correct(self) -> bool | None:
        """True, False, or None where the case is unscored."""
        return None if self.outcome is Outcome.INFRA_ERROR else self.outcome is Outcome.OK

    def as_row(self) -> dict[str, Any]:
        """Return the line of outcomes.jsonl."""
        row = asdict(self)
        row["outcome"] = self.outcome.value
        return {"id": row.pop("id"), "correct": self.correct, **row}

    @classmethod
    def from_row(cls, row: Mapping[str, Any]) -> EvalOutcome:
        """Read a line of outcomes.jsonl.

        Raises:
            KeyError, TypeError, ValueError: it is no such line.
        """
        values = {field.name: row[field.name] for field in fields(cls) if field.name != "asked"}
        values["asked"] = str(row.get("asked", ""))
        values["outcome"] = Outcome(row["outcome"])
        values["tools"] = tuple((str(name), bool(right)) for name, right in row["tools"])
        return cls(**values)


def judge(case: EvalCase, prediction: Prediction, mode: Mode = Mode.STRICT) -> EvalOutcome:
    """Return the verdict on one prediction.

    Args:
        case: what was asked, with the true calls.
        prediction: what the model said.
        mode: how calls are compared.
    """
    try:
        return _judge(case, prediction, mode)
    except Exception as fault:  # noqa: BLE001 - a defect of ours is no fault of the model
        return _unscored(case, f"the scorer failed: {type(fault).__name__}: {fault}")


def _judge(case: EvalCase, prediction: Prediction, mode: Mode) -> EvalOutcome:
    decoded = prediction.decoded
    if prediction.finish_reason == "error":
        return _unscored(case, prediction.error or "no answer")
    match = match_case(case, decoded.calls, mode)
    faults = [check_call(call, case.catalog, call.name) for call in decoded.calls]
    outcome, reason = _outcome(case, prediction, match)
    known = [call for call in decoded.calls if case.catalog.get(call.name)]
    right = [pair.gold for pair in match.pairs if pair.exact]
    return EvalOutcome(
        id=case.id,
        group=case.group,
        lesson=case.lesson,
        expects_call=bool(case.calls),
        outcome=outcome,
        reason=reason,
        attempted=decoded.attempted,
        malformed=decoded.malformed,
        truncated=prediction.finish_reason == "length",
        same_names=_names(case.calls) == _names(decoded.calls),
        predicted_calls=len(decoded.calls),
        known_calls=len(known),
        valid_calls=sum(not found for found in faults),
        name_pairs=len(match.pairs),
        exact_pairs=len(right),
        gold_slots=sum(len(call.arguments) for call in case.calls),
        predicted_slots=sum(len(call.arguments) for call in decoded.calls),
        right_slots=sum(pair.right_slots for pair in match.pairs),
        known_slots=sum(len(call.arguments) for call in known),
        invented_slots=sum(_invented(call, case.catalog) for call in known),
        tools=tuple((call.name, any(call is one for one in right)) for call in case.calls),
        asked=_asked(case),
    )


def _unscored(case: EvalCase, reason: str) -> EvalOutcome:
    return EvalOutcome(
        id=case.id,
        group=case.group,
        lesson=case.lesson,
        expects_call=bool(case.calls),
        outcome=Outcome.INFRA_ERROR,
        reason=reason,
        asked=_asked(case),
    )


def _outcome(case: EvalCase, prediction: Prediction, match: CallMatch) -> tuple[Outcome, str]:
    """Return the first outcome that applies, with its reason."""
    decoded = prediction.decoded
    if prediction.finish_reason == "length":
        return Outcome.TRUNCATED, f"cut off after {prediction.output_tokens} tokens"
    if decoded.malformed:
        return Outcome.MALFORMED, decoded.detail
    wanted, made = len(case.calls), len(decoded.calls)
    if wanted and not made:
        return Outcome.MISSED_CALL, f"got words, expected a call of {_listed(case.calls)}"
    if made and not wanted:
        return Outcome.FALSE_CALL, f"got a call of {_listed(decoded.calls)}, expected words"
    if wanted != made:
        return Outcome.WRONG_COUNT, (
            f"got {made} calls ({_listed(decoded.calls)}), "
            f"expected {wanted} ({_listed(case.calls)})"
        )
    if match.exact:
        return Outcome.OK, ""
    return _wrong_call(decoded.calls, match, case.catalog)


def _wrong_call(
    calls: tuple[ToolCall, ...], match: CallMatch, catalog: ToolCatalog
) -> tuple[Outcome, str]:
    """Classify calls that are as many as they should be, and not the right ones."""
    for call in calls:
        if catalog.get(call.name) is None:
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


def _sentence(issue: Issue) -> str:
    """Return an issue as `tool.parameter: what`."""
    return f"{issue.where.replace('.arguments', '', 1)}: {issue.message}"


def _invented(call: ToolCall, catalog: ToolCatalog) -> int:
    """Return how many arguments the judge of calls finds unknown, inner ones too.

    An argument with several unknown parts makes no more of them than there are arguments, so that
    the rate stays a share.
    """
    found = check_call(call, catalog, call.name)
    unknown = sum(issue.code == "call-unknown-parameter" for issue in found)
    return min(unknown, len(call.arguments))


def _asked(case: EvalCase) -> str:
    """Return a fingerprint of what decides the verdict: gold calls and tools."""
    gold = [call.as_dict() for call in case.calls]
    text = json.dumps([gold, case.catalog.fingerprint], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _names(calls: tuple[ToolCall, ...]) -> Counter[str]:
    return Counter(call.name for call in calls)


def _listed(calls: tuple[ToolCall, ...]) -> str:
    return ", ".join(call.name for call in calls)
