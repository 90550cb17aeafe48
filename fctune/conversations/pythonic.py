"""Calls written as Python would write them: `[search(city="Oslo", days=[1, 2]), now()]`.

Input: the text of a model turn, and the tools of the row with the names of their parameters.
Output: raw calls, or None where the text is no list of calls. Names may hold spaces, dots and
parentheses, so that they are matched against the tools of the row, the longest first; a name that
is not listed is read up to its parenthesis. Nothing is evaluated.

Before: [User Feed (Posts) V2(user_id="7"), now()]
After:  {"name": "User Feed (Posts) V2", "arguments": {"user_id": "7"}}, {"name": "now", ...}
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from fctune.conversations.calls import UNREADABLE_CALL
from fctune.conversations.draft import RawCall
from fctune.conversations.literals import STRING, NotLiteral, bracket_end, read_value
from fctune.issues import Issue, issue
from fctune.patterns import regex

Listed = Mapping[str, Sequence[str]]

# So that a text of nothing but brackets cannot cost more than a glance.
_LOOKED_AT = 100
_TRIED = 4
_SPACE = regex(r"\s*")
_SIGN = regex(r"""[\[\](){},"']""")
_KEYWORD = regex(r"\s*([^=,()\[\]{}\"'\s](?:[^=,()\[\]{}\"']{0,200}[^=,()\[\]{}\"'\s])?)\s*=(?!=)")
_UNLISTED = regex(r"[^\W\d][\w.\-/ ]{0,127}?(?=\s*\()")
_PLAIN_NAME = regex(r"[^\W\d][\w.\-]*")


class _NoCalls(Exception):
    """The text is not a list of calls."""


@dataclass(slots=True)
class _Written:
    """A call as it is written: its values are read, its parameters not yet named."""

    name: str
    named: dict[str, Any] = field(default_factory=dict)
    positional: list[Any] = field(default_factory=list)
    fault: NotLiteral | None = None


def read_pythonic(
    text: str, listed: Listed, where: str, issues: list[Issue]
) -> list[RawCall] | None:
    """Return the calls of a text that is nothing but a list of calls.

    Args:
        text: the words of a model turn.
        listed: the tools of the row, each with the names of its parameters in order, by which
            positional arguments are named.
        where: the place of the turn.
        issues: what could not be read, and what was repaired, is added to it.

    Returns:
        The calls; those of a listed tool whose arguments cannot be read as UNREADABLE_CALL. None
        where the text is anything else: `[1]`, `[see (a)]` and other words in brackets are words.

    >>> read_pythonic('[f(a=1)]', {"f": ["a"]}, "turn", [])[0].value
    {'name': 'f', 'arguments': {'a': 1}}
    >>> read_pythonic("[see (a), or (b)]", {"f": ["a"]}, "turn", []) is None
    True
    """
    body = text.strip()
    if not body.startswith("["):
        return None
    names = sorted(listed, key=len, reverse=True)
    try:
        written = _read_list(body, names)
    except (_NoCalls, IndexError):
        end = bracket_end(body, 0)
        if (end is None or end == len(body)) and _begins(body, names):
            found = f"got {body[:60]!r}, which is no list of calls"
            issues.append(issue("call-invalid-json", where, found))
            return [RawCall(UNREADABLE_CALL, where)]
        return None
    places = [where, *(f"{where}.calls[{index}]" for index in range(1, len(written)))]
    return [
        _raw_call(call, listed.get(call.name, ()), place, issues)
        for call, place in zip(written, places, strict=True)
    ]


def find_pythonic(text: str, listed: Listed, where: str) -> tuple[str, list[RawCall]] | None:
    """Return the words and the calls of a text that holds both, or None.

    Only a list that begins with a listed tool, and that can be read, is taken for calls.

    >>> find_pythonic("Let me see. [f(a=1)]", {"f": ["a"]}, "turn")[0]
    'Let me see.'
    """
    names = sorted(listed, key=len, reverse=True)
    opened = islice((found.start() for found in re.finditer(r"\[", text)), _LOOKED_AT)
    begun = (start for start in opened if _begins(text[start : start + 300], names))
    for start in islice(begun, _TRIED):
        end = bracket_end(text, start)
        issues: list[Issue] = []
        calls = read_pythonic(text[start:end], listed, where, issues) if end else None
        if calls and not issues:
            words = (text[:start].strip(), text[end:].strip())
            return "\n".join(part for part in words if part), calls
    return None


