r"""Hermes rows: tools between `<tools>` tags in the prompt, calls between `<tool_call>` tags.

Input: a row with a list of turns, ShareGPT or OpenAI. Output: a Draft. Qwen's and Nemotron's
rendered prompts are of the same shape. Calls may be JSON or Python dicts, several in one turn; one
tool turn may hold several `<tool_response>`; a scratch pad is a thought; one model text may hold a
whole exchange. A `tools` column, where there is one, wins over the prompt.

Before: system "You are a function calling AI model. <tools>[{...}]</tools>", human "Time?", gpt
        "<tool_call>\n{'arguments': {}, 'name': 'now'}\n</tool_call>"
After:  tools [{...}], user("Time?"), model(call now)
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from fctune.conversations.draft import Draft, DraftTurn, thought_once
from fctune.conversations.formats import tagged
from fctune.conversations.formats.prompted import (
    read_turns,
    take_tools,
    texts_of,
    thought_and_words,
    with_results,
)
from fctune.conversations.listed import ListedTools
from fctune.conversations.prompt_tools import tagged_tools
from fctune.conversations.rendered import split_tagged
from fctune.conversations.tags import OPEN
from fctune.issues import issue
from fctune.patterns import regex

_RESPONSE = "tool_response"
_RESPONSES = regex(rf"<{_RESPONSE}>\n?(.*?)\n?</{_RESPONSE}>", re.DOTALL)


def detect(row: Mapping[str, Any]) -> bool:
    """Tell whether a prompt of the row holds tagged tools, or a user turn is a tagged result."""
    texts = texts_of(row)
    if any("<" in text and tagged_tools(text) is not None for text in texts.prompts):
        return not tagged.detect(row)
    return any(text.lstrip().startswith(f"<{_RESPONSE}>") for text in texts.user)


def read(row: Mapping[str, Any]) -> Draft:
    """Translate a row."""
    draft = read_turns(row)
    if row.get("completed") is False:  # as Hermes' own agent marks a trajectory that failed
        draft.issues.append(issue("turn-untrainable", "completed", "got completed false"))
    take_tools(draft, tagged_tools)
    tools = ListedTools(draft.tools)
    turns: list[DraftTurn] = []
    for turn in draft.turns:
        turns += (
            thought_once(_model_turns(turn, tools))
            if turn.role == "model"
            else with_results(turn, _RESPONSE)
        )
    draft.turns = turns
    # Tags around results are this format's way of writing, and no repair.
    draft.issues = [found for found in draft.issues if found.code != "result-unwrapped"]
    return draft


def _model_turns(turn: DraftTurn, tools: ListedTools) -> Iterator[DraftTurn]:
    """Yield a model turn, or the whole exchange that one model text holds."""
    if turn.text is None or "<" not in turn.text:
        yield turn
        return
    thought, rest = thought_and_words(turn.text)
    parts = _RESPONSES.split(rest) if OPEN in rest else [rest]
    for index, part in enumerate(parts):
        if index % 2:
            yield DraftTurn("result", turn.where, part)
        elif index == 0 or part.strip():
            words, calls = split_tagged(part, turn.where, tools)
            text = f"{thought}{words}" if index == 0 else words.strip()
            yield replace(
                turn, text=text, calls=(*turn.calls, *calls) if index == 0 else tuple(calls)
            )
