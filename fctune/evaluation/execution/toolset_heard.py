"""What the worker process says of one dialogue, put together to a Replay.

Input: the answers of the worker, in order. Output: Replay. A call that was running when the worker
went silent or ended gets the blame; those behind it were not run.

Before: {"begun": true}, {"state": 0, ...}, {"call": 0, "ok": true, ...}, {"ended": -9}
After:  Replay(executed=(ok, crash, not_run), states=(s0, s1), broken="ended its process")
"""

from __future__ import annotations

import contextlib
import signal
from collections.abc import Sequence
from typing import Any

from fctune.evaluation.execution.toolset import Executed, Replay, State, failed_result
from fctune.tools.spec import ToolCall


class HeardDialogue:
    """Collects what the worker says of one dialogue.

    Args:
        calls: the calls that it was asked to run.
    """

    def __init__(self, calls: Sequence[ToolCall]) -> None:
        self._calls = calls
        self._executed: list[Executed] = []
        self._states: list[State] = []
        self._broken = self._kind = ""
        self._over = False

    def add(self, answer: dict[str, Any]) -> None:
        """Take one answer in."""
        if "call" in answer:
            self._executed.append(_executed(self._calls[len(self._executed)], answer))
        elif "state" in answer and "error" in answer:
            if not self._broken:
                self._broken, self._kind = f"state: {answer['error']}", "state"
        elif "state" in answer and not self._broken:
            self._states.append(State(str(answer["hash"]), answer["value"]))
        elif answer.get("begun") is False:
            self._broken, self._kind, self._over = str(answer["error"]), "start", True
        elif "done" in answer:
            self._over = True
        elif "ended" in answer and not self._over:  # with code 0 too: it has not said all
            self.breaks("crash", f"ended its process {_code(answer['ended'])}")

    def breaks(self, kind: str, message: str) -> None:
        """Note why no more comes; the call that was running gets the blame."""
        if len(self._executed) < len(self._calls):
            call = self._calls[len(self._executed)]
            self._executed.append(Executed(call, False, kind=kind, error=message))
        self._broken, self._kind = message, kind

    def replay(self) -> Replay:
        """Return the whole; calls behind a break were not run."""
        rest = self._calls[len(self._executed) :]
        executed = [
            *self._executed,
            *(Executed(call, False, kind="not_run", error=self._broken) for call in rest),
        ]
        return Replay(tuple(executed), tuple(self._states), self._broken, self._kind)


def _executed(call: ToolCall, answer: dict[str, Any]) -> Executed:
    if not answer["ok"]:
        return Executed(call, False, kind=str(answer["kind"]), error=str(answer["error"]))
    if error := failed_result(answer["result"]):
        return Executed(call, False, answer["result"], "tool_error", error)
    return Executed(call, True, answer["result"])


def _code(code: Any) -> str:
    if isinstance(code, int) and code < 0:
        with contextlib.suppress(ValueError):
            return f"by {signal.Signals(-code).name}"
    return f"with code {code}"
