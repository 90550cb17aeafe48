"""What was said before a call, folded so that values can be looked for, for the grounding audit.

Input: the pieces of a conversation, in order. Output: Said, which holds the text in lower case and,
each made when it is first asked for, its letters without spaces, its words, stems and numbers.

Before: "Book “The Ritz”, 2 nights"
After:  compact 'booktheritz2nights', stems {'book', 'ritz', '2', 'night'}, numbers {2}
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Any

from fctune.conversations.grounding_numbers import numbers_of
from fctune.patterns import regex

_SEPARATORS = regex(r"[\W_]+")
_ASCII = [chr(code) for code in range(128)]
# What patterns do to text of any language, tables do to ASCII in a tenth of the time.
_NARROW_SIGNS = "".join(char for char in _ASCII if not char.isalnum()).encode()
_DELETED = {ord(char): None for char in _ASCII if not char.isalnum()}
_BLANKED = "".join(char if char.isalnum() else " " for char in _ASCII)
_CASES = bytes(
    97 if 97 <= code < 123 or 48 <= code < 58 else 65 if 65 <= code < 91 else 32
    for code in range(256)
)
# Of these characters NFKC only changes the signs of `_HALF_WIDTH`.
_WIDE_SIGNS = "，。？！：；、（）“”‘’《》…"
_RARE = regex(f"[^\\x00-\\x7f\u4e00-\u9fef{_WIDE_SIGNS}]")
_HALF_WIDTH = tuple(zip("，？！：；（）…", (*",?!:;()", "..."), strict=True))
_WORD = regex(r"[a-z0-9À-ɏͰ-ӿ؀-ۿऀ-ॿ]+")
_CAMEL = regex(r"(?<=[a-z0-9])(?=[A-Z])")
_HAN = regex(r"[㐀-鿿豈-﫿぀-ヿ가-힯]+")
_ENDINGS = (
    "ations", "ation", "ingly", "ings", "ing", "ies", "ied", "edly", "ers", "ed", "er", "es",
    "ly", "al", "ic", "s", "e", "y",
)  # fmt: skip
_PREFIX = 5
_MAX_LEAVES = 2000
_SHORT_PIECE = 400


def fold(text: str) -> str:
    """Return a text in lower case and half-width, its compatibility forms resolved.

    >>> fold("Ｏｓｌｏ")
    'oslo'
    """
    if text.isascii():
        return text.lower()
    if _RARE.search(text):
        return unicodedata.normalize("NFKC", text).lower()
    text = text.lower()
    for wide, narrow in _HALF_WIDTH:
        if wide in text:
            text = text.replace(wide, narrow)
    return text


def compact(folded: str) -> str:
    """Return a folded text without spaces and punctuation.

    >>> compact("new_york, ny")
    'newyorkny'
    """
    if folded.isascii():
        return folded.translate(_DELETED)
    if _RARE.search(folded):
        return _SEPARATORS.sub("", folded)
    folded = folded.encode().translate(None, _NARROW_SIGNS).decode()
    for sign in _WIDE_SIGNS:
        if sign in folded:
            folded = folded.replace(sign, "")
    return folded


def words(text: str) -> list[str]:
    """Return the words of a text in lower case, joined names taken apart.

    >>> words("homeLoan_type")
    ['home', 'loan', 'type']
    """
    return _words_in(fold(_CAMEL.sub(" ", text) if _is_joined(text) else text))


def _words_in(folded: str) -> list[str]:
    return folded.translate(_BLANKED).split() if folded.isascii() else _WORD.findall(folded)


def _spaced(folded: str) -> str:
    """Return the words of a folded text with blanks between them."""
    return folded.translate(_BLANKED) if folded.isascii() else " ".join(_WORD.findall(folded))


def _is_joined(text: str) -> bool:
    """Tell whether `_CAMEL` finds anything."""
    return b"aA" in text.encode("utf-8", "surrogatepass").translate(_CASES)


def han(text: str) -> list[str]:
    """Return the characters of languages that write without spaces."""
    return [] if text.isascii() else list("".join(_HAN.findall(text)))


def han_count(text: str) -> int:
    """Return how many such characters a text has."""
    return 0 if text.isascii() else len(text) - len(_HAN.sub("", text))


@lru_cache(maxsize=1 << 16)
def stem(word: str) -> str:
    """Return a word without its ending.

    >>> stem("loans"), stem("booking"), stem("categories") == stem("category")
    ('loan', 'book', True)
    """
    for ending in _ENDINGS if word.endswith(_ENDINGS) else ():
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            return word[: -len(ending)]
    return word


def leaves(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Yield each value within arguments that is neither list nor object, with its path."""
    stack = [(path, value)]
    left = _MAX_LEAVES
    while stack and left:
        place, current = stack.pop()
        left -= 1
        if isinstance(current, Mapping):
            stack += [(f"{place}.{key}", item) for key, item in reversed(list(current.items()))]
        elif isinstance(current, list | tuple):
            end = min(len(current), left)
            stack += [(f"{place}[{at}]", current[at]) for at in range(end - 1, -1, -1)]
        else:
            yield place, current


