"""The sections of what is measured only where it is asked for: robustness and execution.

Input: `robustness` and `execution` of results.json. Output: tables. Each is read by its known keys;
what else stands there is shown by its shape.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from fctune.evaluation.page_html.cells import (
    Table,
    is_metric,
    measure,
    metric,
    name,
    number,
    table,
    words,
)
from fctune.evaluation.page_html.shapes import tables_of


def robustness(value: Mapping[str, Any]) -> Iterator[Table]:
    """Yield the figures over all variants, each variant beside its origins, then the rest."""
    yield _metrics({key: one for key, one in value.items() if is_metric(one)})
    variants = value.get("by_variant") or {}
    rows = [
        (name(key), metric(one.get("origins")), metric(one.get("accuracy")),
         metric(one.get("delta")), number(one.get("n", 0)), words(one.get("about", "")))
        for key, one in variants.items()
    ]  # fmt: skip
    columns = ("variant", "origins_right", "variants_right", "lost", "cases_n", "what_it_does")
    yield table(columns, rows)
    shown = {"by_variant", *(key for key, one in value.items() if is_metric(one))}
    yield from tables_of(_without(value, shown))


def execution(value: Mapping[str, Any]) -> Iterator[Table]:
    """Yield the metrics of tasks, then the counts and the toolset."""
    yield _metrics(value.get("metrics") or {})
    yield from tables_of(_without(value, {"metrics"}))


def _metrics(metrics: Mapping[str, Any]) -> Table:
    rows = [(measure(key), metric(one), number(one["n"])) for key, one in metrics.items()]
    return table(("metric", "value", "cases_n"), rows)


def _without(value: Mapping[str, Any], shown: set[str]) -> dict[str, Any]:
    return {key: one for key, one in value.items() if key not in shown and one not in (None, {})}
