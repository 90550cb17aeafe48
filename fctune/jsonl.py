"""Data files in and out: the only module that opens them.

Input: JSON Lines, a JSON array or a single JSON object, plain or gzip, UTF-8 with or without BOM,
LF or CRLF. Output: rows with the line on which they start, whatever the layout, and a code where a
row cannot be read. Writing is atomic: a temporary file beside the target, flushed, then renamed,
so that a reader never sees half a file and a killed writer leaves the old one whole.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import re
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import orjson

from fctune.errors import InputFault
from fctune.issues import Issue, Origin, issue

MAX_DEPTH = 100
# orjson turns integers beyond 64 bits into floats without a word; such rows take the slow reader.
_BIG_INTEGER = re.compile(r"\d{19,}")
_SURROGATE = re.compile("[\ud800-\udfff]")
_SPACE = re.compile(r"[\s,]*")


@dataclass(frozen=True, slots=True)
class RawRow:
    """One row as it stands in its file.

    Attributes:
        origin: file and line.
        value: the parsed row, or None where it cannot be parsed.
        text: the row's text as read; bytes that are not UTF-8 are shown as backslash escapes.
        issue: why it cannot be parsed, or None.
    """

    origin: Origin
    value: Any
    text: str
    issue: Issue | None = None


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


def parse_text(text: str, origin: Origin) -> RawRow:
    """Parse the text of one row exactly: no integer is rounded, and only JSON passes.

    >>> parse_text('{"id": 12345678901234567890123}', Origin("a", 1)).value
    {'id': 12345678901234567890123}
    >>> parse_text('{"price": NaN}', Origin("a", 1)).issue.code
    'json-nan'
    """
    try:
        if _BIG_INTEGER.search(text):
            value = json.loads(text, parse_constant=_refuse_constant)
        else:
            value = orjson.loads(text)
    except _NotANumber as fault:
        return _unreadable(origin, text, "json-nan", f"got {fault}")
    except RecursionError:
        return _unreadable(origin, text, "json-too-deep", f"deeper than {MAX_DEPTH} levels")
    except (ValueError, UnicodeEncodeError) as fault:
        return _explain(text, origin, fault)
    if _too_deep(text, value):
        return _unreadable(origin, text, "json-too-deep", f"deeper than {MAX_DEPTH} levels")
    if _SURROGATE.search(text) or ("\\u" in text and _holds_surrogate(value)):
        return _unreadable(origin, text, "json-lone-surrogate", "half of a surrogate pair")
    return RawRow(origin, value, text)


def dump_line(value: Any) -> bytes:
    """Return a value as one compact line of JSON, non-ASCII text kept, without the line end."""
    try:
        return orjson.dumps(value)
    except TypeError:  # an integer beyond 64 bits
        return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8")


def write_rows(path: Path, rows: Iterable[Mapping[str, Any]]) -> int:
    """Write rows as JSON Lines, atomically; return how many."""
    count = 0
    with replacing(path) as stream:
        for row in rows:
            stream.write(dump_line(row))
            stream.write(b"\n")
            count += 1
    return count


def write_json(path: Path, value: Any, *, ascii_safe: bool = False) -> None:
    """Write one JSON document with indent 2, atomically.

    Args:
        path: the target; its folder is made where absent.
        value: anything that JSON can hold.
        ascii_safe: escape non-ASCII; needed where the reader opens the file without an encoding.
    """
    write_text(path, json.dumps(value, ensure_ascii=ascii_safe, indent=2) + "\n")


def write_text(path: Path, text: str) -> None:
    """Write a text file as UTF-8, atomically."""
    with replacing(path) as stream:
        stream.write(text.encode("utf-8"))


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
def replacing(path: Path) -> Iterator[IO[bytes]]:
    """Open a temporary file beside `path` that takes its place when the block ends without error.

    Raises:
        InputFault: the folder cannot be written or the disk is full; the old file is untouched.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".tmp", dir=path.parent)
    except OSError as fault:
        raise _unwritable(path, fault) from fault
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as stream:
            yield stream
            stream.flush()
            os.fsync(stream.fileno())
        temporary.chmod(0o666 & ~_umask())  # mkstemp makes 0600; other users may serve the data
        temporary.replace(path)
    except OSError as fault:
        raise _unwritable(path, fault) from fault
    finally:
        temporary.unlink(missing_ok=True)


def _unwritable(path: Path, fault: OSError) -> InputFault:
    reason = fault.strerror or str(fault)
    return InputFault(
        f"cannot be written: {reason}", where=str(path), hint=f"check the disk: df -h {path.parent}"
    )


def _umask() -> int:
    current = os.umask(0)
    os.umask(current)
    return current


@contextmanager
def _opened(path: Path) -> Iterator[IO[bytes]]:
    try:
        if path.suffix == ".gz":
            with gzip.open(path, "rb") as stream:
                yield stream
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
            yield _unreadable(origin, shown, "file-not-utf8", f"byte {fault.start}: {fault.reason}")
            continue
        yield parse_text(text, origin)


def _read_document(path: Path, data: bytes) -> Iterator[RawRow]:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as fault:
        shown = data.decode("utf-8", errors="backslashreplace")
        origin = Origin(str(path), data[: fault.start].count(b"\n") + 1)
        yield _unreadable(origin, shown, "file-not-utf8", fault.reason)
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
            yield _unreadable(origin, rest, "json-invalid", message)
            return
        yield parse_text(text[position:end], origin)
        position = end


class _NotANumber(Exception):
    """NaN or Infinity was met."""


def _refuse_constant(name: str) -> Any:
    raise _NotANumber(name)


def _explain(text: str, origin: Origin, first: Exception) -> RawRow:
    """Find out why the strict reader refused a text, with the standard library's reader."""
    try:
        value = json.loads(text, parse_constant=_refuse_constant)
    except _NotANumber as fault:
        return _unreadable(origin, text, "json-nan", f"got {fault}")
    except RecursionError:
        return _unreadable(origin, text, "json-too-deep", f"deeper than {MAX_DEPTH} levels")
    except json.JSONDecodeError as fault:
        message = f"{fault.msg} at column {fault.colno}"
        return _unreadable(origin, text, "json-invalid", message)
    except ValueError as fault:  # more digits than Python converts
        return _unreadable(origin, text, "json-invalid", str(fault))
    if _holds_surrogate(value):
        return _unreadable(origin, text, "json-lone-surrogate", "half of a surrogate pair")
    if _depth(value) > MAX_DEPTH:
        return _unreadable(origin, text, "json-too-deep", f"deeper than {MAX_DEPTH} levels")
    return _unreadable(origin, text, "json-invalid", str(first))


def _unreadable(origin: Origin, text: str, code: str, message: str) -> RawRow:
    safe = text.encode("utf-8", errors="backslashreplace").decode("utf-8")
    return RawRow(origin, None, safe, issue(code, "", message))


def _too_deep(text: str, value: Any) -> bool:
    return text.count("{") + text.count("[") > MAX_DEPTH and _depth(value) > MAX_DEPTH


def _depth(value: Any) -> int:
    """Return the nesting depth of a value, without recursion."""
    deepest, stack = 0, [(value, 1)]
    while stack:
        current, level = stack.pop()
        deepest = max(deepest, level)
        children = current.values() if isinstance(current, dict) else current
        if isinstance(current, dict | list):
            stack.extend((child, level + 1) for child in children)
    return deepest


def _holds_surrogate(value: Any) -> bool:
    try:
        json.dumps(value, ensure_ascii=False).encode("utf-8")
    except UnicodeEncodeError:
        return True
    except RecursionError:
        return False
    return False
