"""One row of a user's own format to a Draft, by the paths of its file.

Input: a FormatFile that was checked, and a row. Output: a Draft, whose issues name the real places
of the row. Whatever a row holds, nothing raises.

Before: {"dialog": [{"who": "customer", "say": "Time?"}, {"who": "bot", "do": {"fn": "now"}}]}
After:  Draft with the turns user("Time?") and model(call now), at dialog[0] and dialog[1]
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from fctune.conversations.draft import Draft, DraftTurn, RawCall
from fctune.conversations.formats.content import text_of
from fctune.conversations.formats.foreign import foreign_tools
from fctune.conversations.formats.parts import add_system, id_text
from fctune.conversations.own_format.calling import read_calls, results_of
from fctune.conversations.own_format.paths import Decoder, Found, Path, find, first
from fctune.conversations.own_format.spec import FormatFile
from fctune.conversations.own_format.unread import Unread
from fctune.issues import issue
from fctune.jsonl.faults import json_kind

ROLES = {
    **dict.fromkeys(("user", "customer"), "user"),
    **dict.fromkeys(("assistant", "model", "bot", "agent"), "model"),
    **dict.fromkeys(("tool", "function"), "result"),
    **dict.fromkeys(("system", "developer"), "system"),
}
"""The roles of files that name none."""

_MAX_SHOWN = 40


@dataclass(slots=True)
class RowReader:
    """Reads one conversation.

    Attributes:
        file: the format.
        name: its name, for issues.
        draft: where turns and issues go.
        decode: reads JSON within text.
        unread: parts that a turn has and its role does not take.
    """

    file: FormatFile
    name: str
    draft: Draft
    decode: Decoder
    unread: Unread
    _at: str = field(default="")

    def read(self, row: Any, where: str) -> None:
        """Read the turns of a conversation.

        Args:
            row: the conversation.
            where: its place in the raw row; "" where it is the row.
        """
        path = self.file.turns
        if path is None:
            self._pair(row, where)
            return
        lists = find(path, row, where, self.decode)
        if not lists:
            self._missing(where or path.text, "leads to nothing")
        for found in lists:
            items = self.decode(found.value)
            if not isinstance(items, list):
                self._missing(found.where, "leads to no list")
                continue
            for index, item in enumerate(items):
                self._item(self.decode(item), f"{found.where}[{index}]")

    def _missing(self, where: str, what: str) -> None:
        text = self.file.turns.text if self.file.turns is not None else ""
        found = f"the path turns: {text} of {self.name} {what}"
        self.draft.issues.append(issue("format-path-missing", where, found))
        # Nothing more is to be said of turns that were not found.
        self.draft.turns += [DraftTurn("user", where, None), DraftTurn("model", where, None)]

    def _item(self, item: Any, where: str) -> None:
        if self.file.pairs is not None:
            self._pair(item, where)
        elif isinstance(item, Mapping):
            self._turn(item, where)
        else:
            found = f"got {_short(item)}, expected an object with a role"
            self.draft.issues.append(issue("turn-invalid", where, found))

    def _pair(self, item: Any, where: str) -> None:
        """Read one exchange: question, calls, their results, answer."""
        pairs = self.file.pairs
        if pairs is None:
            return
        turns = self.draft.turns
        for found in self._said(pairs.user, item, where):
            turns.append(DraftTurn("user", found.where, self._words(found)))
        calls, results = read_calls(self.file.calls, item, where, self.draft, self.decode)
        if calls:
            turns.append(DraftTurn("model", calls[0].where, calls=calls))
        turns += results
        if self.file.result is not None and self.file.result.text is not None:
            texts = find(self.file.result.text, item, where, self.decode)
            # A cell is empty where nothing was called; behind a call it is an empty answer.
            texts = texts if calls else [one for one in texts if one.value != ""]
            ids = self._ids(self.file.result.id, item, where)
            for index, found in enumerate(texts):
                turns += results_of(found, ids[index] if index < len(ids) else "", self.draft)
        for found in self._said(pairs.answer, item, where):
            turns.append(DraftTurn("model", found.where, self._words(found)))

    def _said(self, path: Path | None, item: Any, where: str) -> list[Found]:
        """Return what a path of a pair leads to; an empty cell is nothing."""
        found = find(path, item, where, self.decode) if path is not None else []
        return [one for one in found if one.value != ""]

    def _turn(self, item: Mapping[str, Any], where: str) -> None:
        role = self._role(item, where)
        draft, thought = self.draft, first(self.file.thought, item, where, self.decode)
        before, kept = len(draft.turns), ""
        if thought is not None and thought.value != "" and role in ("model", "call"):
            kept = draft.take_thought(thought.value, thought.where)
        if role == "model":
            calls, results = read_calls(self.file.calls, item, where, self.draft, self.decode)
            draft.turns.append(DraftTurn("model", where, self._text(item, where, calls), calls))
            draft.turns += results
        elif role == "call":
            self._call_turn(item, where)
        elif role == "result":
            self._result_turn(item, where)
        elif role in ("user", "system"):
            self._plain_turn(role, item, where)
        if kept and len(draft.turns) > before:
            draft.turns[before] = replace(draft.turns[before], thought=kept)

    def _plain_turn(self, role: str, item: Mapping[str, Any], where: str) -> None:
        text = self._text(item, where, ())
        if self.file.calls is not None and self.file.calls.path is not None:
            self._leave(self.file.calls.path, item, where)
        if role == "user":
            self.draft.turns.append(DraftTurn("user", where, text))
        else:
            add_system(text, where, self.draft)

    def _role(self, item: Mapping[str, Any], where: str) -> str | None:
        found = first(self.file.role, item, where, self.decode)
        if found is None:
            path = self.file.role.text if self.file.role is not None else ""
            what = f"got nothing at {path}, expected the role of the turn"
            self.draft.issues.append(issue("turn-invalid", where, what))
            return None
        known: Mapping[str, str] = self.file.roles if self.file.roles is not None else ROLES
        name = role_name(found.value)
        role = known.get(name) or known.get(name.lower())
        if role is None:
            names = ", ".join(list(known)[:8])
            what = f"got {name[:_MAX_SHOWN]!r}, expected one of {names}"
            self.draft.issues.append(issue("role-unknown", found.where, what))
        return role

    def _text(self, item: Mapping[str, Any], where: str, calls: tuple[RawCall, ...]) -> str | None:
        """Return the words of the first path that leads to some; a call needs none."""
        taken: list[Found] = []
        for path in self.file.text or ():
            found = find(path, item, where, self.decode)
            if taken and found:
                self._leave_all([one for one in found if one.value != taken[0].value])
            elif not taken:
                taken = found
        if not taken:
            if not calls:
                paths = ", ".join(path.text for path in self.file.text or ())
                found_text = f"got nothing at {paths}, expected text"
                self.draft.issues.append(issue("turn-not-text", where, found_text))
                return None
            return ""
        words = [self._words(found) for found in taken]
        known = [text for text in words if text is not None]
        return "\n".join(known) if len(known) == len(words) else None

    def _words(self, found: Found) -> str | None:
        return text_of(found.value, found.where, self.draft.issues)

    def _call_turn(self, item: Mapping[str, Any], where: str) -> None:
        """Read a turn that is a call: by the paths of calls, or its text is the call."""
        if self.file.calls is not None:
            calls, results = read_calls(
                self.file.calls, item, where, self.draft, self.decode, alone=True
            )
            self.draft.turns.append(
                DraftTurn("model", where, self._text(item, where, calls), calls)
            )
            self.draft.turns += results
            return
        for path in self.file.text or ():
            written_call = first(path, item, where, self.decode)
            if written_call is not None:
                call = RawCall(written_call.value, written_call.where)
                self.draft.turns.append(DraftTurn("model", where, calls=(call,)))
                return
        self.draft.turns.append(DraftTurn("model", where, self._text(item, where, ())))

    def _result_turn(self, item: Mapping[str, Any], where: str) -> None:
        paths = self.file.result
        id_ = first(paths.id, item, where, self.decode) if paths is not None else None
        wanted = [paths.text] if paths is not None and paths.text is not None else []
        founds = [first(path, item, where, self.decode) for path in wanted or self.file.text or ()]
        taken = next((found for found in founds if found is not None), Found(where, None))
        name = id_text(id_.value) if id_ is not None else ""
        self.draft.turns += results_of(taken, name, self.draft)
        for path in self.file.text or () if wanted else ():
            self._leave(path, item, where)

    def _ids(self, path: Path | None, item: Any, where: str) -> list[str]:
        found = find(path, item, where, self.decode) if path is not None else []
        return [id_text(one.value) for one in found]

    def _leave(self, path: Path, item: Any, where: str) -> None:
        self._leave_all(find(path, item, where, self.decode))

    def _leave_all(self, founds: list[Found]) -> None:
        for found in founds:
            self.unread.add(found.where, found.value)

    def head(self, row: Any, where: str) -> None:
        """Read the system text and the tools, of the conversation or of the row around it."""
        system = self.file.system
        found = first(system.path, row, where, self.decode) if system is not None else None
        if found is not None and not self.draft.system:
            text = self._words(found)
            if text is not None:
                self.draft.system.append(text)
        tools = first(self.file.tools, row, where, self.decode)
        if tools is not None and self.draft.tools is None:
            value = self.decode(tools.value)
            self.draft.tools = foreign_tools(value, self.draft, tools.where)


def role_name(value: Any) -> str:
    """Return the name under which a file says the role of a value: `true` for True, `2` for 2."""
    if isinstance(value, str):
        return value
    return json.dumps(value) if isinstance(value, bool | int | float) else _short(value)


def _short(value: Any) -> str:
    return repr(value[:_MAX_SHOWN]) if isinstance(value, str) else json_kind(value)
