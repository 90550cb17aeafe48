"""Rows that the compiled part reads, judged by the switches of a build and ready for a segment.

Input: the lines of a block. Output: for each line a Ready, a Refused where it is rejected,
None where Python must read it, or UNLAWFUL where Python will reject or mend it, so that its quick
reader need not be asked. The
tool lists and system texts that the library meets for the first time are judged by the quick
reader, told to the library, and their rows read again. Where the library was not built there is no
scanner, and all rows are read by Python.

Before: [b'{"conversations": [...], "tools": "[...]"}', b'{"conversations": 1}']
After:  [Ready(...), None]
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Literal

import orjson

from fctune.conversations import claims, grounding, meant, personal
from fctune.conversations.families import ResultJoiner
from fctune.conversations.quick import QuickReader
from fctune.conversations.quick_tools import ToolEntry
from fctune.conversations.read import system_of
from fctune.dataset import near_scanned
from fctune.dataset.estimates import estimate_tools
from fctune.dataset.options import BuildOptions
from fctune.dataset.pipeline import Pipeline
from fctune.dataset.ready import UNLAWFUL, Columns, Found, Ready, Refused, Shape
from fctune.dataset.switches import OFF
from fctune.issues import Issue, issue
from fctune.native.library import library
from fctune.native.rows import (
    DEFAULT_SYSTEM,
    LANGUAGES,
    LESSONS,
    LONG,
    NEEDS_SYSTEM,
    NEEDS_TOOLS,
    REFUSED,
    REJECTED,
    SURE,
    RowScanner,
)

_AUDITS: dict[Any, str] = {
    claims.find: "claims",
    grounding.find: "grounding",
    meant.find: "meant",
    personal.find: "personal",
}
_LONG_CODE = "row-maybe-too-long"
_MAX_SIZE = 16 << 20  # characters of tool lists whose entries are kept; as `context.rs`
_MAX_CALLS = 1 << 17  # twice what `context.rs` knows at once
Judge = Callable[[tuple[str, ...], list[Issue]], "tuple[tuple[str, ...] | None, bytes]"]


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
                "near": options.near_dup is not None,
                "long": "off" if action == OFF else "doubt" if pipeline.rejects_long else "marked",
            }
        )
        self._near = options.near_dup is not None
        self._entries: dict[int, ToolEntry] = {}
        self._default_issues = system_of((), reader.default_system)[1]
        self._size = 0
        self._next = 0
        self._calls: dict[int, tuple[str, ...]] = {}
        self._shapes: dict[tuple[int, ...], Shape | None] = {}
        self._codes: dict[tuple[str, ...], tuple[str, ...] | None] = {}
        self._tell_list(None, reader.entry(None))

    def read(self, lines: Sequence[bytes]) -> list[Found]:
        """Return the rows of some lines; None where Python must read one, or UNLAWFUL."""
        found: list[Found] = [None] * len(lines)
        left = self._taken(lines, range(len(lines)), found)
        if left:  # what they need is told by now
            self._taken([lines[at] for at in left], left, found)
        return found

    def _taken(
        self, lines: Sequence[bytes], places: Sequence[int], found: list[Found]
    ) -> list[int]:
        """Put the rows of some lines into their places; return those that lacked something."""
        scanned = self._rows.scan(lines)
        if scanned is None:
            return []
        near = near_scanned.said_in(scanned.near, len(lines)) if self._near else None
        if near is None and self._near:
            return []
        self._keep_calls(scanned.calls)
        columns = Columns(scanned, near)
        records = scanned.records
        names = ("status", "list", "calls", "lesson", "language", "flags")
        keys = zip(*(records[name].tolist() for name in names), strict=True)
        lacking: dict[int, int] = {}
        for at, (status, *key) in enumerate(keys):
            if status == SURE:
                found[places[at]] = self._ready(columns, at, tuple(key), scanned.findings.get(at))
            elif status == REJECTED:
                found[places[at]] = self._refused(columns, at, tuple(key), scanned.findings[at])
            elif status == REFUSED:
                found[places[at]] = UNLAWFUL
            elif status in (NEEDS_TOOLS, NEEDS_SYSTEM):
                lacking[at] = status
        for at, status in lacking.items():
            self._tell(lines[at], status)
        return [places[at] for at in lacking]

    def _ready(
        self, columns: Columns, at: int, key: tuple[int, ...], findings: list[list[str]] | None
    ) -> Ready | None:
        try:
            shape = self._shapes[key]
        except KeyError:
            shape = self._learn(key)
        if shape is None:
            return None
        if not findings:
            return Ready(columns, at, shape, b"")
        codes, marks = self._judge(self._codes_of(key), [issue(*one) for one in findings])
        if codes is None:
            return None
        codes = _with_length(codes, key[-1])
        return Ready(columns, at, shape._replace(codes=codes), marks)

    def _refused(
        self, columns: Columns, at: int, key: tuple[int, ...], findings: list[list[str]]
    ) -> Refused | Literal[False]:
        """Return a row that is rejected; what its tools are told of is left to the full way."""
        if self._entries[key[0]].codes:
            return UNLAWFUL
        issues = tuple(issue(*one) for one in findings)
        if key[-1] & DEFAULT_SYSTEM:
            issues = (*self._default_issues, *issues)
        return Refused(issues, columns.heads[columns.heads_at[at] : columns.heads_at[at + 1]])

    def _learn(self, key: tuple[int, ...]) -> Shape | None:
        listed, calls, lesson, language, flags = key
        codes, _ = self._judge(self._codes_of(key), [])
        shape = None
        if codes is not None:
            shape = Shape(
                LESSONS[lesson],
                self._entries[listed].text,
                self._calls[calls],
                _with_length(codes, flags),
                LANGUAGES[language],
            )
        if len(self._shapes) >= _MAX_CALLS:
            self._shapes.clear()
        self._shapes[key] = shape
        return shape

    def _codes_of(self, key: tuple[int, ...]) -> tuple[str, ...]:
        entry = self._entries[key[0]]
        return entry.default_codes if key[-1] & DEFAULT_SYSTEM else entry.codes

    def _keep_calls(self, new: dict[int, tuple[str, ...]]) -> None:
        self._calls.update(new)
        if len(self._calls) > _MAX_CALLS:
            for number in list(self._calls)[: len(self._calls) - _MAX_CALLS // 2]:
                del self._calls[number]

    def _tell(self, line: bytes, status: int) -> None:
        """Tell what the row of a line needs."""
        try:
            row = orjson.loads(line)
        except ValueError:  # it is in doubt, and stays so
            return
        if status == NEEDS_TOOLS:
            raw = row["tools"]
            self._tell_list(raw, self._reader.entry(raw))
            return
        turns = row["conversations"]
        text = row.get("system")
        text = turns[0]["value"] if text is None else text
        self._rows.tell({"system": text, "is_sure": self._reader.is_plain_system(text)})

    def _tell_list(self, raw: str | None, entry: ToolEntry | None) -> None:
        text = entry.text if entry is not None else ""
        size = len(raw or "") + len(text)
        self._size += size
        if self._size > _MAX_SIZE:
            missing = self._entries[0]
            self._entries = {0: missing}
            self._shapes.clear()
            self._rows.tell({"clear": True, "is_sure": True})
            self._size = size
        told = {
            "raw": raw,
            "id": self._next,
            "is_sure": entry is not None,
            "text": text,
            "fingerprint": entry.fingerprint if entry is not None else "",
            "tokens": estimate_tools(text),
        }
        self._rows.tell(told)
        if entry is not None:
            self._entries[self._next] = entry
        self._next += 1


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
