"""The rows of a tutorial's recorded table: three verdicts on each query, and no calls.

Input: one row of outcomes.jsonl of such a run. Output: TutorialOutcome, and the three metrics that
the tutorial publishes. `fctune.evaluation.tutorial.table` reads the table itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from fctune.evaluation.metrics.ratios import Ratio
from fctune.evaluation.outcomes.judge import EvalOutcome, Outcome


@dataclass(frozen=True, slots=True)
class TutorialOutcome(EvalOutcome):
    """What was recorded of one query.

    Attributes:
        called_when_needed: a tool was called where one was needed, and none where none was.
        correct_tool: the tool called is the expected one.
        call_success: some tool was called and ran without an exception.
    """

    called_when_needed: bool = False
    correct_tool: bool = False
    call_success: bool = False

    def as_row(self) -> dict[str, Any]:
        """Return the line of outcomes.jsonl."""
        return {
            "id": self.id,
            "correct": self.correct,
            "outcome": self.outcome.value,
            "reason": self.reason,
            "group": self.group,
            "lesson": self.lesson,
            "expects_call": self.expects_call,
            "attempted": self.attempted,
            "called_when_needed": self.called_when_needed,
            "correct_tool": self.correct_tool,
            "call_success": self.call_success,
            "asked": self.asked,
        }

    @classmethod
    def from_row(cls, row: Mapping[str, Any]) -> TutorialOutcome:
        """Read a line of outcomes.jsonl.

        Raises:
            KeyError, TypeError, ValueError: it is no such line.
        """
        return cls(
            id=str(row["id"]),
            group=str(row["group"]),
            lesson=str(row["lesson"]),
            expects_call=bool(row["expects_call"]),
            outcome=Outcome(row["outcome"]),
            reason=str(row["reason"]),
            attempted=bool(row["attempted"]),
            called_when_needed=bool(row["called_when_needed"]),
            correct_tool=bool(row["correct_tool"]),
            call_success=bool(row["call_success"]),
            asked=str(row["asked"]),
        )


def _flag(name: str, meaning: str, *, of_calls: bool) -> Ratio:
    """Return the metric of a recorded verdict, over all queries or those that need a tool."""
    return Ratio(
        name,
        meaning,
        lambda o: bool(getattr(o, name)) and (o.expects_call or not of_calls),
        lambda o: o.expects_call or not of_calls,
    )


TUTORIAL_METRICS: tuple[Ratio, ...] = (
    _flag(
        "called_when_needed",
        "queries in which a tool was called where one was needed, and none where none was",
        of_calls=False,
    ),
    _flag(
        "correct_tool", "queries that need a tool in which the right one was called", of_calls=True
    ),
    _flag(
        "call_success",
        "queries that need a tool in which the call of some tool ran without an exception",
        of_calls=True,
    ),
)
