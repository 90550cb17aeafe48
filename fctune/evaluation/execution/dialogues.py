"""Dialogues to be run: the turns of one conversation, with what was right and what was said.

Input: the judged cases of an Evaluation. Output: Dialogues, each with its turns in order. Variants
made for the robustness level stay out: a toolset does not know their names.

Before: cases a#1 (call), a#3 (words) of one conversation
After:  Dialogue("a", (Turn(before=(), gold=(call,), made=(...)), Turn(before=(call,), gold=())))
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from fctune.evaluation.evaluate import Judged
from fctune.evaluation.outcomes.task_calls import calls_before
from fctune.evaluation.robustness.names import is_variant
from fctune.tools.spec import ToolCall


@dataclass(frozen=True, slots=True)
class Turn:
    """One case as something to be run.

    Attributes:
        id: the case.
        before: the true calls of the turns before.
        gold: the true calls of this turn.
        made: the calls that the model made; empty where it made none or none that can be read.
        words: what the model said beside them.
        scored: whether there is a prediction at all.
    """

    id: str
    before: tuple[ToolCall, ...]
    gold: tuple[ToolCall, ...]
    made: tuple[ToolCall, ...]
    words: str
    scored: bool


@dataclass(frozen=True, slots=True)
class Dialogue:
    """The turns of one conversation that were asked, in order."""

    id: str
    turns: tuple[Turn, ...]

    @property
    def gold(self) -> tuple[ToolCall, ...]:
        """The true calls of all turns."""
        return tuple(call for turn in self.turns for call in turn.gold)

    @property
    def made(self) -> tuple[ToolCall, ...]:
        """The calls that the model made in all turns."""
        return tuple(call for turn in self.turns for call in turn.made)

    @property
    def whole(self) -> bool:
        """Whether every turn with calls was asked and answered, so that one may run after another.

        Where cases were drawn, or the model was not reached, turns are missing.
        """
        calls: tuple[ToolCall, ...] = ()
        for turn in self.turns:
            if turn.before != calls or not turn.scored:
                return False
            calls += turn.gold
        return bool(calls)


def dialogues_of(judged: Iterable[Judged]) -> tuple[Dialogue, ...]:
    """Return the dialogues of an evaluation, in the order of their first case."""
    groups: dict[str, list[Judged]] = {}
    for item in judged:
        if not is_variant(item.case):
            groups.setdefault(item.case.group, []).append(item)
    return tuple(Dialogue(name, _turns(items)) for name, items in groups.items())


def _turns(items: Sequence[Judged]) -> tuple[Turn, ...]:
    turns: list[Turn] = []
    so_far: tuple[ToolCall, ...] = ()
    for item in items:
        told = calls_before(item.case)
        before = so_far if told is None else told
        decoded = item.prediction.decoded
        turns.append(
            Turn(
                id=item.case.id,
                before=before,
                gold=item.case.calls,
                made=decoded.calls,
                words=decoded.text,
                scored=item.prediction.finish_reason != "error",
            )
        )
        so_far = before + item.case.calls
    return tuple(turns)
