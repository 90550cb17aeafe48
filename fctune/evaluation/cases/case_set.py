"""Cases: the questions of an evaluation, one for each model turn of a held-out split.

Input: a ShareGPT split, or any file that `fctune.conversations` reads. Output: CaseSet. The turns
before the judged one are the true ones (teacher forcing), written as the dataset writes them, so
that the prompt is the one that training sees.

Before: {"conversations": [human, function_call, observation, gpt], "tools": "[...]", ...}
After:  EvalCase("<id>#1", messages=(user,), calls=(...)),
        EvalCase("<id>#3", messages=(user, function, observation), text="It rains.")
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fctune.conversations.families import family_of
from fctune.conversations.turns import Conversation, ModelTurn
from fctune.engine.templates import EngineMessage, messages_of
from fctune.evaluation.cases.no_cases import no_cases
from fctune.evaluation.outcomes.slots_missing import missing_at
from fctune.issues import Issue, Origin, Rejected, Severity, count_by_code
from fctune.jsonl import read_rows, sha256_of
from fctune.tools.spec import ToolCall, ToolCatalog

if TYPE_CHECKING:
    from fctune.tools.mapping.spec import ToolMapping


class Decision(Enum):
    """What a model turn does: it calls, answers, asks for what it misses, or says it cannot."""

    CALL = "call"
    ANSWER = "answer"
    ASK = "ask"
    REFUSE = "refuse"


@dataclass(frozen=True, slots=True)
class Accepted:
    """What stands for one gold call beside its own values.

    Attributes:
        values: parameter to all its accepted values, its own among them.
        omittable: parameters that a right call may leave out.
    """

    values: Mapping[str, tuple[Any, ...]]
    omittable: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class EvalCase:
    """One model turn to be predicted.

    Attributes:
        id: conversation id, `#`, index of the turn.
        group: the conversation's id; cases of one group are not independent.
        lesson: what the conversation teaches.
        origin: file and line.
        system: the system text.
        tools: the tools as the JSON list of the dataset row; "" where there are none.
        messages: the turns before, in the engine's roles.
        calls: the calls of the true turn; empty where it is an answer in words.
        text: the words of the true turn.
        catalog: the tools, parsed.
        decision: what the true turn does, where the source says it; None where it is to be told
            from calls, lesson and text.
        accepted: for each gold call, what else is right; empty where only the call itself is.
        missing: parameters that a right question asks for; empty where not known.
        tags: slices that the case belongs to beside its lesson, such as `category:live_simple`.
        bfcl: what the mode `bfcl` judges by: `category`, `possible_answer`, raw `tools` and
            `underscore_to_dot`; None for cases of other sources.
        tools_told: False where a recording does not say which tools the model had, so that an
            empty list of them means nothing.
    """

    id: str
    group: str
    lesson: str
    origin: Origin
    system: str
    tools: str
    messages: tuple[EngineMessage, ...]
    calls: tuple[ToolCall, ...]
    text: str
    catalog: ToolCatalog
    decision: Decision | None = None
    accepted: tuple[Accepted, ...] = ()
    missing: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    bfcl: Mapping[str, Any] | None = None
    tools_told: bool = True

    @property
    def mode(self) -> str:
        """`call` where the true turn calls a tool, else `no_call`."""
        return "call" if self.calls else "no_call"


@dataclass(frozen=True, slots=True)
class CaseSet:
    """The cases of one split, and an account of every row of it.

    Attributes:
        path: the split.
        sha256: of the split's bytes.
        cases: in file order.
        rows: rows read = conversations + rejected + duplicates.
        conversations: rows that gave cases.
        rejected: rows that cannot be read, with their codes.
        duplicates: rows equal to an earlier row.
        repaired: conversations that were read only with a repair; training may have seen them
            otherwise.
    """

    path: Path
    sha256: str
    cases: tuple[EvalCase, ...]
    rows: int
    conversations: int
    rejected: tuple[Rejected, ...] = ()
    duplicates: int = 0
    repaired: int = 0

    def sample(self, count: int, seed: int) -> CaseSet:
        """Return at most `count` cases, half with and half without a call where there are so many.

        Drawn by seed; a smaller draw is part of a greater one. General chat outnumbers calls in
        most splits, and function accuracy would rest on few cases otherwise.
        """
        ranked = sorted(self.cases, key=lambda case: _rank(case.id, seed))
        calls = [case.id for case in ranked if case.calls]
        others = [case.id for case in ranked if not case.calls]
        half = max(count - len(others), min(len(calls), (count + 1) // 2))
        kept = {*calls[:half], *others[: count - min(half, len(calls))]}
        return replace(self, cases=tuple(case for case in self.cases if case.id in kept))

    def population(self) -> dict[str, int]:
        """Return how many cases have a call in the true turn, and how many have none."""
        calls = sum(bool(case.calls) for case in self.cases)
        return {"call": calls, "no_call": len(self.cases) - calls}

    def account(self) -> dict[str, object]:
        """Return the account of rows as a JSON-ready object."""
        errors: list[Issue] = [found for row in self.rejected for found in row.issues]
        return {
            "path": str(self.path),
            "sha256": self.sha256,
            "rows": self.rows,
            "conversations": self.conversations,
            "rejected": len(self.rejected),
            "rejected_by_code": dict(count_by_code(errors, severity=Severity.ERROR)),
            "duplicates": self.duplicates,
            "repaired": self.repaired,
            "cases": len(self.cases),
            "without_tools": sum(not case.tools_told for case in self.cases),
        }


def read_cases(
    path: Path,
    *,
    template: str = "qwen",
    mapping: ToolMapping | None = None,
    tools: ToolCatalog | None = None,
) -> CaseSet:
    """Read a split and cut it into cases.

    Args:
        path: the split.
        template: the engine template, which says how parallel results are joined.
        mapping: writes calls and tools of an API as the model-facing ones; its tools are those of
            rows that bring none, where no others are given.
        tools: tools of rows that bring none.

    Raises:
        InputFault: the file cannot be read, or gives no case.
    """
    # Late, since a recording needs no reader of conversations and starts a third faster without.
    from fctune.conversations.formats.sharegpt import to_row
    from fctune.conversations.read import read_conversation

    joiner = family_of(template).joiner
    if tools is None and mapping is not None and mapping.catalog.specs:
        tools = mapping.catalog
    cases: list[EvalCase] = []
    rejected: list[Rejected] = []
    seen: set[str] = set()
    rows = duplicates = repaired = 0
    for raw in read_rows(path):
        rows += 1
        if raw.issue is not None:
            rejected.append(Rejected(raw.origin, (raw.issue,), raw.text))
            continue
        verdict = read_conversation(raw.value, raw.origin, tools=tools, mapping=mapping)
        if isinstance(verdict, Rejected):
            rejected.append(verdict)
        elif verdict.value.id in seen:
            duplicates += 1
        else:
            seen.add(verdict.value.id)
            repaired += any(found.severity is Severity.REPAIR for found in verdict.issues)
            row = to_row(verdict.value, joiner=joiner)
            cases.extend(_cases_of(verdict.value, messages_of(row), row["tools"]))
    if not cases:
        raise no_cases(path, rows, rejected)
    return CaseSet(
        path, sha256_of(path), tuple(cases), rows, len(seen), tuple(rejected), duplicates, repaired
    )


def _cases_of(
    conversation: Conversation, messages: list[EngineMessage], tools: str
) -> Iterator[EvalCase]:
    for index, turn in enumerate(conversation.turns):
        if isinstance(turn, ModelTurn):
            yield EvalCase(
                id=f"{conversation.id}#{index}",
                group=conversation.id,
                lesson=conversation.lesson.value,
                origin=conversation.origin,
                system=conversation.system,
                tools=tools,
                messages=tuple(messages[:index]),
                calls=turn.calls,
                text=turn.text,
                catalog=conversation.catalog,
                missing=missing_at(conversation, index),
            )


def _rank(case_id: str, seed: int) -> str:
    return hashlib.sha256(json.dumps([seed, case_id]).encode()).hexdigest()
