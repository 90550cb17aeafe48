"""Lengths in tokens, and what happens to rows that are longer than the engine's cutoff.

Input: a conversation and a measure of tokens. Output: the conversation as it is, as several windows
cut between exchanges, or a reject. A row is never truncated: the engine would cut the user's
question away and keep the answer (llamafactory 0.9.5, data/processor/processor_utils.py).

An exchange is what follows from one user turn. Windows keep system text and tools. With `carry`
each window after the first begins with the last exchanges before it, so that "And Shanghai?" keeps
what it refers to. How a carried exchange is trained is the engine's matter
(data/processor/supervised.py):

- `mask_history: false`, the default: every model turn of every row is trained, so that the model
  turns of a carried exchange are trained once more with each window that carries them.
- `mask_history: true`: only the last model turn of each row is trained; carried exchanges never
  are, but neither are the calls before that last turn. `fctune.dataset.prefixes` makes of each
  window the rows that train every call once.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum

from fctune.conversations.turns import Conversation, Turn
from fctune.dataset.parts import exchanges, parent_id, part
from fctune.issues import Issue, issue

__all__ = ["DEFAULT_CARRY", "Fitted", "Measure", "OverLong", "fit", "parent_id", "summary"]

Measure = Callable[[Conversation], int]
DEFAULT_CARRY = 1


class OverLong(Enum):
    """What to do with a row over the cutoff."""

    DROP = "drop"
    WINDOW = "window"


@dataclass(frozen=True, slots=True)
class Fitted:
    """A row that fits: one conversation, or its windows, with their lengths in tokens.

    Attributes:
        conversations: the row as it is, or its windows in order.
        lengths: tokens of each.
        issues: `row-windowed`, where it was cut.
        carried: how many turns at the start of each stand at the end of the window before it.
    """

    conversations: tuple[Conversation, ...]
    lengths: tuple[int, ...]
    issues: tuple[Issue, ...] = ()
    carried: tuple[int, ...] = (0,)


@dataclass(frozen=True, slots=True)
class _Span:
    """The exchanges of one window: `first` to `end`, of which those before `new` are carried."""

    first: int
    new: int
    end: int
    tokens: int


def fit(
    conversation: Conversation,
    measure: Measure,
    *,
    cutoff_len: int,
    policy: OverLong,
    carry: int = 0,
) -> Fitted | Issue:
    """Return the conversation or its windows where they fit, else the issue that rejects it.

    Args:
        conversation: the row.
        measure: tokens of a conversation as the engine trains it.
        cutoff_len: the most tokens that the engine keeps of a row.
        policy: drop the row, or cut it into windows between exchanges.
        carry: exchanges that each window after the first repeats from before it, as context; fewer
            where a new exchange would not fit beside them.
    """
    length = measure(conversation)
    if length <= cutoff_len:
        return Fitted((conversation,), (length,))
    too_long = issue("row-too-long", "", f"got {length} tokens, cutoff_len is {cutoff_len}")
    if policy is OverLong.DROP:
        return too_long
    parts = tuple(exchanges(conversation.turns))
    spans = _spans(conversation, parts, measure, cutoff_len, carry)
    if spans is None:
        return too_long
    return Fitted(
        tuple(
            part(conversation, index, _turns(parts, span.first, span.end))
            for index, span in enumerate(spans)
        ),
        tuple(span.tokens for span in spans),
        (issue("row-windowed", "", _told(length, len(parts), spans, carry)),),
        tuple(len(_turns(parts, span.first, span.new)) for span in spans),
    )


def _spans(
    conversation: Conversation,
    parts: Sequence[tuple[Turn, ...]],
    measure: Measure,
    cutoff_len: int,
    carry: int,
) -> list[_Span] | None:
    """Pack exchanges greedily into windows; None where one exchange alone is too long."""

    def tokens(first: int, end: int) -> int:
        return measure(part(conversation, 0, _turns(parts, first, end)))

    spans: list[_Span] = []
    new = 0
    while new < len(parts):
        for first in range(max(0, new - carry) if spans else new, new + 1):
            end, length = _furthest(tokens, first, new, len(parts), cutoff_len)
            if end > new:
                break
        else:
            return None
        spans.append(_Span(first, new, end, length))
        new = end
    return spans


def _furthest(
    tokens: Callable[[int, int], int], first: int, new: int, last: int, cutoff_len: int
) -> tuple[int, int]:
    """Return the furthest end of a window that fits, and its tokens; `new` where none does.

    In doubling steps and then by halves, so that a dialogue of a thousand exchanges is measured a
    few times, not a thousand times.
    """
    good, length, bad, step = new, 0, last + 1, 1
    while good + 1 < bad:
        tried = min(good + step, bad - 1)
        tried_length = tokens(first, tried)
        if tried_length <= cutoff_len:
            good, length = tried, tried_length
        else:
            bad = tried
        step = step * 2 if bad > last else max(1, (bad - good) // 2)
    return good, length


def _told(length: int, exchanges: int, spans: Sequence[_Span], carry: int) -> str:
    told = f"{length} tokens, {exchanges} exchanges became {len(spans)} windows"
    carried = [span.new - span.first for span in spans[1:]]
    if not any(carried):
        return f"{told}; none carries an exchange of the one before"
    least, most = min(carried), max(carried)
    count = str(most) if least == most else f"{least} to {most}"
    less = f", {carry} where they fit" if least < carry else ""
    return f"{told}; each after the first carries {count} of the exchanges before it{less}"


def _turns(parts: Sequence[tuple[Turn, ...]], first: int, end: int) -> tuple[Turn, ...]:
    return tuple(turn for exchange in parts[first:end] for turn in exchange)


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
