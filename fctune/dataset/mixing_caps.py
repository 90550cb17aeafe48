"""The cap of rows per tool: which rows may stay so that no tool is called in more than N rows.

Input: rows in order of preference, by the tools that they call. Output: which of them stay. A row
that calls several tools counts for each. What is left out could not be added: one of its tools is
full.

Before: rows that call [look], [look], [look, now], [now] in this order, with a cap of 2
After:  the first, the second and the last stay
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from fctune.dataset.columns import I64, Mask
from fctune.dataset.tool_index import Numbers


def within_cap(shapes: I64, callees: Numbers, tools: int, cap: int) -> Mask:
    """Tell which rows stay.

    In each round the rows stay that are within the room left in every tool they call, counted in
    their order; rows that call a full tool drop out. The first row of a round always stays, so that
    the rounds end, as a rule after two or three.

    Args:
        shapes: the shape of each row, rows in order of preference.
        callees: the tools that each shape calls, each once.
        tools: how many tools there are.
        cap: the most rows per tool.
    """
    wide, rows = callees.of(shapes)
    # The smallest type: numbers of 16 bits are sorted in linear time.
    values, places = wide.astype(np.min_scalar_type(tools)), rows.astype(np.int32)
    del wide, rows
    room = np.full(tools, cap, dtype=np.int64)
    taken = np.zeros(len(shapes), dtype=np.bool_)
    while len(places):
        stays = _marked(places, len(shapes))
        stays[places[_position(values, tools) >= room[values]]] = False
        taken |= stays
        room -= np.bincount(values[stays[places]], minlength=tools)
        gone = stays | _marked(places[room[values] <= 0], len(shapes))
        open_still = ~gone[places]
        values, places = values[open_still], places[open_still]
    return taken


def _position(values: NDArray[Any], tools: int) -> NDArray[np.int32]:
    """Return for each value how many equal ones stand before it."""
    order = np.argsort(values, kind="stable")
    counts = np.bincount(values, minlength=tools)
    found = np.empty(len(values), dtype=np.int32)
    found[order] = np.arange(len(values)) - np.repeat(np.cumsum(counts) - counts, counts)
    return found


def _marked(places: NDArray[np.int32], length: int) -> Mask:
    found = np.zeros(length, dtype=np.bool_)
    found[places] = True
    return found
