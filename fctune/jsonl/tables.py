r"""CSV and TSV to rows: each record a mapping from the column names of the header row.

Input: the plain bytes of a table. Output: rows with the line on which each record starts, as a
quoted cell may hold many lines. Cells stay text, JSON in them too: readers of formats decode it.

Before: query,tool\n"Time in Oslo?",now\n
After:  {"query": "Time in Oslo?", "tool": "now"} of line 2
"""

from __future__ import annotations

import csv
import shlex
from collections.abc import Iterator
from typing import IO

from fctune.errors import InputFault
from fctune.issues import Origin
from fctune.jsonl.parse import RawRow, unreadable
from fctune.patterns import regex

MAX_CELL_CHARACTERS = 1 << 28  # 256 MiB of ASCII: far beyond a row, far below a machine's memory
_LONGEST_NAME = 200
_ESCAPED = regex("[\ud800-\udfff]")


def read_table(where: str, stream: IO[bytes], kind: str) -> Iterator[RawRow]:
    """Yield the records of a table; blank lines are not records.

    Args:
        where: the name of the table, for places.
        stream: its bytes, UTF-8 with or without a byte order mark.
        kind: `csv`, whose cells a comma parts (or a semicolon or tab, where the header row has no
            comma), or `tsv`.

    Raises:
        InputFault: it has no usable header row, or its quotes do not match from some line on.
    """
    lines = _decoded(stream)
    head = next(lines, "")
    records = csv.reader(_chained(head, lines), delimiter=_delimiter(head, kind), strict=True)
    before, limit = 0, csv.field_size_limit()
    names: list[str] | None = None
    while True:
        # The limit is one for the whole process: it is ours only while a record is read.
        csv.field_size_limit(MAX_CELL_CHARACTERS)
        try:
            cells = next(records, None)
        except csv.Error as fault:
            raise _broken(where, before + 1, fault) from fault
        finally:
            csv.field_size_limit(limit)
        if cells is None:
            break
        start, before = before + 1, records.line_num
        if not cells:
            continue
        if names is None:
            names = _header(where, start, cells)
        else:
            yield _row(Origin(where, start), names, cells)
    if names is None:
        raise InputFault("the table is empty", where=where, hint="write a header row first")


def _row(origin: Origin, names: list[str], cells: list[str]) -> RawRow:
    text = ", ".join(cells)
    if _ESCAPED.search(text):
        # Show the bytes that were read, each as a backslash escape, in place of the half characters
        # that stand for them.
        safe = text.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
        return unreadable(
            origin, safe, "file-not-utf8", "the record holds bytes that are not UTF-8"
        )
    if len(cells) != len(names):
        found = f"got {len(cells)} cells, expected {len(names)}, as the header row has"
        return unreadable(origin, text, "table-cells", found)
    return RawRow(origin, dict(zip(names, cells, strict=True)), text)


def _header(where: str, line: int, cells: list[str]) -> list[str]:
    """Return the column names, or refuse a first row that cannot be names."""
    place, hint = f"{where}:{line}", "write the names of the columns in the first row"
    names = [cell.strip() for cell in cells]
    if any(_ESCAPED.search(name) for name in names):
        raise InputFault(
            "the header row is not UTF-8 text",
            where=place,
            hint=f"if it is Chinese text: iconv -f GB18030 -t UTF-8 {shlex.quote(where)} > NEW",
        )
    for name in names:
        if name.startswith(("{", "[")) or len(name) > _LONGEST_NAME:
            shown = name if len(name) <= 40 else f"{name[:40]}..."
            raise InputFault(f"got {shown!r}, expected a header row", where=place, hint=hint)
        if names.count(name) > 1:
            raise InputFault(f"two columns have the name {name!r}", where=place, hint=hint)
    return names


def _delimiter(head: str, kind: str) -> str:
    if kind == "tsv":
        return "\t"
    found = [mark for mark in (",", ";", "\t") if mark in head]
    return found[0] if found else ","


def _decoded(stream: IO[bytes]) -> Iterator[str]:
    """Yield the lines; a byte that is not UTF-8 becomes half a character, which no text holds."""
    for number, line in enumerate(stream):
        data = line.removeprefix(b"\xef\xbb\xbf") if number == 0 else line
        yield data.decode("utf-8", errors="surrogateescape")


def _chained(head: str, lines: Iterator[str]) -> Iterator[str]:
    if head:
        yield head
    yield from lines


def _broken(where: str, line: int, fault: csv.Error) -> InputFault:
    return InputFault(
        f"the table cannot be read from here on: {fault}",
        where=f"{where}:{line}",
        hint="mend the quotes of this record; a quote inside a quoted cell is written twice",
    )
