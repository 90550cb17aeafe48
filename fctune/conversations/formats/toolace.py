r"""ToolACE rows: the tools as a JSON list within the system prose, the calls as Python writes them.

Input: a row with a list of turns, ShareGPT or OpenAI, and no tools of its own. Output: a Draft.
Llama 3.2 and BFCL prompts are of the same shape. A tool's name may hold spaces and parentheses, so
that calls are matched against the tools; brackets in an ordinary answer are words.

Before: system "... functions in JSON format:\n[{"name": "User Feed V2", ...}]", assistant
        "[User Feed V2(user_id="7")]"
After:  tools [User Feed V2], model(call User Feed V2 with user_id "7")
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from fctune.conversations.draft import Draft, DraftTurn
from fctune.conversations.formats import hermes, openai, react, seal_prompt, tagged
from fctune.conversations.formats.prompted import read_turns, take_tools, texts_of
from fctune.conversations.listed import ListedTools
from fctune.conversations.prompt_tools import listed_tools
from fctune.conversations.pythonic import find_pythonic, read_pythonic
from fctune.issues import Issue, issue


def detect(row: Mapping[str, Any]) -> bool:
    """Tell whether a prompt lists tools, and the row has no tools and no calls of its own.

    Rows of the other formats whose tools stand in a prompt are left to them.
    """
    if row.get("tools") or row.get("functions"):
        return False
    prompts = [text for text in texts_of(row).prompts if "{" in text and "name" in text]
    return any(listed_tools(text) for text in prompts) and not (
        openai.has_calls(row)
        or any(other.detect(row) for other in (tagged, hermes, seal_prompt, react))
    )


def read(row: Mapping[str, Any]) -> Draft:
    """Translate a row."""
    draft = read_turns(row)
    take_tools(draft, listed_tools)
    tools = ListedTools(draft.tools)
    draft.turns = [_read_turn(turn, tools, draft.issues) for turn in draft.turns]
    return draft


def _read_turn(turn: DraftTurn, tools: ListedTools, issues: list[Issue]) -> DraftTurn:
    if turn.role == "result":
        return replace(turn, joined=True)
    if turn.role != "model" or turn.text is None or "(" not in turn.text:
        return turn
    calls = read_pythonic(turn.text, tools.parameters, turn.where, issues)
    if calls is not None:
        return replace(turn, text="", calls=(*turn.calls, *calls))
    found = find_pythonic(turn.text, tools.parameters, turn.where)
    if found is None:
        return turn
    words, calls = found
    issues.append(issue("call-in-text", turn.where, f"read {len(calls)} calls beside words"))
    return replace(turn, text=words, calls=(*turn.calls, *calls))
