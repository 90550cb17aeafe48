"""Rows of a file put together by the compiled part: heads out of the files of segments, endings.

Input: where the head of each row lies, and which bytes end it. Output: the rows, one behind the
other, in memory that is used again; None where the library was not built, or a file cannot be read.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from fctune.native.library import library

PIECE = np.dtype(
    [("start", "<u8"), ("file", "<i4"), ("size", "<u4"), ("ending", "<u4"), ("ending_size", "<u4")]
)
"""One row: where its head begins in an open file and how long it is; the same of its ending."""
_READ_BYTES = 1 << 17  # heads that follow one another are read so many bytes at a time


class Gatherer:
    """Puts rows together in one piece of memory; what it gave last is gone when it is asked again.

    Args:
        size: bytes of rows that are asked for at a time, as a rule.
    """

    def __init__(self, size: int) -> None:
        self._library: Any = library()
        self._room = np.empty(size + _READ_BYTES if self.there else 0, dtype=np.uint8)

    @property
    def there(self) -> bool:
        """Whether the library was built."""
        return self._library is not None

    def rows(self, pieces: NDArray[Any], total: int, endings: bytearray) -> memoryview | None:
        """Return the rows; None where they cannot be read.

        Args:
            pieces: one `PIECE` a row.
            total: bytes of the rows.
            endings: all endings, one behind the other.
        """
        room = self._room
        if total + _READ_BYTES > len(room):  # a long row, which is not waited for again
            room = np.empty(total + _READ_BYTES, dtype=np.uint8)
        held = np.frombuffer(endings, dtype=np.uint8)
        written = self._library.fctune_gather(
            pieces.ctypes.data,
            len(pieces),
            held.ctypes.data,
            len(held),
            room.ctypes.data,
            len(room),
        )
        return room.data[:total] if written == total else None
