"""A tutorial's recorded table: queries put to several models, three verdicts on each, no calls.

Input: a CSV file or rows with the columns of COLUMNS, one row for each query and model, as the
project `llm-tool-use-ft` publishes them. Output: for each model its TutorialOutcomes, and a folder
that `fctune compare` reads. The verdicts are the recorded ones; nothing is judged again.

Before: model_name,query,...,model_called_tool_when_needed,model_called_correct_tool,...
After:  called_when_needed 0.900 [0.799, 0.953], correct_tool ..., call_success ...
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from fctune.errors import InputFault
from fctune.evaluation.metrics.measure import FEW_CASES, Metric, measure, tally
from fctune.evaluation.outcomes.judge import Outcome
from fctune.evaluation.report.markdown import table
from fctune.evaluation.report.staged import staged
from fctune.evaluation.tutorial.outcome import TUTORIAL_METRICS, TutorialOutcome
from fctune.jsonl import RawRow, read_rows, sha256_of, write_json, write_rows, write_text

COLUMNS = (
    "model_name", "query", "query_type", "expected_tool_name", "model_called_tool",
    "model_tool_name", "model_called_tool_when_needed", "model_called_correct_tool",
    "tool_call_success",
)  # fmt: skip
MODE = "recorded"
_FLAGS = {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False, "": False}

Runs = dict[str, list[TutorialOutcome]]


def looks_like_table(path: Path) -> bool:
    """Tell whether the first readable row of a file has the columns of such a table.

    Raises:
        InputFault: the file cannot be opened.
    """
    first = next((raw.value for raw in read_rows(path) if raw.issue is None), None)
    return isinstance(first, dict) and first.keys() >= set(COLUMNS)


def read_table(path: Path) -> Runs:
    """Read the outcomes of each model, models in the order in which they first stand.

    Raises:
        InputFault: a row cannot be read, or has a verdict that is neither true nor false.
    """
    runs: Runs = {}
    seen: Counter[tuple[str, str]] = Counter()
    for raw in read_rows(path):
        row = _row(raw)
        model = str(row["model_name"])
        key = _key(row)
        seen[(model, key)] += 1
        runs.setdefault(model, []).append(_outcome(raw, row, key, seen[(model, key)]))
    return runs


def write_run(path: Path, model: str, outcomes: Sequence[TutorialOutcome], folder: Path,
              seed: int) -> dict[str, Any]:  # fmt: skip
    """Write outcomes.jsonl, report.md and results.json of one model.

    Args:
        path: the table.
        model: its name there.
        outcomes: what was recorded of it.
        folder: made where absent.
        seed: of the bootstrap of later comparisons.

    Returns:
        The content of results.json.
    """
    metrics = measure(outcomes, TUTORIAL_METRICS, seed=seed)
    types = sorted({outcome.lesson for outcome in outcomes})
    by_type = {
        name: measure([o for o in outcomes if o.lesson == name], TUTORIAL_METRICS, seed=seed)
        for name in types
    }
    content = {
        "schema_version": 1,
        "mode": MODE,
        "n": len(outcomes),
        "correct": sum(outcome.correct is True for outcome in outcomes),
        "wrong": sum(outcome.correct is False for outcome in outcomes),
        "unscored": 0,
        "metrics": {name: metric.as_dict() for name, metric in metrics.items()},
        "outcomes": tally(outcomes),
        "by_lesson": {
            name: {key: metric.as_dict() for key, metric in found.items()}
            for name, found in by_type.items()
        },
        "data": {"path": str(path), "sha256": sha256_of(path), "rows": len(outcomes)},
        "config": {"source": str(path), "run": model, "seed": seed},
    }
    with staged(folder) as new:
        write_rows(new / "outcomes.jsonl", (outcome.as_row() for outcome in outcomes))
        write_text(new / "report.md", _page(content, model, metrics, by_type))
        write_json(new / "results.json", content)
    return content


def metric_rows(metrics: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """Return name, percentage with interval, and counts of each metric of results.json."""
    rows = []
    for name, metric in metrics.items():
        value, ci = metric["value"], metric["ci"]
        shown = "-" if value is None else f"{value:.1%}"
        if ci is not None:
            shown += f" [{ci[0]:.1%}, {ci[1]:.1%}]"
        rows.append((name, shown, f"{metric['num']:.0f} / {metric['den']:.0f}"))
    return rows


def _row(raw: RawRow) -> Mapping[str, Any]:
    if raw.issue is not None:
        raise InputFault(raw.issue.message, where=str(raw.origin), hint=raw.issue.hint)
    row = raw.value
    lacking = [name for name in COLUMNS if not isinstance(row, dict) or name not in row]
    if lacking:
        raise InputFault(f"has no {', '.join(lacking)}", where=str(raw.origin))
    return row  # type: ignore[no-any-return]


def _key(row: Mapping[str, Any]) -> str:
    """Return what a query is: its words, its kind, its tools, and what is expected."""
    parts = [row["query"], row["query_type"], row["expected_tool_name"]]
    text = json.dumps([*parts, row.get("num_tools_available")], ensure_ascii=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()


def _outcome(raw: RawRow, row: Mapping[str, Any], key: str, time: int) -> TutorialOutcome:
    needed = bool(str(row["expected_tool_name"] or "").strip())
    called = _flag(raw, row, "model_called_tool")
    timely = _flag(raw, row, "model_called_tool_when_needed")
    right = _flag(raw, row, "model_called_correct_tool")
    ran = _flag(raw, row, "tool_call_success")
    outcome, reason = _verdict(row, needed=needed, called=called, right=right, ran=ran)
    kind = str(row["query_type"])
    return TutorialOutcome(
        id=f"{kind}-{key[:10]}" + (f"-{time}" if time > 1 else ""),
        group=hashlib.sha256(str(row["query"]).encode()).hexdigest()[:16],
        lesson=kind,
        expects_call=needed,
        outcome=outcome,
        reason=reason,
        attempted=called,
        asked=key[:16],
        called_when_needed=timely,
        correct_tool=right,
        call_success=ran,
    )


def _verdict(
    row: Mapping[str, Any], *, needed: bool, called: bool, right: bool, ran: bool
) -> tuple[Outcome, str]:
    """Return the outcome in our words, and its reason."""
    wanted, got = row["expected_tool_name"], row["model_tool_name"]
    if needed and not called:
        return Outcome.MISSED_CALL, f"got words, expected a call of {wanted}"
    if called and not needed:
        return Outcome.FALSE_CALL, f"got a call of {got or 'some tool'}, expected words"
    if needed and not right:
        return Outcome.WRONG_TOOL, f"got {got or 'a call without a name'}, expected {wanted}"
    if needed and not ran:
        return Outcome.VALUE, f"{got}: the call did not run"
    return Outcome.OK, ""


def _flag(raw: RawRow, row: Mapping[str, Any], name: str) -> bool:
    value = row[name]
    found = _FLAGS.get(str("" if value is None else value).strip().lower())
    if found is None:
        raise InputFault(f"got {name} {value!r}, expected True or False", where=str(raw.origin))
    return found


def _page(
    content: Mapping[str, Any],
    model: str,
    metrics: Mapping[str, Metric],
    by_type: Mapping[str, Mapping[str, Metric]],
) -> str:
    data = content["data"]
    meanings = {ratio.name: ratio.meaning for ratio in TUTORIAL_METRICS}
    parts = [
        f"# {model}: {content['n']} recorded queries",
        f"From {data['path']} (sha256 {data['sha256'][:16]}). The verdicts are the recorded ones. "
        f"Intervals are 95 % (Wilson); fewer than {FEW_CASES} cases are marked `few`.",
        table(
            ("metric", "value [95 %]", "num / den", "meaning"),
            [(*row, meanings[row[0]]) for row in metric_rows(content["metrics"])],
        ),
        "## By kind of query",
        table(("kind", *metrics), list(_kind_rows(by_type))),
        "## Outcomes",
        table(("outcome", "cases"), [(k, str(n)) for k, n in content["outcomes"].items() if n]),
    ]
    return "\n\n".join(parts) + "\n"


def _kind_rows(by_type: Mapping[str, Mapping[str, Metric]]) -> Iterator[tuple[str, ...]]:
    for name, found in by_type.items():
        yield (
            name,
            *(
                f"{m.shown()} ({m.n}{' few' if 0 < m.n < FEW_CASES else ''})"
                for m in found.values()
            ),
        )
