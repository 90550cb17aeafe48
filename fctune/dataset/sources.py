"""Raw files to verdicts: each row Accepted or Rejected.

Input: a data file, as `fctune.dataset.places` finds them. Output: a stream of verdicts that
accounts for every row.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fctune.conversations.formats import FORMATS, parts_of
from fctune.conversations.read import DEFAULT_SYSTEM, read_conversation
from fctune.conversations.turns import Conversation
from fctune.dataset.places import DATA_SUFFIXES, data_files
from fctune.issues import Origin, Rejected, Verdict
from fctune.jsonl import RawRow, parse_text, read_rows
from fctune.tools.mapping.spec import ToolMapping
from fctune.tools.spec import ToolCatalog

__all__ = ["DATA_SUFFIXES", "Reading", "data_files", "raw_parts", "read_file"]


@dataclass(frozen=True, slots=True)
class Reading:
    """How raw rows are read.

    Attributes:
        tools: tools of rows that bring none of their own.
        format: name of a raw format; None detects it row by row.
        system: system text of rows that have none.
        mapping: writes calls and tools of an API as the model-facing ones.
    """

    tools: ToolCatalog | None = None
    format: str | None = None
    system: str = DEFAULT_SYSTEM
    mapping: ToolMapping | None = None


def read_file(path: Path, reading: Reading) -> Iterator[Verdict[Conversation]]:
    """Yield the verdict on every row of a file.

    Raises:
        InputFault: the file cannot be opened.
    """
    for row, part in raw_parts(path, reading.format):
        if row.issue is not None:
            yield Rejected(row.origin, (row.issue,), row.text)
            continue
        yield read_conversation(
            part,
            row.origin,
            tools=reading.tools,
            format=reading.format,
            system=reading.system,
            mapping=reading.mapping,
        )


def raw_parts(path: Path, format: str | None) -> Iterator[tuple[RawRow, Any]]:
    """Yield each row of a file and what of it is one conversation.

    A row that holds several conversations counts as that many rows.

    Args:
        path: the file, or `-`.
        format: the name of a raw format; told from each row where None.

    Raises:
        InputFault: the file cannot be opened, or not be read to its end.
    """
    for row in read_rows(path):
        if row.issue is not None:
            yield row, None
            continue
        for part in parts_of(_decoded(row.value, row.origin), format):
            yield row, part


def _decoded(value: Any, origin: Origin) -> Any:
    """Return a row whose turns are JSON text, as a cell of a table holds them, with them decoded.

    Formats whose reader takes such text keep it as it is.
    """
    if not isinstance(value, dict) or not any(map(_is_json, value.values())):
        return value
    # Only rows all of text are asked for their format twice.
    if any(isinstance(cell, list | dict) for cell in value.values()):
        return value
    if any(known.detect(value) for known in FORMATS):
        return value
    decoded = {
        key: parse_text(cell, origin).value if _is_json(cell) else cell
        for key, cell in value.items()
    }
    return {key: cell if cell is not None else value[key] for key, cell in decoded.items()}


def _is_json(cell: Any) -> bool:
    return isinstance(cell, str) and cell.lstrip()[:1] in ("[", "{")
