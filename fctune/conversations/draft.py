"""Draft: what a raw format says, before any judgement on it.

Input: made by the readers in `fctune.conversations.formats`, each of which only translates names
and roles. Output: taken by `fctune.conversations.assemble`, which decodes, repairs, orders and
pairs, the same way for all formats.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from fctune.issues import Issue, issue

Role = Literal["user", "model", "result"]


@dataclass(frozen=True, slots=True)
class RawCall:
    """A call as the source wrote it, undecoded.

    Attributes:
        value: an object, or text that should hold one call or a list of calls; UNREADABLE_CALL
            where the reader has told already that there is no call to read.
        where: its place in the raw row, such as `messages[2].tool_calls[0]`.
        id: the source's id of the call; "" where it has none.
        text_arguments: the format writes arguments as JSON text by rule, so that decoding them
            once is no repair (OpenAI, Glaive).
    """

    value: Any
    where: str
    id: str = ""
    text_arguments: bool = False


@dataclass(frozen=True, slots=True)
class DraftTurn:
    """One turn as the source wrote it, in one of three roles.

    Attributes:
        role: who speaks.
        where: its place in the raw row, such as `conversations[3]`.
        text: the words; None where they could not be read, which an issue of the draft tells.
        calls: the calls beside the words; of model turns only.
        id: the id of the call that a result answers; "" where the source has none.
        joined: a result that may hold the results of several parallel calls.
        thought: the reasoning before words and calls, where it does not stand in `text` between
            `<think>` tags; of model turns only.
    """

    role: Role
    where: str
    text: str | None = ""
    calls: tuple[RawCall, ...] = ()
    id: str = ""
    joined: bool = False
    thought: str = ""


def thought_once(turns: Iterable[DraftTurn]) -> Iterator[DraftTurn]:
    """Return the turns that one model text was parted into; its thought stands before the first."""
    for index, turn in enumerate(turns):
        yield replace(turn, thought="") if index and turn.thought else turn


@dataclass(slots=True)
class Draft:
    """One raw row in neutral terms, filled by one reader from top to bottom.

    Attributes:
        system: the system texts found at the head of the row, in order.
        tools: the raw tools; None where the row does not speak of tools at all.
        turns: all turns after the system texts.
        issues: what the reader could not translate, and what it translated with a repair.
        thoughts: what is to tell of the thoughts of `turns` where they are not kept.
    """

    system: list[str] = field(default_factory=list)
    tools: Any = None
    turns: list[DraftTurn] = field(default_factory=list)
    issues: list[Issue] = field(default_factory=list)
    thoughts: list[Issue] = field(default_factory=list)

    def take_thought(self, value: Any, where: str, found: str = "removed a thought") -> str:
        """Return the text of a thought for its turn, and note it for rows without thoughts.

        What has no text to keep, such as an encrypted thought, is left out in any case; a list of
        parts has that of its parts.
        """
        if isinstance(value, list):
            texts = (part.get("text") for part in value if isinstance(part, Mapping))
            value = "\n\n".join(text for text in texts if isinstance(text, str))
        text = value.strip() if isinstance(value, str) else ""
        (self.thoughts if text else self.issues).append(issue("thought-removed", where, found))
        return text
