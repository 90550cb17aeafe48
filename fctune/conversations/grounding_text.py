"""What was said before a call, folded so that values can be looked for, for the grounding audit.

Input: the pieces of a conversation, in order. Output: Said, which holds the text in lower case and,
each made when it is first asked for, its letters without spaces, its words, stems and numbers.

Before: "Book “The Ritz”, 2 nights"
After:  compact 'booktheritz2nights', stems {'book', 'ritz', '2', 'night'}, numbers {2}
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Any

from fctune.conversations.grounding_numbers import numbers_of

_SEPARATORS = re.compile(r"[\W_]+")
_WORD = re.compile(r"[a-z0-9À-ɏͰ-ӿ؀-ۿऀ-ॿ]+")
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_HAN = re.compile(r"[㐀-鿿豈-﫿぀-ヿ가-힯]")
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
    return text.lower() if text.isascii() else unicodedata.normalize("NFKC", text).lower()


def compact(folded: str) -> str:
    """Return a folded text without spaces and punctuation.

    >>> compact("new_york, ny")
    'newyorkny'
    """
    return _SEPARATORS.sub("", folded)


def words(text: str) -> list[str]:
    """Return the words of a text in lower case, joined names taken apart.

    >>> words("homeLoan_type")
    ['home', 'loan', 'type']
    """
    return _WORD.findall(fold(_CAMEL.sub(" ", text)))


def han(text: str) -> list[str]:
    """Return the characters of languages that write without spaces."""
    return [] if text.isascii() else _HAN.findall(text)


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

    Every view but `text` is made of the pieces that are new since it was last asked for.
    """

    __slots__ = (
        "_compact", "_folded", "_folds", "_numbers", "_read", "_stems", "_words", "pieces", "text",
    )  # fmt: skip

    def __init__(self) -> None:
        """Begin with nothing said."""
        self.text = ""
        self.pieces: list[str] = []
        self._folds: list[str] = []
        self._read: dict[str, int] = {}
        self._folded = ""
        self._compact = ""
        self._words: set[str] = set()
        self._stems: set[str] = set()
        self._numbers: dict[float, None] = {}

    def add(self, pieces: Iterable[str]) -> None:
        """Add what was said next."""
        new = [piece for piece in pieces if piece]
        self.pieces += new
        self.text = "\n".join([self.text, *new]).lower() if self.text else "\n".join(new).lower()

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
        for piece in self._new("folded"):
            self._folded += "\n" + piece
        return self._folded

    @property
    def compact(self) -> str:
        """The letters and digits of each piece, without anything between them."""
        for piece in self._new("compact"):
            self._compact += "\n" + compact(piece)
        return self._compact

    @property
    def numbers(self) -> dict[float, None]:
        """The numbers stated, in order."""
        for piece in self._new("numbers"):
            self._numbers.update(dict.fromkeys(_numbers_in(piece)))
        return self._numbers

    @property
    def vocabulary(self) -> set[str]:
        """All words said; of joined names, the parts and the whole."""
        read = self._read.get("words", 0)
        for piece, folded in zip(self.pieces[read:], self._new("words"), strict=True):
            self._words.update(_WORD.findall(folded))
            if _CAMEL.search(piece):
                self._words.update(words(piece))
        return self._words

    def has_word(self, word: str) -> bool:
        """Tell whether a word was said, in any of its forms."""
        said = self.vocabulary
        if word in said:
            return True
        if not word.isalpha():  # of user10 and user12, neither is a form of the other
            return False
        if self._read.get("stems", 0) < len(said):
            self._read["stems"] = len(said)
            self._stems.update(map(stem, said))
            self._stems.update(known[:_PREFIX] for known in said if len(known) > _PREFIX)
        return stem(word) in self._stems or (len(word) > _PREFIX and word[:_PREFIX] in self._stems)
