"""Rows of files put together by the compiled part: heads out of the files of segments, endings.

Input: where heads and endings lie, and which rooms each row goes into. Output: the rows, one behind
the other, in the room of each file; None where the library was not built, or a file cannot be read.
"""

from __future__ import annotations

import ctypes
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fctune.native.library import Part, library

ENDING = np.dtype([("start", "<u4"), ("size", "<u4")])
"""Where the ending of a row begins in the text of all, and its size."""
WAITING = np.dtype([("data", "<u8"), ("size", "<u8"), ("used", "<u8"), ("enough", "<u8")])
"""A room: its memory, how much of that is used, and how much is enough before rows are written."""


@dataclass(frozen=True, slots=True)
class Stage:
    """What rows are made of.

    Attributes:
        ends: where the head of each row ends if all lay in one file; before them a 0.
        first_rows: the number of each segment's first row, and at the end that of all rows.
        files: the open file of each segment; -1 for those that no row asked for is of.
        lists: the tool list of each row, -1 for none.
        endings: an `ENDING` for each list; at the end that of rows without tools.
        text: all endings, one behind the other.
    """

    ends: NDArray[np.int64]
    first_rows: NDArray[np.int64]
    files: NDArray[np.int32]
    lists: NDArray[np.int32]
    endings: NDArray[Any]
    text: bytearray


def is_there() -> bool:
    """Tell whether the library was built."""
    return library() is not None


class Gatherer:
    """Puts rows together, as many at a time as go into the rooms of their files.

    Args:
        stage: what they are made of.
        rows: their numbers.
        which: which rooms each goes into, a bit for each.

    Attributes:
        done: how many rows were put into rooms; the next one is the first of others.
    """

    def __init__(self, stage: Stage, rows: NDArray[np.int64], which: NDArray[np.uint8]) -> None:
        rows, which = np.ascontiguousarray(rows, np.int64), np.ascontiguousarray(which, np.uint8)
        given = (
            np.ascontiguousarray(stage.ends, np.int64),
            np.ascontiguousarray(stage.first_rows, np.int64),
            np.ascontiguousarray(stage.files, np.int32),
            np.ascontiguousarray(stage.lists, np.int32),
            np.ascontiguousarray(stage.endings, ENDING),
            np.frombuffer(stage.text, dtype=np.uint8),
        )
        self._parts = (Part * len(given))(*[Part(one.ctypes.data, len(one)) for one in given])
        self._rows, self._which, self._count = rows.ctypes.data, which.ctypes.data, len(rows)
        self._held = given, rows, which  # as long as their places are used
        self.done = 0

    def fill(self, rooms: NDArray[Any]) -> bool:
        """Put rows into rooms until one does not go in; tell whether any did.

        Args:
            rooms: one `WAITING` a file; `used` is brought up to date.
        """
        rows, which = self._rows + 8 * self.done, self._which + self.done
        left = self._count - self.done
        taken: int = library().fctune_rows(
            ctypes.addressof(self._parts), rows, which, left, rooms.ctypes.data, len(rooms)
        )
        self.done += max(taken, 0)
        return taken > 0