def _numbers_in(folded: str) -> Iterable[float]:
    """Return the numbers of a piece; system texts stand in row after row."""
    return _remembered(folded) if len(folded) < _SHORT_PIECE else numbers_of(folded)


@lru_cache(maxsize=1024)
def _remembered(folded: str) -> tuple[float, ...]:
    return tuple(numbers_of(folded))


class Said:
    """What was said before a call; it grows as the conversation goes on.

    Every view is made of the pieces that are new since it was last asked for. Words are looked for
    in one text with blanks between them: most values need so few that a set of all costs more.

    Attributes:
        pieces: the texts, in order, empty ones left out.
        talk_from: how many of them stand before the talk: 1 where there is a system text, else 0.
    """

    __slots__ = (
        "_compact", "_folded", "_folds", "_numbers", "_read", "_spaced", "_stems", "_text",
        "_words", "pieces", "talk_from",
    )  # fmt: skip

    def __init__(self, opening: str = "") -> None:
        """Begin with nothing said but an opening, such as the system text."""
        self.pieces: list[str] = [opening] if opening else []
        self.talk_from = len(self.pieces)
        self._text = ""
        self._folds: list[str] = []
        self._read: dict[str, int] = {}
        self._folded = ""
        self._compact = ""
        self._spaced = " "
        self._words: frozenset[str] = frozenset()
        self._stems: frozenset[str] = frozenset()
        self._numbers: dict[float, None] = {}

    def add(self, pieces: Iterable[str]) -> None:
        """Add what was said next."""
        self.pieces += [piece for piece in pieces if piece]

    @property
    def text(self) -> str:
        """All that was said, in lower case."""
        read = self._read.get("text", 0)
        if read < len(self.pieces):
            self._read["text"] = len(self.pieces)
            new = "\n".join(self.pieces[read:]).lower()
            self._text = f"{self._text}\n{new}" if self._text else new
        return self._text

    def _new(self, view: str) -> list[str]:
        """Return the pieces that are new to a view, folded."""
        read, count = self._read.get(view, 0), len(self.pieces)
        if read == count:
            return []
        self._read[view] = count
        for piece in self.pieces[len(self._folds) :]:
            self._folds.append(fold(piece))
        return self._folds[read:]

    @property
    def folded(self) -> str:
        """The text in lower case and half-width."""
        new = self._new("folded")
        if new:
            self._folded = "\n".join([self._folded, *new])
        return self._folded

    @property
    def compact(self) -> str:
        """The letters and digits of each piece, without anything between them."""
        new = self._new("compact")
        if new:
            self._compact = "\n".join([self._compact, *map(compact, new)])
        return self._compact

    @property
    def numbers(self) -> dict[float, None]:
        """The numbers stated, in order."""
        for piece in self._new("numbers"):
            self._numbers.update(dict.fromkeys(_numbers_in(piece)))
        return self._numbers

    @property
    def spaced(self) -> str:
        """All words said, with blanks around each; of joined names, the parts and the whole."""
        read = self._read.get("spaced", 0)
        new = [_spaced(piece) for piece in self._new("spaced")]
        if new:
            new += [" ".join(words(piece)) for piece in self.pieces[read:] if _is_joined(piece)]
            self._spaced = f"{self._spaced}{' '.join(new)} "
        return self._spaced

    @property
    def vocabulary(self) -> frozenset[str]:
        """The same words, each once."""
        if self._read.get("words", 0) < len(self.pieces):
            self._read["words"] = len(self.pieces)
            self._words = frozenset(self.spaced.split())
        return self._words

    def has(self, word: str) -> bool:
        """Tell whether a word was said as it is."""
        return f" {word} " in self.spaced

    def has_word(self, word: str) -> bool:
        """Tell whether a word was said, in any of its forms."""
        if self.has(word):
            return True
        if not word.isalpha():  # of user10 and user12, neither is a form of the other
            return False
        root, start = stem(word), word[:_PREFIX] if len(word) > _PREFIX else ""
        # Of a word that was said, its stem and its first letters were.
        if root not in self.folded and not (start and start in self.folded):
            return False
        if self._read.get("stems", 0) < len(self.pieces):
            self._read["stems"] = len(self.pieces)
            said = self.vocabulary
            starts = [known[:_PREFIX] for known in said if len(known) > _PREFIX]
            self._stems = frozenset([*map(stem, said), *starts])
        return root in self._stems or start in self._stems
