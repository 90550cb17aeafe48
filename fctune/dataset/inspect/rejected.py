"""The rejected rows of a dataset: why each was rejected, and the row as it was read.

Input: `<name>.rejects.jsonl`. Output: RejectedRows, one after another or a few of every code.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fctune.errors import InputFault
from fctune.issues import Origin
from fctune.jsonl import parse_text
from fctune.jsonl.faults import file_fault
from fctune.jsonl.indexed import IndexedLines

_CODES = b'"codes":['
_OF_EACH = 5
_SCATTER = 2654435761  # Knuth's multiplier: neighbours lie far apart, evenly over the whole


@dataclass(frozen=True, slots=True)
class RejectedRow:
    """One rejected row.

    Attributes:
        number: its line in the file of rejects, from 1.
        origin: file and line of the raw row.
        codes: the codes that reject it.
        issues: all that was found, each with code, where, message and hint.
        raw: the row as it was read; its text where it could not be parsed.
    """

    number: int
    origin: str
    codes: tuple[str, ...]
    issues: tuple[Mapping[str, Any], ...]
    raw: Any


def rejected_rows(path: Path, *, code: str = "") -> Iterator[RejectedRow]:
    """Yield the rejected rows, or those of one code, or of a family such as `call-*`.

    Raises:
        InputFault: the file cannot be read, or a line of it is no reject.
    """
    mark = (f'"{code[:-1]}' if code.endswith("*") else f'"{code}"').encode()
    try:
        with path.open("rb") as stream:
            for number, line in enumerate(stream, start=1):
                if code and mark not in line:
                    continue
                row = _rejected(line, number, path)
                if not code or any(has_code(found.get("code", ""), code) for found in row.issues):
                    yield row
    except OSError as fault:
        raise file_fault(str(path), fault) from fault


def has_code(code: str, wanted: str) -> bool:
    """Tell whether a code is the wanted one, or of the wanted family: `call-*`."""
    return code.startswith(wanted[:-1]) if wanted.endswith("*") else code == wanted


def some_rejected(path: Path, most: int) -> tuple[list[RejectedRow], int]:
    """Return at most so many rejected rows, a few of every set of codes, and how many there are.

    Only the rows that are returned are parsed, whatever the size of the file.

    Raises:
        InputFault: the file cannot be read, or a line of it is no reject.
    """
    every: list[tuple[int, int]] = []
    by_codes: dict[bytes, list[int]] = {}
    index = IndexedLines(path)
    with path.open("rb") as stream:
        for number, line in enumerate(stream, start=1):
            start = line.find(_CODES)
            own = by_codes.setdefault(line[start : line.find(b"]", start)][:400], [])
            if len(own) < _OF_EACH:
                own.append(number)
            item = (-(number * _SCATTER & 0xFFFFFFFF), number)
            if len(every) < most:
                heapq.heappush(every, item)
            elif item > every[0]:
                heapq.heapreplace(every, item)
    firsts = [numbers[at] for at in range(_OF_EACH) for numbers in by_codes.values()
              if at < len(numbers)]  # fmt: skip
    scattered = [number for _, number in sorted(every, reverse=True)]
    chosen = sorted(list(dict.fromkeys([*firsts[: most // 2], *scattered]))[:most])
    return [_rejected(line, number, path) for number, line in index.lines(chosen)], len(index)


def _rejected(line: bytes, number: int, path: Path) -> RejectedRow:
    row = parse_text(line.decode("utf-8", errors="backslashreplace").strip(), Origin("", number))
    value = row.value
    if not isinstance(value, Mapping) or "origin" not in value:
        raise InputFault(
            "not a rejected row of fctune", where=f"{path}:{number}", hint="prepare again"
        )
    issues = value.get("issues")
    codes = value.get("codes")
    return RejectedRow(
        number,
        str(value["origin"]),
        tuple(map(str, codes)) if isinstance(codes, list) else (),
        tuple(i for i in issues if isinstance(i, Mapping)) if isinstance(issues, list) else (),
        value.get("row"),
    )
