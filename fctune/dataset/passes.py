"""Which files of a dataset are written side by side, in one pass over rows that they share.

Input: the rows of each file, in order. Output: passes: rows, each with the files it goes into. The
order of every file stands; a row that several files hold is read once.

The splits are in the order of the input, and so are written while the spool is read through once.
The files of the two stages draw their order from the same numbers: rows that both hold follow one
another alike.

Before: general_train [5, 2, 7], toolcall_train [5, 9, 2]
After:  one pass: 5 to both, 9 to the second, 2 to both, 7 to the first
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from fctune.dataset.columns import U8, Mask, RowNumbers, row_type, rows_of

_MOST_FILES = 8  # bits of `which`


@dataclass(frozen=True, slots=True)
class FileTask:
    """One file to write.

    Attributes:
        path: the file.
        rows: numbers of its rows, in order; one that is named twice is written twice.
        without: names of tools that its rows must not show.
    """

    path: Path
    rows: RowNumbers
    without: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Pass:
    """Files that are written side by side.

    Attributes:
        paths: the files.
        rows: numbers of rows.
        which: the files that each goes into, a bit for each.
        without: names of tools that rows must not show.
    """

    paths: tuple[Path, ...]
    rows: RowNumbers
    which: U8
    without: tuple[str, ...]

    @property
    def size(self) -> int:
        """How many rows are written."""
        return sum(self.counts)

    @property
    def counts(self) -> list[int]:
        """How many rows each file gets."""
        bits = range(len(self.paths))
        return [int(np.count_nonzero(self.which & (1 << bit))) for bit in bits]


def passes_of(tasks: Sequence[FileTask], count: int) -> list[Pass]:
    """Return the passes that write all files.

    Args:
        tasks: the files.
        count: rows of the spool.
    """
    found: list[Pass] = []
    for task in sorted(tasks, key=lambda task: -len(task.rows)):  # few rows are then inserted
        for at, one in enumerate(found):
            joined = _joined(one, task, count)
            if joined is not None:
                found[at] = joined
                break
        else:
            found.append(alone(task))
    return found


def alone(task: FileTask) -> Pass:
    """Return the pass of one file."""
    ones = np.ones(len(task.rows), dtype=np.uint8)
    return Pass((task.path,), task.rows, ones, tuple(task.without))


def _joined(one: Pass, task: FileTask, count: int) -> Pass | None:
    """Return the pass that writes one more file; None where their orders differ."""
    if one.without != tuple(task.without) or len(one.paths) == _MOST_FILES:
        return None
    bit = np.uint8(1 << len(one.paths))
    found = (
        _by_number(one, task.rows, bit, count)
        if _ascend(one.rows) and _ascend(task.rows)
        else _inserted(one, task.rows, bit, count)
    )
    return None if found is None else Pass((*one.paths, task.path), *found, one.without)


def _ascend(rows: RowNumbers) -> bool:
    return bool(np.all(rows[1:] > rows[:-1]))


def _by_number(one: Pass, rows: RowNumbers, bit: np.uint8, count: int) -> tuple[RowNumbers, U8]:
    which = np.zeros(count, dtype=np.uint8)
    which[one.rows] = one.which
    which[rows] |= bit
    merged = rows_of(which > 0)
    return merged, which[merged]


def _inserted(
    one: Pass, rows: RowNumbers, bit: np.uint8, count: int
) -> tuple[RowNumbers, U8] | None:
    places = np.full(count, -1, dtype=row_type(len(one.rows)))
    places[one.rows] = np.arange(len(one.rows), dtype=places.dtype)
    at = places[rows]
    shared: Mask = at >= 0
    known = at[shared]
    if not len(known) or not _ascend(known):
        return None
    which = one.which.copy()
    which[known] |= bit
    if shared.all():
        return one.rows, which
    # A row that only the new file has goes before the next one that both have.
    at[~shared] = len(one.rows)
    before = np.minimum.accumulate(at[::-1])[::-1][~shared]
    return np.insert(one.rows, before, rows[~shared]), np.insert(which, before, bit)
