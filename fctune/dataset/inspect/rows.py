"""The rows of a dataset, by number or one after another, each with what the sidecar knows of it.

Input: a Place. Output: Facts of every row in the order of the files, and SeenRows of those wanted.
Files of lines are read by the place of each line: eight bytes a row are held, and only the rows
that are asked for are parsed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from functools import cached_property
from itertools import groupby
from pathlib import Path
from typing import Any

import orjson

from fctune.dataset.inspect.place import Part, Place
from fctune.dataset.inspect.seen import Facts, SeenRow, seen_row
from fctune.errors import InputFault
from fctune.issues import Origin
from fctune.jsonl import RawRow, read_rows
from fctune.jsonl.blocks import BOM
from fctune.jsonl.faults import file_fault
from fctune.jsonl.indexed import IndexedLines
from fctune.jsonl.read import parse_line

_KEYS = {"split", "row", "origin", "part", "lesson", "codes", "tokens"}


class Rows:
    """The rows of one dataset.

    Args:
        place: where they lie.
    """

    def __init__(self, place: Place) -> None:
        self.place = place
        self._files = {part.split: _File(part) for part in place.parts}

    @property
    def counts(self) -> dict[str, int]:
        """Rows of each file, by split."""
        return {split: len(file) for split, file in self._files.items()}

    def facts(self) -> Iterator[Facts]:
        """Yield what is known of every row, without reading the rows.

        Raises:
            InputFault: the sidecar or a file of rows cannot be read.
        """
        if self.place.sidecar is not None:
            yield from map(facts_of, self.sidecar())
            return
        for split, file in self._files.items():
            yield from (Facts(split, number) for number in file.numbers())

    def sidecar(self) -> Iterator[dict[str, Any]]:
        """Yield the lines of the sidecar for these files; `facts_of` reads one.

        Raises:
            InputFault: the sidecar cannot be read.
        """
        return (value for value in map(orjson.loads, self.lines()) if value["split"] in self._files)

    def lines(self) -> Iterator[bytes]:
        """Yield the lines of the sidecar, of all splits.

        Raises:
            InputFault: the sidecar cannot be read.
        """
        return iter(()) if self.place.sidecar is None else _sidecar(self.place.sidecar)

    def rows(
        self, wanted: Iterable[Facts], *, may_fit: Callable[[bytes], bool] | None = None
    ) -> Iterator[SeenRow]:
        """Yield the rows of these facts, in their order; those that do not exist are left out.

        Args:
            wanted: which rows.
            may_fit: a line of which this is false is left out before it is parsed.

        Raises:
            InputFault: a file of rows cannot be read.
        """
        for split, group in groupby(wanted, key=lambda facts: facts.split):
            if split in self._files:
                yield from self._files[split].rows(group, may_fit)


class _File:
    """One file of rows, opened when it is first needed."""

    def __init__(self, part: Part) -> None:
        self._part = part

    def __len__(self) -> int:
        return self._document_rows if self._lines is None else len(self._lines)

    def numbers(self) -> Iterable[int]:
        return range(1, len(self) + 1)

    def rows(
        self, wanted: Iterable[Facts], may_fit: Callable[[bytes], bool] | None
    ) -> Iterator[SeenRow]:
        if self._lines is None:
            yield from self._rows_of_document(wanted)
            return
        waiting: list[Facts] = []

        def numbers() -> Iterator[int]:
            for facts in wanted:
                waiting.append(facts)
                yield facts.row

        for number, line in self._lines.lines(numbers()):
            facts = waiting.pop()
            waiting.clear()
            if may_fit is None or may_fit(line):
                row = parse_line(line.removeprefix(BOM), Origin(str(self._part.path), number))
                if row is not None:
                    yield self._seen(row, facts)

    def _rows_of_document(self, wanted: Iterable[Facts]) -> Iterator[SeenRow]:
        """Yield rows of a document, which is read as a whole: these are small files of others."""
        by_number = {facts.row: facts for facts in wanted}
        for number, row in enumerate(read_rows(self._part.path), start=1):
            if number in by_number:
                yield self._seen(row, by_number[number])

    def _seen(self, row: RawRow, facts: Facts) -> SeenRow:
        if row.issue is not None:
            return SeenRow(facts, row.text, fault=str(row.issue), line=row.origin.line)
        seen = seen_row(row.value, facts, self._part.entry)
        return replace(seen, line=row.origin.line) if seen.fault else seen

    @cached_property
    def _lines(self) -> IndexedLines | None:
        return IndexedLines(self._part.path) if _holds_lines(self._part.path) else None

    @cached_property
    def _document_rows(self) -> int:
        return sum(1 for _ in read_rows(self._part.path))


def _holds_lines(path: Path) -> bool:
    """Tell a plain JSON Lines file from all else that `read_rows` can read."""
    if path.suffix.lower() not in (".jsonl", ".ndjson"):
        return False
    try:
        with path.open("rb") as stream:
            return stream.readline(4096).lstrip(BOM + b" \t\r\n")[:1] != b"["
    except OSError:
        return True  # IndexedLines tells what is wrong with it


def facts_of(value: dict[str, Any]) -> Facts:
    """Return the facts of one line of the sidecar."""
    return Facts(
        value["split"],
        value["row"],
        value["origin"],
        value["part"],
        value["lesson"],
        tuple(value["codes"]),
        value["tokens"],
        tuple((one["code"], one["where"], one["message"]) for one in value.get("marks", ())),
    )


def _sidecar(path: Path) -> Iterator[bytes]:
    try:
        with path.open("rb") as stream:
            first = stream.readline()
            if first and not orjson.loads(first).keys() >= _KEYS:
                raise ValueError(f"its rows have not all of {', '.join(sorted(_KEYS))}")
            stream.seek(0)
            yield from stream
    except OSError as fault:
        raise file_fault(str(path), fault) from fault
    except (ValueError, AttributeError) as fault:
        raise InputFault(
            f"not a sidecar of rows: {fault}",
            where=str(path),
            hint="prepare the dataset again, or remove this file: inspect works without it",
        ) from fault
