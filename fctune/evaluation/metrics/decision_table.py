"""Call, answer, ask and refuse: what was due against what was done.

Input: the outcomes of a run. Output: DecisionTable, the block `decision` of results.json. A
malformed call counts as a call. What words do is told by rule
(`fctune.evaluation.outcomes.decision`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from fctune.evaluation.cases.case_set import Decision
from fctune.evaluation.metrics.measure import Metric, Part
from fctune.evaluation.metrics.ratios_kinds import Ratio
from fctune.evaluation.metrics.ratios_timing import DECISION_ACCURACY, MACRO_F1
from fctune.evaluation.outcomes.decision import LABELS
from fctune.evaluation.outcomes.row import EvalOutcome


@dataclass(frozen=True)
class DecisionTable:
    """The 4x4 table of decisions.

    Attributes:
        matrix: cases, rows what was due, columns what was done, both in the order of LABELS.
        accuracy: share of cases on its diagonal.
        macro_f1: mean F1 of the classes that occur.
        by_class: precision, recall and F1 of each class.
    """

    matrix: tuple[tuple[int, ...], ...]
    accuracy: Metric
    macro_f1: Metric
    by_class: Mapping[str, Mapping[str, Metric]]

    @staticmethod
    def part() -> Part:
        """Return what is measured for the classes."""
        return Part([one for label in LABELS for one in _ratios(label)])

    @classmethod
    def of(
        cls,
        outcomes: Sequence[EvalOutcome],
        metrics: Mapping[str, Metric],
        classes: Mapping[str, Metric],
    ) -> DecisionTable:
        """Make the table.

        Args:
            outcomes: of the run; unscored ones do not count.
            metrics: of all cases.
            classes: what `part` measures.
        """
        places = {label: place for place, label in enumerate(LABELS)}
        matrix = [[0] * len(LABELS) for _ in LABELS]
        for one in outcomes:
            if one.correct is not None and one.expected is not None and one.decided is not None:
                matrix[places[one.expected]][places[one.decided]] += 1
        return cls(
            tuple(map(tuple, matrix)),
            metrics[DECISION_ACCURACY.name],
            metrics[MACRO_F1.name],
            {
                label.value: {
                    kind: classes[f"{label.value}_{kind}"] for kind in ("precision", "recall", "f1")
                }
                for label in LABELS
            },
        )

    def as_dict(self) -> dict[str, Any]:
        """Return the block `decision` of results.json."""
        return {
            "labels": [label.value for label in LABELS],
            "matrix": [list(row) for row in self.matrix],
            "accuracy": self.accuracy.as_dict(),
            "macro_f1": self.macro_f1.as_dict(),
            "by_class": {
                label: {kind: metric.as_dict() for kind, metric in kinds.items()}
                for label, kinds in self.by_class.items()
            },
        }


def _ratios(label: Decision) -> tuple[Ratio, ...]:
    name = label.value
    right, due, done = (partial(one, label) for one in (_right, _due, _done))
    return (
        Ratio(f"{name}_precision", f"turns told as {name} that should be", right, done),
        Ratio(f"{name}_recall", f"turns that should be {name} and are", right, due),
        Ratio(
            f"{name}_f1",
            "the harmonic mean of the two",
            lambda o: 2 * right(o),
            lambda o: due(o) + done(o),
            by_case=False,
        ),
    )


def _known(outcome: EvalOutcome) -> bool:
    return outcome.expected is not None and outcome.decided is not None


def _right(label: Decision, outcome: EvalOutcome) -> int:
    return int(outcome.expected is label and outcome.decided is label)


def _due(label: Decision, outcome: EvalOutcome) -> int:
    return int(_known(outcome) and outcome.expected is label)


def _done(label: Decision, outcome: EvalOutcome) -> int:
    return int(_known(outcome) and outcome.decided is label)
