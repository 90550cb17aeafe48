"""The spool: all segments of a build as one table of columns, and the bytes of each row.

Input: closed segments in input order. Output: Columns whose arrays are read from disk each time
they are asked for, so that only what a step needs is in memory; lists of hashes block by block;
windows of some thousand rows; and rows by number.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from functools import cached_property, partial
from pathlib import Path
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from fctune.dataset.columns import I64, U32, U64, WINDOW_ROWS, Columns, Hashes, Listed, Shape
from fctune.dataset.layout import (
    BRIEF_SIZES,
    BRIEFS,
    FIELDS,
    KEY_BYTES,
    LIST_KEYS,
    PREFIXES,
    SIGNATURES,
    VALUES,
    WORDINGS,
    Segment,
)
from fctune.dataset.near_briefs import Stored
from fctune.dataset.row_bytes import RowBytes, ToolTexts, read_into
from fctune.dataset.tools_listed import read_listed
from fctune.dataset.windows import Window
from fctune.jsonl import without_collector

_COPIED_BYTES = 1 << 16
_LISTS_OF_HASHES = {"wordings": WORDINGS, "values": VALUES, "prefixes": PREFIXES}


Begin = Callable[[Callable[[RowBytes], Listed], RowBytes], Callable[[], Listed]]


class Spool:
    """The rows of all segments, numbered from 0 in input order.

    Args:
        segments: in input order.
        begin: begins a piece of work whose result is asked for later; by default it is done then.
    """

    def __init__(self, segments: Sequence[Segment], begin: Begin = partial) -> None:
        self.segments = tuple(segments)
        with without_collector():
            lists = self._number_tables()
        self.bytes = RowBytes(
            tuple(segment.folder for segment in self.segments), self.first_rows, lists
        )
        """The rows as they will be written."""
        self._listed = begin(read_listed, self.bytes)

    def __len__(self) -> int:
        """Return how many rows there are."""
        return int(self.first_rows[-1])

    @property
    def folder(self) -> Path | None:
        """The workspace, in which all segments lie; None where there is none."""
        return self.segments[0].folder.parent if self.segments else None

    @property
    def columns(self) -> Columns:
        """The rows as columns; arrays are loaded when they are asked for, and not kept."""
        # A class with the attributes of Columns: a dataclass would hold all arrays at once.
        return cast("Columns", _Lazy(self))

    @cached_property
    def first_rows(self) -> I64:
        """The number of each segment's first row, and at the end the number of all rows."""
        return np.cumsum([0, *(segment.rows for segment in self.segments)], dtype=np.int64)

    def signatures(self, width: int) -> NDArray[np.uint8]:
        """Return the signatures of near duplicates, one line a row.

        They are mapped from a file without a name that joins those of all segments, since 64 bytes
        a row are more than all else that is decided on takes.

        Raises:
            OSError: the disk is full.
        """
        with tempfile.TemporaryFile(dir=self.folder) as joined:
            for segment in self.segments:
                with (segment.folder / SIGNATURES).open("rb") as part:
                    shutil.copyfileobj(part, joined, _COPIED_BYTES)
            joined.flush()
            if not joined.tell():
                return np.zeros((0, width), dtype=np.uint8)
            return np.asarray(np.memmap(joined, dtype=np.uint8, mode="r")).reshape(-1, width)

    def briefs(self) -> Stored:
        """Return what rows say in brief, where it was made while they were read."""
        sizes = np.empty(len(self), dtype="<u4")
        places = zip(self.segments, self.first_rows[:-1], self.first_rows[1:], strict=True)
        for segment, first, end in places:
            read_into(segment.folder / BRIEF_SIZES, sizes[first:end])
        return Stored([segment.folder / BRIEFS for segment in self.segments], sizes)

    def hashes(self, name: str) -> Hashes:
        """Return the `wordings`, `values` or `prefixes` of all rows."""
        return _OnDisk(self, name)

    def by_segment(self, name: str, per_segment: Sequence[int]) -> NDArray[Any]:
        """Return a column that is one value a segment, repeated for each of its rows."""
        rows = [segment.rows for segment in self.segments]
        return np.repeat(np.asarray(per_segment, dtype=FIELDS.get(name, "u4")), rows)

    def windows(self) -> Iterator[Window]:
        """Yield the rows some thousand at a time, in input order."""
        for number, segment in enumerate(self.segments):
            first, marks = int(self.first_rows[number]), 0
            for begin in range(0, segment.rows, WINDOW_ROWS):
                count = min(WINDOW_ROWS, segment.rows - begin)
                window = Window(segment, self._shape_numbers[number], first, begin, count, marks)
                marks += int(window.column("marks").sum(dtype=np.int64))
                yield window

    def shape_column(self) -> U32:
        """Return the shape of each row, as an index into `shapes`."""
        found = self.bytes.column("shape")
        for numbers, first, end in zip(
            self._shape_numbers, self.first_rows[:-1], self.first_rows[1:], strict=True
        ):
            found[first:end] = numbers[found[first:end]]
        return found

    @property
    def lists(self) -> int:
        """How many distinct tool lists there are."""
        return len(self.bytes.lists)

    @cached_property
    def listed(self) -> Listed:
        """The tools that each tool list shows."""
        return self._listed()

    def _number_tables(self) -> I64:
        """Give shapes and tool lists one number over all segments; return where the lists lie."""
        shapes: dict[Shape, int] = {}
        shared: dict[tuple[str, ...], tuple[str, ...]] = {}
        lists: dict[bytes, int] = {}
        places: list[I64] = []
        self._shape_numbers: list[U32] = []

        def one(names: list[str]) -> tuple[str, ...]:
            """Return one tuple for all that are equal, as shapes may be as many as rows."""
            found = tuple(names)
            return shared.setdefault(found, found)

        for number, segment in enumerate(self.segments):
            own, ends = segment.tables()
            local = _number_lists(segment, lists)
            places.append(_new_lists(number, local, ends, sum(map(len, places))))
            local.append(-1)  # the list of rows that have none
            mine: list[int] = []
            for lesson, tools, calls, codes, mapped, language in own:
                shape = Shape(lesson, local[tools], one(calls), one(codes), mapped, language)
                mine.append(shapes.setdefault(shape, len(shapes)))
            self._shape_numbers.append(np.asarray(mine, dtype=np.uint32))
        self.shapes = tuple(shapes)
        return np.concatenate(places) if places else np.zeros((0, 3), dtype=np.int64)


