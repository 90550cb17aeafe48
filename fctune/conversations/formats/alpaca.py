r"""Alpaca rows: an instruction and its output, general chat without tools.

Input: {"instruction", "input"?, "output", "system"?, "history"?}. Output: a Draft.

Before: {"instruction": "Translate.", "input": "Hei", "output": "Hello"}
After:  user("Translate.\nHei"), model("Hello")
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fctune.conversations.draft import Draft, DraftTurn
from fctune.conversations.formats.content import read_system_column, text_of
from fctune.issues import issue


def detect(row: Mapping[str, Any]) -> bool:
    """Tell whether a row holds an instruction and an output."""
    return "instruction" in row and "output" in row


def read(row: Mapping[str, Any]) -> Draft:
    """Translate a row; its tools are none, whatever tools other rows are given."""
    draft = Draft(tools=row.get("tools") or [])
    read_system_column(row, draft)
    history = row.get("history")
    for index, pair in enumerate(history if isinstance(history, list) else []):
        where = f"history[{index}]"
        if not isinstance(pair, list) or len(pair) != 2:
            draft.issues.append(issue("turn-invalid", where, "expected a question and its answer"))
            continue
        draft.turns.append(DraftTurn("user", where, text_of(pair[0], where, draft.issues)))
        draft.turns.append(DraftTurn("model", where, text_of(pair[1], where, draft.issues)))
    question = text_of(row.get("instruction"), "instruction", draft.issues)
    extra = row.get("input")
    if question is not None and extra:
        added = text_of(extra, "input", draft.issues)
        # llamafactory 0.9.5 data/converter.py joins the two in the same way.
        question = None if added is None else "\n".join(part for part in (question, added) if part)
    draft.turns.append(DraftTurn("user", "instruction", question))
    draft.turns.append(
        DraftTurn("model", "output", text_of(row.get("output"), "output", draft.issues))
    )
    return draft
