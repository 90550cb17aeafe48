"""Data files to rows with true line numbers, whatever the layout."""

from __future__ import annotations

import gzip
import hashlib
import json
import re
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, cast

import orjson

from fctune.errors import InputFault
from fctune.issues import Origin
from fctune.jsonl.parse import RawRow, parse_text, unreadable

_SPACE = re.compile(r"[ \t\n\r]*")
_BOM = b"\xef\xbb\xbf"
_UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff", b"{\x00", b"[\x00", b"\x00{", b"\x00[")


def read_rows(path: Path) -> Iterator[RawRow]:
    """Yield the rows of a data file one by one; blank lines are not rows.

    Args:
        path: `.jsonl`, `.json` (array, object or lines), each also with `.gz`.

    Raises:
        InputFault: the file cannot be opened or decompressed, is UTF-16 text, or is one document
            that cannot be read to its end: its remaining rows would be lost without a count.
    """
    with _opened(path) as stream:
        lines = _holds_lines(path, stream)
        stream.seek(0)
        if lines:
            yield from _read_lines(path, stream)
        else:
            yield from _read_document(path, stream.read())


def read_json(path: Path) -> Any:
    """Return the one JSON document of a file.

    Raises:
        InputFault: the file cannot be opened or is not JSON; `where` names file and line.
    """
    with _opened(path) as stream:
        data = stream.read()
    try:
        return json.loads(data.decode("utf-8-sig"))
    except UnicodeDecodeError as fault:
        raise InputFault(f"not UTF-8 text: {fault.reason}", where=str(path)) from fault
    except json.JSONDecodeError as fault:
        where = f"{path}:{fault.lineno}"
        raise InputFault(f"not valid JSON: {fault.msg}", where=where) from fault
    except RecursionError as fault:
        raise InputFault("nested too deep to be read", where=str(path)) from fault
    except ValueError as fault:  # more digits than Python converts
        raise InputFault(f"not usable JSON: {fault}", where=str(path)) from fault


def sha256_of(path: Path) -> str:
    """Return the sha256 of a file's bytes, in hexadecimal.

    Raises:
        InputFault: the file cannot be read.
    """
    try:
        with path.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError as fault:
        raise InputFault(f"cannot be read: {fault.strerror}", where=str(path)) from fault


@contextmanager
def _opened(path: Path) -> Iterator[IO[bytes]]:
    try:
        if path.suffix == ".gz":
            with gzip.open(path, "rb") as stream:
                yield cast("IO[bytes]", stream)
        else:
            with path.open("rb") as plain:
                yield plain
    except (FileNotFoundError, IsADirectoryError) as fault:
        raise InputFault(f"no such file: {fault.strerror}", where=str(path)) from fault
    except (OSError, EOFError, zlib.error) as fault:
        raise InputFault(f"cannot be read: {fault}", where=str(path)) from fault


def _holds_lines(path: Path, stream: IO[bytes]) -> bool:
    """Tell JSON Lines from one JSON document, by name first and by content where names lie."""
    filled = (line.strip() for line in stream if line.strip())
    first = next(filled, b"").removeprefix(_BOM).strip()
    if first.startswith(_UTF16_MARKS):
        raise InputFault(
            "the file is UTF-16 text, expected UTF-8",
            where=str(path),
            hint=f"iconv -f UTF-16 -t UTF-8 {path} > utf8_{path.name}",
        )
    second = next(filled, b"")
    if ".jsonl" in path.suffixes or ".ndjson" in path.suffixes:
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


def _read_lines(path: Path, stream: IO[bytes]) -> Iterator[RawRow]:
    for number, line in enumerate(stream, start=1):
        data = line.removeprefix(b"\xef\xbb\xbf") if number == 1 else line
        if not data.strip():
            continue
        origin = Origin(str(path), number)
        try:
            text = data.decode("utf-8").strip()
        except UnicodeDecodeError as fault:
            shown = data.decode("utf-8", errors="backslashreplace").strip()
            yield unreadable(origin, shown, "file-not-utf8", f"byte {fault.start}: {fault.reason}")
            continue
        yield parse_text(text, origin)


def _read_document(path: Path, data: bytes) -> Iterator[RawRow]:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as fault:
        line = data.count(b"\n", 0, fault.start) + 1
        raise InputFault(
            f"not UTF-8 text: byte {fault.start}: {fault.reason}",
            where=f"{path}:{line}",
            hint="convert the file: iconv -t UTF-8",
        ) from fault
    start = _after_space(text, 0)
    if text.startswith("[", start):
        yield from _read_array(path, text, start + 1)
        return
    row = parse_text(text.strip(), Origin(str(path), text.count("\n", 0, start) + 1))
    if row.issue is not None and row.issue.message.startswith("Extra data"):
        _, end = _SKIMMER.raw_decode(text, start)
        raise _unreadable_rest(path, text, _after_space(text, end), "text after the document")
    yield row


# Finds where an element ends; `parse_text` then reads it exactly. Digits are not converted, as
# Python refuses to convert thousands of them.
_SKIMMER = json.JSONDecoder(parse_int=str, parse_float=str)


def _read_array(path: Path, text: str, position: int) -> Iterator[RawRow]:
    """Yield the elements of a JSON array with the line on which each starts."""
    line, counted = 1, 0
    position = _after_space(text, position)
    closed = text.startswith("]", position)
    while not closed:
        line, counted = line + text.count("\n", counted, position), position
        try:
            _, end = _SKIMMER.raw_decode(text, position)
        except json.JSONDecodeError as fault:
            raise _unreadable_rest(path, text, fault.pos, fault.msg) from fault
        except RecursionError as fault:
            raise _unreadable_rest(path, text, position, "nested too deep") from fault
        yield parse_text(text[position:end], Origin(str(path), line))
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


def _unreadable_rest(path: Path, text: str, position: int, found: str) -> InputFault:
    line = text.count("\n", 0, position) + 1
    column = position - text.rfind("\n", 0, position)
    kind = "array" if text.lstrip().startswith("[") else "document"
    return InputFault(
        f"the {kind} cannot be read from here on: {found} (column {column})",
        where=f"{path}:{line}",
        hint="mend it there, or write one object per line as .jsonl",
    )
