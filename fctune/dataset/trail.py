"""The trail of a dataset: where each written row came from, and why each other row is not there.

Input: the spool and what was settled. Output: `<name>.rows.jsonl`, one line a row of the splits, in
which `marks` says what audits found and where,
and `<name>.rejects.jsonl`, one line a rejected row.

Before: row 3 of train, from line 17 of the second raw file
After:  {"split":"train","row":3,"origin":"b.jsonl:17","part":0,"id":"9f...","lesson":"call",
         "codes":["system-default"],"tokens":0}
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import orjson

from fctune.dataset.columns import U8, RowNumbers
from fctune.dataset.deliver import lists_of
from fctune.dataset.others import other_row
from fctune.dataset.segment import REJECTS
from fctune.dataset.settle import Settled
from fctune.dataset.spool import BLOCK_ROWS, Spool, Window
from fctune.issues import Origin, Rejected, issue
from fctune.jsonl import dump_line

_PIECE_BYTES = 1 << 20
_WHY = {
    "contradiction": "another row with the same tools and words decides differently",
    "frame-over-represented": "too many rows ask with this sentence",
    "near-duplicate": "another row says nearly the same",
}


def write_trail(path: Path, spool: Spool, settled: Settled, sources: Sequence[str]) -> None:
    """Write one line a row of the splits, in the order of their files."""
    with path.open("wb") as stream:
        for piece in _trail(spool, settled, sources):
            stream.write(piece)


def write_rejects(path: Path, spool: Spool, settled: Settled, sources: Sequence[str]) -> None:
    """Write the rejects of all segments as one file, then those that the whole set rejects."""
    with path.open("wb") as stream:
        for segment in spool.segments:
            with (segment.folder / REJECTS).open("rb") as part:
                while piece := part.read(_PIECE_BYTES):
                    stream.write(piece)
        for rejected in _rejected_late(spool, settled, sources):
            stream.write(dump_line(rejected.as_row()) + b"\n")


def _trail(spool: Spool, settled: Settled, sources: Sequence[str]) -> Iterator[bytes]:
    flags, codes = _flags(len(spool), settled)
    ending = _endings(spool, codes)
    # A name that is no UTF-8 is shown with escapes: strict readers of JSON refuse halves.
    names = [source.encode("utf-8", "backslashreplace").decode() for source in sources]
    files = [orjson.dumps(name)[1:-1] for name in names]
    for split, rows in settled.splits.items():
        opening = b'{"split":%b,"row":' % orjson.dumps(split)
        done = 0
        for window in spool.windows():
            # The rows of a split are in input order.
            end = int(np.searchsorted(rows, window.first + window.count))
            places = rows[done:end] - window.first
            middle = b',"origin":"%b:' % files[window.segment.source]
            yield b"".join(
                [
                    b'%b%d%b%d","part":%d,"id":"%016x"%b%b%d}\n'
                    % (opening, n, middle, line, part, id_, marks, ending(shape, flag), tokens)
                    for n, (line, part, id_, shape, tokens, flag, marks) in enumerate(
                        _told(window, places, flags), start=done + 1
                    )
                ]
            )
            done = end


def _told(window: Window, places: RowNumbers, flags: U8) -> Iterator[tuple[Any, ...]]:
    """Yield what is told of rows of a window, given by their place in it."""
    found = (window.column(name)[places] for name in ("line", "part", "id", "shape", "tokens"))
    marks, ends = window.marks()
    told = (
        b',"marks":%b' % marks[start:end] if start < end else b""
        for start, end in zip(ends[places].tolist(), ends[places + 1].tolist(), strict=True)
    )
    columns = [column.tolist() for column in (*found, flags[places + window.first])]
    return zip(*columns, told, strict=True)


def _flags(count: int, settled: Settled) -> tuple[U8, Sequence[str]]:
    """Return for each row which codes of the whole set it has, one bit a code."""
    codes = sorted(settled.findings.rows)
    flags = np.zeros(count, dtype=np.uint8)
    for bit, code in enumerate(codes):
        flags |= settled.findings.rows[code].astype(np.uint8) << np.uint8(bit)
    return flags, codes


def _endings(spool: Spool, codes: Sequence[str]) -> Callable[[int, int], bytes]:
    """Return what gives the end of a line by shape and flags; many rows share both."""

    @lru_cache(maxsize=1 << 16)
    def ending(number: int, flag: int) -> bytes:
        shape = spool.shapes[number]
        found = [code for bit, code in enumerate(codes) if flag >> bit & 1]
        every = sorted({*shape.codes, *found})
        return b',"lesson":%b,"codes":%b,"tokens":' % (
            orjson.dumps(shape.lesson),
            orjson.dumps(every),
        )

    return ending


def _rejected_late(spool: Spool, settled: Settled, sources: Sequence[str]) -> Iterator[Rejected]:
    """Yield the rows that a switch rejects for a code of the whole set, as they were converted."""
    if not settled.findings.rejected.any():
        return
    columns = spool.columns
    source, line, lists = columns.source, columns.line, lists_of(spool)
    by_code = settled.findings.rejected_by
    other = other_row(columns, settled.findings, sources)
    ordinal, size = columns.ordinal, columns.size
    rows = np.flatnonzero(settled.findings.rejected)
    whole = {int(ordinal[row]): int(row) for row in rows[np.argsort(size[rows], kind="stable")]}
    done = 0
    for heads in spool.heads(rows):
        for row, head in zip(rows[done : done + BLOCK_ROWS].tolist(), heads, strict=True):
            if row != whole[int(ordinal[row])]:
                continue  # of its parts, that which says most stands for the raw row
            issues = tuple(
                issue(code, "", _why(code, other(code, row)))
                for code, mask in by_code.items()
                if mask[row]
            )
            origin = Origin(sources[source[row]], int(line[row]))
            written = orjson.loads(head + spool.bytes.tools_column(int(lists[row])))
            yield Rejected(origin, issues, written)
        done += BLOCK_ROWS


def _why(code: str, other: str) -> str:
    return f"{_WHY[code]}: {other}" if other else _WHY[code]
