"""report.md: an evaluation for people.

Input: a Report and the content of results.json. Output: Markdown. Each metric stands under the
question that it answers; the failures are in `fctune.evaluation.report.page_failures`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from fctune.dataset.amounts import amount
from fctune.evaluation.metrics.measure import FEW_CASES, Metric
from fctune.evaluation.metrics.ratios import BY_LESSON, FAMILIES, METRICS
from fctune.evaluation.metrics.slices import PREFIX
from fctune.evaluation.outcomes.decision import LABELS
from fctune.evaluation.report.markdown import table
from fctune.evaluation.report.page_failures import failures
from fctune.evaluation.report.task_sections import task_sections

if TYPE_CHECKING:
    from fctune.evaluation.report.files import Report

_MEANINGS = {ratio.name: ratio.meaning for ratio in METRICS}
_COLUMNS = ("metric", "value [95 %]", "num / den", "cases", "meaning")
# Families of tags with more values than this are in results.json alone.
_MOST_OF_A_FAMILY = 40
_MOST_TOOLS = 200


def page(report: Report, content: Mapping[str, Any]) -> str:
    """Return the report as Markdown.

    Args:
        report: the measured evaluation.
        content: of results.json.
    """
    parts = [
        *_headline(content, report.metrics["function_accuracy"]),
        "## Metrics",
        *_families(report.metrics),
        *_notes(content["notes"]),
        "## Outcomes",
        table(("outcome", "cases", "share"), _outcome_rows(content)),
        *_error_types(content["error_types"]),
        *_decision(report),
        *_formats(content["formats"]),
        *_dimensions(report),
        *task_sections(content),
        "## By lesson",
        table(("lesson", *(ratio.name for ratio in BY_LESSON)), _slice_rows(report.lessons)),
        *_tags(report.tags),
        *_long_tail(report),
        "## By tool",
        table(("tool", "calls right [95 %]", "right / all"), _tool_rows(report.tools)),
        *failures(report.evaluation.judged),
    ]
    return "\n\n".join(parts) + "\n"


def metric_rows(metrics: Mapping[str, Metric]) -> list[tuple[str, str, str, str]]:
    """Return name, value with interval, `num / den` and cases of each metric."""
    return [
        (name, metric.shown(), metric.fraction(), _cases(metric))
        for name, metric in metrics.items()
    ]


def _headline(content: Mapping[str, Any], accuracy: Metric) -> list[str]:
    config, data = content["config"], content["data"]
    lines = [
        f"# Function accuracy ({content['mode']}): {accuracy.shown()}",
        f"{amount(content['n'], 'case')} = {content['correct']} correct + {content['wrong']} wrong "
        f"+ {content['unscored']} unscored. Intervals are 95 %; fewer than {FEW_CASES} cases are "
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
                *(
                    [("comparators", json.dumps(config["comparators"], ensure_ascii=False))]
                    if "comparators" in config
                    else []
                ),
            ],
        ),
    ]
    if data["rejected"]:
        lines.append(f"Rejected rows by code: {data['rejected_by_code']}")
    return [*lines, *content["remarks"]]


def _drawn(config: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return the lines on how the cases were drawn: the split's mix is not that of a draw."""
    rows = []
    if population := config["population"]:
        shown = f"{population['call']} with a call + {population['no_call']} without"
        rows.append(("cases of the split", shown))
    if config["max_cases"] is not None:
        rows.append(("cases drawn", f"at most {config['max_cases']}, half of them with a call"))
    return rows


def _families(metrics: Mapping[str, Metric]) -> list[str]:
    """Return a table for each family; metrics with nothing to count are named below it."""
    parts = []
    for title, family in FAMILIES.items():
        found = {one.name: metrics[one.name] for one in family}
        counted = {name: metric for name, metric in found.items() if metric.value is not None}
        idle = ", ".join(f"`{name}`" for name in found if name not in counted)
        parts.append(f"### {title}")
        if counted:
            rows = [(*row, _MEANINGS[row[0]]) for row in metric_rows(counted)]
            parts.append(table(_COLUMNS, rows))
        if idle:
            parts.append(f"Nothing to count for {idle}.")
    return parts


def _notes(notes: Mapping[str, Sequence[str]]) -> list[str]:
    told = [
        f"- `{name}`: {text}"
        for name, texts in notes.items()
        for text in texts
        if not text.startswith("few")
    ]
    return ["### No error seen", "\n".join(told)] if told else []


