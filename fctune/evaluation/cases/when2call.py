"""Cases from the test files of When2Call: is it right to call, to answer, to ask or to refuse?

Input: rows `{question, tools: [JSON text], answers: {direct, tool_call, request_for_info,
cannot_answer}, correct_answer}`, as the files for a judge and those for multiple choice have them.
Output: CaseSet, each case with its Decision, and where a parameter was held out, with the one that
a right question asks for. The items were made from those of BFCL's live categories.

Before: {"question": "Book it.", "correct_answer": "request_for_info", "held_out_param": "day", ...}
After:  EvalCase(decision=ASK, missing=("day",), text="Which day?")
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from fctune.evaluation.cases.case_set import CaseSet, Decision, EvalCase
from fctune.evaluation.cases.public import Gold, calls_in, case_of, first_row, read_set, rejected
from fctune.issues import Rejected
from fctune.jsonl import RawRow
from fctune.tools.imports.shapes import json_value

NAME = "when2call"
DECISIONS = {
    "direct": Decision.ANSWER,
    "tool_call": Decision.CALL,
    "request_for_info": Decision.ASK,
    "cannot_answer": Decision.REFUSE,
}


def detect(path: Path) -> str | None:
    """Return `when2call` for a test file of When2Call, else None.

    Raises:
        InputFault: the file cannot be opened.
    """
    row = first_row(path)
    return NAME if row is not None and _is_row(row) else None


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


def _is_row(row: Mapping[str, Any]) -> bool:
    return (
        isinstance(row.get("question"), str)
        and isinstance(json_value(row.get("answers")), Mapping)
        and isinstance(row.get("correct_answer"), str)
    )


def _read_row(row: Mapping[str, Any], raw: RawRow, template: str) -> EvalCase | Rejected | None:
    if not _is_row(row):
        return None
    right = row["correct_answer"]
    answers = json_value(row["answers"])
    if right not in DECISIONS or not isinstance(answers, Mapping):
        found = f"got the answer {right!r}, expected one of {', '.join(DECISIONS)}"
        return rejected(raw, "row-without-answer", found)
    decision, answer = DECISIONS[right], answers.get(right)
    calls = calls_in(answer) if decision is Decision.CALL else ()
    if calls is None or (decision is Decision.CALL and not calls):
        found = f"got {str(answer)[:60]!r}, expected a call as JSON"
        return rejected(raw, "call-invalid-json", found)
    tools = json_value(row.get("tools")) or []
    held_out = row.get("held_out_param")
    gold = Gold(
        id=_id_of(row),
        lesson=right,
        calls=calls,
        text="" if calls or not isinstance(answer, str) else answer,
        decision=decision,
        missing=(held_out,) if isinstance(held_out, str) and decision is Decision.ASK else (),
        tags=(f"category:{right}", "source:when2call"),
    )
    messages = [{"role": "user", "content": row["question"]}]
    return case_of(messages, tools, gold, raw.origin, template)


def _id_of(row: Mapping[str, Any]) -> str:
    ids = (row.get(key) for key in ("uuid", "id", "source_id"))
    return next((key for key in ids if isinstance(key, str) and key), "")
