"""report.md: an evaluation for people.

Input: the content of results.json, the metrics and the judged cases. Output: Markdown.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from fctune.evaluation.evaluate import Judged
from fctune.evaluation.markdown import table, verbatim
from fctune.evaluation.metrics import FEW_CASES, Metric
from fctune.evaluation.ratios import BY_LESSON, METRICS

FAILURES_SHOWN = 10
_MAX_TEXT = 2000


def page(
    content: Mapping[str, Any],
    metrics: Mapping[str, Metric],
    lessons: Mapping[str, Mapping[str, Metric]],
    tools: Mapping[str, Metric],
    judged: Sequence[Judged],
) -> str:
    """Return the report as Markdown."""
    parts = [
        *_headline(content, metrics["function_accuracy"]),
        "## Metrics",
        table(("metric", "value [95 %]", "num / den", "cases", "meaning"), _metric_rows(metrics)),
        "## Outcomes",
        table(("outcome", "cases", "share"), _outcome_rows(content)),
        "## By lesson",
        table(("lesson", *(ratio.name for ratio in BY_LESSON)), _lesson_rows(lessons)),
        "## By tool",
        table(("tool", "calls right [95 %]", "right / all"), _tool_rows(tools)),
        *_failures(judged),
    ]
    return "\n\n".join(parts) + "\n"


def metric_rows(metrics: Mapping[str, Metric]) -> list[tuple[str, str, str, str]]:
    """Return name, value with interval, `num / den` and cases of each metric."""
    return [
        (name, metric.shown(), f"{metric.num} / {metric.den}", _cases(metric))
        for name, metric in metrics.items()
    ]


def _headline(content: Mapping[str, Any], accuracy: Metric) -> list[str]:
    config, data = content["config"], content["data"]
    lines = [
        f"# Function accuracy ({content['mode']}): {accuracy.shown()}",
        f"{content['n']} cases = {content['correct']} correct + {content['wrong']} wrong + "
        f"{content['unscored']} unscored. Intervals are 95 %; fewer than {FEW_CASES} cases are "
        "marked `few`.",
        table(
            ("what", "which"),
            [
                ("source", config["source"]),
                ("template", config["template"] or "-"),
                ("data", f"{data['path']} (sha256 {data['sha256'][:16]})"),
                (
                    "rows",
                    f"{data['rows']} = {data['conversations']} conversations + "
                    f"{data['rejected']} rejected + {data['duplicates']} duplicates",
                ),
                *_drawn(config),
                *((name, str(value)) for name, value in config["model"].items()),
                *([("mapping", config["mapping"][:16])] if "mapping" in config else []),
            ],
        ),
    ]
    if data["rejected"]:
        lines.append(f"Rejected rows by code: {data['rejected_by_code']}")
    return lines


def _drawn(config: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return the lines on how the cases were drawn: the split's mix is not that of a draw."""
    rows = []
    if population := config["population"]:
        shown = f"{population['call']} with a call + {population['no_call']} without"
        rows.append(("cases of the split", shown))
    if config["max_cases"] is not None:
        rows.append(("cases drawn", f"at most {config['max_cases']}, half of them with a call"))
    return rows


def _metric_rows(metrics: Mapping[str, Metric]) -> list[tuple[str, ...]]:
    meanings = {ratio.name: ratio.meaning for ratio in METRICS}
    return [(*row, meanings[row[0]]) for row in metric_rows(metrics)]


def _outcome_rows(content: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    total = content["n"]
    return [
        (name, str(count), f"{count / total:.1%}")
        for name, count in content["outcomes"].items()
        if count
    ]


def _lesson_rows(lessons: Mapping[str, Mapping[str, Metric]]) -> list[tuple[str, ...]]:
    return [
        (lesson, *(f"{metrics[r.name].shown()} ({_cases(metrics[r.name])})" for r in BY_LESSON))
        for lesson, metrics in lessons.items()
    ]


def _tool_rows(tools: Mapping[str, Metric]) -> list[tuple[str, str, str]]:
    return [(name, m.shown(), f"{m.num} / {m.den}") for name, m in tools.items()]


def _cases(metric: Metric) -> str:
    return f"{metric.n} few" if 0 < metric.n < FEW_CASES else str(metric.n)


def _failures(judged: Sequence[Judged]) -> list[str]:
    shown = _varied([item for item in judged if item.outcome.correct is not True])
    if not shown:
        return ["## Failures", "None."]
    parts = [f"## Failures ({len(shown)} shown; all are in predictions.jsonl)"]
    for item in shown:
        case, outcome = item.case, item.outcome
        gold = [call.as_dict() for call in case.calls]
        said = item.prediction.shown_text
        if said is None:
            said = json.dumps([call.as_dict() for call in item.prediction.decoded.calls])
        parts += [
            f"### {outcome.outcome.value}: `{case.id}` ({case.lesson}, {case.origin})",
            verbatim(outcome.reason),
            "asked",
            verbatim(_short(case.messages[-1]["content"])),
            "gold",
            verbatim(_short(json.dumps(gold, ensure_ascii=False) if gold else case.text)),
            "got",
            verbatim(_short(said)),
        ]
    return parts


def _varied(failures: Sequence[Judged]) -> list[Judged]:
    """Return some failures, one of each outcome in turn, so that the rare ones are seen too."""
    queues: dict[str, list[Judged]] = {}
    for item in failures:
        queues.setdefault(item.outcome.outcome.value, []).append(item)
    in_turn = [
        item
        for place in range(FAILURES_SHOWN)
        for queue in queues.values()
        for item in queue[place : place + 1]
    ]
    return in_turn[:FAILURES_SHOWN]


def _short(text: str) -> str:
    return text if len(text) <= _MAX_TEXT else text[:_MAX_TEXT] + " ..."
