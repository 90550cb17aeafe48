"""Columns: all written rows of a build as arrays, a few dozen bytes a row.

What is decided over the whole set (duplicates, groups, split, mix, leakage) is decided on these,
so that memory grows with 8-byte hashes and not with texts. The texts wait in segments on disk.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

U64 = NDArray[np.uint64]
U32 = NDArray[np.uint32]
U16 = NDArray[np.uint16]
U8 = NDArray[np.uint8]
I64 = NDArray[np.int64]
Mask = NDArray[np.bool_]
RowNumbers = NDArray[Any]
"""Numbers of rows: of 32 bits, in a set of 2**31 rows and more of 64."""

TRAIN, DEV, TEST = 0, 1, 2
WINDOW_ROWS = 1 << 16
"""Rows that are looked at together where a column need not be in memory as a whole."""
PRINT_BYTES = 32
"""Of the fingerprint of a tool."""


class Hashes(Protocol):
    """Lists of hashes, one list a row, in memory or on disk."""

    @property
    def total(self) -> int:
        """How many hashes all rows have."""
        ...

    def blocks(self) -> Iterator[tuple[int, NDArray[Any], U64]]:
        """Yield some thousand rows at a time: the first, how many each has, and the hashes."""
        ...


class Shape(NamedTuple):
    """What rows have in common: lesson, tools, called names, codes, language.

    A tuple, as sets whose rows all differ have as many shapes as rows.

    Attributes:
        lesson: value of a Lesson.
        tools: index of the row's tool list in `Columns.lists`; -1 where it lists none.
        calls: names of the calls, in order.
        codes: issue codes of the row, sorted, each once, whatever their severity.
        mapped: calls that a mapping wrote on the model's side.
        language: `en`, `zh` or `other`, told from what the user says.
    """

    lesson: str
    tools: int
    calls: tuple[str, ...]
    codes: tuple[str, ...]
    mapped: int = 0
    language: str = "en"


@dataclass(frozen=True, slots=True)
class Listed:
    """The tools of the tool lists of a build.

    Attributes:
        names: each name once, in the order in which they were met.
        tools: for each tool of each list the number of its name.
        starts: where the tools of each list start, and at the end how many there are.
        fingerprints: of all these tools, `PRINT_BYTES` each.
    """

    names: tuple[str, ...]
    tools: I64
    starts: I64
    fingerprints: bytes

    def of(self, index: int) -> Iterator[tuple[str, bytes]]:
        """Yield the tools of a list: name and fingerprint."""
        start, end = self.starts[index : index + 2].tolist()
        for place, number in enumerate(self.tools[start:end].tolist(), start):
            at = PRINT_BYTES * place
            yield self.names[number], self.fingerprints[at : at + PRINT_BYTES]


class ToolLists(Protocol):
    """The distinct tool lists of a build; their texts may lie on disk."""

    def __len__(self) -> int:
        """Return how many there are."""
        ...

    def text(self, index: int) -> str:
        """Return the JSON text of the `tools` column."""
        ...

    @property
    def listed(self) -> Listed:
        """The tools that each shows."""
        ...


@dataclass(frozen=True, slots=True)
class Columns:
    """All rows that were made, in input order; each array has one entry a row.

    Attributes:
        source: index of the raw file.
        line: line of the raw row, from 1.
        ordinal: number of the raw row over all sources; the parts of one raw row share it.
        part: 0 and on within one raw row.
        id: the id of the raw row's conversation as a number; parts share it.
        tokens: length in tokens; 0 where it was not measured.
        size: bytes of the written row.
        shape: index into `shapes`.
        prompt: hash of the tools and of what the user says up to the model's first decision.
        answer: hash of the calls of that decision, whatever their order; 0 where it is no call.
        frame: hash of the first user text with values and digits blanked; 0 where there is none.
        wordings: hashes of the user wordings that tie rows into one group.
        values: a hash of tool name and canonical arguments for each call.
        trace: hash of all turns of a row that is of a trace; 0 for others.
        prefixes: hashes of the shorter beginnings of such a row.
        shapes: the distinct shapes.
        lists: the distinct tool lists.
    """

    source: U32
    line: U32
    ordinal: U64
    part: U16
    id: U64
    tokens: U32
    size: U32
    shape: U32
    prompt: U64
    answer: U64
    frame: U64
    wordings: Hashes
    values: Hashes
    trace: U64
    prefixes: Hashes
    shapes: Sequence[Shape]
    lists: ToolLists

    def __len__(self) -> int:
        """Return how many rows there are."""
        return len(self.id)


def per_shape(columns: Columns, rows: Iterable[Mask | RowNumbers]) -> list[I64]:
    """Return how many rows have each shape, for each of some sets of rows."""
    shape, shapes = columns.shape, len(columns.shapes)
    return [np.bincount(shape[one], minlength=shapes) for one in rows]


def row_type(count: int) -> type[np.signedinteger[Any]]:
    """Return the type of row numbers of a set of that many rows."""
    return np.int32 if count < 2**31 else np.int64


def rows_of(mask: Mask) -> RowNumbers:
    """Return the numbers of the rows that are marked, in order."""
    kind = row_type(len(mask))
    parts = [
        (np.flatnonzero(mask[first : first + WINDOW_ROWS]) + first).astype(kind)
        for first in range(0, len(mask), WINDOW_ROWS)
    ]
    return np.concatenate(parts) if parts else np.zeros(0, dtype=kind)
