r"""ShareGPT rows, in both directions: the engine's own format and the variants found in public.

Input: a raw row, or a Conversation. Output: a Draft, or the row that the engine trains. This is
the only file that knows the keys and roles of such rows.

Before: {"conversations": [{"from": "human", "value": "Time?"}, {"from": "function_call",
         "value": "{\"name\": \"now\", \"arguments\": {}}"}], "tools": "[...]"}
After:  Draft with the turns user("Time?") and model(call now)
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from fctune.conversations.calls import UNREADABLE_CALL
from fctune.conversations.draft import Draft, DraftTurn, RawCall
from fctune.conversations.families import ResultJoiner
from fctune.conversations.formats.content import (
    check_trainable,
    read_system_column,
    result_text_of,
    text_of,
)
from fctune.conversations.tags import CLOSE, OPEN, split_calls, take_thought
from fctune.conversations.turns import Conversation, ModelTurn, ResultTurn, Turn, UserTurn
from fctune.issues import issue
from fctune.patterns import regex

_CALL_ROLES = ("function_call", "function-call", "tool_call", "tool_calls")
_RESULT_ROLES = (
    "observation",
    "tool",
    "function",
    "function_response",
    "function-response",
    "tool_response",
    "ipython",
)
_ROLES = {
    **dict.fromkeys(("human", "user"), "user"),
    **dict.fromkeys(("gpt", "assistant", "model", "bot", "chatgpt"), "model"),
    **dict.fromkeys(_CALL_ROLES, "call"),
    **dict.fromkeys(_RESULT_ROLES, "result"),
    **dict.fromkeys(("system", "developer"), "system"),
}
_LIST_KEYS = ("conversations", "conversation", "items", "messages")
_ROLE_KEYS = ("from", "role")
_VALUE_KEYS = ("value", "content", "text")
_WRAPPED_RESULT = regex(r"\s*<tool_response>\n?(.*?)\n?</tool_response>\s*", re.DOTALL)


def detect(row: Mapping[str, Any]) -> bool:
    """Tell whether a row holds a list of turns under one of the format's keys."""
    return any(isinstance(row.get(key), list) for key in _LIST_KEYS)


