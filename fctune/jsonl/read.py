"""Data files to rows with true line numbers, whatever the layout."""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any, cast

import blake3
import orjson

from fctune.errors import InputFault
from fctune.issues import Origin
from fctune.jsonl.blocks import BOM
from fctune.jsonl.faults import (
    AFTER_END,
    UTF8,
    converting,
    encoding_of,
    file_fault,
    json_words,
    look_at,
)
from fctune.jsonl.opened import STDIN, opened, opened_raw, shown
from fctune.jsonl.parquet import PARQUET, read_parquet
from fctune.jsonl.parse import RawRow, parse_text, unreadable
from fctune.jsonl.tables import read_table
from fctune.jsonl.text import decoded
from fctune.patterns import regex

_PIECE_BYTES = 1 << 18  # they stay in the cache of a core until they are hashed
_SPACE = regex(r"[ \t\n\r]*")
_UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff", b"{\x00", b"[\x00", b"\x00{", b"\x00[")


def read_rows(path: Path) -> Iterator[RawRow]:
    """Yield the rows of a data file one by one; blank lines are not rows.

    Args:
        path: `.jsonl`, `.json` (array, object or lines), `.csv` or `.tsv` with a header row, each
            also with `.gz` or `.zst`; `.parquet`; or `-` for stdin, told from its content.

    Raises:
        InputFault: the file cannot be opened or decompressed, is UTF-16 text, or is a document or
            table that cannot be read to its end: its remaining rows would be lost without a count.
        EnvironmentFault: a package that unpacks or reads it is not installed.
    """
    layout = layout_of(path)
    if layout == "parquet":
        yield from read_parquet(path)
        return
    with opened(path) as stream:
        if layout == "lines":
            for number, line in numbered(stream):
                row = parse_line(line, Origin(shown(path), number))
                if row is not None:
                    yield row
        elif layout == "document":
            yield from _read_document(shown(path), stream.read())
        else:
            yield from read_table(shown(path), stream, layout)


def read_json(path: Path) -> Any:
    """Return the one JSON document of a file.

    Raises:
        InputFault: the file cannot be opened or is not JSON; `where` names file and line.
    """
    with opened(path) as stream:
        data = stream.read()
    return parse_json(decoded(data, str(path)), str(path))


def parse_json(text: str, where: str) -> Any:
    """Return the value of one JSON text.

    Args:
        text: the JSON.
        where: file or URL, to name in errors.

    Raises:
        InputFault: it is not JSON; `where` gets the line.
    """
    if not text.strip():
        message = "not valid JSON: it is empty"
        raise InputFault(message, where=where, hint="write it again, or give another file")
    try:
        return json.loads(text)
    except json.JSONDecodeError as fault:
        place = f"{where}:{fault.lineno}"
        hint = look_at(where, fault.lineno)
        raise InputFault(f"not valid JSON: {json_words(fault)}", where=place, hint=hint) from fault
    except (RecursionError, ValueError) as fault:
        raise InputFault(f"not usable JSON: {json_words(fault)}", where=where) from fault


def sha256_of(path: Path) -> str:
    """Return the sha256 of a file's bytes, in hexadecimal.

    Raises:
        InputFault: the file cannot be read.
    """
    try:
        with opened_raw(path) as stream:
            return hashlib.file_digest(cast("io.BufferedIOBase", stream), "sha256").hexdigest()
    except OSError as fault:
        raise file_fault(str(path), fault) from fault


def digest_of(path: Path) -> str:
    """Return the digest of a data file's bytes, as `blake3:` and 64 hexadecimal digits.

    BLAKE3 and not SHA-256: on a CPU without instructions for SHA-256, that alone takes longer than
    all other work on a row (docs/decisions/0006).

    Raises:
        InputFault: the file cannot be read.
    """
    digest = blake3.blake3()
    try:
        with opened_raw(path) as stream:
            while piece := stream.read(_PIECE_BYTES):
                digest.update(piece)
    except OSError as fault:
        raise file_fault(str(path), fault) from fault
    return f"blake3:{digest.hexdigest()}"


def layout_of(path: Path) -> str:
    """Return `lines`, `document`, `csv`, `tsv` or `parquet`, by name and by content.

    Raises:
        InputFault: the file cannot be opened or decompressed, or is UTF-16 text.
    """
    suffixes = [suffix.lower() for suffix in path.suffixes]
    if ".parquet" in suffixes[-2:]:
        return "parquet"
    with opened(path) as stream:
        filled = (line.strip() for line in stream if line.strip())
        first = next(filled, b"").removeprefix(BOM).strip()
        second = next(filled, b"")
    if first.startswith(_UTF16_MARKS):
        where = shown(path)
        found = "the file is UTF-16 text, expected UTF-8"
        raise InputFault(found, where=where, hint=converting(where, "UTF-16"))
    for table in ("csv", "tsv"):
        if f".{table}" in suffixes[-2:]:
            return table
    if path == STDIN and first.startswith(PARQUET):
        return "parquet"
    if path == STDIN and not first:
        return "lines"
    if path == STDIN and _is_header(first):
        return "tsv" if b"\t" in first else "csv"
    return "lines" if _holds_lines(suffixes, first, second) else "document"


def _is_header(first: bytes) -> bool:
    """Tell whether the first line of stdin names columns: no JSON starts so."""
    return not first.startswith((b"{", b"[")) and (b"," in first or b"\t" in first)


def _holds_lines(suffixes: list[str], first: bytes, second: bytes) -> bool:
    """Tell JSON Lines from one JSON document, by name first and by content where names lie."""
    if ".jsonl" in suffixes or ".ndjson" in suffixes:
        return not _opens_array(first, second)
    if first.startswith(b"["):
        return False
    try:
        orjson.loads(first)
    except ValueError:
        # No document has an object after the end of another: these are lines, the first one bad.
        return first.endswith(b"}") and second.startswith(b"{")
    return True


def _opens_array(first: bytes, second: bytes) -> bool:
    """Tell whether the first line of a `.jsonl` file opens one array that holds all rows."""
    if not first.startswith(b"["):
        return False
    return first == b"[" or not second or (first.endswith(b",") and not second.startswith(b"["))


def numbered(stream: IO[bytes]) -> Iterator[tuple[int, bytes]]:
    """Yield the lines of a stream with their numbers; the mark of UTF-8 before line 1 is no text.

    Args:
        stream: at its start.
    """
    for number, line in enumerate(stream, start=1):
        yield number, line.removeprefix(BOM) if number == 1 else line


def parse_line(line: bytes, origin: Origin) -> RawRow | None:
    """Parse one line of JSON Lines; None where it is blank."""
    if not line.strip():
        return None
    try:
        text = line.decode("utf-8").strip()
    except UnicodeDecodeError as fault:
        readable = line.decode("utf-8", errors="backslashreplace").strip()
        guess = encoding_of(line)
        found = f"byte {fault.start} is not UTF-8"
        if guess == UTF8:
            found = f"byte {fault.start} belongs to no sign; the line reads as damaged UTF-8"
        elif guess is not None:
            found = f"{found}; the line reads as {guess}"
        return unreadable(origin, readable, "file-not-utf8", found)
    return parse_text(text, origin)


def _read_document(path: str, data: bytes) -> Iterator[RawRow]:
    text = decoded(data, path)
    start = _after_space(text, 0)
    if text.startswith("[", start):
        yield from _read_array(path, text, start + 1)
        return
    row = parse_text(text.strip(), Origin(path, text.count("\n", 0, start) + 1))
    if row.issue is not None and row.issue.message.endswith(AFTER_END):
        _, end = _SKIMMER.raw_decode(text, start)
        raise _unreadable_rest(path, text, _after_space(text, end), "text after the document")
    yield row


# Finds where an element ends; `parse_text` then reads it exactly. Digits are not converted, as
# Python refuses to convert thousands of them.
_SKIMMER = json.JSONDecoder(parse_int=str, parse_float=str)


def _read_array(path: str, text: str, position: int) -> Iterator[RawRow]:
    """Yield the elements of a JSON array with the line on which each starts."""
    line, counted = 1, 0
    position = _after_space(text, position)
    closed = text.startswith("]", position)
    while not closed:
        line, counted = line + text.count("\n", counted, position), position
        try:
            _, end = _SKIMMER.raw_decode(text, position)
        except json.JSONDecodeError as fault:
            words = json_words(fault, column=False)
            raise _unreadable_rest(path, text, fault.pos, words) from fault
        except RecursionError as fault:
            raise _unreadable_rest(path, text, position, "nested too deep") from fault
        yield parse_text(text[position:end], Origin(path, line))
        position = _after_space(text, end)
        closed = text.startswith("]", position)
        if not closed and not text.startswith(",", position):
            found = repr(text[position : position + 1]) if position < len(text) else "the end"
            raise _unreadable_rest(path, text, position, f"got {found}, expected a comma or ]")
        position = position if closed else _after_space(text, position + 1)
    position = _after_space(text, position + 1)
    if position < len(text):
        raise _unreadable_rest(path, text, position, "text after the closing ]")


def _after_space(text: str, position: int) -> int:
    found = _SPACE.match(text, position)
    return found.end() if found else position


def _unreadable_rest(path: str, text: str, position: int, found: str) -> InputFault:
    line = text.count("\n", 0, position) + 1
    column = position - text.rfind("\n", 0, position)
    kind = "array" if text.lstrip().startswith("[") else "document"
    return InputFault(
        f"the {kind} cannot be read from here on: {found} (column {column})",
        where=f"{path}:{line}",
        hint="mend it there, or write one object per line as .jsonl",
    )
