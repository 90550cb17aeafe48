"""Tags in the text of a model: thoughts and calls written between tags.

Input: the text of one model turn. Output: the text without them, and what they held.
"""

from __future__ import annotations

import json
import re

from fctune.patterns import regex

OPEN, CLOSE = "<tool_call>", "</tool_call>"
_THOUGHT = regex(r"\s*<think>(.*?)</think>\s*", re.DOTALL)
_SPACE = regex(r"\s*")
_DECODER = json.JSONDecoder()


def take_thought(text: str) -> tuple[str, str | None]:
    r"""Take a leading thought off a text; return what is left, and the thought.

    Only a thought at the head is one: elsewhere the tag is part of the words or of an argument.

    >>> take_thought("<think>\nhm\n</think>\n\nYes.")
    ('Yes.', 'hm')
    >>> take_thought("Yes.")
    ('Yes.', None)
    """
    found = _THOUGHT.match(text)
    return (text[found.end() :], found[1].strip()) if found else (text, None)


def split_calls(text: str) -> tuple[str, list[str]]:
    r"""Take the tagged calls out of a text.

    Each call is read as JSON first, so that a closing tag inside an argument does not end it;
    what is not JSON runs to the next closing tag. One newline before a call belongs to the tag:
    `fctune.conversations.formats.sharegpt` writes it.

    >>> split_calls('One moment.\n<tool_call>{"name": "now"}</tool_call>')
    ('One moment.', ['{"name": "now"}'])
    """
    words: list[str] = []
    calls: list[str] = []
    position = 0
    while True:
        start = text.find(OPEN, position)
        end = _end_of_call(text, start + len(OPEN)) if start >= 0 else None
        if end is None:
            words.append(text[position:])
            break
        words.append(text[position:start].removesuffix("\n"))
        calls.append(text[start + len(OPEN) : end])
        position = end + len(CLOSE)
    kept = [part for part in words if part.strip()]
    return "\n".join(kept), calls


def _end_of_call(text: str, start: int) -> int | None:
    """Return where the closing tag of a call begins, or None where there is none."""
    try:
        _, end = _DECODER.raw_decode(text, _after_space(text, start))
        end = _after_space(text, end)
        if text.startswith(CLOSE, end):
            return end
    except (ValueError, RecursionError):
        pass
    end = text.find(CLOSE, start)
    return end if end >= 0 else None


def _after_space(text: str, position: int) -> int:
    found = _SPACE.match(text, position)
    return found.end() if found else position
