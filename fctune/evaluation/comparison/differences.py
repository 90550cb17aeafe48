"""The difference of a metric between two runs on the same cases, with interval and p value.

Input: the outcomes of each case in both runs. Output: Difference for each metric. All metrics share
the draws of one bootstrap, which draws conversations, each with both of its answers.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from fctune.evaluation.metrics.ratios_kinds import Compound, DialogueRatio, Measured, Ratio
from fctune.evaluation.outcomes.judge import EvalOutcome
from fctune.evaluation.statistics import (
    CONFIDENCE,
    Interval,
    PairedTest,
    alike,
    mcnemar,
    percentile_interval,
    two_sided_p,
)

NO_DIFFERENCE = "no difference shown"
# Shares of dialogues are added up as whole multiples of this part of one, which is exact.
_PARTS = 1 << 30

Both = Sequence[tuple[EvalOutcome, EvalOutcome]]
# Numpy arrays with one entry for each conversation.
Columns = list[Any]


@dataclass(frozen=True, slots=True)
class Difference:
    """How much a metric of the second run is above that of the first.

    Attributes:
        value: the difference; None where a run has nothing to count.
        interval: of 95 %, by a bootstrap that draws conversations in pairs; None where none
            counts otherwise, since the draws then have no width.
        n: cases that count in both runs.
        test: McNemar's test, for metrics that count cases; else None.
        p: its exact p, or that of the bootstrap; None where no test is made.
        p_holm: adjusted for the number of tests of its family.
        lower_is_better: a fall is a gain.
        unchanged: no case counts otherwise in the second run: no test is made.
    """

    value: float | None
    interval: Interval | None
    n: int = 0
    test: PairedTest | None = None
    p: float | None = None
    p_holm: float | None = None
    lower_is_better: bool = False
    unchanged: bool = False

    @property
    def verdict(self) -> str:
        """`better`, `worse` or `no difference shown`."""
        p = self.p if self.p_holm is None else self.p_holm
        if self.interval is None or not self.interval.excludes_zero:
            return NO_DIFFERENCE
        if p is None or p >= 1 - CONFIDENCE:
            return NO_DIFFERENCE
        return "better" if (self.interval.lo > 0) != self.lower_is_better else "worse"


def changed(both: Both, ratio: Ratio) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the ids of cases that a metric by case counts only after, and only before."""
    sides = [(new.id, bool(ratio.numerator(old)), bool(ratio.numerator(new))) for old, new in both]
    fixes = tuple(key for key, before, after in sides if after and not before)
    return fixes, tuple(key for key, before, after in sides if before and not after)


def differences_of(
    both: Both, parts: Mapping[str, Part], seed: int
) -> dict[str, dict[str, Difference]]:
    """Return the differences of parts of the cases, by part and metric; p values not adjusted.

    Args:
        both: the outcomes of each case in both runs, all scored.
        parts: name to the metrics that are compared there, and whether a case belongs to it.
        seed: of the bootstrap; all parts share its draws.
    """
    sides = _Side([old for old, _ in both]), _Side([new for _, new in both])
    counted = []
    for name, part in parts.items():
        inside = [part.belongs is None or part.belongs(old) for old, _ in both]
        kept = [pair for pair, within in zip(both, inside, strict=True) if within]
        for metric in part.metrics:
            before, after = (_columns(metric, side, inside) for side in sides)
            counted.append(_Counted(name, metric, kept, before, after))
    differing = [one for one in counted if one.differs]
    drawn = dict(zip(map(id, differing), _drawn(differing, seed), strict=True))
    found: dict[str, dict[str, Difference]] = {name: {} for name in parts}
    for one in counted:
        found[one.part][one.metric.name] = _difference(one, drawn.get(id(one)))
    return found


@dataclass(frozen=True, slots=True)
class Part:
    """Some metrics of some cases.

    Attributes:
        metrics: which.
        belongs: whether a case counts, by its outcome in the first run; None where all do.
    """

    metrics: Sequence[Measured]
    belongs: Callable[[EvalOutcome], bool] | None = None


@dataclass(frozen=True, slots=True)
class _Counted:
    """One metric of one part: its cases, and its counts by conversation in both runs.

    Conversations of other parts stand in the columns with nothing counted, so that all columns
    are as long as one another and one set of draws serves them all.
    """

    part: str
    metric: Measured
    both: Both
    before: Columns
    after: Columns

    @property
    def differs(self) -> int:
        """How many conversations count otherwise in the second run."""
        pairs = zip(self.before, self.after, strict=True)
        return int(sum(old != new for old, new in pairs).astype(bool).sum())

    @property
    def unchanged(self) -> bool:
        """Whether no case counts otherwise in the second run."""
        if self.differs or isinstance(self.metric, DialogueRatio):
            return not self.differs
        return all(part(old) == part(new) for part in _parts(self.metric) for old, new in self.both)


