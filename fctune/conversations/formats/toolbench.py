"""ToolBench rows: answers found by a search over calls, with the messages of each step.

Input: {"answer_generation": {"function": [...], "train_messages": [[message, ...], ...]}}, the
same lifted out of the tree ({"functions", "messages"} that open with "You are AutoGPT"), or a query
with its `api_list`, which has no answer. `expand` makes a row of each chain of messages that is not
the beginning of another. Output: a Draft; the messages are OpenAI's, with `function_call`.

Before: train_messages [[system, user, call], [system, user, call, result, answer]]
After:  one row: system, user, model(call), result, model(answer)
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fctune.conversations.draft import Draft, DraftTurn
from fctune.conversations.formats import openai
from fctune.conversations.formats.benchmark import lacks_answer
from fctune.conversations.formats.content import text_of
from fctune.conversations.formats.parts import messages_of
from fctune.issues import issue

_GENERATION = "answer_generation"
_AGENT = "You are AutoGPT"
# What the search says to the model where earlier attempts failed; no user says it.
_SEARCH = "This is not the first time you try this task"


def detect(row: Mapping[str, Any]) -> bool:
    """Tell whether a row holds a searched answer, or a query over a list of RapidAPI's APIs."""
    if isinstance(row.get(_GENERATION), Mapping):
        return True
    if isinstance(row.get("api_list"), list):
        return "query" in row
    if "functions" not in row:
        return False
    first = next(iter(messages_of(row)), {}).get("content")
    return isinstance(first, str) and first.startswith(_AGENT)


def expand(row: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Return a row for each chain of messages."""
    generation = row.get(_GENERATION)
    chains = generation.get("train_messages") if isinstance(generation, Mapping) else None
    if not isinstance(generation, Mapping) or not isinstance(chains, list):
        return [row]
    lists = [chain for chain in chains if isinstance(chain, list)]
    whole: list[list[Any]] = []
    for chain in sorted(lists, key=len, reverse=True):
        if not any(longer[: len(chain)] == chain for longer in whole):
            whole.append(chain)
    kept = {key: value for key, value in generation.items() if key not in ("chain", "query_count")}
    return [{_GENERATION: {**kept, "train_messages": [chain]}} for chain in whole]


def read(row: Mapping[str, Any]) -> Draft:
    """Translate a row that `expand` made, or one without a tree."""
    generation = row.get(_GENERATION)
    if isinstance(generation, Mapping):
        return _read_generation(generation)
    if isinstance(row.get("api_list"), list):
        draft = Draft(tools=[])
        text = text_of(row.get("query"), "query", draft.issues)
        draft.turns.append(DraftTurn("user", "query", text))
        lacks_answer(draft, "", "got a query and its APIs, the answers are in another file")
        return draft
    draft = openai.read(row)
    _name_searches(draft)
    return draft


def _read_generation(generation: Mapping[str, Any]) -> Draft:
    chains = generation.get("train_messages")
    longest = chains[-1] if isinstance(chains, list) and chains else []
    messages = longest if isinstance(longest, list) else []
    draft = openai.read({"messages": messages, "functions": generation.get("function")})
    if generation.get("valid_data") is False:
        found = "got valid_data false, a search that found no answer"
        draft.issues.append(issue("turn-untrainable", _GENERATION, found))
    _name_searches(draft)
    return draft


def _name_searches(draft: Draft) -> None:
    for turn in draft.turns:
        if turn.role == "user" and (turn.text or "").startswith(_SEARCH):
            found = "got the search's words about failed attempts, which the model then answers"
            draft.issues.append(issue("search-prompt", turn.where, found))
