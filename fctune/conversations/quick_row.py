"""A row as the quick reader gives it: ready to be written, with all that the columns need.

Input: made by `fctune.conversations.quick`. Output: the row of the dataset, and on request the
turns or the conversation, for audits that must look closer.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

import orjson

from fctune.conversations.quick_plan import Plan
from fctune.conversations.quick_tools import ToolEntry
from fctune.conversations.turns import (
    Conversation,
    Lesson,
    ModelTurn,
    ResultTurn,
    Turn,
    UserTurn,
)
from fctune.issues import Origin
from fctune.patterns import regex
from fctune.tools.spec import ToolCall

_STEP = regex(r"([umcr])(\d*)")


@dataclass(slots=True)
class QuickRow:
    """One clean row; its reader fills it step by step.

    Attributes:
        number: its place among the lines read at once.
        conversations: the turns of the dataset row.
        texts: its texts. That of a calling turn is its words and the token of each call, behind a
            zero each; the results of one turn are one text with zeros between them.
        plan: what its roles say of the texts.
        tools: its tool list.
        system: its system text.
        arguments: name and arguments of each call.
        values: a hash of each call.
        raw: all texts as the raw row has them, one behind the other, to look for marks in.
        words: the first wording of the user.
        content: all that is said; see `fctune.conversations.identity.number_of_items`.
        id: of the conversation, as a number.
        lesson: value of a Lesson.
        codes: issue codes, sorted, each once.
        calls: the names of the calls, in order.
        prompt, answer, frame, wordings, language: as `fctune.conversations.hashes` has them.
        suspect: an argument may be invented; without it, none is.
        personal: the texts that may hold personal data, with their places; None where that was
            not looked into.
    """

    number: int
    conversations: list[dict[str, str]]
    texts: list[str]
    plan: Plan
    tools: ToolEntry
    system: str
    arguments: list[list[Any]]
    values: list[int]
    raw: str
    words: bytes = field(init=False)
    content: str = field(init=False)
    id: int = field(init=False)
    lesson: str = field(init=False)
    codes: tuple[str, ...] = field(init=False)
    calls: tuple[str, ...] = ()
    prompt: int = field(init=False)
    answer: int = 0
    frame: int = field(init=False)
    wordings: tuple[int, ...] = field(init=False)
    language: str = "en"
    suspect: bool = False
    personal: list[tuple[str, str]] | None = None

    def said(self) -> list[str]:
        """Return what the user says, turn by turn."""
        return [self.texts[place] for place in self.plan.users]

    def steps(self) -> Iterator[tuple[list[str], list[ToolCall]]]:
        """Yield of each turn what it says, and its calls."""
        calls, counts = iter(self.arguments), iter(self.plan.counts)
        for role, text in zip(self.plan.names, self.texts, strict=True):
            if role == "function_call":
                own = [ToolCall(*call) for call in islice(calls, next(counts))]
                yield [text.partition("\0")[0]], own
            else:
                yield text.split("\0") if role == "observation" else [text], []

    def line(self) -> bytes:
        """Return the dataset row as one line of JSON, without the line end."""
        return orjson.dumps(
            {
                "conversations": self.conversations,
                "system": self.system,
                "tools": orjson.Fragment(self.tools.encoded),
            }
        )

    def turns(self) -> tuple[Turn, ...]:
        """Return the turns as objects."""
        made: list[Turn] = []
        _, _, shape, *items = self.content.split("\0")
        texts, calls = iter(items), iter(self.arguments)
        for kind, digits in _STEP.findall(shape):
            if kind == "u":
                made.append(UserTurn(next(texts)))
            elif kind == "r":
                made.append(ResultTurn(tuple(next(texts) for _ in range(int(digits)))))
            else:
                words, count = next(texts), int(digits or 0)
                own = tuple(ToolCall(*next(calls)) for _ in range(count))
                made.append(ModelTurn(words, own))
                for _ in range(count):
                    next(texts)  # the token of the call
        return tuple(made)

    def conversation(self, origin: Origin) -> Conversation:
        """Return the row as the full way gives it."""
        return Conversation(
            id=f"{self.id:016x}",
            system=self.system,
            catalog=self.tools.catalog,
            turns=self.turns(),
            lesson=Lesson(self.lesson),
            origin=origin,
        )
