"""Forms of a character that say the same: full and half width, ligatures, composed letters.

Input: text. Output: text with plain forms. What stands higher, lower or in a frame says something
else and stays as it is, so that `10⁵` is not `105` and `½` is not `12`.

Before: "ＡＢＣ，－５"
After:  "ABC,-5"
"""

from __future__ import annotations

import unicodedata

# Kinds of compatibility forms (Unicode 5.7) that differ in looks alone.
_LOOKS = ("<wide>", "<narrow>", "<noBreak>", "<compat>", "<font>", "<initial>", "<medial>",
          "<final>", "<isolated>")  # fmt: skip


def fold_width(text: str) -> str:
    """Return a text with the plain form of each character, composed (NFC).

    >>> fold_width("－５．０％"), fold_width("ﬁ"), fold_width("10⁵ ① ½ ⒈")
    ('-5.0%', 'fi', '10⁵ ① ½ ⒈')
    """
    if text.isascii():
        return text
    return unicodedata.normalize("NFC", "".join(map(_plain, text)))


def _plain(char: str) -> str:
    kind, _, rest = unicodedata.decomposition(char).partition(" ")
    if kind not in _LOOKS:
        return char
    framed = kind == "<compat>" and unicodedata.category(char) == "No"  # ⒈ and ⑴
    return char if framed or not rest else unicodedata.normalize("NFKC", char)
