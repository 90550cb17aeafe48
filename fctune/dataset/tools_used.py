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
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from fctune.dataset.tools_listed import spec_of
from fctune.tools.spec import ToolCatalog, ToolSpec


@dataclass(frozen=True, slots=True)
class ShownList:
    """One distinct tool list of a dataset.

    Attributes:
        tools: name and fingerprint of each of its tools.
        text: gives the JSON text of the `tools` column.
        rows: rows of train that show it.
        calls: tool name to the calls of it in these rows.
    """

    tools: Iterable[tuple[str, bytes]]
    text: Callable[[], str]
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
    versions: dict[bytes, dict[str, Any]] = {}
    tools: dict[str, list[dict[str, Any]]] = {}
    news: list[_News] = []
    count = 0
    for shown in lists:
        count += 1
        new: list[int] = []
        for at, (name, fingerprint) in enumerate(shown.tools):
            version = versions.get(fingerprint)
            if version is None:
                version = {"fingerprint": fingerprint.hex(), "rows": 0, "calls": 0}
                versions[fingerprint] = version
                tools.setdefault(name, []).append(version)
                new.append(at)
            version["rows"] += 0 if name in held else shown.rows
            version["calls"] += shown.calls.get(name, 0)
        # Where every row brings its own tools, there is no room for all that is new.
        if new and len(tools) == len(versions):
            news.append(_News(shown.text, new))
    whole = len(tools) == len(versions)
    return {
        "fingerprint": _of_catalogue(news) if whole else _of_versions(versions),
        "lists": count,
        "tools": dict(sorted(tools.items())),
    }


@dataclass(frozen=True, slots=True)
class _News:
    """The tools of a list that no list before shows, by their places in it."""

    text: Callable[[], str]
    places: Sequence[int]

    def specs(self) -> list[ToolSpec]:
        tools = json.loads(self.text())
        return [spec_of(tools[place]) for place in self.places]


def _of_catalogue(news: Iterable[_News]) -> str:
    """Return the fingerprint of the tools as a catalogue, which has each name once."""
    return ToolCatalog(tuple(spec for new in news for spec in new.specs())).fingerprint


def _of_versions(versions: Iterable[bytes]) -> str:
    """Return a fingerprint where names have several versions: that of all their fingerprints."""
    return hashlib.sha256("\n".join(one.hex() for one in versions).encode()).hexdigest()
