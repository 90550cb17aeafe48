r"""The lines of a file as blocks of bytes, for those who take many lines at once.

Input: a stream that stands at the start of a line. Output: bytes that hold whole lines, the same
lines as `fctune.jsonl.numbered` yields, one behind the other. A line that is longer than a block
makes a block of its own size; the others follow one another in the same memory, without a copy.

Before: b"\xef\xbb\xbf{}\n\n[1]\n", blocks of 6 bytes
After:  b"{}\n", b"\n[1]\n"
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from itertools import islice
from typing import IO, cast

BOM = b"\xef\xbb\xbf"


def blocks(
    stream: IO[bytes], size: int, *, first: int = 1, length: int | None = None
) -> Iterator[memoryview]:
    """Yield the bytes of a stream in blocks of whole lines; the mark of UTF-8 is no text.

    Args:
        stream: at the start of a line.
        size: of a block at most, but for a line that is longer.
        first: the number of that line.
        length: how many bytes to read; None for all. A line that begins within them is whole.

    Yields:
        A block, which is good until the next one is asked for.
    """
    for block in _whole_lines(stream, size, length):
        yield block[len(BOM) :] if first == 1 and block[: len(BOM)] == BOM else block
        first = 0


def _whole_lines(stream: IO[bytes], size: int, length: int | None) -> Iterator[memoryview]:
    memory = bytearray(size)
    view = memoryview(memory)
    kept = 0  # bytes at its start, of a line whose end is not there yet
    while wanted := size - kept if length is None else min(size - kept, length):
        found = cast("io.BufferedIOBase", stream).readinto(view[kept : kept + wanted])
        if not found:  # the end, which comes early where the file was cut meanwhile
            break
        filled = kept + found
        end = memory.rfind(b"\n", kept, filled) + 1
        if end:
            yield view[:end]
            memory[: filled - end] = memory[end:filled]
        elif filled == size:
            rest = stream.readline()
            yield memoryview(bytes(memory) + rest)
            found, end = found + len(rest), filled
        kept = filled - end
        if length is not None:
            length = max(0, length - found)
    if kept:
        yield memoryview(bytes(view[:kept]) + stream.readline())


def lines_of(block: bytes | memoryview, begin: int, at_once: int) -> Iterator[list[bytes]]:
    """Yield the lines of a block from a place on, some at once."""
    lines = io.BytesIO(memoryview(block)[begin:])
    while some := list(islice(lines, at_once)):
        yield some
