r"""Rows that the compiled part reads, judged by the switches of a build and ready for a segment.

Input: a block of bytes that holds whole lines. Output: a ReadyBlock, which says of each line
whether its row can be written, or Python must read it. The tool lists and system texts that the
library meets for the first time it asks for: the quick reader judges them. Where the library was
not built there is no scanner, and all rows are read by Python.

Before: b'{"conversations": [...], "tools": "[...]"}\n{"conversations": 1}\n'
After:  ReadyBlock(...) with left [1]
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import orjson
from numpy.typing import NDArray

from fctune.conversations import claims, grounding, meant, personal
from fctune.conversations.families import ResultJoiner
from fctune.conversations.quick import QuickReader
from fctune.conversations.quick_tools import ToolEntry
from fctune.conversations.read import system_of
from fctune.dataset import near_scanned
from fctune.dataset.estimates import estimate_tools
from fctune.dataset.layout import LAYOUT, PACK
from fctune.dataset.options import BuildOptions
from fctune.dataset.pipeline import Pipeline
from fctune.dataset.ready import ReadyBlock, Shape
from fctune.dataset.refused import Refused, words_of
from fctune.dataset.switches import OFF
from fctune.issues import Issue, issue
from fctune.jsonl import dump_line
from fctune.native.library import library
from fctune.native.rows import (
    DEFAULT_SYSTEM,
    LANGUAGES,
    LESSONS,
    LONG,
    NEEDS_TOOLS,
    REJECTED,
    SURE,
    NewShape,
    RowScanner,
    Scanned,
)

_AUDITS: dict[Any, str] = {
    claims.find: "claims",
    grounding.find: "grounding",
    meant.find: "meant",
    personal.find: "personal",
}
_LONG_CODE = "row-maybe-too-long"
_MAX_SIZE = 16 << 20  # characters of tool lists whose entries are kept; as `context.rs`
_MAX_CODES = 4096
_DEFAULT_CODES = ("system-default",)
_LEFT = np.array([status not in (SURE, REJECTED) for status in range(REJECTED + 1)])
_Codes = tuple[tuple[str, ...] | None, set[str]]
Judge = Callable[[tuple[str, ...], list[Issue]], "tuple[tuple[str, ...] | None, bytes]"]


class _Listed(NamedTuple):
    """What rows have of their tool list; see `ToolEntry`."""

    text: str
    codes: tuple[str, ...]
    default_codes: tuple[str, ...]


class Scanner:
    """Reads blocks of lines with the compiled part; one for each process and build.

    Args:
        reader: judges tool lists and system texts.
        options: of the build.
        pipeline: of the build.
        judge: gives the codes of a row, None where one rejects it, and the marks of the audits.
    """

    def __init__(
        self, reader: QuickReader, options: BuildOptions, pipeline: Pipeline, judge: Judge
    ) -> None:
        self._reader, self._judge = reader, judge
        action = options.switches.action(_LONG_CODE)
        self._rows = RowScanner(
            {
                "system": reader.default_system,
                "audits": [_AUDITS[find] for find in pipeline.audits.finds],
                "cutoff": options.cutoff_len,
                "plain_lists": not pipeline.family.plain_schemas,
                "near": options.near_dup is not None,
                "told": words_of(system_of((), reader.default_system)[1]),
                "long": "off" if action == OFF else "doubt" if pipeline.rejects_long else "marked",
            },
            self._told,
        )
        self._near = options.near_dup is not None
        self._entries: dict[int, _Listed] = {}
        self._size = 0
        self._next = 0
        self._codes: dict[tuple[tuple[str, ...], ...], _Codes] = {}
        self._shapes: list[Shape | None] = []
        self._refused: list[int] = []
        """Numbers of shapes whose rows the switches reject."""
        self._cut: dict[int, set[str]] = {}
        """Number of a shape of which the switches drop findings, to the codes that stay."""
        self._rows.tell(orjson.loads(self._list(None, reader.entry(None))))

    def read(self, block: bytes | memoryview, begin: int = 0) -> ReadyBlock | None:
        """Return the rows of the first lines from a place on; None where Python must read all.

        Args:
            block: holds whole lines.
            begin: where the first line begins; before the end.
        """
        if self._size > _MAX_SIZE:
            self._forget()
        scanned = self._rows.scan(block, begin)
        if scanned is None:
            return None
        count = len(scanned.records) // PACK.size
        near = near_scanned.said_in(scanned.near, count) if self._near else None
        if scanned.first != len(self._shapes):
            self._shapes, self._refused, self._cut = [], [], {}
            if scanned.first:  # it did not begin anew: shapes were told that nobody took up
                self._forget()
                return None
        for number, text in scanned.lists:
            self._entries[number] = _Listed(text, (), _DEFAULT_CODES)
            self._size += 2 * len(text)
        for shape in scanned.shapes:
            self._learn(shape)
        if near is None and self._near:
            return None
        refused, left = self._rejected(scanned)
        left += np.flatnonzero(_LEFT[scanned.statuses]).tolist()
        marks = None
        if self._refused or self._cut:
            rows = np.frombuffer(scanned.records, dtype=LAYOUT)
            left += rows["line"][np.isin(rows["shape"], self._refused)].tolist()
            marks = self._cut_marks(scanned, rows)
        return ReadyBlock(scanned, sorted(left), self._shapes, refused, marks, near)

    def _rejected(self, scanned: Scanned) -> tuple[list[Refused], list[int]]:
        """Return the rows that are rejected, and the lines of those whose tools have issues."""
        refused: list[Refused] = []
        left: list[int] = []
        begin = 0
        for line, listed, size, codes in scanned.reasons:
            if self._entries[listed].codes:
                left.append(line)  # the full way tells them
            else:
                refused.append(Refused(line, codes.split(","), begin, begin + size))
            begin += size
        return refused, left

    def _cut_marks(self, scanned: Scanned, rows: NDArray[Any]) -> list[bytes] | None:
        """Return the marks of each row without what the switches drop of them."""
        if not self._cut:
            return None
        ends = rows["marks"].cumsum().tolist()
        marks = []
        for begin, end, number in zip([0, *ends], ends, rows["shape"].tolist(), strict=False):
            found = bytes(scanned.marks[begin:end])
            if found and number in self._cut:
                kept = [one for one in orjson.loads(found) if one["code"] in self._cut[number]]
                found = dump_line(kept) if kept else b""
            marks.append(found)
        return marks

    def _learn(self, new: NewShape) -> None:
        """Take the next shape."""
        entry = self._entries[new.listed]
        listed = entry.default_codes if new.flags & DEFAULT_SYSTEM else entry.codes
        codes, kept = self._known_codes(listed, new.found)
        shape = None
        if codes is None:
            self._refused.append(len(self._shapes))
        else:
            if len(kept) < len(set(new.found)):
                self._cut[len(self._shapes)] = kept
            codes = _with_length(codes, new.flags)
            language = LANGUAGES[new.language]
            shape = Shape(LESSONS[new.lesson], entry.text, new.calls, codes, language)
        self._shapes.append(shape)

    def _known_codes(self, listed: tuple[str, ...], found: tuple[str, ...]) -> _Codes:
        """Return the codes of rows, None where one rejects them, and those that are marked."""
        known = self._codes.get((listed, found))
        if known is None:
            codes, marks = self._judge(listed, [issue(code, "", "") for code in found])
            known = codes, {one["code"] for one in orjson.loads(marks or b"[]")}
            if len(self._codes) < _MAX_CODES:
                self._codes[listed, found] = known
        return known

    def _told(self, status: int, given: bytes) -> bytes | None:
        """Return what is to be told of the text of a tool list, or of the system text of a line."""
        if status == NEEDS_TOOLS:
            raw = given.decode()
            return self._list(raw, self._reader.entry(raw))
        try:
            row = orjson.loads(given)
        except ValueError:  # it is in doubt, and stays so
            return None
        text = row.get("system")
        text = row["conversations"][0]["value"] if text is None else text
        return orjson.dumps({"system": text, "is_sure": self._reader.is_plain_system(text)})

    def _list(self, raw: str | None, entry: ToolEntry | None) -> bytes:
        """Return what is to be told of a tool list, which gets the next number."""
        text = entry.text if entry is not None else ""
        self._size += len(raw or "") + len(text)
        told = {
            "raw": raw,
            "id": self._next,
            "is_sure": entry is not None,
            "text": text,
            "fingerprint": entry.fingerprint if entry is not None else "",
            "tokens": estimate_tools(text),
        }
        if entry is not None:
            self._entries[self._next] = _Listed(entry.text, entry.codes, entry.default_codes)
        self._next += 1
        return orjson.dumps(told)

    def _forget(self) -> None:
        """Forget the tool lists, of which there are too many, here and in the library."""
        self._entries = {0: self._entries[0]}
        self._size = 0
        self._rows.tell({"clear": True, "is_sure": True})


def _with_length(codes: tuple[str, ...], flags: int) -> tuple[str, ...]:
    return tuple(sorted({*codes, _LONG_CODE})) if flags & LONG else codes


def scanner_of(
    reader: QuickReader | None, options: BuildOptions, pipeline: Pipeline, judge: Judge
) -> Scanner | None:
    """Return the scanner of a build; None where it could read no row, or was not built."""
    if reader is None or reader.is_off or library() is None:
        return None
    near = options.near_dup is None or near_scanned.is_known()
    plain = pipeline.plain and near and options.reading.tools is None
    known = all(find in _AUDITS for find in pipeline.audits.finds)
    if not plain or not known or pipeline.family.joiner is ResultJoiner.JSON_TEXT:
        return None
    if options.reading.format not in (None, "sharegpt"):
        return None
    return Scanner(reader, options, pipeline, judge)
