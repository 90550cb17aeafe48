"""The tools of a set by number: which tools each tool list shows, and which each shape calls.

Input: the shapes and tool lists of `Columns`. Output: a ToolIndex, by which what is asked of
millions of rows is answered by numbers.

Before: shapes (list 0, calls "look"), (no list, no calls); list 0 shows "look" and "now"
After:  names ("look", "now"); called [[0], []]; listed [[0, 1]]
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from fctune.dataset.columns import I64, Columns, Listed, Mask, Shape


@dataclass(frozen=True, slots=True)
class Numbers:
    """Lists of numbers, one after the other: list i is `values[starts[i]:starts[i + 1]]`."""

    values: I64
    starts: I64

    @property
    def lengths(self) -> I64:
        """How many numbers each list has."""
        return np.diff(self.starts)

    def owners(self) -> I64:
        """Return for each value the list that has it."""
        return np.repeat(np.arange(len(self.starts) - 1), self.lengths)

    def of(self, picks: I64) -> tuple[I64, I64]:
        """Return the values of the lists picked, and for each the place in `picks` it is of."""
        counts = self.lengths[picks]
        # The number at place p of pick i is the p-th from the start of its list.
        at = np.repeat(self.starts[picks] - np.cumsum(counts) + counts, counts)
        at += np.arange(len(at))
        values = self.values[at]
        del at
        return values, np.repeat(np.arange(len(picks)), counts)

    def sums(self, weights: I64, length: int) -> I64:
        """Return for each number below `length` the weights of the lists that hold it, added up."""
        spread = np.repeat(weights, self.lengths)
        return np.bincount(self.values, weights=spread, minlength=length).astype(np.int64)

    def holding(self, wanted: Mask) -> Mask:
        """Tell which lists hold a number that `wanted` marks."""
        found = np.zeros(len(self.starts) - 1, dtype=np.bool_)
        found[self.owners()[wanted[self.values]]] = True
        return found


@dataclass(frozen=True, slots=True)
class ToolIndex:
    """The tools of a set.

    Attributes:
        names: the name of each tool, in the order in which they were met.
        called: tools that each shape calls, call by call.
        callees: the same, each tool once.
        listed: tools that each tool list shows; one more list at the end, without tools, so that
            the -1 of a row without tools finds it.
    """

    names: tuple[str, ...]
    called: Numbers
    callees: Numbers
    listed: Numbers

    def marks(self, names: Iterable[str]) -> Mask:
        """Return a mask over the tools: those of these names."""
        wanted = frozenset(names)
        return np.array([name in wanted for name in self.names], dtype=np.bool_)


def without(tools: ToolIndex, names: Iterable[str]) -> ToolIndex:
    """Return the index as if no list showed these tools: what rows of train and dev then show."""
    stays = ~tools.marks(names)[tools.listed.values]
    owners = tools.listed.owners()[stays]
    counts = np.bincount(owners, minlength=len(tools.listed.lengths))
    starts = np.concatenate(([0], np.cumsum(counts))).astype(np.int64)
    return replace(tools, listed=Numbers(tools.listed.values[stays], starts))


def index_tools(columns: Columns) -> ToolIndex:
    """Number the tools of a set and note who calls and who shows them."""
    numbers: dict[str, int] = {}
    called = _numbered((shape.calls for shape in columns.shapes), numbers)
    callees = _numbered((dict.fromkeys(shape.calls) for shape in columns.shapes), numbers)
    listed = _listed(columns.lists.listed, numbers)
    return ToolIndex(tuple(numbers), called, callees, listed)


def lists_of(shapes: Sequence[Shape]) -> I64:
    """Return the tool list of each shape; -1 where it has none."""
    return np.array([shape.tools for shape in shapes], dtype=np.int64)


def name_of(tool: Any) -> str:
    """Return the name of a tool, plain or wrapped as OpenAI does."""
    return str(tool.get("function", tool).get("name", ""))


def _listed(lists: Listed, numbers: dict[str, int]) -> Numbers:
    """Number the tools of the lists, to which one without tools is added."""
    of_name = [numbers.setdefault(name, len(numbers)) for name in lists.names]
    values = np.array(of_name, dtype=np.int64)[lists.tools]
    return Numbers(values, np.append(lists.starts, len(values)))


def _numbered(lists: Iterable[Iterable[str]], numbers: dict[str, int]) -> Numbers:
    values: list[int] = []
    starts = [0]
    for names in lists:
        values += [numbers.setdefault(name, len(numbers)) for name in names]
        starts.append(len(values))
    return Numbers(np.array(values, dtype=np.int64), np.array(starts, dtype=np.int64))
