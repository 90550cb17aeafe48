"""Pieces of the raw files that can be worked on apart: whole files, or byte ranges of lines.

Input: data files. Output: Chunks in input order. Only plain JSON Lines can be cut: of packed files
and documents nobody knows where a row begins.

Before: [Path("a.jsonl") of 300 MB, Path("b.json.gz")], two workers
After:  [a.jsonl from 0 to 64 MB, to 123 MB, to 167 MB, to 200 MB, ..., to the end, b.json.gz]
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from fctune.jsonl import STDIN, layout_of
from fctune.jsonl.faults import file_fault

MAX_CHUNK_BYTES = 192 << 20
MIN_CHUNK_BYTES = 4 << 20
_SHARE = 1.5  # a chunk is a worker's share of what is left, divided by this
_PIECE_BYTES = 1 << 20
_PLAIN = (".jsonl", ".ndjson", ".json")


@dataclass(frozen=True, slots=True)
class Chunk:
    """One piece of a raw file.

    Attributes:
        source: index of the file.
        path: the file, or `-`.
        start: byte at which its first line begins.
        end: byte after its last line; None for the end of the file.
        first_line: number of its first line.
    """

    source: int
    path: Path
    start: int = 0
    end: int | None = None
    first_line: int = 1


def chunks_of(files: Sequence[Path], *, workers: int) -> Iterator[Chunk]:
    """Yield the pieces of all files, in input order; files are cut for several workers only.

    To cut a file its lines are counted, so that workers better begin with the first piece.

    Raises:
        InputFault: a file cannot be read.
    """
    left = sum(_size(path) for path in files if path != STDIN)
    for source, path in enumerate(files):
        if workers > 1 and _can_be_cut(path):
            yield from _cut(source, path, left, workers)
        else:
            yield Chunk(source, path)
        left -= _size(path) if path != STDIN else 0


def chunk_bytes(left: int, workers: int) -> int:
    """Return the size of the next chunk: ever smaller, so that all workers end together.

    Each chunk costs some milliseconds, and a worker that waits for the last one costs more.

    Args:
        left: bytes that are in no chunk yet.
        workers: how many processes there are.
    """
    return min(MAX_CHUNK_BYTES, max(MIN_CHUNK_BYTES, int(left / (workers * _SHARE))))


def _can_be_cut(path: Path) -> bool:
    if path == STDIN or path.suffix.lower() not in _PLAIN:
        return False
    return _size(path) > MIN_CHUNK_BYTES and layout_of(path) == "lines"


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError as fault:
        raise file_fault(str(path), fault) from fault


def _cut(source: int, path: Path, left: int, workers: int) -> Iterator[Chunk]:
    """Yield byte ranges that end with a line, each with the number of its first line.

    The lines of a range are counted when the next one is asked for: work on it begins before.
    """
    try:
        with path.open("rb") as stream:
            start, line = 0, 1
            while True:
                end = _end_of_range(stream, start + chunk_bytes(left - start, workers))
                yield Chunk(source, path, start, end, line)
                if end is None:
                    return
                start, line = end, line + _lines_between(stream, start, end)
    except OSError as fault:
        raise file_fault(str(path), fault) from fault


def _end_of_range(stream: IO[bytes], least: int) -> int | None:
    """Return where the line ends that a byte is of; None near the file's end."""
    stream.seek(least)
    rest = stream.readline()
    if not rest.endswith(b"\n") or not stream.peek(1):  # type: ignore[attr-defined]
        return None
    return stream.tell()


def _lines_between(stream: IO[bytes], start: int, end: int) -> int:
    stream.seek(start)
    lines, left = 0, end - start
    while left > 0:
        piece = stream.read(min(left, _PIECE_BYTES))
        if not piece:
            break
        lines += piece.count(b"\n")
        left -= len(piece)
    return lines
