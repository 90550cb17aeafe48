"""MappedFormat: `detect`, `read` and `expand` of a format file, as the table of formats needs them.

Input: a raw row, or one conversation of it. Output: a Draft with a warning for each part that no
path reads. An object of this kind can be sent to worker processes.

Before, with `expand: sessions`: {"shop": 7, "sessions": [{"turns": [...]}, {"turns": [...]}]}
After:  two conversations, whose places begin with sessions[0] and sessions[1]
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from fctune.conversations.draft import Draft
from fctune.conversations.own_format.calling import ARGUMENTS, NAME
from fctune.conversations.own_format.paths import EVERY, Decoder, Path, Step, find
from fctune.conversations.own_format.spec import Calls, FormatFile, When
from fctune.conversations.own_format.turns import RowReader
from fctune.conversations.own_format.unread import Node, Unread, below, tree_of


class Part(dict[str, Any]):
    """One conversation of a row that holds several.

    Attributes:
        where: its place in the row.
        around: the row.
        is_first: True of the first one, which accounts for the parts of the row around.
    """

    where: str
    around: Mapping[str, Any]
    is_first: bool

    def __init__(
        self,
        inner: Mapping[str, Any] | None = None,
        where: str = "",
        around: Mapping[str, Any] | None = None,
        is_first: bool = True,
    ) -> None:
        """Take the conversation over, and remember where it stood."""
        super().__init__(inner or {})
        self.where, self.around, self.is_first = where, around or {}, is_first


@dataclass(frozen=True)
class MappedFormat:
    """A format file at work.

    Attributes:
        name: of the format.
        file: what the file says.
    """

    name: str
    file: FormatFile

    def detect(self, row: Mapping[str, Any]) -> bool:
        """Tell whether a row meets `when`, or without it has turns where the file says."""
        decode = Decoder()
        places = _places(row)
        if self.file.when is not None:
            return _meets(self.file.when, places, decode)
        if self.file.expand is not None and find(self.file.expand, row, "", decode):
            return True
        if self.file.turns is not None:
            founds = find(self.file.turns, row, "", decode)
            return bool(founds) and all(isinstance(decode(one.value), list) for one in founds)
        pairs = self.file.pairs
        return pairs is not None and bool(find(pairs.user, row, "", decode))

    def expand(self, row: Mapping[str, Any]) -> list[Mapping[str, Any]]:
        """Return the conversations of a row; a row without the list is itself."""
        path = self.file.expand
        if path is None or isinstance(row, Part):
            return [row]
        decode = Decoder()
        parts: list[Mapping[str, Any]] = []
        for found in find(path, row, "", decode):
            value = decode(found.value)
            many = isinstance(value, list)
            for index, item in enumerate(value if many else [value]):
                place = f"{found.where}[{index}]" if many else found.where
                inner = decode(item)
                if isinstance(inner, Mapping):
                    parts.append(Part(inner, place, row, is_first=not parts))
                else:  # is rejected as no object, and not lost
                    parts.append(inner)
        return parts or [row]

    def read(self, row: Mapping[str, Any]) -> Draft:
        """Translate a row; never raises."""
        draft, decode = Draft(), Decoder()
        unread = Unread(decode)
        reader = RowReader(self.file, self.name, draft, decode, unread)
        where = row.where if isinstance(row, Part) else ""
        for inner, place in _places(row):
            reader.head(inner, place)
        system = self.file.system
        if not draft.system and system is not None and system.text is not None:
            draft.system.append(system.text)
        reader.read(row, where)
        if any(found.code == "format-path-missing" for found in draft.issues):
            return draft  # is rejected, and what it has instead is told there
        unread.walk(self._inner, row, where)
        if isinstance(row, Part) and row.is_first:
            unread.walk(self._around, row.around, "")
        draft.issues += unread.issues(self.name)
        return draft

    @property
    def fingerprint(self) -> str:
        """Return 12 hexadecimal digits that change with what the file says."""
        said = self.file.model_dump_json(exclude_none=True, exclude={"name"})
        return hashlib.sha256(said.encode()).hexdigest()[:12]

    @cached_property
    def _inner(self) -> Node:
        """The paths that are read in a conversation."""
        return tree_of([*self._turn_paths(), *self._head_paths()])

    @cached_property
    def _around(self) -> Node:
        """The paths that are read in a row around its conversations."""
        expand = self.file.expand
        return tree_of([*self._head_paths(), *below((), expand)])

    def _head_paths(self) -> Iterator[tuple[Step, ...]]:
        file = self.file
        for path in (file.tools, file.system.path if file.system is not None else None):
            yield from below((), path)
        for path in file.ignore or ():
            yield path.steps
        if file.when is not None:
            for path in (*file.when.exists, *file.when.equals):
                # A condition reads what it compares; what must only be there is not read by it.
                if path in file.when.equals:
                    yield path.steps

    def _turn_paths(self) -> Iterator[tuple[Step, ...]]:
        file = self.file
        start: tuple[Step, ...] = () if file.turns is None else (*file.turns.steps, EVERY)
        own = [file.role, *(file.text or ()), file.thought]
        own += [file.pairs.user, file.pairs.answer] if file.pairs is not None else []
        own += [file.result.text, file.result.id] if file.result is not None else []
        for path in own:
            yield from below(start, path)
        if file.calls is not None:
            yield from _call_paths(start, file.calls)


def _call_paths(start: tuple[Step, ...], calls: Calls) -> Iterator[tuple[Step, ...]]:
    at = (*start, *(calls.path.steps if calls.path is not None else ()))
    whole = calls.name is None and calls.arguments is None
    inner = [calls.name or NAME, calls.arguments or ARGUMENTS, calls.id, calls.result]
    if whole and calls.path is not None:
        yield at
        return
    # Calls stand in a list, or are one alone.
    for place in (at, (*at, EVERY)) if calls.path is not None else (at,):
        for path in inner:
            yield from below(place, path)


def _places(row: Mapping[str, Any]) -> list[tuple[Any, str]]:
    """Return where a path is looked up: in the conversation, then in the row around it."""
    if isinstance(row, Part):
        return [(row, row.where), (row.around, "")]
    return [(row, "")]


def _meets(when: When, places: list[tuple[Any, str]], decode: Decoder) -> bool:
    def values(path: Path) -> list[Any]:
        return [one.value for row, _ in places for one in find(path, row, "", decode)]

    return all(values(path) for path in when.exists) and all(
        any(_same(value, wanted) for value in values(path)) for path, wanted in when.equals.items()
    )


def _same(value: Any, wanted: Any) -> bool:
    # True is 1 to Python, not to JSON.
    return isinstance(value, bool) == isinstance(wanted, bool) and bool(value == wanted)
