"""Recorded rows of BFCL items as cases and predictions, for the modes `strict` and `semantic`.

Input: rows `{id, category, tools, prediction, possible_answer}`, as the quick way of mode `bfcl`
reads them. Output: Recording, so that the same rows are judged in every mode, and one of them can
be explained. A row whose tools or question cannot be read is left out, and told.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from fctune.evaluation.bfcl.gold import accepted_of, gold_call
from fctune.evaluation.bfcl.rows import Row, read_row
from fctune.evaluation.bfcl.source_text import asking_for_text
from fctune.evaluation.cases.case_set import Decision, EvalCase
from fctune.evaluation.cases.public import Gathered, Gold, case_of, rejected
from fctune.evaluation.decode import Decoded
from fctune.evaluation.predict import Prediction
from fctune.evaluation.replay.recording import Recording
from fctune.evaluation.strict_json import writable
from fctune.issues import Rejected
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
        row = _row(raw)
        if isinstance(row, Rejected):
            gathered.add(row)
        elif only is None or row.id == only:
            gathered.add(_case(row, raw, template))
            predictions.setdefault(row.id, _prediction(row))
    case_set = gathered.case_set(path, sha256_of(path))
    return Recording(case_set, tuple(predictions[case.id] for case in case_set.cases))


def _row(raw: RawRow) -> Row | Rejected:
    if raw.issue is not None:
        return Rejected(raw.origin, (raw.issue,), raw.text)
    row = read_row(raw.value, raw.origin.line)
    return rejected(raw, _CODE, row) if isinstance(row, str) else row


def _case(row: Row, raw: RawRow, template: str) -> EvalCase | Rejected:
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
    return case_of(_messages(raw.value.get("question")), tools, gold, raw.origin, template)


def _messages(question: Any) -> list[Any]:
    """Return the turns before the call; rows that tell no question have an empty one."""
    if isinstance(question, list) and question:
        return question[0] if isinstance(question[0], list) else question
    return [{"role": "user", "content": question if isinstance(question, str) else "-"}]


def _prediction(row: Row) -> Prediction:
    calls = row.calls
    if calls is None or not writable(row.prediction):
        text = row.prediction if isinstance(row.prediction, str) else _text(row.prediction)
        detail = "the prediction is no list of calls"
        return Prediction(row.id, None, Decoded(text=text, malformed=True, detail=detail))
    made = tuple(ToolCall(name, arguments) for name, arguments in calls)
    return Prediction(row.id, None, Decoded(made))


def _text(value: Any) -> str:
    try:
        return json.dumps(value, ensure_ascii=False)
    except (TypeError, ValueError, RecursionError):
        return f"a {type(value).__name__} that is no JSON"
