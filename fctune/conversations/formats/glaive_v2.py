"""Glaive v2 rows as published: a system text with the functions in it, and one chat text.

Input: {"system": ..., "chat": ...}. Output: a Draft. The functions are found by a JSON decoder,
because blank lines stand between them and inside their descriptions alike.

Before: USER: Time? ASSISTANT: <functioncall> {"name": "now", "arguments": '{"city": "Oslo"}'}
        <|endoftext|> FUNCTION RESPONSE: {"time": "12:00"} ASSISTANT: Noon. <|endoftext|>
After:  user, model(call), result, model
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from fctune.conversations.draft import Draft, DraftTurn
from fctune.conversations.formats.content import text_of
from fctune.conversations.rendered import FUNCTION_CALL, function_call
from fctune.issues import issue
from fctune.patterns import regex

_DECODER = json.JSONDecoder()
# A role opens the text, or follows the end of a turn or a line. On one line the model and the
# result may follow any space; `A:` needs a blank line, as it also opens the options of a question.
_ROLE = regex(
    r"(?:\A|(?<=\n)|(?<=<\|endoftext\|>)|(?<=<\|endoftext\|> ))\s*"
    r"(USER|ASSISTANT|FUNCTION RESPONSE):"
    r"|(?<=\s)(ASSISTANT|FUNCTION RESPONSE):|(?<=\n\n)(A):"
)
_LEFT_OVER = regex(r"\b(?:USER|ASSISTANT|FUNCTION RESPONSE):")
_END = "<|endoftext|>"
_LEAD = regex(r"\s*SYSTEM:\s*")
_OFFER = regex(r"\s*with access to the following functions.*", re.DOTALL)


def detect(row: Mapping[str, Any]) -> bool:
    """Tell whether a row holds a chat text and no list of turns."""
    return isinstance(row.get("chat"), str)


def read(row: Mapping[str, Any]) -> Draft:
    """Translate a row."""
    draft = Draft()
    system = row.get("system")
    text = "" if system is None else text_of(system, "system", draft.issues)
    draft.tools = _read_system(text or "", draft)
    chat = row.get("chat")
    text = chat if isinstance(chat, str) else ""
    marks = list(_ROLE.finditer(text))
    if text.strip() and (not marks or text[: marks[0].start()].strip()):
        found = f"got {text.strip()[:40]!r} where USER: is expected"
        draft.issues.append(issue("turn-invalid", "chat", found))
    role, words = "", ""
    for index, mark in enumerate(marks):
        before = (role, words)
        end = marks[index + 1].start() if index + 1 < len(marks) else len(text)
        role, words = (mark[1] or mark[2] or mark[3]), text[mark.end() : end]
        where = f"chat[{index}]"
        unended = before[0] in ("A", "ASSISTANT") and _END not in before[1]
        if _LEFT_OVER.search(words) or (unended and role in ("A", "ASSISTANT")):
            found = "a role word stands within the words of a turn, which cannot be told apart"
            draft.issues.append(issue("turn-invalid", where, found))
        _read_turn(role, words, where, draft)
    return draft


def _read_system(text: str, draft: Draft) -> list[Any]:
    """Return the functions in a system text; its own words become the system text."""
    text = _LEAD.sub("", text, count=1) if _LEAD.match(text) else text
    tools: list[Any] = []
    position = first = text.find("{")
    last = 0
    while position >= 0:
        try:
            value, end = _DECODER.raw_decode(text, position)
        except (ValueError, RecursionError):
            if '"name"' in text[position:]:
                found = f"got {text[position : position + 40]!r}, which is not JSON"
                draft.issues.append(issue("tools-invalid", "system", found))
            break
        tools.append(value)
        last = end
        position = text.find("{", end)
    words = text if first < 0 or not tools else text[:first]
    # "... with access to the following functions. Use them if required -": the engine writes its
    # own such sentence, in the words that the model's template knows.
    words = _OFFER.sub(".", words.strip()) if tools else words.strip()
    draft.system += [part for part in (words, text[last:].strip() if tools else "") if part]
    return tools


def _read_turn(role: str, text: str, where: str, draft: Draft) -> None:
    words = text.strip().removesuffix(_END).strip()
    if role == "USER":
        draft.turns.append(DraftTurn("user", where, words))
    elif role == "FUNCTION RESPONSE":
        draft.turns.append(DraftTurn("result", where, words))
    else:
        draft.turns.append(_read_model_turn(words, where))


def _read_model_turn(text: str, where: str) -> DraftTurn:
    """Read the words of a model and the call that may follow them."""
    mark = FUNCTION_CALL.search(text)
    if mark is None:
        return DraftTurn("model", where, text)
    parts = [
        part.strip().removesuffix(_END).strip()
        for part in FUNCTION_CALL.split(text[mark.start() :])
    ]
    calls = tuple(function_call(part, where) for part in parts if part)
    return DraftTurn("model", where, text[: mark.start()].strip().removesuffix(_END).strip(), calls)
