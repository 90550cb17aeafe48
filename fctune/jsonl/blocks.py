r"""The lines of a file as blocks of bytes, for those who take many lines at once.

Input: a stream that stands at the start of a line. Output: bytes that hold whole lines, the same
lines as `fctune.jsonl.numbered` yields, one behind the other. A line that is longer than a block
makes a block of its own size.

Before: b"\xef\xbb\xbf{}\n\n[1]\n", blocks of 4 bytes
After:  b"{}\n", b"\n[1]\n"
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from itertools import islice
from typing import IO

BOM = b"\xef\xbb\xbf"


def blocks(
    stream: IO[bytes], size: int, *, first: int = 1, length: int | None = None
) -> Iterator[bytes]:
    """Yield the bytes of a stream in blocks of whole lines; the mark of UTF-8 is no text.

    Args:
        stream: at the start of a line.
        size: how many bytes to read at once; the rest of the last line is read with them.
        first: the number of that line.
        length: how many bytes to read; None for all. A line that begins within them is whole.
    """
    while length is None or length > 0:
        block = stream.read(size if length is None else min(size, length))
        if block and not block.endswith(b"\n"):
            block += stream.readline()
        if not block:  # the end, which comes early where the file was cut meanwhile
            return
        if length is not None:
            length -= len(block)
        yield block.removeprefix(BOM) if first == 1 else block
        first = 0


def lines_of(block: bytes, begin: int, at_once: int) -> Iterator[list[bytes]]:
    """Yield the lines of a block from a place on, some at once."""
    lines = io.BytesIO(block)
    lines.seek(begin)
    while some := list(islice(lines, at_once)):
        yield some
