"""Lengths in tokens, and what happens to rows that are longer than the engine's cutoff.

Input: a conversation and a measure of tokens. Output: the conversation as it is, as several windows
cut between exchanges, or a reject. A row is never truncated: the engine would cut the user's
question away and keep the answer (llamafactory 0.9.5, data/processor/processor_utils.py).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import Enum

from fctune.conversations.lesson import classify
from fctune.conversations.turns import Conversation, ModelTurn, Turn, UserTurn
from fctune.issues import Issue, issue

Measure = Callable[[Conversation], int]


class OverLong(Enum):
    """What to do with a row over the cutoff."""

    DROP = "drop"
    WINDOW = "window"


@dataclass(frozen=True, slots=True)
class Fitted:
    """A row that fits: one conversation, or its windows, with their lengths in tokens."""

    conversations: tuple[Conversation, ...]
    lengths: tuple[int, ...]
    issues: tuple[Issue, ...] = ()


def fit(
    conversation: Conversation, measure: Measure, *, cutoff_len: int, policy: OverLong
) -> Fitted | Issue:
    """Return the conversation or its windows where they fit, else the issue that rejects it.

    Args:
        conversation: the row.
        measure: tokens of a conversation as the engine trains it.
        cutoff_len: the most tokens that the engine keeps of a row.
        policy: drop the row, or cut it into windows between exchanges.
    """
    length = measure(conversation)
    if length <= cutoff_len:
        return Fitted((conversation,), (length,))
    too_long = issue("row-too-long", "", f"got {length} tokens, cutoff_len is {cutoff_len}")
    if policy is OverLong.DROP:
        return too_long
    windows = _windows(conversation, measure, cutoff_len)
    if windows is None:
        return too_long
    note = issue("row-windowed", "", f"{length} tokens became {len(windows)} windows")
    return Fitted(tuple(windows), tuple(measure(window) for window in windows), (note,))


def _windows(
    conversation: Conversation, measure: Measure, cutoff_len: int
) -> list[Conversation] | None:
    """Pack exchanges greedily into windows; None where one exchange alone is too long.

    An exchange starts with a user turn. A window carries no turn of the one before it.
    """
    windows: list[Conversation] = []
    current: tuple[Turn, ...] = ()
    for exchange in _exchanges(conversation.turns):
        longer = _part(conversation, len(windows), current + exchange)
        if current and measure(longer) > cutoff_len:
            windows.append(_part(conversation, len(windows), current))
            current = exchange
        else:
            current += exchange
    windows.append(_part(conversation, len(windows), current))
    return windows if all(measure(window) <= cutoff_len for window in windows) else None


def _part(conversation: Conversation, index: int, turns: tuple[Turn, ...]) -> Conversation:
    """Return one window; what it teaches is told from its own turns, not from the whole row."""
    lesson = classify(conversation.catalog, turns)
    return replace(conversation, id=f"{conversation.id}-{index}", turns=turns, lesson=lesson)


def parent_id(conversation: Conversation) -> str:
    """Return the id of the row that a window was cut from; that of a whole row is its own."""
    return conversation.id.partition("-")[0]


def _exchanges(turns: Sequence[Turn]) -> Iterator[tuple[Turn, ...]]:
    current: list[Turn] = []
    for turn in turns:
        if isinstance(turn, UserTurn) and current and isinstance(current[-1], ModelTurn):
            yield tuple(current)
            current = []
        current.append(turn)
    yield tuple(current)


def summary(lengths: Sequence[int]) -> Mapping[str, int]:
    """Return count, median, 95th percentile and maximum of lengths in tokens."""
    ordered = sorted(lengths)
    if not ordered:
        return {"rows": 0, "p50": 0, "p95": 0, "max": 0}
    last = len(ordered) - 1
    return {
        "rows": len(ordered),
        "p50": ordered[last // 2],
        "p95": ordered[round(last * 0.95)],
        "max": ordered[-1],
    }
