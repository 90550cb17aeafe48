r"""Descriptions of API descriptions as plain text: HTML and Markdown noise off, nothing cut.

Input: a summary and a description as written. Output: one text for the model.

Before: "Find pets", "<p>Find pets by <b>status</b>.</p>\nSee [the docs](https://x.y/z)."
After:  "Find pets by status.\nSee the docs."
"""

from __future__ import annotations

import html
import re
from functools import lru_cache
from typing import Any

from fctune.patterns import regex

# Every pattern is linear: what it skips cannot start it anew.
_NOISY = regex(r"[<&*#`|\n\t\r!\[\]]|  ")
_COMMENT = regex(r"<!--(?:(?!<!--).)*?-->", re.DOTALL)
_BREAK = regex(
    r"</?(?:p|br|hr|div|ul|ol|table|thead|tbody|tr|h[1-6]|blockquote|pre|dl|dt|details|summary|"
    r"section)(?:\s[^<>]*)?/?>",
    re.IGNORECASE,
)
_ITEM = regex(r"<li(?:\s[^<>]*)?>", re.IGNORECASE)
_TAG = regex(
    r"</?(?:a|b|i|u|s|em|strong|small|span|font|code|kbd|tt|sup|sub|li|td|th|dd|img|center|mark|"
    r"abbr|cite|q|var|samp|del|ins|label|nobr|wbr)(?:\s[^<>]*)?/?>",
    re.IGNORECASE,
)
_IMAGE = regex(r"!\[[^\[\]\n]*\]\([^()\s]*(?:\s[^()\n]*)?\)")
_LINK = regex(r"\[([^\[\]\n]*)\]\((?:[^()\s]|\([^()\s]*\))*(?:\s[^()\n]*)?\)")
_BOLD = regex(r"\*\*(?=\S)([^*\n]+)(?<=\S)\*\*")
_ENTITY = regex(r"&(?:[a-zA-Z]{2,10}|#[0-9]{1,7}|#x[0-9a-fA-F]{1,6});")
_HEADING = regex(r"#{1,6} ")
_RULE_LINE = regex(r"\|?(?: ?:?-+:? ?\|)+[ :-]*\Z|(?:```|~~~)\S*\Z|[-=*]{3,}\Z")
_OWN_LINE = regex(r"[-*+•]\s|\d{1,3}[.)]\s|\|")
_SPACES = regex(r"[ \t\r\f\v\u00a0]+")
_NOT_WORD = regex(r"[\W_]+")
_ENDED = (".", "!", "?", ":", ";", "。", "！", "？", "：", "；", "…")


def described(summary: Any, description: Any) -> str:
    """Return one text from a summary and a description, each only once.

    >>> described("List pets", "List pets."), described("List pets", "At most 100.")
    ('List pets.', 'List pets. At most 100.')
    """
    first, second = plain_text(summary), plain_text(description)
    if not first or not second:
        return first or second
    if _says(second, first):
        return second
    if _says(first, second):
        return first
    wide = ord(first[-1]) >= 0x2E80  # Chinese and its neighbours end a sentence with their own dot
    end = "" if first.endswith(_ENDED) else "。" if wide else "."
    return f"{first}{end}{'' if wide or first[-1] in '。！？' else ' '}{second}"


def plain_text(raw: Any) -> str:
    r"""Return a description as plain text; "" where it is no text.

    Known HTML tags, link targets, images, heading marks and bold marks go; paragraphs and list
    items keep their own line; words, code and `<placeholders>` stay as they are.

    >>> plain_text("# Pets\n\nUse **one** `<id>` of [these](http://x).")
    'Pets\nUse one `<id>` of these.'
    """
    if not isinstance(raw, str):
        return ""
    return _plain(raw) if _NOISY.search(raw) else raw.strip()


@lru_cache(maxsize=8192)
def _plain(raw: str) -> str:
    text = raw
    if "<" in text:
        text = _COMMENT.sub("", text)
        text = _TAG.sub("", _BREAK.sub("\n", _ITEM.sub("\n- ", text)))
    if "](" in text:
        text = _LINK.sub(r"\1", _IMAGE.sub("", text))
    if "**" in text:
        text = _BOLD.sub(r"\1", text)
    if "&" in text:
        text = _ENTITY.sub(lambda entity: html.unescape(entity[0]), text)
    return _lines(text)


def _lines(text: str) -> str:
    """Join lines that were only wrapped; keep paragraphs, list items and table rows apart."""
    kept: list[list[str]] = []
    open_paragraph = False
    for raw in text.split("\n"):
        line = _SPACES.sub(" ", raw).strip()
        heading = _HEADING.match(line)
        if not line or _RULE_LINE.match(line):
            open_paragraph = False
        elif heading:
            kept.append([line[heading.end() :].rstrip("# ")])
            open_paragraph = False
        elif open_paragraph and not _OWN_LINE.match(line):
            kept[-1].append(line)
        else:
            kept.append([line])
            open_paragraph = True
    return "\n".join(" ".join(words) for words in kept)


def _says(long: str, short: str) -> bool:
    """Tell whether one text holds the words of the other, in their order."""
    long_words, short_words = (_NOT_WORD.sub(" ", text.casefold()) for text in (long, short))
    if not short_words.strip().isascii():
        return short_words.strip() in long_words
    return f" {short_words.strip()} " in f" {long_words.strip()} "
