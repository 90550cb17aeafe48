"""The raw row that a written row was made from, read again from its file.

Input: origins such as `raw/a.jsonl:17`, and the digests of the manifest. Output: the raw rows, or
why one is not shown: a file that has changed since would show another row than the one prepared.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fctune.dataset.inspect.place import Place
from fctune.dataset.inspect.seen import SeenRow
from fctune.errors import FctuneError
from fctune.issues import Origin
from fctune.jsonl import parse_text, read_rows
from fctune.jsonl.indexed import IndexedLines

GONE, CHANGED, LARGE, SEVERAL = "gone", "changed", "large", "several"
REDACTED = "redacted"
_LINES = (".jsonl", ".ndjson")
_MOST_BYTES = 2_000_000_000  # of all lines that are looked up in one call
_MOST_DOCUMENT_BYTES = 64_000_000  # of a file that has to be parsed as a whole


@dataclass(frozen=True, slots=True)
class Before:
    """A raw row.

    Attributes:
        value: the row as parsed; its text where it cannot be parsed.
        missing: why there is none: gone, changed, large, several, redacted; "" where there is one.
    """

    value: Any = None
    missing: str = ""


class Sources:
    """The raw files of one dataset.

    Args:
        place: the dataset.
        verified: the files are known to be those of the manifest, as right after preparing.
    """

    def __init__(self, place: Place, *, verified: bool = False) -> None:
        self._place, self._verified = place, verified
        listed = place.manifest.get("sources")
        self._listed: dict[str, Mapping[str, Any]] = {
            str(one.get("file")): one
            for one in (listed if isinstance(listed, list) else [])
            if isinstance(one, Mapping)
        }
        self._budget = _MOST_BYTES
        self._usable: dict[str, str] = {}
        self._lines: dict[Path, IndexedLines] = {}

    def path(self, file: str) -> Path | None:
        """Return the path of a raw file as it stands today, or None where it is gone."""
        folder = self._place.folder
        for path in (Path(file), folder / file, folder.parent / file):
            if file and path.is_file():
                return path
        return None

    def before(self, rows: Iterable[SeenRow]) -> dict[tuple[str, int], Before]:
        """Return the raw rows of written ones, by split and number."""
        by_file: dict[str, list[tuple[int, SeenRow]]] = {}
        for row in rows:
            file, _, line = row.facts.origin.rpartition(":")
            if line.isdecimal():
                by_file.setdefault(file, []).append((int(line), row))
        found: dict[tuple[str, int], Before] = {}
        for file, wanted in by_file.items():
            read = self._file(file, wanted)
            found.update(
                {
                    (row.facts.split, row.facts.row): one
                    for (_, row), one in zip(wanted, read, strict=True)
                }
            )
        return found

    def _file(self, file: str, wanted: list[tuple[int, SeenRow]]) -> list[Before]:
        if (self._place.manifest.get("settings") or {}).get("redact"):
            return [Before(missing=REDACTED)] * len(wanted)
        path = self.path(file)
        if path is None:
            return [Before(missing=GONE)] * len(wanted)
        missing = self._missing(file, path)
        if missing:
            return [Before(missing=missing)] * len(wanted)
        try:
            if path.suffix.lower() in _LINES:
                if path not in self._lines:
                    self._lines[path] = IndexedLines(path)
                return _of_lines(self._lines[path], wanted)
            return _of_document(path, wanted)
        except FctuneError:  # it was read once; now it cannot be: say so and show the rest
            return [Before(missing=CHANGED)] * len(wanted)

    def _missing(self, file: str, path: Path) -> str:
        """Return why a file is not read, "" where it is; each file is looked at once."""
        if file not in self._usable:
            size = path.stat().st_size
            lines = path.suffix.lower() in _LINES
            if size > (self._budget if lines else min(self._budget, _MOST_DOCUMENT_BYTES)):
                self._usable[file] = LARGE
            else:
                self._budget -= size
                same = self._verified or self._is_same(file, path)
                self._usable[file] = "" if same else CHANGED
        return self._usable[file]

    def _is_same(self, file: str, path: Path) -> bool:
        """Tell whether a file still has the digest of the manifest."""
        listed = self._listed.get(file, {})
        algorithm, _, wanted = str(listed.get("digest") or "").partition(":")
        if listed.get("sha256"):
            algorithm, wanted = "sha256", str(listed["sha256"])
        if algorithm == "blake3":
            from blake3 import blake3

            return blake3(max_threads=blake3.AUTO).update_mmap(path).hexdigest() == wanted
        if algorithm in hashlib.algorithms_guaranteed:
            with path.open("rb") as stream:
                return hashlib.file_digest(stream, algorithm).hexdigest() == wanted
        return False


def _of_lines(index: IndexedLines, wanted: list[tuple[int, SeenRow]]) -> list[Before]:
    numbers = sorted({line for line, _ in wanted})
    found: dict[int, Before] = {}
    for number, line in index.lines(numbers):
        text = line.removeprefix(b"\xef\xbb\xbf").decode("utf-8", errors="backslashreplace")
        row = parse_text(text.strip(), Origin("", number))
        found[number] = Before(row.text if row.issue else row.value)
    return [found.get(line, Before(missing=CHANGED)) for line, _ in wanted]


def _of_document(path: Path, wanted: list[tuple[int, SeenRow]]) -> list[Before]:
    """Return rows of an array or a table; many of them may stand on one line."""
    lines = {line for line, _ in wanted}
    found: dict[int, list[Any]] = {}
    for row in read_rows(path):
        if row.origin.line in lines:
            found.setdefault(row.origin.line, []).append(row.value)
    return [_fitting(found.get(line, []), row) for line, row in wanted]


def _fitting(values: list[Any], row: SeenRow) -> Before:
    """Return the one of the raw rows of a line that holds the words of the written row."""
    if len(values) > 1:
        said = [turn.text for turn in row.turns if turn.role == "user" and turn.text.strip()]
        values = [one for one in values if said and all(text in _words(one) for text in said)]
        if len(values) != 1:
            return Before(missing=SEVERAL)
    return Before(values[0]) if values else Before(missing=CHANGED)


def _words(value: Any) -> str:
    """Return all texts of a value, one after another."""
    parts, stack = [], [value]
    while stack:
        current = stack.pop()
        if isinstance(current, str):
            parts.append(current)
        elif isinstance(current, Mapping):
            stack.extend(current.values())
        elif isinstance(current, list):
            stack.extend(current)
    return "\n".join(parts)