def _outcome_rows(content: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    total = content["n"]
    return [
        (name, str(count), f"{count / total:.1%}")
        for name, count in content["outcomes"].items()
        if count
    ]


def _error_types(counts: Mapping[str, int]) -> list[str]:
    if not counts:
        return []
    rows = [(name, str(count)) for name, count in counts.items()]
    return ["By the official class:", table(("error type", "cases"), rows)]


def _decision(report: Report) -> list[str]:
    decision = report.decision
    names = [label.value for label in LABELS]
    rows = [
        (name, *map(str, counts), *(decision.by_class[name][kind].shown() for kind in _KINDS))
        for name, counts in zip(names, decision.matrix, strict=True)
    ]
    return [
        "## Call, answer, ask or refuse",
        "Rows: what was due; columns: what was done. A malformed call is a call. What words do is "
        "told by rule.",
        table(("due", *names, *_KINDS), rows),
        f"Accuracy {decision.accuracy.shown()}, macro F1 {decision.macro_f1.shown()}.",
    ]


_KINDS = ("precision", "recall", "f1")


def _formats(formats: Mapping[str, Any]) -> list[str]:
    if not formats["repairs"]:
        return []
    rows = [(kind, str(count)) for kind, count in formats["repairs"].items()]
    return [
        "## What a lenient reader would mend",
        "The metrics above read strictly; the names that begin with `repaired_` say what these "
        "repairs are worth.",
        table(("repair", "cases"), rows),
    ]


def _dimensions(report: Report) -> list[str]:
    parts = ["## The five difficulties"]
    for one in report.dimensions:
        parts.append(f"### {one.dimension.name}: {amount(one.n, 'case')}")
        parts.append(one.dimension.meaning)
        counted = {name: each for name, each in one.metrics.items() if each.value is not None}
        if counted:
            rows = metric_rows(counted)
            parts.append(table(_COLUMNS[:-1], rows))
        if one.slices:
            parts.append(table(("cases with", *_COLUMNS[1:-1]), metric_rows(one.slices)))
    return parts


def _slice_rows(slices: Mapping[str, Mapping[str, Metric]]) -> list[tuple[str, ...]]:
    return [
        (name, *(f"{metrics[r.name].shown()} ({_cases(metrics[r.name])})" for r in BY_LESSON))
        for name, metrics in slices.items()
    ]


def _tags(tags: Mapping[str, Mapping[str, Metric]]) -> list[str]:
    """Return the table of tags, without families of so many values that nobody reads them."""
    families: dict[str, int] = {}
    for tag in tags:
        family = tag.partition(":")[0]
        families[family] = families.get(family, 0) + 1
    shown = {
        tag: metrics
        for tag, metrics in tags.items()
        if not tag.startswith(PREFIX) and families[tag.partition(":")[0]] <= _MOST_OF_A_FAMILY
    }
    left = [name for name, count in families.items() if count > _MOST_OF_A_FAMILY]
    if not shown and not left:
        return []
    parts = ["## By tag"]
    if shown:
        parts.append(table(("tag", *(ratio.name for ratio in BY_LESSON)), _slice_rows(shown)))
    if left:
        parts.append(f"In results.json alone, for their number: {', '.join(left)}.")
    return parts


def _long_tail(report: Report) -> list[str]:
    tail = report.tail
    if tail.macro.value is None:
        return []
    parts = [
        "## The long tail",
        f"Mean over tools {tail.macro.shown()}; tools with a right call {tail.coverage.shown()} "
        f"({tail.coverage.fraction()}).",
    ]
    if tail.buckets:
        source = tail.training.source if tail.training else ""
        parts.append(f"By how often `{source}` calls a tool:")
        parts.append(table(("tools", *_COLUMNS[1:-1]), metric_rows(tail.buckets)))
    if tail.worst:
        rows = metric_rows(dict(tail.worst))
        parts += ["The tools that are surely worst:", table(("tool", *_COLUMNS[1:-1]), rows)]
    return parts


def _tool_rows(tools: Mapping[str, Metric]) -> list[tuple[str, str, str]]:
    rows = [(name, m.shown(), m.fraction()) for name, m in list(tools.items())[:_MOST_TOOLS]]
    if len(tools) > _MOST_TOOLS:
        rows.append((f"... {len(tools) - _MOST_TOOLS} more in results.json", "", ""))
    return rows


def _cases(metric: Metric) -> str:
    return f"{metric.n} few" if 0 < metric.n < FEW_CASES else str(metric.n)
