"""The spool: all segments of a build as one table of columns, and the bytes of each row.

Input: closed segments in input order. Output: Columns whose arrays are read from disk each time
they are asked for, so that only what a step needs is in memory; and rows by number.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import Any, cast

import numpy as np
import orjson
from numpy.typing import NDArray

from fctune.dataset.columns import I64, U32, U64, Columns, Ragged, Shape
from fctune.dataset.segment import (
    FIELDS,
    HEADS,
    LISTS,
    MARKS,
    PREFIXES,
    SIGNATURES,
    TOOLS_COLUMN,
    VALUES,
    WORDINGS,
    Segment,
)

BLOCK_ROWS = 1024
_MOST_OPEN = 64


class Spool:
    """The rows of all segments, numbered from 0 in input order.

    Args:
        segments: in input order.
    """

    def __init__(self, segments: Sequence[Segment]) -> None:
        self.segments = tuple(segments)
        self._latest: _OpenFile | None = None
        self._number_tables()

    def __len__(self) -> int:
        """Return how many rows there are."""
        return sum(segment.rows for segment in self.segments)

    @property
    def columns(self) -> Columns:
        """The rows as columns; arrays are loaded when they are asked for, and not kept."""
        # A class with the attributes of Columns: a dataclass would hold all arrays at once.
        return cast("Columns", _Lazy(self))

    @cached_property
    def first_rows(self) -> I64:
        """The number of each segment's first row, and at the end the number of all rows."""
        return np.cumsum([0, *(segment.rows for segment in self.segments)], dtype=np.int64)

    def column(self, name: str) -> NDArray[Any]:
        """Return one stored column over all segments, as its segments wrote it."""
        kind = FIELDS[name]
        parts = [
            np.fromfile(segment.folder / f"{name}.{kind}", dtype=f"<{kind}")
            for segment in self.segments
        ]
        return np.concatenate(parts) if parts else np.zeros(0, dtype=f"<{kind}")

    def marks(self, rows: I64) -> Iterator[bytes]:
        """Yield what audits found in rows, in the order asked for; b"" where they found nothing."""
        sizes = self.column("marks").astype(np.int64)
        ends = np.cumsum(sizes)
        before = np.concatenate(([0], ends))[self.first_rows[:-1]] if len(self) else ends
        homes = np.searchsorted(self.first_rows, rows, side="right") - 1
        files = _Files([segment.folder / MARKS for segment in self.segments])
        places = zip(
            homes.tolist(), (ends[rows] - before[homes]).tolist(), sizes[rows].tolist(),
            strict=True,
        )  # fmt: skip
        for home, end, size in places:
            yield _pread(files.number(home), size, end - size) if size else b""

    def signatures(self, width: int) -> NDArray[np.uint8]:
        """Return the signatures of near duplicates, one line a row."""
        parts = [
            np.fromfile(segment.folder / SIGNATURES, dtype=np.uint8) for segment in self.segments
        ]
        return np.concatenate(parts).reshape(-1, width)

    def ragged(self, name: str) -> Ragged:
        """Return the `wordings`, `values` or `prefixes` of all rows."""
        file = {"wordings": WORDINGS, "values": VALUES, "prefixes": PREFIXES}[name]
        counts = self.column(name)
        starts = np.zeros(len(counts) + 1, dtype=np.int64)
        np.cumsum(counts, out=starts[1:])
        parts = [np.fromfile(segment.folder / file, dtype="<u8") for segment in self.segments]
        return Ragged(np.concatenate(parts) if parts else np.zeros(0, dtype=np.uint64), starts)

    def by_segment(self, name: str, per_segment: Sequence[int]) -> NDArray[Any]:
        """Return a column that is one value a segment, repeated for each of its rows."""
        rows = [segment.rows for segment in self.segments]
        return np.repeat(np.asarray(per_segment, dtype=FIELDS.get(name, "u4")), rows)

    def heads(self, rows: I64) -> Iterator[list[bytes]]:
        """Yield the heads of rows in the order asked for, `BLOCK_ROWS` of them at a time.

        Rows that follow one another in the input are read in one piece.
        """
        sizes = self.column("head").astype(np.int64)
        ends = np.cumsum(sizes)
        segment_of = np.searchsorted(self.first_rows, rows, side="right") - 1
        base = np.concatenate(([0], ends))[self.first_rows[:-1]] if len(self) else ends
        files = _Files([segment.folder / HEADS for segment in self.segments])
        for begin in range(0, len(rows), BLOCK_ROWS):
            block = rows[begin : begin + BLOCK_ROWS]
            homes = segment_of[begin : begin + BLOCK_ROWS]
            stops = ends[block] - base[homes]
            yield _read_block(files, block, homes, (stops - sizes[block], stops))

    def tools_column(self, index: int) -> bytes:
        """Return what follows the head of a row with this tool list, to the end of its line."""
        return TOOLS_COLUMN + (self._encoded(index) if index >= 0 else b'""') + b"}\n"

    @staticmethod
    def tools_column_of(text: str) -> bytes:
        """Return what follows the head of a row that shows these tools."""
        return TOOLS_COLUMN + orjson.dumps(text) + b"}\n"

    def list_text(self, index: int) -> str:
        """Return the text of the `tools` column of a tool list."""
        return str(orjson.loads(self._encoded(index)))

    @property
    def lists(self) -> int:
        """How many distinct tool lists there are."""
        return len(self._list_places)

    def _encoded(self, index: int) -> bytes:
        segment, start, stop = self._list_places[index]
        path = self.segments[segment].folder / LISTS
        if self._latest is None or self._latest.path != path:
            self._latest = _OpenFile(path)
        return _pread(self._latest.number, stop - start, start)

    def _number_tables(self) -> None:
        """Give shapes and tool lists one number over all segments."""
        shapes: dict[Shape, int] = {}
        lists: dict[bytes, int] = {}
        places: list[tuple[int, int, int]] = []
        self._shape_numbers: list[U32] = []
        for number, segment in enumerate(self.segments):
            local = list(_number_lists(number, segment, lists, places))
            mine = [
                shapes.setdefault(
                    replace(shape, tools=local[shape.tools]) if shape.tools >= 0 else shape,
                    len(shapes),
                )
                for shape in segment.shapes
            ]
            self._shape_numbers.append(np.asarray(mine, dtype=np.uint32))
        self.shapes = tuple(shapes)
        self._list_places = places

    def shape_column(self) -> U32:
        """Return the shape of each row, as an index into `shapes`."""
        parts = [
            numbers[np.fromfile(segment.folder / f"shape.{FIELDS['shape']}", dtype="<u4")]
            for numbers, segment in zip(self._shape_numbers, self.segments, strict=True)
        ]
        return np.concatenate(parts) if parts else np.zeros(0, dtype=np.uint32)


