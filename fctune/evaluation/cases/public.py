"""What the importers of public test sets share: a prompt read, and a gold answer put beside it.

Input: messages and tools of a row, and what its answer is. Output: an EvalCase. The prompt is read
as any raw row is; the gold answer is taken as the set has it, because a test set's answers stand
even where they break the tool's own schema: such a case is tagged `gold:off-schema`.

Before: messages [user "Time in Oslo?"], tools [now], gold call now({"city": "Oslo"})
After:  EvalCase("row_1", messages=(...), calls=(now(...),), tags=("source:bfcl",))
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from fctune.conversations.families import family_of
from fctune.conversations.formats.sharegpt import to_row
from fctune.conversations.read import read_conversation
from fctune.conversations.turns import Conversation
from fctune.engine.templates import messages_of
from fctune.evaluation.cases.case_set import Accepted, CaseSet, Decision, EvalCase
from fctune.evaluation.cases.no_cases import no_cases
from fctune.issues import Origin, Rejected, Severity, issue
from fctune.jsonl import RawRow, read_rows, sha256_of
from fctune.jsonl.faults import json_kind
from fctune.patterns import regex
from fctune.tools.check import check_call
from fctune.tools.imports.shapes import json_value
from fctune.tools.spec import ToolCall

# Stands for the answer while the prompt is read; it is in no case.
PLACEHOLDER = "OK."
_FIRST = 5
_WRAPPED = regex(
    r"\A(?:<(?:TOOLCALL|tool_call)>|```(?:json)?)(.*?)(?:</(?:TOOLCALL|tool_call)>|```)\Z",
    re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class Gold:
    """The answer of a row of a test set.

    Attributes:
        id: the row's id in its set; "" where it has none.
        lesson: its category.
        calls: the right calls.
        text: the right words, where the set has any.
        decision: what is right to do.
        accepted: what else is right, for each call.
        missing: parameters that a right question asks for.
        tags: slices that the case belongs to.
        bfcl: what the mode `bfcl` judges by.
    """

    id: str
    lesson: str
    calls: tuple[ToolCall, ...] = ()
    text: str = ""
    decision: Decision | None = None
    accepted: tuple[Accepted, ...] = ()
    missing: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    bfcl: Mapping[str, Any] | None = None


@dataclass
class Gathered:
    """Cases of a set, with the account of its rows, while they are read."""

    cases: list[EvalCase] = field(default_factory=list)
    rejected: list[Rejected] = field(default_factory=list)
    ids: set[str] = field(default_factory=set)
    rows: int = 0
    duplicates: int = 0

    def add(self, found: EvalCase | Rejected) -> None:
        """Take a case, or the reason why there is none; of equal ids the first stays."""
        if isinstance(found, Rejected):
            self.rejected.append(found)
        elif found.id in self.ids:
            self.duplicates += 1
        else:
            self.ids.add(found.id)
            self.cases.append(found)

    def case_set(self, path: Path, sha256: str) -> CaseSet:
        """Return the cases.

        Raises:
            InputFault: there are none.
        """
        if not self.cases:
            raise no_cases(path, self.rows, self.rejected, "a test set")
        return CaseSet(
            path,
            sha256,
            tuple(self.cases),
            self.rows,
            len(self.cases),
            tuple(self.rejected),
            self.duplicates,
        )


def case_of(
    messages: Sequence[Any], tools: Any, gold: Gold, origin: Origin, template: str
) -> EvalCase | Rejected:
    """Return the case of a row, or why its prompt cannot be read.

    Args:
        messages: as OpenAI writes them, up to the turn that is to be judged.
        tools: as the model sees them, in any form that `fctune.tools` reads.
        gold: the answer.
        origin: of the row.
        template: the engine template, which says how parallel results are joined.
    """
    answer = {"role": "assistant", "content": PLACEHOLDER}
    row = {"messages": [*messages, answer], "tools": tools}
    return case_of_row(row, "openai", gold, origin, template)


def case_of_row(
    row: Mapping[str, Any], form: str, gold: Gold, origin: Origin, template: str
) -> EvalCase | Rejected:
    """Return the case of a row in a raw format whose answer is PLACEHOLDER.

    Args:
        row: the row, PLACEHOLDER in place of its answer.
        form: name of the raw format.
        gold: the answer; without an id, that of the conversation is taken.
        origin: of the row.
        template: the engine template, which says how parallel results are joined.
    """
    verdict = read_conversation(row, origin, format=form)
    if isinstance(verdict, Rejected):
        return verdict
    return _case(verdict.value, gold, template)


def read_set(
    path: Path, read: Callable[[Mapping[str, Any], RawRow], EvalCase | Rejected | None]
) -> CaseSet:
    """Read a test set of one file.

    Args:
        path: the file.
        read: makes a case of a row; None where the row is none of the set.

    Raises:
        InputFault: the file cannot be read, or gives no case.
    """
    gathered = Gathered()
    for raw in read_rows(path):
        gathered.rows += 1
        gathered.add(read_raw(raw, read))
    return gathered.case_set(path, sha256_of(path))


def calls_in(answer: Any) -> tuple[ToolCall, ...] | None:
    """Return the calls that an answer writes as JSON, or None where it writes none.

    Args:
        answer: a call or a list of calls, or JSON text of those, fenced or tagged; a call has
            `name` or `tool`, and `arguments` or `parameters`.

    >>> calls_in('<TOOLCALL>[{"name": "now", "arguments": "{}"}]</TOOLCALL>')
    (ToolCall(name='now', arguments={}),)
    """
    if isinstance(answer, str):
        answer = json_value(_WRAPPED.sub(r"\1", answer.strip()))
    items = answer if isinstance(answer, list) else [answer]
    calls = []
    for item in items:
        item = json_value(item)
        if not isinstance(item, Mapping):
            return None
        inner = item.get("function")
        item = inner if isinstance(inner, Mapping) else item
        name = item.get("name", item.get("tool"))
        arguments = json_value(item.get("arguments", item.get("parameters", {})))
        if not isinstance(name, str) or not isinstance(arguments, Mapping):
            return None
        calls.append(ToolCall(name, dict(arguments)))
    return tuple(calls)


def read_raw(
    raw: RawRow, read: Callable[[Mapping[str, Any], RawRow], EvalCase | Rejected | None]
) -> EvalCase | Rejected:
    """Return the case of a raw row, or its rejection."""
    if raw.issue is not None:
        return Rejected(raw.origin, (raw.issue,), raw.text)
    if not isinstance(raw.value, Mapping):
        found = f"got {json_kind(raw.value)}, expected an object"
        return rejected(raw, "json-not-object", found)
    made = read(raw.value, raw)
    if made is None:
        keys = ", ".join(sorted(map(str, raw.value))[:8])
        return rejected(raw, "format-unknown", f"got the keys {keys or 'none'}")
    return made


def rejected(raw: RawRow, code: str, found: str) -> Rejected:
    """Return the rejection of a row for one reason."""
    return Rejected(raw.origin, (issue(code, "", found),), raw.value)


def first_row(path: Path) -> Mapping[str, Any] | None:
    """Return the first readable row of a file, if it is an object.

    Raises:
        InputFault: the file cannot be opened.
    """
    for place, raw in enumerate(_some(path)):
        if raw.issue is None:
            return raw.value if isinstance(raw.value, Mapping) else None
        if place + 1 >= _FIRST:
            break
    return None


def _some(path: Path) -> Iterator[RawRow]:
    if path.is_file():
        yield from read_rows(path)


def _case(conversation: Conversation, gold: Gold, template: str) -> EvalCase:
    row = to_row(conversation, joiner=family_of(template).joiner)
    messages = tuple(messages_of(row)[: len(conversation.turns) - 1])
    catalog = conversation.catalog
    tags = gold.tags
    if any(
        found.severity is Severity.ERROR
        for call in gold.calls
        for found in check_call(call, catalog, call.name)
    ):
        tags = (*tags, "gold:off-schema")
    return EvalCase(
        id=gold.id or _id_of(conversation, gold),
        # Rows on one list of tools ask for the same thing in other words.
        group=f"tools:{catalog.fingerprint[:16]}" if catalog.specs else conversation.id,
        lesson=gold.lesson,
        origin=conversation.origin,
        system=conversation.system,
        tools=row["tools"],
        messages=messages,
        calls=gold.calls,
        text=gold.text,
        catalog=catalog,
        decision=gold.decision,
        accepted=gold.accepted,
        missing=gold.missing,
        tags=tags,
        bfcl=gold.bfcl,
    )


def _id_of(conversation: Conversation, gold: Gold) -> str:
    """Return an id for a row that has none: equal prompts with other answers are other cases."""
    answer = json.dumps([[call.as_dict() for call in gold.calls], gold.text], sort_keys=True)
    return hashlib.sha256(f"{conversation.id} {answer}".encode(errors="replace")).hexdigest()[:16]
