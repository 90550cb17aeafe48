"""What the readers of test sets share: rows without answers, and the mark of a test set.

Input: a draft that a reader fills. Output: the same draft, with the issue that says what the row
lacks. Questions and answers of test sets often lie in two files that are joined by `id`.

Before: {"id": "simple_0", "question": ..., "function": ...}, no ground truth
After:  a draft with `row-without-answer`
"""

from __future__ import annotations

import reprlib
from collections.abc import Mapping
from typing import Any

from fctune.conversations.calls import UNREADABLE_CALL
from fctune.conversations.draft import Draft, DraftTurn, RawCall
from fctune.conversations.pythonic import read_pythonic
from fctune.issues import issue
from fctune.tools.read import tool_list, unwrap


def shown(value: Any) -> str:
    """Return a value as an issue shows it: short, and safe on any depth."""
    return reprlib.repr(value)


def mark_test_set(draft: Draft, name: str) -> None:
    """Warn that a row belongs to a public test set."""
    found = f"got a row of {name}, which models are measured on"
    draft.issues.append(issue("test-set-row", "", found))


def lacks_answer(draft: Draft, where: str, found: str) -> None:
    """Say that a row has no answer; nothing more is said of its turns then."""
    draft.issues.append(issue("row-without-answer", where, found))
    draft.turns.append(DraftTurn("model", where, None))


def lacks_question(draft: Draft, found: str) -> None:
    """Say that a row holds answers alone."""
    draft.issues.append(issue("row-without-question", "", found))
    draft.turns += [DraftTurn("user", "", None), DraftTurn("model", "", None)]


def parameters_by_tool(tools: Any) -> dict[str, Mapping[str, Any]]:
    """Return the parameters of each listed tool, as the row has them."""
    found: dict[str, Mapping[str, Any]] = {}
    for tool in tool_list(tools) or []:
        body = unwrap(tool)
        name = body.get("name") if body is not None else None
        if body is not None and isinstance(name, str):
            parameters = body.get("parameters")
            found[name] = parameters if isinstance(parameters, Mapping) else {}
    return found


def names_by_tool(tools: Any) -> dict[str, tuple[str, ...]]:
    """Return the names of each listed tool's parameters, in their order."""
    return {
        name: tuple(str(key) for key in properties)
        for name, parameters in parameters_by_tool(tools).items()
        if isinstance(properties := parameters.get("properties", {}), Mapping)
    }


def python_calls(
    text: str, listed: Mapping[str, tuple[str, ...]], where: str, draft: Draft
) -> tuple[RawCall, ...]:
    """Return the calls of a Python list of calls; one unreadable call where it is none."""
    calls = read_pythonic(text, listed, where, draft.issues)
    if calls is None:
        found = f"got {text[:60]!r}, expected calls of listed tools, or with names: [f(a=1)]"
        draft.issues.append(issue("call-invalid-json", where, found))
        return (RawCall(UNREADABLE_CALL, where),)
    return tuple(calls)
