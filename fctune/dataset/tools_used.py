"""The tools that a dataset teaches: the `catalog` of its manifest.

Input: the distinct tool lists of the kept rows, with the rows and calls of train that each has.
Output: a JSON-ready account of every tool that the rows really show the model, whatever tool file
stood on the command line. One name may stand for several versions, where rows bring their own
tools.

Before: 3 rows that list look(city), one of them without the tool `now`
After:  {"fingerprint": "9d0f...", "lists": 2,
         "tools": {"look": [{"fingerprint": "51c2...", "rows": 3, "calls": 2}], "now": [...]}}
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import orjson

from fctune.patterns import regex
from fctune.tools.spec import ToolCatalog, ToolSpec, fingerprint_of_sorted

_FLOATS = regex(rb"\.[0-9]|e[-+]?[0-9]")


@dataclass(frozen=True, slots=True)
class ShownList:
    """One distinct tool list of a dataset.

    Attributes:
        text: the JSON text of the `tools` column.
        rows: rows of train that show it.
        calls: tool name to the calls of it in these rows.
    """

    text: str
    rows: int
    calls: Mapping[str, int]


def tools_used(lists: Iterable[ShownList], held: Collection[str] = ()) -> dict[str, Any]:
    """Return the account of the tools that rows use.

    Args:
        lists: the distinct lists of all kept rows, of every split, in the order in which rows
            first show them.
        held: names of tools that the rows of train do not show though their lists name them.

    Returns:
        `fingerprint`: sha256 over the union of the tools in that order, so that it equals the
        fingerprint of the tool file where all rows show that file. `lists`: how many different
        tool lists the rows have. `tools`: tool name to its versions, each with the fingerprint of
        the tool, the rows of train that show it and their calls of it.
    """
    union = _Union()
    versions: dict[tuple[str, str], list[int]] = {}
    count = 0
    for shown in lists:
        count += 1
        for tool, fingerprint in _fingerprinted(shown.text):
            name = tool["name"]
            version = (name, fingerprint)
            counts = versions.get(version)
            if counts is None:
                union.add(tool, fingerprint)
                counts = versions[version] = [0, 0]
            counts[0] += 0 if name in held else shown.rows
            counts[1] += shown.calls.get(name, 0)
    tools: dict[str, list[dict[str, Any]]] = {}
    for (name, fingerprint), (rows, calls) in versions.items():
        entry = {"fingerprint": fingerprint, "rows": rows, "calls": calls}
        tools.setdefault(name, []).append(entry)
    return {
        "fingerprint": union.fingerprint,
        "lists": count,
        "tools": dict(sorted(tools.items())),
    }


def _fingerprinted(text: str) -> list[tuple[dict[str, Any], str]]:
    """Return the tools of a list, each with its fingerprint."""
    with suppress(ValueError, TypeError):  # half a surrogate pair, or too deep for orjson
        tools = orjson.loads(text)
        written = [orjson.dumps(_shown(tool), option=orjson.OPT_SORT_KEYS) for tool in tools]
        # It reads whole numbers beyond 64 bits as floats, and writes floats in a way of its own.
        if not any(map(_FLOATS.search, written)):
            return [
                (tool, fingerprint_of_sorted(one) or _spec(tool).fingerprint)
                for tool, one in zip(tools, written, strict=True)
            ]
    return [(tool, _spec(tool).fingerprint) for tool in json.loads(text)]


def _shown(tool: Mapping[str, Any]) -> dict[str, Any]:
    return {field: tool[field] for field in ("name", "description", "parameters")}


def _spec(tool: Mapping[str, Any]) -> ToolSpec:
    return ToolSpec(**_shown(tool))


class _Union:
    """All tools that were met; whole only as long as no two have one name.

    Where every row brings its own tools, fingerprints are all that there is room for.
    """

    def __init__(self) -> None:
        self._known: dict[str, None] = {}
        self._names: set[str] = set()
        self._tools: list[Mapping[str, Any]] | None = []

    def add(self, tool: Mapping[str, Any], fingerprint: str) -> None:
        """Take a tool up, where it is new."""
        if fingerprint in self._known:
            return
        self._known[fingerprint] = None
        if tool["name"] in self._names:
            self._tools = None
        self._names.add(tool["name"])
        if self._tools is not None:
            self._tools.append(tool)

    @property
    def fingerprint(self) -> str:
        """The fingerprint of the catalogue; of several versions that of their fingerprints."""
        if self._tools is not None:
            return ToolCatalog(tuple(map(_spec, self._tools))).fingerprint
        return hashlib.sha256("\n".join(self._known).encode()).hexdigest()
