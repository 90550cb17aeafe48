"""report.md of the fast path.

Input: the content of results.json, the outcomes and the rejected rows. Output: Markdown.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from fctune.dataset.amounts import amount
from fctune.evaluation.report.markdown import table

_FAILURES, _REJECTS, _FEW = 20, 10, 30


def page(
    content: Mapping[str, Any],
    outcomes: Sequence[Mapping[str, Any]],
    rejected: Sequence[Mapping[str, Any]],
) -> str:
    """Return the report as Markdown."""
    data = content["data"]
    parts = [
        f"# Function accuracy (bfcl): {shown(content['metrics']['function_accuracy'])}",
        f"{amount(data['rows'], 'row')} = {content['correct']} correct + {content['wrong']} wrong "
        f"+ {data['rejected']} rejected. {data['path']} (sha256 {data['sha256'][:16]}). Verdicts "
        "are those of the official checker of BFCL. Intervals are 95 %.",
        *content["notes"],
        "## Metrics",
        table(("metric", "value [95 %]", "num / den"), _rows(content["metrics"])),
        "## As BFCL puts it together",
        table(("part", "accuracy [95 %]", "rows"), _official(content["official"])),
        *_missing(content["official"]["missing"]),
        "## By category",
        table(("category", "accuracy [95 %]", "right / all"), _categories(content["by_lesson"])),
        "## Outcomes",
        table(("outcome", "rows"), [(w, str(n)) for w, n in content["outcomes"].items() if n]),
        "## Error types",
        table(("official type", "rows"), [(t, str(n)) for t, n in content["error_types"].items()]),
        "## Failures",
        *_failures(outcomes),
    ]
    if rejected:
        found = [(str(row["line"]), row["reason"]) for row in rejected[:_REJECTS]]
        parts += [
            f"## Rejected rows ({len(found)} of {len(rejected)}; all are in rejected.jsonl)",
            table(("line", "reason"), found),
        ]
    return "\n\n".join(parts) + "\n"


def shown(metric: Mapping[str, Any]) -> str:
    """Return `0.812 [0.740, 0.867]`, or `-` where there is nothing to count.

    >>> shown({"value": 0.5, "ci": [0.1, 0.9]})
    '0.500 [0.100, 0.900]'
    """
    if metric["value"] is None:
        return "-"
    lo, hi = metric["ci"]
    return f"{metric['value']:.3f} [{lo:.3f}, {hi:.3f}]"


def _rows(metrics: Mapping[str, Mapping[str, Any]]) -> list[tuple[str, str, str]]:
    return [(name, shown(m), f"{m['num']} / {m['den']}") for name, m in metrics.items()]


def _official(official: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    meant = {
        "non_live": "non-live: mean of simple, multiple, parallel, parallel_multiple",
        "live": "live: all rows alike",
        "irrelevance": "irrelevance: mean of both kinds",
        "live_relevance": "live_relevance: shown, enters nothing",
    }
    return [(text, shown(official[key]), _count(official[key]["n"])) for key, text in meant.items()]


def _missing(names: Sequence[str]) -> list[str]:
    return [f"Not in this file, and 0 for BFCL: {', '.join(names)}."] if names else []


def _categories(found: Mapping[str, Mapping[str, Any]]) -> list[tuple[str, str, str]]:
    rows = []
    for name, metrics in found.items():
        metric = metrics["overall_accuracy"]
        few = " few" if metric["n"] < _FEW else ""
        rows.append((name, shown(metric), f"{metric['num']} / {metric['den']}{few}"))
    return rows


def _failures(outcomes: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """Yield a table of failures, one of each error type in turn."""
    queues: dict[str, list[Mapping[str, Any]]] = {}
    for outcome in outcomes:
        if not outcome["correct"]:
            queues.setdefault(str(outcome["error_type"]), []).append(outcome)
    turns = [
        found for place in range(_FAILURES) for queue in queues.values()
        for found in queue[place : place + 1]
    ]  # fmt: skip
    if not turns:
        yield "None."
        return
    rows = [(o["id"], o["outcome"], o["reason"]) for o in turns[:_FAILURES]]
    yield f"{len(rows)} of {sum(map(len, queues.values()))}; all are in outcomes.jsonl."
    yield table(("id", "outcome", "reason"), rows)


def _count(n: int) -> str:
    return f"{n} few" if 0 < n < _FEW else str(n)
