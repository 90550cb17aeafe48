"""What candidates for near duplicates say, in brief, and each of them read once.

Input: a way to read what rows say. Output: for each row the hash of its facts and the hashes of its
shingles, ascending. They wait in a file without a name, some 600 bytes a row, since a row is
compared again and again while the search goes through the bands, and memory could not hold them.
Those that the compiled part made while it read the rows are taken over.

Before: Said(shingles={"please book a", "book a table"}, facts=17, ...)
After:  array([17, -8312..., 2207...])
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Iterable, Sequence
from itertools import repeat
from pathlib import Path
from typing import NamedTuple, Self

import numpy as np
import xxhash
from numpy.typing import NDArray

from fctune.dataset.columns import I64
from fctune.dataset.near_signature import Said
from fctune.dataset.row_bytes import pread

_UTF8 = ("utf-8", "surrogatepass")
MOST_PAIRS = 512
_COPIED_BYTES = 1 << 18
_PAIR_BITS = np.uint64(9)

Read = Callable[[Sequence[int]], Iterable[Said | I64]]
"""What rows say, or their briefs where those are at hand."""


class Stored(NamedTuple):
    """Briefs that were made when rows were read.

    Attributes:
        files: one behind the other.
        sizes: bytes of the brief of each row; 0 where it was not made.
    """

    files: Sequence[Path]
    sizes: NDArray[np.uint32]


class Briefs:
    """The briefs of rows, read when they are first asked for.

    Args:
        rows: how many rows there are.
        read: tells what some rows say, in the order asked for.
        folder: where the file waits; default: among temporary files, which may be in memory.
        stored: those that were made before.

    Raises:
        OSError: the folder is full.
    """

    def __init__(
        self, rows: int, read: Read, folder: Path | None = None, stored: Stored | None = None
    ) -> None:
        self.starts = np.full(rows, -1, dtype=np.int64)
        """Where the brief of each row begins in the file; -1 where it is not there yet."""
        self.sizes = np.zeros(rows, dtype=np.int32)
        """How many bytes each has."""
        self._read = read
        self._file = tempfile.TemporaryFile(dir=folder, buffering=0)  # noqa: SIM115
        self._end = 0
        if stored is not None:
            self._take(stored)

    def __enter__(self) -> Self:
        """Return these briefs; their file goes with the end of the block."""
        return self

    def __exit__(self, *_: object) -> None:
        """Drop the file."""
        self._file.close()

    def __len__(self) -> int:
        """Return how many rows there are."""
        return len(self.starts)

    @property
    def file(self) -> int:
        """The number of their file."""
        return self._file.fileno()

    def keep(self, rows: NDArray[np.int32]) -> None:
        """Read the rows whose briefs are not in the file yet."""
        new = np.unique(rows[self.starts[rows] < 0]).tolist()
        for at in range(0, len(new), MOST_PAIRS):
            self._fetch(new[at : at + MOST_PAIRS])

    def of(self, rows: Sequence[int]) -> dict[int, I64]:
        """Return the briefs of some rows.

        Args:
            rows: each once, in rising order.
        """
        self._fetch([row for row in rows if self.starts[row] < 0])
        file = self._file.fileno()
        sizes, starts = self.sizes[rows].tolist(), self.starts[rows].tolist()
        found = [*map(os.pread, repeat(file), sizes, starts)]
        if sum(map(len, found)) < sum(sizes):  # the system may give fewer bytes at a time
            found = [*map(pread, repeat(file), sizes, starts)]
        return {
            row: np.frombuffer(data, dtype=np.int64) for row, data in zip(rows, found, strict=True)
        }

    def _take(self, stored: Stored) -> None:
        """Take briefs that were made before into the file."""
        with open(self.file, "wb", closefd=False) as file:
            for path in stored.files:
                with path.open("rb") as part:
                    shutil.copyfileobj(part, file, _COPIED_BYTES)
        self.sizes[:] = stored.sizes
        ends = np.cumsum(stored.sizes, dtype=np.int64)
        self._end = os.fstat(self.file).st_size
        if self._end != (ends[-1] if len(ends) else 0):
            raise OSError(5, "a file of the spool has another size than was written")
        self.starts[:] = np.where(self.sizes > 0, ends - self.sizes, -1)

    def _fetch(self, rows: Sequence[int]) -> None:
        """Read rows and keep their briefs."""
        if not rows:
            return
        for row, said in zip(rows, self._read(rows), strict=True):
            data = (brief(said) if isinstance(said, Said) else said).tobytes()
            self.starts[row], self.sizes[row] = self._end, len(data)
            left = memoryview(data)
            while left:
                written = os.pwrite(self._file.fileno(), left, self._end)
                self._end += written
                left = left[written:]


def jaccard(left: I64, right: I64) -> float:
    """Return the Jaccard similarity of the shingles of two briefs; 0 where their facts differ."""
    if left[0] != right[0]:
        return 0.0
    both = np.concatenate((left[1:], right[1:]))
    both.sort()
    shared = int(np.count_nonzero(both[1:] == both[:-1]))
    return shared / (len(both) - shared) if len(both) else 1.0


def similarities(left: Sequence[I64], right: Sequence[I64]) -> NDArray[np.float64]:
    """Return the `jaccard` of pairs of briefs, of all at once: up to `MOST_PAIRS`.

    Hashes are compared by 55 bits: those of a pair that are no more than equal by chance are one in
    10^13 pairs.
    """
    briefs = [*left, *right]
    sizes = np.fromiter(map(len, briefs), dtype=np.int64, count=len(briefs))
    both = np.concatenate(briefs).view(np.uint64)
    starts = np.cumsum(sizes) - sizes
    stated = both[starts]
    sizes -= 1
    kept = np.ones(len(both), dtype=np.bool_)
    kept[starts] = False
    pair = np.repeat(np.tile(np.arange(len(left), dtype=np.uint64), 2), sizes)
    # The pair before the hash, so that one sort brings equal hashes of one pair together.
    keys = (both[kept] >> _PAIR_BITS) | (pair << (np.uint64(64) - _PAIR_BITS))
    keys.sort()
    twice = keys[1:][keys[1:] == keys[:-1]] >> (np.uint64(64) - _PAIR_BITS)
    shared = np.bincount(twice.astype(np.int64), minlength=len(left))
    union = sizes[: len(left)] + sizes[len(left) :] - shared
    found = np.where(union > 0, shared / np.maximum(union, 1), 1.0)
    found[stated[: len(left)] != stated[len(left) :]] = 0.0
    return np.asarray(found, dtype=np.float64)


def brief(said: Said) -> I64:
    """Return the hash of what a row states, and the hashes of its shingles, ascending."""
    # The same hash as in `near.rs`, since the rows of one build may go either way. Two shingles of
    # a pair of rows have one hash in one of 10^15 cases.
    hashes = [xxhash.xxh3_64_intdigest(one.encode(*_UTF8)) for one in said.shingles]
    shingles = np.array(hashes, dtype=np.uint64).view(np.int64)
    facts = np.array([said.facts], dtype=np.uint64).view(np.int64)
    return np.concatenate((facts, np.unique(shingles)))
