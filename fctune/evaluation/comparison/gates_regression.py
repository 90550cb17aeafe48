"""The gate against a loss: a run may not be worse than an earlier one on the same cases.

Input: the earlier run, read before anything is written over it, and the new one. Output: one
GateResult for each primary metric. A loss must be shown, by the paired tests of
`fctune.evaluation.comparison.compare`; a lower number alone is chance until then.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from fctune.evaluation.comparison.compare import compare
from fctune.evaluation.comparison.gates import GateResult
from fctune.evaluation.comparison.pairs import Difference, Pairing
from fctune.evaluation.comparison.results import Run, load_run
from fctune.evaluation.comparison.text import sentence

_MOST_IDS = 50


def load_baseline(path: Path) -> Run:
    """Read the run that must not be undercut.

    Args:
        path: its result folder, or the results.json in it.

    Raises:
        InputFault: there are no results, or no outcomes beside them.
    """
    return load_run(path, "baseline")


def regression_results(baseline: Run, current: Run, tolerance: float = 0.0) -> list[GateResult]:
    """Compare a run with its baseline, on the cases that both have.

    Args:
        baseline: the earlier run.
        current: the new run.
        tolerance: the loss that is let pass: only one that is shown to be greater fails.

    Raises:
        InputFault: they have no case in common, other questions, or other modes.
    """
    found = compare(
        [replace(baseline, name="baseline"), replace(current, name="this run")], allow_subset=True
    )
    pairing = found.pairings[0]
    left = f"; {found.left_out} cases are in one run only" if found.left_out else ""
    return [
        _result(pairing, metric, difference, tolerance, left)
        for metric, difference in pairing.primary.items()
    ]


def _result(
    pairing: Pairing, metric: str, difference: Difference, tolerance: float, left: str
) -> GateResult:
    beyond = f" beyond {tolerance:g}" if tolerance else ""
    name = f"no regression of {metric}{beyond}"
    told = sentence(pairing, metric) + left
    if difference.n == 0:
        return GateResult(name, False, f"{told}: nothing stands against a loss")
    if difference.verdict != "worse" or not _beyond(difference, tolerance):
        return GateResult(name, True, told)
    ids = pairing.regressions[:_MOST_IDS] if metric == next(iter(pairing.primary)) else ()
    return GateResult(name, False, told, tuple(f"regression: {case_id}" for case_id in ids))


def _beyond(difference: Difference, tolerance: float) -> bool:
    """Tell whether all of the interval is a loss greater than the tolerance."""
    if difference.interval is None:
        return False
    if difference.lower_is_better:
        return difference.interval.lo > tolerance
    return difference.interval.hi < -tolerance
