"""The other row of a finding: what a rejected row contradicts, or is nearly the same as.

Input: the columns of all rows and the Findings. Output: for a rejected row the place of one other,
`file:line`, so that the two can be laid side by side.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from fctune.dataset.columns import I64, U64, Columns
from fctune.dataset.findings import CONTRADICTION, NEAR, Findings
from fctune.dataset.runs import place

Other = Callable[[str, int], str]


def other_row(columns: Columns, findings: Findings, sources: Sequence[str]) -> Other:
    """Return a function that names the other row of a code and a row, or gives "".

    A contradicting row is named the first row of its prompt with another answer; a near duplicate
    the first row of its cluster that stays, else the first that is not itself.
    """
    contradicting = _first_answers(columns, findings)
    clusters = _members(findings)
    staying = ~findings.rejected

    def other(code: str, row: int) -> str:
        found: int | None = None
        if code == CONTRADICTION:
            answers = contradicting.get(int(columns.prompt[row]), {})
            own = int(columns.answer[row])
            found = next((first for answer, first in answers.items() if answer != own), None)
        elif code == NEAR and findings.ties is not None:
            rows = clusters.get(int(findings.ties[row]), ())
            ordinal = columns.ordinal
            others = [one for one in rows if ordinal[one] != ordinal[row]]
            found = next((one for one in others if staying[one]), next(iter(others), None))
        return "" if found is None else place(columns, found, sources)

    return other


def _first_answers(columns: Columns, findings: Findings) -> dict[int, dict[int, int]]:
    """Return prompt to answer to the first row that gives it, of contradicting rows."""
    mask = findings.rejected_by.get(CONTRADICTION)
    marked: I64 = np.flatnonzero(findings.rows[CONTRADICTION]) if mask is not None else _none()
    found: dict[int, dict[int, int]] = {}
    prompts: U64 = columns.prompt
    for row in marked.tolist():
        found.setdefault(int(prompts[row]), {}).setdefault(int(columns.answer[row]), row)
    return found


def _members(findings: Findings) -> dict[int, list[int]]:
    """Return cluster to its rows, in input order, where near duplicates are rejected."""
    found: dict[int, list[int]] = {}
    if findings.ties is None or NEAR not in findings.rejected_by:
        return found
    for row in np.flatnonzero(findings.ties >= 0).tolist():
        found.setdefault(int(findings.ties[row]), []).append(row)
    return found


def _none() -> I64:
    return np.empty(0, dtype=np.int64)
