"""Tables of common knowledge that tells one name of a thing from another, for the grounding audit.

Input: nothing. Output: for a code or name, the words that stand for it in talk. The tables are
small on purpose: they hold what an adult knows, not what an encyclopedia knows.
"""

from __future__ import annotations

from fctune.conversations.word_lists import lines_of, words_of

_NEUTRAL = frozenset(words_of("neutral"))
STOP_WORDS = frozenset(words_of("stop_words"))
"""Words without content of their own: they neither ground a value nor keep it from being so."""


def _same_names() -> dict[str, frozenset[str]]:
    names: dict[str, set[str]] = {}
    for line in lines_of("same_names"):
        words = [word for word in line.split("|") if word]
        for word in words:
            names.setdefault(word, set()).update(words)
    return {word: frozenset(others - {word}) for word, others in names.items()}


SAME = _same_names()


def is_neutral(word: str) -> bool:
    """Tell whether a word names the absence of a choice.

    >>> is_neutral("all"), is_neutral("Oslo")
    (True, False)
    """
    return word in _NEUTRAL
