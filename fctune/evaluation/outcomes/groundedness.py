"""Values that a model invented: wrong, and said nowhere before the call.

Input: a case and one call with the names of its arguments that are not right. Output: how many of
their texts and numbers nothing grounds, by the audit of training data (fctune/conversations/
grounding.py): system text, words and results before, earlier calls and the tool's own description,
in any form that the audit knows. It is a heuristic. A value that equals the gold one is right,
wherever it is from, and is not looked up.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from typing import Any

from fctune.conversations import grounding
from fctune.conversations.grounding_text import leaves
from fctune.conversations.turns import (
    Conversation,
    Lesson,
    ModelTurn,
    ResultTurn,
    Turn,
    UserTurn,
)
from fctune.engine.templates import ENGINE_ROLES, EngineMessage
from fctune.evaluation.cases.case_set import EvalCase
from fctune.tools.spec import ToolCall


def values_of(call: ToolCall) -> int:
    """Return how many texts and numbers the arguments of a call hold, inner ones too.

    >>> values_of(ToolCall("f", {"at": "Oslo", "days": [1, 2], "now": True}))
    3
    """
    return sum(1 for value in call.arguments.values() for _ in _judged(value))


def ungrounded_values(case: EvalCase, call: ToolCall, wrong: Iterable[str]) -> int:
    """Return how many values of wrong arguments nothing before the call grounds.

    Args:
        case: what was said before.
        call: the call made.
        wrong: names of its arguments that are not right; all others are not judged.
    """
    arguments = {name: call.arguments[name] for name in wrong if name in call.arguments}
    if not arguments:
        return 0
    turns = (*history(case.messages), ModelTurn("", (ToolCall(call.name, arguments),)))
    row = Conversation("", case.system, case.catalog, turns, Lesson.CALL, case.origin)
    return min(len(grounding.find(row)), values_of(ToolCall(call.name, arguments)))


def is_grounded(case: EvalCase, call: ToolCall, name: str) -> bool:
    """Tell whether every value of one argument is grounded in what was said before."""
    return not ungrounded_values(case, call, (name,))


def history(messages: Collection[EngineMessage]) -> Iterator[Turn]:
    """Yield the turns before; calls as words, which is how the audit takes their values."""
    for message in messages:
        role, content = message["role"], message["content"]
        if role == ENGINE_ROLES["user"]:
            yield UserTurn(content)
        elif role == ENGINE_ROLES["result"]:
            yield ResultTurn((content,))
        else:
            yield ModelTurn(content)


def _judged(value: Any) -> Iterator[Any]:
    if isinstance(value, dict | list):
        found: Iterator[Any] = (leaf for _, leaf in leaves(value))
    else:
        found = iter((value,))
    return (one for one in found if isinstance(one, str | int | float) and type(one) is not bool)
