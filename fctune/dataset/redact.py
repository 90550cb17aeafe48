"""redact: personal data and keys of a conversation, masked the same way everywhere.

Input: a Conversation. Output: the conversation with every e-mail, phone, identity, card and
account number and key replaced by a mask of the same form, in the system text, the turns, the
results and the arguments of calls alike; or the issue that rejects the row, where a call would
break its schema. A value has the same mask wherever it stands, in every row of every file that is
masked with the same salt. Masking twice changes nothing.

Names and street addresses are NOT masked, nor is what only a reader would take for personal data:
use a tool made for that before `fctune prepare` where rows hold them. Tools are left as they are.

Before: UserTurn("I am jane@acme.io"), ModelTurn("", (ToolCall("find", {"mail": "jane@acme.io"}),))
After:  UserTurn("I am kqvuab@example.com"), ModelTurn("", (ToolCall("find", {"mail": ...}),))
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from fctune.conversations.identity import identify
from fctune.conversations.lesson import classify
from fctune.conversations.personal import arguments_text, marks
from fctune.conversations.personal_escapes import unescaped
from fctune.conversations.personal_links import Link, links_in
from fctune.conversations.personal_masks import FORMS, mask
from fctune.conversations.personal_patterns import DEFAULT_KINDS, Kind, find_spans
from fctune.conversations.turns import Conversation, Lesson, ModelTurn, ResultTurn, Turn, UserTurn
from fctune.dataset.stepped import Stepped
from fctune.issues import Issue, issue
from fctune.jsonl import dump_line
from fctune.patterns import regex
from fctune.tools.check import check_call
from fctune.tools.spec import ToolCall

_Value = tuple[Kind, str]
_NAMES = {
    Kind.EMAIL: "e-mail addresses",
    Kind.PHONE: "phone numbers",
    Kind.ID: "identity numbers",
    Kind.CARD: "card numbers",
    Kind.ACCOUNT: "account numbers",
    Kind.SECRET: "keys",
    Kind.IP: "IP addresses",
}
_PASSES = 4
_FULL_WIDTH = regex(r"[０-９]|\\+u[fF]{2}1[0-9]")
# Lessons that the turns alone do not show.
_NAMED_LESSONS = (Lesson.REFUSE, Lesson.RECOVER, Lesson.CONFIRM)


class _Broken(Exception):
    """A call that no longer obeys its schema, and the values masked in it."""

    def __init__(self, where: str, fault: str, values: frozenset[_Value]) -> None:
        super().__init__(fault)
        self.where = where
        self.values = values


@dataclass
class _Masker:
    """Masks the texts of one conversation, with one form of mask for each value."""

    salt: str
    kinds: frozenset[Kind]
    known: tuple[_Value, ...]
    forms: dict[_Value, int] = field(default_factory=dict)
    masked: set[_Value] = field(default_factory=set)

    def text(self, text: str) -> str:
        """Return a text with its values masked."""
        view, places = unescaped(text)
        parts: list[str] = []
        last = 0
        for link in links_in(view, self.known, self.kinds):
            start, end = (
                (places[link.start], places[link.end]) if places else (link.start, link.end)
            )
            new = self._mask(link, view[link.start : link.end])
            self.masked.add((link.kind, link.value))
            parts += [text[last:start], _written(text, view, places, link, new)]
            last = end
        return "".join((*parts, text[last:])) if parts else text

    def _mask(self, link: Link, written: str) -> str:
        form = self.forms.get((link.kind, link.value), 0)
        whole = link.value.replace(":", "") if link.tail else written
        new = mask(link.kind, link.value, whole, salt=self.salt, form=form)
        if new is None:  # never: a form is only chosen where there is one
            raise LookupError(link.kind)
        return new[-4:] if link.tail else new

    def call(
        self, call: ToolCall, where: str, judge: Callable[[ToolCall], list[Issue]]
    ) -> ToolCall:
        """Return a call with its values masked.

        Raises:
            _Broken: the call with its masks breaks its schema.
        """
        before, self.masked = self.masked, set()
        written = arguments_text(dict(call.arguments))
        changed = self.text(written)
        values, self.masked = frozenset(self.masked), before | self.masked
        if changed == written:
            return call
        try:
            new = ToolCall(call.name, json.loads(changed))
        except ValueError as fault:  # a number whose mask begins with zero
            raise _Broken(where, f"no number can be {fault}", values) from fault
        faults = judge(new)
        if faults:
            raise _Broken(where, faults[0].message, values)
        return new


def redact(
    conversation: Conversation, *, salt: str, kinds: frozenset[Kind] = DEFAULT_KINDS
) -> Stepped | Issue:
    """Mask the personal data and keys of a conversation.

    Args:
        conversation: a lawful row.
        salt: what the masks are drawn from, besides the values. Keep it secret: who has it can
            test whether a value was in the data.
        kinds: what is masked.

    Returns:
        The masked row with the repair `personal-masked`, the row as it is where it holds nothing,
        or the issue `redact-breaks-call`.
    """
    stepped = _once(conversation, salt, kinds)
    for _ in range(_PASSES):
        if isinstance(stepped, Issue) or not stepped.issues:
            return stepped
        # A mask may free what stood beside its value, such as a number after `password: 0=1`.
        again = _once(stepped.conversations[0], salt, kinds)
        if isinstance(again, Issue) or not again.issues:
            return again if isinstance(again, Issue) else stepped
        stepped = Stepped(again.conversations, (*stepped.issues, *again.issues))
    return stepped


def _once(conversation: Conversation, salt: str, kinds: frozenset[Kind]) -> Stepped | Issue:
    """Mask what is found at first sight."""
    found = dict.fromkeys(
        (mark.span.kind, mark.span.value) for mark in marks(conversation, kinds=kinds)
    )
    if not found:
        return Stepped((conversation,))
    masker = _Masker(salt, kinds, tuple(found))
    for _ in range(FORMS * len(found)):
        try:
            return _masked(conversation, masker)
        except _Broken as broken:
            fault = broken
            if not _other_forms(masker, broken.values):
                break
    names = ", ".join(sorted({_NAMES[kind] for kind, _ in fault.values}))
    return issue("redact-breaks-call", fault.where, f"masked {names}: {fault}")


def masked_json(value: Any, *, salt: str, kinds: frozenset[Kind] = DEFAULT_KINDS) -> Any:
    """Return a JSON value with its personal data and keys masked, as far as its text shows them.

    For rows that are rejected: they may be of any shape, and no call of theirs has to stay lawful.
    Where the masked text is no JSON any more, it is returned as text.

    Args:
        value: a raw row, or its text.
        salt: as for `redact`.
        kinds: what is masked.

    Before: {"messages": [{"role": "user", "content": "I am jane@acme.io"}]}
    After:  {"messages": [{"role": "user", "content": "I am u3f8a1c@example.com"}]}
    """
    text = value if isinstance(value, str) else dump_line(value).decode()
    view, _ = unescaped(text)
    found = dict.fromkeys((span.kind, span.value) for span in find_spans(view, kinds))
    if not found:
        return value
    masker = _Masker(salt, kinds, tuple(found))
    masked = masker.text(text)
    for kind, whole in sorted(found, key=lambda one: -len(one[1])):
        if whole in masked:  # within a longer word, such as the place of an issue
            masked = masked.replace(whole, mask(kind, whole, whole, salt=salt, form=0) or "***")
    if isinstance(value, str):
        return masked
    try:
        return json.loads(masked)
    except ValueError:
        return masked


def _other_forms(masker: _Masker, values: frozenset[_Value]) -> bool:
    """Take the next form of mask for these values; tell whether one of them has another."""
    changed = False
    for kind, value in sorted(values, key=lambda pair: (pair[0].value, pair[1])):
        form = masker.forms.get((kind, value), 0) + 1
        bare = value.replace(":", "")
        if form < FORMS and mask(kind, value, bare, salt=masker.salt, form=form) is not None:
            masker.forms[(kind, value)] = form
            changed = True
    return changed


def _masked(conversation: Conversation, masker: _Masker) -> Stepped:
    """Mask with the forms that are chosen.

    Raises:
        _Broken: a call breaks its schema.
    """

    def judge(call: ToolCall) -> list[Issue]:
        return check_call(call, conversation.catalog)

    masker.masked.clear()
    system = masker.text(conversation.system)
    turns = tuple(
        _turn(turn, f"turns[{index}]", masker, judge)
        for index, turn in enumerate(conversation.turns)
    )
    lesson = conversation.lesson
    if lesson not in _NAMED_LESSONS:
        lesson = classify(conversation.catalog, turns)
    new = replace(
        conversation,
        id=identify(system, conversation.catalog, turns),
        system=system,
        turns=turns,
        lesson=lesson,
    )
    return Stepped((new,), (issue("personal-masked", "", _summary(masker.masked)),))


def _turn(
    turn: Turn, where: str, masker: _Masker, judge: Callable[[ToolCall], list[Issue]]
) -> Turn:
    match turn:
        case UserTurn(text):
            return UserTurn(masker.text(text))
        case ResultTurn(results):
            return ResultTurn(tuple(map(masker.text, results)))
        case ModelTurn(text, calls, thought):
            several = len(calls) > 1
            return ModelTurn(
                masker.text(text),
                tuple(
                    masker.call(call, f"{where}.calls[{n}]" if several else f"{where}.call", judge)
                    for n, call in enumerate(calls)
                ),
                masker.text(thought),
            )


def _written(text: str, view: str, places: list[int] | None, link: Link, new: str) -> str:
    """Return a mask as the text writes it: its escapes and full-width digits stay."""
    old = view[link.start : link.end]
    if len(old) != len(new):
        return new
    parts = []
    for offset, (before, after) in enumerate(zip(old, new, strict=True)):
        place = link.start + offset
        raw = text[places[place] : places[place + 1]] if places else text[place : place + 1]
        if before == after:
            parts.append(raw)
        else:
            full = after.isdigit() and _FULL_WIDTH.fullmatch(raw)
            parts.append(chr(ord(after) + 0xFEE0) if full else after)
    return "".join(parts)


def _summary(masked: set[_Value]) -> str:
    counts: Mapping[Kind, int] = Counter(kind for kind, _ in masked)
    told: list[Any] = [f"{counts[kind]} {_NAMES[kind]}" for kind in Kind if kind in counts]
    return "masked " + ", ".join(told)
