"""A data file as a stream of its plain bytes: gzip and zstd unpacked, stdin as `-`.

Input: a path, or `-` for stdin, which is copied to a temporary file that vanishes with the process.
Output: a binary stream from its start. The name decides on the packing; for stdin, the content.
"""

from __future__ import annotations

import gzip
import importlib
import io
import sys
import tempfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import IO, Any, cast

from fctune.errors import EnvironmentFault, InputFault
from fctune.jsonl.faults import DamagedFile, file_fault

STDIN = Path("-")
_BUFFER_BYTES = 1 << 18  # lines of 2 kB are read twice as fast as with 8 kB
_GZIP, _ZSTD = b"\x1f\x8b", b"\x28\xb5\x2f\xfd"
# Input is unpacked in pieces of this size, so that one piece of a bomb stays within memory.
_PIECE_BYTES = 16_384
_COPIED_BYTES = 1 << 20


def shown(path: Path) -> str:
    """Return the name of a source in places and accounts: `stdin` for `-`, else the path.

    >>> shown(Path("-")), shown(Path("a.jsonl"))
    ('stdin', 'a.jsonl')
    """
    return "stdin" if path == STDIN else str(path)


@contextmanager
def opened(path: Path) -> Iterator[IO[bytes]]:
    """Open a file for reading, unpacked.

    Args:
        path: the file, or `-` for stdin.

    Raises:
        InputFault: it cannot be opened or unpacked, within the whole `with` block.
        EnvironmentFault: it is packed with zstd, and no package that unpacks it is installed.
    """
    where = shown(path)
    try:
        with opened_raw(path) as packed:
            magic = packed.read(4)
            packed.seek(0)
            if path.suffix.lower() == ".gz" or magic.startswith(_GZIP):
                with gzip.open(packed, "rb") as stream:
                    yield cast("IO[bytes]", stream)
            elif path.suffix.lower() == ".zst" or (path == STDIN and magic == _ZSTD):
                yield _unpack_zstd(packed, where)
            else:
                yield packed
    except (OSError, EOFError, zlib.error) as fault:
        raise file_fault(where, fault) from fault


@contextmanager
def opened_raw(path: Path) -> Iterator[IO[bytes]]:
    """Open a file for reading as it is, packed or not; the faults are those of the system.

    Args:
        path: the file, or `-` for stdin.

    Raises:
        OSError: it cannot be opened.
        InputFault: stdin is a terminal, where nobody would write rows.
    """
    if path != STDIN:
        with path.open("rb", buffering=_BUFFER_BYTES) as stream:
            yield stream
        return
    spooled = _spooled(sys.stdin)
    spooled.seek(0)
    yield spooled


@lru_cache(maxsize=1)
def _spooled(stdin: Any) -> IO[bytes]:
    """Return a copy of stdin that can be read twice; made once for each stdin."""
    if stdin is None or stdin.isatty():
        raise InputFault(
            "got no rows on stdin, which is a terminal",
            where="stdin",
            hint="pipe the rows: cat rows.jsonl | fctune prepare -",
        )
    copy = cast("IO[bytes]", tempfile.TemporaryFile())  # noqa: SIM115 - lives as long as stdin
    while piece := stdin.buffer.read(_COPIED_BYTES):
        try:
            copy.write(piece)
        except OSError as fault:
            raise _no_room(fault) from fault
    try:
        copy.flush()
    except OSError as fault:
        raise _no_room(fault) from fault
    return copy


def _no_room(fault: OSError) -> InputFault:
    folder = tempfile.gettempdir()
    return InputFault(
        f"stdin is kept in a temporary file, which cannot be written: {fault.strerror}",
        where=folder,
        hint=f"df -h {folder}; or name another folder: TMPDIR=FOLDER fctune ...",
    )


def _unpack_zstd(packed: IO[bytes], where: str) -> IO[bytes]:
    fresh = _zstd_frame(where)
    return cast("IO[bytes]", io.BufferedReader(_Frames(packed, fresh), 1 << 16))


def _zstd_frame(where: str) -> Callable[[], Any]:
    """Return what makes the unpacker of one frame: of the standard library, or of a package."""
    try:
        stdlib: Any = importlib.import_module("compression.zstd")
        return cast("Callable[[], Any]", stdlib.ZstdDecompressor)
    except ImportError:
        pass
    try:
        package: Any = importlib.import_module("zstandard")
    except ImportError as fault:
        raise EnvironmentFault(
            "the file is packed with zstd, which needs Python 3.14 or the package zstandard",
            where=where,
            hint="pip install zstandard, or unpack it: zstd -d FILE",
        ) from fault
    return lambda: package.ZstdDecompressor().decompressobj()


class _Frames(io.RawIOBase):
    """The bytes of all frames of a zstd file, one after another; a cut frame is an error."""

    def __init__(self, packed: IO[bytes], fresh: Callable[[], Any]) -> None:
        super().__init__()
        self._packed, self._fresh = packed, fresh
        self._frame: Any = None
        self._ready = memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        while not self._ready:
            piece = self._packed.read(_PIECE_BYTES)
            if not piece:
                if self._frame is not None:
                    raise EOFError("the zstd data ends in the middle of a frame")
                return 0
            self._ready = memoryview(self._unpacked(piece))
        taken = min(len(buffer), len(self._ready))
        buffer[:taken] = self._ready[:taken]
        self._ready = self._ready[taken:]
        return taken

    def _unpacked(self, piece: bytes) -> bytes:
        parts: list[bytes] = []
        while piece:
            if self._frame is None:
                self._frame = self._fresh()
            try:
                parts.append(self._frame.decompress(piece))
            except Exception as fault:
                # ZstdError is Exception's own child in both packages.
                if isinstance(fault, MemoryError) or type(fault).__name__ != "ZstdError":
                    raise
                raise DamagedFile(str(fault)) from fault
            piece = b""
            if self._frame.eof:
                piece, self._frame = bytes(self._frame.unused_data), None
        return b"".join(parts)
