"""Task completion: the calls of an evaluation are run on a user's toolset and the ends compared.

Input: an Evaluation and ToolsetSettings. Output: ExecutionReport. Two kinds of tasks:

turn      the true calls of the turns before are run, then the calls that the model made in this
          turn; beside it the true calls of this turn
dialogue  the calls that the model made in all turns of a conversation, one after another on one
          instance; beside it all true calls

Each run begins with a fresh state. What the toolset does wrong costs the task that it does so in.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from fctune.errors import InputFault
from fctune.evaluation.evaluate import Evaluation
from fctune.evaluation.execution.answers import AnswerToolset
from fctune.evaluation.execution.dialogues import Dialogue, Turn, dialogues_of
from fctune.evaluation.execution.report import ExecutionReport
from fctune.evaluation.execution.settings import ANSWERS, HTTP, ToolsetSettings
from fctune.evaluation.execution.toolset import Executed, Replay, State, Toolset
from fctune.evaluation.execution.toolset_process import ProcessToolset
from fctune.evaluation.execution.verdict import (
    DIALOGUE,
    TURN,
    Compared,
    TaskVerdict,
    cut,
    judged,
    unscored,
)
from fctune.tools.spec import ToolCall

MAX_CALLS = 64
_CHECKED_TWICE = 20
_NOTHING = State("")


def run_execution(
    evaluation: Evaluation,
    toolset_settings: ToolsetSettings,
    *,
    trials: Sequence[Evaluation] = (),
    drawn: bool = False,
    seed: int = 42,
    step: Callable[[], None] | None = None,
) -> ExecutionReport:
    """Run the calls of an evaluation and tell which tasks are done.

    Args:
        evaluation: the judged cases.
        toolset_settings: what runs the calls, and its limits.
        trials: further evaluations of the same cases, for pass^k and pass@k.
        drawn: only some cases of the split were asked, so that no conversation is known to be
            whole: turns alone are judged.
        seed: of the bootstrap.
        step: called once for each dialogue of each trial.

    Raises:
        InputFault: the toolset cannot be imported or read.
        EnvironmentFault: no process can be started.
    """
    toolset = open_toolset(toolset_settings)
    try:
        runner = _Runner(toolset, toolset_settings, drawn=drawn)
        runs = []
        for one in (evaluation, *trials):
            found: list[TaskVerdict] = []
            for dialogue in dialogues_of(one.judged):
                found += runner.dialogue(dialogue)
                if step is not None:
                    step()
            runs.append(tuple(found))
    finally:
        toolset.close()
    return ExecutionReport(toolset_settings, runs[0], tuple(runs[1:]), tuple(runner.unsteady), seed)


def check_toolset(settings: ToolsetSettings) -> None:
    """Find out whether a toolset can be had, before a model is asked for hours.

    A module is imported, and no instance is made; a server is asked for a reset and its state.

    Raises:
        InputFault: the module cannot be imported, the file not read, the server not reached.
        EnvironmentFault: no process can be started.
    """
    toolset = open_toolset(settings)
    try:
        if isinstance(toolset, ProcessToolset):
            toolset.start()
        if settings.kind == HTTP:
            found = toolset.run((), "check")
            if found.broken:
                raise InputFault(
                    f"the server of the tools does not answer: {found.broken}",
                    where=settings.source,
                    hint="start it first, or give another URL with --toolset",
                )
    finally:
        toolset.close()


def open_toolset(settings: ToolsetSettings) -> Toolset:
    """Return the toolset of some settings; close it after use.

    Raises:
        InputFault: the file of recorded answers cannot be used.
    """
    if settings.kind == ANSWERS:
        return AnswerToolset(Path(settings.source))
    return ProcessToolset(settings)


class _Runner:
    """Runs dialogues; remembers true replays, and those that are not the same twice."""

    def __init__(self, toolset: Toolset, settings: ToolsetSettings, *, drawn: bool) -> None:
        self._toolset, self._settings, self._drawn = toolset, settings, drawn
        self._replays: dict[tuple[str, str], Replay] = {}
        self._checked = 0
        self.unsteady: list[str] = []

    def dialogue(self, dialogue: Dialogue) -> Iterator[TaskVerdict]:
        """Yield the verdicts on the turns of a dialogue, then on the whole."""
        verdicts = [self._turn(dialogue, turn) for turn in dialogue.turns]
        yield from verdicts
        if self._drawn or not dialogue.whole:
            return
        words = "\n".join(turn.words for turn in dialogue.turns)
        whole = Turn(dialogue.id, (), dialogue.gold, dialogue.made, words, scored=True)
        yield self._task(dialogue, whole, DIALOGUE)

    def _turn(self, dialogue: Dialogue, turn: Turn) -> TaskVerdict:
        return self._task(dialogue, turn, TURN)

    def _task(self, dialogue: Dialogue, turn: Turn, kind: str) -> TaskVerdict:
        deliver = self._settings.deliver.get(turn.id, ())
        due = bool(turn.gold or deliver)
        if not turn.scored:
            return unscored(dialogue.id, kind, turn, "there is no prediction", due=due)
        if not turn.gold and not turn.made:  # nothing to run
            found = Compared((), (_NOTHING,), (), _NOTHING)
            return judged(dialogue.id, kind, turn, found, deliver)
        gold = self._gold(dialogue, (*turn.before, *turn.gold))
        start = len(turn.before)
        end = start + len(turn.gold)
        if gold.broken and len(gold.states) <= end:
            reason = f"the true calls cannot be run: {gold.broken}"
            return unscored(dialogue.id, kind, turn, reason, due=due)
        compared = self._compared(
            dialogue, turn, gold.executed[start:end], gold.states[start : end + 1]
        )
        if compared.kind == "start":
            return unscored(dialogue.id, kind, turn, compared.broken, due=due)
        return judged(dialogue.id, kind, turn, compared, deliver)

    def _compared(
        self,
        dialogue: Dialogue,
        turn: Turn,
        gold: Sequence[Executed],
        states: Sequence[State],
    ) -> Compared:
        """Run what the model made, and put it beside the true calls."""
        if not turn.made:
            return Compared(gold, states, (), states[0])
        calls = (*turn.before, *turn.made[:MAX_CALLS])
        replay = self._toolset.run(calls, dialogue.id)
        made, state = cut(replay, len(turn.before))
        made += tuple(
            Executed(call, False, kind="not_run", error=f"more than {MAX_CALLS} calls")
            for call in turn.made[MAX_CALLS:]
        )
        moved = state is not None and state.hash != states[-1].hash
        if turn.made == turn.gold and moved and not replay.broken:
            self._note_unsteady(turn.id)
        return Compared(gold, states, made, state, replay.broken, replay.kind)

    def _gold(self, dialogue: Dialogue, calls: tuple[ToolCall, ...]) -> Replay:
        """Return the replay of true calls; that of the longest run serves all shorter ones."""
        longest = max((turn.before + turn.gold for turn in dialogue.turns), key=len)
        run = longest if longest[: len(calls)] == calls else calls
        key = dialogue.id, repr(run)
        if key not in self._replays:
            self._replays = {key: self._toolset.run(run, dialogue.id)}  # one dialogue at a time
            self._check_twice(dialogue, run, self._replays[key])
        return self._replays[key]

    def _check_twice(self, dialogue: Dialogue, calls: tuple[ToolCall, ...], first: Replay) -> None:
        """Run the true calls of the first dialogues again: an equal end is what all rests on."""
        if not calls or first.broken or self._checked >= _CHECKED_TWICE:
            return
        self._checked += 1
        again = self._toolset.run(calls, dialogue.id)
        if [state.hash for state in again.states] != [state.hash for state in first.states] or [
            one.as_dict() for one in again.executed
        ] != [one.as_dict() for one in first.executed]:
            self._note_unsteady(dialogue.id)

    def _note_unsteady(self, name: str) -> None:
        if name not in self.unsteady:
            self.unsteady.append(name)
