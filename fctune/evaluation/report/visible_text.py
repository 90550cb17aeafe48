"""Names and words of others as text that any file can hold.

Input: any string, half surrogate pairs and control characters among them. Output: a string that
UTF-8, XML and HTML can hold, in which no mark turns or hides the words around it.
"""

from __future__ import annotations

from fctune.dataset.inspect.marks import HIDDEN
from fctune.patterns import regex

# Control characters, which XML 1.0 forbids but for tab and line ends, halves of surrogate pairs,
# and the two last code points of the basic plane.
_ODD = regex(f"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff{HIDDEN}]")


def visible_text(text: str) -> str:
    r"""Return a text with what cannot be seen or written shown by its number.

    >>> visible_text("a\u202e\x00")
    'a⟨U+202E⟩⟨U+0000⟩'
    """
    return _ODD.sub(lambda found: f"⟨U+{ord(found[0]):04X}⟩", text)
