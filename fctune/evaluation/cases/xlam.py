"""Cases from rows of a query, its tools and the right calls, as xLAM and Hammer write them.

Input: rows `{query, tools, answers}`, the last two as lists or as JSON text. Output: CaseSet. An
empty list of answers says that no tool fits: the model must not call.

Before: {"query": "Time?", "tools": "[...]", "answers": '[{"name": "now", "arguments": {}}]'}
After:  EvalCase(messages=(user,), calls=(now(),), decision=CALL)
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from fctune.conversations.formats.xlam import detect as is_row
from fctune.evaluation.cases.case_set import CaseSet, Decision, EvalCase
from fctune.evaluation.cases.public import (
    PLACEHOLDER,
    Gold,
    calls_in,
    case_of_row,
    first_row,
    read_set,
)
from fctune.issues import Rejected
from fctune.jsonl import RawRow

NAME = "xlam"


def detect(path: Path) -> str | None:
    """Return `xlam` for a file of queries with tools and answers, else None.

    Raises:
        InputFault: the file cannot be opened.
    """
    row = first_row(path)
    return NAME if row is not None and is_row(row) else None


def read_cases(path: Path, *, template: str = "qwen") -> CaseSet:
    """Read the cases of a file.

    Args:
        path: the file.
        template: the engine template, which says how parallel results are joined.

    Raises:
        InputFault: the file cannot be read, or gives no case.
    """

    def read(row: Mapping[str, Any], raw: RawRow) -> EvalCase | Rejected | None:
        return _read_row(row, raw, template)

    return read_set(path, read)


def _read_row(row: Mapping[str, Any], raw: RawRow, template: str) -> EvalCase | Rejected | None:
    if not is_row(row):
        return None
    answers = row["answers"]
    calls = calls_in(answers)
    words = calls is None
    lesson = "answer" if words else "no_call" if not calls else "call"
    gold = Gold(
        id=_id_of(row),
        lesson="parallel" if calls and len(calls) > 1 else lesson,
        calls=calls or (),
        text=answers if words and isinstance(answers, str) else "",
        decision=Decision.CALL if calls else None if words else Decision.REFUSE,
        tags=("source:xlam",),
    )
    asked = {**row, "answers": PLACEHOLDER}
    return case_of_row(asked, "xlam", gold, raw.origin, template)


def _id_of(row: Mapping[str, Any]) -> str:
    key = row.get("id")
    return str(key) if isinstance(key, str | int) and not isinstance(key, bool) else ""
