"""One run against another on the same cases: differences, tests, and the words for them.

Input: the outcomes of two runs in the same order. Output: Pairing. `better` and `worse` are said
only where the interval of the difference excludes zero and the p value, adjusted by Holm for all
that was tested beside it, is below 0.05; with few cases either alone is too easily content.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from fctune.evaluation.comparison.differences import (
    NO_DIFFERENCE,
    Both,
    Difference,
    Part,
    changed,
    differences_of,
)
from fctune.evaluation.comparison.results import Family
from fctune.evaluation.outcomes.judge import EvalOutcome
from fctune.evaluation.statistics import PairedTest, holm, mcnemar, smallest_gain

__all__ = ["NO_DIFFERENCE", "Difference", "Pairing", "Slice", "adjusted_together", "pair_runs"]
# Discordances at which the power of the test set is told beside the one seen.
STATED_DISCORDANCES = (0.05, 0.1, 0.2, 0.3)
_MOST_SLICES = 60
_ALL = ""


@dataclass(frozen=True, slots=True)
class Slice:
    """The difference in one part of the cases.

    Attributes:
        name: the lesson, or the tag.
        metric: what is compared.
        difference: adjusted for the number of slices.
    """

    name: str
    metric: str
    difference: Difference


@dataclass(frozen=True, slots=True)
class Pairing:
    """One run against the first.

    Attributes:
        name: the run.
        baseline: the first run.
        n: cases that count for the primary metric in both runs.
        test: McNemar's test on the primary metric.
        primary: the differences that a verdict is said on, by metric; adjusted for the number of
            such metrics and runs.
        differences: of all metrics, by name; those that are not primary adjusted for the number of
            metrics in their group.
        slices: by lesson and tag.
        fixes: ids of cases wrong before and right now, in the primary metric.
        regressions: ids of cases right before and wrong now.
        smallest_gain: the gain in the primary metric that so many cases would show four times in
            five; None where the runs differ too little to tell.
        smallest_gains: the same at stated shares of cases in which the runs differ.
    """

    name: str
    baseline: str
    n: int
    test: PairedTest
    primary: Mapping[str, Difference]
    differences: Mapping[str, Difference]
    slices: tuple[Slice, ...]
    fixes: tuple[str, ...]
    regressions: tuple[str, ...]
    smallest_gain: float | None
    smallest_gains: Mapping[float, float | None]

    @property
    def verdict(self) -> str:
        """`better`, `worse` or `no difference shown`, in the first primary metric."""
        return next(iter(self.primary.values())).verdict


def pair_runs(names: tuple[str, str], both: Both, family: Family, seed: int) -> Pairing:
    """Compare two runs.

    Args:
        names: of the first run and of the second.
        both: the outcomes of each case in both runs; cases that either has not scored are left
            aside.
        family: the metrics to compare.
        seed: of the bootstrap.
    """
    scored = [pair for pair in both if None not in (pair[0].correct, pair[1].correct)]
    parts = {_ALL: Part(family.metrics), **_parts(scored, family)}
    found = differences_of(scored, parts, seed)
    every = found.pop(_ALL)
    first = family.primary[0]
    counted = [(old, new) for old, new in scored if first.denominator(old)]
    fixes, regressions = changed(counted, first)
    discordance = (len(fixes) + len(regressions)) / len(counted) if counted else 0.0
    return Pairing(
        name=names[1],
        baseline=names[0],
        n=len(counted),
        test=mcnemar(len(fixes), len(regressions)),
        primary={ratio.name: every[ratio.name] for ratio in family.primary},
        differences=_by_heading(every, family),
        slices=_slices(found),
        fixes=fixes,
        regressions=regressions,
        smallest_gain=smallest_gain(len(counted), discordance),
        smallest_gains={
            stated: smallest_gain(len(counted), stated) for stated in STATED_DISCORDANCES
        },
    )


def adjusted_together(pairings: Sequence[Pairing]) -> tuple[Pairing, ...]:
    """Return the pairings with all p values of primary metrics adjusted for their number.

    Args:
        pairings: of one comparison; each primary metric of each run is one test.
    """
    pooled = {
        f"{at}\n{metric}": found
        for at, pairing in enumerate(pairings)
        for metric, found in pairing.primary.items()
    }
    adjusted = _adjusted(pooled)
    changed_pairings = []
    for at, pairing in enumerate(pairings):
        primary = {metric: adjusted[f"{at}\n{metric}"] for metric in pairing.primary}
        differences = {**pairing.differences, **primary}
        changed_pairings.append(replace(pairing, primary=primary, differences=differences))
    return tuple(changed_pairings)


def _adjusted(found: Mapping[str, Difference]) -> dict[str, Difference]:
    """Return differences with p values adjusted for the number of those that can show something.

    Where no case changed, no p below 1 is possible, and no test is made (Tarone 1990).
    """
    names = [name for name, one in found.items() if one.p is not None]
    adjusted = dict(zip(names, holm([found[name].p or 0.0 for name in names]), strict=True))
    return {
        name: replace(difference, p_holm=adjusted.get(name, difference.p))
        for name, difference in found.items()
    }


def _by_heading(found: Mapping[str, Difference], family: Family) -> dict[str, Difference]:
    """Adjust each group of metrics by itself; primary ones stand on their own."""
    primary = {metric.name for metric in family.primary}
    adjusted = dict(found)
    for metrics in family.groups.values():
        names = [m.name for m in metrics if m.name in found and m.name not in primary]
        adjusted.update(_adjusted({name: found[name] for name in names}))
    return adjusted


def _slices(found: Mapping[str, Mapping[str, Difference]]) -> tuple[Slice, ...]:
    """Return the differences by lesson and tag, adjusted for the number of slices."""
    flat = {f"{part}\n{metric}": one for part, these in found.items()
            for metric, one in these.items() if one.value is not None}  # fmt: skip
    places = {key: key.rsplit("\n", 1) for key in flat}
    return tuple(
        Slice(places[key][0], places[key][1], difference)
        for key, difference in _adjusted(flat).items()
    )


def _parts(both: Both, family: Family) -> dict[str, Part]:
    """Return lessons, then tags of families with few values: an id in a tag is no slice."""
    lessons = sorted({old.lesson for old, _ in both})
    tags: dict[str, set[str]] = {}
    for old, _ in both:
        for tag in old.tags:
            tags.setdefault(tag.partition(":")[0], set()).add(tag)
    parts = {
        lesson: Part(family.slices, _of_lesson(lesson))
        for lesson in lessons
        if 1 < len(lessons) <= _MOST_SLICES
    }
    for values in tags.values():
        for tag in sorted(values) if len(values) <= _MOST_SLICES else ():
            parts[tag] = Part(family.slices, _of_tag(tag))
    return parts


def _of_lesson(lesson: str) -> Callable[[EvalOutcome], bool]:
    return lambda outcome: outcome.lesson == lesson


def _of_tag(tag: str) -> Callable[[EvalOutcome], bool]:
    return lambda outcome: tag in outcome.tags
