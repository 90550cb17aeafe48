"""A segment: the rows of one piece of input on disk, while a dataset is being built.

Input: records and rejects, in the order of the input. Output: a folder of plain files: the rows
without their `tools` column, one file a column of figures, the distinct tool lists, the rejects,
and `segment.json`. Nothing of it is kept in memory beyond a few thousand rows.
"""

from __future__ import annotations

import contextlib
import gc
from array import array
from bisect import bisect_left
from collections import Counter
from itertools import chain
from operator import attrgetter
from pathlib import Path
from types import TracebackType
from typing import IO, Any

import numpy as np
import orjson
from blake3 import blake3

from fctune.dataset.layout import (
    BRIEF_SIZES,
    BRIEFS,
    FIELDS,
    HEADS,
    KEY_BYTES,
    LAYOUT,
    LIST_KEYS,
    LISTS,
    MARKS,
    META,
    PACK,
    PREFIXES,
    REJECTS,
    SIGNATURES,
    TOOLS_COLUMN,
    VALUES,
    WORDINGS,
    Segment,
)
from fctune.dataset.near_scanned import NO_BRIEF
from fctune.dataset.ready import KnownShapes, ReadyBlock, Shape
from fctune.dataset.record import Record
from fctune.dataset.refused import lines_of
from fctune.errors import InputFault
from fctune.issues import Origin, Rejected
from fctune.jsonl import dump_line

_ROWS_AT_ONCE = 4096
_LATELY = 4 << 20  # characters of tool lists that are known by their text, not by a digest
_ROWS_PER_COLLECTION = 4096
_MOST = 0xFFFF  # of wordings or values of one row; later ones tie and count no more


