"""Comparing runs on the same cases: is the second better than the first, or is it chance?

Input: Runs, read from result folders. Output: Comparison, with a table of all runs and, for each
run after the first, the paired tests against the first. `fctune.evaluation.comparison.pairs` says
when `better` and `worse` are said; `fctune.evaluation.comparison.text` writes it all for people.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from fctune.errors import InputFault, UsageFault
from fctune.evaluation.comparison.pairs import (
    NO_DIFFERENCE,
    Difference,
    Pairing,
    adjusted_together,
    pair_runs,
)
from fctune.evaluation.comparison.questions import (
    ON_ONE_SPLIT,
    check_same_questions,
    different_cases,
)
from fctune.evaluation.comparison.results import Family, Run
from fctune.evaluation.metrics.measure import Metric, measure
from fctune.evaluation.metrics.ratios import Ratio
from fctune.evaluation.statistics import PairedTest

SCHEMA_VERSION = 1


@dataclass(frozen=True, slots=True)
class Comparison:
    """All runs on the same cases.

    Attributes:
        runs: in the order given; the first is the baseline.
        family: the metrics that all runs have.
        metrics: the headline metrics of each run, by its name.
        pairings: each later run against the first.
        n: cases compared: those that every run has scored.
        left_out: cases that not every run has; 0 unless a subset was allowed.
        unscored: cases that a run has and has no verdict on, by its name.
    """

    runs: tuple[Run, ...]
    family: Family
    metrics: Mapping[str, Mapping[str, Metric]]
    pairings: tuple[Pairing, ...]
    n: int
    left_out: int
    unscored: Mapping[str, int]

    @property
    def headlines(self) -> tuple[Ratio, ...]:
        """The metrics of the table of all runs."""
        return self.family.headlines

    @property
    def worse(self) -> tuple[str, ...]:
        """The runs that are worse than the first in a primary metric."""
        return tuple(
            pairing.name
            for pairing in self.pairings
            if any(found.verdict == "worse" for found in pairing.primary.values())
        )

    @property
    def conclusion(self) -> str:
        """What may be concluded, in one sentence."""
        found = [
            f"{pairing.name} is {difference.verdict} in {metric}"
            for pairing in self.pairings
            for metric, difference in pairing.primary.items()
            if difference.verdict != NO_DIFFERENCE
        ]
        if not found:
            names = dict.fromkeys(metric for one in self.pairings for metric in one.primary)
            about = ", ".join(name.replace("_", " ") for name in names)
            every = [one for pairing in self.pairings for one in pairing.primary.values()]
            if all(one.unchanged for one in every):
                return (
                    f"Nothing is established about {about}: no case changed, no test is made. "
                    "That is no proof of equality."
                )
            return (
                f"Nothing is established about {about}: chance alone can explain what is seen. "
                "That is no proof of equality."
            )
        return f"Established: {'; '.join(found)}."

    def rows(self) -> list[tuple[str, ...]]:
        """Return the table of all runs: name and headline metrics, each with its interval."""
        return [
            (run.name, *(self.metrics[run.name][ratio.name].shown() for ratio in self.headlines))
            for run in self.runs
        ]

    def sentences(self) -> list[str]:
        """Return one sentence for each run after the first, and each primary metric."""
        from fctune.evaluation.comparison.text import sentence

        return [
            sentence(pairing, metric) for pairing in self.pairings for metric in pairing.primary
        ]

    def as_dict(self) -> dict[str, Any]:
        """Return the content of compare.json."""
        return {
            "schema_version": SCHEMA_VERSION,
            "mode": self.runs[0].mode,
            "n": self.n,
            "left_out": self.left_out,
            "unscored": dict(self.unscored),
            "baseline": self.runs[0].name,
            "conclusion": self.conclusion,
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
        InputFault: the runs have different cases, none in common, or asked other things of one; or
            they were scored in different modes.
    """
    _check_names(runs)
    family = _family(runs)
    ids = [key for key in runs[0].outcomes if all(key in run.outcomes for run in runs)]
    union = {key for run in runs for key in run.outcomes}
    if len(ids) < len(union) and not allow_subset:
        raise different_cases(runs, len(ids))
    if not ids:
        raise InputFault(
            "the runs have no case in common",
            where=str(runs[0].folder),
            hint=ON_ONE_SPLIT,
        )
    check_same_questions(runs, ids)
    seed = runs[0].seed
    scored = [key for key in ids if all(run.outcomes[key].correct is not None for run in runs)]
    kept = [[run.outcomes[key] for key in ids] for run in runs]
    pairings = [
        pair_runs((runs[0].name, run.name), list(zip(kept[0], outcomes, strict=True)), family, seed)
        for run, outcomes in zip(runs[1:], kept[1:], strict=True)
    ]
    return Comparison(
        runs=tuple(runs),
        family=family,
        metrics={
            run.name: measure([run.outcomes[key] for key in scored], family.headlines, seed=seed)
            for run in runs
        },
        pairings=adjusted_together(pairings),
        n=len(scored),
        left_out=len(union) - len(ids),
        unscored={
            run.name: sum(outcome.correct is None for outcome in outcomes)
            for run, outcomes in zip(runs, kept, strict=True)
        },
    )


