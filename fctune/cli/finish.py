"""What `eval` does once all cases are judged: measure, run the calls, write, show, gate.

Input: an Evaluation, variants of cases among it, and what the user asked for. Output: the result
folder, the figures on stdout, and the exit code of the gates.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fctune.cli.gates import Gates
from fctune.cli.output import out
from fctune.cli.toolset import more_blocks
from fctune.cli.verdict import show_report

if TYPE_CHECKING:
    from fctune.evaluation.evaluate import Evaluation
    from fctune.evaluation.execution import ToolsetSettings
    from fctune.evaluation.metrics.longtail import TrainingCounts
    from fctune.evaluation.report.files import RunConfig


@dataclass(frozen=True, slots=True)
class Wishes:
    """What is wanted of a run beside its metrics.

    Attributes:
        out_dir: the folder of the results.
        json: print results.json instead of tables.
        gates: what the results must keep.
        training: how often training called each tool; None where that is not known.
        toolset: what runs the calls; None runs none.
        trials: further evaluations of the same cases.
        recording: the file that predictions were read from; never written over.
        timing: seconds of the run; None where nothing was timed.
        lang: the language that report.html opens in.
        written: called once all files are written; returns what to tell at the end, or "".
    """

    out_dir: Path
    json: bool = False
    gates: Gates = field(default_factory=Gates)
    training: TrainingCounts | None = None
    toolset: ToolsetSettings | None = None
    trials: tuple[Evaluation, ...] = ()
    recording: Path | None = None
    timing: Mapping[str, Any] | None = None
    lang: str = "en"
    written: Callable[[], str] | None = None


def finish(evaluation: Evaluation, config: RunConfig, wishes: Wishes) -> None:
    """Measure, write and show an evaluation, and end by its gates.

    The metrics are those of the split; variants of its cases are told apart, as `robustness`.

    Raises:
        ProblemsFound: a gate does not hold, or too many cases are unscored.
    """
    from fctune.evaluation.report.files import Report, write_report
    from fctune.evaluation.robustness import clean

    split = clean(evaluation)
    blocks = more_blocks(
        evaluation,
        wishes.toolset,
        folder=wishes.out_dir,
        seed=config.seed,
        population=config.population,
        trials=wishes.trials,
    )
    report = Report.of(split, config, training=wishes.training, extra=blocks)
    write_report(
        report,
        wishes.out_dir,
        timing=wishes.timing,
        recording=wishes.recording,
        lang=wishes.lang,
        every=evaluation.judged,
    )
    told = wishes.written() if wishes.written is not None else ""
    try:
        show_report(report, wishes.out_dir, json=wishes.json, gates=wishes.gates)
    finally:
        if told:
            out.note(told)
