"""Estimated lengths: how many tokens a row has about, where there is no tokenizer to count them.

Input: the bytes of a written row and the text of its tools. Output: an estimate, and a warning
where the row may be over the cutoff. An estimate never drops or cuts a row; `lengths` does, by
counted tokens.

Counted against the engine's own rows with the tokenizers and templates of Qwen3, Llama 3.1 and
Gemma 3 on 3,226 rows of public samples and of ours (`docs/benchmarks/lengths.md`).

Before: b'{"conversations":[...],"system":"You help."', '[{"name": "look", ...}]'
After:  163
"""

from __future__ import annotations

from functools import lru_cache

from fctune.issues import Issue, issue

ESTIMATE = "estimate"  # what manifest and messages call such a length
MARGIN = 1 / 3  # of 100 rows of 400 tokens and more, 99 have at most the estimate and this much
_ROW = 4
_TOOLS = 80  # the words that a template puts around the tools
_PER_ASCII = 0.2
_PER_WIDE = 0.65
_PER_QUOTE = 1.0
_REMEMBERED = 8192  # characters of a list of tools whose estimate is remembered


def estimate(head: bytes, tools: str = "") -> int:
    r"""Return about how many tokens the engine trains a row on.

    ASCII letters count a fifth of a token each, what takes three bytes (Chinese) 0.65, and each
    escape one more: it is mostly `\"` within the JSON of a call, which splits words.

    Args:
        head: the written row without its tools, as UTF-8.
        tools: the text of its `tools` column; a short text met again costs nothing.
    """
    wide = 0.0 if head.isascii() else (len(head) - len(head.decode("utf-8", "replace"))) / 2
    plain = len(head) - 3 * wide
    body = _PER_ASCII * plain + _PER_WIDE * wide + _PER_QUOTE * head.count(b"\\")
    if not tools:
        return round(_ROW + body)
    return round(_ROW + body) + estimate_tools(tools)


def estimate_tools(tools: str) -> int:
    """Return about how many tokens the text of a `tools` column has; 0 where it is empty."""
    if not tools:
        return 0
    # Rows may bring lists of their own, of any size: what is remembered has a bound.
    return _known(tools) if len(tools) <= _REMEMBERED else _tools(tools)


@lru_cache(maxsize=2048)
def _known(text: str) -> int:
    return _tools(text)


def _tools(text: str) -> int:
    wide = 0.0 if text.isascii() else (len(text.encode("utf-8", "replace")) - len(text)) / 2
    body = _PER_ASCII * (len(text) - wide) + _PER_WIDE * wide + _PER_QUOTE * text.count('"')
    return round(_TOOLS + body)


def check_estimate(tokens: int, cutoff_len: int) -> Issue | None:
    """Return a warning where a row of an estimated length may be over the cutoff.

    Args:
        tokens: an estimate.
        cutoff_len: the most tokens that the engine keeps of a row.

    >>> check_estimate(1500, 2048) is None
    True
    >>> check_estimate(1600, 2048).message
    'about 1600 tokens by estimate, at most about 2133; cutoff_len is 2048'
    """
    most = round(tokens * (1 + MARGIN))
    if most <= cutoff_len:
        return None
    found = f"about {tokens} tokens by estimate, at most about {most}; cutoff_len is {cutoff_len}"
    return issue("row-maybe-too-long", "", found)
