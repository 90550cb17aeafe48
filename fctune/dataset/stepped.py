"""Stepped: what a step of preparation made of a conversation.

A step is a pure function from one conversation to the conversations that stand for it. It returns
an Issue instead where the row cannot be used.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from fctune.conversations.turns import Conversation
from fctune.issues import Issue


@dataclass(frozen=True, slots=True)
class Stepped:
    """The conversations that stand for one, in order, and what was changed or noticed."""

    conversations: tuple[Conversation, ...]
    issues: tuple[Issue, ...] = ()


Step = Callable[[Conversation], Stepped | Issue]
