"""JSON as rows of a dataset have it, and the marks that no text of a row may hold.

Input: a value, or a text. Output: its JSON text, or whether it must be looked at closely.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from json.encoder import c_make_encoder, encode_basestring  # type: ignore[attr-defined]
from typing import Any

from fctune.conversations.word_lists import words_of
from fctune.patterns import regex

CODE_TAGS = words_of("code_tags")
"""Tags of pages and data, types and headers of programs: no template and no reader knows them."""

_CODE = "|".join(CODE_TAGS)
# Every pattern of `fctune.conversations.check` and every tag that begins so goes on with a sign or
# with a word; behind the word there is none of the signs that code, addresses and sums have there.
# `<<` alone shifts and prints; with SYS behind it, it is a mark of Llama 2. `<std::` names a type.
_OPENING = regex(rf"<(?!/?(?:{_CODE})[\s>]|<[^/S]|\w+::)(?:[^\s=?\w-]|\w+(?:[^\w@.,;()+*]|\Z)|\Z)")
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
