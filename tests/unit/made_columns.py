"""Columns made by hand: one short record a row, hashes written as small numbers."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fctune.dataset.columns import I64, U64, WINDOW_ROWS, Columns, Listed, Mask, Shape
from fctune.dataset.tools_listed import listed
from fctune.dataset.traces import TraceHashes


@dataclass(frozen=True)
class Row:
    lesson: str = "call"
    tools: tuple[str, ...] = ()
    calls: tuple[str, ...] = ()
    wordings: tuple[int, ...] = ()
    values: tuple[int, ...] = ()
    codes: tuple[str, ...] = ()
    language: str = "en"
    ordinal: int | None = None
    part: int = 0
    id: int | None = None
    prompt: int | None = None
    answer: int = 0
    frame: int = 0
    tokens: int = 0
    size: int = 100
    source: int = 0


@dataclass(frozen=True, slots=True)
class Ragged:
    """Lists of hashes, one list a row: row i has `values[starts[i]:starts[i + 1]]`."""

    values: U64
    starts: I64

    @property
    def total(self) -> int:
        """How many hashes all rows have."""
        return len(self.values)

    def blocks(self) -> Iterator[tuple[int, NDArray[Any], U64]]:
        """Yield some thousand rows at a time: the first, how many each has, and the hashes."""
        for first in range(0, len(self.starts) - 1, WINDOW_ROWS):
            starts = self.starts[first : first + WINDOW_ROWS + 1]
            yield first, np.diff(starts), self.values[starts[0] : starts[-1]]


class Lists:
    """Tool lists in memory."""

    def __init__(self, lists: Sequence[tuple[str, ...]]) -> None:
        self._lists = lists

    def __len__(self) -> int:
        return len(self._lists)

    def text(self, index: int) -> str:
        tools = [{"name": name, "description": "", "parameters": {}} for name in self._lists[index]]
        return json.dumps(tools)

    @property
    def listed(self) -> Listed:
        return listed(map(self.text, range(len(self))))


def ragged(lists: Sequence[Sequence[int]]) -> Ragged:
    starts = np.cumsum([0, *(len(one) for one in lists)])
    values = np.array([value for one in lists for value in one], dtype=np.uint64)
    return Ragged(values, starts.astype(np.int64))


def traced(hashes: Sequence[TraceHashes]) -> tuple[U64, Ragged]:
    """Return the hashes of rows that are of traces."""
    whole = np.array([one.whole for one in hashes], dtype=np.uint64)
    return whole, ragged([one.prefixes for one in hashes])


def made(rows: Sequence[Row]) -> Columns:
    lists: dict[tuple[str, ...], int] = {}
    shapes: dict[Shape, int] = {}
    of_row = []
    for row in rows:
        number = lists.setdefault(row.tools, len(lists)) if row.tools else -1
        shape = Shape(row.lesson, number, row.calls, row.codes, 0, row.language)
        of_row.append(shapes.setdefault(shape, len(shapes)))
    ordinals = [n if row.ordinal is None else row.ordinal for n, row in enumerate(rows)]
    return Columns(
        source=np.array([row.source for row in rows], dtype=np.uint16),
        line=np.arange(1, len(rows) + 1, dtype=np.uint32),
        ordinal=np.array(ordinals, dtype=np.uint64),
        part=np.array([row.part for row in rows], dtype=np.uint16),
        id=np.array(
            [1000 + o if row.id is None else row.id for row, o in zip(rows, ordinals, strict=True)],
            dtype=np.uint64,
        ),
        tokens=np.array([row.tokens for row in rows], dtype=np.uint32),
        size=np.array([row.size for row in rows], dtype=np.uint32),
        shape=np.array(of_row, dtype=np.uint32),
        prompt=np.array(
            [10**6 + n if row.prompt is None else row.prompt for n, row in enumerate(rows)],
            dtype=np.uint64,
        ),
        answer=np.array([row.answer for row in rows], dtype=np.uint64),
        frame=np.array([row.frame for row in rows], dtype=np.uint64),
        wordings=ragged([row.wordings for row in rows]),
        values=ragged([row.values for row in rows]),
        trace=np.zeros(len(rows), dtype=np.uint64),
        prefixes=ragged([() for _ in rows]),
        shapes=tuple(shapes),
        lists=Lists(tuple(lists)),
    )


def every(columns: Columns) -> Mask:
    return np.ones(len(columns), dtype=np.bool_)