def _check_names(runs: Sequence[Run]) -> None:
    """Refuse fewer than two runs, and two of one name.

    Raises:
        UsageFault: it is so.
    """
    if len(runs) < 2:
        raise UsageFault("got one run, expected two or more", hint="fctune compare DIR DIR")
    for place, run in enumerate(runs):
        other = next((one for one in runs[:place] if one.name == run.name), None)
        if other is not None:
            raise UsageFault(
                f"two runs have one name: {run.name} is {other.folder} and {run.folder}",
                hint="add --names base,tuned",
            )


def _family(runs: Sequence[Run]) -> Family:
    """Return the metrics that all runs have.

    Raises:
        InputFault: the runs were scored in different modes, or hold different kinds of rows.
    """
    first = runs[0]
    for run in runs[1:]:
        if run.mode != first.mode:
            raise InputFault(
                f"was scored in mode {run.mode}, and {first.name} in mode {first.mode}",
                where=str(run.folder),
                hint=f"fctune score {run.folder / 'predictions.jsonl'} --mode {first.mode} "
                "--out DIR",
            )
    families = [run.family for run in runs]
    if all(family is families[0] for family in families):
        return families[0]
    raise InputFault(
        f"{first.name} and another run hold outcomes of different kinds: "
        f"{', '.join(sorted({family.kind for family in families}))}",
        where=str(first.folder),
        hint="compare runs that `eval` or `score` judged, or runs of a tutorial's table",
    )


def _pairing_dict(pairing: Pairing) -> dict[str, Any]:
    return {
        "run": pairing.name,
        "baseline": pairing.baseline,
        "verdict": pairing.verdict,
        "n": pairing.n,
        "mcnemar": _test_dict(pairing.test),
        "primary": {name: difference_dict(found) for name, found in pairing.primary.items()},
        "differences": {
            name: difference_dict(found) for name, found in pairing.differences.items()
        },
        "slices": [
            {"slice": part.name, "metric": part.metric, **difference_dict(part.difference)}
            for part in pairing.slices
        ],
        "smallest_detectable_gain": pairing.smallest_gain,
        "smallest_detectable_gains": {
            str(stated): gain for stated, gain in pairing.smallest_gains.items()
        },
        "fixes": list(pairing.fixes),
        "regressions": list(pairing.regressions),
    }


def _test_dict(test: PairedTest) -> dict[str, Any]:
    """Return McNemar's test; its p is null where no case changed, as no test is made."""
    found = asdict(test)
    if not test.fixes + test.regressions:
        found.update(p_exact=None, p_mid=None)
    return found


def difference_dict(found: Difference) -> dict[str, Any]:
    """Return a difference as a JSON-ready object."""
    return {
        "value": found.value,
        "ci": [found.interval.lo, found.interval.hi] if found.interval else None,
        "n": found.n,
        "verdict": found.verdict,
        "p": found.p,
        "p_holm": found.p_holm,
        "test": None if found.p is None else "mcnemar exact" if found.test else "bootstrap",
        "fixes": found.test.fixes if found.test else None,
        "regressions": found.test.regressions if found.test else None,
        "p_mid": found.test.p_mid if found.test and found.p is not None else None,
        "method": "paired bootstrap by conversation",
    }
