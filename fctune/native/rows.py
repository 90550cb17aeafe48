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
        line: its number within the block.
        listed: number of its tool list.
        size: bytes of what is written of it.
        codes: those that reject it, with commas between them.
    """

    line: int
    listed: int
    size: int
    codes: str


@dataclass(frozen=True, slots=True)
class Scanned:
    """What the library says of some lines. All but shapes, lists and reasons lies in its memory.

    Attributes:
        records: of each line that is SURE, its row as `fctune.dataset.layout.PACK` packs it; line
            and ordinal count from 0, the shape is its number here, and the size is without tools.
        heads: what is written of these rows up to their tools, one behind the other.
        wordings, values: their hashes, 8 bytes each.
        marks: what audits found in them; see `fctune.dataset.record.marks_of`.
        first: number of the first new shape.
        shapes: those that are new.
        lists: number and text of tool lists that the library has judged itself, those that are new.
        reasons: of each line that is REJECTED.
        rejects: what is written of these rows behind their origin, one behind the other.
        near: what the rows say, where near duplicates are looked for; see `fctune.native.near`.
        statuses: one a line.
        ends: where each line ends in the block.
    """

    records: memoryview
    heads: memoryview
    wordings: memoryview
    values: memoryview
    marks: memoryview
    first: int
    shapes: list[NewShape]
    lists: list[tuple[int, str]]
    reasons: list[Reason]
    rejects: memoryview
    near: memoryview
    statuses: NDArray[np.uint8]
    ends: NDArray[np.uint64]


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

    def scan(self, block: bytes | memoryview, begin: int = 0) -> Scanned | None:
        """Return what the library says of the lines of a block, of some thousand at most.

        What it gives lies in the library's memory, and is good until the next scan.

        Args:
            block: holds whole lines.
            begin: where the first line begins.

        Returns:
            None where it failed on them.
        """
        parts, given = PARTS(), np.frombuffer(block, dtype=np.uint8)
        done = self._library.fctune_scan(
            self._context, given.ctypes.data, len(given), begin, self._asked, parts
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
    records, heads, wordings, values, marks, shapes, names, lists, texts, *rest = parts
    reasons, rejects, near, statuses, ends = rest
    return Scanned(
        records,
        heads,
        wordings,
        values,
        marks,
        int.from_bytes(shapes[:_NUMBER], "little"),
        list(_new_shapes(shapes[_NUMBER:], names)),
        list(_new_lists(lists, texts)),
        [*map(Reason._make, orjson.loads(reasons))],
        rejects,
        near,
        np.frombuffer(statuses, dtype=np.uint8),
        np.frombuffer(ends, dtype="<u8"),
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
