"""Gemma 4's calls: `call:name{key:value}` between tokens, strings between tokens of their own.

Input: a Reading. Output: its calls and words. Keys stand bare or between the tokens of strings. The
engine wraps all calls in `<|tool>` and `<tool|>`, which are set aside with the other tokens around
an answer. Where the tokens of calls were not kept, `call:name{...}` alone is a call.

Before: <|tool_call>call:f{city:<|"|>Oslo<|"|>,n:2}<tool_call|>
After:  f(city="Oslo", n=2)
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from fctune.evaluation.formats.reading import Malformed, Reading
from fctune.evaluation.strict_json import after_space
from fctune.jsonl import MAX_DEPTH
from fctune.patterns import regex

_OPEN, _CLOSE, _QUOTE = "<|tool_call>", "<tool_call|>", '<|"|>'
_CALL = regex(r"call:\s*+([^{\s][^{\n]{0,200}?)\s*(?=\{)")
_SCALAR = regex(r"(?:true|false|null|-?\d++(?:\.\d++)?(?:[eE][+-]?\d++)?)(?=\s*+[,}\]])")
_KEY = regex(r"([^:{}\[\],<]{1,500}):")
_QUOTED_KEY = regex(r'<\|"\|>((?:(?!<\|"\|>)(?s:.)){0,500})<\|"\|>\s*+:')
_NEXT = regex(r",\s*[\w\-. ]{1,100}:|[}\]]")


def read_gemma4(reading: Reading) -> None:
    """Read Gemma 4's calls, with or without their tokens."""
    text, position = reading.text, 0
    if reading.find(_OPEN, 0) < 0:
        body = text.strip()
        if not _CALL.match(body):
            reading.words.append(text)
            _mend_closing(reading)
            return
        reading.text = text = body
    while (start := _next(text, reading, position)) >= 0:
        reading.words.append(text[position:start])
        begin = start + len(_OPEN) if text.startswith(_OPEN, start) else start
        position = max(_block(reading, begin), begin + 1)
    reading.words.append(text[position:])
    _mend_closing(reading)


def _next(text: str, reading: Reading, position: int) -> int:
    if _CALL.match(text, position):
        return position
    return reading.find(_OPEN, position)


def _mend_closing(reading: Reading) -> None:
    if any(_CLOSE in part for part in reading.words):
        reading.mend("opening tag", f"{_CLOSE} without {_OPEN}")


def _block(reading: Reading, start: int) -> int:
    end = start

    def one() -> None:
        nonlocal end
        found = _CALL.match(reading.text, after_space(reading.text, start))
        if found is None:
            raise Malformed(f"no call:name stands behind {_OPEN}")
        value, end = _Values(reading).value(found.end(), 0)
        reading.add(found[1], value)

    done = reading.attempt(one)
    begin = after_space(reading.text, end)
    if done and reading.text.startswith(_CLOSE, begin):
        return begin + len(_CLOSE)
    marked = reading.text.startswith(_OPEN, max(start - len(_OPEN), 0))
    if done and marked:
        reading.mend("closing tag", f"the call is not closed by {_CLOSE}")
    return end


@dataclass(slots=True)
class _Values:
    reading: Reading

    def value(self, position: int, depth: int) -> tuple[Any, int]:
        text = self.reading.text
        position = after_space(text, position)
        if depth > MAX_DEPTH:
            raise Malformed("the call is nested too deep")
        if text.startswith(_QUOTE, position):
            start = position + len(_QUOTE)
            end = self.reading.find(_QUOTE, start)
            if end < 0:
                raise Malformed("a string is not closed")
            return text[start:end], end + len(_QUOTE)
        if text.startswith("{", position):
            return self.object(position + 1, depth)
        if text.startswith("[", position):
            return self.list(position + 1, depth)
        return self.bare(position)

    def bare(self, position: int) -> tuple[Any, int]:
        """Read a number or a word; leniently also a string in other quotes or in none."""
        text = self.reading.text
        found = _SCALAR.match(text, position)
        if found:
            return self.reading.json_at(position)
        self.reading.mend("single quotes", f"a value is not valid, at character {position}")
        if text.startswith(("'", '"'), position):
            return self.reading.json_at(position)
        stop = self.reading.search(_NEXT, position)[0]
        if stop <= position:
            raise Malformed("a value is not closed")
        return text[position:stop].strip(), stop

    def object(self, position: int, depth: int) -> tuple[dict[str, Any], int]:
        text = self.reading.text
        value: dict[str, Any] = {}
        position = after_space(text, position)
        while not text.startswith("}", position):
            if value:
                position = self.comma(position)
            found = _QUOTED_KEY.match(text, position) or _KEY.match(text, position)
            if found is None:
                raise Malformed(f"expected a key at character {position}")
            value[found[1].strip(" \n\"'")], position = self.value(found.end(), depth + 1)
            position = after_space(text, position)
        return value, position + 1

    def list(self, position: int, depth: int) -> tuple[list[Any], int]:
        text = self.reading.text
        value: list[Any] = []
        position = after_space(text, position)
        while not text.startswith("]", position):
            if value:
                position = self.comma(position)
            item, position = self.value(position, depth + 1)
            value.append(item)
            position = after_space(text, position)
        return value, position + 1

    def comma(self, position: int) -> int:
        if not self.reading.text.startswith(",", position):
            raise Malformed(f"expected a comma at character {position}")
        return after_space(self.reading.text, position + 1)
