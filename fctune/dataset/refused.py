"""Rows that the compiled part rejects, as lines of the file of rejects.

Input: why a row is rejected, and the row as it is written. Output: a Refused, whose line is the one
that `Rejected.as_row` gives. Rows are rejected for few different sets of codes, so what is said of
codes is written once each.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import orjson

from fctune.issues import Issue, Origin, Rejected, issue
from fctune.jsonl import dump_line
from fctune.native.rows import Reason

_MAX_CODES = 4096
_NO_ORIGIN = Origin("", 0)
_NOTHING_TOLD = b'"","message":""'


class Refused(NamedTuple):
    """A row that is rejected.

    Attributes:
        line: its number within the block.
        codes: those that reject it.
        told: what stands between its origin and the row in the file of rejects.
        begin, end: where the row stands among those of the block.
    """

    line: int
    codes: Sequence[str]
    told: bytes
    begin: int
    end: int


class Refusals:
    """Tells of rejected rows.

    Args:
        default_issues: told of each row without a system text of its own.
    """

    def __init__(self, default_issues: Sequence[Issue]) -> None:
        self._default = [one.code for one in default_issues]
        self._default_told = [dump_line(one.as_dict()) for one in default_issues]
        self._codes: dict[tuple[str, ...], tuple[Sequence[str], bytes]] = {}
        self._around: dict[str, tuple[bytes, bytes]] = {}

    def refused(self, reason: Reason, begin: int) -> Refused:
        """Return what is told of a row that begins at a place among those of a block."""
        found = [self._issue(*one) for one in reason.findings]
        codes = [one[0] for one in reason.findings]
        if reason.is_default:
            found, codes = [*self._default_told, *found], [*self._default, *codes]
        known, written = self._codes_of(tuple(codes))
        told = b'%b,"issues":[%b]' % (written, b",".join(found))
        return Refused(reason.line, known, told, begin, begin + reason.size)

    def _issue(self, code: str, where: str, message: str) -> bytes:
        """Return an issue as it is written."""
        around = self._around.get(code)
        if around is None:
            head, tail = dump_line(issue(code, "", "").as_dict()).split(_NOTHING_TOLD)
            around = self._around[code] = head, tail
        told = orjson.dumps(where), orjson.dumps(message)
        return b'%b%b,"message":%b%b' % (around[0], *told, around[1])

    def _codes_of(self, codes: tuple[str, ...]) -> tuple[Sequence[str], bytes]:
        """Return which of the codes that are told of a row reject it, and these as written."""
        known = self._codes.get(codes)
        if known is None:
            issues = tuple(issue(code, "", "") for code in codes)
            found = Rejected(_NO_ORIGIN, issues, None).codes
            known = found, b'"codes":' + dump_line(found)
            if len(self._codes) < _MAX_CODES:
                self._codes[codes] = known
        return known
