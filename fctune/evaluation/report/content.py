"""The content of results.json; docs/metrics.md tells every key.

Input: a Report. Output: a JSON-ready object, equal for equal predictions, cases, mode and seed.
"""

from __future__ import annotations

import importlib.metadata
import platform
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from fctune import __version__
from fctune.evaluation.metrics.measure import FEW_CASES, Metric, tally
from fctune.evaluation.metrics.ratios import METRICS
from fctune.evaluation.metrics.slices import PREFIX
from fctune.evaluation.outcomes.row import EvalOutcome
from fctune.evaluation.report.remarks import remarks
from fctune.evaluation.statistics import rule_of_three

if TYPE_CHECKING:
    from fctune.evaluation.report.files import Report, RunConfig
    from fctune.evaluation.semantic.comparators import Comparators

SCHEMA_VERSION = 1
_MODEL_PACKAGES = ("torch", "transformers", "peft", "llamafactory")
_LOWER = {ratio.name for ratio in METRICS if ratio.lower_is_better}
_STRICT = ("parse_rate", "format_success", "function_accuracy")


def content_of(report: Report) -> dict[str, Any]:
    """Return the content of results.json."""
    outcomes = report.evaluation.outcomes
    config = report.config
    found = config.contamination
    content = {
        "schema_version": SCHEMA_VERSION,
        "mode": report.evaluation.mode.value,
        "n": len(outcomes),
        "correct": sum(outcome.correct is True for outcome in outcomes),
        "wrong": sum(outcome.correct is False for outcome in outcomes),
        "unscored": report.evaluation.unscored,
        "metrics": _dicts(report.metrics),
        "notes": notes(report.metrics),
        "remarks": [],
        "outcomes": tally(outcomes),
        "error_types": _error_types(outcomes),
        "empty_answers": sum(one.empty for one in outcomes),
        "decision": report.decision.as_dict(),
        "formats": _formats(outcomes, report.metrics),
        "by_lesson": {name: _dicts(values) for name, values in report.lessons.items()},
        "by_tag": {
            name: _dicts(values)
            for name, values in report.tags.items()
            if not name.startswith(PREFIX)
        },
        "by_tool": _dicts(report.tools),
        "dimensions": {one.dimension.name: one.as_dict() for one in report.dimensions},
        "long_tail": report.tail.as_dict(),
        "confusion": report.confusion.as_dict(),
        "tokens": _tokens(outcomes),
        "contamination": found.as_dict() if found is not None else None,
        **report.extra,
        "data": report.evaluation.case_set.account(),
        "config": _config(config, report.evaluation.comparators),
        "versions": _versions(with_model=bool(config.model)),
    }
    return {**content, "remarks": remarks(content)}


def notes(metrics: Mapping[str, Metric]) -> dict[str, list[str]]:
    """Return what a reader of a metric must know: few cases; how far "no error" reaches.

    The rule of three (Hanley and Lippman-Hand 1983): where no error is seen in n cases, the true
    rate of errors is below 3 / n, 95 % sure.
    """
    found: dict[str, list[str]] = {}
    for name, metric in metrics.items():
        if metric.value is None:
            continue
        told = []
        if metric.n < FEW_CASES:
            told.append(f"few cases: n = {metric.n}, below {FEW_CASES}")
        perfect = metric.num == 0 if name in _LOWER else metric.value == 1
        if perfect and metric.n > 3:
            told.append(
                f"no error in {metric.n} cases: the true rate of errors is below "
                f"{rule_of_three(metric.n):.3g} (rule of three)"
            )
        if told:
            found[name] = told
    return found


def _formats(outcomes: Sequence[EvalOutcome], metrics: Mapping[str, Metric]) -> dict[str, Any]:
    """Return the strict reading beside the lenient one."""
    repairs = Counter(
        kind for one in outcomes if one.correct is not None for kind in dict.fromkeys(one.repairs)
    )
    return {
        "strict": {name: metrics[name].as_dict() for name in _STRICT},
        "repaired": {
            "parse_rate": metrics["repaired_parse_rate"].as_dict(),
            "function_accuracy": metrics["repaired_function_accuracy"].as_dict(),
        },
        "repairs": {kind: repairs[kind] for kind in sorted(repairs)},
    }


def _error_types(outcomes: Sequence[EvalOutcome]) -> dict[str, int]:
    counts = Counter(one.error_type for one in outcomes if one.correct is False and one.error_type)
    return dict(sorted(counts.items(), key=lambda pair: (-pair[1], pair[0])))


def _tokens(outcomes: Sequence[EvalOutcome]) -> dict[str, Any] | None:
    """Return the tokens generated, of cases where they are known."""
    counts = sorted(one.output_tokens for one in outcomes if one.output_tokens > 0)
    if not counts:
        return None
    last = len(counts) - 1
    return {
        "cases": len(counts),
        "total": sum(counts),
        "mean": sum(counts) / len(counts),
        "p50": counts[round(0.5 * last)],
        "p95": counts[round(0.95 * last)],
    }


def _config(config: RunConfig, comparators: Comparators | None) -> dict[str, Any]:
    return {
        "source": config.source,
        "template": config.template,
        "seed": config.seed,
        "max_cases": config.max_cases,
        "population": dict(config.population),
        "model": dict(config.model),
        **({"mapping": config.mapping} if config.mapping else {}),
        **({"comparators": comparators.as_dict()} if comparators is not None else {}),
    }


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
