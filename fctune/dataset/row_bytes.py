r"""The bytes of rows by number: heads and tool lists, as they lie in the segments of a build.

Input: where segments and tool lists lie. Output: heads of rows, and the text that ends a row.
Nothing that is decided over the set is held here, so that it is cheap to send to other processes.

Before: row 7, whose segment holds its head from byte 310 to 905, with tool list 2
After:  b'{"conversations":[...],"system":"s"' and b',"tools":"[...]"}\n'
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import orjson
from numpy.typing import NDArray

from fctune.dataset.columns import I64, RowNumbers
from fctune.dataset.layout import FIELDS, HEADS, LISTS, TOOLS_COLUMN

HEADS_AT_ONCE = 512
"""Heads that are read together, some 2 kB each: as many as stay in the cache of a core."""
_MOST_OPEN = 64
_LISTS_AT_ONCE = 256  # tool lists, some kB each


@dataclass(frozen=True, slots=True)
class RowBytes:
    """Where the rows of a build lie.

    Attributes:
        folders: of the segments, in input order.
        first_rows: the number of each segment's first row, and at the end that of all rows.
        lists: for each tool list its segment, and where its line begins and ends.
    """

    folders: tuple[Path, ...]
    first_rows: I64
    lists: I64

    def __len__(self) -> int:
        """Return how many rows there are."""
        return int(self.first_rows[-1])

    def column(self, name: str) -> NDArray[Any]:
        """Return one stored column over all segments, as its segments wrote it."""
        kind = FIELDS[name]
        found = np.empty(len(self), dtype=f"<{kind}")
        for folder, first, end in zip(
            self.folders, self.first_rows[:-1], self.first_rows[1:], strict=True
        ):
            read_into(folder / f"{name}.{kind}", found[first:end])
        return found

    def head_ends(self) -> I64:
        """Return where the head of each row would end if all lay in one file; before them a 0."""
        ends = np.zeros(len(self) + 1, dtype=np.int64)
        np.cumsum(self.column("head"), out=ends[1:])
        return ends

    def heads(self, rows: RowNumbers, ends: I64 | None = None) -> Iterator[list[bytes]]:
        """Yield the heads of rows in the order asked for, `HEADS_AT_ONCE` of them at a time.

        Rows that follow one another in the input are read in one piece.

        Args:
            rows: numbers of rows.
            ends: `head_ends`, for who asks often; by default they are read.
        """
        heads = Heads(self, ends)
        for begin in range(0, len(rows), HEADS_AT_ONCE):
            yield heads.read(rows[begin : begin + HEADS_AT_ONCE])


class Heads:
    """The heads of rows, from files that stay open as long as this is used.

    Args:
        source: where the rows lie.
        ends: its `head_ends`; by default they are read.

    Attributes:
        ends: the same.
        first_rows: of the segments, as `RowBytes` has them.
    """

    def __init__(self, source: RowBytes, ends: I64 | None = None) -> None:
        self.ends = source.head_ends() if ends is None else ends
        self.first_rows = source.first_rows
        self._base = self.ends[self.first_rows[:-1]]
        self._files = _Files([folder / HEADS for folder in source.folders])
        self._all: NDArray[np.int32] | None = None

    def places(self, rows: RowNumbers) -> tuple[I64, I64, I64]:
        """Return for each row the segment of its head, where it begins there, and its size."""
        rows = rows.astype(np.int64)
        if len(self.first_rows) == 2:
            homes = np.zeros(len(rows), dtype=np.int64)
        else:
            homes = np.searchsorted(self.first_rows, rows, side="right") - 1
        starts = self.ends[rows]
        return homes, starts - self._base[homes], self.ends[rows + 1] - starts

    def opened(self, rows: RowNumbers) -> NDArray[np.int32] | None:
        """Return the open file of each segment that rows are of, -1 for others.

        None where they are more than stay open.
        """
        if len(self._base) > _MOST_OPEN:
            return self.opened_of(self.places(rows)[0])
        if self._all is None:
            self._all = self.opened_of(np.arange(len(self._base)))
        return self._all

    def opened_of(self, homes: I64) -> NDArray[np.int32] | None:
        """Return the same for rows of these segments."""
        there = np.zeros(len(self._base), dtype=np.bool_)
        there[homes] = True
        distinct = np.flatnonzero(there)  # `np.unique` loads masked arrays
        if len(distinct) > _MOST_OPEN:
            return None
        numbers = np.full(len(there), -1, dtype=np.int32)
        numbers[distinct] = [self._files.number(home) for home in distinct.tolist()]
        return numbers

    def read(self, rows: RowNumbers) -> list[bytes]:
        """Return the heads of some rows; those that follow one another are read in one piece."""
        return _read_block(self, self._files, *self.places(rows))


class ToolTexts:
    """The tool lists of a build, from files that stay open as long as this is used.

    Args:
        source: where the lists lie.
    """

    def __init__(self, source: RowBytes) -> None:
        self._places = source.lists
        self._files = _Files([folder / LISTS for folder in source.folders])

    def encoded(self, index: int) -> bytes:
        """Return the `tools` column of a list as JSON, as rows hold it."""
        segment, start, stop = self._places[index].tolist()
        return pread(self._files.number(segment), stop - start, start)

    def encoded_all(self, indexes: I64) -> Iterator[bytes]:
        """Yield the same of lists in ascending order; lines side by side are read at once."""
        for begin in range(0, len(indexes), _LISTS_AT_ONCE):
            homes, starts, stops = self._places[indexes[begin : begin + _LISTS_AT_ONCE]].T
            apart = (homes[1:] != homes[:-1]) | (starts[1:] != stops[:-1] + 1)
            for first, end in pairwise([0, *(np.flatnonzero(apart) + 1).tolist(), len(homes)]):
                start, stop = int(starts[first]), int(stops[end - 1])
                lines = pread(self._files.number(int(homes[first])), stop - start, start)
                yield from lines.split(b"\n")

    def column(self, index: int) -> bytes:
        """Return what follows the head of a row with this list, to the end of its line."""
        return column_of(self.encoded(index) if index >= 0 else b'""')

    def text(self, index: int) -> str:
        """Return the text of the `tools` column of a list."""
        return str(orjson.loads(self.encoded(index)))


def column_of(encoded: bytes) -> bytes:
    """Return what follows the head of a row whose `tools` column is this JSON."""
    return TOOLS_COLUMN + encoded + b"}\n"


def read_into(path: Path, found: NDArray[Any], *, skip: int = 0) -> None:
    """Fill an array with the entries of a file.

    Args:
        path: the file.
        found: the array, which says how many entries are read.
        skip: so many entries are left out at the start.

    Raises:
        OSError: the file is shorter than it was written.
    """
    if not len(found):
        return
    left = found.data.cast("B")
    with path.open("rb", buffering=0) as stream:
        stream.seek(skip * found.itemsize)
        while left:
            read = stream.readinto(left)
            if not read:
                raise _shorter()
            left = left[read:]


def pread(file: int, size: int, offset: int) -> bytes:
    """Read exactly that many bytes; the system may give fewer at a time.

    Raises:
        OSError: the file is shorter than it was written.
    """
    piece = os.pread(file, size, offset)
    while len(piece) < size:
        more = os.pread(file, size - len(piece), offset + len(piece))
        if not more:
            raise _shorter()
        piece += more
    return piece


def _shorter() -> OSError:
    return OSError(5, "a file of the spool is shorter than it was written")


def _read_block(heads: Heads, files: _Files, homes: I64, starts: I64, sizes: I64) -> list[bytes]:
    first, last = int(homes[0]), int(homes[-1])
    ordered = first == last and bool(np.all(starts[1:] >= starts[:-1] + sizes[:-1]))
    span = int(starts[-1] + sizes[-1] - starts[0])
    if ordered and span <= 2 * int(np.sum(sizes)) + (1 << 16):
        begin = int(starts[0])
        piece = pread(files.number(first), span, begin)
        places = starts - begin
        bounds = zip(places.tolist(), (places + sizes).tolist(), strict=True)
        return [piece[start:stop] for start, stop in bounds]
    opened = heads.opened_of(homes)
    if opened is None:
        return _one_by_one(files, homes, starts, sizes)
    found = [*map(os.pread, opened[homes].tolist(), sizes.tolist(), starts.tolist())]
    if sum(map(len, found)) < int(np.sum(sizes)):
        return _one_by_one(files, homes, starts, sizes)
    return found


def _one_by_one(files: _Files, homes: I64, starts: I64, sizes: I64) -> list[bytes]:
    places = zip(homes.tolist(), sizes.tolist(), starts.tolist(), strict=True)
    return [pread(files.number(home), size, start) for home, size, start in places]


class _Files:
    """Files by number, of which few are open at a time: a build may have thousands of segments."""

    def __init__(self, paths: Sequence[Path]) -> None:
        self._paths = paths
        self._open: dict[int, _OpenFile] = {}

    def number(self, index: int) -> int:
        """Return the number of the open file; the last `_MOST_OPEN` asked for stay open."""
        found = self._open.pop(index, None) or _OpenFile(os.open(self._paths[index], os.O_RDONLY))
        while len(self._open) >= _MOST_OPEN:
            self._open.pop(next(iter(self._open)))
        self._open[index] = found
        return found.number


class _OpenFile:
    """A file that stays open until it is forgotten."""

    def __init__(self, number: int) -> None:
        self.number = number

    def __del__(self) -> None:
        os.close(self.number)
