"""Numbers with their nouns, as messages and accounts tell them: `1 row`, `2 rows`.

Input: a number and a noun. Output: text.
"""

from __future__ import annotations


def amount(number: int, noun: str, plural: str = "") -> str:
    """Return a number with its noun, which is singular after 1.

    Args:
        number: how many.
        noun: the word for one of them.
        plural: the word for several; default: the noun with an s.

    >>> amount(1, "row"), amount(0, "row"), amount(2, "dialogue of it", "dialogues of it")
    ('1 row', '0 rows', '2 dialogues of it')
    """
    return f"{number} {noun if number == 1 else plural or noun + 's'}"
