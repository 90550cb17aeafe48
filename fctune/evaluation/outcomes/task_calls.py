"""The calls of the turns before a case, read back from the text that the dataset writes.

Input: an EvalCase. Output: ToolCalls.

Before: the call turn `{"name": "now", "arguments": {}}`
After:  [ToolCall("now", {})]
"""

from __future__ import annotations

import json
from typing import Any

from fctune.conversations.tags import split_calls
from fctune.engine.templates import ENGINE_ROLES
from fctune.evaluation.cases.case_set import EvalCase
from fctune.tools.spec import ToolCall


def calls_before(case: EvalCase) -> tuple[ToolCall, ...] | None:
    """Return the calls of the turns before a case; None where the case does not hold its turns.

    Recorded predictions without their split may hold the last question alone, or turns as a
    server has them.
    """
    roles = {message["role"] for message in case.messages}
    if len(case.messages) < 2 or not roles <= set(ENGINE_ROLES.values()):
        return None
    found: list[ToolCall] = []
    for message in case.messages:
        if message["role"] == ENGINE_ROLES["call"]:
            found += calls_in(message["content"])
    return None if not found and ENGINE_ROLES["result"] in roles else tuple(found)


def calls_in(content: str) -> list[ToolCall]:
    """Return the calls of a call turn as the dataset writes it: JSON, or words and tagged JSON."""
    try:
        values = [json.loads(content)]
    except ValueError:
        values = [_parsed(text) for text in split_calls(content)[1]]
    listed = [one for value in values for one in (value if isinstance(value, list) else [value])]
    return [
        ToolCall(one["name"], _object(one.get("arguments")))
        for one in listed
        if isinstance(one, dict) and isinstance(one.get("name"), str)
    ]


def _parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return None


def _object(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
