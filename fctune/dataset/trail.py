"""The trail of a dataset: where each written row came from, and why each other row is not there.

Input: the spool and what was settled. Output: `<name>.rows.jsonl`, one line a row of the splits, in
which `marks` says what audits found and where,
and `<name>.rejects.jsonl`, one line a rejected row.

Before: row 3 of train, from line 17 of the second raw file
After:  {"split":"train","row":3,"origin":"b.jsonl:17","part":0,"id":"9f...","lesson":"call",
         "codes":["system-default"],"tokens":0}
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Sequence
from itertools import chain, islice
from pathlib import Path
from typing import Any

import numpy as np
import orjson
from numpy.typing import NDArray

from fctune.dataset.columns import I64, U8, RowNumbers
from fctune.dataset.deliver import lists_of
from fctune.dataset.layout import REJECTS
from fctune.dataset.others import other_row
from fctune.dataset.row_bytes import HEADS_AT_ONCE, ToolTexts
from fctune.dataset.settle import Settled
from fctune.dataset.spool import Spool
from fctune.dataset.windows import Window
from fctune.issues import Origin, Rejected, issue
from fctune.jsonl import dump_line
from fctune.native import trail as native

_PIECE_BYTES = 1 << 20
_LINES_AT_ONCE = 1024  # what is made of them stays in the cache of a core
_COMPILED_AT_ONCE = 8192
_LINE = b'%d","part":%d,"id":"%016x"%b%b%d}\n'
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
    files = [orjson.dumps(name)[1:-1] for name in names]
    told = _Compiled(endings, flags) if native.is_there() else _Told(endings, flags)
    for split, rows in settled.splits.items():
        opening = b'{"split":%b,"row":' % orjson.dumps(split)
        done = 0
        for window in spool.windows():
            # The rows of a split are in input order.
            end = int(np.searchsorted(rows, window.first + window.count))
            middle = b',"origin":"%b:' % files[window.segment.source]
            if done < end:
                yield from told.lines(window, rows[done:end], done + 1, (opening, middle))
            done = end


class _Told:
    """Tells of rows, some of a window at a time.

    Args:
        endings: what stands between marks and tokens.
        flags: which codes of the whole set each row has.
    """

    def __init__(self, endings: _Endings, flags: U8) -> None:
        self._endings, self._flags = endings, flags

    def lines(
        self, window: Window, rows: RowNumbers, first: int, texts: tuple[bytes, bytes]
    ) -> Iterator[bytes]:
        """Yield the lines of rows of a window.

        Args:
            window: the window.
            rows: numbers of rows in it.
            first: the number of the first of them in its split.
            texts: what stands before that number, and behind it.
        """
        opening, middle = (text.replace(b"%", b"%%") for text in texts)
        line = opening + b"%d" + middle + _LINE
        told = _told(window, rows, self._flags, self._endings)
        for begin in range(0, len(rows), _LINES_AT_ONCE):
            count = min(_LINES_AT_ONCE, len(rows) - begin)
            block = [[*islice(column, count)] for column in told]
            block[-2] = [*map(self._endings.__getitem__, block[-2])]
            numbers = range(first + begin, first + begin + count)
            yield b"".join(map(line.__mod__, zip(numbers, *block, strict=True)))


class _Compiled(_Told):
    """Tells the same in the compiled part."""

    def __init__(self, endings: _Endings, flags: U8) -> None:
        super().__init__(endings, flags)
        self._places = np.full(endings.most, -1, dtype=np.int32)
        self._texts = bytearray()
        self._ends = array("Q", [0])

    def lines(
        self, window: Window, rows: RowNumbers, first: int, texts: tuple[bytes, bytes]
    ) -> Iterator[bytes]:
        """Yield the lines of rows of a window; see `_Told`."""
        told, marks = self._columns(window, rows)
        shapes = window.column("shape")[rows - window.first]
        keys = self._endings.keys_of(shapes, self._flags[rows])
        for begin in range(0, len(rows), _COMPILED_AT_ONCE):
            block = told[begin : begin + _COMPILED_AT_ONCE]
            block["ending"] = self._placed(keys[begin : begin + _COMPILED_AT_ONCE])
            given = native.TrailTexts(*texts, marks, bytes(self._texts))
            ends = np.frombuffer(self._ends, dtype=np.uint64)
            found = native.lines(block, first + begin, given, ends)
            del ends  # which holds the array as it is
            if found is not None:
                yield found
            else:
                some = rows[begin : begin + _COMPILED_AT_ONCE]
                yield from super().lines(window, some, first + begin, texts)

    @staticmethod
    def _columns(window: Window, rows: RowNumbers) -> tuple[NDArray[Any], bytes]:
        places = rows - window.first
        told = np.zeros(len(rows), dtype=native.LINE)
        for name in ("line", "part", "id", "tokens"):
            told[name] = window.column(name)[places]
        marks, ends = window.marks()
        told["marks"] = ends[places]
        told["marks_size"] = ends[places + 1] - ends[places]
        return told, marks

    def _placed(self, keys: I64) -> NDArray[np.int32]:
        """Return the number of each ending; few hundred of them are new at a time, as a rule."""
        if len(self._ends) > _MOST_ENDINGS:
            self._places.fill(-1)
            self._texts, self._ends = bytearray(), array("Q", [0])
        for key in sorted({*keys[self._places[keys] < 0].tolist()}):
            self._places[key] = len(self._ends) - 1
            self._texts += self._endings[key]
            self._ends.append(len(self._texts))
        return self._places[keys]


def _told(window: Window, rows: RowNumbers, flags: U8, endings: _Endings) -> list[Iterator[Any]]:
    """Return what is told of rows of a window, column by column, as `_LINE` names it."""
    places = rows - window.first
    line, part, id_, tokens = (window.column(n)[places] for n in ("line", "part", "id", "tokens"))
    ending = endings.keys_of(window.column("shape")[places], flags[rows])
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
    """What stands between marks and tokens, by kind and flags: many rows share both.

    The kind of a row is what of its shape stands there: lesson and codes.
    """

    def __init__(self, spool: Spool, codes: Sequence[str]) -> None:
        kinds: dict[tuple[str, tuple[str, ...]], int] = {}
        numbers = (kinds.setdefault((s.lesson, s.codes), len(kinds)) for s in spool.shapes)
        self._of_shape = np.fromiter(numbers, dtype=np.int64, count=len(spool.shapes))
        self._kinds, self._codes = tuple(kinds), codes
        self.most = len(kinds) << len(codes)
        """Keys are below: the number of a kind, and a bit for each code of the whole set."""

    def keys_of(self, shapes: NDArray[Any], flags: U8) -> I64:
        """Return the keys of rows with these shapes and flags."""
        found: I64 = self._of_shape[shapes] << len(self._codes) | flags
        return found

    def __missing__(self, key: int) -> bytes:
        lesson, own = self._kinds[key >> len(self._codes)]
        found = [code for bit, code in enumerate(self._codes) if key >> bit & 1]
        every = sorted({*own, *found})
        if len(self) >= _MOST_ENDINGS:
            self.clear()
        self[key] = b',"lesson":%b,"codes":%b,"tokens":' % (
            orjson.dumps(lesson),
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
    texts, done = ToolTexts(spool.bytes), 0
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
            written = orjson.loads(head + texts.column(int(lists[row])))
            yield Rejected(origin, issues, written)
        done += HEADS_AT_ONCE


def _why(code: str, other: str) -> str:
    return f"{_WHY[code]}: {other}" if other else _WHY[code]
