"""What candidates for near duplicates say, in brief, and each of them read once.

Input: a way to read what rows say. Output: for each row the hash of its facts and the hashes of its
shingles, ascending. They wait in a file without a name, some 600 bytes a row, since a row is
compared again and again while the search goes through the bands, and memory could not hold them.

Before: Said(shingles={"please book a", "book a table"}, facts=17, ...)
After:  array([17, -8312..., 2207...])
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterable, Sequence
from typing import Self

import numpy as np
from numpy.typing import NDArray

from fctune.dataset.columns import I64
from fctune.dataset.near_signature import Said

Read = Callable[[Sequence[int]], Iterable[Said]]


class Briefs:
    """The briefs of rows, read when they are first asked for.

    Args:
        rows: how many rows there are.
        read: tells what some rows say, in the order asked for.

    Raises:
        OSError: the folder for temporary files is full.
    """

    def __init__(self, rows: int, read: Read) -> None:
        self._starts = np.full(rows, -1, dtype=np.int64)
        self._sizes = np.zeros(rows, dtype=np.int32)
        self._read = read
        self._file = tempfile.TemporaryFile(prefix="fctune-near-", buffering=0)  # noqa: SIM115
        self._end = 0

    def __enter__(self) -> Self:
        """Return these briefs; their file goes with the end of the block."""
        return self

    def __exit__(self, *_: object) -> None:
        """Drop the file."""
        self._file.close()

    def __len__(self) -> int:
        """Return how many rows there are."""
        return len(self._starts)

    def of(self, rows: Sequence[int]) -> dict[int, I64]:
        """Return the briefs of some rows.

        Args:
            rows: each once, in rising order.
        """
        self._fetch([row for row in rows if self._starts[row] < 0])
        file = self._file.fileno()
        places = zip(rows, self._sizes[rows].tolist(), self._starts[rows].tolist(), strict=True)
        return {
            row: np.frombuffer(os.pread(file, size, start), dtype=np.int64)
            for row, size, start in places
        }

    def _fetch(self, rows: Sequence[int]) -> None:
        """Read rows and keep their briefs."""
        if not rows:
            return
        for row, said in zip(rows, self._read(rows), strict=True):
            data = _brief(said).tobytes()
            self._starts[row], self._sizes[row] = self._end, len(data)
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


def _brief(said: Said) -> NDArray[np.int64]:
    # The hash of this process will do: no brief outlives it. Two shingles of a pair of rows have
    # one hash in one of 10^15 cases.
    shingles = np.fromiter(map(hash, said.shingles), dtype=np.int64, count=len(said.shingles))
    facts = np.array([said.facts], dtype=np.uint64).view(np.int64)
    return np.concatenate((facts, np.unique(shingles)))
