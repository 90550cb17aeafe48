"""The line of outcomes.jsonl: one outcome, one reason, and the counts that metrics need.

Input: what `fctune.evaluation.outcomes.judge` found out about one case, or a line of a file of
this or an earlier version. Output: EvalOutcome. Counts that an earlier version did not write are 0,
and the metrics that need them then have nothing to count.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING, dataclass, fields
from enum import Enum
from typing import Any

from fctune.evaluation.cases.case_set import Decision


class Outcome(Enum):
    """What became of a case; the first that applies, from top to bottom.

    `infra_error` says nothing about the model: such a case is unscored, neither right nor wrong.
    """

    INFRA_ERROR = "infra_error"
    TRUNCATED = "truncated"
    MALFORMED = "malformed"
    MISSED_CALL = "missed_call"
    FALSE_CALL = "false_call"
    WRONG_COUNT = "wrong_count"
    UNKNOWN_TOOL = "unknown_tool"
    WRONG_TOOL = "wrong_tool"
    MISSING_REQUIRED = "missing_required"
    UNKNOWN_PARAM = "unknown_param"
    TYPE = "type"
    ENUM = "enum"
    VALUE = "value"
    OK = "ok"


@dataclass(frozen=True, slots=True)
class EvalOutcome:
    """The verdict on one case, and what it adds to the metrics.

    Attributes:
        id: the case.
        group: its conversation.
        lesson: what that teaches.
        expects_call: the true turn calls a tool.
        outcome: what became of it.
        reason: one sentence that names the tool and the parameter; "" where it is right.
        attempted: a call was made or begun.
        malformed: a call was begun and cannot be read.
        truncated: the limit of new tokens cut the answer.
        same_names: the names called are those of the gold calls, as often.
        predicted_calls: calls made.
        known_calls: of those, calls to tools that are listed.
        valid_calls: of those, calls that their tool's schema accepts.
        name_pairs: gold calls with a partner of the same name.
        exact_pairs: of those, pairs equal in every argument.
        gold_slots: arguments that are due: those of all gold calls but the ones lawfully left out.
        predicted_slots: arguments of all calls made but the lawful extras.
        right_slots: arguments that are right.
        known_slots: arguments of calls to listed tools.
        invented_slots: of those, arguments that are no parameter of the tool.
        tools: each gold call's tool, and whether that call is right.
        asked: fingerprint of gold calls and tools; "" in files of earlier versions.
        expected: what the true turn does; None in files of earlier versions.
        decided: what the model's turn does; a malformed call is a call; None where unscored.
        tags: slices that the case belongs to beside its lesson, those of its features among them.
        error_type: in mode bfcl the official class of the fault; else "".
        incomplete_calls: calls to listed tools that miss a required argument.
        mistyped_calls: those with an argument of a wrong type.
        off_enum_calls: those with a value outside an enum.
        checked_values: texts and numbers in the arguments of all calls made.
        ungrounded_values: of those, wrong ones that nothing said before grounds.
        missing_slots: parameters that a right question asks for.
        asked_slots: of those, the ones that the words ask for.
        guessed_slots: of those, the ones that a call gives a value for.
        repaired_ok: the case is right as it is, or with the calls of the lenient reader.
        repairs: what that reader mended.
        beside_text: words stand beside the calls.
        no_usable_tool: no tool is listed, or the true turn refuses for want of one.
        pairs: gold tool and called tool, as matched; "" where one side has none.
        output_tokens: tokens generated; 0 where not known.
        toolless_calls: calls made where the case lists no tools, of which nothing is known.
        empty: the model produced nothing, or no more than a thought.
    """

    id: str
    group: str
    lesson: str
    expects_call: bool
    outcome: Outcome
    reason: str = ""
    attempted: bool = False
    malformed: bool = False
    truncated: bool = False
    same_names: bool = False
    predicted_calls: int = 0
    known_calls: int = 0
    valid_calls: int = 0
    name_pairs: int = 0
    exact_pairs: int = 0
    gold_slots: int = 0
    predicted_slots: int = 0
    right_slots: int = 0
    known_slots: int = 0
    invented_slots: int = 0
    tools: tuple[tuple[str, bool], ...] = ()
    asked: str = ""
    expected: Decision | None = None
    decided: Decision | None = None
    tags: tuple[str, ...] = ()
    error_type: str = ""
    incomplete_calls: int = 0
    mistyped_calls: int = 0
    off_enum_calls: int = 0
    checked_values: int = 0
    ungrounded_values: int = 0
    missing_slots: int = 0
    asked_slots: int = 0
    guessed_slots: int = 0
    repaired_ok: bool = False
    repairs: tuple[str, ...] = ()
    beside_text: bool = False
    no_usable_tool: bool = False
    pairs: tuple[tuple[str, str], ...] = ()
    output_tokens: int = 0
    toolless_calls: int = 0
    empty: bool = False

    @property
    def correct(self) -> bool | None:
        """True, False, or None where the case is unscored."""
        return None if self.outcome is Outcome.INFRA_ERROR else self.outcome is Outcome.OK

    def as_row(self) -> dict[str, Any]:
        """Return the line of outcomes.jsonl."""
        row = {name: getattr(self, name) for name in _NAMES}
        row["outcome"] = self.outcome.value
        row["expected"] = self.expected.value if self.expected else None
        row["decided"] = self.decided.value if self.decided else None
        return {"id": row.pop("id"), "correct": self.correct, **row}

    @classmethod
    def from_row(cls, row: Mapping[str, Any]) -> EvalOutcome:
        """Read a line of outcomes.jsonl.

        Raises:
            KeyError, TypeError, ValueError: it is no such line.
        """
        values = {name: row[name] for name in _NAMES if name in _NEEDED or name in row}
        values["outcome"] = Outcome(row["outcome"])
        for name in ("expected", "decided"):
            values[name] = Decision(row[name]) if row.get(name) else None
        values["tools"] = tuple((str(name), bool(right)) for name, right in row.get("tools", ()))
        values["pairs"] = tuple((str(gold), str(got)) for gold, got in row.get("pairs", ()))
        for name in ("tags", "repairs"):
            values[name] = tuple(map(str, row.get(name, ())))
        values["asked"] = str(row.get("asked", ""))
        values["error_type"] = str(row.get("error_type") or "")
        return cls(**values)


_NAMES = tuple(field.name for field in fields(EvalOutcome))
_NEEDED = frozenset(field.name for field in fields(EvalOutcome) if field.default is MISSING)
