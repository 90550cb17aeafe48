"""Results read back: the verdicts of a run that was evaluated before.

Input: a result folder of `fctune eval` or `fctune score`. Output: Run. Two kinds of rows are known:
those of judged calls, and the recorded ones of a tutorial's table; each has metrics of its own.
"""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fctune.errors import InputFault
from fctune.evaluation.metrics.ratios import (
    FAMILIES,
    FUNCTION_ACCURACY,
    HEADLINES,
    OVERALL_ACCURACY,
    Measured,
    Ratio,
)
from fctune.evaluation.outcomes.judge import EvalOutcome
from fctune.evaluation.report.files import OUTCOMES, PREDICTIONS, RESULTS
from fctune.evaluation.tutorial.outcome import TUTORIAL_METRICS, TutorialOutcome
from fctune.jsonl import read_json, read_rows

_SHOWN = 4


@dataclass(frozen=True, slots=True)
class Family:
    """The metrics that a kind of rows can give.

    Attributes:
        kind: `calls` or `tutorial`.
        primary: what a verdict is said on; of the first one fixes and regressions are listed.
        headlines: shown in the table of all runs.
        groups: all metrics by heading, the primary ones among them.
        slices: compared by lesson and tag.
    """

    kind: str
    primary: tuple[Ratio, ...]
    headlines: tuple[Ratio, ...]
    groups: Mapping[str, tuple[Measured, ...]]
    slices: tuple[Ratio, ...]

    @property
    def metrics(self) -> tuple[Measured, ...]:
        """All metrics, in the order of their groups."""
        return tuple(metric for these in self.groups.values() for metric in these)


CALLS = Family("calls", (FUNCTION_ACCURACY,), HEADLINES, FAMILIES, (OVERALL_ACCURACY,))
TUTORIAL = Family(
    "tutorial", TUTORIAL_METRICS, TUTORIAL_METRICS, {"Recorded": TUTORIAL_METRICS}, TUTORIAL_METRICS
)


@dataclass(frozen=True, slots=True)
class Run:
    """One evaluated run.

    Attributes:
        name: as shown in tables.
        folder: where its results are.
        outcomes: by case id, in the order of the split.
        seed: of its bootstrap.
        mode: how its calls were compared.
        family: the metrics that its rows give.
    """

    name: str
    folder: Path
    outcomes: Mapping[str, EvalOutcome]
    seed: int
    mode: str = "strict"
    family: Family = CALLS


def load_run(folder: Path, name: str) -> Run:
    """Read the results of one run; variants of its cases are left aside, as in its metrics.

    Args:
        folder: the result folder, or the results.json inside it.
        name: of the run, for tables.

    Raises:
        InputFault: the folder holds none, or they cannot be read.
    """
    if folder.name == RESULTS and folder.is_file():
        folder = folder.parent
    if not (folder / RESULTS).is_file() or not (folder / OUTCOMES).is_file():
        raise _no_results(folder)
    from fctune.evaluation.robustness import parts_of

    results = read_json(folder / RESULTS)
    outcomes: dict[str, EvalOutcome] = {}
    family = CALLS
    for raw in read_rows(folder / OUTCOMES):
        try:
            outcome, family = _outcome(raw.value)
        except (KeyError, TypeError, ValueError) as fault:
            raise InputFault(
                f"is no outcome that this version wrote: {fault}",
                where=str(raw.origin),
                hint=f"fctune score {folder / 'predictions.jsonl'} --out {folder}",
            ) from fault
        if not parts_of(outcome.id)[1]:
            outcomes[outcome.id] = outcome
    results = results if isinstance(results, dict) else {}
    config = results.get("config")
    seed = config.get("seed", 0) if isinstance(config, dict) else 0
    mode = str(results.get("mode", "strict"))
    return Run(name, folder, outcomes, seed if isinstance(seed, int) else 0, mode, family)


def _no_results(folder: Path) -> InputFault:
    """Return the fault of what is no result folder, with the command that makes it one."""
    where, typed = str(folder), shlex.quote(str(folder))
    if folder.is_file():
        message = "is a file, expected the folder of a run's results"
        beside = shlex.quote(str(folder.parent))
        hint = f"fctune score {typed} --out DIR, then compare DIR"
        if (folder.parent / RESULTS).is_file():
            hint = f"give its folder: {beside}"
        return InputFault(message, where=where, hint=hint)
    hint = f"fctune eval CHECKPOINT --data SPLIT.jsonl --out {typed}"
    if (folder / PREDICTIONS).is_file():
        hint = f"fctune score {shlex.quote(str(folder / PREDICTIONS))} --out {typed}"
    inner = sorted(found.parent for found in folder.glob(f"*/{RESULTS}"))
    if inner:
        names = " ".join(shlex.quote(str(one)) for one in inner[:_SHOWN])
        hint = f"folders of it hold results: fctune compare {names}"
    got = f"holds no {RESULTS} and {OUTCOMES}" if folder.is_dir() else "no such folder"
    expected = "" if folder.is_dir() else ", expected the results of a run"
    return InputFault(f"{got}{expected}", where=where, hint=hint)


def _outcome(row: Any) -> tuple[EvalOutcome, Family]:
    """Return the outcome of a row of any kind.

    Raises:
        KeyError, TypeError, ValueError: it is of none.
    """
    if "called_when_needed" in row:
        return TutorialOutcome.from_row(row), TUTORIAL
    return EvalOutcome.from_row(row), CALLS
