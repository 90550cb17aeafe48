"""Issues: findings about one row, one tool or one call, as values with a code from one catalogue.

A row that cannot be used is not an exception: it becomes `Rejected` with every issue that applies,
and a row that can be used becomes `Accepted`, with the repairs that made it so. The catalogue of
codes, each with its example and its remedy, is in `fctune.catalogue`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from fctune.catalogue import CATALOGUE, Severity

T = TypeVar("T")

__all__ = ["Accepted", "Issue", "Origin", "Rejected", "Severity", "Verdict", "blocking", "issue"]


@dataclass(frozen=True, slots=True)
class Origin:
    """The place of a row: a file, and the line on which the row starts (from 1).

    >>> str(Origin("raw.jsonl", 12))
    'raw.jsonl:12'
    """

    file: str
    line: int

    def __str__(self) -> str:
        """Return `file:line`, the form that editors and terminals turn into a link."""
        return f"{self.file}:{self.line}"


@dataclass(frozen=True, slots=True)
class Issue:
    """One finding: its code, its place and what was found there.

    Attributes:
        code: a key of the catalogue, such as `call-unknown-tool`.
        where: the place inside the row or file, such as `turns[3].calls[0].arguments.city`.
        message: what was found and what was expected.
    """

    code: str
    where: str
    message: str

    def __post_init__(self) -> None:
        """Refuse a code that the catalogue does not have: that is a defect of fctune.

        Raises:
            KeyError: the code is not in the catalogue.
        """
        CATALOGUE[self.code]

    @property
    def severity(self) -> Severity:
        """The severity that the catalogue gives this code."""
        return CATALOGUE[self.code].severity

    @property
    def hint(self) -> str:
        """What the user can do about it."""
        return CATALOGUE[self.code].hint

    def as_dict(self) -> dict[str, str]:
        """Return the issue as a JSON-ready object, severity and hint included."""
        entry = CATALOGUE[self.code]
        return {
            "code": self.code,
            "severity": entry.severity.value,
            "where": self.where,
            "message": self.message,
            "hint": entry.hint,
        }

    def __str__(self) -> str:
        """Return `where: message [code]`."""
        place = f"{self.where}: " if self.where else ""
        return f"{place}{self.message} [{self.code}]"


def issue(code: str, where: str, message: str) -> Issue:
    """Make an issue; a short name because rules make many.

    >>> issue("call-unknown-tool", "turns[1]", "got 'foo'").severity.value
    'error'
    """
    return Issue(code=code, where=where, message=message)


def blocking(issues: tuple[Issue, ...] | list[Issue]) -> bool:
    """Tell whether any of the issues forbids the use of the row."""
    return any(found.severity is Severity.ERROR for found in issues)


@dataclass(frozen=True, slots=True)
class Accepted(Generic[T]):
    """A row that can be used, with the repairs and warnings that go with it."""

    value: T
    issues: tuple[Issue, ...] = ()


@dataclass(frozen=True, slots=True)
class Rejected:
    """A row that cannot be used: every issue found, and the row as it was read.

    Attributes:
        origin: file and line of the row.
        issues: all findings, at least one of them an error.
        raw: the row as parsed, or its text where it could not be parsed.
    """

    origin: Origin
    issues: tuple[Issue, ...]
    raw: Any

    @property
    def codes(self) -> list[str]:
        """The codes that reject it: its errors; where a switch rejects, what it was given for."""
        errors = {found.code for found in self.issues if found.severity is Severity.ERROR}
        return sorted(errors or {found.code for found in self.issues})

    def as_row(self) -> dict[str, Any]:
        """Return the line that goes into `<name>.rejects.jsonl`."""
        return {
            "origin": str(self.origin),
            "codes": self.codes,
            "issues": [found.as_dict() for found in self.issues],
            "row": self.raw,
        }


Verdict = Accepted[T] | Rejected


def count_by_code(issues: list[Issue], *, severity: Severity | None = None) -> Mapping[str, int]:
    """Count issues by code, sorted by code, optionally of one severity only."""
    counts: dict[str, int] = {}
    for found in issues:
        if severity is None or found.severity is severity:
            counts[found.code] = counts.get(found.code, 0) + 1
    return dict(sorted(counts.items()))
