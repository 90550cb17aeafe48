r"""Rows whose calls are plain text: `tool_call: NAME`, `arguments: {...}`, `Result: {...}`.

Input: a row with a list of turns, ShareGPT or OpenAI. Output: a Draft. One model text may hold
several calls, each with its result and the words that follow; a user turn that begins with
`Result:` is the result of the call before it. Such rows list no tools: give them with `--tools`.

Before: gpt 'tool_call: now\narguments: {}\n\nResult: {"time": "12:00"}\n\nNoon.'
After:  model(call now), result('{"time": "12:00"}'), model("Noon.")
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from fctune.conversations.draft import Draft, DraftTurn, RawCall, thought_once
from fctune.conversations.formats.prompted import read_turns, texts_of
from fctune.conversations.rendered import value_span
from fctune.patterns import regex

_CALL = regex(r"^tool_call:[ \t]*(\S{1,256})[ \t]*\n[ \t]*arguments:[ \t]*", re.MULTILINE)
_RESULT = regex(r"\s*Result:[ \t]*\n?")


def detect(row: Mapping[str, Any]) -> bool:
    """Tell whether a model turn of the row holds such a call."""
    return any(
        "tool_call:" in text and _CALL.search(text) is not None for text in texts_of(row).model
    )


def read(row: Mapping[str, Any]) -> Draft:
    """Translate a row."""
    draft = read_turns(row)
    turns: list[DraftTurn] = []
    for turn in draft.turns:
        if turn.role == "model" and turn.text:
            turns += thought_once(_model_turns(turn, turn.text))
        else:
            turns.append(_user_turn(turn, turns[-1] if turns else None))
    draft.turns = turns
    return draft


def _model_turns(turn: DraftTurn, text: str) -> Iterator[DraftTurn]:
    """Yield the exchange that one model text holds."""
    found = _CALL.search(text)
    if found is None:
        yield turn
        return
    words, position = text[: found.start()].strip(), 0
    calls: list[RawCall] = list(turn.calls)
    while found is not None:
        end = value_span(text, found.end())
        position = _line_end(text, found.end()) if end is None else end
        value = {"name": found[1], "arguments": text[found.end() : position]}
        calls.append(RawCall(value, turn.where, text_arguments=True))
        result = _RESULT.match(text, position)
        found = _CALL.search(text, position)
        if result is not None:
            yield replace(turn, text=words, calls=tuple(calls))
            end = value_span(text, result.end())
            end = _paragraph_end(text, result.end()) if end is None else end
            yield DraftTurn("result", turn.where, text[result.end() : end].strip())
            words, calls, position = "", [], end
            found = _CALL.search(text, position)
        between = text[position : found.start() if found else len(text)].strip()
        if between and calls:
            yield replace(turn, text=words, calls=tuple(calls))
            words, calls = between, []
        elif between:
            words = between
    if words or calls:
        yield replace(turn, text=words, calls=tuple(calls))


def _user_turn(turn: DraftTurn, before: DraftTurn | None) -> DraftTurn:
    """Return a user turn as the result of the call before it, where it is one."""
    found = _RESULT.match(turn.text or "")
    called = before is not None and before.role == "model" and bool(before.calls)
    if turn.role != "user" or found is None or not called:
        return turn
    return replace(turn, role="result", text=(turn.text or "")[found.end() :].strip())


def _line_end(text: str, position: int) -> int:
    end = text.find("\n", position)
    return end if end >= 0 else len(text)


def _paragraph_end(text: str, position: int) -> int:
    end = text.find("\n\n", position)
    return end if end >= 0 else len(text)
