r"""Lines of ShareGPT rows through the compiled part, and what it says of each.

Input: a block of bytes that holds whole lines. Output: Scanned, the columns of all lines at once. A
line of which the library is not sure has a status that says so, and is read by Python.

Before: b'{"conversations": [...], "tools": "[...]"}\n{"conversations": 1}\n'
After:  status [1, 0], heads b'{"conversations":[...],"system":"..."', ...
"""

from __future__ import annotations

import ctypes
import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import orjson
from numpy.typing import NDArray

from fctune.native.library import PARTS, Asked, library, views

DOUBT, SURE, NEEDS_TOOLS, NEEDS_SYSTEM, REFUSED, REJECTED = range(6)
LESSONS = ("general", "no_call", "ask_back", "call", "multi_turn")
LANGUAGES = ("en", "zh", "other")
DEFAULT_SYSTEM, LONG = 1, 2
_RECORD = np.dtype(
    {
        "names": [
            *("id", "prompt", "answer", "frame", "head", "tokens", "shape"),
            *("wordings", "values", "status", "marks", "end"),
        ],
        "formats": [*["<u8"] * 4, *["<u4"] * 3, "<u2", "<u2", "u1", "<u4", "<u8"],
        "offsets": [0, 8, 16, 24, 32, 36, 40, 44, 46, 48, 52, 56],
        "itemsize": 64,
    }
)
_SHAPE = struct.Struct("<IIIBBBx")
_LIST = struct.Struct("<II")
_NUMBER = 8
Ask = Callable[[int, bytes], bytes | None]


class NewShape(NamedTuple):
    """What rows share that was not told of before.

    Attributes:
        listed: number of the tool list.
        calls: the names that are called, in order.
        found: the codes of what audits found, in order.
        lesson: number of the lesson.
        language: number of the language.
        flags: DEFAULT_SYSTEM, LONG.
    """

    listed: int
    calls: tuple[str, ...]
    found: tuple[str, ...]
    lesson: int
    language: int
    flags: int


class Reason(NamedTuple):
    """Why a row is rejected.

    Attributes:
        listed: number of its tool list.
        is_default: whether it has no system text of its own.
        findings: code, place and message each.
    """

    listed: int
    is_default: bool
    findings: list[list[str]]


@dataclass(frozen=True, slots=True)
class Scanned:
    """What the library says of some lines. All but the shapes lies in its own memory.

    Attributes:
        records: one a line; all zeros but for status and end where the line is not SURE, and for
            the head where it is REJECTED.
        heads: what is written of the rows up to their tools, one behind the other; of those that
            are rejected, all.
        wordings, values: hashes of the rows, 8 bytes each.
        first: number of the first new shape.
        shapes: those that are new.
        lists: number and text of tool lists that the library has judged itself, those that are new.
        marks: what audits found, of all lines; see `fctune.dataset.record.marks_of`.
        reasons: line to why its row is rejected.
        near: what the rows say, where near duplicates are looked for; see `fctune.native.near`.
    """

    records: NDArray[Any]
    heads: memoryview
    wordings: memoryview
    values: memoryview
    first: int
    shapes: list[NewShape]
    lists: list[tuple[int, str]]
    marks: memoryview
    reasons: dict[int, Reason]
    near: memoryview


class RowScanner:
    """Reads lines; one for each process and set of settings. It is used by one thread at a time.

    Args:
        settings: as `context.rs` takes them.
        ask: gives what `tell` is to tell, by NEEDS_TOOLS and the text of the tools or by
            NEEDS_SYSTEM and the line; None where that is not known. It must not scan.

    Raises:
        ValueError: the library was not built, or does not take the settings.
    """

    def __init__(self, settings: dict[str, Any], ask: Ask | None = None) -> None:
        found = library()
        given = orjson.dumps(settings)
        self._library = found
        self._context = found.fctune_new(given, len(given)) if found is not None else None
        if not self._context:
            raise ValueError("the compiled part is not there")
        self._ask = ask
        self._asked = Asked(self._answer)
        self._given = b""
        self._fault: BaseException | None = None

    def __del__(self) -> None:
        """Free what the library keeps."""
        if getattr(self, "_context", None):
            self._library.fctune_free(self._context)
            self._context = None

    def tell(self, value: dict[str, Any]) -> None:
        """Tell of a tool list or a system text; see `Context::tell`."""
        given = orjson.dumps(value)
        self._library.fctune_tell(self._context, given, len(given))

    def scan(self, block: bytes, begin: int = 0) -> Scanned | None:
        """Return what the library says of the lines of a block, of some thousand at most.

        What it gives lies in the library's memory, and is good until the next scan.

        Args:
            block: holds whole lines.
            begin: where the first line begins.

        Returns:
            None where it failed on them.
        """
        parts = PARTS()
        done = self._library.fctune_scan(
            self._context, block, len(block), begin, self._asked, parts
        )
        self._given = b""
        if self._fault is not None:
            fault, self._fault = self._fault, None
            raise fault
        return _taken_apart(views(parts)) if done == 0 else None

    def _answer(self, status: int, data: int, size: int, out: Any) -> int:
        """Answer the library, from which nothing can be raised."""
        try:
            found = self._ask(status, ctypes.string_at(data, size)) if self._ask else None
            if found is None:
                return 1
            self._given = found  # until the next answer
            out[0].data = ctypes.cast(ctypes.c_char_p(found), ctypes.c_void_p)
            out[0].size = len(found)
        except BaseException as fault:  # noqa: BLE001 - raised when the library has returned
            self._fault = fault
            return 1
        return 0


def _taken_apart(parts: list[memoryview]) -> Scanned:
    records, heads, wordings, values, shapes, names, lists, texts, marks, reasons, near = parts
    return Scanned(
        np.frombuffer(records, dtype=_RECORD),
        heads,
        wordings,
        values,
        int.from_bytes(shapes[:_NUMBER], "little"),
        list(_new_shapes(shapes[_NUMBER:], names)),
        list(_new_lists(lists, texts)),
        marks,
        {line: Reason(*told) for line, *told in orjson.loads(reasons)},
        near,
    )


def _new_shapes(shapes: memoryview, names: memoryview) -> Iterator[NewShape]:
    begin = 0
    for listed, middle, end, lesson, language, flags in _SHAPE.iter_unpack(shapes):
        calls, found = _names_in(names[begin:middle]), _names_in(names[middle:end])
        yield NewShape(listed, calls, found, lesson, language, flags)
        begin = end


def _new_lists(lists: memoryview, texts: memoryview) -> Iterator[tuple[int, str]]:
    begin = 0
    for number, end in _LIST.iter_unpack(lists):
        yield number, str(texts[begin:end], "utf-8")
        begin = end


def _names_in(text: memoryview) -> tuple[str, ...]:
    return tuple(str(text, "utf-8").split("\0")) if text else ()
