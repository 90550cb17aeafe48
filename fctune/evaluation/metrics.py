"""Metrics of an evaluation: each one a ratio of counts over cases, with its interval.

Input: the outcomes of a run. Output: Metric values, over all cases, by lesson and by tool. Unscored
cases count nowhere. `fctune.evaluation.ratios` defines what is counted.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from fctune.evaluation.outcome import EvalOutcome, Outcome
from fctune.evaluation.ratios import BY_LESSON, METRICS, Ratio
from fctune.evaluation.statistics import percentile_interval, resampled_sums, wilson

FEW_CASES = 30


@dataclass(frozen=True, slots=True)
class Metric:
    """The value of a metric.

    Attributes:
        name: as in its Ratio.
        value: num / den; None where den is 0.
        lo: lower end of the 95 % interval; None where there is none.
        hi: upper end.
        num: the numerator.
        den: the denominator.
        n: the cases that add to the denominator.
        method: how the interval was made.
    """

    name: str
    value: float | None
    lo: float | None
    hi: float | None
    num: int
    den: int
    n: int
    method: str

    def as_dict(self) -> dict[str, Any]:
        """Return `{value, ci, n, num, den, method}`."""
        return {
            "value": self.value,
            "ci": None if self.lo is None else [self.lo, self.hi],
            "n": self.n,
            "num": self.num,
            "den": self.den,
            "method": self.method,
        }

    def shown(self) -> str:
        """Return `0.812 [0.740, 0.867]`, or `-` where there is nothing to count."""
        if self.value is None:
            return "-"
        if self.lo is None or self.hi is None:
            return f"{self.value:.3f}"
        return f"{self.value:.3f} [{self.lo:.3f}, {self.hi:.3f}]"


def measure(
    outcomes: Sequence[EvalOutcome], ratios: Sequence[Ratio] = METRICS, *, seed: int
) -> dict[str, Metric]:
    """Return the value of each metric over the scored outcomes, by name.

    Args:
        outcomes: the outcomes of a run, unscored ones among them.
        ratios: which metrics.
        seed: of the bootstrap.
    """
    scored = [outcome for outcome in outcomes if outcome.correct is not None]
    counts = {ratio.name: _counts(scored, ratio) for ratio in ratios}
    drawn = [ratio for ratio in ratios if not ratio.by_case and _varies(scored, counts[ratio.name])]
    intervals = _bootstrap(scored, [counts[ratio.name] for ratio in drawn], seed)
    by_name = {ratio.name: interval for ratio, interval in zip(drawn, intervals, strict=True)}
    return {ratio.name: _metric(ratio, counts[ratio.name], by_name) for ratio in ratios}


def by_lesson(outcomes: Sequence[EvalOutcome], *, seed: int) -> dict[str, dict[str, Metric]]:
    """Return the metrics of each lesson, lessons in alphabetical order."""
    slices: dict[str, list[EvalOutcome]] = {}
    for outcome in outcomes:
        slices.setdefault(outcome.lesson, []).append(outcome)
    return {name: measure(slices[name], BY_LESSON, seed=seed) for name in sorted(slices)}


def by_tool(outcomes: Sequence[EvalOutcome]) -> dict[str, Metric]:
    """Return for each tool of the gold calls the share of its calls that are right.

    The interval takes calls as independent, which those of one conversation are not quite.
    """
    made: Counter[str] = Counter()
    right: Counter[str] = Counter()
    cases: Counter[str] = Counter()
    for outcome in outcomes:
        if outcome.correct is None:
            continue
        cases.update({name for name, _ in outcome.tools})
        for name, is_right in outcome.tools:
            made[name] += 1
            right[name] += is_right and not (outcome.truncated or outcome.malformed)
    return {
        name: _wilson("call_recall", right[name], made[name], cases[name], trials=made[name])
        for name in sorted(made)
    }


def tally(outcomes: Sequence[EvalOutcome]) -> dict[str, int]:
    """Return how many cases have each outcome, in the order of the enum, zeros included."""
    counts = Counter(outcome.outcome for outcome in outcomes)
    return {outcome.value: counts[outcome] for outcome in Outcome}


def cluster_sums(outcomes: Sequence[EvalOutcome], values: Sequence[int]) -> list[int]:
    """Return the sum of the values of each group, groups in the order of their ids."""
    sums: dict[str, int] = {}
    for outcome, value in zip(outcomes, values, strict=True):
        sums[outcome.group] = sums.get(outcome.group, 0) + value
    return [sums[group] for group in sorted(sums)]


def _counts(scored: Sequence[EvalOutcome], ratio: Ratio) -> tuple[list[int], list[int]]:
    return [int(ratio.numerator(o)) for o in scored], [int(ratio.denominator(o)) for o in scored]


def _varies(scored: Sequence[EvalOutcome], counts: tuple[list[int], list[int]]) -> bool:
    """Tell whether a bootstrap has a width: not where all is right or wrong, or of one group."""
    groups = {outcome.group for outcome in scored}
    return 0 < sum(counts[0]) < sum(counts[1]) and len(groups) > 1


def _bootstrap(
    scored: Sequence[EvalOutcome], counts: Sequence[tuple[list[int], list[int]]], seed: int
) -> list[tuple[float, float]]:
    if not counts:
        return []
    columns = [cluster_sums(scored, column) for pair in counts for column in pair]
    ratios: list[list[float]] = [[] for _ in counts]
    for sums in resampled_sums(columns, seed=seed):
        for values, num, den in zip(ratios, sums[::2], sums[1::2], strict=True):
            if den:
                values.append(num / den)
    found = [percentile_interval(values) for values in ratios]
    return [(interval.lo, interval.hi) for interval in found if interval is not None]


def _metric(
    ratio: Ratio,
    counts: tuple[list[int], list[int]],
    intervals: Mapping[str, tuple[float, float]],
) -> Metric:
    num, den = sum(counts[0]), sum(counts[1])
    n = sum(part > 0 for part in counts[1])
    if ratio.name not in intervals:
        # By case, or where a bootstrap would have no width, which Wilson's interval still has;
        # on cases, since the calls and arguments of one case are not independent.
        return _wilson(ratio.name, num, den, n, trials=n)
    lo, hi = intervals[ratio.name]
    return Metric(ratio.name, num / den, lo, hi, num, den, n, "bootstrap by conversation")


def _wilson(name: str, num: int, den: int, n: int, *, trials: int) -> Metric:
    if den == 0:
        return Metric(name, None, None, None, num, den, n, "none")
    interval = wilson(num if den == trials else num / den * trials, trials)
    return Metric(name, num / den, interval.lo, interval.hi, num, den, n, "wilson")
