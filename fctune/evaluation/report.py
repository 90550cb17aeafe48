"""The files of an evaluation.

Input: an Evaluation and a RunConfig. Output: a folder with

results.json      every metric with its interval, the outcomes counted, what was run on what
outcomes.jsonl    one verdict for each case; `fctune compare` reads it
predictions.jsonl one raw answer for each case, with gold answer and tools: `fctune score` reads it
report.md         the same for people, with ten failures
timing.json       seconds; apart, because all other files are equal for equal predictions
"""

from __future__ import annotations

import importlib.metadata
import platform
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from fctune import __version__
from fctune.evaluation.evaluate import Evaluation, Judged
from fctune.evaluation.metrics import Metric, by_lesson, by_tool, measure, tally
from fctune.evaluation.page import page
from fctune.jsonl import write_json, write_rows, write_text

SCHEMA_VERSION = 1
RESULTS, OUTCOMES, PREDICTIONS = "results.json", "outcomes.jsonl", "predictions.jsonl"
_MODEL_PACKAGES = ("torch", "transformers", "peft", "llamafactory")


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
    """

    source: str
    template: str
    seed: int
    model: Mapping[str, Any] = field(default_factory=dict)
    max_cases: int | None = None
    population: Mapping[str, int] = field(default_factory=dict)
    mapping: str = ""


@dataclass(frozen=True)
class Report:
    """An evaluation, measured.

    Attributes:
        evaluation: the judged cases.
        config: what was run.
        metrics: over all cases.
        lessons: metrics of each lesson.
        tools: the share of right calls of each tool.
    """

    evaluation: Evaluation
    config: RunConfig
    metrics: Mapping[str, Metric]
    lessons: Mapping[str, Mapping[str, Metric]]
    tools: Mapping[str, Metric]

    @classmethod
    def of(cls, evaluation: Evaluation, config: RunConfig) -> Report:
        """Measure an evaluation."""
        outcomes = evaluation.outcomes
        return cls(
            evaluation=evaluation,
            config=config,
            metrics=measure(outcomes, seed=config.seed),
            lessons=by_lesson(outcomes, seed=config.seed),
            tools=by_tool(outcomes),
        )

    def as_dict(self) -> dict[str, Any]:
        """Return the content of results.json; equal for equal predictions."""
        outcomes = self.evaluation.outcomes
        config = self.config
        return {
            "schema_version": SCHEMA_VERSION,
            "mode": self.evaluation.mode.value,
            "n": len(outcomes),
            "correct": sum(outcome.correct is True for outcome in outcomes),
            "wrong": sum(outcome.correct is False for outcome in outcomes),
            "unscored": self.evaluation.unscored,
            "metrics": _dicts(self.metrics),
            "outcomes": tally(outcomes),
            "by_lesson": {name: _dicts(values) for name, values in self.lessons.items()},
            "by_tool": _dicts(self.tools),
            "data": self.evaluation.case_set.account(),
            "config": {
                "source": config.source,
                "template": config.template,
                "seed": config.seed,
                "max_cases": config.max_cases,
                "population": dict(config.population),
                "model": dict(config.model),
                **({"mapping": config.mapping} if config.mapping else {}),
            },
            "versions": _versions(with_model=bool(config.model)),
        }


def write_report(
    report: Report,
    folder: Path,
    *,
    timing: Mapping[str, float] | None = None,
    recording: Path | None = None,
) -> None:
    """Write all files of an evaluation; results.json last, so that it vouches for the others.

    Args:
        report: what to write.
        folder: made where absent; files of an earlier run are replaced.
        timing: numbers with units in their names.
        recording: the file that the predictions were read from; it is never written over.
    """
    judged = report.evaluation.judged
    if recording is None or recording.resolve() != (folder / PREDICTIONS).resolve():
        write_rows(folder / PREDICTIONS, (_prediction_row(item) for item in judged))
    write_rows(folder / OUTCOMES, (item.outcome.as_row() for item in judged))
    content = report.as_dict()
    write_text(
        folder / "report.md", page(content, report.metrics, report.lessons, report.tools, judged)
    )
    if timing is not None:
        write_json(folder / "timing.json", {"schema_version": SCHEMA_VERSION, **timing})
    write_json(folder / RESULTS, content)


def _prediction_row(item: Judged) -> dict[str, Any]:
    case, prediction = item.case, item.prediction
    row = {
        "id": case.id,
        "group": case.group,
        "lesson": case.lesson,
        "origin": str(case.origin),
        "question": case.messages[-1]["content"],
        "gold": {"calls": [call.as_dict() for call in case.calls], "text": case.text},
        "text": prediction.shown_text,
        "calls": [call.as_dict() for call in prediction.decoded.calls],
        "outcome": item.outcome.outcome.value,
        "reason": item.outcome.reason,
        "finish_reason": prediction.finish_reason,
        "prompt_tokens": prediction.prompt_tokens,
        "output_tokens": prediction.output_tokens,
        "error": prediction.error,
        "tools": case.tools,
    }
    if prediction.text is None and prediction.decoded.malformed:
        # Recorded as calls: no decoder could tell the fault from the text.
        row["malformed"] = prediction.decoded.detail
    return row


def _dicts(metrics: Mapping[str, Metric]) -> dict[str, Any]:
    return {name: metric.as_dict() for name, metric in metrics.items()}


def _versions(*, with_model: bool) -> dict[str, str]:
    versions = {"fctune": __version__, "python": platform.python_version()}
    for name in _MODEL_PACKAGES if with_model else ():
        try:
            versions[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue
    return versions
