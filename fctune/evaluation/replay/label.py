"""Whether the label of an engine's prediction is the gold answer in words.

Input: the words of a case, and the label as the engine decoded it from its tokens. Output: yes or
no. Labels come without special tokens or with them, cut at the engine's `cutoff_len`, with an empty
thought before them, and without what the tokenizer does not know; so letters and digits alone are
compared. Words that are written otherwise are not the same. A label without letters may be any: it
proves nothing.
"""

from __future__ import annotations

import unicodedata

from fctune.evaluation.outcomes.decision import spoken


def same_words(gold: str, label: str) -> bool:
    """Tell whether a label may be the gold words: all of them, their start, or most of them.

    >>> same_words("It rains.", "<think></think>It rains.<|im_end|>"), same_words("It rains.", "It")
    (True, True)
    >>> same_words("It rains.", "You are welcome.")
    False
    """
    wanted, given = _letters(gold), _letters(label)
    if wanted.startswith(given) or given.startswith(wanted):
        return True
    rest = iter(wanted)  # a tokenizer may drop letters, but adds and moves none
    return 2 * len(given) > len(wanted) and all(letter in rest for letter in given)


def proves(gold: str, label: str) -> bool:
    """Tell whether both have letters, so that `same_words` says something.

    >>> proves("It rains.", "It"), proves("It rains.", "."), proves("...", "It")
    (True, False, False)
    """
    return bool(_letters(gold) and _letters(label))


def _letters(text: str) -> str:
    plain = unicodedata.normalize("NFKC", spoken(text)).casefold()
    return "".join(char for char in plain if char.isalnum())
