"""Metrics of an evaluation: each one a numerator over a denominator, with its interval.

Input: the outcomes of a run. Output: Metric values, over all cases, by lesson, by tag and by tool.
Unscored cases count nowhere. `fctune.evaluation.metrics.ratios` defines what is counted.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from fctune.evaluation.metrics.counted import Counted, Pool, cluster_sums, count, intervals
from fctune.evaluation.metrics.ratios import BY_LESSON, METRICS, Compound, Measured
from fctune.evaluation.outcomes.row import EvalOutcome, Outcome
from fctune.evaluation.statistics import wilson

__all__ = [
    "FEW_CASES", "Metric", "Part", "by_lesson", "by_tag", "by_tool", "cluster_sums", "measure",
    "measure_parts", "measure_slices", "share", "shown_count", "tally",
]  # fmt: skip

FEW_CASES = 30
_BOOTSTRAP = "bootstrap by conversation"


@dataclass(frozen=True, slots=True)
class Metric:
    """The value of a metric.

    Attributes:
        name: as in its definition.
        value: num / den; None where den is 0.
        lo: lower end of the 95 % interval; None where there is none.
        hi: upper end.
        num: the numerator.
        den: the denominator.
        n: the cases (dialogues, tools) that add to the denominator.
        method: how the interval was made.
    """

    name: str
    value: float | None
    lo: float | None
    hi: float | None
    num: float
    den: float
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

    def fraction(self) -> str:
        """Return `13 / 16`; of metrics that are no counts, with three places."""
        return f"{shown_count(self.num)} / {shown_count(self.den)}"


@dataclass(frozen=True, slots=True)
class Part:
    """Some metrics of some cases.

    Attributes:
        ratios: which metrics.
        belongs: whether a case counts; None where all do.
    """

    ratios: Sequence[Measured]
    belongs: Callable[[EvalOutcome], bool] | None = None


def measure(
    outcomes: Sequence[EvalOutcome], ratios: Sequence[Measured] = METRICS, *, seed: int
) -> dict[str, Metric]:
    """Return the value of each metric over the scored outcomes, by name.

    Args:
        outcomes: the outcomes of a run, unscored ones among them.
        ratios: which metrics.
        seed: of the bootstrap.
    """
    return measure_parts(outcomes, {"": Part(ratios)}, seed=seed)[""]


def measure_parts(
    outcomes: Sequence[EvalOutcome], parts: Mapping[str, Part], *, seed: int
) -> dict[str, dict[str, Metric]]:
    """Return the metrics of several parts of a run; all share the draws of one bootstrap.

    Args:
        outcomes: the outcomes of a run, unscored ones among them.
        parts: name to what is measured.
        seed: of the bootstrap.
    """
    pool = Pool(outcomes)
    counted: dict[tuple[str, str], Counted] = {}
    for name, part in parts.items():
        members = pool.part(part.belongs)
        for definition in part.ratios:
            counted[name, definition.name] = count(definition, pool, members)
    found = intervals(counted, seed)
    metrics: dict[str, dict[str, Metric]] = {name: {} for name in parts}
    for key, one in counted.items():
        metrics[key[0]][key[1]] = _metric(one, found.get(key))
    return metrics


def by_lesson(outcomes: Sequence[EvalOutcome], *, seed: int) -> dict[str, dict[str, Metric]]:
    """Return the metrics of each lesson, lessons in alphabetical order."""
    pairs = ((outcome.lesson, outcome) for outcome in outcomes)
    return measure_slices(pairs, seed=seed)


def by_tag(outcomes: Sequence[EvalOutcome], *, seed: int) -> dict[str, dict[str, Metric]]:
    """Return the metrics of each tag, tags in alphabetical order."""
    pairs = ((tag, outcome) for outcome in outcomes for tag in outcome.tags)
    return measure_slices(pairs, seed=seed)


def measure_slices(
    pairs: Iterable[tuple[str, EvalOutcome]], *, seed: int
) -> dict[str, dict[str, Metric]]:
    """Return the metrics of each slice, slices in alphabetical order.

    Args:
        pairs: a slice's name and an outcome that belongs to it.
        seed: of the bootstrap.
    """
    slices: dict[str, list[EvalOutcome]] = {}
    for name, outcome in pairs:
        slices.setdefault(name, []).append(outcome)
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
        name: share("call_recall", right[name], made[name], cases[name], trials=made[name])
        for name in sorted(made)
    }


def tally(outcomes: Sequence[EvalOutcome]) -> dict[str, int]:
    """Return how many cases have each outcome, in the order of the enum, zeros included."""
    counts = Counter(outcome.outcome for outcome in outcomes)
    return {outcome.value: counts[outcome] for outcome in Outcome}


def share(name: str, num: float, den: float, n: int, *, trials: int) -> Metric:
    """Return a share with Wilson's interval.

    Args:
        name: of the metric.
        num: the numerator.
        den: the denominator.
        n: the cases that add to it.
        trials: how many independent trials the interval rests on.
    """
    if den == 0:
        return Metric(name, None, None, None, num, den, n, "none")
    interval = wilson(num if den == trials else num / den * trials, trials)
    return Metric(name, num / den, interval.lo, interval.hi, num, den, n, "wilson")


def shown_count(count: float) -> str:
    """Return a count as a whole number where it is one, else with three places.

    >>> shown_count(3.0), shown_count(2.5)
    ('3', '2.500')
    """
    return str(int(count)) if count == int(count) else f"{count:.3f}"


def _metric(counted: Counted, interval: tuple[float, float] | None) -> Metric:
    definition, num, den, n = counted.definition, counted.num, counted.den, counted.n
    if interval is not None:
        return Metric(definition.name, num / den, *interval, num, den, n, _BOOTSTRAP)
    if isinstance(definition, Compound) and not definition.share and den:
        return Metric(definition.name, num / den, None, None, num, den, n, "none: no case differs")
    # By case, or where a bootstrap has no width, which Wilson's interval still has; on cases,
    # since the calls and arguments of one case are not independent.
    return share(definition.name, num, den, n, trials=n)
