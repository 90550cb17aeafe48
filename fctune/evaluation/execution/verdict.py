"""The verdict on one task: did the model's calls leave the world as the true calls do.

Input: the replays of the true and of the made calls. Output: TaskVerdict. A task is done where

- the state after it equals the state after the true calls (deep equality, by hash);
- every result that the true calls read is among the results of the made calls. A true call that
  changes the state is judged by the state alone, so that another way to the same end is right;
- the words hold every string that was asked for.
"""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from fctune.evaluation.execution.dialogues import Turn
from fctune.evaluation.execution.toolset import Executed, Replay, State
from fctune.evaluation.execution.toolset_values import NotJson, json_text, plain
from fctune.evaluation.matching.match import shown
from fctune.tools.spec import ToolCall

TURN, DIALOGUE = "turn", "dialogue"


@dataclass(frozen=True, slots=True)
class TaskVerdict:
    """What became of one task: a turn, or a whole dialogue.

    Attributes:
        id: the case, or the conversation.
        group: the conversation.
        kind: `turn` or `dialogue`.
        due: there is something to do: true calls, or strings to be delivered.
        success: None where the task could not be judged.
        failure: `state`, `results`, `strings`, `timeout` or `crash`; "" where it is done.
        reason: one sentence; says why, also where it could not be judged.
        changed: the made calls changed the state.
        executed: the made calls and what they gave.
        gold_steps: how many true calls there are.
        repeated: made calls that repeat one that was made before, more often than the true ones.
        gold_failed: true calls that fail on this toolset.
        weak: nothing tells a done task from an undone one: no change, no result.
    """

    id: str
    group: str
    kind: str
    due: bool
    success: bool | None
    failure: str = ""
    reason: str = ""
    changed: bool = False
    executed: tuple[Executed, ...] = ()
    gold_steps: int = 0
    repeated: int = 0
    gold_failed: int = 0
    weak: bool = False

    @property
    def failed_calls(self) -> int:
        """How many made calls failed."""
        return sum(not one.ok for one in self.executed)

    def as_row(self) -> dict[str, Any]:
        """Return the line of execution.jsonl."""
        return {
            "id": self.id,
            "kind": self.kind,
            "due": self.due,
            "success": self.success,
            "failure": self.failure,
            "reason": self.reason,
            "changed": self.changed,
            "steps": len(self.executed),
            "gold_steps": self.gold_steps,
            "repeated": self.repeated,
            "calls": [one.as_dict() for one in self.executed],
        }


@dataclass(frozen=True, slots=True)
class Compared:
    """The two replays of one task, each cut to what the task is about.

    Attributes:
        gold: the true calls, run.
        gold_states: the states before the first of them and after each.
        made: the made calls, run.
        made_state: the state after them; None where it is not known.
        broken: why the made calls broke off; "" where they did not.
        kind: of the break.
    """

    gold: Sequence[Executed]
    gold_states: Sequence[State]
    made: Sequence[Executed]
    made_state: State | None
    broken: str = ""
    kind: str = ""


def judged(
    group: str, kind: str, turn: Turn, found: Compared, deliver: Sequence[str]
) -> TaskVerdict:
    """Return the verdict on a task whose calls were run.

    Args:
        group: the conversation.
        kind: `turn` or `dialogue`.
        turn: what was due and what was made; for a dialogue all its turns in one.
        found: the replays.
        deliver: strings that the words must hold.
    """
    failure, reason = _failure(turn, found, deliver)
    first, state = found.gold_states[0], found.made_state
    useful = any(one.ok and one.result is not None for one in found.gold)
    return TaskVerdict(
        id=turn.id,
        group=group,
        kind=kind,
        due=bool(turn.gold or deliver),
        success=not failure,
        failure=failure,
        reason=reason,
        changed=state is not None and state.hash != first.hash,
        executed=tuple(found.made),
        gold_steps=len(turn.gold),
        repeated=_repeated(turn),
        gold_failed=sum(not one.ok for one in found.gold),
        weak=bool(turn.gold) and not useful and found.gold_states[-1].hash == first.hash,
    )


def _failure(turn: Turn, found: Compared, deliver: Sequence[str]) -> tuple[str, str]:
    if found.broken:
        kind = found.kind if found.kind in ("timeout", "crash") else "state"
        return kind, found.broken
    gold, made = found.gold_states[-1], found.made_state
    if made is None or made.hash != gold.hash:
        return "state", _state_difference(gold, made)
    wanted = Counter(_result_key(one) for one in _reads(found))
    given = Counter(_result_key(one) for one in found.made)
    if missing := wanted - given:
        name = next(one.call.name for one in _reads(found) if missing[_result_key(one)])
        return "results", f"the result of {name} was not had"
    words = _folded(turn.words)
    if absent := [one for one in deliver if _folded(one) not in words]:
        return "strings", f"the words do not hold {shown(absent[0])}"
    return "", ""


def _reads(found: Compared) -> list[Executed]:
    """Return the true calls that leave the state as it is."""
    states = found.gold_states
    return [one for i, one in enumerate(found.gold) if states[i].hash == states[i + 1].hash]


def _result_key(one: Executed) -> str:
    """Return what two calls have in common that gave the same; failures are alike by tool."""
    return f"= {json_text(plain(one.result))}" if one.ok else f"! {one.call.name}"


def _repeated(turn: Turn) -> int:
    before = Counter(map(_call_key, turn.before))
    gold, made = Counter(map(_call_key, turn.gold)), Counter(map(_call_key, turn.made))
    return sum(
        max(0, count - (gold[key] or (0 if before[key] else 1))) for key, count in made.items()
    )


def _call_key(call: ToolCall) -> str:
    try:
        return f"{call.name}({json_text(plain(dict(call.arguments)))})"
    except NotJson:
        return f"{call.name}({call.arguments!r})"


def _state_difference(gold: State, made: State | None) -> str:
    """Return the first place at which two states differ."""
    if made is None:
        return "the state is not known"
    if gold.value is None or made.value is None:
        return "the state is another one, too large to be shown"
    return f"state{_difference(gold.value, made.value)}"


def _difference(gold: Any, made: Any) -> str:
    if isinstance(gold, dict) and isinstance(made, dict):
        for key in sorted({*gold, *made}):
            if key not in made:
                return f".{key}: missing, expected {shown(gold[key])}"
            if key not in gold:
                return f".{key}: got {shown(made[key])}, expected none"
            if json_text(gold[key]) != json_text(made[key]):
                return f".{key}{_difference(gold[key], made[key])}"
    if isinstance(gold, list) and isinstance(made, list) and len(gold) == len(made):
        for index, (one, other) in enumerate(zip(gold, made, strict=True)):
            if json_text(one) != json_text(other):
                return f"[{index}]{_difference(one, other)}"
    return f": got {shown(made)}, expected {shown(gold)}"


def _folded(text: str) -> str:
    """Return a text without what does not count: forms of letters, case, runs of space."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def unscored(group: str, kind: str, turn: Turn, reason: str, *, due: bool) -> TaskVerdict:
    """Return the verdict on a task that cannot be judged."""
    return TaskVerdict(turn.id, group, kind, due, None, reason=reason, gold_steps=len(turn.gold))


def cut(replay: Replay, start: int) -> tuple[tuple[Executed, ...], State | None]:
    """Return the calls of a replay from a place on, and the state after all of them."""
    complete = not replay.broken and len(replay.states) == len(replay.executed) + 1
    return replay.executed[start:], replay.states[-1] if complete else None
