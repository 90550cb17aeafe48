"""The text of one row to a value, exactly, or to the code that says why not.

Input: text and its origin. Output: a RawRow. No integer is rounded, and only JSON passes.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import orjson

from fctune.issues import Issue, Origin, issue
from fctune.jsonl.faults import json_words
from fctune.patterns import regex

MAX_DEPTH = 100
# orjson turns integers beyond 64 bits into floats without a word; such rows take the slow reader.
_BIG_INTEGER = regex(r"\d{19,}")
# Found without a regular expression, which would take five times as long as orjson.
_DIGITS = bytes.maketrans(b"123456789", b"000000000")
_MANY_DIGITS = b"0" * 19


@dataclass(frozen=True, slots=True)
class RawRow:
    """One row as it stands in its file.

    Attributes:
        origin: file and line.
        value: the parsed row, or None where it cannot be parsed.
        text: the row's text as read; bytes that are not UTF-8 are shown as backslash escapes.
        issue: why it cannot be parsed, or None.
    """

    origin: Origin
    value: Any
    text: str
    issue: Issue | None = None


def parse_text(text: str, origin: Origin) -> RawRow:
    """Parse the text of one row exactly: no integer is rounded, and only JSON passes.

    >>> parse_text('{"id": 12345678901234567890123}', Origin("a", 1)).value
    {'id': 12345678901234567890123}
    >>> parse_text('{"price": NaN}', Origin("a", 1)).issue.code
    'json-nan'
    """
    try:
        data = text.encode()
    except UnicodeEncodeError:  # half of a surrogate pair
        data = None
    if data is None:
        exactly = _BIG_INTEGER.search(text) is not None
    else:
        exactly = _MANY_DIGITS in data.translate(_DIGITS)
    try:
        if exactly:
            value = json.loads(text, parse_constant=_refuse_constant)
        else:
            value = orjson.loads(text if data is None else data)
    except _NotANumber as fault:
        return unreadable(origin, text, "json-nan", f"got {fault}")
    except RecursionError:
        return unreadable(origin, text, "json-too-deep", f"deeper than {MAX_DEPTH} levels")
    except (ValueError, UnicodeEncodeError) as fault:
        return _explain(text, origin, fault)
    if _too_deep(text, value):
        return unreadable(origin, text, "json-too-deep", f"deeper than {MAX_DEPTH} levels")
    # What orjson reads holds none.
    if data is None or (exactly and "\\u" in text and holds_surrogate(value)):
        return unreadable(origin, text, "json-lone-surrogate", "half of a surrogate pair")
    return RawRow(origin, value, text)


class _NotANumber(Exception):
    """NaN or Infinity was met."""


def _refuse_constant(name: str) -> Any:
    raise _NotANumber(name)


def _explain(text: str, origin: Origin, first: Exception) -> RawRow:
    """Find out why the strict reader refused a text, with the standard library's reader."""
    try:
        value = json.loads(text, parse_constant=_refuse_constant)
    except _NotANumber as fault:
        return unreadable(origin, text, "json-nan", f"got {fault}")
    except RecursionError:
        return unreadable(origin, text, "json-too-deep", f"deeper than {MAX_DEPTH} levels")
    except ValueError as fault:
        return unreadable(origin, text, "json-invalid", json_words(fault))
    if holds_surrogate(value):
        return unreadable(origin, text, "json-lone-surrogate", "half of a surrogate pair")
    if _depth(value) > MAX_DEPTH:
        return unreadable(origin, text, "json-too-deep", f"deeper than {MAX_DEPTH} levels")
    return unreadable(origin, text, "json-invalid", json_words(first))


def unreadable(origin: Origin, text: str, code: str, message: str) -> RawRow:
    """Return a row without value, its text made safe to write, and the issue."""
    safe = text.encode("utf-8", errors="backslashreplace").decode("utf-8")
    return RawRow(origin, None, safe, issue(code, "", message))


def _too_deep(text: str, value: Any) -> bool:
    return text.count("{") + text.count("[") > MAX_DEPTH and _depth(value) > MAX_DEPTH


def _depth(value: Any) -> int:
    """Return the nesting depth of a value, without recursion."""
    deepest, stack = 0, [(value, 1)]
    while stack:
        current, level = stack.pop()
        deepest = max(deepest, level)
        children = current.values() if isinstance(current, dict) else current
        if isinstance(current, dict | list):
            stack.extend((child, level + 1) for child in children)
    return deepest


def holds_surrogate(value: Any) -> bool:
    """Tell whether a value holds half of a surrogate pair, which UTF-8 cannot write."""
    try:
        json.dumps(value, ensure_ascii=False).encode("utf-8")
    except UnicodeEncodeError:
        return True
    except RecursionError:
        return False
    return False
