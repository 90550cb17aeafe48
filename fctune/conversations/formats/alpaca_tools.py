r"""Alpaca rows with tools in the instruction, as Hammer's training data has them.

Input: {"instruction" or "input" with [BEGIN OF AVAILABLE TOOLS] ... [END OF AVAILABLE TOOLS] and
[BEGIN OF QUERY] ... [END OF QUERY], "output": fenced JSON}. Output: a Draft. The task becomes the
system text; the words on how to write calls are left out, as the template says it in its own way.

Before: {"instruction": "[BEGIN OF AVAILABLE TOOLS]\n[{...}]\n[END OF AVAILABLE TOOLS] ...
         [BEGIN OF QUERY]\nTime?\n[END OF QUERY]", "output": "```\n[{\"name\": \"now\", ...}]\n```"}
After:  tools [now], user("Time?"), model(call now)
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from fctune.conversations.draft import Draft, DraftTurn, RawCall
from fctune.conversations.formats.content import read_system_column, text_of
from fctune.conversations.formats.xlam import unfenced, with_required
from fctune.issues import issue
from fctune.patterns import regex

_PART = regex(
    r"\[BEGIN OF (TASK INSTRUCTION|AVAILABLE TOOLS|QUERY)\]\s*(.*?)\s*\[END OF \1\]", re.DOTALL
)
_TOOLS, _QUERY, _TASK = "AVAILABLE TOOLS", "QUERY", "TASK INSTRUCTION"
_MARK = f"[BEGIN OF {_TOOLS}]"
_CONTROL = regex(r"<\|im_(?:start|end)\|>(?:(?:system|user|assistant)\b)?[ \t]*\n?")


def detect(row: Mapping[str, Any]) -> bool:
    """Tell whether an Alpaca row has a list of tools between the format's marks."""
    texts = (row.get("instruction"), row.get("input"))
    return "output" in row and any(isinstance(text, str) and _MARK in text for text in texts)


def read(row: Mapping[str, Any]) -> Draft:
    """Translate a row."""
    draft = Draft()
    read_system_column(row, draft)
    texts = [row[key] for key in ("instruction", "input") if isinstance(row.get(key), str)]
    whole = "\n".join(text for text in texts if text)
    parts = {found[1]: _CONTROL.sub("", found[2]).strip() for found in _PART.finditer(whole)}
    if _TOOLS not in parts or _QUERY not in parts:
        missing = _QUERY if _TOOLS in parts else _TOOLS
        found = f"got no [BEGIN OF {missing}] ... [END OF {missing}]"
        draft.issues.append(issue("turn-invalid", "instruction", found))
    if parts.get(_TASK):
        draft.system.append(parts[_TASK])
    draft.tools = with_required(parts.get(_TOOLS, ""))
    draft.turns.append(DraftTurn("user", "instruction", parts.get(_QUERY)))
    draft.turns.append(_answer(row.get("output"), draft))
    return draft


def _answer(value: Any, draft: Draft) -> DraftTurn:
    text = text_of(value, "output", draft.issues)
    if text is None:
        return DraftTurn("model", "output", None)
    text = _CONTROL.sub("", text).strip()
    body = unfenced(text)
    body = text if body is None else body
    if body.startswith(("[", "{")):
        return DraftTurn("model", "output", calls=(RawCall(body, "output"),))
    return DraftTurn("model", "output", text)
