"""Balance: what a set has much and little of, per split, and warnings where that teaches badly.

Input: columns and sides. Output: a JSON-ready account of lessons, languages, tools, lengths,
distractors and calls per row, and issues. Rows are counted by shape, not one by one.

Before: 90 train rows that call `look` and list it alone, 10 that call `now`
After:  {"train": {"rows": 100, "lessons": {"call": 100}, "tools": {...}, ...}} and the warnings
        balance-no-negatives, balance-one-tool, balance-no-ask-back, balance-no-distractors
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fctune.dataset.columns import I64, U8, Columns, Mask, per_shape
from fctune.dataset.runs import ratio
from fctune.dataset.split import SPLITS
from fctune.dataset.tool_index import ToolIndex, lists_of

NAMED_TOOLS = 50
"""Tools named in the account, the most called first; all are counted."""
PERCENTILES = (0, 5, 50, 95, 99, 100)


def balance(columns: Columns, tools: ToolIndex, keep: Mask, side: U8) -> dict[str, Any]:
    """Return the account of every split.

    Args:
        columns: all rows.
        tools: the tools of the set.
        keep: rows that count.
        side: the split of each row.

    Returns:
        For `train`, `dev` and `test`: `rows`; `lessons` and `languages`, name to rows; `tools` with
        `called`, `listed`, `never_called` and `top` (rows, calls, share of calls);
        `tools_per_row`, `calls_per_row` and `distractors_per_row` (tools that a row with calls
        lists and does not call), number to rows; `tokens` and `bytes`, percentile to length.
    """
    shapes = _Shapes(columns, tools)
    splits = [keep & (side == number) for number in range(len(SPLITS))]
    counted = per_shape(columns, splits)
    tokens, sizes = columns.tokens, columns.size
    return {
        split: {
            "rows": int(rows.sum()),
            **_counts(shapes, count),
            "tokens": _percentiles(tokens[rows & (tokens > 0)]),
            "bytes": _percentiles(sizes[rows]),
        }
        for split, rows, count in zip(SPLITS, splits, counted, strict=True)
    }


class _Shapes:
    """The shapes of a set as arrays: one entry a shape."""

    def __init__(self, columns: Columns, tools: ToolIndex) -> None:
        self.shapes = columns.shapes
        self.tools = tools
        self.lists = lists_of(columns.shapes)
        self.calls = tools.called.lengths
        self.listed = tools.listed.lengths[self.lists]
        callers = tools.callees.owners()[self._lists_callee()]
        self.distractors = self.listed - np.bincount(callers, minlength=len(columns.shapes))

    def _lists_callee(self) -> Mask:
        """Tell for each tool that a shape calls whether the shape lists it."""
        listed, width = self.tools.listed, len(self.tools.names)
        there = np.sort(listed.owners() * width + listed.values)
        lists = np.where(self.lists < 0, len(listed.lengths) - 1, self.lists)
        wanted = lists[self.tools.callees.owners()] * width + self.tools.callees.values
        if not len(there):
            return np.zeros(len(wanted), dtype=np.bool_)
        places = np.minimum(np.searchsorted(there, wanted), len(there) - 1)
        return np.asarray(there[places] == wanted, dtype=np.bool_)


def _counts(shapes: _Shapes, per_shape: I64) -> dict[str, Any]:
    """Return what is counted by shape, given how many rows have each."""
    lessons: Counter[str] = Counter()
    languages: Counter[str] = Counter()
    for index in np.flatnonzero(per_shape).tolist():
        shape, count = shapes.shapes[index], int(per_shape[index])
        lessons[shape.lesson] += count
        languages[shape.language] += count
    with_calls = np.where(shapes.calls > 0, per_shape, 0)
    return {
        "lessons": dict(sorted(lessons.items())),
        "languages": dict(sorted(languages.items())),
        "tools": _tools(shapes, per_shape),
        "tools_per_row": _histogram(shapes.listed, per_shape),
        "calls_per_row": _histogram(shapes.calls, per_shape),
        "distractors_per_row": _histogram(shapes.distractors, with_calls),
    }


def _tools(shapes: _Shapes, per_shape: I64) -> dict[str, Any]:
    """Count rows and calls per tool, and the rows that list a tool."""
    tools, width = shapes.tools, len(shapes.tools.names)
    calls, rows = tools.called.sums(per_shape, width), tools.callees.sums(per_shape, width)
    per_list = np.zeros(len(tools.listed.lengths), dtype=np.int64)
    np.add.at(per_list, shapes.lists, per_shape)
    shown = tools.listed.sums(per_list, width)
    total = int(calls.sum())
    ranked = sorted(np.flatnonzero(calls), key=lambda tool: (-int(calls[tool]), tools.names[tool]))
    idle = sorted(
        np.flatnonzero((shown > 0) & (calls == 0)),
        key=lambda tool: (-int(shown[tool]), tools.names[tool]),
    )
    return {
        "called": len(ranked),
        "listed": int((shown > 0).sum()),
        "calls": total,
        "top": {
            tools.names[tool]: {
                "rows": int(rows[tool]),
                "calls": int(calls[tool]),
                "share": ratio(int(calls[tool]), total),
            }
            for tool in ranked[:NAMED_TOOLS]
        },
        "never_called": {
            "count": len(idle),
            "names": {tools.names[tool]: int(shown[tool]) for tool in idle[:NAMED_TOOLS]},
        },
    }


def _histogram(numbers: I64, per_shape: I64) -> dict[str, int]:
    """Return how many rows have each number; JSON wants its keys as text."""
    present = per_shape > 0
    counts = np.bincount(numbers[present], weights=per_shape[present])
    return {str(number): int(counts[number]) for number in np.flatnonzero(counts)}


def _percentiles(lengths: NDArray[np.uint32]) -> Mapping[str, int]:
    """Return lengths that really occur, by percentile; empty where nothing was measured."""
    if not len(lengths):
        return {}
    # Sorted, as that is faster than `np.percentile` with method "lower", whose places these are.
    places = np.floor((len(lengths) - 1) * (np.array(PERCENTILES) / 100)).astype(np.intp)
    found = np.sort(lengths)[places]
    return {f"p{number}": int(length) for number, length in zip(PERCENTILES, found, strict=True)}
