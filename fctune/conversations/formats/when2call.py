r"""When2Call rows: a question, tools as JSON strings, and four answers of which one is right.

Input: {"question", "tools": [JSON text, ...], "answers": {"direct", "tool_call",
"request_for_info", "cannot_answer"}, "correct_answer": the key of the right one}. Output: a Draft
that ends with the right answer, and a warning: such rows are a test set.

Before: {"question": "Book it.", "correct_answer": "request_for_info",
         "answers": {"request_for_info": "Which one?", ...}, "tools": ["{...}"]}
After:  user("Book it."), model("Which one?")
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fctune.conversations.draft import Draft, DraftTurn, RawCall
from fctune.conversations.formats.benchmark import lacks_answer, mark_test_set, shown
from fctune.conversations.formats.content import read_system_column, text_of

_CALL = "tool_call"


def detect(row: Mapping[str, Any]) -> bool:
    """Tell whether a row names the right one of its answers."""
    return "question" in row and "correct_answer" in row and isinstance(row.get("answers"), Mapping)


def read(row: Mapping[str, Any]) -> Draft:
    """Translate a row."""
    draft = Draft(tools=row.get("tools"))
    mark_test_set(draft, "When2Call")
    read_system_column(row, draft)
    question = text_of(row.get("question"), "question", draft.issues)
    draft.turns.append(DraftTurn("user", "question", question))
    right, answers = row.get("correct_answer"), row.get("answers")
    known = isinstance(answers, Mapping) and isinstance(right, str)
    answer = answers.get(right) if known and isinstance(answers, Mapping) else None
    where = f"answers.{right[:40]}" if isinstance(right, str) else "answers"
    if answer is None:
        lacks_answer(draft, where, f"got no answer {shown(right)}")
    elif right == _CALL:
        draft.turns.append(DraftTurn("model", where, calls=(RawCall(answer, where),)))
    else:
        text = text_of(answer, where, draft.issues)
        draft.turns.append(DraftTurn("model", where, text))
    return draft
