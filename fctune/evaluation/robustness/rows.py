"""Cases as rows that any backend can be asked with, and that `fctune score` reads back.

Input: EvalCases. Output: one JSON object each: OpenAI messages and tools, and the gold answer. Put
what the model said under `prediction` (its text, or a list of calls) and score the file as it is.

Before: EvalCase("a#1~typos", messages=(user,), calls=(track,))
After:  {"id": "a#1~typos", "group": "a", "tags": [...], "messages": [...], "tools": [...],
         "gold": {"calls": [{"name": "track", "arguments": {...}}], "text": ""}}
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from fctune.conversations.families import split_results
from fctune.conversations.tags import split_calls
from fctune.evaluation.cases.case_set import EvalCase
from fctune.evaluation.outcomes.task_calls import calls_in
from fctune.evaluation.robustness.edit import CALL, RESULT, USER


def variant_rows(cases: Iterable[EvalCase]) -> Iterator[dict[str, Any]]:
    """Yield the rows of cases."""
    for case in cases:
        yield {
            "id": case.id,
            "group": case.group,
            "lesson": case.lesson,
            "tags": list(case.tags),
            "messages": list(_messages(case)),
            "tools": [{"type": "function", "function": spec.as_dict()} for spec in case.catalog],
            "gold": {"calls": [call.as_dict() for call in case.calls], "text": case.text},
            "question": case.messages[-1]["content"] if case.messages else "",
        }


def _messages(case: EvalCase) -> Iterator[dict[str, Any]]:
    if case.system:
        yield {"role": "system", "content": case.system}
    open_ids: list[str] = []
    for index, message in enumerate(case.messages):
        role, content = message["role"], message["content"]
        if role == CALL:
            turn = _call_turn(content, index)
            open_ids = [call["id"] for call in turn["tool_calls"]]
            yield turn
        elif role == RESULT:
            for call_id, text in zip(open_ids, _results(content, len(open_ids)), strict=True):
                yield {"role": "tool", "tool_call_id": call_id, "content": text}
        else:
            yield {"role": "user" if role == USER else "assistant", "content": content}


def _call_turn(content: str, index: int) -> dict[str, Any]:
    try:
        json.loads(content)
        words = None
    except ValueError:
        words = split_calls(content)[0] or None
    calls = [
        {
            "id": f"call_{index}_{number}",
            "type": "function",
            "function": {
                "name": call.name,
                "arguments": json.dumps(dict(call.arguments), ensure_ascii=False),
            },
        }
        for number, call in enumerate(calls_in(content))
    ]
    return {"role": "assistant", "content": words, "tool_calls": calls}


def _results(content: str, count: int) -> Sequence[str]:
    """Return the result of each call; where several cannot be told apart, all for each."""
    return split_results(content, count) or [content] * count
