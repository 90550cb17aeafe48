r"""A text as its reader sees it, whatever escapes and wide characters it is written in.

Input: any text. Output: the text with the escapes of JSON (`\u0031`, `\"`), one level or several,
and full-width digits and signs replaced by what they stand for, and where each character stood.

Before: '"\u0031"'
After:  '"1"', [0, 1, 7, 8]
"""

from __future__ import annotations

from fctune.patterns import regex

_FULL_WIDTH = str.maketrans("０１２３４５６７８９＠＋－（）．／", "0123456789@+-()./")
_ESCAPE = regex(r'\\(?:u([0-9a-fA-F]{4})|(["\\/bfnrt]))')
_SHORT = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}
_MAX_LEVELS = 4


def unescaped(text: str) -> tuple[str, list[int] | None]:
    r"""Return a text as its reader sees it, and where each of its characters stands.

    >>> unescaped('"\\u0031"')
    ('"1"', [0, 1, 7, 8])
    """
    if not text.isascii():
        text = text.translate(_FULL_WIDTH)  # one character for one
    places: list[int] | None = None
    for _ in range(_MAX_LEVELS):
        if "\\" not in text:
            break
        text, found = _unescaped_once(text)
        places = found if places is None else [places[place] for place in found]
    if places is not None and not text.isascii():
        text = text.translate(_FULL_WIDTH)
    return text, places


def _unescaped_once(text: str) -> tuple[str, list[int]]:
    parts: list[str] = []
    places: list[int] = []
    last = 0
    for found in _ESCAPE.finditer(text):
        parts.append(text[last : found.start()])
        places.extend(range(last, found.start() + 1))
        parts.append(chr(int(found[1], 16)) if found[1] else _SHORT.get(found[2], found[2]))
        last = found.end()
    parts.append(text[last:])
    places.extend(range(last, len(text) + 1))
    return "".join(parts), places
