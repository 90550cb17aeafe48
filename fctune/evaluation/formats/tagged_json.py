"""Calls as JSON between two tags: Qwen, Hermes, MiniMax M1, Phi-4-mini, Granite, tutorials, more.

Input: a Reading. Output: its calls and words. What differs between these formats is data: the tags,
the names of the keys, whether one pair of tags may hold several calls, whether it may stay open.

Before: One moment.<tool_call>{"name": "now", "arguments": {}}</tool_call>
After:  the words "One moment." and the call now()
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from fctune.evaluation.formats.reading import Malformed, Reader, Reading
from fctune.evaluation.strict_json import after_space

_MAX_UNOPENED = 50


@dataclass(frozen=True, slots=True)
class Tags:
    """The tags of a format and what stands between them.

    Attributes:
        opening: the tag before a call.
        closing: the tag behind it.
        many: several calls may stand between two tags, as a list or one behind the other.
        open_end: the closing tag may be missing where the text ends.
        name_key: the key of the name.
        key: the key of the arguments.
        outer: tags around all calls, which are layout.
    """

    opening: str
    closing: str
    many: bool = False
    open_end: bool = False
    name_key: str = "name"
    key: str = "arguments"
    outer: tuple[str, ...] = ()


def tagged_reader(tags: Tags) -> Reader:
    """Return the reader of a format with these tags."""

    def read(reading: Reading) -> None:
        _read(reading, tags)

    return read


def _read(reading: Reading, tags: Tags) -> None:
    text, position = reading.text, 0
    while (start := reading.find(tags.opening, position)) >= 0:
        reading.words.append(_outside(text[position:start], tags))
        position = _block(reading, tags, start + len(tags.opening))
    reading.words.append(_outside(text[position:], tags))
    if any(tags.closing in part for part in reading.words):
        reading.mend("opening tag", f"{tags.closing} without {tags.opening}")
        reading.words = _read_unopened(reading, tags)


def _outside(words: str, tags: Tags) -> str:
    for mark in tags.outer:
        words = words.replace(mark, "")
    return words


def _block(reading: Reading, tags: Tags, start: int) -> int:
    """Read what stands behind an opening tag; return where the block ends."""
    end = start

    def one() -> None:
        nonlocal end
        begin = _behind_fence(reading, end)
        value, end = reading.json_at(begin)
        end = after_space(reading.text, _behind_fence(reading, end, closing=True))
        _add(reading, tags, value)

    read = reading.attempt(one)
    while read and not reading.text.startswith(tags.closing, end):
        more = end < len(reading.text) and reading.text[end] in "{[,;"
        if not more or reading.text.startswith(tags.opening, end):
            break
        if not tags.many:
            reading.mend("no separator", f"the call is not closed by {tags.closing}")
        elif reading.text[end] in ",;":
            reading.mend("no separator", f"got {reading.text[end]!r} between two calls")
        end += reading.text[end] in ",;"
        read = reading.attempt(one)
    return _closed(reading, tags, end)


def _add(reading: Reading, tags: Tags, value: Any) -> None:
    if isinstance(value, list) and (tags.many or reading.lenient):
        if not tags.many:
            reading.repairs["wrapped call"] = None
        for item in value:
            reading.attempt(lambda item=item: reading.call(item, tags.name_key, tags.key))  # type: ignore[misc]
        return
    if isinstance(value, str) and reading.lenient:  # the call as text within JSON
        inner = Reading(value, lenient=True)
        value, _ = inner.json_at(0)
        reading.repairs.update({"arguments as text": None, **inner.repairs})
    reading.call(value, tags.name_key, tags.key)


def _closed(reading: Reading, tags: Tags, end: int) -> int:
    """Return where a block ends whose value ends at `end`."""
    text = reading.text
    if text.startswith(tags.closing, end):
        return end + len(tags.closing)
    if tags.open_end and (end == len(text) or text.startswith(tags.opening, end)):
        return end
    closing, opening = reading.find(tags.closing, end), reading.find(tags.opening, end)
    if closing >= 0 and (opening < 0 or closing < opening):
        reading.mend("text beside the call", f"the call is not closed by {tags.closing}")
        return closing + len(tags.closing)
    reading.mend("closing tag", f"the call is not closed by {tags.closing}")
    return end


def _behind_fence(reading: Reading, position: int, *, closing: bool = False) -> int:
    """Return the position behind a code fence that begins or ends a call, if there is one."""
    start = after_space(reading.text, position)
    if not reading.text.startswith("```", start):
        return position
    reading.mend("code fence", "the call stands in a code fence")
    start += 3
    return start + 4 if not closing and reading.text.startswith("json", start) else start


def _read_unopened(reading: Reading, tags: Tags) -> list[str]:
    """Read `{...}</tag>` without its opening tag out of the words."""
    left: list[str] = []
    for part in reading.words:
        *bodies, rest = part.split(tags.closing, _MAX_UNOPENED)
        for body in bodies:
            start = body.find("{")
            inner = Reading(body, reading.catalog, lenient=True)
            try:
                value, _ = inner.json_at(max(start, 0))
                inner.call(value, tags.name_key, tags.key)
            except Malformed:
                left.append(body)
                continue
            reading.calls += inner.calls
            reading.repairs.update(inner.repairs)
            left.append(body[: max(start, 0)])
        left.append(rest)
    return left
