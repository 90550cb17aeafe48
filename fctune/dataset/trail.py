"""The trail of a dataset: where each written row came from, and why each other row is not there.

Input: the spool and what was settled. Output: `<name>.rows.jsonl`, one line a row of the splits, in
which `marks` says what audits found and where,
and `<name>.rejects.jsonl`, one line a rejected row.

Before: row 3 of train, from line 17 of the second raw file
After:  {"split":"train","row":3,"origin":"b.jsonl:17","part":0,"id":"9f...","lesson":"call",
         "codes":["system-default"],"tokens":0}
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain, islice
from pathlib import Path
from typing import Any

import numpy as np
import orjson
from numpy.typing import NDArray

from fctune.dataset.columns import U8, RowNumbers
from fctune.dataset.deliver import lists_of
from fctune.dataset.layout import REJECTS
from fctune.dataset.others import other_row
from fctune.dataset.row_bytes import HEADS_AT_ONCE
from fctune.dataset.settle import Settled
from fctune.dataset.spool import Spool
from fctune.dataset.windows import Window
from fctune.issues import Origin, Rejected, issue
from fctune.jsonl import dump_line

_PIECE_BYTES = 1 << 20
_LINES_AT_ONCE = 1024  # what is made of them stays in the cache of a core
_LINE = b':%d","part":%d,"id":"%016x"%b%b%d}\n'
_FLAGS = 8  # bits, one a code of the whole set
_MOST_ENDINGS = 1 << 16
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
    endings = _Endings(spool, codes)
    # A name that is no UTF-8 is shown with escapes: strict readers of JSON refuse halves.
    names = [source.encode("utf-8", "backslashreplace").decode() for source in sources]
    files = [orjson.dumps(name)[1:-1].replace(b"%", b"%%") for name in names]
    for split, rows in settled.splits.items():
        opening = b'{"split":%b,"row":%%d,"origin":"' % orjson.dumps(split)
        done = 0
        for window in spool.windows():
            # The rows of a split are in input order.
            end = int(np.searchsorted(rows, window.first + window.count))
            line = opening + files[window.segment.source] + _LINE
            told = _told(window, rows[done:end], flags)
            for first in range(done, end, _LINES_AT_ONCE):
                count = min(_LINES_AT_ONCE, end - first)
                block = [[*islice(column, count)] for column in told]
                block[-2] = [*map(endings.__getitem__, block[-2])]
                numbers = range(first + 1, first + count + 1)
                yield b"".join(map(line.__mod__, zip(numbers, *block, strict=True)))
            done = end


def _told(window: Window, rows: RowNumbers, flags: U8) -> list[Iterator[Any]]:
    """Return what is told of rows of a window, column by column, as `_LINE` names it."""
    places = rows - window.first
    line, part, id_, tokens = (window.column(n)[places] for n in ("line", "part", "id", "tokens"))
    ending = window.column("shape")[places].astype(np.int64) << _FLAGS | flags[rows]
    marks, ends = window.marks()
    found = (
        b',"marks":%b' % marks[start:end] if start < end else b""
        for start, end in _pairs(ends[places], ends[places + 1])
    )
    return [_items(line), _items(part), _items(id_), found, _items(ending), _items(tokens)]


def _items(column: NDArray[Any]) -> Iterator[Any]:
    """Yield the numbers of a column, of which few are objects at a time."""
    blocks = range(0, len(column), _LINES_AT_ONCE)
    return chain.from_iterable(column[at : at + _LINES_AT_ONCE].tolist() for at in blocks)


def _pairs(starts: NDArray[Any], ends: NDArray[Any]) -> Iterator[tuple[int, int]]:
    return zip(_items(starts), _items(ends), strict=True)


def _flags(count: int, settled: Settled) -> tuple[U8, Sequence[str]]:
    """Return for each row which codes of the whole set it has, one bit a code."""
    codes = sorted(settled.findings.rows)
    flags = np.zeros(count, dtype=np.uint8)
    for bit, code in enumerate(codes):
        flags |= settled.findings.rows[code].astype(np.uint8) << np.uint8(bit)
    return flags, codes


class _Endings(dict[int, bytes]):
    """What stands between marks and tokens, by shape and flags: many rows share both."""

    def __init__(self, spool: Spool, codes: Sequence[str]) -> None:
        self._shapes, self._codes = spool.shapes, codes

    def __missing__(self, key: int) -> bytes:
        shape = self._shapes[key >> _FLAGS]
        found = [code for bit, code in enumerate(self._codes) if key >> bit & 1]
        every = sorted({*shape.codes, *found})
        if len(self) >= _MOST_ENDINGS:
            self.clear()
        self[key] = b',"lesson":%b,"codes":%b,"tokens":' % (
            orjson.dumps(shape.lesson),
            orjson.dumps(every),
        )
        return self[key]


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
    for heads in spool.bytes.heads(rows):
        for row, head in zip(rows[done : done + HEADS_AT_ONCE].tolist(), heads, strict=True):
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
        done += HEADS_AT_ONCE


def _why(code: str, other: str) -> str:
    return f"{_WHY[code]}: {other}" if other else _WHY[code]
