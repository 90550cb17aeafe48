"""What to tell of a file of which no row can be read: place and reason of the first, what to type.

Input: the Place and the first row that cannot be read. Output: a ProblemsFound.

Before: raw.jsonl, registered nowhere, its rows {"query": "Time?", "answers": "[...]"}
After:  "raw.jsonl:1: none of 3 rows can be read; the first: no turns were found ..."
"""

from __future__ import annotations

import shlex

from fctune.dataset.inspect.place import Part, Place
from fctune.dataset.inspect.seen import NO_TURNS, SeenRow
from fctune.dataset.reasons import hint_for
from fctune.dataset.registry import REGISTRY, registered
from fctune.errors import ProblemsFound
from fctune.jsonl.faults import look_at
from fctune.patterns import regex

_CODE = regex(r" \[([a-z0-9-]+)\]$")


def no_rows(place: Place) -> ProblemsFound:
    """Return the fault of a dataset whose files are empty."""
    path = place.parts[0].path
    return ProblemsFound(
        "holds no rows", where=str(path), hint=f"look at it: head -c 300 {shlex.quote(str(path))}"
    )


def none_readable(place: Place, first: SeenRow, rows: int) -> ProblemsFound:
    """Return the fault of a dataset of which no row can be read.

    Args:
        place: the dataset.
        first: the first of its rows.
        rows: how many were read.
    """
    part = next(part for part in place.parts if part.split == first.facts.split)
    words = f"none of {rows} rows can be read; the first" if rows > 1 else "its row cannot be read"
    return ProblemsFound(
        f"{words}: {first.fault}", where=f"{part.path}:{first.line}", hint=_hint(place, part, first)
    )


def _hint(place: Place, part: Part, first: SeenRow) -> str:
    name = shlex.quote(str(part.path))
    if first.fault == NO_TURNS:
        if part.split in registered(place.folder):
            return f"mend formatting, columns and tags of {part.split} in {place.folder / REGISTRY}"
        return f"a raw file is made into a dataset first: fctune prepare {name}"
    code = _CODE.search(first.fault)
    if code is not None and code[1] == "file-not-utf8":
        return hint_for(code[1], str(part.path))
    return look_at(str(part.path), first.line)