def _difference(counted: _Counted, drawn: list[float] | None) -> Difference:
    metric, both = counted.metric, counted.both
    old, new = (
        _value(metric, columns) if both else None for columns in (counted.before, counted.after)
    )
    n, lower = _cases(metric, both), metric.better == "lower"
    if old is None or new is None:
        return Difference(None, None, n, lower_is_better=lower)
    if counted.unchanged:
        test = mcnemar(0, 0) if isinstance(metric, Ratio) and metric.by_case else None
        return Difference(0.0, None, n, test, lower_is_better=lower, unchanged=True)
    interval = _interval(new - old, drawn, counted.differs)
    # Where the runs have different denominators, no case stands against itself.
    if isinstance(metric, Ratio) and metric.by_case and _same_cases(metric, both):
        fixes, regressions = changed(both, metric)
        test = mcnemar(len(fixes), len(regressions))
        return Difference(new - old, interval, n, test, test.p_exact, lower_is_better=lower)
    # No test of signs of so few conversations finds less than this (Fisher 1935), and neither may
    # a bootstrap, whose draws of two or three conversations all agree.
    p = None if drawn is None else max(two_sided_p(drawn), 2.0 ** (1 - counted.differs))
    return Difference(new - old, interval, n, None, p, lower_is_better=lower)


def _interval(value: float, drawn: list[float] | None, differing: int) -> Interval | None:
    """Return the middle 95 % of the draws.

    Where all draws are equal, since all conversations changed alike, the draws have no width. Then
    Wilson's lower bound of the share of conversations that change so stands in.
    """
    interval = None if drawn is None else percentile_interval(drawn)
    if interval is None or interval.lo < interval.hi:
        return interval
    return alike(value, differing)


class _Side:
    """The outcomes of one run, and for each the place of its conversation among all."""

    def __init__(self, outcomes: Sequence[EvalOutcome]) -> None:
        import numpy as np

        self.outcomes = outcomes
        names = sorted({outcome.group for outcome in outcomes})
        places = {name: place for place, name in enumerate(names)}
        self.place = np.array([places[outcome.group] for outcome in outcomes], dtype=np.int64)
        self.groups = len(names)

    def summed(self, count: Callable[[EvalOutcome], int], inside: Sequence[bool]) -> Any:
        """Return the counts of the cases inside, summed by conversation; whole numbers."""
        import numpy as np

        pairs = zip(self.outcomes, inside, strict=True)
        counts = [int(count(outcome)) if within else 0 for outcome, within in pairs]
        return np.bincount(self.place, weights=counts, minlength=self.groups)

    def dialogues(self, metric: DialogueRatio) -> Columns:
        """Return numerator and denominator of each conversation of two turns or more."""
        import numpy as np

        groups: list[list[EvalOutcome]] = [[] for _ in range(self.groups)]
        for place, outcome in zip(self.place.tolist(), self.outcomes, strict=True):
            groups[place].append(outcome)
        found = [metric.of(these) if len(these) > 1 else (0.0, 0) for these in groups]
        parts = [[round(num * _PARTS) for num, _ in found], [den * _PARTS for _, den in found]]
        return [np.array(part, dtype=np.float64) for part in parts]


def _columns(metric: Measured, side: _Side, inside: Sequence[bool]) -> Columns:
    """Return the counts of a metric, summed by conversation, conversations by their ids."""
    if isinstance(metric, DialogueRatio):
        return side.dialogues(metric)
    return [side.summed(part, inside) for part in _parts(metric)]


def _parts(metric: Ratio | Compound) -> Sequence[Callable[[EvalOutcome], int]]:
    if isinstance(metric, Compound):
        return metric.parts
    return metric.numerator, metric.denominator


def _fraction(metric: Measured, sums: Any) -> tuple[Any, Any]:
    """Return numerators and denominators of sums, of shape (columns, resamples)."""
    return metric.combine(sums) if isinstance(metric, Compound) else (sums[0], sums[1])


def _value(metric: Measured, columns: Columns) -> float | None:
    import numpy as np

    sums = [np.array([column.sum()]) for column in columns]
    num, den = _fraction(metric, sums)
    return float(num[0] / den[0]) if den[0] > 0 else None


def _drawn(counted: Sequence[_Counted], seed: int) -> list[list[float]]:
    """Return the resampled differences of metrics whose counts differ."""
    from fctune.evaluation.metrics.bootstrap import resampled

    if not counted:
        return []
    # The same counts stand in many metrics; each is drawn once.
    places: dict[bytes, int] = {}
    columns: list[Any] = []
    rows: list[list[list[int]]] = []
    for one in counted:
        rows.append([[], []])
        for at, side in enumerate((one.before, one.after)):
            for column in side:
                place = places.setdefault(column.tobytes(), len(places))
                if place == len(columns):
                    columns.append(column)
                rows[-1][at].append(place)
    sums = resampled(columns, seed=seed)
    found = []
    for one, (before, after) in zip(counted, rows, strict=True):
        old_num, old_den = _fraction(one.metric, sums[before])
        new_num, new_den = _fraction(one.metric, sums[after])
        kept = (old_den > 0) & (new_den > 0)
        change = new_num[kept] / new_den[kept] - old_num[kept] / old_den[kept]
        found.append(change.tolist())
    return found


def _cases(metric: Measured, both: Both) -> int:
    """Return how many cases, or dialogues, count in both runs."""
    if isinstance(metric, DialogueRatio):
        old, new = (_Side([pair[at] for pair in both]).dialogues(metric)[1] for at in (0, 1))
        return int(((old > 0) & (new > 0)).sum())
    counts = metric.counts if isinstance(metric, Compound) else metric.denominator
    return sum(bool(counts(old)) and bool(counts(new)) for old, new in both)


def _same_cases(metric: Ratio, both: Both) -> bool:
    return all(bool(metric.denominator(old)) == bool(metric.denominator(new)) for old, new in both)
