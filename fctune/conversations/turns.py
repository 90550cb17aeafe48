"""The nouns of conversations: the Turn union and Conversation.

A conversation is a system text, a tool catalogue and turns that alternate between the outside
(UserTurn, ResultTurn) and the model (ModelTurn). All are frozen; `fctune.conversations.check`
decides whether the order and the pairing of calls and results are legal.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from fctune.issues import Origin
from fctune.tools.spec import ToolCall, ToolCatalog


class Lesson(Enum):
    """What a conversation teaches; the value is the word used in files and reports."""

    GENERAL = "general"
    NO_CALL = "no_call"
    ASK_BACK = "ask_back"
    CALL = "call"
    PARALLEL = "parallel"
    MULTI_TURN = "multi_turn"
    REFUSE = "refuse"
    RECOVER = "recover"
    CONFIRM = "confirm"


@dataclass(frozen=True, slots=True)
class UserTurn:
    """What the user says."""

    text: str


@dataclass(frozen=True, slots=True)
class ModelTurn:
    """What the model says: text, calls, or text followed by calls.

    Attributes:
        text: the answer, or the words beside the calls; may be empty only where there are calls.
        calls: calls made in this turn; two or more are parallel.
        thought: the reasoning before words and calls; empty unless a dataset keeps thoughts.
    """

    text: str = ""
    calls: tuple[ToolCall, ...] = ()
    thought: str = ""


@dataclass(frozen=True, slots=True)
class ResultTurn:
    """The results of the calls of the model turn before, in the order of the calls."""

    results: tuple[str, ...]


Turn = UserTurn | ModelTurn | ResultTurn


@dataclass(frozen=True, slots=True)
class Conversation:
    """One conversation that the engine can train on.

    Attributes:
        id: stable hash of the canonical content, 16 hexadecimal digits.
        system: the system text; never empty in a written dataset.
        catalog: the tools that the model sees.
        turns: alternating turns that end with a ModelTurn.
        lesson: what it teaches.
        origin: file and line that it was read from.
    """

    id: str
    system: str
    catalog: ToolCatalog
    turns: tuple[Turn, ...]
    lesson: Lesson
    origin: Origin

    @property
    def calls(self) -> tuple[ToolCall, ...]:
        """All calls of the conversation, in order."""
        return tuple(
            call for turn in self.turns if isinstance(turn, ModelTurn) for call in turn.calls
        )

    @property
    def user_texts(self) -> tuple[str, ...]:
        """What the user said, turn by turn."""
        return tuple(turn.text for turn in self.turns if isinstance(turn, UserTurn))
