"""Comparing runs on the same cases: is the second better than the first, or is it chance?

Input: Runs, read from result folders. Output: Comparison, with a table of all
runs and, for each run after the first, the paired tests against the first. `better` and `worse`
are said only where the interval of the difference excludes zero and McNemar's exact test agrees;
with few cases either alone is too easily content.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from fctune.errors import InputFault, UsageFault
from fctune.evaluation.markdown import table
from fctune.evaluation.metrics import Metric, cluster_sums, measure
from fctune.evaluation.outcome import EvalOutcome
from fctune.evaluation.questions import check_same_questions, different_cases
from fctune.evaluation.ratios import FUNCTION_ACCURACY, HEADLINES, Ratio
from fctune.evaluation.results import Run
from fctune.evaluation.statistics import (
    CONFIDENCE,
    Interval,
    PairedTest,
    mcnemar,
    percentile_interval,
    resampled_sums,
    smallest_gain,
)
from fctune.jsonl import write_json, write_text

SCHEMA_VERSION = 1


@dataclass(frozen=True, slots=True)
class Difference:
    """How much a metric of the second run is above that of the first, with its interval."""

    value: float | None
    interval: Interval | None


@dataclass(frozen=True, slots=True)
class Pairing:
    """One run against the first.

    Attributes:
        name: the run.
        baseline: the first run.
        n: cases with a call that both runs have scored.
        test: McNemar's test on function accuracy.
        differences: of the headline metrics, by name.
        fixes: ids of cases wrong before and right now.
        regressions: ids of cases right before and wrong now.
        smallest_gain: the gain in function accuracy that so many cases would show four times in
            five; None where the runs differ too little to tell.
    """

    name: str
    baseline: str
    n: int
    test: PairedTest
    differences: Mapping[str, Difference]
    fixes: tuple[str, ...]
    regressions: tuple[str, ...]
    smallest_gain: float | None

    @property
    def verdict(self) -> str:
        """`better`, `worse` or `no difference shown`, in function accuracy."""
        found = self.differences[FUNCTION_ACCURACY.name].interval
        if found is None or not found.excludes_zero or self.test.p_exact >= 1 - CONFIDENCE:
            return "no difference shown"
        return "better" if found.lo > 0 else "worse"


@dataclass(frozen=True, slots=True)
class Comparison:
    """All runs on the same cases.

    Attributes:
        runs: in the order given; the first is the baseline.
        metrics: the headline metrics of each run, by its name.
        pairings: each later run against the first.
        n: cases compared: those that every run has scored.
        left_out: cases that not every run has; 0 unless a subset was allowed.
        unscored: cases that a run has and has no verdict on, by its name.
    """

    runs: tuple[Run, ...]
    metrics: Mapping[str, Mapping[str, Metric]]
    pairings: tuple[Pairing, ...]
    n: int
    left_out: int
    unscored: Mapping[str, int]

    def rows(self) -> list[tuple[str, ...]]:
        """Return the table of all runs: name and headline metrics, each with its interval."""
        return [
            (run.name, *(self.metrics[run.name][ratio.name].shown() for ratio in HEADLINES))
            for run in self.runs
        ]

    def sentences(self) -> list[str]:
        """Return one sentence for each run after the first."""
        return [_sentence(pairing) for pairing in self.pairings]

    def as_dict(self) -> dict[str, Any]:
        """Return the content of compare.json."""
        return {
            "schema_version": SCHEMA_VERSION,
            "mode": self.runs[0].mode,
            "n": self.n,
            "left_out": self.left_out,
            "unscored": dict(self.unscored),
            "baseline": self.runs[0].name,
            "runs": [
                {
                    "name": run.name,
                    "folder": str(run.folder),
                    "metrics": {k: m.as_dict() for k, m in self.metrics[run.name].items()},
                }
                for run in self.runs
            ],
            "comparisons": [_pairing_dict(pairing) for pairing in self.pairings],
        }


def compare(runs: Sequence[Run], *, allow_subset: bool = False) -> Comparison:
    """Compare runs with the first of them.

    Args:
        runs: two or more, with names of their own.
        allow_subset: compare on the cases that all runs have, where they have not the same.

    Raises:
        UsageFault: fewer than two runs, or two of one name.
        InputFault: the runs have different cases, none in common, or asked other things of one.
    """
    if len(runs) < 2:
        raise UsageFault("got one run, expected two or more", hint="fctune compare DIR DIR")
    if len({run.name for run in runs}) < len(runs):
        raise UsageFault("two runs have one name", hint="add --names base,tuned")
    ids = [key for key in runs[0].outcomes if all(key in run.outcomes for run in runs)]
    union = {key for run in runs for key in run.outcomes}
    if len(ids) < len(union) and not allow_subset:
        raise different_cases(runs, len(ids))
    if not ids:
        raise InputFault("the runs have no case in common", where=str(runs[0].folder))
    check_same_questions(runs, ids)
    seed = runs[0].seed
    scored = [key for key in ids if all(run.outcomes[key].correct is not None for run in runs)]
    kept = [[run.outcomes[key] for key in ids] for run in runs]
    return Comparison(
        runs=tuple(runs),
        metrics={
            run.name: measure([run.outcomes[key] for key in scored], HEADLINES, seed=seed)
            for run in runs
        },
        pairings=tuple(
            _pair(runs[0].name, kept[0], run.name, outcomes, seed)
            for run, outcomes in zip(runs[1:], kept[1:], strict=True)
        ),
        n=len(scored),
        left_out=len(union) - len(ids),
        unscored={
            run.name: sum(outcome.correct is None for outcome in outcomes)
            for run, outcomes in zip(runs, kept, strict=True)
        },
    )


def write_comparison(comparison: Comparison, folder: Path) -> None:
    """Write compare.json and compare.md."""
    write_json(folder / "compare.json", comparison.as_dict())
    parts = [
        f"# {comparison.n} cases, mode `{comparison.runs[0].mode}`",
        table(("run", *(ratio.name for ratio in HEADLINES)), comparison.rows()),
        *comparison.sentences(),
        *(
            f"{name}: {count} cases unscored"
            for name, count in comparison.unscored.items()
            if count
        ),
    ]
    for pairing in comparison.pairings:
        for word, ids in (("Fixes", pairing.fixes), ("Regressions", pairing.regressions)):
            listed = "\n".join(f"- `{case_id}`" for case_id in ids) or "None."
            parts.append(f"## {word} of {pairing.name}: {len(ids)}\n\n{listed}")
    write_text(folder / "compare.md", "\n\n".join(parts) + "\n")


def _pair(
    baseline: str, before: Sequence[EvalOutcome], name: str, after: Sequence[EvalOutcome], seed: int
) -> Pairing:
    both = [
        (old, new)
        for old, new in zip(before, after, strict=True)
        if old.correct is not None and new.correct is not None
    ]
    old, new = [pair[0] for pair in both], [pair[1] for pair in both]
    calls = [pair for pair in both if pair[0].expects_call]
    fixes = tuple(a.id for a, b in calls if not a.correct and b.correct)
    regressions = tuple(a.id for a, b in calls if a.correct and not b.correct)
    discordance = (len(fixes) + len(regressions)) / len(calls) if calls else 0.0
    return Pairing(
        name=name,
        baseline=baseline,
        n=len(calls),
        test=mcnemar(len(fixes), len(regressions)),
        differences=_differences(old, new, seed),
        fixes=fixes,
        regressions=regressions,
        smallest_gain=smallest_gain(len(calls), discordance),
    )


def _differences(
    before: Sequence[EvalOutcome], after: Sequence[EvalOutcome], seed: int
) -> dict[str, Difference]:
    """Return the differences of the headline metrics, conversations drawn in pairs."""
    columns = [column for ratio in HEADLINES for column in _columns(ratio, before, after)]
    if not before:
        return {ratio.name: Difference(None, None) for ratio in HEADLINES}
    drawn: list[list[float]] = [[] for _ in HEADLINES]
    for sums in resampled_sums(columns, seed=seed):
        for index, values in enumerate(drawn):
            change = _change(sums[4 * index : 4 * index + 4])
            if change is not None:
                values.append(change)
    return {
        ratio.name: Difference(
            _change([sum(column) for column in columns[4 * index : 4 * index + 4]]),
            percentile_interval(values),
        )
        for index, (ratio, values) in enumerate(zip(HEADLINES, drawn, strict=True))
    }


def _columns(
    ratio: Ratio, before: Sequence[EvalOutcome], after: Sequence[EvalOutcome]
) -> list[list[int]]:
    """Return numerators and denominators of both runs, summed by conversation."""
    return [
        cluster_sums(outcomes, [int(count(outcome)) for outcome in outcomes])
        for outcomes in (before, after)
        for count in (ratio.numerator, ratio.denominator)
    ]


def _change(sums: Sequence[int]) -> float | None:
    old_num, old_den, new_num, new_den = sums
    return new_num / new_den - old_num / old_den if old_den and new_den else None


def _sentence(pairing: Pairing) -> str:
    found = pairing.differences[FUNCTION_ACCURACY.name]
    if found.value is None or found.interval is None:
        return f"{pairing.name} against {pairing.baseline}: no case with a call to compare"
    gain = (
        f"; {pairing.n} cases show a gain of {pairing.smallest_gain:.3f} or more"
        if pairing.smallest_gain is not None
        else ""
    )
    return (
        f"{pairing.name} against {pairing.baseline}: {pairing.verdict} in function accuracy, "
        f"{found.value:+.3f} [{found.interval.lo:+.3f}, {found.interval.hi:+.3f}]; "
        f"{len(pairing.fixes)} fixes, {len(pairing.regressions)} regressions, "
        f"McNemar p = {pairing.test.p_exact:.2g} (mid-p {pairing.test.p_mid:.2g}){gain}"
    )


def _pairing_dict(pairing: Pairing) -> dict[str, Any]:
    return {
        "run": pairing.name,
        "baseline": pairing.baseline,
        "verdict": pairing.verdict,
        "n": pairing.n,
        "mcnemar": asdict(pairing.test),
        "differences": {
            name: {
                "value": found.value,
                "ci": [found.interval.lo, found.interval.hi] if found.interval else None,
                "method": "paired bootstrap by conversation",
            }
            for name, found in pairing.differences.items()
        },
        "smallest_detectable_gain": pairing.smallest_gain,
        "fixes": list(pairing.fixes),
        "regressions": list(pairing.regressions),
    }
