"""JSON as models write it when they slip: read with the mends named, nothing evaluated.

Input: text and a position. Output: the value, where it ends, and the names of what was mended, or
NotStrict. No value is invented: brackets left open at the end are closed, a string or a word that
is cut off is refused. Each character is looked at once or twice, depth is limited.

Before: {'city': 'Oslo', days: [1, 2,], "ok": True
After:  {"city": "Oslo", "days": [1, 2], "ok": true}, and single quotes, unquoted key,
        trailing comma, python literal, closing bracket
"""

from __future__ import annotations

import json
import math
import re
from typing import Any

from fctune.evaluation.strict_json import NotStrict
from fctune.jsonl import MAX_DEPTH
from fctune.patterns import regex

_SPACE = regex(r"(?:\s+|//[^\n]*+|/\*(?s:.*?)\*/)*+")
_STRING = {
    '"': regex(r'"((?:[^"\\]++|\\(?s:.))*+)"'),
    "'": regex(r"'((?:[^'\\]++|\\(?s:.))*+)'"),
    "“": regex(r"“([^“”]*+)”"),
    "‘": regex(r"‘([^‘’]*+)’"),
}
_NUMBER = regex(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?")
_WORD = regex(r"[^\W\d][\w\-.$]*")
_WORDS = {"true": True, "false": False, "null": None}
_PYTHON = {"True": True, "False": False, "None": None}
_LITERAL_ESCAPE = regex(r"\\(u[0-9a-fA-F]{4}|x[0-9a-fA-F]{2}|(?s:.))")
# Each escape from the left, so that a doubled backslash is one; what follows is no sign of JSON's.
_UNKNOWN_ESCAPE = regex(
    r"^(?:[^\\]++|\\[\"\\/bfnrt]|\\u[0-9a-fA-F]{4})*+\\(?![\"\\/bfnrt]|u[0-9a-fA-F]{4})"
)
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f"}
_COLONS, _COMMAS = ":：", ",，"
_CLOSING = {"{": "}", "[": "]", "(": ")"}
_MAX_DIGITS = 1000


def tolerant_at(text: str, position: int) -> tuple[Any, int, tuple[str, ...]]:
    """Return the value that begins at a position, its end, and the names of the mends.

    >>> tolerant_at("{'a': [1, None,],", 0)
    ({'a': [1, None]}, 17, ('single quotes', 'python literal', 'trailing comma', 'closing bracket'))

    Raises:
        NotStrict: nothing there can be read as a value.
    """
    parser = _Parser(text)
    value, end = parser.value(position, 0)
    return value, end, tuple(parser.mends)


class _Parser:
    def __init__(self, text: str) -> None:
        self.text = text
        self.mends: dict[str, None] = {}

    def mend(self, name: str) -> None:
        self.mends[name] = None

    def space(self, position: int) -> int:
        found = _SPACE.match(self.text, position)
        end = found.end() if found else position
        if "/" in self.text[position:end]:
            self.mend("comment")
        return end

    def value(self, position: int, depth: int) -> tuple[Any, int]:
        if depth > MAX_DEPTH:
            raise NotStrict("nested too deep")
        position = self.space(position)
        sign = self.text[position : position + 1]
        if sign in _STRING:
            return self.string(position)
        if sign == "{":
            return self.object(position + 1, depth)
        if sign in ("[", "("):
            if sign == "(":
                self.mend("python literal")
            return self.list(position + 1, depth, _CLOSING[sign])
        return self.scalar(position)

    def scalar(self, position: int) -> tuple[Any, int]:
        number = _NUMBER.match(self.text, position)
        if number:
            return _number(number[0]), number.end()
        word = _WORD.match(self.text, position)
        if word and word[0] in _WORDS:
            return _WORDS[word[0]], word.end()
        if word and word[0] in _PYTHON:
            self.mend("python literal")
            return _PYTHON[word[0]], word.end()
        raise NotStrict(f"expected a value at character {position}")

    def string(self, position: int) -> tuple[str, int]:
        quote = self.text[position]
        found = _STRING[quote].match(self.text, position)
        if found is None:
            raise NotStrict(f"a string is not closed, from character {position}")
        if quote != '"':
            self.mend("single quotes")
        body = found[1]
        if any(sign in body for sign in "\n\r\t"):
            self.mend("raw line break")
        if "\\" in body:
            if quote == '"' and _UNKNOWN_ESCAPE.search(body):
                self.mend("unknown escape")
            body = _unescaped(body)
        return body, found.end()

    def object(self, position: int, depth: int) -> tuple[dict[str, Any], int]:
        value: dict[str, Any] = {}
        while True:
            position, done = self.next_item(position, "}", bool(value))
            if done:
                return value, position
            key, position = self.key(position)
            position = self.space(position)
            if self.text[position : position + 1] not in tuple(_COLONS):
                raise NotStrict(f"expected a colon at character {position}")
            if self.text[position] == _COLONS[1]:
                self.mend("full-width sign")
            value[key], position = self.value(position + 1, depth + 1)

    def key(self, position: int) -> tuple[str, int]:
        if self.text[position : position + 1] in _STRING:
            return self.string(position)
        word = _WORD.match(self.text, position)
        if word is None:
            raise NotStrict(f"expected a key at character {position}")
        self.mend("unquoted key")
        return word[0], word.end()

    def list(self, position: int, depth: int, closing: str) -> tuple[list[Any], int]:
        value: list[Any] = []
        while True:
            position, done = self.next_item(position, closing, bool(value))
            if done:
                return value, position
            item, position = self.value(position, depth + 1)
            value.append(item)

    def next_item(self, position: int, closing: str, some: bool) -> tuple[int, bool]:
        """Return where the next item begins, or where the list or object ends, and which it is."""
        position = self.space(position)
        comma = self.text[position : position + 1]
        separated = bool(comma) and comma in _COMMAS
        if separated:
            if comma == _COMMAS[1]:
                self.mend("full-width sign")
            if not some:
                self.mend("leading comma")
            position = self.space(position + 1)
        sign = self.text[position : position + 1]
        if sign == "":
            self.mend("closing bracket")
            return position, True
        if sign == closing:
            if separated:
                self.mend("trailing comma")
            return position + 1, True
        if sign in "}])":
            self.mend("closing bracket")
            return position, True
        if sign == "<":  # the tag that closes the call
            self.mend("closing bracket")
            return position, True
        if some and not separated:
            self.mend("missing comma")
        return position, False


def _number(digits: str) -> int | float:
    if len(digits) > _MAX_DIGITS:
        raise NotStrict("a number is too long")
    try:
        value: int | float = json.loads(digits.lstrip("+"))
    except ValueError:
        value = float(digits)
    if isinstance(value, float) and not math.isfinite(value):
        raise NotStrict("a number is too large")
    return value


def _unescaped(body: str) -> str:
    """Return a string's text; an unknown escape, such as that of a quote, is the sign itself."""
    if '"' not in body:
        try:
            value = json.loads(f'"{body}"', strict=False)
            return str(value)
        except ValueError:
            pass
    return _LITERAL_ESCAPE.sub(_escape, body)


def _escape(found: re.Match[str]) -> str:
    sign = found[1]
    if len(sign) > 1:
        return chr(int(sign[1:], 16))
    if sign in _ESCAPES:
        return _ESCAPES[sign]
    return sign if sign in "\"'\\/\n" else f"\\{sign}"
