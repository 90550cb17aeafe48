"""Recorded rows of BFCL items as cases and predictions, for the modes `strict` and `semantic`.

Input: rows `{id, category, tools, prediction, possible_answer}`, as the quick way of mode `bfcl`
reads them. Output: Recording, so that the same rows are judged in every mode, and one of them can
be explained. A row whose tools or question cannot be read is left out, and told; what is wrong with
the prediction is for scoring to judge.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from fctune.evaluation.bfcl.gold import accepted_of, gold_call
from fctune.evaluation.bfcl.rows import Row, read_row
from fctune.evaluation.bfcl.source_text import asking_for_text
from fctune.evaluation.cases.case_set import Decision, EvalCase
from fctune.evaluation.cases.public import Gathered, Gold, case_of, rejected
from fctune.evaluation.decode import Decoded
from fctune.evaluation.endpoint.answer import clean
from fctune.evaluation.predict import Prediction
from fctune.evaluation.replay.odd import as_text, read_said, recordable
from fctune.evaluation.replay.recording import Recording
from fctune.issues import Origin, Rejected
from fctune.jsonl import RawRow, read_rows, sha256_of
from fctune.tools.spec import ToolCall

_CODE = "row-without-answer"


def read_items(path: Path, *, only: str | None = None, template: str = "qwen") -> Recording:
    """Read recorded rows of BFCL items.

    Args:
        path: the rows.
        only: the id of the one row that is wanted; None for all.
        template: the engine template, which says how parallel results are joined.

    Raises:
        InputFault: the file cannot be read, or no row of it can be used.
    """
    gathered = Gathered()
    predictions: dict[str, Prediction] = {}
    for raw in read_rows(path):
        gathered.rows += 1
        found = _read(raw)
        if isinstance(found, Rejected):
            gathered.add(found)
            continue
        row, question = found
        if only is None or row.id == only:
            gathered.add(_case(row, question, raw.origin, template))
            predictions.setdefault(row.id, _prediction(row))
    case_set = gathered.case_set(path, sha256_of(path))
    return Recording(case_set, tuple(predictions[case.id] for case in case_set.cases))


def _read(raw: RawRow) -> tuple[Row, Any] | Rejected:
    """Return a row with its question."""
    value = raw.value if raw.issue is None else read_said(raw, ("prediction",))
    if value is None and raw.issue is not None:
        return Rejected(raw.origin, (raw.issue,), raw.text)
    row = read_row(value, raw.origin.line)
    if isinstance(row, str):
        return rejected(raw, _CODE, row)
    return row, value.get("question") if value else None


def _case(row: Row, question: Any, origin: Origin, template: str) -> EvalCase | Rejected:
    language, golds = row.language, row.golds
    gold = Gold(
        id=row.id,
        lesson=row.category,
        calls=tuple(gold_call(one, row.tools, language) for one in golds),
        decision=Decision.CALL if row.expects_call else Decision.REFUSE,
        accepted=tuple(accepted_of(one, row.tools, language) for one in golds),
        tags=(f"category:{row.category}", "source:bfcl"),
        bfcl={
            "category": row.category,
            "possible_answer": row.possible_answer,
            "tools": row.tools,
            "underscore_to_dot": row.underscored,
        },
    )
    tools = [asking_for_text(tool, language) for tool in row.tools] if language else row.tools
    return case_of(_messages(question), tools, gold, origin, template)


def _messages(question: Any) -> list[Any]:
    """Return the turns before the call; rows that tell no question have an empty one."""
    if isinstance(question, list) and question:
        return question[0] if isinstance(question[0], list) else question
    return [{"role": "user", "content": question if isinstance(question, str) else "-"}]


def _prediction(row: Row) -> Prediction:
    calls = row.calls
    if calls is None or not recordable(row.prediction):
        return _unread(row, "the prediction is no list of calls")
    if not all(isinstance(name, str) for name, _ in calls):
        return _unread(row, "the name of a call is no text")
    made = tuple(ToolCall(name, arguments) for name, arguments in calls)
    return Prediction(row.id, None, Decoded(made))


def _unread(row: Row, detail: str) -> Prediction:
    said = row.prediction
    text = clean(said) if isinstance(said, str) else as_text(said)
    return Prediction(row.id, None, Decoded(text=text, malformed=True, detail=detail))
