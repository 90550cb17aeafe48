"""The fold of an evaluation: cases and predictions in, verdicts out.

Input: a CaseSet, and the predictions of any Predictor or recording. Output: Evaluation, which
`fctune.evaluation.report` writes. A case without a prediction is unscored, never lost.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from fctune.evaluation.cases import CaseSet, EvalCase
from fctune.evaluation.modes import Mode
from fctune.evaluation.outcome import EvalOutcome, judge
from fctune.evaluation.predict import Prediction

# More unscored cases than this share make the numbers of a run doubtful.
UNSCORED_LIMIT = 0.01


@dataclass(frozen=True, slots=True)
class Judged:
    """One case with everything that was found about it."""

    case: EvalCase
    prediction: Prediction
    outcome: EvalOutcome


@dataclass(frozen=True, slots=True)
class Evaluation:
    """All cases of a run, judged, in the order of the split.

    Attributes:
        case_set: the cases and the account of the split's rows.
        judged: one entry for each case: correct + wrong + unscored = n.
        mode: how calls were compared.
    """

    case_set: CaseSet
    judged: tuple[Judged, ...]
    mode: Mode = Mode.STRICT

    @property
    def outcomes(self) -> list[EvalOutcome]:
        """The verdicts, in the order of the cases."""
        return [item.outcome for item in self.judged]

    @property
    def unscored(self) -> int:
        """How many cases have no verdict."""
        return sum(item.outcome.correct is None for item in self.judged)

    @property
    def doubtful(self) -> bool:
        """Whether too many cases are unscored for the metrics to stand for the split."""
        return self.unscored > UNSCORED_LIMIT * len(self.judged)


def evaluate(
    case_set: CaseSet, predictions: Iterable[Prediction], mode: Mode = Mode.STRICT
) -> Evaluation:
    """Judge every case.

    Args:
        case_set: the cases.
        predictions: in any order; those of other cases are left aside.
        mode: how calls are compared.
    """
    by_case = {prediction.case_id: prediction for prediction in predictions}
    judged = []
    for case in case_set.cases:
        prediction = by_case.get(case.id) or _absent(case)
        judged.append(Judged(case, prediction, judge(case, prediction, mode)))
    return Evaluation(case_set, tuple(judged), mode)


def _absent(case: EvalCase) -> Prediction:
    return Prediction(
        case.id, None, finish_reason="error", error="no prediction recorded for this case"
    )
