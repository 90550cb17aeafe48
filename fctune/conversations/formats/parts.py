"""Turns that are made of typed parts, as the interfaces of vendors have them.

Input: the parts of one source turn, one after another, from a reader that knows their names.
Output: DraftTurns in the order of the source; what cannot be text, call or result is an issue.

Before: model: text("One moment."), call(now), result("12:00"), text("Noon.")
After:  model("One moment.", call now), result("12:00"), model("Noon.")
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from fctune.conversations.draft import Draft, DraftTurn, RawCall
from fctune.conversations.formats.content import check_trainable, result_text_of, text_of
from fctune.issues import Issue, issue

Speaker = Literal["system", "user", "model", "result"]
_MAX_SHOWN = 40
# Blocks of results that would not be text if they were written as JSON.
_BLOCKS = ("image", "image_url", "input_image", "document", "file", "input_file", "audio", "media")


@dataclass(slots=True)
class PartTurn:
    """One turn of a source, while its parts are read; `close` puts it into the draft.

    Attributes:
        draft: where turns and issues go.
        where: the place of the turn.
        speaker: who speaks.
        separator: stands between two texts of the turn.
        stepped: the source marks where a step of the model ends (`end_step`), so that calls with
            results between them are parallel within a step.
    """

    draft: Draft
    where: str
    speaker: Speaker
    separator: str = "\n"
    stepped: bool = False
    _texts: list[str] = field(default_factory=list)
    _thoughts: list[str] = field(default_factory=list)
    _later: list[str] = field(default_factory=list)
    _calls: list[RawCall] = field(default_factory=list)
    _results: list[DraftTurn] = field(default_factory=list)
    _unread: bool = False
    _moved: bool = False
    _emitted: bool = False

    def text(self, value: Any, where: str) -> None:
        """Add words."""
        words = text_of(value, where, self.draft.issues)
        if words is None:
            self._unread = True
            return
        if self.speaker == "model" and words.strip():
            self.end_step()
            self._moved = self._moved or bool(self._calls)
        self._texts.append(words)

    def thought(self, value: Any, where: str) -> None:
        """Add a thought; one that stands behind results belongs to the model turn after them."""
        text = self.draft.take_thought(value if self.speaker == "model" else None, where)
        if text:
            (self._later if self._results else self._thoughts).append(text)

    def call(self, raw: RawCall) -> None:
        """Add a call; only a model turn can hold one."""
        if self.speaker != "model":
            self.refuse("a call of the model", raw.where)
            return
        if not self.stepped:
            self.end_step()
        self._calls.append(raw)

    def result(self, value: Any, where: str, id_: Any) -> None:
        """Add the result of a call."""
        text = written(value, where, self.draft.issues)
        self._results.append(DraftTurn("result", where, text, id=id_text(id_)))

    def refuse(self, kind: Any, where: str) -> None:
        """Tell of a part that cannot be trained."""
        self._unread = True
        found = f"got a part of type {str(kind)[:_MAX_SHOWN]!r}, expected text, a call or a result"
        self.draft.issues.append(issue("turn-part-unsupported", where, found))

    def close(self) -> None:
        """Put what was read into the draft.

        Results come before words of the same user turn: they answer the turn before it.
        """
        words = None if self._unread else self.separator.join(self._texts)
        if self.speaker == "system":
            add_system(words, self.where, self.draft)
        elif self.speaker == "model":
            self._close_model()
            for _ in self._thoughts:  # behind the last result: no turn is left to hold them
                self.draft.issues.append(self.draft.thoughts.pop())
            self._thoughts = []
        elif self.speaker == "result" and not self._results:
            self.draft.turns.append(DraftTurn("result", self.where, words))
        else:
            self.draft.turns += self._results
            if words is None or words.strip() or not self._results:
                self.draft.turns.append(DraftTurn("user", self.where, words))

    def _close_model(self) -> None:
        if self._texts or self._calls or self._unread or not (self._emitted or self._results):
            text = None if self._unread else self.separator.join(self._texts)
            if text is not None and not text.strip() and self._calls:
                text = ""
            thought = "\n\n".join(self._thoughts)
            said = DraftTurn("model", self.where, text, tuple(self._calls), thought=thought)
            self.draft.turns.append(said)
            self._thoughts = []
        if self._moved:
            found = "words behind a call of the same turn were put before it"
            self.draft.issues.append(issue("call-words-moved", self.where, found))
        self.draft.turns += self._results
        self._texts, self._calls, self._results = [], [], []
        self._thoughts, self._later = [*self._thoughts, *self._later], []
        self._unread, self._moved, self._emitted = False, False, True

    def end_step(self) -> None:
        """Put calls and results into the draft, where a model turn goes on behind them."""
        if self._results:
            self._close_model()


@dataclass(frozen=True, slots=True)
class MessageStyle:
    """How a format writes its messages.

    Attributes:
        roles: the speaker of each role.
        part: reads one part that is an object: the turn, the part, its place.
        parts_keys: the keys of the parts; the first that a message has counts.
        separator: stands between two texts of a turn.
        silent_role: the role of a message that names none; None where each must.
    """

    roles: Mapping[str, Speaker]
    part: Callable[[PartTurn, Mapping[str, Any], str], None]
    parts_keys: tuple[str, ...] = ("content",)
    separator: str = "\n"
    silent_role: str | None = None


def read_messages(messages: Any, place: str, style: MessageStyle, draft: Draft) -> None:
    """Add the turns of a list of messages to a draft.

    Args:
        messages: the list; anything else holds no messages.
        place: the place of the list, such as `messages`.
        style: how the format writes them.
        draft: where they go.
    """
    for index, message in enumerate(messages if isinstance(messages, list) else []):
        where = f"{place}[{index}]"
        if not isinstance(message, Mapping):
            found = "expected an object with role and content"
            draft.issues.append(issue("turn-invalid", where, found))
            continue
        role = message.get("role", style.silent_role)
        if role is None:
            draft.issues.append(issue("turn-invalid", where, "got a message without a role"))
            continue
        speaker = style.roles.get(role) if isinstance(role, str) else None
        if speaker is None:
            found = f"got {str(role)[:_MAX_SHOWN]!r}"
            draft.issues.append(issue("role-unknown", where, found))
            continue
        if speaker == "model":
            check_trainable(message, where, draft.issues)
        key = next((key for key in style.parts_keys if message.get(key) is not None), "")
        turn = PartTurn(draft, where, speaker, style.separator)
        read_parts(turn, message.get(key), f"{where}.{key}", style.part)
        turn.close()


def read_parts(
    turn: PartTurn,
    value: Any,
    place: str,
    part: Callable[[PartTurn, Mapping[str, Any], str], None],
) -> None:
    """Add the parts of one content to a turn: text, one part, or a list of both."""
    if value is None:
        return
    if not isinstance(value, list):
        value = [value]
    for index, item in enumerate(value):
        where = f"{place}[{index}]"
        if isinstance(item, Mapping):
            part(turn, item, where)
        else:
            turn.text(item, where)


def add_system(text: str | None, where: str, draft: Draft) -> None:
    """Add a system text; one that stands after the first turn is an issue."""
    if draft.turns:
        found = "got a system turn after the first turn"
        draft.issues.append(issue("system-late", where, found))
    elif text is not None:
        draft.system.append(text)


def messages_of(row: Mapping[str, Any], key: str = "messages") -> list[Mapping[str, Any]]:
    """Return the messages of a row that are objects; none where it has no list of them."""
    value = row.get(key)
    # What JSON calls an object is a dict; asking for a Mapping costs ten times as much.
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def parts_in(
    messages: list[Mapping[str, Any]], key: str = "content"
) -> Iterator[Mapping[str, Any]]:
    """Yield every part of messages that is an object."""
    for message in messages:
        value = message.get(key)
        if isinstance(value, str) or value is None:
            continue
        for part in value if isinstance(value, list) else (value,):
            if isinstance(part, dict):
                yield part


def written(value: Any, where: str, issues: list[Issue]) -> str | None:
    """Return a result as text, where the source writes results as JSON values by rule.

    >>> written({"ok": True}, "messages[1]", []), written(None, "messages[1]", [])
    ('{"ok": true}', '')
    """
    if value is None or value == []:
        return ""
    if isinstance(value, bool | int) or (isinstance(value, float) and math.isfinite(value)):
        return json.dumps(value)
    found: list[Issue] = []
    blocks = value if isinstance(value, list) else []
    is_media = any(isinstance(block, Mapping) and block.get("type") in _BLOCKS for block in blocks)
    text = (text_of if is_media else result_text_of)(value, where, found)
    issues += [one for one in found if one.code != "result-encoded"]
    return text


def id_text(value: Any) -> str:
    """Return the id of a call as text; "" where there is none."""
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return value if isinstance(value, str) else ""
