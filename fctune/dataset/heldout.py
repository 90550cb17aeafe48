"""Held-out tools: tools that no row of train or dev shows, so that test asks for unseen tools.

Input: the columns, groups and sides of all rows. Output: new sides, the rows whose tool list is
pruned when they are written, and an account. A row that calls a held-out tool goes to test with its
whole group; so does a row that lists held-out tools alone, as pruning would leave it none. Other
rows of train and dev that merely list one lose it from their list.

Before: `look` held out; train rows [calls look], [lists look and now, calls now]
After:  the first is in test; the second is in train and lists `now` alone
"""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import numpy as np
import xxhash

from fctune.dataset.columns import I64, TEST, U8, Columns, Mask, RowNumbers
from fctune.dataset.runs import ratio
from fctune.dataset.tool_index import ToolIndex, lists_of, name_of
from fctune.errors import UsageFault

MIN_ROWS = 10
"""Fewer test rows tell too little of a tool: with 10 the 95 % interval is wide, some 55 points."""
MAX_SHARE = 0.15
"""A tool in more of the rows with calls is one that train needs."""
MAX_MOVED = 0.3
"""At most this share of all rows goes to test for tools chosen by number: train stays whole."""
TRIES = 50
"""Tools weighed by the groups they would move; each costs a pass over the rows."""


@dataclass(frozen=True, slots=True)
class HeldOut:
    """What to hold out: so many tools, or tools by name; the seed chooses among many."""

    count: int = 0
    names: tuple[str, ...] = ()
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Moved:
    """Rows after tools were held out.

    Attributes:
        names: the held-out tools, sorted.
        side: the split of each row.
        pruned: rows whose tool list is to be written without the held-out tools.
        account: JSON-ready: names, how they were chosen, rows moved and pruned.
    """

    names: tuple[str, ...]
    side: U8
    pruned: Mask
    account: dict[str, Any]


@dataclass(frozen=True, slots=True)
class _Rows:
    columns: Columns
    tools: ToolIndex
    keep: Mask
    labels: RowNumbers


def parse_held_out(text: str, *, seed: int = 0) -> HeldOut:
    """Return what to hold out from a number or from names with commas.

    >>> parse_held_out("3"), parse_held_out("look, now").names
    (HeldOut(count=3, names=(), seed=0), ('look', 'now'))

    Raises:
        UsageFault: it is neither.
    """
    if text.strip().isdecimal():
        return HeldOut(count=int(text), seed=seed)
    names = tuple(name.strip() for name in text.split(","))
    if not all(names):
        raise UsageFault(
            f"got {text!r}, expected a number or names with commas between",
            hint="--hold-out-tools 3, or --hold-out-tools get_weather,book_flight",
        )
    return HeldOut(names=tuple(dict.fromkeys(names)), seed=seed)


def hold_out(
    columns: Columns, tools: ToolIndex, keep: Mask, side: U8, labels: RowNumbers, wish: HeldOut
) -> Moved:
    """Move rows of held-out tools to test and mark the rows whose list is to be pruned.

    Args:
        columns: all rows.
        tools: the tools of the set.
        keep: rows that count.
        side: the split of each row by its group.
        labels: the group of each row; -1 for rows that are not kept.
        wish: what to hold out.

    Raises:
        UsageFault: a name is of no tool, or so many tools are asked for that train would have none.
    """
    rows = _Rows(columns, tools, keep, labels)
    names, choice = _named(rows, wish.names) if wish.names else _chosen(rows, wish)
    marks = tools.marks(names)
    moved = _groups_of(rows, marks)
    found = side.copy()
    found[moved] = TEST
    shows = tools.listed.holding(marks)[_list_of_row(columns)]
    pruned = keep & (found != TEST) & shows
    calls = keep & tools.callees.holding(marks)[columns.shape]
    gone = int((moved & (side != TEST)).sum())
    account = {
        "names": sorted(names),
        "choice": choice,
        "rows_calling": int(calls.sum()),
        "rows_moved_to_test": gone,
        "rows_pruned": int(pruned.sum()),
        "share_of_rows_moved": ratio(gone, int(keep.sum())),
    }
    return Moved(tuple(sorted(names)), found, pruned, account)


def pruned(text: str, names: Collection[str]) -> str:
    """Return the JSON text of a `tools` column without the tools of these names.

    What stays is copied as it was written, number by number. A list that would be empty is "",
    which is how a row without tools is written.

    >>> pruned('[{"name": "look"}, {"name": "now", "n": 1.50}]', {"look"})
    '[{"name": "now", "n": 1.50}]'
    """
    if not text:
        return text
    stays: list[str] = []
    every = True
    for tool, written in _elements(text):
        if name_of(tool) in names:
            every = False
        else:
            stays.append(written)
    if every:
        return text
    return f"[{', '.join(stays)}]" if stays else ""


