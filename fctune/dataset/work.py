"""The work on one chunk: its rows read, converted, audited, and written as a segment.

Input: a Chunk and the options of the build. Output: a closed Segment on disk. Runs in the process
of the verb, in worker processes and on other machines alike; chunks know nothing of one another.

Blocks of lines go to the compiled part, where it was built, and what it leaves to the quick reader.
A row that neither is sure of takes the full way, which gives the same for every row; so does a row
that a switch rejects, whose reasons are told there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import orjson

from fctune.conversations.quick import QuickReader, QuickSettings
from fctune.conversations.quick_audits import audit, sift
from fctune.conversations.quick_row import QuickRow
from fctune.dataset.chunks import Chunk
from fctune.dataset.layout import Segment
from fctune.dataset.lengths import Measure
from fctune.dataset.options import BuildOptions
from fctune.dataset.pipeline import Pipeline
from fctune.dataset.ready import ReadyBlock, Refused
from fctune.dataset.record import Record, head_of, marks_of
from fctune.dataset.redact import masked_json
from fctune.dataset.scanner import scanner_of
from fctune.dataset.segment import SegmentWriter
from fctune.dataset.sources import read_parts
from fctune.dataset.traces import scope_of
from fctune.issues import Accepted, Issue, Origin, Rejected, issue
from fctune.jsonl import (
    RawRow,
    blocks,
    layout_of,
    lines_of,
    opened,
    parse_line,
    read_rows,
    shown,
    without_collector,
)

Progress = Callable[[int], None]
_LINES_AT_ONCE = 128
_BYTES_AT_ONCE = 1 << 20
_TOLD_EVERY = 256


class Worker:
    """Works on chunks, one after another; what it learns of tools it keeps from chunk to chunk.

    Args:
        options: of the build.
        measure: tokens of a conversation; None counts none.
    """

    def __init__(self, options: BuildOptions, measure: Measure | None = None) -> None:
        self._options = options
        self._pipeline = Pipeline(options, measure)
        self._quick = _quick_reader(options, self._pipeline)
        self._issues: dict[tuple[str, ...], tuple[Issue, ...]] = {}
        self._known: dict[tuple[str, ...], tuple[str, ...] | None] = {}
        self._scanner = scanner_of(self._quick, options, self._pipeline, self._judged)

    def run(self, chunk: Chunk, folder: Path, progress: Progress | None = None) -> Segment:
        """Write the segment of a chunk.

        Raises:
            InputFault: the file cannot be read to the chunk's end, or the disk is full.
        """
        told = 0
        with without_collector(), SegmentWriter(folder, chunk.source) as writer:
            for _ in self._work(chunk, writer):
                if progress is not None and writer.read - told >= _TOLD_EVERY:
                    progress(writer.read - told)
                    told = writer.read
        segment = writer.segment
        assert segment is not None
        if progress is not None:
            progress(segment.read - told)
        return segment

    def _work(self, chunk: Chunk, writer: SegmentWriter) -> Iterator[None]:
        """Work through a chunk, yielding from time to time."""
        file = shown(chunk.path)
        if layout_of(chunk.path) != "lines":
            for raw in read_rows(chunk.path):
                self._full(raw, writer)
                yield
            return
        with opened(chunk.path) as stream:
            if chunk.start:
                stream.seek(chunk.start)
            length = None if chunk.end is None else chunk.end - chunk.start
            number = chunk.first_line
            for block in blocks(stream, _BYTES_AT_ONCE, first=number, length=length):
                begin = 0
                while begin < len(block):
                    ready = self._scanner.read(block, begin) if self._scanner is not None else None
                    if ready is None:
                        break
                    self._ready(ready, [*ready.lines(block, begin)], Origin(file, number), writer)
                    begin, number = ready.end, number + ready.count
                    yield
                for lines in lines_of(block, begin, _LINES_AT_ONCE):
                    for at, row in enumerate(self._read_quickly(lines)):
                        self._line(lines[at], row, Origin(file, number + at), writer)
                    number += len(lines)
                    yield

    def _ready(
        self,
        ready: ReadyBlock,
        left: Sequence[tuple[int, Refused | bytes, bool]],
        first: Origin,
        writer: SegmentWriter,
    ) -> None:
        """Write the rows of a block, some of which are rejected or left to Python."""
        writer.begin_ready(ready, first.line)
        doubtful = [line for _, line, refused in left if isinstance(line, bytes) and not refused]
        rows = iter(self._read_quickly(doubtful))
        begin = 0
        for at, line, refused in left:
            if at > begin:
                writer.add_ready(ready, begin, at)
            begin = at + 1
            origin = Origin(first.file, first.line + at)
            if isinstance(line, bytes):
                self._line(line, None if refused else next(rows), origin, writer)
                continue
            writer.begin_row()
            writer.reject(Rejected(origin, line.issues, orjson.Fragment(line.row)))
        if ready.count > begin:
            writer.add_ready(ready, begin, ready.count)

    def _line(
        self, line: bytes, row: QuickRow | None, origin: Origin, writer: SegmentWriter
    ) -> None:
        """Write the row of a line, which may have been read quickly."""
        if row is not None and self._short(row, origin.file, origin.line, writer):
            return
        raw = parse_line(line, origin)
        if raw is not None:
            self._full(raw, writer)

    def _read_quickly(self, lines: Sequence[bytes]) -> Sequence[QuickRow | None]:
        """Return the rows of some lines; None where one is not plain."""
        if self._quick is None:
            return [None] * len(lines)
        rows = self._quick.read_many(lines) if lines else []
        if self._pipeline.plain:
            sift(rows, self._pipeline.audits.finds)
        return rows

    def _short(self, row: QuickRow, file: str, number: int, writer: SegmentWriter) -> bool:
        """Write a row that was read quickly; tell whether that was possible."""
        pipeline = self._pipeline
        if not pipeline.plain:
            issues = self._issues_of(row.codes)
            verdict = Accepted(row.conversation(Origin(file, number)), issues)
            made = pipeline.records(verdict)
            if isinstance(made, Rejected):
                return False
            writer.begin_row()
            for part, record in enumerate(made):
                writer.add(record, line=number, part=part)
            return True
        found = audit(row, pipeline.audits.finds, lambda: Origin(file, number))
        codes, marks = self._judged(row.codes, found) if found else (self._told(row.codes), b"")
        if codes is None:
            return False
        head = head_of({"conversations": row.conversations, "system": row.system})
        tokens, told = pipeline.estimated(head, row.tools.text, codes)
        if told is not codes and pipeline.rejects_long:
            return False
        writer.begin_row()
        writer.add(
            Record(
                row.id, head, row.tools.text, row.lesson, row.calls, told, 0, tokens, row,
                signature=pipeline.signature_of(row.said, row.arguments),
                marks=marks,
            ),
            line=number,
        )  # fmt: skip
        return True

    def _told(self, codes: tuple[str, ...]) -> tuple[str, ...] | None:
        """Return the codes of a row in which the audits found nothing; None: it is rejected."""
        if codes not in self._known:
            self._known[codes] = self._judged(codes, [])[0]
        return self._known[codes]

    def _judged(
        self, codes: tuple[str, ...], found: list[Issue]
    ) -> tuple[tuple[str, ...] | None, bytes]:
        """Return the codes of a row, None where one rejects it, and the marks of the audits."""
        judged = self._options.switches.apply((*self._issues_of(codes), *found))
        if judged.codes:
            return None, b""
        marks = marks_of([one for one in found if one in judged.issues])
        return tuple(sorted({one.code for one in judged.issues})), marks

    def _issues_of(self, codes: tuple[str, ...]) -> tuple[Issue, ...]:
        """Return issues of these codes, without what was found; rows share them."""
        known = self._issues.get(codes)
        if known is None:
            known = self._issues[codes] = tuple(issue(code, "", "") for code in codes)
        return known

    def _full(self, raw: RawRow, writer: SegmentWriter) -> None:
        """Take the full way; a raw row of several conversations counts as so many."""
        for part, verdict in read_parts(raw, self._options.reading):
            writer.begin_row()
            made: list[Record] | Rejected
            if isinstance(verdict, Rejected):
                made = verdict
            else:
                made = self._pipeline.records(
                    verdict, scope=self._scope(part), source=writer.source
                )
            if isinstance(made, Rejected):
                writer.reject(self._masked(made))
                continue
            for index, record in enumerate(made):
                writer.add(record, line=raw.origin.line, part=index)

    def _masked(self, rejected: Rejected) -> Rejected:
        """Return a reject as it may be written: where rows are redacted, so are rejects."""
        wish = self._options.redact
        if wish is None:
            return rejected
        # In one piece: what the words around a value tell of it, its other places do not.
        told = [[one.where, one.message] for one in rejected.issues]
        masked = masked_json([rejected.raw, told], salt=wish.salt, kinds=wish.kinds)
        raw, told = masked if isinstance(masked, list) else (masked, [["", ""] for _ in told])
        issues = tuple(
            issue(one.code, where, message)
            for one, (where, message) in zip(rejected.issues, told, strict=True)
        )
        return replace(rejected, raw=raw, issues=issues)

    def _scope(self, part: object) -> str | None:
        return scope_of(part) if self._options.drop_prefixes else None


def _quick_reader(options: BuildOptions, pipeline: Pipeline) -> QuickReader | None:
    """Return the quick reader, or None where no row of the build could be read by it."""
    reading = options.reading
    if reading.mapping is not None:
        return None
    return QuickReader(
        QuickSettings(
            tools=reading.tools,
            system=reading.system,
            family=pipeline.family,
            format=reading.format,
        )
    )
