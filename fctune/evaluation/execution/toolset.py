"""The nouns of execution: Executed, Replay and Toolset.

Input: the calls of one dialogue. Output: a Replay: what each call gave, and the state before the
first call and after each.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from fctune.tools.spec import ToolCall


@dataclass(frozen=True, slots=True)
class Executed:
    """One call that was run.

    Attributes:
        call: what was asked.
        ok: it gave a JSON result that is no error.
        result: what it gave; None where it failed.
        kind: why it failed: `tool_error`, `unknown_tool`, `arguments`, `result` (no JSON, or too
            large), `unrecorded` (no answer for these arguments), `timeout`, `crash`, or `not_run`
            behind one of the last two; "" where it did not.
        error: one sentence; "" where it did not fail.
    """

    call: ToolCall
    ok: bool
    result: Any = None
    kind: str = ""
    error: str = ""

    def as_dict(self) -> dict[str, Any]:
        """Return the call and what it gave as a JSON-ready object."""
        gave = {"result": self.result} if self.ok else {"kind": self.kind, "error": self.error}
        return {**self.call.as_dict(), "ok": self.ok, **gave}


@dataclass(frozen=True, slots=True)
class State:
    """What a dialogue has changed so far.

    Attributes:
        hash: equal for equal states.
        value: the state as JSON; None where it is too large to be shown, or there is none.
    """

    hash: str
    value: Any = None


@dataclass(frozen=True, slots=True)
class Replay:
    """What became of the calls of one dialogue.

    Attributes:
        executed: one entry for each call.
        states: before the first call and after each; shorter where the dialogue broke off.
        broken: why the dialogue broke off or its state cannot be told; "" where all ran.
        kind: `timeout` or `crash` where it broke off, `state` where the state cannot be told,
            `start` where the toolset could not begin.
    """

    executed: tuple[Executed, ...]
    states: tuple[State, ...]
    broken: str = ""
    kind: str = ""


class Toolset(Protocol):
    """Runs the calls of dialogues; each begins with a fresh state."""

    def run(self, calls: Sequence[ToolCall], dialogue: str) -> Replay:
        """Run the calls of one dialogue in their order.

        Raises:
            InputFault: the toolset cannot be had at all.
        """

    def close(self) -> None:
        """Free what the toolset holds."""


def failed_result(result: Any) -> str:
    """Return the error that a result tells by itself: a key `error` that is not empty.

    >>> failed_result({"error": "no such order"}), failed_result({"ok": True})
    ('no such order', '')
    """
    found = result.get("error") if isinstance(result, dict) else None
    return (found if isinstance(found, str) else str(found))[:300] if found else ""
