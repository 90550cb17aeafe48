"""What a conversation teaches, told from its turns.

Input: catalogue and turns. Output: a Lesson. Synthesis names its own lessons (refuse, recover,
confirm), which the turns alone do not show.
"""

from __future__ import annotations

from collections.abc import Sequence

from fctune.conversations.turns import Lesson, ModelTurn, Turn, UserTurn
from fctune.tools.spec import ToolCatalog

_CLOSERS = " \t\n\"'”’」』)）*_."
_QUESTION_MARKS = ("?", "？")


def classify(catalog: ToolCatalog, turns: Sequence[Turn]) -> Lesson:
    """Return the first of these that holds.

    1. general: no tools and no calls.
    2. no_call: tools, but no calls.
    3. ask_back: before the first call the model asks a question and the user answers it.
    4. parallel: some turn holds two calls or more.
    5. multi_turn: calls follow on two or more different user turns.
    6. call: everything else.
    """
    first = next(
        (i for i, turn in enumerate(turns) if isinstance(turn, ModelTurn) and turn.calls), None
    )
    if first is None:
        return Lesson.NO_CALL if catalog.specs else Lesson.GENERAL
    if any(_asks(turn) for turn in turns[:first]):
        return Lesson.ASK_BACK
    if any(isinstance(turn, ModelTurn) and len(turn.calls) > 1 for turn in turns):
        return Lesson.PARALLEL
    return Lesson.MULTI_TURN if _calling_exchanges(turns) > 1 else Lesson.CALL


def _asks(turn: Turn) -> bool:
    """Tell whether a turn is a question of the model; a user turn always follows such a turn."""
    return isinstance(turn, ModelTurn) and turn.text.rstrip(_CLOSERS).endswith(_QUESTION_MARKS)


def _calling_exchanges(turns: Sequence[Turn]) -> int:
    count, counted = 0, True
    for turn in turns:
        if isinstance(turn, UserTurn):
            counted = False
        elif isinstance(turn, ModelTurn) and turn.calls and not counted:
            count, counted = count + 1, True
    return count
