"""Data files to rows with true line numbers, whatever the layout."""

from __future__ import annotations

import gzip
import hashlib
import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, cast

import orjson

from fctune.errors import InputFault
from fctune.issues import Origin
from fctune.jsonl.parse import RawRow, parse_text, unreadable

_SPACE = re.compile(r"[\s,]*")


def read_rows(path: Path) -> Iterator[RawRow]:
    """Yield the rows of a data file one by one; blank lines are not rows.

    Args:
        path: `.jsonl`, `.json` (array, object or lines), each also with `.gz`.

    Raises:
        InputFault: the file cannot be opened or decompressed.
    """
    with _opened(path) as stream:
        head = stream.read(4096)
        stream.seek(0)
        if _holds_lines(path, head):
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
    except (OSError, EOFError) as fault:
        raise InputFault(f"cannot be read: {fault}", where=str(path)) from fault


def _holds_lines(path: Path, head: bytes) -> bool:
    """Tell JSON Lines from one JSON document, by name first and by content where names lie."""
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if ".jsonl" in path.suffixes or ".ndjson" in path.suffixes:
        return text.split(b"\n", 1)[0].strip() != b"["
    if text.startswith(b"["):
        return False
    first = text.split(b"\n", 1)[0]
    try:
        orjson.loads(first)
    except ValueError:
        return False
    return True


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
        shown = data.decode("utf-8", errors="backslashreplace")
        origin = Origin(str(path), data[: fault.start].count(b"\n") + 1)
        yield unreadable(origin, shown, "file-not-utf8", fault.reason)
        return
    start = len(text) - len(text.lstrip())
    if not text[start:].startswith("["):
        yield parse_text(text.strip(), Origin(str(path), text.count("\n", 0, start) + 1))
        return
    yield from _read_array(path, text, start + 1)


def _read_array(path: Path, text: str, position: int) -> Iterator[RawRow]:
    """Yield the elements of a JSON array with the line on which each starts."""
    decoder = json.JSONDecoder()
    line, counted = 1, 0
    while True:
        spaces = _SPACE.match(text, position)
        position = spaces.end() if spaces else position
        line, counted = line + text.count("\n", counted, position), position
        if position >= len(text) or text[position] == "]":
            return
        origin = Origin(str(path), line)
        try:
            _, end = decoder.raw_decode(text, position)
        except (json.JSONDecodeError, RecursionError) as fault:
            rest = text[position:]
            message = f"{fault}; the array cannot be read from here on"
            yield unreadable(origin, rest, "json-invalid", message)
            return
        yield parse_text(text[position:end], origin)
        position = end
