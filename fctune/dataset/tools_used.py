"""The tools that a dataset teaches: the `catalog` of its manifest.

Input: the kept conversations, and those of the train split. Output: a JSON-ready account of every
tool that the rows really show the model, whatever tool file stood on the command line. One name
may stand for several versions, where rows bring their own tools.

Before: 3 rows that list look(city), one of them without the tool `now`
After:  {"fingerprint": "9d0f...", "lists": 2,
         "tools": {"look": [{"fingerprint": "51c2...", "rows": 3, "calls": 2}], "now": [...]}}
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

from fctune.conversations.turns import Conversation
from fctune.tools.spec import ToolCatalog


def tools_used(kept: Iterable[Conversation], trained: Iterable[Conversation]) -> dict[str, Any]:
    """Return the account of the tools that rows use.

    Args:
        kept: all rows of the dataset, of every split.
        trained: those of the train split; `rows` and `calls` are counted in them alone.

    Returns:
        `fingerprint`: sha256 over the union of the tools in the order in which rows first show
        them, so that it equals the fingerprint of the tool file where all rows show that file.
        `lists`: how many different tool lists the rows have. `tools`: tool name to its versions,
        each with the fingerprint of the tool, the rows of train that show it and their calls of it.
    """
    lists: dict[str, ToolCatalog] = {}
    for row in kept:
        if row.catalog.specs:
            lists.setdefault(row.catalog.json, row.catalog)
    rows, calls = _train_counts(trained)
    shown: Counter[tuple[str, str]] = Counter()
    called: Counter[tuple[str, str]] = Counter()
    for text, name, fingerprint in _tools_of(lists):
        shown[(name, fingerprint)] += rows[text]
        called[(name, fingerprint)] += calls[(text, name)]
    tools: dict[str, list[dict[str, Any]]] = {}
    for (name, fingerprint), count in shown.items():
        entry = {"fingerprint": fingerprint, "rows": count, "calls": called[(name, fingerprint)]}
        tools.setdefault(name, []).append(entry)
    return {
        "fingerprint": _union_fingerprint(lists.values()),
        "lists": len(lists),
        "tools": dict(sorted(tools.items())),
    }


def _train_counts(
    trained: Iterable[Conversation],
) -> tuple[Counter[str], Counter[tuple[str, str]]]:
    """Return rows per tool list, and calls per tool list and tool, lists by their JSON text."""
    rows: Counter[str] = Counter()
    calls: Counter[tuple[str, str]] = Counter()
    for row in trained:
        rows[row.catalog.json] += 1
        calls.update((row.catalog.json, call.name) for call in row.calls)
    return rows, calls


def _tools_of(lists: dict[str, ToolCatalog]) -> Iterator[tuple[str, str, str]]:
    """Yield list, tool name and tool fingerprint; a tool of many lists is hashed for each."""
    for text, catalog in lists.items():
        for spec in catalog:
            yield text, spec.name, spec.fingerprint


def _union_fingerprint(catalogs: Iterable[ToolCatalog]) -> str:
    union = {spec.fingerprint: spec for catalog in catalogs for spec in catalog}
    names = Counter(spec.name for spec in union.values())
    if all(count == 1 for count in names.values()):
        return ToolCatalog(tuple(union.values())).fingerprint
    return hashlib.sha256("\n".join(union).encode()).hexdigest()
