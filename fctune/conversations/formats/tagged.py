r"""Tagged text of tutorials: `{"tool_name", "args"}` calls, results and answers between tags.

Input: a row with a `trace`, which is a list of messages, or the text of one as Python or JSON
prints it; or a row with such messages. Output: a Draft. The first user turn holds instructions and
the tools between `<tools>` tags, and results come as user turns.

Before: {"trace": "[{'role': 'user', 'content': '<tools>[{\"tool_name\": \"now\", ...}]</tools>'},
         {'role': 'user', 'content': 'Time?'}, {'role': 'assistant', 'content':
         '<tool_call>{\"tool_name\": \"now\", \"args\": {}}</tool_call>'}]"}
After:  tools [now], user("Time?"), model(call now)
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from fctune.conversations.draft import Draft, DraftTurn, RawCall
from fctune.conversations.formats.prompted import (
    read_turns,
    take_tools,
    texts_of,
    thought_and_words,
    with_results,
)
from fctune.conversations.literals import NotLiteral, read_value
from fctune.conversations.prompt_tools import tagged_tools
from fctune.conversations.tags import split_calls
from fctune.issues import issue

_RESULT = "tool_result"
_ANSWER = ("<final_answer>", "</final_answer>")


def detect(row: Mapping[str, Any]) -> bool:
    """Tell whether a row has a trace of messages, or prompts and results in these tags."""
    trace = row.get("trace")
    if isinstance(trace, str):
        return trace.lstrip().startswith("[") and "role" in trace and "content" in trace
    if isinstance(trace, list):
        return bool(trace) and all(isinstance(turn, Mapping) and "role" in turn for turn in trace)
    texts = texts_of(row)
    if any("tool_name" in text and tagged_tools(text) is not None for text in texts.prompts):
        return True
    return any(text.lstrip().startswith(f"<{_RESULT}>") for text in texts.user)


def read(row: Mapping[str, Any]) -> Draft:
    """Translate a row."""
    trace = row.get("trace")
    if isinstance(trace, str):
        try:
            trace = read_value(trace)
        except NotLiteral as fault:
            draft = Draft()
            draft.issues.append(issue("turn-invalid", "trace", str(fault)))
            return draft
    if isinstance(trace, list):
        row = {**row, "messages": trace}
    draft = read_turns(row)
    take_tools(draft, tagged_tools)
    draft.turns = [read for turn in draft.turns for read in _read_turn(turn)]
    return draft


def _read_turn(turn: DraftTurn) -> Iterator[DraftTurn]:
    if turn.role != "model":
        yield from with_results(turn, _RESULT)
    elif turn.text is None or "<" not in turn.text:
        yield turn
    else:
        thought, rest = thought_and_words(turn.text)
        words, bodies = split_calls(rest)
        for tag in _ANSWER:
            words = words.replace(tag, "")
        calls = (*turn.calls, *(_call_of(body, turn.where) for body in bodies))
        yield replace(turn, text=thought + words.strip(), calls=calls)


def _call_of(body: str, where: str) -> RawCall:
    """Read a call; this format's own keys are no repair."""
    try:
        value = read_value(body)
    except NotLiteral:
        return RawCall(body, where)  # decoded again, and told why not
    if isinstance(value, Mapping) and "tool_name" in value and "args" in value:
        value = {"name": value["tool_name"], "arguments": value["args"]}
    return RawCall(value, where)
