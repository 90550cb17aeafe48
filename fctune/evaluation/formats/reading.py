"""One pass of one reader over the text of one model turn, strict or lenient.

Input: the text without its thought, and the tools that the model had. Output: the calls found, the
words outside of them, and the names of what was mended. A reader of a format is written once: at
each fault it calls `mend`, which stops a strict reading and is noted by a lenient one.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from fctune.evaluation.formats.tolerant_json import tolerant_at
from fctune.evaluation.strict_json import NotStrict, after_space, json_at, json_kind, writable
from fctune.patterns import regex
from fctune.tools.spec import ToolCall, ToolCatalog, ToolSpec

Reader = Callable[["Reading"], None]

REPAIRS: dict[str, str] = {
    "opening tag": "the tag that opens a call is missing",
    "closing tag": "the tag that closes a call is missing",
    "closing bracket": "brackets are left open at the end",
    "code fence": "the call stands in a code fence",
    "trailing comma": "a comma stands before a closing bracket",
    "leading comma": "a comma stands before the first value of a list or object",
    "missing comma": "a comma is missing between two values",
    "single quotes": "strings stand in single or typographic quotes",
    "unquoted key": "a key has no quotes",
    "python literal": "True, False, None or a tuple, as Python writes them",
    "raw line break": "a string holds a line break or tab that JSON would escape",
    "unknown escape": "a backslash stands before a sign that JSON does not escape",
    "full-width sign": "a full-width comma or colon stands for the plain one",
    "comment": "a comment stands in the JSON",
    "names of keys": "other keys than the format's, such as `parameters` for `arguments`",
    "wrapped call": "the call lies in an object `function` or a list `tool_calls`",
    "arguments as text": "the arguments are a JSON string of an object",
    "arguments beside the name": "the arguments stand beside the name, not in an object",
    "no arguments": "the call has no arguments; read as none",
    "positional arguments": "arguments without names, named in the order of the tool's schema",
    "labels": "the labels of ReAct are written in another way",
    "plain text input": "the input is plain text, given to the tool's one parameter",
    "prefix of the name": "the name begins with `functions.`",
    "name with quotes": "the name stands in quotes or brackets",
    "text beside the call": "words stand where the format has none",
    "unclosed thought": "the thought before the call is not closed",
    "call left out": "one of several calls cannot be read; the others are given",
    "no separator": "calls follow each other without the format's separator",
}
"""What a lenient reading mends. `style of NAME` is noted beside these: another format's way."""

_NAME_KEYS = ("name", "tool_name", "function_name", "function", "tool", "action", "api_name")
_ARGUMENT_KEYS = (
    "arguments", "parameters", "args", "params", "input", "kwargs", "action_input", "tool_input",
)  # fmt: skip
_MAX_UNREADABLE, _MAX_LOST = 200, 4
_OBJECT = regex(r"""\{\s*+["'](?:name|tool_name|function)["']\s*+:""")


class Malformed(Exception):
    """A call was begun and cannot be read; the message says why."""


