"""The fold of an evaluation: cases and predictions in, verdicts out.

Input: a CaseSet, and the predictions of any Predictor or recording. Output: Evaluation, which
`fctune.evaluation.report.files` writes. A case without a prediction is unscored, never lost.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from fctune.errors import UsageFault
from fctune.evaluation.cases.case_set import CaseSet, EvalCase
from fctune.evaluation.matching.modes import Mode
from fctune.evaluation.outcomes.judge import EvalOutcome, judge
from fctune.evaluation.predict import Prediction
from fctune.evaluation.semantic.comparators import Comparators

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
        comparators: of the comparator file of mode `semantic`; None where there was none.
    """

    case_set: CaseSet
    judged: tuple[Judged, ...]
    mode: Mode = Mode.STRICT
    comparators: Comparators | None = None

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
    case_set: CaseSet,
    predictions: Iterable[Prediction],
    mode: Mode = Mode.STRICT,
    comparators: Comparators | None = None,
) -> Evaluation:
    """Judge every case.

    Args:
        case_set: the cases.
        predictions: in any order; those of other cases are left aside.
        mode: how calls are compared.
        comparators: how single arguments are compared, in mode `semantic`.

    Raises:
        InputFault: the comparators name a parameter that no tool of the cases has.
        UsageFault: the mode is `bfcl`, and no case holds what it judges by.
    """
    check_judgeable(case_set, mode, comparators)
    by_case = {prediction.case_id: prediction for prediction in predictions}
    judged = []
    for case in case_set.cases:
        prediction = by_case.get(case.id) or _absent(case)
        judged.append(Judged(case, prediction, judge(case, prediction, mode, comparators)))
    return Evaluation(case_set, tuple(judged), mode, comparators)


def check_judgeable(
    case_set: CaseSet, mode: Mode = Mode.STRICT, comparators: Comparators | None = None
) -> None:
    """Refuse cases that cannot be judged so; needs no answers, and so comes before a long run.

    Raises:
        InputFault: the comparators name a parameter that no tool of the cases has.
        UsageFault: the mode is `bfcl`, and no case holds what it judges by.
    """
    if mode is Mode.BFCL and not any(case.bfcl is not None for case in case_set.cases):
        raise UsageFault(
            "the mode bfcl judges by possible answers, and no case has any",
            where=str(case_set.path),
            hint="add --mode strict or --mode semantic",
        )
    if comparators is not None:
        comparators.check_names(case.catalog for case in case_set.cases)


def _absent(case: EvalCase) -> Prediction:
    return Prediction(
        case.id, None, finish_reason="error", error="no prediction recorded for this case"
    )
