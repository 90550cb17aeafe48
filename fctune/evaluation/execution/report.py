"""ExecutionReport: the tasks of an evaluation, counted.

Input: the verdicts on tasks. Output: `results.json["execution"]`, rows of execution.jsonl, and rows
for the report. Equal for equal predictions and a steady toolset: it holds no times.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from fctune.evaluation.execution.settings import ToolsetSettings
from fctune.evaluation.execution.verdict import DIALOGUE, TURN, TaskVerdict
from fctune.evaluation.metrics.measure import Metric
from fctune.evaluation.metrics.task_figures import Unit, ratio, share
from fctune.evaluation.statistics import pass_at_k, pass_hat_k

FAILURES = ("state", "results", "strings", "timeout", "crash")
MEANINGS = {
    "task_success": "turns with something to do that leave the state, the results and the words "
    "as the true calls do",
    "dialogue_success": "conversations whose calls, made one after another, do so",
    "side_effect_rate": "turns with nothing to call in which calls changed the state",
    "failed_execution_rate": "calls run that failed: unknown tool, wrong arguments, an error of "
    "the tool, time, memory",
    "repeated_call_rate": "calls that repeat an earlier one more often than the true calls do",
    "steps_ratio": "calls made in done turns, for each true call",
    "recovery_rate": "conversations in which a call failed and that are done all the same",
}


@dataclass(frozen=True)
class ExecutionReport:
    """The tasks of an evaluation, run and judged.

    Attributes:
        settings: the toolset.
        verdicts: the turns and dialogues of the evaluation.
        trials: the same of further trials.
        unsteady: cases and conversations whose true calls gave two different ends.
        seed: of the bootstrap.
    """

    settings: ToolsetSettings
    verdicts: tuple[TaskVerdict, ...]
    trials: tuple[tuple[TaskVerdict, ...], ...] = ()
    unsteady: tuple[str, ...] = ()
    seed: int = 42

    @cached_property
    def metrics(self) -> dict[str, Metric]:
        """All metrics by name."""
        turns = [one for one in self._scored if one.kind == TURN]
        due = [one for one in turns if one.due]
        done = [one for one in due if one.success]
        whole = [one for one in self._scored if one.kind == DIALOGUE]
        return {
            "task_success": share("task_success", _units(due)),
            "dialogue_success": share("dialogue_success", _units(whole)),
            "side_effect_rate": share(
                "side_effect_rate",
                (Unit(one.group, one.changed) for one in turns if not one.gold_steps),
            ),
            "failed_execution_rate": ratio(
                "failed_execution_rate",
                (Unit(one.group, one.failed_calls, len(one.executed)) for one in turns),
                seed=self.seed,
            ),
            "repeated_call_rate": ratio(
                "repeated_call_rate",
                (Unit(one.group, one.repeated, len(one.executed)) for one in turns),
                seed=self.seed,
            ),
            "steps_ratio": ratio(
                "steps_ratio",
                (Unit(one.group, len(one.executed), one.gold_steps) for one in done),
                seed=self.seed,
            ),
            "recovery_rate": share(
                "recovery_rate",
                _units(one for one in whole if one.failed_calls > one.gold_failed),
            ),
        }

    def as_dict(self) -> dict[str, Any]:
        """Return the content of `results.json["execution"]`."""
        turns = [one for one in self.verdicts if one.kind == TURN]
        failed = [one for one in self._scored if not one.success and one.due]
        return {
            "toolset": self.settings.as_dict(),
            "metrics": {name: metric.as_dict() for name, metric in self.metrics.items()},
            "turns": len(turns),
            "dialogues": len(self.verdicts) - len(turns),
            "unscored": len(self.verdicts) - len(self._scored),
            "failures": {
                kind: _failures(one for one in failed if one.kind == kind)
                for kind in (TURN, DIALOGUE)
            },
            "failed_calls": self._failed_calls(),
            "trials": self._trials(),
            "warnings": list(self.warnings()),
        }

    def rows(self) -> Iterator[dict[str, Any]]:
        """Yield the lines of execution.jsonl."""
        for verdict in self.verdicts:
            yield verdict.as_row()

    def markdown_rows(self) -> list[tuple[str, str, str, str]]:
        """Return name, value with interval, `num / den` and meaning of each metric."""
        return [
            (name, metric.shown(), f"{metric.num} / {metric.den}", MEANINGS[name])
            for name, metric in self.metrics.items()
        ]

    def warnings(self) -> Iterator[str]:
        """Yield what a reader has to know before the figures are believed."""
        tasks = [one for one in self.verdicts if one.due]
        if self.unsteady:
            shown = ", ".join(self.unsteady[:3])
            yield (
                f"the toolset is not steady: the true calls of {shown} gave two different ends; "
                "take clocks and chance out of it"
            )
        if missing := [one for one in tasks if one.success is None]:
            yield f"{len(missing)} of {len(tasks)} tasks unscored, the first: {missing[0].reason}"
        if failed := sum(one.gold_failed for one in tasks if one.kind == TURN):
            yield f"{failed} true calls fail on this toolset: are its data those of the split?"
        if weak := sum(one.weak for one in tasks if one.kind == TURN):
            yield f"{weak} turns change nothing and give nothing: their success means little"

    @cached_property
    def _scored(self) -> list[TaskVerdict]:
        return [one for one in self.verdicts if one.success is not None]

    def _failed_calls(self) -> dict[str, int]:
        found = Counter(
            one.kind
            for verdict in self.verdicts
            if verdict.kind == TURN
            for one in verdict.executed
            if not one.ok
        )
        return dict(sorted(found.items()))

    def _trials(self) -> dict[str, Any] | None:
        """Return pass^k and pass@k over the tasks that every trial scored; None for one trial."""
        if not self.trials:
            return None
        runs = (self.verdicts, *self.trials)
        return {
            "trials": len(runs),
            **{kind: _passes(runs, kind) for kind in (TURN, DIALOGUE)},
        }


def _units(verdicts: Any) -> Iterator[Unit]:
    return (Unit(one.group, bool(one.success)) for one in verdicts)


def _failures(verdicts: Any) -> dict[str, int]:
    found = Counter(one.failure for one in verdicts)
    return {name: found[name] for name in FAILURES}


def _passes(runs: Sequence[Sequence[TaskVerdict]], kind: str) -> Mapping[str, Any]:
    by_id: dict[str, list[bool]] = {}
    for run in runs:
        for one in run:
            if one.kind == kind and one.due and one.success is not None:
                by_id.setdefault(one.id, []).append(one.success)
    counts = [sum(found) for found in by_id.values() if len(found) == len(runs)]
    n, trials = len(counts), len(runs)
    ks = range(1, trials + 1)
    return {
        "n": n,
        "pass_hat": {str(k): sum(pass_hat_k(trials, c, k) for c in counts) / n for k in ks if n},
        "pass_at": {str(k): sum(pass_at_k(trials, c, k) for c in counts) / n for k in ks if n},
    }