@dataclass(slots=True)
class Reading:
    """What a reader has found so far.

    Attributes:
        text: what is read.
        catalog: the tools that the model had, or None.
        lenient: mend faults instead of stopping at them.
        calls: the calls, in the order written.
        words: the parts outside the calls.
        repairs: what was mended, each once, in order.
    """

    text: str
    catalog: ToolCatalog | None = None
    lenient: bool = False
    calls: list[ToolCall] = field(default_factory=list)
    words: list[str] = field(default_factory=list)
    repairs: dict[str, None] = field(default_factory=dict)
    _unreadable: int = 0
    _found: dict[Any, tuple[int, int, int]] = field(default_factory=dict)

    def mend(self, repair: str, fault: str) -> None:
        """Note a mend and go on, or stop a strict reading.

        Args:
            repair: a key of REPAIRS.
            fault: what is wrong, for the reader of a report.

        Raises:
            Malformed: the reading is strict.
        """
        if not self.lenient:
            raise Malformed(fault)
        self.repairs[repair] = None

    def attempt(self, read: Callable[[], None]) -> bool:
        """Read one call; a lenient reading leaves it out where it cannot be read."""
        if not self.lenient:
            read()
            return True
        try:
            read()
        except Malformed:
            self.repairs["call left out"] = None
            return False
        return True

    def find(self, mark: str, position: int) -> int:
        """Return where a mark begins at or behind a position, -1 where nowhere.

        Asked for growing positions it looks at no character twice.
        """
        return self._look(mark, position, lambda: (self.text.find(mark, position),) * 2)[0]

    def search(self, pattern: re.Pattern[str], position: int) -> tuple[int, int]:
        """Return where a pattern begins and ends, as `find`; (-1, -1) where nowhere."""

        def look() -> tuple[int, int]:
            found = pattern.search(self.text, position)
            return found.span() if found else (-1, -1)

        return self._look(pattern, position, look)

    def _look(
        self, key: Any, position: int, look: Callable[[], tuple[int, int]]
    ) -> tuple[int, int]:
        known = self._found.get(key)
        if known is None or position < known[0] or 0 <= known[1] < position:
            known = (position, *look())
            self._found[key] = known
        return known[1], known[2]

    def json_at(self, position: int) -> tuple[Any, int]:
        """Return the JSON value at a position and where it ends.

        Raises:
            Malformed: there is none, and a lenient reading finds none either.
        """
        if self._unreadable > _MAX_UNREADABLE:
            raise Malformed("too many values cannot be read")
        try:
            return json_at(self.text, position)
        except NotStrict as fault:
            self._unreadable += 1  # the fault counts the lines before it, so that many cost time
            if not self.lenient or self._unreadable > _MAX_UNREADABLE:
                raise Malformed(f"the call is not valid JSON: {fault}") from fault
        try:
            value, end, mends = tolerant_at(self.text, position)
        except NotStrict as fault:
            values, end = self._salvaged(position)
            if not values:
                raise Malformed(f"the call is not valid JSON: {fault}") from fault
            return values, end
        self.repairs.update(dict.fromkeys(mends))
        return value, end

    def _salvaged(self, position: int) -> tuple[list[Any], int]:
        """Return those objects of a list of calls that can be read, the others left out."""
        start = after_space(self.text, position)
        values, end, lost = [], start, 0
        if not self.text.startswith("[", start):
            return [], start
        for found in islice(_OBJECT.finditer(self.text, start), _MAX_UNREADABLE):
            if found.start() < end:
                continue
            try:
                value, end, mends = tolerant_at(self.text, found.start())
            except NotStrict:
                lost += 1
                if lost == _MAX_LOST:
                    break
                continue
            values.append(value)
            self.repairs.update(dict.fromkeys(("call left out", *mends)))
        return values, end

    def call(self, value: Any, name_key: str = "name", key: str = "arguments") -> None:
        """Add the call that a parsed object stands for.

        Raises:
            Malformed: it stands for none.
        """
        try:
            found = call_of(value, name_key=name_key, key=key)
        except ValueError as fault:
            if not self.lenient:
                raise Malformed(str(fault)) from fault
            name, arguments = self._meant(value, (name_key, key))
            found = ToolCall(name, arguments)
        self.add(found.name, found.arguments)

    def add(self, name: str, arguments: Mapping[str, Any]) -> None:
        """Add a call.

        Raises:
            Malformed: it could not be written to a file.
        """
        if self.lenient and self.spec(name) is None:
            name = self.mended_name(name)
        if not writable([name, arguments]):
            raise Malformed("the call holds half of a surrogate pair, or is nested too deep")
        self.calls.append(ToolCall(name, arguments))

    def spec(self, name: str) -> ToolSpec | None:
        """Return the tool of that name, where the model had one."""
        return self.catalog.get(name) if self.catalog is not None else None

    def mended_name(self, name: str) -> str:
        """Return the name of the listed tool that is meant, or the name itself."""
        for repair, mended in (
            ("prefix of the name", name.removeprefix("functions.")),
            ("name with quotes", name.strip(" \t'\"`*[]“”")),
        ):
            if mended != name and self.spec(mended) is not None:
                self.repairs[repair] = None
                return mended
        return name

    def _meant(self, value: Any, keys: tuple[str, str]) -> tuple[str, dict[str, Any]]:
        """Return name and arguments of an object that is meant as a call with these keys."""
        if isinstance(value, dict) and isinstance(value.get("function"), dict):
            self.repairs["wrapped call"] = None
            value = value["function"]
        if not isinstance(value, dict):
            raise Malformed(f"the call is a JSON {json_kind(value)}, expected an object")
        name_key = next((k for k in _NAME_KEYS if isinstance(value.get(k), str)), None)
        if name_key is None:
            return self._name_as_key(value)
        key = next((k for k in _ARGUMENT_KEYS if k in value and k != name_key), None)
        if (name_key, key) != keys and key is not None:
            self.repairs["names of keys"] = None
        rest = {k: v for k, v in value.items() if k not in (name_key, "id", "type")}
        arguments = self._object(value[key]) if key is not None else self._beside(rest)
        return value[name_key], arguments

    def _name_as_key(self, value: dict[str, Any]) -> tuple[str, dict[str, Any]]:
        if len(value) == 1:
            name, arguments = next(iter(value.items()))
            if self.spec(name) is not None and isinstance(arguments, dict):
                self.repairs["names of keys"] = None
                return name, arguments
        raise Malformed("the call has no name")

    def _beside(self, rest: dict[str, Any]) -> dict[str, Any]:
        self.repairs["arguments beside the name" if rest else "no arguments"] = None
        return rest

    def _object(self, value: Any) -> dict[str, Any]:
        """Return the arguments that a value stands for: an object, or the text of one."""
        if value is None or value in ("", []):
            self.repairs["no arguments"] = None
            return {}
        if isinstance(value, str):
            inner = Reading(value, lenient=True)
            parsed, end = inner.json_at(0)
            if isinstance(parsed, dict) and not value[end:].strip():
                self.repairs.update({"arguments as text": None, **inner.repairs})
                return parsed
        if not isinstance(value, dict):
            raise Malformed(f"the arguments are a JSON {json_kind(value)}, expected an object")
        return value


def call_of(value: Any, *, name_key: str = "name", key: str = "arguments") -> ToolCall:
    """Return the call that a parsed object stands for.

    Args:
        value: should be `{name_key: ..., key: {...}}`; further keys are ignored, as servers do.
        name_key: the key of the name.
        key: the key of the arguments.

    Raises:
        ValueError: the value is no such object; the message says in what way.
    """
    if not isinstance(value, dict):
        raise ValueError(f"the call is a JSON {json_kind(value)}, expected an object")
    name, arguments = value.get(name_key), value.get(key)
    if not isinstance(name, str):
        raise ValueError("the call has no name")
    if key not in value:
        raise ValueError(f"the call of {name} has no {key}")
    if not isinstance(arguments, dict):
        raise ValueError(
            f"the {key} of {name} are a JSON {json_kind(arguments)}, expected an object"
        )
    return ToolCall(name, arguments)


def joined(words: list[str]) -> str:
    """Return the words as one text, parts of nothing but space left out."""
    return "\n".join(part.strip() for part in words if part.strip())
