"""A file of a dataset while it is written: what waits in memory, the file, and its digest.

Input: rows, put together by the compiled part or by Python. Output: files side by side, and what
the manifest says of them. Whole mebibytes are written, at places of the file that are such: the
system takes them in fewer pieces, and so does the digest.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from types import TracebackType

import numpy as np
from blake3 import blake3

from fctune.dataset.manifest import WrittenFile
from fctune.native.gather import WAITING, Gatherer

PIECE_BYTES = 1 << 20
"""Bytes that are written at a time; they stay in the cache of a core until then."""
_LONG_ROW = 1 << 18  # a longer one is not waited for


class Output:
    """One file; use as a context manager.

    Args:
        path: the file, in a folder that exists.
        waits: whether a room is needed, in which rows wait.
    """

    def __init__(self, path: Path, *, waits: bool) -> None:
        self.room = np.empty(PIECE_BYTES + _LONG_ROW if waits else 0, dtype=np.uint8)
        """Where rows wait; see `Rooms`."""
        self._path, self._digest, self._written = path, blake3(), 0
        self._stream = path.open("wb")

    def __enter__(self) -> Output:
        """Return the file."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, _: BaseException | None, __: TracebackType | None
    ) -> None:
        """Close the file."""
        self._stream.close()

    @property
    def enough(self) -> int:
        """Bytes in the room with which the file ends at a whole mebibyte."""
        return PIECE_BYTES - self._written % PIECE_BYTES

    def add(self, piece: bytes | memoryview) -> None:
        """Write bytes behind all others."""
        self._digest.update(piece)
        self._stream.write(piece)
        self._written += len(piece)

    def told(self, rows: int) -> WrittenFile:
        """Return what the manifest says of the file."""
        return WrittenFile(self._path.name, rows, f"blake3:{self._digest.hexdigest()}")


class Rooms:
    """The rooms of files that are written side by side.

    Args:
        outputs: the files.
    """

    def __init__(self, outputs: Sequence[Output]) -> None:
        self._outputs = outputs
        self._waiting = np.zeros(len(outputs), dtype=WAITING)
        self._waiting["data"] = [output.room.ctypes.data for output in outputs]
        self._waiting["size"] = [len(output.room) for output in outputs]

    def __len__(self) -> int:
        """Return how many files there are."""
        return len(self._outputs)

    def fill(self, gatherer: Gatherer) -> bool:
        """Take rows, and write what is enough; tell whether any were taken."""
        self._waiting["enough"] = [output.enough for output in self._outputs]
        taken = gatherer.fill(self._waiting)
        for number, used in enumerate(self._waiting["used"].tolist()):
            output = self._outputs[number]
            enough = output.enough
            if used >= enough:
                output.add(output.room[:enough].data)
                output.room[: used - enough] = output.room[enough:used]
                self._waiting["used"][number] = used - enough
        return taken

    def add(self, number: int, piece: bytes) -> None:
        """Write rows of one file behind those that wait."""
        self._empty(number)
        self._outputs[number].add(piece)

    def empty(self) -> None:
        """Write what waits."""
        for number in range(len(self)):
            self._empty(number)

    def _empty(self, number: int) -> None:
        if used := int(self._waiting["used"][number]):
            self._outputs[number].add(self._outputs[number].room[:used].data)
            self._waiting["used"][number] = 0
