"""Mistral's calls: a JSON list behind `[TOOL_CALLS]`, or a name and its arguments.

Input: a Reading. Output: its calls and words. Servers often leave the token `[TOOL_CALLS]` out, so
that a list of calls alone is one too. Words that the engine trains beside a call stand between the
token and the list. Ids of calls (`"id"`, `[CALL_ID]`) are read over.

Before: [TOOL_CALLS] [{"name": "now", "arguments": {}}]     or     [TOOL_CALLS]now[ARGS]{}
After:  the call now()
"""

from __future__ import annotations

from fctune.evaluation.formats.bare_json import looks_like_call, unwrapped
from fctune.evaluation.formats.reading import Malformed, Reading
from fctune.evaluation.strict_json import after_space, json_kind, whole_json
from fctune.patterns import regex

MARK = "[TOOL_CALLS]"
_NAMED = regex(r"([^\s\[\]{}]{1,200})\s*+(?:\[CALL_ID\]\s*+[\w\-]++\s*+)?(?:\[ARGS\]\s*+)?(?=\{)")
_LIST = regex(r'\[\s*+\{\s*+"name"\s*+:\s*+"')
_HEAD = regex(r'(?:\[\s*+)?+\{\s*+"name"\s*+:\s*+"')


def read_mistral(reading: Reading) -> None:
    """Read all of Mistral's forms."""
    text, position = reading.text, 0
    if reading.find(MARK, 0) < 0:
        _read_unmarked(reading)
        return
    while (start := reading.find(MARK, position)) >= 0:
        reading.words.append(text[position:start])
        position = start + len(MARK)
        end = position

        def one(begin: int = position) -> None:
            nonlocal end
            end = _block(reading, after_space(text, begin))

        if reading.attempt(one):
            position = end
    reading.words.append(text[position:])


def _read_unmarked(reading: Reading) -> None:
    body = reading.text.strip()
    head = _LIST.search(body)
    value = whole_json(body[head.start() :] if head else body)
    items = unwrapped(value) if value is not None else []
    if any(looks_like_call(item, "arguments") for item in items):
        for item in items:
            reading.attempt(lambda item=item: reading.call(item))  # type: ignore[misc]
        reading.words.append(body[: head.start()] if head else "")
    elif value is None and _HEAD.match(body):
        _block(reading, reading.text.find(body))
    else:
        reading.words.append(reading.text)


def _block(reading: Reading, start: int) -> int:
    """Read what stands behind the mark; return where it ends."""
    text = reading.text
    head, following = reading.search(_LIST, start)[0], reading.find(MARK, start)
    if head > start and not (0 <= following < head) and not _NAMED.match(text, start):
        reading.words.append(text[start:head])
        start = head
    if text.startswith(("[", "{"), start):
        value, end = reading.json_at(start)
        for item in value if isinstance(value, list) else [value]:
            reading.attempt(lambda item=item: reading.call(item))  # type: ignore[misc]
        return end
    named = _NAMED.match(text, start)
    if named is None:
        raise Malformed(f"no call stands behind {MARK}")
    value, end = reading.json_at(named.end())
    if not isinstance(value, dict):
        raise Malformed(f"the arguments are a JSON {json_kind(value)}, expected an object")
    reading.add(named[1], value)
    return end
