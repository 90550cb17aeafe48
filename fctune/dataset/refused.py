"""Rows that the compiled part rejects, as lines of the file of rejects.

Input: what the library has written of such rows. Output: the lines that `Rejected.as_row` gives.
What it writes of codes is told to it once.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from fctune.catalogue import CATALOGUE, Severity
from fctune.issues import Issue, Origin, issue
from fctune.jsonl import dump_line

_PLACE_AND_MESSAGE = '"","message":""'


class Refused(NamedTuple):
    """A row that is rejected.

    Attributes:
        line: its number within the block.
        codes: those that reject it.
        begin, end: where its line, but for its origin, stands among those of the block.
    """

    line: int
    codes: Sequence[str]
    begin: int
    end: int


def words_of(default_issues: Sequence[Issue]) -> dict[str, object]:
    """Return what the library writes of rejected rows.

    Args:
        default_issues: told of each row without a system text of its own.

    Returns:
        Those issues, and for each code that rejects a row what is written before the place and
        behind the message.
    """
    codes = [code for code, entry in CATALOGUE.items() if entry.severity is Severity.ERROR]
    empty = [dump_line(issue(code, "", "").as_dict()).decode() for code in codes]
    return {
        "default": ",".join(dump_line(one.as_dict()).decode() for one in default_issues),
        "around": {
            code: text.split(_PLACE_AND_MESSAGE) for code, text in zip(codes, empty, strict=True)
        },
    }


def lines_of(refused: Sequence[Refused], written: memoryview, first: Origin) -> bytes:
    """Return the lines of some rows.

    Args:
        refused: the rows.
        written: of all such rows of the block.
        first: of the first line of the block.
    """
    file = dump_line(first.file)[:-1]
    parts: list[bytes | memoryview] = []
    for line, _, begin, end in refused:
        parts += (b'{"origin":%b:%d",' % (file, first.line + line), written[begin:end])
    return b"".join(parts)
