"""Metrics before their intervals: counts summed by conversation, and the bootstrap over those sums.

Input: definitions and outcomes. Output: Counted, and for each one a percentile interval where a
bootstrap has a width. Conversations are drawn, never cases, since the turns of one are not
independent; one set of draws serves all metrics. A part of the cases is measured on the same draws,
its counts being 0 elsewhere.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from fctune.evaluation.metrics.ratios_kinds import Compound, DialogueRatio, Measured
from fctune.evaluation.outcomes.row import EvalOutcome
from fctune.evaluation.statistics import percentile_interval

Belongs = Callable[[EvalOutcome], bool] | None
Member = tuple[EvalOutcome, int]
Key = TypeVar("Key", bound=Hashable)
# Shares of dialogues are added up as whole multiples of this part of one, which is exact.
_PARTS = 1 << 30


@dataclass(frozen=True, slots=True)
class Counted:
    """One metric before its interval.

    Attributes:
        definition: of the metric.
        columns: sums by conversation; empty where no bootstrap is due.
        num: the numerator over all cases.
        den: the denominator.
        n: the cases or dialogues that add to the denominator.
    """

    definition: Measured
    columns: tuple[list[int], ...]
    num: float
    den: float
    n: int

    @property
    def varies(self) -> bool:
        """Whether a bootstrap may have a width: not where all is right, or of one group."""
        if not self.columns or len(self.columns[0]) < 2 or self.den == 0:
            return False
        return isinstance(self.definition, Compound) or 0 < self.num < self.den

    def fractions(self, sums: Any) -> tuple[Any, Any]:
        """Return numerators and denominators of resampled sums, of shape (columns, resamples)."""
        if isinstance(self.definition, Compound):
            return self.definition.combine(sums)
        return sums[0], sums[1]


class Pool:
    """The scored outcomes of a run with the place of their conversation, made once for all metrics.

    Attributes:
        outcomes: all of the run, unscored ones among them.
        members: scored outcomes, each with the place of its group.
        groups: how many groups have scored outcomes; places follow the order of their ids.
    """

    def __init__(self, outcomes: Sequence[EvalOutcome]) -> None:
        """Read the outcomes of a run."""
        self.outcomes = outcomes
        scored = [outcome for outcome in outcomes if outcome.correct is not None]
        names = sorted({outcome.group for outcome in scored})
        places = {name: place for place, name in enumerate(names)}
        self.groups = len(names)
        self.members = [(outcome, places[outcome.group]) for outcome in scored]
        self._dialogues: list[list[EvalOutcome]] | None = None

    @property
    def dialogues(self) -> list[list[EvalOutcome]]:
        """The outcomes of each group of two or more, in the order of their ids."""
        if self._dialogues is None:
            by_group: dict[str, list[EvalOutcome]] = {}
            for outcome in self.outcomes:
                by_group.setdefault(outcome.group, []).append(outcome)
            self._dialogues = [by_group[one] for one in sorted(by_group) if len(by_group[one]) > 1]
        return self._dialogues

    def part(self, belongs: Belongs) -> list[Member]:
        """Return the scored outcomes that belong to a part."""
        if belongs is None:
            return self.members
        return [(outcome, place) for outcome, place in self.members if belongs(outcome)]


def count(definition: Measured, pool: Pool, members: Sequence[Member]) -> Counted:
    """Count one metric over the scored outcomes.

    Args:
        definition: of the metric.
        pool: the run.
        members: the cases that count.
    """
    if isinstance(definition, DialogueRatio):
        return _count_dialogues(definition, pool)
    if isinstance(definition, Compound):
        return _count_compound(definition, pool, members)
    numerator, denominator = definition.numerator, definition.denominator
    num = [int(numerator(outcome)) for outcome, _ in members]
    den = [int(denominator(outcome)) for outcome, _ in members]
    columns: tuple[list[int], ...] = ()
    if not definition.by_case:
        columns = (_summed(pool, members, num), _summed(pool, members, den))
    return Counted(definition, columns, sum(num), sum(den), sum(part > 0 for part in den))


def intervals(counted: Mapping[Key, Counted], seed: int) -> dict[Key, tuple[float, float]]:
    """Return the middle 95 % of each metric over resamples, where a bootstrap has a width."""
    found: dict[Key, tuple[float, float]] = {}
    by_length: dict[int, dict[Key, Counted]] = {}
    for key, one in counted.items():
        if one.varies:
            by_length.setdefault(len(one.columns[0]), {})[key] = one
    for these in by_length.values():
        found.update(_bootstrap(these, seed))
    return found


def cluster_sums(outcomes: Sequence[EvalOutcome], values: Sequence[int]) -> list[int]:
    """Return the sum of the values of each group, groups in the order of their ids."""
    sums: dict[str, int] = {}
    for outcome, value in zip(outcomes, values, strict=True):
        sums[outcome.group] = sums.get(outcome.group, 0) + value
    return [sums[group] for group in sorted(sums)]


def _summed(pool: Pool, members: Sequence[Member], values: Sequence[int]) -> list[int]:
    """Return the sum of the values of each group, 0 where no member is of it."""
    sums = [0] * pool.groups
    for (_, place), value in zip(members, values, strict=True):
        sums[place] += value
    return sums


def _count_dialogues(definition: DialogueRatio, pool: Pool) -> Counted:
    found = [definition.of(dialogue) for dialogue in pool.dialogues]
    above, below = sum(num for num, _ in found), sum(den for _, den in found)
    sums = ([round(num * _PARTS) for num, _ in found], [den * _PARTS for _, den in found])
    n = sum(den > 0 for _, den in found)
    return Counted(definition, () if definition.by_dialogue else sums, above, below, n)


def _count_compound(definition: Compound, pool: Pool, members: Sequence[Member]) -> Counted:
    columns = tuple(
        _summed(pool, members, [int(part(outcome)) for outcome, _ in members])
        for part in definition.parts
    )
    num, den = definition.combine([float(sum(column)) for column in columns])
    n = sum(definition.counts(outcome) for outcome, _ in members)
    return Counted(definition, columns, float(num), float(den), n)


def _bootstrap(counted: Mapping[Key, Counted], seed: int) -> dict[Key, tuple[float, float]]:
    from fctune.evaluation.metrics.bootstrap import resampled

    # The same counts stand in many metrics; each is multiplied once.
    places: dict[tuple[int, ...], int] = {}
    rows = {
        key: [places.setdefault(tuple(column), len(places)) for column in one.columns]
        for key, one in counted.items()
    }
    sums = resampled(list(places), seed=seed)
    found = {}
    for key, one in counted.items():
        num, den = one.fractions(sums[rows[key]])
        kept = den > 0
        interval = percentile_interval((num[kept] / den[kept]).tolist())
        if interval is not None and interval.lo < interval.hi:
            found[key] = (interval.lo, interval.hi)
    return found