def turn_texts(row: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return role (user, model, call, result or system) and text of the turns that have both.

    For readers that tell their rows by what the texts hold; OpenAI messages are read as well. It
    runs on every row, hence the plain loop.
    """
    key = next((key for key in _LIST_KEYS if isinstance(row.get(key), list)), None)
    found: list[tuple[str, str]] = []
    for raw in row[key] if key is not None else ():
        if not isinstance(raw, dict):
            continue
        written = raw.get("from") or raw.get("role")
        text = raw.get("value") or raw.get("content") or raw.get("text")
        if isinstance(text, str) and isinstance(written, str):
            role = _ROLES.get(written) or _ROLES.get(written.lower())
            if role is not None:
                found.append((role, text))
    return found


def read(row: Mapping[str, Any]) -> Draft:
    """Translate a row; the system text may stand in a column, in the first turn, or in both."""
    draft = Draft(tools=row.get("tools"))
    read_system_column(row, draft)
    key = next((key for key in _LIST_KEYS if isinstance(row.get(key), list)), "conversations")
    raw_turns = row.get(key)
    for index, raw in enumerate(raw_turns if isinstance(raw_turns, list) else []):
        _read_turn(raw, f"{key}[{index}]", draft)
    return draft


def _read_turn(raw: Any, where: str, draft: Draft) -> None:
    role_key = value_key = None
    if isinstance(raw, Mapping):
        role_key = _first_key(raw, _ROLE_KEYS)
        value_key = _first_key(raw, _VALUE_KEYS)
    if role_key is None or value_key is None:
        draft.issues.append(issue("turn-invalid", where, "expected an object with from and value"))
        return
    written, value = raw[role_key], raw[value_key]
    role = _ROLES.get(written.lower()) if isinstance(written, str) else None
    if role in ("model", "call"):
        check_trainable(raw, where, draft.issues)
    if role == "user":
        draft.turns.append(DraftTurn("user", where, text_of(value, where, draft.issues)))
    elif role == "model":
        draft.turns.append(DraftTurn("model", where, text_of(value, where, draft.issues)))
    elif role == "call":
        draft.turns.append(_read_call_turn(value, where, draft))
    elif role == "result":
        draft.turns.append(_read_result_turn(value, where, draft))
    elif role == "system":
        _read_system_turn(value, where, draft)
    else:
        draft.issues.append(issue("role-unknown", where, f"got {str(written)[:40]!r}"))


def _first_key(raw: Mapping[str, Any], keys: tuple[str, ...]) -> str | None:
    for key in keys:
        if key in raw:
            return key
    return None


def _read_call_turn(value: Any, where: str, draft: Draft) -> DraftTurn:
    """Read a function_call: JSON, a thought before JSON, or words before tagged JSON."""
    if isinstance(value, dict | list):
        return DraftTurn("model", where, calls=(RawCall(value, where),))
    text = text_of(value, where, draft.issues)
    if text is None:
        return DraftTurn("model", where, calls=(RawCall(UNREADABLE_CALL, where),))
    rest, found = take_thought(text) if "<think>" in text else (text, None)
    thought = draft.take_thought(found, where) if found is not None else ""
    # In what is JSON as a whole, a tag is part of an argument.
    if OPEN in rest and not _is_json(rest):
        words, tagged = split_calls(rest)
        if len(tagged) > 1:
            found = f"joined {len(tagged)} tagged calls, which the engine would write reversed"
            draft.issues.append(issue("calls-merged", where, found))
        if tagged:
            calls = tuple(RawCall(item, where) for item in tagged)
            return DraftTurn("model", where, words, calls, thought=thought)
    return DraftTurn("model", where, calls=(RawCall(rest, where),), thought=thought)


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


def _read_result_turn(value: Any, where: str, draft: Draft) -> DraftTurn:
    text = result_text_of(value, where, draft.issues)
    wrapped = _WRAPPED_RESULT.fullmatch(text) if text is not None else None
    if wrapped:
        draft.issues.append(issue("result-unwrapped", where, "took the <tool_response> tags off"))
        text = wrapped.group(1)
    return DraftTurn("result", where, text, joined=True)


def _read_system_turn(value: Any, where: str, draft: Draft) -> None:
    if draft.turns:
        draft.issues.append(issue("system-late", where, "got a system turn after the first turn"))
        return
    text = text_of(value, where, draft.issues)
    if text is not None:
        draft.system.append(text)


def to_row(
    conversation: Conversation,
    *,
    joiner: ResultJoiner,
    thought_words: tuple[str, str] | None = None,
) -> dict[str, Any]:
    r"""Return the row that the engine trains.

    Args:
        conversation: a lawful conversation.
        joiner: how the template takes parallel results; see `families.family_of`.
        thought_words: what the template writes before and behind a thought; None writes none. See
            `fctune.engine.thoughts.thought_words_of`.

    Before: UserTurn("Time?"), ModelTurn("One moment.", (ToolCall("now", {}),))
    After:  human "Time?", function_call
            'One moment.\n<tool_call>{"name": "now", "arguments": {}}</tool_call>'
    """
    return {
        "conversations": [_turn_row(turn, joiner, thought_words) for turn in conversation.turns],
        "system": conversation.system,
        # "" and not "[]": llamafactory 0.9.5 data/template.py asks `if system or tools`, so that
        # "[]" opens a system turn even where there is nothing to put into it; and always text,
        # as the engine's JSON reader merges the keys of native lists across rows.
        "tools": conversation.catalog.json if conversation.catalog.specs else "",
    }


def _turn_row(turn: Turn, joiner: ResultJoiner, words: tuple[str, str] | None) -> dict[str, str]:
    match turn:
        case UserTurn(text):
            return {"from": "human", "value": text}
        case ResultTurn(results):
            return {"from": "observation", "value": joiner.join(results)}
        case ModelTurn(text, (), thought):
            return {"from": "gpt", "value": _thought_value(thought, words) + text}
        case ModelTurn(text, _, thought):
            value = _thought_value(thought, words) + _call_value(turn, text)
            return {"from": "function_call", "value": value}


def _thought_value(thought: str, words: tuple[str, str] | None) -> str:
    """Return a thought in the template's words.

    llamafactory 0.9.5 data/formatter.py FunctionFormatter finds a thought before a call by exactly
    these words, line breaks included, and stops on any others.
    """
    return f"{words[0]}{thought}{words[1]}" if thought and words else ""


def _call_value(turn: ModelTurn, text: str) -> str:
    """Return the value of a function_call turn.

    The newline before the tag: llamafactory 0.9.5 data/formatter.py FunctionFormatter keeps what
    stands before the tag as it is, and Qwen's own chat template has a newline there.
    """
    calls = [call.as_dict() for call in turn.calls]
    written = json.dumps(calls[0] if len(calls) == 1 else calls, ensure_ascii=False)
    return f"{text}\n{OPEN}{written}{CLOSE}" if text else written
