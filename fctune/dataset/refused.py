"""Rows that the compiled part rejects, as lines of the file of rejects.

Input: why a row is rejected, and the row as it is written. Output: a Refused, whose line is the one
that `Rejected.as_row` gives. Rows are rejected for few different sets of codes, so what is said of
codes is written once each.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from fctune.issues import Issue, Origin, Rejected, issue
from fctune.jsonl import dump_line
from fctune.native.rows import Reason

_MAX_CODES = 4096
_NO_ORIGIN = Origin("", 0)


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
        self._default = [one.as_dict() for one in default_issues]
        self._codes: dict[tuple[str, ...], tuple[Sequence[str], bytes]] = {}
        self._empty: dict[str, dict[str, str]] = {}
        """An issue of each code, of which nothing is told."""

    def refused(self, reason: Reason, begin: int) -> Refused:
        """Return what is told of a row that begins at a place among those of a block."""
        line, _, is_default, size, findings = reason
        issues = [*self._default] if is_default else []
        for code, where, message in findings:
            empty = self._empty.get(code)
            if empty is None:
                empty = self._empty[code] = issue(code, "", "").as_dict()
            issues.append({**empty, "where": where, "message": message})
        codes, written = self._codes_of(tuple([one["code"] for one in issues]))
        told = b'"codes":%b,"issues":%b' % (written, dump_line(issues))
        return Refused(line, codes, told, begin, begin + size)

    def _codes_of(self, told: tuple[str, ...]) -> tuple[Sequence[str], bytes]:
        """Return which of the codes that are told of a row reject it, and these as written."""
        known = self._codes.get(told)
        if known is None:
            issues = tuple(issue(code, "", "") for code in told)
            codes = Rejected(_NO_ORIGIN, issues, None).codes
            known = codes, dump_line(codes)
            if len(self._codes) < _MAX_CODES:
                self._codes[told] = known
        return known
