"""Raw files to verdicts: which files are read, and each row Accepted or Rejected.

Input: paths of files and folders. Output: the data files in a fixed order, and a stream of
verdicts that accounts for every row.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from fctune.conversations.read import DEFAULT_SYSTEM, read_conversation
from fctune.conversations.turns import Conversation
from fctune.dataset.targets import outputs_in
from fctune.errors import InputFault
from fctune.issues import Rejected, Verdict
from fctune.jsonl import read_rows
from fctune.tools.spec import ToolCatalog

DATA_SUFFIXES = (".json", ".jsonl", ".ndjson", ".json.gz", ".jsonl.gz", ".ndjson.gz")
_TABLES = (".csv", ".csv.gz", ".tsv", ".tsv.gz", ".xls", ".xlsx", ".parquet", ".arrow")


@dataclass(frozen=True, slots=True)
class Reading:
    """How raw rows are read.

    Attributes:
        tools: tools of rows that bring none of their own.
        format: name of a raw format; None detects it row by row.
        system: system text of rows that have none.
    """

    tools: ToolCatalog | None = None
    format: str | None = None
    system: str = DEFAULT_SYSTEM


def data_files(paths: Sequence[Path]) -> list[Path]:
    """Return the data files among paths, folders replaced by the data files directly in them.

    What a dataset wrote into such a folder is no raw data and is left out.

    Raises:
        InputFault: a path does not exist or is a table, or a folder holds no data file.
    """
    files: list[Path] = []
    for path in paths:
        if path.is_dir():
            written = outputs_in(path)
            named = (p for p in path.iterdir() if p.name.endswith(DATA_SUFFIXES))
            inside = sorted(p for p in named if p.is_file() and p.name not in written)
            if not inside:
                raise InputFault(
                    "the folder holds no data file",
                    where=str(path),
                    hint=f"data files end in {', '.join(DATA_SUFFIXES)}",
                )
            files.extend(inside)
        elif path.name.lower().endswith(_TABLES):
            raise InputFault(
                f"got a {path.suffix} file, expected JSON Lines or JSON",
                where=str(path),
                hint="export one JSON object per row, as .jsonl",
            )
        elif path.is_file():
            files.append(path)
        else:
            raise InputFault("no such file or folder", where=str(path), hint=f"ls {path.parent}")
    return list(dict.fromkeys(files))


def read_file(path: Path, reading: Reading) -> Iterator[Verdict[Conversation]]:
    """Yield the verdict on every row of a file.

    Raises:
        InputFault: the file cannot be opened.
    """
    for row in read_rows(path):
        if row.issue is not None:
            yield Rejected(row.origin, (row.issue,), row.text)
        else:
            yield read_conversation(
                row.value,
                row.origin,
                tools=reading.tools,
                format=reading.format,
                system=reading.system,
            )
