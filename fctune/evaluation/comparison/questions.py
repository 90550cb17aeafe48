"""Whether runs were asked the same: one id must stand for one question in all of them.

Input: Runs and the ids that they share. Output: nothing, or InputFault with the first case that
differs. A pair of answers to different questions says nothing of the models.
"""

from __future__ import annotations

from collections.abc import Sequence

from fctune.errors import InputFault
from fctune.evaluation.comparison.results import Run
from fctune.evaluation.outcomes.judge import EvalOutcome

ON_ONE_SPLIT = "evaluate all runs on one split"


def check_same_questions(runs: Sequence[Run], ids: Sequence[str]) -> None:
    """Refuse runs that were asked different things under one id.

    Args:
        runs: the first is the baseline.
        ids: of cases that all runs have.

    Raises:
        InputFault: a case has another group, other gold calls or other tools in a later run.
    """
    first = runs[0]
    for run in runs[1:]:
        for key in ids:
            other = _difference(first.outcomes[key], run.outcomes[key])
            if other:
                raise InputFault(
                    f"case {key!r} has {other} in {run.name} than in {first.name}",
                    where=str(run.folder),
                    hint=ON_ONE_SPLIT,
                )


def different_cases(runs: Sequence[Run], common: int) -> InputFault:
    """Return the fault of runs that were not all asked the same cases."""
    counts = ", ".join(f"{run.name} {len(run.outcomes)}" for run in runs)
    return InputFault(
        f"the runs have different cases: {counts}, {common} in common",
        where=str(runs[0].folder),
        hint=f"{ON_ONE_SPLIT}, or add --allow-subset",
    )


def _difference(one: EvalOutcome, other: EvalOutcome) -> str:
    """Return what differs, or an empty string."""
    if one.group != other.group:
        return "another group"
    if one.expects_call != other.expects_call:
        return "other gold calls"
    if one.asked and other.asked:
        return "other gold calls or tools" if one.asked != other.asked else ""
    # Files of earlier versions hold no fingerprint, and unscored cases no counts.
    scored = one.correct is not None and other.correct is not None
    return "other gold calls" if scored and _gold(one) != _gold(other) else ""


def _gold(outcome: EvalOutcome) -> tuple[int, list[str]]:
    return outcome.gold_slots, [name for name, _ in outcome.tools]
