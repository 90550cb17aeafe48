"""API-Bank dialogues: turns of User, AI and API, where one API turn is a call and its result.

Input: {"turns": [{"role": "User" | "AI", "text"}, {"role": "API", "api_name", "param_dict",
"result": {"output", "exception"}}]}. Output: a Draft. The tools lie in another file (`--tools`).
The published files hold one turn a line; such a line alone is no conversation.

Before: {"role": "API", "api_name": "Now", "param_dict": {}, "result": {"output": "12:00", ...}}
After:  model turn with the raw call Now({}), then its result "12:00"
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fctune.conversations.draft import Draft, DraftTurn, RawCall
from fctune.conversations.formats.benchmark import mark_test_set, shown
from fctune.conversations.formats.content import read_system_column, text_of
from fctune.conversations.formats.parts import written
from fctune.issues import issue

_ROLES = ("User", "AI", "API")


def detect(row: Mapping[str, Any]) -> bool:
    """Tell whether a row is a dialogue of these roles, or one turn of such a dialogue."""
    turns = row.get("turns")
    if not isinstance(turns, list):
        return _is_turn(row)
    return all(isinstance(turn, Mapping) and turn.get("role") in _ROLES for turn in turns)


def _is_turn(row: Mapping[str, Any]) -> bool:
    role = row.get("role")
    return (role in ("User", "AI") and "text" in row) or (role == "API" and "api_name" in row)


def read(row: Mapping[str, Any]) -> Draft:
    """Translate a row."""
    draft = Draft(tools=row.get("tools"))
    turns = row.get("turns")
    if not isinstance(turns, list) and _is_turn(row):
        found = "the row is one turn, the others are in the lines around it"
        draft.issues.append(issue("row-one-turn", "", found))
        draft.turns += [DraftTurn("user", "", None), DraftTurn("model", "", None)]
        return draft
    mark_test_set(draft, "API-Bank")
    read_system_column(row, draft)
    for index, turn in enumerate(turns if isinstance(turns, list) else []):
        _read_turn(turn, f"turns[{index}]", draft)
    return draft


def _read_turn(turn: Any, where: str, draft: Draft) -> None:
    role = turn.get("role") if isinstance(turn, Mapping) else None
    if role == "User":
        text = text_of(turn.get("text"), where, draft.issues)
        draft.turns.append(DraftTurn("user", where, text))
    elif role == "AI":
        text = text_of(turn.get("text"), where, draft.issues)
        draft.turns.append(DraftTurn("model", where, text))
    elif role == "API":
        value = {"name": turn.get("api_name"), "arguments": turn.get("param_dict")}
        draft.turns.append(DraftTurn("model", where, calls=(RawCall(value, where),)))
        draft.turns.append(_result_turn(turn.get("result"), f"{where}.result", draft))
    else:
        code = "turn-invalid" if role is None else "role-unknown"
        draft.issues.append(issue(code, where, f"got {shown(role)}"))


def _result_turn(result: Any, where: str, draft: Draft) -> DraftTurn:
    """Return what the API answered; its name and input stand in the call already."""
    value = result
    if isinstance(result, Mapping) and "output" in result:
        failed = result.get("exception")
        value = result["output"]
        if failed is not None:
            value = {"output": value, "exception": failed}
    return DraftTurn("result", where, written(value, where, draft.issues))
