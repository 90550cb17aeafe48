"""The files of an evaluation.

Input: an Evaluation and a RunConfig. Output: a folder with

results.json      every metric with its interval, the outcomes counted, what was run on what
outcomes.jsonl    one verdict for each case; `fctune compare` reads it
predictions.jsonl one raw answer for each case, with gold answer and tools: `fctune score` reads it
report.md         the same for people, with ten failures
report.html       the same on one page, with every failure to be looked at
confusion.csv     which tool was called where another was due; confusion.svg draws it
timing.json       seconds; apart, because all other files are equal for equal predictions
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fctune.evaluation.evaluate import Evaluation, Judged
from fctune.evaluation.metrics.decision_table import DecisionTable
from fctune.evaluation.metrics.longtail import LongTail, TrainingCounts, long_tail
from fctune.evaluation.metrics.measure import (
    Metric,
    Part,
    by_lesson,
    by_tag,
    by_tool,
    measure_parts,
)
from fctune.evaluation.metrics.ratios import METRICS
from fctune.evaluation.metrics.slices import MeasuredDimension, dimension_parts, dimensions_measured
from fctune.evaluation.report.confusion import Confusion, confusion_of, write_confusion
from fctune.evaluation.report.content import SCHEMA_VERSION, content_of
from fctune.evaluation.report.page import page
from fctune.evaluation.report.rows import prediction_row
from fctune.evaluation.report.staged import staged
from fctune.jsonl import write_json, write_rows, write_text

if TYPE_CHECKING:
    from fctune.evaluation.cases.contamination import Contamination

__all__ = [
    "OUTCOMES", "PREDICTIONS", "RESULTS", "SCHEMA_VERSION", "Report", "RunConfig", "write_report",
]  # fmt: skip

RESULTS, OUTCOMES, PREDICTIONS = "results.json", "outcomes.jsonl", "predictions.jsonl"


@dataclass(frozen=True, slots=True)
class RunConfig:
    """What was run.

    Attributes:
        source: the checkpoint or the recording, as the user named it.
        template: the engine template; "" where a recording holds calls.
        seed: of the bootstrap and of the drawing of cases.
        model: what decides the answers: base, decoding, dtype; empty for recordings.
        max_cases: the most cases to be asked; None where all were.
        population: cases of the split with and without a call, before any were drawn.
        mapping: fingerprint of the mapping that the answers or the split were read with; "" where
            there was none.
        contamination: cases whose prompt stands in the training rows; None where those are not
            known.
    """

    source: str
    template: str
    seed: int
    model: Mapping[str, Any] = field(default_factory=dict)
    max_cases: int | None = None
    population: Mapping[str, int] = field(default_factory=dict)
    mapping: str = ""
    contamination: Contamination | None = None


@dataclass(frozen=True)
class Report:
    """An evaluation, measured.

    Attributes:
        evaluation: the judged cases.
        config: what was run.
        metrics: over all cases.
        lessons: metrics of each lesson.
        tools: the share of right calls of each tool.
        tags: metrics of each tag, those of the difficulties left aside.
        decision: call, answer, ask and refuse, due against done.
        dimensions: the five difficulties.
        tail: accuracy by how often training called a tool.
        confusion: gold tools against predicted ones.
        extra: further blocks of results.json, such as `execution` and `robustness`.
    """

    evaluation: Evaluation
    config: RunConfig
    metrics: Mapping[str, Metric]
    lessons: Mapping[str, Mapping[str, Metric]]
    tools: Mapping[str, Metric]
    tags: Mapping[str, Mapping[str, Metric]]
    decision: DecisionTable
    dimensions: tuple[MeasuredDimension, ...]
    tail: LongTail
    confusion: Confusion
    extra: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def of(
        cls,
        evaluation: Evaluation,
        config: RunConfig,
        *,
        training: TrainingCounts | None = None,
        extra: Mapping[str, Any] | None = None,
    ) -> Report:
        """Measure an evaluation.

        Args:
            evaluation: the judged cases.
            config: what was run.
            training: how often training called each tool; None where that is not known.
            extra: further blocks of results.json, by key.
        """
        outcomes, seed = evaluation.outcomes, config.seed
        parts = {"": Part(METRICS), "decision": DecisionTable.part(), **dimension_parts()}
        measured = measure_parts(outcomes, parts, seed=seed)
        tags = by_tag(outcomes, seed=seed)
        return cls(
            evaluation=evaluation,
            config=config,
            metrics=measured[""],
            lessons=by_lesson(outcomes, seed=seed),
            tools=by_tool(outcomes),
            tags=tags,
            decision=DecisionTable.of(outcomes, measured[""], measured["decision"]),
            dimensions=dimensions_measured(outcomes, measured, tags),
            tail=long_tail(outcomes, training, seed=seed),
            confusion=confusion_of(evaluation.judged, evaluation.mode, evaluation.comparators),
            extra=dict(extra or {}),
        )

    def as_dict(self) -> dict[str, Any]:
        """Return the content of results.json; equal for equal predictions."""
        return content_of(self)


def write_report(
    report: Report,
    folder: Path,
    *,
    timing: Mapping[str, Any] | None = None,
    recording: Path | None = None,
    lang: str = "en",
    every: Sequence[Judged] | None = None,
) -> None:
    """Write all files of an evaluation; they take their places together, once all are written.

    Args:
        report: what to write.
        folder: made where absent; files of an earlier run are replaced.
        timing: numbers with units in their names.
        recording: the file that the predictions were read from; it is never written over.
        lang: the language that report.html opens in, en or zh.
        every: what predictions.jsonl and outcomes.jsonl hold, where that is more than the cases
            of the report: their variants too.
    """
    from fctune.evaluation.page_html.report import write_html

    judged = report.evaluation.judged if every is None else every
    with staged(folder) as new:
        if recording is None or recording.resolve() != (folder / PREDICTIONS).resolve():
            write_rows(new / PREDICTIONS, (prediction_row(item) for item in judged))
        write_rows(new / OUTCOMES, (item.outcome.as_row() for item in judged))
        content = report.as_dict()
        write_text(new / "report.md", page(report, content))
        write_confusion(report.confusion, new)
        write_html(report, new, content=content, lang=lang)
        if timing is not None:
            write_json(new / "timing.json", {"schema_version": SCHEMA_VERSION, **timing})
        write_json(new / RESULTS, content)