class SegmentWriter:
    """Writes one segment; use as a context manager, then take `segment`.

    Args:
        folder: made here; must not exist.
        source: index of the raw file that the rows are of.
    """

    def __init__(self, folder: Path, source: int) -> None:
        folder.mkdir()
        self._folder, self.source = folder, source
        self._files: dict[str, IO[bytes]] = {}
        self._packed = bytearray()
        self._wordings, self._values, self._prefixes = array("Q"), array("Q"), array("Q")
        self._shapes: dict[tuple[Any, ...], int] = {}
        self._shared: dict[tuple[str, ...], tuple[str, ...]] = {}
        self._ready = KnownShapes(self._shape_of)
        self._lists: dict[bytes, int] = {}
        self._lately: dict[str, tuple[int, int]] = {}
        self._lately_size = 0
        self._list_ends = array("Q", [0])
        self._codes: Counter[str] = Counter()
        self._rejected = self._rows = self._waiting = self._begun = 0
        self.read = 0
        """Raw rows begun so far."""
        self.segment: Segment | None = None

    def __enter__(self) -> SegmentWriter:
        """Open the files."""
        named = (
            *(HEADS, REJECTS, LISTS, LIST_KEYS, WORDINGS, VALUES, PREFIXES, MARKS),
            *(SIGNATURES, BRIEFS, BRIEF_SIZES),
        )
        columns = [f"{name}.{kind}" for name, kind in FIELDS.items()]
        for name in (*named, *columns):
            self._files[name] = (self._folder / name).open("wb", buffering=1 << 16)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, _: BaseException | None, __: TracebackType | None
    ) -> None:
        """Flush what waits, where nothing failed, and close the files."""
        if kind is not None:
            # What failed is told; that what is left in the buffers has no place is not.
            for stream in self._files.values():
                with contextlib.suppress(OSError):
                    stream.close()
            return
        self._flush()
        for stream in self._files.values():
            stream.close()
        self.segment = self._closed()

    def begin_row(self) -> None:
        """Count one raw row; what follows until the next is made of it."""
        self.read += 1
        self._begun += 1
        if self._begun % _ROWS_PER_COLLECTION == 0:
            # The collector is paused while a chunk is worked on, and a chunk may be a whole file:
            # what faulty rows leave in cycles would stay to its end.
            gc.collect(1)

    def reject(self, rejected: Rejected) -> None:
        """Write a raw row that cannot be used, with its reasons."""
        self._rejected += 1
        self._codes.update(rejected.codes)
        self._write(REJECTS, dump_line(rejected.as_row()) + b"\n")

    def add(self, record: Record, *, line: int, part: int = 0) -> None:
        """Write one row that is made of the raw row begun last."""
        tools, tools_size = self._list_of(record.tools)
        hashes = record.hashes
        wordings, values = hashes.wordings[:_MOST], hashes.values[:_MOST]
        prefixes = record.trace.prefixes[:_MOST]
        # One tuple for all that are equal, as shapes may be as many as rows.
        calls = self._shared.setdefault(record.calls, record.calls)
        codes = self._shared.setdefault(record.codes, record.codes)
        key = (record.lesson, tools, calls, codes, record.mapped, hashes.language)
        shape = self._shapes.setdefault(key, len(self._shapes))
        self._packed += PACK.pack(
            line, self.read - 1, part, record.id, record.tokens,
            len(record.head) + tools_size, len(record.head), shape, hashes.prompt, hashes.answer,
            hashes.frame, len(wordings), len(values), record.trace.whole, len(prefixes),
            len(record.marks),
        )  # fmt: skip
        self._wordings.extend(wordings)
        self._values.extend(values)
        self._prefixes.extend(prefixes)
        self._write(HEADS, record.head)
        if record.marks:
            self._write(MARKS, record.marks)
        if record.signature:
            self._write(SIGNATURES, record.signature)
            self._write(BRIEF_SIZES, NO_BRIEF)
        self._rows += 1
        self._waiting += 1
        if self._waiting >= _ROWS_AT_ONCE:
            self._flush()

    def begin_ready(self, block: ReadyBlock, first: Origin) -> None:
        """Prepare for the lines of a block.

        Args:
            block: the lines.
            first: of the first one.
        """
        block.begin(first.line, self.read)
        self._ready.begin(block)

    def add_ready(self, block: ReadyBlock, begin: int, end: int, first: Origin) -> None:
        """Write rows that the compiled part read, as `begin_row`, `add` and `reject` do with each.

        Args:
            block: the lines; `begin_ready` knows of it.
            begin: the first line.
            end: the one after the last, all between being ready or rejected.
            first: of the first line of the block.
        """
        self._reject_ready(block, begin, end, first)
        from_row, to_row = block.between(begin, end)
        block.number(from_row, self.read - begin)
        self.read += end - begin
        if from_row == to_row:
            return
        self._ready.fill(block, from_row, to_row)
        self._packed += block.packed[from_row * PACK.size : to_row * PACK.size]
        self._write(HEADS, block.heads.of(from_row, to_row))
        self._wordings.frombytes(block.wordings.of(from_row, to_row))
        self._values.frombytes(block.values.of(from_row, to_row))
        self._write(MARKS, block.marks.of(from_row, to_row))
        if block.near is not None:
            for name, content in block.near.cut(from_row, to_row).items():
                self._write(name, content)
        self._rows += to_row - from_row
        self._waiting += to_row - from_row
        if self._waiting >= _ROWS_AT_ONCE:
            self._flush()

    def _reject_ready(self, block: ReadyBlock, begin: int, end: int, first: Origin) -> None:
        """Write those of some lines that are rejected."""
        line = attrgetter("line")
        start = bisect_left(block.refused, begin, key=line)
        some = block.refused[start : bisect_left(block.refused, end, lo=start, key=line)]
        if not some:
            return
        self._rejected += len(some)
        self._codes.update(chain.from_iterable(one.codes for one in some))
        self._write(REJECTS, lines_of(some, block.rejects, first))

    def _shape_of(self, shape: Shape) -> tuple[int, int]:
        """Return the index of a shape, and the written size of its tool list."""
        tools, size = self._list_of(shape.tools)
        calls = self._shared.setdefault(shape.calls, shape.calls)
        codes = self._shared.setdefault(shape.codes, shape.codes)
        key = (shape.lesson, tools, calls, codes, 0, shape.language)
        return self._shapes.setdefault(key, len(self._shapes)), size

    def _list_of(self, text: str) -> tuple[int, int]:
        """Return index and written size of a tool list; -1 where the row lists none."""
        if not text:
            return -1, len(TOOLS_COLUMN) + 4
        known = self._lately.get(text)
        if known is None:
            known = self._stored(text)
            self._lately_size += len(text)
            if self._lately_size > _LATELY:
                self._lately.clear()
                self._lately_size = len(text)
            self._lately[text] = known
        return known

    def _stored(self, text: str) -> tuple[int, int]:
        """Return index and written size of a list, which is written where it is new.

        Known by its digest: in some sets every row has a list of its own, of thousands of bytes.
        """
        encoded = orjson.dumps(text)
        key = blake3(encoded).digest(KEY_BYTES)
        index = self._lists.setdefault(key, len(self._lists))
        if index == len(self._list_ends) - 1:
            self._write(LISTS, encoded + b"\n")
            self._write(LIST_KEYS, key)
            self._list_ends.append(self._list_ends[-1] + len(encoded) + 1)
        return index, len(TOOLS_COLUMN) + len(encoded) + 2

    def _flush(self) -> None:
        rows = np.frombuffer(self._packed, dtype=LAYOUT)
        for name, kind in FIELDS.items():
            self._write(f"{name}.{kind}", np.ascontiguousarray(rows[name]).tobytes())
        self._write(WORDINGS, self._wordings.tobytes())
        self._write(VALUES, self._values.tobytes())
        self._write(PREFIXES, self._prefixes.tobytes())
        del rows
        self._packed, self._waiting = bytearray(), 0
        self._prefixes = array("Q")
        self._wordings, self._values = array("Q"), array("Q")

    def _write(self, name: str, content: bytes | memoryview) -> None:
        """Write to one of the files; where it fails, say so of this file, not of the raw one."""
        try:
            self._files[name].write(content)
        except OSError as fault:
            folder = self._folder.parent.parent
            raise InputFault(
                f"the dataset cannot be written: {fault.strerror or fault}",
                where=str(folder),
                hint=f"the dataset before is as it was; check: df -h {folder}",
            ) from fault

    def _closed(self) -> Segment:
        segment = Segment(
            folder=self._folder,
            source=self.source,
            read=self.read,
            rejected=self._rejected,
            rows=self._rows,
            rejects_by_code=dict(sorted(self._codes.items())),
        )
        value = {
            "folder": segment.folder.name, "source": segment.source, "read": segment.read,
            "rejected": segment.rejected, "rows": segment.rows,
            "rejects_by_code": segment.rejects_by_code, "shapes": list(self._shapes),
            "list_ends": self._list_ends[1:].tolist(),
        }  # fmt: skip
        (self._folder / META).write_bytes(orjson.dumps(value))
        return segment
