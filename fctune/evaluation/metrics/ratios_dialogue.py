"""Metrics of dialogues: turns judged with the true turns before them, taken together.

Input: the outcomes of one conversation. Output: numerator and denominator. A conversation of one
judged turn is no dialogue, and neither is a group of cases that are no turns of one conversation
(ids of turns are `conversation#place`). Unscored turns count nowhere; a dialogue that has one is
left out of dialogue accuracy, since nobody knows whether all of it is right.
"""

from __future__ import annotations

from collections.abc import Sequence

from fctune.evaluation.metrics.ratios_kinds import DialogueRatio
from fctune.evaluation.outcomes.row import EvalOutcome


def _scored(outcomes: Sequence[EvalOutcome]) -> list[bool]:
    """Return which turns are right; nothing where it is no dialogue."""
    if len(outcomes) < 2 or not all(one.id.startswith(f"{one.group}#") for one in outcomes):
        return []
    return [outcome.correct for outcome in outcomes if outcome.correct is not None]


def _turns(outcomes: Sequence[EvalOutcome]) -> tuple[float, int]:
    verdicts = _scored(outcomes)
    return sum(verdicts), len(verdicts)


def _process(outcomes: Sequence[EvalOutcome]) -> tuple[float, int]:
    verdicts = _scored(outcomes)
    return (sum(verdicts) / len(verdicts), 1) if verdicts else (0.0, 0)


def _dialogue(outcomes: Sequence[EvalOutcome]) -> tuple[float, int]:
    verdicts = _scored(outcomes)
    if not verdicts or len(verdicts) < len(outcomes):
        return 0, 0
    return int(all(verdicts)), 1


DIALOGUE = (
    DialogueRatio(
        "turn_accuracy",
        "turns of dialogues that are right, the true turns before them given",
        _turns,
    ),
    DialogueRatio(
        "process_accuracy",
        "mean over dialogues of the share of their turns that are right",
        _process,
    ),
    DialogueRatio(
        "dialogue_accuracy",
        "dialogues all of whose turns are right",
        _dialogue,
        by_dialogue=True,
    ),
)