def _number_lists(
    number: int, segment: Segment, lists: dict[bytes, int], places: list[tuple[int, int, int]]
) -> Iterator[int]:
    """Yield the number of each tool list of a segment over all segments."""
    from blake3 import blake3

    start = 0
    with (segment.folder / LISTS).open("rb") as stream:
        for end in segment.list_ends:
            key = blake3(stream.read(end - start)).digest(16)
            known = lists.setdefault(key, len(lists))
            if known == len(places):
                places.append((number, start, end - 1))
            start = end
            yield known


def _read_block(files: _Files, rows: I64, homes: I64, places: tuple[I64, I64]) -> list[bytes]:
    starts, stops = places
    first, last = int(homes[0]), int(homes[-1])
    together = first == last and bool(np.all(rows[1:] > rows[:-1]))
    span = int(stops[-1] - starts[0])
    if together and span <= 2 * int(np.sum(stops - starts)) + (1 << 16):
        begin = int(starts[0])
        piece = _pread(files.number(first), span, begin)
        bounds = zip((starts - begin).tolist(), (stops - begin).tolist(), strict=True)
        return [piece[start:stop] for start, stop in bounds]
    single = zip(homes.tolist(), starts.tolist(), (stops - starts).tolist(), strict=True)
    return [_pread(files.number(home), size, start) for home, start, size in single]


def _pread(file: int, size: int, offset: int) -> bytes:
    """Read exactly that many bytes; the system may give fewer at a time."""
    piece = os.pread(file, size, offset)
    while len(piece) < size:
        more = os.pread(file, size - len(piece), offset + len(piece))
        if not more:
            raise OSError(5, "a file of the spool is shorter than it was written")
        piece += more
    return piece


class _Files:
    """Files by number, of which few are open at a time: a build may have thousands of segments."""

    def __init__(self, paths: Sequence[Path]) -> None:
        self._paths = paths
        self._open: dict[int, _OpenFile] = {}

    def number(self, index: int) -> int:
        """Return the number of the open file."""
        found = self._open.pop(index, None) or _OpenFile(self._paths[index])
        while len(self._open) >= _MOST_OPEN:
            self._open.pop(next(iter(self._open)))
        self._open[index] = found
        return found.number


class _OpenFile:
    """A file that stays open until it is forgotten: a set may have more lists than are kept."""

    def __init__(self, path: Path) -> None:
        self.path, self.number = path, os.open(path, os.O_RDONLY)

    def __del__(self) -> None:
        os.close(self.number)


class _Lists:
    """The tool lists of a spool, as Columns name them."""

    def __init__(self, spool: Spool) -> None:
        self._spool = spool

    def __len__(self) -> int:
        return self._spool.lists

    def text(self, index: int) -> str:
        return self._spool.list_text(index)


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
        before = np.cumsum([0, *(segment.read for segment in segments)])[:-1]
        offsets = np.repeat(before.astype(np.uint64), [segment.rows for segment in segments])
        return offsets + self._spool.column("ordinal").astype(np.uint64)

    @property
    def shape(self) -> U32:
        return self._spool.shape_column()

    @property
    def wordings(self) -> Ragged:
        return self._spool.ragged("wordings")

    @property
    def values(self) -> Ragged:
        return self._spool.ragged("values")

    @property
    def prefixes(self) -> Ragged:
        return self._spool.ragged("prefixes")

    def __getattr__(self, name: str) -> NDArray[Any]:
        if name not in FIELDS:
            raise AttributeError(name)
        return self._spool.column(name)
