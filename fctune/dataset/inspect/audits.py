"""The audits of a manifest as figures and tables, whatever keys an audit has.

Input: the `audit` object of a manifest. Output: a Section for each audit. Terminal, page and card
show the same sections, so that a new audit, or a new figure of one, is seen without a change here.

Before: {"contradictions": {"rows": 2, "examples": [{"rows": 2, "origin": "a.jsonl:3"}]}}
After:  Section("contradictions", figures=(("rows", "2"),), tables=(Table("examples", ...),))
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

MOST_ROWS = 20
_MOST_NAMES = 8  # of one object in a cell
_MOST_CELL = 300
_SPLITS = ("train", "dev", "test")


@dataclass(frozen=True, slots=True)
class Table:
    """A table of an audit: its rows as text, and how many rows are left out."""

    name: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    more: int = 0


@dataclass(frozen=True, slots=True)
class Section:
    """One audit: its name, figures with their names, and tables."""

    name: str
    figures: tuple[tuple[str, str], ...]
    tables: tuple[Table, ...]


def sections(audit: Any) -> tuple[Section, ...]:
    """Return one section for each audit that was made."""
    if not isinstance(audit, Mapping):
        return ()
    return tuple(
        _section(str(name), value) for name, value in audit.items() if value not in (None, {})
    )


def not_made(audit: Any) -> tuple[str, ...]:
    """Return the names of the audits that were not asked for."""
    if not isinstance(audit, Mapping):
        return ()
    return tuple(str(name) for name, value in audit.items() if value in (None, {}))


def _section(name: str, value: Any) -> Section:
    figures: list[tuple[str, str]] = []
    tables: list[Table] = []
    by_split: dict[str, dict[str, str]] = {}
    for path, leaf in _leaves(value, ()):
        split = path[0] if path and path[0] in _SPLITS else ""
        label = _label(path)
        if _is_named(leaf):
            rows = [{"name": key, **inner} for key, inner in leaf.items()]
            tables.append(_table(label, rows))
        elif isinstance(leaf, list) and leaf and all(isinstance(one, Mapping) for one in leaf):
            tables.append(_table(label, leaf))
        elif split:
            by_split.setdefault(_label(path[1:]), {})[split] = cell(leaf)
        else:
            figures.append((label, cell(leaf)))
    if by_split:
        tables.insert(0, _pivoted(by_split))
    return Section(name, tuple(figures), tuple(tables))


def _leaves(value: Any, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Yield the parts of an audit that are one figure, one line of figures, or one table."""
    inner = path[1:] if path and path[0] in _SPLITS else path
    if not isinstance(value, Mapping) or _is_named(value) or (inner and value and _is_plain(value)):
        yield path, value
        return
    for key, part in value.items():
        yield from _leaves(part, (*path, str(key)))


def _is_plain(value: Mapping[str, Any]) -> bool:
    return not any(isinstance(one, Mapping | list) for one in value.values())


def _is_named(value: Any) -> bool:
    """Tell an object of names, all with the same figures: it is a table, and names are data."""
    if not isinstance(value, Mapping) or not value or set(value) & set(_SPLITS):
        return False
    inner = list(value.values())
    return all(
        isinstance(one, Mapping) and one and _is_plain(one) and one.keys() == inner[0].keys()
        for one in inner
    )


def _label(path: tuple[str, ...]) -> str:
    return " · ".join(spaced(part) for part in path) or "found"


def _pivoted(by_split: Mapping[str, Mapping[str, str]]) -> Table:
    splits = [split for split in _SPLITS if any(split in cells for cells in by_split.values())]
    rows = [
        (label, *(cells.get(split, "-") for split in splits)) for label, cells in by_split.items()
    ]
    return Table("", ("", *splits), tuple(rows))


def _table(label: str, values: Sequence[Mapping[str, Any]]) -> Table:
    columns = tuple(dict.fromkeys(key for value in values for key in value))
    rows = [tuple(cell(value.get(column)) for column in columns) for value in values[:MOST_ROWS]]
    return Table(
        label, tuple(map(spaced, map(str, columns))), tuple(rows), max(0, len(values) - MOST_ROWS)
    )


def spaced(name: str) -> str:
    """Return a key of JSON as words.

    >>> spaced("near_duplicates")
    'near duplicates'
    """
    return name.replace("_", " ")


def cell(value: Any) -> str:
    """Return a value as a short text.

    >>> cell([{"rows": 2, "origin": "a:3"}, "b"])
    'rows 2, origin a:3; b'
    """
    if value is None:
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Mapping):
        shown = [f"{key} {cell(one)}" for key, one in islice(value.items(), _MOST_NAMES)]
        more = [f"+ {len(value) - _MOST_NAMES} more"] if len(value) > _MOST_NAMES else []
        text = ", ".join(shown + more)
    elif isinstance(value, list):
        text = "; ".join(map(cell, value)) or "none"
    else:
        text = value if isinstance(value, str) else json.dumps(value)
    return text if len(text) <= _MOST_CELL else f"{text[: _MOST_CELL - 1]}…"
