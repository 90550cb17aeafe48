"""Any line of a JSON Lines file, without reading the rest: how many lines end before each piece.

Input: a plain file of lines. Output: its lines by number, from 1. The file is read once in pieces,
at the speed of the disk; eight bytes a piece are held, whatever the number of lines.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO

from fctune.errors import InputFault

_PIECE = 1 << 16


class IndexedLines:
    """The lines of a file, by number.

    Args:
        path: a file that is not packed.

    Raises:
        InputFault: the file cannot be read.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._before = array("Q")  # line ends before each piece
        ends, last = 0, b"\n"
        try:
            with path.open("rb") as stream:
                while piece := stream.read(_PIECE):  # whole, but for the last one
                    self._before.append(ends)
                    ends, last = ends + piece.count(b"\n"), piece[-1:]
        except OSError as fault:
            raise _unreadable(path, fault) from fault
        self._count = ends + (last != b"\n")

    def __len__(self) -> int:
        """Return how many lines there are; the last one may lack its line end."""
        return self._count

    def lines(self, numbers: Iterable[int]) -> Iterator[tuple[int, bytes]]:
        """Yield number and bytes of the lines that exist, in the order that is asked for.

        Raises:
            InputFault: the file cannot be read any more.
        """
        try:
            with self._path.open("rb") as stream:
                next_number = 1
                for number in numbers:
                    if not 1 <= number <= self._count:
                        continue
                    if number != next_number:
                        self._seek(stream, number)
                    yield number, stream.readline()
                    next_number = number + 1
        except OSError as fault:
            raise _unreadable(self._path, fault) from fault

    def _seek(self, stream: IO[bytes], number: int) -> None:
        """Go to the start of a line: behind the line end of the one before."""
        ends = number - 1
        at = bisect_left(self._before, ends) - 1 if ends else 0
        stream.seek(at * _PIECE)
        piece = stream.read(_PIECE)
        start = 0
        for _ in range(ends - self._before[at]):
            start = piece.index(b"\n", start) + 1
        stream.seek(at * _PIECE + start)


def _unreadable(path: Path, fault: OSError) -> InputFault:
    missing = isinstance(fault, FileNotFoundError)
    said = "no such file" if missing else f"cannot be read: {fault.strerror}"
    return InputFault(said, where=str(path), hint=f"ls -l {path.parent}")
