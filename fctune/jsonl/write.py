"""Values to files, atomically: a temporary file beside the target, flushed, then renamed.

A reader never sees half a file, and a killed writer leaves the old one whole.
"""

from __future__ import annotations

import errno
import json
import os
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any

import orjson

from fctune.errors import InputFault

_ELSEWHERE = "name another place to write to"
_INDENTED = orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE


def dump_line(value: Any) -> bytes:
    r"""Return a value as one compact line of JSON, non-ASCII text kept, without the line end.

    Half of a surrogate pair, which UTF-8 cannot hold, is written as its JSON escape.

    >>> dump_line({"city": "\ud83d"})
    b'{"city":"\\ud83d"}'
    """
    try:
        return orjson.dumps(value)
    except TypeError:  # an integer beyond 64 bits, or a lone surrogate
        text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
        return text.encode("utf-8", errors="backslashreplace")


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
    written = None if ascii_safe else _indented(value)
    if written is not None:
        _write(path, written)
    else:
        write_text(path, json.dumps(value, ensure_ascii=ascii_safe, indent=2) + "\n")


def _indented(value: Any) -> bytes | None:
    r"""Return a value as `json` writes it with indent 2, a tenth as slow; None where it may not be.

    >>> _indented({"share": 0.5})
    b'{\n  "share": 0.5\n}\n'
    """
    # An integer beyond 64 bits or a lone surrogate, or too deep for either.
    with suppress(TypeError, RecursionError):
        return orjson.dumps(value, option=_INDENTED) if _is_plain(value) else None
    return None


def _is_plain(value: Any) -> bool:
    """Tell whether orjson writes a value as `json` does, as far as it writes it at all."""
    kind = type(value)
    if kind is dict:
        return all(type(key) is str for key in value) and all(map(_is_plain, value.values()))
    if kind is list or kind is tuple:
        return all(map(_is_plain, value))
    if kind is float:  # others have an exponent, in different forms
        return bool(value == 0 or 1e-4 <= abs(value) < 1e16)
    return kind is str or kind is int or kind is bool or value is None


def write_text(path: Path, text: str) -> None:
    """Write a text file as UTF-8, atomically; lone surrogates become backslash escapes."""
    _write(path, text.encode("utf-8", errors="backslashreplace"))


def _write(path: Path, content: bytes) -> None:
    with replacing(path) as stream:
        stream.write(content)


@contextmanager
def replacing(path: Path) -> Iterator[IO[bytes]]:
    """Open a temporary file beside `path` that takes its place when the block ends without error.

    Raises:
        InputFault: the folder cannot be written or the disk is full; the old file is untouched.
    """
    try:
        if path.is_dir():
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
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
    if isinstance(fault, IsADirectoryError):
        return InputFault("is a folder, expected a file", where=str(path), hint=_ELSEWHERE)
    if isinstance(fault, FileExistsError | NotADirectoryError):
        files = [one for one in path.parents if os.path.lexists(one) and not one.is_dir()]
        place = files[0] if files else path.parent
        return InputFault(no_folder(place), where=str(place), hint=_ELSEWHERE)
    if isinstance(fault, PermissionError):
        return InputFault("may not be written", where=str(path), hint=_ELSEWHERE)
    reason = fault.strerror or str(fault)
    return InputFault(
        f"cannot be written: {reason}", where=str(path), hint=f"check the disk: df -h {path.parent}"
    )


def no_folder(path: Path) -> str:
    """Return what stands in the place of a folder: a file, or a link that leads nowhere."""
    found = "a link to nothing" if path.is_symlink() and not path.exists() else "a file"
    return f"is {found}, expected a folder"


def _umask() -> int:
    current = os.umask(0)
    os.umask(current)
    return current
