"""Parts of a conversation: windows and prefix rows, their ids and lessons.

Input: a conversation and some of its turns. Output: the conversation that stands for them. A part
keeps the id of its row in front of its own number, so that accounts find the row.

Before: Conversation(id="5af0", turns=(user, model(call), result, model), lesson=CALL)
After:  Conversation(id="5af0-0", turns=(user, model(call)), lesson=CALL)
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from fctune.conversations.lesson import classify
from fctune.conversations.turns import Conversation, Lesson, ModelTurn, Turn, UserTurn

# These are named by who made the conversation; the turns alone do not show them.
_NAMED = frozenset({Lesson.REFUSE, Lesson.RECOVER, Lesson.CONFIRM})


def part(conversation: Conversation, index: int, turns: tuple[Turn, ...]) -> Conversation:
    """Return one part of a conversation; what it teaches is told from its own turns.

    Args:
        conversation: the row, or a part of it.
        index: the number of the part among its siblings, from 0.
        turns: the turns of the part.
    """
    kept = conversation.lesson in _NAMED and turns == conversation.turns
    lesson = conversation.lesson if kept else classify(conversation.catalog, turns)
    return replace(conversation, id=f"{conversation.id}-{index}", turns=turns, lesson=lesson)


def exchanges(turns: Sequence[Turn]) -> Iterator[tuple[Turn, ...]]:
    """Yield the exchanges: each starts with a user turn that follows a model turn."""
    current: list[Turn] = []
    for turn in turns:
        if isinstance(turn, UserTurn) and current and isinstance(current[-1], ModelTurn):
            yield tuple(current)
            current = []
        current.append(turn)
    if current:
        yield tuple(current)


def parent_id(conversation: Conversation) -> str:
    """Return the id of the row that a part was made from; that of a whole row is its own."""
    return conversation.id.partition("-")[0]
