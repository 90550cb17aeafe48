"""Raw files to verdicts: each row Accepted or Rejected.

Input: a data file, as `fctune.dataset.places` finds them. Output: a stream of verdicts that
accounts for every row.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fctune.conversations.faulty import FaultReader, turns_keys
from fctune.conversations.formats import RawFormat
from fctune.conversations.read import DEFAULT_SYSTEM, read_conversation, read_with_thoughts
from fctune.conversations.registered import FormatChoice, format_of, parts_of
from fctune.conversations.turns import Conversation
from fctune.dataset.places import DATA_SUFFIXES, data_files
from fctune.issues import Issue, Origin, Rejected, Verdict
from fctune.jsonl import RawRow, parse_text, read_rows
from fctune.tools.spec import ToolCatalog

if TYPE_CHECKING:
    from fctune.tools.mapping.spec import ToolMapping

__all__ = [
    "DATA_SUFFIXES",
    "Reading",
    "data_files",
    "raw_parts",
    "read_file",
    "read_parts",
    "read_row",
]


@dataclass(frozen=True, slots=True)
class Reading:
    """How raw rows are read.

    Attributes:
        tools: tools of rows that bring none of their own.
        format: a raw format or its name; several are asked before the built-in ones; None detects
            it row by row. See `fctune.conversations.registered.choose`.
        system: system text of rows that have none.
        mapping: writes calls and tools of an API as the model-facing ones.
        thoughts: keeps the thoughts of the model on its turns, for a step to judge.
    """

    tools: ToolCatalog | None = None
    format: FormatChoice = None
    system: str = DEFAULT_SYSTEM
    mapping: ToolMapping | None = None
    thoughts: bool = False


def read_file(path: Path, reading: Reading) -> Iterator[Verdict[Conversation]]:
    """Yield the verdict on every row of a file.

    Raises:
        InputFault: the file cannot be opened.
    """
    for row in read_rows(path):
        yield from read_row(row, reading)


def read_row(row: RawRow, reading: Reading) -> Iterator[Verdict[Conversation]]:
    """Yield the verdict on each conversation of one raw row."""
    return (verdict for _, verdict in read_parts(row, reading))


def read_parts(row: RawRow, reading: Reading) -> Iterator[tuple[Any, Verdict[Conversation]]]:
    """Yield each part of a raw row that is one conversation, and the verdict on it."""
    if row.issue is not None:
        yield None, Rejected(row.origin, (row.issue,), row.text)
        return
    issues = _faults_of(row.value, reading)
    if issues is not None:
        yield row.value, Rejected(row.origin, issues, row.value)
        return
    read = read_with_thoughts if reading.thoughts else read_conversation
    for part in _parts(row, reading.format):
        verdict = read(
            part,
            row.origin,
            tools=reading.tools,
            format=reading.format,
            system=reading.system,
            mapping=reading.mapping,
        )
        yield part, verdict


def _faults_of(value: Any, reading: Reading) -> tuple[Issue, ...] | None:
    """Return why a plain row is rejected; None where the full way must tell."""
    if reading.tools is not None or reading.mapping is not None:
        return None
    keys = turns_keys(reading.format)
    return _fault_reader(reading.system).issues_of(value, keys) if keys else None


@lru_cache(maxsize=4)
def _fault_reader(system: str) -> FaultReader:
    return FaultReader(system)


def raw_parts(path: Path, format: FormatChoice) -> Iterator[tuple[RawRow, Any]]:
    """Yield each row of a file and what of it is one conversation.

    A row that holds several conversations counts as that many rows.

    Args:
        path: the file, or `-`.
        format: as in Reading.

    Raises:
        InputFault: the file cannot be opened, or not be read to its end.
    """
    for row in read_rows(path):
        if row.issue is not None:
            yield row, None
            continue
        for part in _parts(row, format):
            yield row, part


def _parts(row: RawRow, format: FormatChoice) -> list[Any]:
    # A format of the user's own, or of a package, decodes what it reads itself.
    own = isinstance(format, RawFormat)
    return parts_of(row.value if own else _decoded(row.value, row.origin, format), format)


def _decoded(value: Any, origin: Origin, format: FormatChoice) -> Any:
    """Return a row whose turns are JSON text, as a cell of a table holds them, with them decoded.

    Formats whose reader takes such text keep it as it is.
    """
    if not isinstance(value, dict) or not any(map(_is_json, value.values())):
        return value
    # Only rows all of text are asked for their format twice.
    if any(isinstance(cell, list | dict) for cell in value.values()):
        return value
    if format_of(value, None if isinstance(format, str) else format) is not None:
        return value
    decoded = {
        key: parse_text(cell, origin).value if _is_json(cell) else cell
        for key, cell in value.items()
    }
    return {key: cell if cell is not None else value[key] for key, cell in decoded.items()}


def _is_json(cell: Any) -> bool:
    return isinstance(cell, str) and cell.lstrip()[:1] in ("[", "{")
