"""BFCL rows: questions, tools with `type: "dict"`, and accepted values for each argument.

Input: {"id", "question": [[message, ...], ...], "function": [...], "ground_truth"}. The published
questions and `possible_answer` files are joined by `id`; a row of one of them alone is rejected.
Output: a Draft that ends with the right calls, and a warning: such rows are a test set. Of the
accepted values the first is taken; "" says that an argument may be left out.

Before: "ground_truth": [{"now": {"city": ["Oslo", "oslo"], "zone": ["", "UTC"]}}]
After:  model turn with the raw call now({"city": "Oslo"})
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fctune.conversations.calls import UNREADABLE_CALL
from fctune.conversations.draft import Draft, DraftTurn, RawCall
from fctune.conversations.formats.benchmark import (
    lacks_answer,
    lacks_question,
    mark_test_set,
    names_by_tool,
    parameters_by_tool,
    python_calls,
    shown,
)
from fctune.conversations.formats.content import text_of
from fctune.conversations.formats.parts import add_system
from fctune.issues import issue

_MODEL = ("assistant", "model")
_MAX_DEPTH = 20


def detect(row: Mapping[str, Any]) -> bool:
    """Tell whether a row has nested questions, or the accepted values alone."""
    if "question" not in row:
        return set(row) == {"id", "ground_truth"} and isinstance(row["ground_truth"], list)
    return isinstance(row["question"], list) and (
        "function" in row or "involved_classes" in row or "ground_truth" in row
    )


def read(row: Mapping[str, Any]) -> Draft:
    """Translate a row."""
    draft = Draft(tools=row.get("function"))
    if "question" not in row:
        lacks_question(draft, "got ground_truth without a question")
        return draft
    mark_test_set(draft, "BFCL")
    questions, truth = row["question"], row.get("ground_truth")
    turns = questions if isinstance(questions, list) else []
    if turns and all(isinstance(turn, Mapping) for turn in turns):
        turns = [turns]
    many = isinstance(truth, list) and bool(truth) and isinstance(truth[0], list)
    for index, turn in enumerate(turns):
        _read_question(turn, f"question[{index}]", draft)
        if many and isinstance(truth, list) and index < len(truth):
            where = f"ground_truth[{index}]"
            draft.turns.append(_answer(truth[index], where, row, draft))
    if isinstance(truth, list) and truth and not many:
        draft.turns.append(_answer(truth, "ground_truth", row, draft))
    elif not many:
        lacks_answer(draft, "ground_truth", "got a question without ground_truth")
    return draft


def _read_question(messages: Any, place: str, draft: Draft) -> None:
    for index, message in enumerate(messages if isinstance(messages, list) else [messages]):
        where = f"{place}[{index}]"
        role = message.get("role") if isinstance(message, Mapping) else None
        if role not in ("system", "user", *_MODEL):
            code = "turn-invalid" if role is None else "role-unknown"
            draft.issues.append(issue(code, where, f"got {shown(role)}"))
            continue
        text = text_of(message.get("content"), where, draft.issues)
        if role == "system":
            add_system(text, where, draft)
        else:
            draft.turns.append(DraftTurn("model" if role in _MODEL else "user", where, text))


def _answer(truth: Any, where: str, row: Mapping[str, Any], draft: Draft) -> DraftTurn:
    """Return the turn of the right calls: objects of accepted values, or calls as Python writes."""
    items = truth if isinstance(truth, list) else [truth]
    if items and all(isinstance(item, str) for item in items):
        listed = names_by_tool(row.get("function"))
        text = f"[{', '.join(items)}]"
        return DraftTurn("model", where, calls=python_calls(text, listed, where, draft))
    parameters = parameters_by_tool(row.get("function"))
    calls = tuple(
        _call_of(item, f"{where}[{index}]", parameters, draft) for index, item in enumerate(items)
    )
    return DraftTurn("model", where, calls=calls or (RawCall([], where),))


def _call_of(
    item: Any, where: str, listed: Mapping[str, Mapping[str, Any]], draft: Draft
) -> RawCall:
    if not isinstance(item, Mapping) or len(item) != 1:
        found = "expected an object with the name of one tool"
        draft.issues.append(issue("call-shape", where, found))
        return RawCall(UNREADABLE_CALL, where)
    name, accepted = next(iter(item.items()))
    required = listed.get(name, {}).get("required")
    arguments = accepted
    if isinstance(accepted, Mapping):
        arguments = _chosen_members(accepted, required if isinstance(required, list) else [], 0)
    return RawCall({"name": name, "arguments": arguments}, where)


def _chosen_members(accepted: Mapping[str, Any], required: list[Any], depth: int) -> dict[str, Any]:
    """Return the first accepted value of each member, those left out that may be."""
    chosen: dict[str, Any] = {}
    for key, values in accepted.items():
        if not isinstance(values, list) or not values:
            chosen[key] = values
            continue
        if values[0] == "" and key not in required:
            continue
        told = next((value for value in values if value != ""), values[0])
        chosen[key] = _chosen(told, depth + 1)
    return chosen


def _chosen(value: Any, depth: int) -> Any:
    """Return an accepted value; within objects each member has a list of accepted values again."""
    if depth > _MAX_DEPTH:
        return value
    if isinstance(value, Mapping):
        return _chosen_members(value, [], depth)
    if isinstance(value, list):
        return [_chosen(item, depth + 1) for item in value]
    return value
