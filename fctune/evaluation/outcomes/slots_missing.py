"""Which values a question of the true turns asks for, told from what came after it.

Input: a conversation and the place of a model turn before its first call. Output: the parameters
of that call that nothing grounds before the question, and something grounds after it: what the user
said in reply. By the audit of fctune/conversations/grounding.py, a heuristic.

Before: "Book a table." / "For how many?" / "Four." / book(people=4)
After:  ("people",)
"""

from __future__ import annotations

from dataclasses import replace

from fctune.conversations import grounding
from fctune.conversations.turns import Conversation, Lesson, ModelTurn
from fctune.patterns import regex
from fctune.tools.spec import ToolCall

_ARGUMENT = regex(r"\.arguments\.([^.\[]+)")


def missing_at(conversation: Conversation, index: int) -> tuple[str, ...]:
    """Return what the model turn at a place asks for; empty where that is not known.

    Args:
        conversation: one of the lesson `ask_back`, else nothing is missing.
        index: the place of the turn.
    """
    turns = conversation.turns
    if conversation.lesson is not Lesson.ASK_BACK or _call_at(conversation, index) is not None:
        return ()
    if any(_call_at(conversation, at) for at in range(index)):
        return ()
    for place in range(index + 1, len(turns)):
        call = _call_at(conversation, place)
        if call is not None:
            before = _ungrounded(conversation, index, call)
            after = _ungrounded(conversation, place, call)
            return tuple(name for name in call.arguments if name in before - after)
    return ()


def _call_at(conversation: Conversation, index: int) -> ToolCall | None:
    turn = conversation.turns[index]
    return turn.calls[0] if isinstance(turn, ModelTurn) and turn.calls else None


def _ungrounded(conversation: Conversation, index: int, call: ToolCall) -> set[str]:
    """Return the arguments that nothing before a place grounds."""
    turns = (*conversation.turns[:index], ModelTurn("", (call,)))
    issues = grounding.find(replace(conversation, turns=turns))
    return {found[1] for one in issues if (found := _ARGUMENT.search(one.where))}