def _elements(text: str) -> list[tuple[Any, str]]:
    """Return the elements of a JSON list, each with the text that it stands in."""
    decoder, found = json.JSONDecoder(), []
    place = _skip(text, text.index("[") + 1)
    while text[place] != "]":
        value, end = decoder.raw_decode(text, place)
        found.append((value, text[place:end]))
        place = _skip(text, end)
    return found


def _skip(text: str, place: int) -> int:
    while text[place] in ", \t\r\n":
        place += 1
    return place


def _named(rows: _Rows, names: tuple[str, ...]) -> tuple[tuple[str, ...], str]:
    unknown = sorted(set(names) - set(rows.tools.names))
    if unknown:
        raise UsageFault(
            f"got {unknown[0]!r}, expected the name of a tool that a kept row calls or lists",
            hint="the names are in the manifest under `tools`",
        )
    if _rows_left(rows, names) == 0:
        raise UsageFault("got every tool that rows call, expected that train keeps some")
    return names, "named by the user"


def _chosen(rows: _Rows, wish: HeldOut) -> tuple[tuple[str, ...], str]:
    """Return tools in hash order that lie within the limits, and others only where too few do."""
    calls = _calling_rows(rows)
    called = [tool for tool in range(len(rows.tools.names)) if calls[tool]]
    if wish.count >= len(called) and wish.count:
        raise UsageFault(
            f"got {wish.count} tools to hold out, expected fewer than the {len(called)} "
            "that rows call",
            hint=f"--hold-out-tools {max(1, len(called) // 5)}",
        )
    most = MAX_SHARE * int((rows.keep & (rows.tools.callees.lengths > 0)[rows.columns.shape]).sum())
    lawful = [tool for tool in called if MIN_ROWS <= calls[tool] <= most]
    lawful.sort(key=lambda tool: _place(rows.tools.names[tool], wish.seed))
    chosen = _within_limit(rows, lawful[: TRIES + wish.count], wish.count)
    usual = len(chosen)
    # Next best: often called tools, the rarest of them first; then those with too few rows.
    others = [tool for tool in called if tool not in set(chosen)]
    others.sort(key=lambda tool: (calls[tool] < MIN_ROWS, abs(calls[tool] - MIN_ROWS), tool))
    chosen += others[: wish.count - usual]
    names = tuple(rows.tools.names[tool] for tool in chosen)
    return names, _reason(wish.count, usual)


def _reason(count: int, usual: int) -> str:
    limits = (
        f"called in {MIN_ROWS} rows to {MAX_SHARE:.0%} of the rows with calls, "
        f"and moving at most {MAX_MOVED:.0%} of all rows"
    )
    if usual >= count:
        return f"by hash among the tools {limits}"
    return f"only {usual} of {count} tools are {limits}; {count - usual} beyond these limits"


def _within_limit(rows: _Rows, candidates: list[int], count: int) -> list[int]:
    """Return the first tools that together move no more rows than the limit."""
    chosen: list[int] = []
    most = MAX_MOVED * int(rows.keep.sum())
    for tool in candidates:
        if len(chosen) == count:
            break
        marks = np.zeros(len(rows.tools.names), dtype=np.bool_)
        marks[[*chosen, tool]] = True
        if int(_groups_of(rows, marks).sum()) <= most:
            chosen.append(tool)
    return chosen


def _groups_of(rows: _Rows, marks: Mask) -> Mask:
    """Return the rows of all groups in which a row calls a marked tool, or lists marked ones alone.

    `marks` is over the tools.
    """
    tools = rows.tools
    held = np.bincount(tools.listed.owners()[marks[tools.listed.values]],
                       minlength=len(tools.listed.lengths))  # fmt: skip
    alone = (held > 0) & (held == tools.listed.lengths)
    calls = tools.callees.holding(marks)[rows.columns.shape]
    direct = rows.keep & (calls | alone[_list_of_row(rows.columns)])
    groups = np.zeros(len(rows.keep), dtype=np.bool_)
    groups[rows.labels[direct]] = True
    return np.asarray(rows.keep & groups[rows.labels], dtype=np.bool_)


def _calling_rows(rows: _Rows) -> list[int]:
    """Return how many kept rows call each tool."""
    tools = rows.tools
    per_shape = np.bincount(rows.columns.shape[rows.keep], minlength=len(rows.columns.shapes))
    return [int(count) for count in tools.callees.sums(per_shape, len(tools.names))]


def _rows_left(rows: _Rows, names: tuple[str, ...]) -> int:
    """Return how many rows with calls stay where they are when these tools are held out."""
    calling = rows.keep & (rows.tools.callees.lengths > 0)[rows.columns.shape]
    return int((calling & ~_groups_of(rows, rows.tools.marks(names))).sum())


def _list_of_row(columns: Columns) -> I64:
    """Return the tool list of each row; -1 is the list without tools at the end of the index."""
    return lists_of(columns.shapes)[columns.shape]


def _place(name: str, seed: int) -> int:
    return xxhash.xxh64_intdigest(name.encode(), seed=seed)