def _number_lists(segment: Segment, lists: dict[bytes, int]) -> list[int]:
    """Return the number of each tool list of a segment over all segments.

    Lists are known by the digest that was made when they were written.
    """
    keys = (segment.folder / LIST_KEYS).read_bytes()
    return [
        lists.setdefault(keys[at : at + KEY_BYTES], len(lists))
        for at in range(0, len(keys), KEY_BYTES)
    ]


def _new_lists(segment: int, numbers: Sequence[int], ends: Sequence[int], before: int) -> I64:
    """Return where the lists lie that no segment before has: segment, start and end.

    Args:
        segment: its number.
        numbers: of its lists, over all segments.
        ends: where the line of each ends.
        before: how many lists the segments before have.
    """
    new = np.asarray(numbers, dtype=np.int64) >= before  # within a segment no list stands twice
    stops = np.asarray(ends, dtype=np.int64)
    starts = np.concatenate(([0], stops))[: len(stops)]
    homes = np.full(int(new.sum()), segment, dtype=np.int64)
    return np.stack([homes, starts[new], stops[new] - 1], axis=1)


class _OnDisk:
    """Lists of hashes that are read block by block."""

    def __init__(self, spool: Spool, name: str) -> None:
        self._spool, self._name, self._file = spool, name, _LISTS_OF_HASHES[name]

    @property
    def total(self) -> int:
        """How many hashes all rows have."""
        segments = self._spool.segments
        return sum((one.folder / self._file).stat().st_size for one in segments) // 8

    def blocks(self) -> Iterator[tuple[int, NDArray[Any], U64]]:
        """Yield some thousand rows at a time: the first, how many each has, and the hashes."""
        home: Path | None = None
        done = 0
        for window in self._spool.windows():
            if window.segment.folder != home:
                home, done = window.segment.folder, 0
            counts = window.column(self._name)
            values = np.empty(int(counts.sum(dtype=np.int64)), dtype="<u8")
            read_into(home / self._file, values, skip=done)
            done += len(values)
            yield window.first, counts, values


class _Lists:
    """The tool lists of a spool, as Columns name them."""

    def __init__(self, spool: Spool) -> None:
        self._spool = spool
        self._texts: ToolTexts | None = None

    def __len__(self) -> int:
        return self._spool.lists

    def text(self, index: int) -> str:
        self._texts = self._texts or ToolTexts(self._spool.bytes)
        return self._texts.text(index)

    @property
    def listed(self) -> Listed:
        return self._spool.listed


class _Lazy:
    """The attributes of Columns, each read from disk when asked for."""

    def __init__(self, spool: Spool) -> None:
        self._spool = spool
        self.shapes = spool.shapes
        self.lists = _Lists(spool)

    def __len__(self) -> int:
        return len(self._spool)

    @property
    def source(self) -> U32:
        return self._spool.by_segment("line", [s.source for s in self._spool.segments])

    @property
    def ordinal(self) -> U64:
        segments = self._spool.segments
        before = np.cumsum([0, *(segment.read for segment in segments)])
        found: U64 = self._spool.bytes.column("ordinal")
        if before[-1] >= 2**32:
            found = found.astype(np.uint64)
        first_rows = self._spool.first_rows
        for base, first, end in zip(before[:-1], first_rows[:-1], first_rows[1:], strict=True):
            found[first:end] += found.dtype.type(base)
        return found

    @property
    def shape(self) -> U32:
        return self._spool.shape_column()

    @property
    def wordings(self) -> Hashes:
        return self._spool.hashes("wordings")

    @property
    def values(self) -> Hashes:
        return self._spool.hashes("values")

    @property
    def prefixes(self) -> Hashes:
        return self._spool.hashes("prefixes")

    def __getattr__(self, name: str) -> NDArray[Any]:
        if name not in FIELDS:
            raise AttributeError(name)
        return self._spool.bytes.column(name)
