"""Content of a turn as text: what formats share when a turn is not simply a string.

Input: the raw content. Output: its text, or None and an issue where it has none.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from fctune.conversations.draft import Draft
from fctune.issues import Issue, issue


def read_system_column(row: Mapping[str, Any], draft: Draft) -> None:
    """Add the system text that stands beside the turns, where there is one."""
    value = row.get("system")
    text = text_of(value, "system", draft.issues) if value is not None else None
    if text is not None:
        draft.system.append(text)


def check_trainable(turn: Mapping[str, Any], where: str, issues: list[Issue]) -> None:
    """Name a model turn that its source marks as not to be trained: a weight of 0 or no loss."""
    if turn.get("weight") == 0:
        issues.append(issue("turn-untrainable", where, "got weight 0"))
    elif turn.get("loss") is False:
        issues.append(issue("turn-untrainable", where, "got loss false"))


def text_of(value: Any, where: str, issues: list[Issue]) -> str | None:
    """Return the text of a content: a string, or a list of text parts.

    >>> text_of([{"type": "text", "text": "Hi."}], "messages[0]", [])
    'Hi.'
    """
    if isinstance(value, str):
        return value
    if isinstance(value, list) and value and all(isinstance(part, Mapping) for part in value):
        return _text_of_parts(value, where, issues)
    issues.append(issue("turn-not-text", where, f"got {_kind(value)}, expected text"))
    return None


def result_text_of(value: Any, where: str, issues: list[Issue]) -> str | None:
    """Return the text of a result; an object or a list is written as JSON."""
    if isinstance(value, str):
        return value
    is_parts = isinstance(value, list) and any(
        isinstance(part, Mapping) and "text" in part and "type" in part for part in value
    )
    if not isinstance(value, Mapping | list) or is_parts:
        return text_of(value, where, issues)
    try:
        text = json.dumps(value, ensure_ascii=False, allow_nan=False)
    except ValueError:
        issues.append(issue("json-nan", where, "got NaN or Infinity in a result"))
        return None
    except RecursionError:
        issues.append(issue("json-too-deep", where, "got a result that is nested too deep"))
        return None
    issues.append(issue("result-encoded", where, f"got {_kind(value)}, wrote it as JSON text"))
    return text


def _text_of_parts(parts: list[Any], where: str, issues: list[Issue]) -> str | None:
    texts: list[str] = []
    for index, part in enumerate(parts):
        text = part.get("text", part.get("value"))
        if part.get("type") not in ("text", "input_text", "output_text") or not isinstance(
            text, str
        ):
            found = f"got a part of type {str(part.get('type'))!r}, expected text"
            issues.append(issue("turn-part-unsupported", f"{where}.content[{index}]", found))
        else:
            texts.append(text)
    return "\n".join(texts) if len(texts) == len(parts) else None


def _kind(value: Any) -> str:
    if value is None:
        return "null"
    return {dict: "an object", list: "a list", bool: "true or false"}.get(type(value), "a number")
