"""The outcome of a case in mode bfcl: right is what the official checker accepts.

Input: a case that holds what BFCL judges by, and a prediction. Output: outcome, reason and the
official error type. The checker knows nothing of a limit of tokens, so an answer that was cut off
and is right all the same is right.
"""

from __future__ import annotations

from typing import Any

from fctune.evaluation.cases.case_set import EvalCase
from fctune.evaluation.outcomes.row import Outcome
from fctune.evaluation.predict import Prediction


def official_outcome(case: EvalCase, prediction: Prediction) -> tuple[Outcome, str, str]:
    """Return the outcome, its reason and the official type of the fault; "" where it is right.

    Args:
        case: with `bfcl`.
        prediction: what the model said.
    """
    from fctune.evaluation.bfcl.case import verdict_of
    from fctune.evaluation.bfcl.words import outcome_word

    decoded = prediction.decoded
    verdict = verdict_of(case, decoded.calls, decoded.malformed)
    if verdict.valid:
        return Outcome.OK, "", ""
    kind = verdict.error_type or ""
    if prediction.finish_reason == "length":
        return Outcome.TRUNCATED, f"cut off after {prediction.output_tokens} tokens", kind
    calls = (
        None if decoded.malformed else [(one.name, dict(one.arguments)) for one in decoded.calls]
    )
    golds: list[tuple[Any, dict[str, Any]]] = [
        (_seen(case, one.name), dict(one.arguments)) for one in case.calls
    ]
    tools = [{**one.as_dict(), "name": _seen(case, one.name)} for one in case.catalog]
    return Outcome(outcome_word(verdict, calls, golds, tools)), verdict.reason, kind


def _seen(case: EvalCase, name: str) -> str:
    """Return a tool's name as the model saw it."""
    dotless = bool(case.bfcl and case.bfcl.get("underscore_to_dot"))
    return name.replace(".", "_") if dotless else name
