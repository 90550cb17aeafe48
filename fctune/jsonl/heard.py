"""A file that tells what is read of it, so that nobody reads those bytes again.

Input: an open file. Output: the same bytes, and a call for each piece of them.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

Hear = Callable[[int, memoryview], None]
"""Is told where a piece begins in the file, and the piece."""


class HeardFile(io.RawIOBase):
    """Reads a file and tells each piece.

    Args:
        file: opened without a buffer; it is closed with this.
        hear: is told each piece.
    """

    def __init__(self, file: io.FileIO, hear: Hear) -> None:
        self._file, self._hear, self._at = file, hear, file.tell()

    def readable(self) -> bool:
        """Return True."""
        return True

    def seekable(self) -> bool:
        """Return True."""
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Go to a place in the file and return it."""
        self._at = self._file.seek(offset, whence)
        return self._at

    def readinto(self, buffer: Any) -> int:
        """Read the next bytes and return how many they are."""
        count = self._file.readinto(buffer) or 0
        with memoryview(buffer) as view, view.cast("B")[:count] as piece:
            self._hear(self._at, piece)
        self._at += count
        return count

    def close(self) -> None:
        """Close the file."""
        self._file.close()
        super().close()
