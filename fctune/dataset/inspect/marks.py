"""Marks that change how a text looks without being seen: shown by their number.

Input: any text of a row. Output: the same text, in which nothing can turn the words around it or
hide between them. Data of strangers holds such marks, by accident and on purpose.
"""

from __future__ import annotations

from fctune.patterns import regex

# Marks and overrides of writing direction, and characters without width but the joiner of emoji.
HIDDEN = "\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff"
_HIDDEN = regex(f"[{HIDDEN}]")


def visible(text: str) -> str:
    r"""Return a text with hidden marks shown.

    >>> visible("a\u202eb")
    'a⟨U+202E⟩b'
    """
    return _HIDDEN.sub(lambda found: f"⟨U+{ord(found[0]):04X}⟩", text)
