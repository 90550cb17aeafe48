"""JSON as rows of a dataset have it, and the marks that no text of a row may hold.

Input: a value, or a text. Output: its JSON text, or whether it must be looked at closely.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from json.encoder import c_make_encoder, encode_basestring  # type: ignore[attr-defined]
from typing import Any

# Tags of pages and data, types and headers of programs: no template and no reader of rows knows
# them.
# `fctune/native/core/src/plain.rs` has the same words.
_CODE = (
    "a|article|b|body|br|button|code|div|em|footer|form|h[1-6]|head|header|hr|html|i|img|input|item"
    "|label|li|link|main|menu|meta|nav|name|ol|option|p|pre|root|row|script|section|select|small"
    "|span|strong|style|sub|sup|svg|table|tbody|td|textarea|th|thead|title|tr|u|ul|xml"
    "|address|author|book|city|country|currency|data|date|description|email|entry|id|key|note"
    "|order|person|phone|price|product|quantity|time|to|total|url|user|value|year"
    "|bitset|cassert|chrono|cstdint|ctime|ctype|deque|functional|memory|mutex|numeric|random"
    "|regex|stdexcept|thread|unordered_set|utility"
    "|algorithm|array|bool|char|cmath|cstdlib|cstring|double|float|fstream|int|iomanip|iostream"
    "|limits|list|long|map|queue|set|sstream|stack|string|tuple|unordered_map|vector|void"
    "|Boolean|Double|E|Float|Integer|K|List|Long|Map|Object|Set|String|T|V"
)
# Every pattern of `fctune.conversations.check` and every tag that begins so goes on with a sign or
# with a word; behind the word there is none of the signs that code, addresses and sums have there.
# `<<` alone shifts and prints; with SYS behind it, it is a mark of Llama 2.
_OPENING = re.compile(rf"<(?!/?(?:{_CODE})[\s>]|<[^/S])(?:[^\s=?\w-]|\w+(?:[^\w@.,;()+*]|\Z)|\Z)")
# As json.dumps(ensure_ascii=False) writes, without a new encoder for each call.
_chunks: Callable[[Any, int], Iterable[str]] = c_make_encoder(
    None, None, encode_basestring, None, ": ", ", ", False, False, False
)


def holds_mark(text: str) -> bool:
    """Tell whether a text may hold a mark that `fctune.conversations.check` looks for."""
    if "<" in text and _OPENING.search(text):
        return True
    if "{" in text and "{{" in text:
        return True
    # One below the other and not in a loop: this runs on all texts of all rows.
    return "]" in text and ("S]" in text or "T]" in text or "K]" in text or "|]" in text)


def write(value: Any) -> str:
    """Return a value as JSON, as the row of a dataset has calls.

    Raises:
        ValueError: it holds NaN or Infinity.
    """
    return "".join(_chunks(value, 0))
