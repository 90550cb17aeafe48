r"""Seal-Tools rows for fine-tuning: the tools and the task stand in one user turn.

Input: a row with a list of turns whose first user turn holds `api_list = [...]` and
`task_instruction = "..."`. Output: a Draft. Tools and calls are what Python prints; the calls are
those of `fctune.conversations.formats.seal_tools`.

Before: human 'api_list = [{'api_name': 'now', ...}]\ntask_instruction = "Time?"\nOutput:\n',
        gpt "[{'api': 'now', 'parameters': {}, 'responses': ['API_call_0']}]"
After:  tools [now], user("Time?"), model(call now)
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from fctune.conversations.draft import Draft, DraftTurn, RawCall
from fctune.conversations.formats.prompted import read_turns, texts_of
from fctune.conversations.formats.seal_tools import read_call
from fctune.conversations.literals import NotLiteral, bracket_end, read_literal, read_value
from fctune.conversations.prompt_tools import plain_tool
from fctune.issues import issue
from fctune.patterns import regex

_LIST = regex(r"\bapi_list\s*=\s*(?=\[)")
_TASK = regex(r"\s*task_instruction\s*=\s*(.*?)\s*(?:Output\s*:\s*)?\Z", re.DOTALL)


def detect(row: Mapping[str, Any]) -> bool:
    """Tell whether a prompt of the row holds a list of APIs and a task in this form."""
    return any("task_instruction" in text and _LIST.search(text) for text in texts_of(row).prompts)


def read(row: Mapping[str, Any]) -> Draft:
    """Translate a row."""
    draft = read_turns(row)
    if draft.turns and draft.turns[0].role == "user":
        _read_prompt(draft)
    draft.turns = [_read_model(turn, draft) for turn in draft.turns]
    return draft


def _read_prompt(draft: Draft) -> None:
    text, where = draft.turns[0].text or "", draft.turns[0].where
    found = _LIST.search(text)
    end = bracket_end(text, found.end()) if found else None
    task = _TASK.match(text, end) if end is not None else None
    if found is None or end is None or task is None:
        draft.issues.append(issue("tools-invalid", where, "got no api_list and task_instruction"))
        return
    try:
        tools = read_literal(text[found.end() : end])
    except NotLiteral as fault:
        draft.issues.append(issue("tools-invalid", where, str(fault)))
        return
    draft.tools = [plain_tool(tool) for tool in tools]
    # The task is printed between quotes, without escapes: it may hold quotes itself.
    words = task[1].removeprefix('"').removesuffix('"')
    draft.turns[0] = replace(draft.turns[0], text=words)


def _read_model(turn: DraftTurn, draft: Draft) -> DraftTurn:
    body = (turn.text or "").strip()
    if turn.role != "model" or not body.startswith("["):
        return turn
    try:
        items = read_value(body)
    except NotLiteral:
        return replace(turn, text="", calls=(RawCall(body, turn.where),))
    calls = tuple(
        read_call(item, f"{turn.where}.calls[{index}]" if index else turn.where, draft)
        for index, item in enumerate(items)
    )
    return replace(turn, text="" if calls else turn.text, calls=calls)
