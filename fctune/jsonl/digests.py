"""Digests of data files, as `blake3:` and 64 hexadecimal digits.

Input: a path, and what others read of the file meanwhile. Output: the digest of all its bytes.

BLAKE3 and not SHA-256: on a CPU without instructions for SHA-256, that alone takes longer than all
other work on a row (docs/decisions/0006).
"""

from __future__ import annotations

from pathlib import Path

import blake3

from fctune.jsonl.faults import file_fault
from fctune.jsonl.opened import opened_raw

_PIECE_BYTES = 1 << 18  # they stay in the cache of a core until they are hashed


class FileDigest:
    """The digest of a file, made of what was heard of it in order, and then of the rest.

    Args:
        path: the file.
    """

    def __init__(self, path: Path) -> None:
        self._path, self._digest, self._end = path, blake3.blake3(), 0

    def hear(self, start: int, piece: memoryview) -> None:
        """Take up bytes that somebody read; what was heard before, or after a gap, does not count.

        Args:
            start: where they begin in the file.
            piece: the bytes.
        """
        if start <= self._end < start + len(piece):
            self._digest.update(piece[self._end - start :])
            self._end = start + len(piece)

    def whole(self) -> str:
        """Read what was not heard, and return the digest.

        Raises:
            InputFault: the file cannot be read.
        """
        try:
            with opened_raw(self._path) as stream:
                stream.seek(self._end)
                while piece := stream.read(_PIECE_BYTES):
                    self._digest.update(piece)
                    self._end += len(piece)
        except OSError as fault:
            raise file_fault(str(self._path), fault) from fault
        return f"blake3:{self._digest.hexdigest()}"


def digest_of(path: Path) -> str:
    """Return the digest of a data file's bytes.

    Raises:
        InputFault: the file cannot be read.
    """
    return FileDigest(path).whole()