def _begins(body: str, names: Sequence[str]) -> bool:
    """Tell whether a text that opens a list goes on with a call of one of the names."""
    start = _after_space(body, 1)
    return any(body.startswith(name, start) and _opens(body, start + len(name)) for name in names)


def _opens(body: str, position: int) -> bool:
    return body.startswith("(", _after_space(body, position))


def _read_list(body: str, names: Sequence[str]) -> list[_Written]:
    calls: list[_Written] = []
    position = 1
    while True:
        name, start = _name_at(body, _after_space(body, position), names)
        call = _Written(name)
        position = _after_space(body, _read_arguments(body, start, call))
        words = call.positional or call.fault or not (call.named or _PLAIN_NAME.fullmatch(name))
        if words and name not in names:
            raise _NoCalls  # such as `[see (1)]`
        calls.append(call)
        if body[position] == "]" and position == len(body) - 1:
            return calls
        if body[position] != ",":
            raise _NoCalls
        position += 1


def _name_at(body: str, position: int, names: Sequence[str]) -> tuple[str, int]:
    """Return the name of the call that begins here, and where its arguments begin."""
    for name in names:
        if body.startswith(name, position) and _opens(body, position + len(name)):
            return name, body.index("(", position + len(name)) + 1
    found = _UNLISTED.match(body, position)
    if found is None:
        raise _NoCalls
    return found[0], body.index("(", found.end()) + 1


def _read_arguments(body: str, start: int, call: _Written) -> int:
    """Read the arguments from behind the parenthesis into the call; return where it ends."""
    position = _after_space(body, start)
    while body[position] != ")":
        keyword = _KEYWORD.match(body, position)
        begin = keyword.end() if keyword else position
        position = _end_of_value(body, begin)
        value = None
        try:
            value = _value_of(body[begin:position])
            if keyword and keyword[1] in call.named:
                raise NotLiteral("json-duplicate-key", f"got the key {keyword[1]!r} twice")
        except NotLiteral as fault:
            call.fault = fault
        if keyword:
            call.named[keyword[1]] = value
        else:
            call.positional.append(value)
        if body[position] == ",":
            position = _after_space(body, position + 1)
    return position + 1


def _raw_call(
    call: _Written, parameters: Sequence[str], where: str, issues: list[Issue]
) -> RawCall:
    """Return the call, its positional arguments named by the tool's parameters in their order."""
    ordered = dict(zip(parameters, call.positional, strict=False))
    fault = call.fault
    if fault is None and len(call.positional) > len(parameters):
        found = f"got {len(call.positional)} arguments without names, expected {len(parameters)}"
        fault = NotLiteral("call-shape", found)
    if fault is None and (twice := ordered.keys() & call.named.keys()):
        fault = NotLiteral("json-duplicate-key", f"got {min(twice)!r} by position and by name")
    if fault is not None:
        issues.append(issue(fault.code, f"{where}.arguments", str(fault)))
        return RawCall(UNREADABLE_CALL, where)
    if ordered:
        told = f"named {len(ordered)} arguments: {', '.join(ordered)}"
        issues.append(issue("call-positional", f"{where}.arguments", told))
    return RawCall({"name": call.name, "arguments": {**ordered, **call.named}}, where)


def _value_of(text: str) -> Any:
    """Return a value; a string may hold line breaks, which neither JSON nor Python allow."""
    try:
        return read_value(text)
    except NotLiteral as fault:
        if fault.code != "call-invalid-json" or not ("\n" in text or "\t" in text):
            raise NotLiteral(fault.code, f"got {text.strip()[:60]!r}: {fault}") from fault
        escaped = text.strip().replace("\r", "\\r").replace("\n", "\\n").replace("\t", "\\t")
        return read_value(escaped)


def _end_of_value(body: str, position: int) -> int:
    """Return where the value ends: at the comma or parenthesis outside of strings and brackets."""
    while found := _SIGN.search(body, position):
        start, sign = found.start(), found[0]
        if sign in ",)":
            return start
        string = STRING.match(body, start)
        end = string.end() if string else bracket_end(body, start)
        if end is None:
            break
        position = end
    raise _NoCalls


def _after_space(text: str, position: int) -> int:
    found = _SPACE.match(text, position)
    return found.end() if found else position
