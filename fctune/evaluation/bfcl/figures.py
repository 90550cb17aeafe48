"""results.json of the fast path: shares of right rows, by category, and as BFCL puts them together.

Input: the lines of outcomes.jsonl. Output: a JSON-ready object. Shares have Wilson's interval.
A mean of shares has the interval that follows from theirs (Zou and Donner 2008, "square and add"),
which needs no draws.

Source of the aggregation: bfcl-eval 2026.3.23, `eval_checker/eval_runner_helper.py`.
"""

from __future__ import annotations

import math
import platform
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from fctune import __version__
from fctune.evaluation.statistics import wilson

SCHEMA_VERSION = 1
OUTCOMES = (
    "infra_error", "truncated", "malformed", "missed_call", "false_call", "wrong_count",
    "unknown_tool", "wrong_tool", "missing_required", "unknown_param", "type", "enum", "value",
    "ok",
)  # fmt: skip
_SIMPLE = ("simple_python", "simple_java", "simple_javascript")
_NON_LIVE = ("multiple", "parallel", "parallel_multiple")
_LIVE = ("live_simple", "live_multiple", "live_parallel", "live_parallel_multiple")
_IRRELEVANCE = ("irrelevance", "live_irrelevance")
_ORDER = (*_SIMPLE, "simple", *_NON_LIVE, *_LIVE, *_IRRELEVANCE, "live_relevance")
Metric = dict[str, Any]


def figures(outcomes: Sequence[dict[str, Any]], data: dict[str, Any], seed: int) -> dict[str, Any]:
    """Return the content of results.json; equal for equal rows.

    Args:
        outcomes: lines of outcomes.jsonl, at least one.
        data: the account of the file.
        seed: kept for `fctune compare`.
    """
    by_category = _by_category(outcomes)
    due = [o for o in outcomes if o["expects_call"]]
    idle = [o for o in outcomes if not o["expects_call"]]
    correct = sum(o["correct"] for o in outcomes)
    words = Counter(o["outcome"] for o in outcomes)
    types = Counter(o["error_type"] for o in outcomes if not o["correct"])
    accuracies = {name: found["overall_accuracy"] for name, found in by_category.items()}
    return {
        "schema_version": SCHEMA_VERSION,
        "mode": "bfcl",
        "n": len(outcomes),
        "correct": correct,
        "wrong": len(outcomes) - correct,
        "unscored": 0,
        "metrics": {
            "function_accuracy": _share(sum(o["correct"] for o in due), len(due)),
            "overall_accuracy": _share(correct, len(outcomes)),
            "over_call_rate": _share(sum(o["attempted"] for o in idle), len(idle)),
            "missed_call_rate": _share(sum(o["outcome"] == "missed_call" for o in due), len(due)),
            "parse_rate": _share(sum(not o["malformed"] for o in outcomes), len(outcomes)),
        },
        "official": official(accuracies),
        "outcomes": {word: words[word] for word in OUTCOMES},
        "error_types": dict(sorted(types.items(), key=lambda item: (-item[1], str(item[0])))),
        "by_lesson": by_category,
        "by_tag": {f"category:{name}": found for name, found in by_category.items()},
        "notes": _notes(outcomes),
        "data": data,
        "config": {"source": data["path"], "template": "", "seed": seed, "model": {}},
        "versions": {"fctune": __version__, "python": platform.python_version()},
    }


def official(accuracies: Mapping[str, Metric]) -> dict[str, Any]:
    """Return accuracies as BFCL puts them together, with the categories that are missing.

    Non-live is the mean of simple (itself the mean of three languages), multiple, parallel and
    parallel_multiple; live counts all rows alike; irrelevance is the mean of both kinds;
    live_relevance is shown and enters nothing. A missing category is left out of the mean here and
    named in `missing`, where BFCL takes it as 0.

    Args:
        accuracies: category to its metric.
    """
    simple = [accuracies[name] for name in _SIMPLE if name in accuracies]
    if not simple and "simple" in accuracies:
        simple = [accuracies["simple"]]
    parts = ([_mean(simple)] if simple else []) + [
        accuracies[name] for name in _NON_LIVE if name in accuracies
    ]
    live = [accuracies[name] for name in _LIVE if name in accuracies]
    wanted = (*_SIMPLE, *_NON_LIVE, *_LIVE, *_IRRELEVANCE)
    return {
        "non_live": _mean(parts),
        "live": _share(sum(m["num"] for m in live), sum(m["den"] for m in live)),
        "irrelevance": _mean([accuracies[name] for name in _IRRELEVANCE if name in accuracies]),
        "live_relevance": accuracies.get("live_relevance", _share(0, 0)),
        "missing": [name for name in wanted if name not in accuracies],
    }


def _by_category(outcomes: Sequence[dict[str, Any]]) -> dict[str, dict[str, Metric]]:
    rows: dict[str, list[dict[str, Any]]] = {}
    for outcome in outcomes:
        rows.setdefault(outcome["category"], []).append(outcome)
    order = [name for name in _ORDER if name in rows]
    order += sorted(name for name in rows if name not in _ORDER)
    return {
        name: {
            "overall_accuracy": _share(sum(o["correct"] for o in rows[name]), len(rows[name])),
            "names_right": _share(sum(o["same_names"] for o in rows[name]), len(rows[name])),
        }
        for name in order
    }


def _notes(outcomes: Sequence[dict[str, Any]]) -> list[str]:
    items = len({o["group"] for o in outcomes})
    if items == len(outcomes):
        return []
    return [
        f"{len(outcomes)} rows are of {items} items; the intervals take rows as independent, "
        "so they are too narrow"
    ]


def _share(num: int, den: int) -> Metric:
    if not den:
        return {"value": None, "ci": None, "n": 0, "num": num, "den": 0, "method": "none"}
    interval = wilson(num, den)
    return {
        "value": num / den,
        "ci": [interval.lo, interval.hi],
        "n": den,
        "num": num,
        "den": den,
        "method": "wilson",
    }


def _mean(metrics: Sequence[Metric]) -> Metric:
    """Return the unweighted mean of metrics, with the interval that follows from theirs."""
    count = len(metrics)
    if count == 0:
        return _share(0, 0)
    if count == 1:
        return dict(metrics[0])
    value = sum(m["value"] for m in metrics) / count
    below = math.sqrt(sum((m["value"] - m["ci"][0]) ** 2 for m in metrics)) / count
    above = math.sqrt(sum((m["ci"][1] - m["value"]) ** 2 for m in metrics)) / count
    return {
        "value": value,
        "ci": [max(0.0, value - below), min(1.0, value + above)],
        "n": sum(m["n"] for m in metrics),
        "num": sum(m["value"] for m in metrics),
        "den": count,
        "method": "mean of shares, square and add of their wilson intervals",
    }
