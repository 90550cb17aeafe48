"""Audit: argument values that nothing before the call grounds.

Role: a model that is trained on invented values learns to invent. Input: a Conversation. Output: a
warning `argument-ungrounded` for each text or number of a call that appears nowhere before it: not
in the system text, the words and results before, earlier calls or the tool's own description, and
not in another form of them, which the modules `grounding_*` know.

Before: user "Weather in Oslo?", call get_weather(city="Bergen")
After:  turns[1].call.arguments.city: got "Bergen" for get_weather.city, which appears nowhere ...
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from fctune.conversations.grounding_numbers import follows
from fctune.conversations.grounding_text import Said, leaves
from fctune.conversations.grounding_words import text_follows
from fctune.conversations.turns import Conversation, ResultTurn, UserTurn
from fctune.issues import Issue, issue
from fctune.patterns import regex
from fctune.tools.spec import ToolCall, ToolCatalog, ToolSpec

Step = tuple[Sequence[str], Sequence[ToolCall]]
"""What a turn says, and its calls."""

_CODE = "argument-ungrounded"
# Beyond these a row is no dialogue; what is not judged is not marked.
_MAX_TEXT = 400_000
_MAX_JUDGED = 400
_MAX_SHOWN = 60
_MAX_SPECS = 4096
_BESIDE = frozenset("abcdefghijklmnopqrstuvwxyz0123456789")
_INDEX = regex(r"\[\d+\]")

_write = json.JSONEncoder(ensure_ascii=False).encode
_write_shown = json.JSONEncoder(ensure_ascii=False, default=str).encode
_specs: dict[int, tuple[ToolSpec, Said]] = {}


def find(conversation: Conversation) -> list[Issue]:
    """Return a warning for each argument value that nothing before its call grounds.

    A value is named once; where it stands again, the first call has said it.

    >>> from fctune.conversations.turns import Lesson
    >>> from fctune.issues import Origin
    >>> from fctune.tools.spec import ToolCatalog
    >>> turns = (UserTurn("Weather in Oslo?"), ModelTurn("", (ToolCall("get", {"at": "Bergen"}),)))
    >>> row = Conversation("", "Help.", ToolCatalog(), turns, Lesson.CALL, Origin("a.jsonl", 1))
    >>> print(find(row)[0].message)
    got "Bergen" for get.at, which appears nowhere before the call
    """
    return find_in(conversation.system, _steps_of(conversation), conversation.catalog)


def find_in(system: str, steps: Iterable[Step], catalog: ToolCatalog) -> list[Issue]:
    """Return the same warnings for turns that are no objects.

    Args:
        system: the system text.
        steps: of each turn, what it says and the calls it makes.
        catalog: the tools.
    """
    issues: list[Issue] = []
    said = Said(system)
    judged = 0
    for index, (pieces, calls) in enumerate(steps):
        said.add(pieces)
        if not calls:
            continue
        if len(said.text) > _MAX_TEXT or judged > _MAX_JUDGED:
            break
        for number, call in enumerate(calls):
            missed = _missed(call, said.text)
            if missed:
                judged += len(missed)
                place = f"turns[{index}].calls[{number}]" if len(calls) > 1 else ""
                place = place or f"turns[{index}].call"
                spec = catalog.get(call.name)
                missed = [leaf for leaf in missed if not _follows(leaf, said, spec)]
                issues += [_issue_of(call, place, leaf) for leaf in missed]
                said.add([str(value) for _, value in missed])
        said.add(pieces)
        said.add([str(value) for call in calls for _, value in _leaves_of(call)])
    return issues


def _steps_of(conversation: Conversation) -> Iterator[Step]:
    for turn in conversation.turns:
        if isinstance(turn, UserTurn):
            yield (turn.text,), ()
        elif isinstance(turn, ResultTurn):
            yield turn.results, ()
        else:
            yield (turn.thought, turn.text), turn.calls


def _missed(call: ToolCall, text: str) -> list[tuple[str, Any]]:
    """Return the values of a call that do not stand in a text as they are."""
    missed: list[tuple[str, Any]] = []
    for key, value in call.arguments.items():
        if isinstance(value, dict | list):
            missed += [leaf for leaf in leaves(value, f".{key}") if not _stands(leaf[1], text)]
        elif not _stands(value, text):
            missed.append((f".{key}", value))
    return missed


def _leaves_of(call: ToolCall) -> Iterator[tuple[str, Any]]:
    for key, value in call.arguments.items():
        if isinstance(value, dict | list):
            yield from leaves(value, f".{key}")
        elif value is not None and not isinstance(value, bool):
            yield f".{key}", value


def _stands(value: Any, text: str) -> bool:
    """Tell, fast, whether a value stands in a text as it is; digits as a number of their own."""
    if isinstance(value, str):
        wanted = value.lower()
        if len(wanted) > 3 and not wanted.isdigit():
            return wanted in text
    elif value is None or isinstance(value, bool):
        return True
    else:
        wanted = str(value)
    start = text.find(wanted) if wanted else -1
    while start >= 0:
        end = start + len(wanted)
        if text[start - 1 : start] not in _BESIDE and text[end : end + 1] not in _BESIDE:
            return True
        start = text.find(wanted, end)
    return not wanted


def _follows(leaf: tuple[str, Any], said: Said, spec: ToolSpec | None) -> bool:
    path, value = leaf
    own = _words_of_spec(spec)
    if _stands(value, own.text):
        return True
    if isinstance(value, str):
        key = _INDEX.sub("", path).rpartition(".")[2].lower()
        return text_follows(value, key, said, own)
    if not isinstance(value, int | float) or abs(value) > 1e15:
        return False
    return follows(float(value), said.numbers) or follows(float(value), own.numbers)


def _words_of_spec(spec: ToolSpec | None) -> Said:
    """Return the words of a tool, remembered: rows of one set share their tools."""
    if spec is None:
        return Said()
    known = _specs.get(id(spec))
    if known is not None and known[0] is spec:
        return known[1]
    said = Said()
    try:
        said.add([_write(spec.as_dict())])
    except (TypeError, ValueError, RecursionError):
        said.add([spec.description])
    if len(_specs) >= _MAX_SPECS:
        _specs.clear()
    _specs[id(spec)] = (spec, said)
    return said


def _issue_of(call: ToolCall, place: str, leaf: tuple[str, Any]) -> Issue:
    path, value = leaf
    shown = _write_shown(value)
    if len(shown) > _MAX_SHOWN:
        shown = shown[: _MAX_SHOWN - 4] + '..."'
    found = f"got {shown} for {call.name}{path}, which appears nowhere before the call"
    return issue(_CODE, f"{place}.arguments{path}", found)
