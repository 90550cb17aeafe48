"""The compiled library: found, opened, and called with bytes.

Input: bytes. Output: bytes, or None where the library is in doubt, is not there, or failed.
`FCTUNE_NATIVE=0` leaves it alone, `FCTUNE_NATIVE=PATH` takes the library at a path.
"""

from __future__ import annotations

import ctypes
import os
from functools import lru_cache
from pathlib import Path
from typing import Any

_FOLDER = Path(__file__).parent
_NAMES = ("libfctune_core.so", "libfctune_core.dylib", "fctune_core.dll")
_VERSION = 5
_DONE = 0
_SWITCH = "FCTUNE_NATIVE"
_PARTS = 14  # `columns::PARTS`
_READABLE = 0x100  # PyBUF_READ


class _Bytes(ctypes.Structure):
    _fields_ = (
        ("data", ctypes.c_void_p),
        ("size", ctypes.c_size_t),
        ("capacity", ctypes.c_size_t),
    )


class Part(ctypes.Structure):
    """Bytes that one side lends the other."""

    _fields_ = (("data", ctypes.c_void_p), ("size", ctypes.c_size_t))


Asked = ctypes.PYFUNCTYPE(
    ctypes.c_int, ctypes.c_int, ctypes.c_void_p, ctypes.c_size_t, ctypes.POINTER(Part)
)
PARTS = Part * _PARTS
_view = ctypes.pythonapi.PyMemoryView_FromMemory
_view.argtypes = (ctypes.c_void_p, ctypes.c_ssize_t, ctypes.c_int)
_view.restype = ctypes.py_object


@lru_cache(maxsize=1)
def library() -> Any:
    """Return the opened library; None where it was not built, or is switched off."""
    wish = os.environ.get(_SWITCH, "")
    if wish == "0":
        return None
    for path in [Path(wish)] if wish else [_FOLDER / name for name in _NAMES]:
        if path.is_file():
            return _opened(path)
    return None


def _opened(path: Path) -> Any:
    try:
        # Not CDLL: no other thread of Python runs meanwhile, so that no context is used by two.
        found = ctypes.PyDLL(str(path))
        if found.fctune_version() != _VERSION:
            return None
        _describe(found)
    except (OSError, AttributeError):  # of another machine, or of an older version
        return None
    return found


def _describe(found: Any) -> None:
    """Say what the functions take and give."""
    found.fctune_release.argtypes = (_Bytes,)
    found.fctune_release.restype = None
    text = (ctypes.c_char_p, ctypes.c_size_t)
    out = ctypes.POINTER(_Bytes)
    found.fctune_probe.argtypes = (*text, *text, out)
    found.fctune_new.argtypes = text
    found.fctune_new.restype = ctypes.c_void_p
    found.fctune_free.argtypes = (ctypes.c_void_p,)
    found.fctune_free.restype = None
    found.fctune_tell.argtypes = (ctypes.c_void_p, *text)
    numbers = (ctypes.c_void_p, ctypes.c_size_t)
    asked = (ctypes.c_size_t, Asked, ctypes.POINTER(Part))
    found.fctune_scan.argtypes = (ctypes.c_void_p, *numbers, *asked)
    found.fctune_briefs.argtypes = (*text, *numbers, out)
    _describe_files(found, numbers)
    _describe_near(found, numbers)


def _describe_files(found: Any, numbers: tuple[Any, ...]) -> None:
    """Say what the functions take that write the files of a dataset."""
    texts, out = ctypes.c_void_p, ctypes.POINTER(_Bytes)
    found.fctune_rows.argtypes = (texts, ctypes.c_void_p, *numbers, *numbers)
    found.fctune_rows.restype = ctypes.c_int64
    found.fctune_trail.argtypes = (*numbers, ctypes.c_uint64, texts, *numbers, out)


def _describe_near(found: Any, text: tuple[Any, ...]) -> None:
    """Say what the functions of the search for near duplicates take."""
    out, joined = ctypes.POINTER(_Bytes), ctypes.c_void_p
    pairs = (ctypes.c_void_p, ctypes.c_void_p, ctypes.c_size_t)
    found.fctune_signatures.argtypes = (*text, *text, out)
    found.fctune_promising.argtypes = (*text, *pairs, ctypes.c_uint32, out)
    found.fctune_joined_new.argtypes = (ctypes.c_uint32, ctypes.c_double, ctypes.c_int32)
    found.fctune_joined_new.restype = joined
    found.fctune_joined_free.argtypes = (joined,)
    found.fctune_joined_free.restype = None
    found.fctune_joined_add.argtypes = (joined, *pairs, *pairs)
    found.fctune_joined_roots.argtypes = (joined, out)


def answer(function: Any, *arguments: Any) -> bytes | None:
    """Call a function of the library that gives bytes; None where it gives none."""
    out = _Bytes()
    if function(*arguments, ctypes.byref(out)) != _DONE:
        return None
    try:
        return ctypes.string_at(out.data, out.size)
    finally:
        library().fctune_release(out)


def views(parts: Any) -> list[memoryview]:
    """Return what the library lends, without a copy.

    Args:
        parts: `PARTS` that a function of the library has filled.
    """
    return [_view(part.data, part.size, _READABLE) for part in parts]


def probe(name: str, given: bytes) -> bytes | None:
    """Call one function of the library by its name, for tests and samples.

    Args:
        name: such as `json.spaced`.
        given: its argument as JSON.

    Returns:
        Its result as JSON; None where it is in doubt, or there is no such function.
    """
    found = library()
    if found is None:
        return None
    word = name.encode()
    return answer(found.fctune_probe, word, len(word), given, len(given))
