"""Lines of ShareGPT rows through the compiled part, and what it says of each.

Input: lines as bytes. Output: Scanned, the columns of all lines at once. A line of which the
library is not sure has a status that says so, and is read by Python.

Before: [b'{"conversations": [...], "tools": "[...]"}', b'{"conversations": 1}']
After:  status [1, 0], heads b'{"conversations":[...],"system":"..."', ...
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Any

import numpy as np
import orjson
from numpy.typing import NDArray

from fctune.native.library import answer, library

DOUBT, SURE, NEEDS_TOOLS, NEEDS_SYSTEM, REFUSED, REJECTED = range(6)
LESSONS = ("general", "no_call", "ask_back", "call", "multi_turn")
LANGUAGES = ("en", "zh", "other")
DEFAULT_SYSTEM, LONG = 1, 2
_RECORD = np.dtype(
    [
        *((name, "<u8") for name in ("id", "prompt", "answer", "frame")),
        *((name, "<u4") for name in ("head", "tokens", "list", "calls")),
        *((name, "<u2") for name in ("wordings", "values")),
        *((name, "u1") for name in ("status", "lesson", "language", "flags")),
    ]
)
_SIZES = struct.Struct("<7Q")


@dataclass(frozen=True, slots=True)
class Scanned:
    """What the library says of some lines.

    Attributes:
        records: one a line; all zeros but for its status where the line is not SURE, and of what is
            REJECTED its head, its list and its flags.
        heads: what is written of the rows up to their tools, one behind the other; of those that
            are rejected, all.
        wordings, values: hashes of the rows, 8 bytes each.
        calls: number to the names of a sequence of calls that is new.
        findings: line to what audits found in it, or why it is rejected: code, place and message.
        near: what the rows say, where near duplicates are looked for; see `fctune.native.near`.
    """

    records: NDArray[Any]
    heads: bytes
    wordings: bytes
    values: bytes
    calls: dict[int, tuple[str, ...]]
    findings: dict[int, list[list[str]]]
    near: bytes


class RowScanner:
    """Reads lines; one for each process and set of settings. It is used by one thread at a time.

    Args:
        settings: `system`, `audits`, `cutoff`, `long` and `near`, as `context.rs` takes them.

    Raises:
        ValueError: the library was not built, or does not take the settings.
    """

    def __init__(self, settings: dict[str, Any]) -> None:
        found = library()
        given = orjson.dumps(settings)
        self._library = found
        self._context = found.fctune_new(given, len(given)) if found is not None else None
        if not self._context:
            raise ValueError("the compiled part is not there")

    def __del__(self) -> None:
        """Free what the library keeps."""
        if getattr(self, "_context", None):
            self._library.fctune_free(self._context)
            self._context = None

    def tell(self, value: dict[str, Any]) -> None:
        """Tell of a tool list or a system text; see `Context::tell`."""
        given = orjson.dumps(value)
        self._library.fctune_tell(self._context, given, len(given))

    def scan(self, lines: Sequence[bytes]) -> Scanned | None:
        """Return what the library says of some lines; None where it failed on them."""
        block = b"".join(lines)
        ends = np.fromiter(accumulate(map(len, lines)), dtype=np.uint64, count=len(lines))
        out = answer(
            self._library.fctune_scan,
            self._context, block, len(block), ends.ctypes.data, len(lines),
        )  # fmt: skip
        return _taken_apart(out) if out is not None else None


def _taken_apart(out: bytes) -> Scanned:
    lines, *sizes = _SIZES.unpack_from(out)
    records = np.frombuffer(out, dtype=_RECORD, count=lines, offset=_SIZES.size)
    begin = _SIZES.size + lines * _RECORD.itemsize
    parts = []
    for size in sizes:
        parts.append(out[begin : begin + size])
        begin += size
    heads, wordings, values, calls, findings, near = parts
    names = {number: _names_in(text) for number, text in orjson.loads(calls)}
    found = dict(orjson.loads(findings))
    return Scanned(records, heads, wordings, values, names, found, near)


def _names_in(text: str) -> tuple[str, ...]:
    return tuple(text.split("\0")) if text else ()
