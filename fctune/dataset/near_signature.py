"""What a row says, as a signature of 64 bytes: rows that say nearly the same share a part of it.

Input: what the user says, and the calls. Output: shingles and facts, and from them the signature.
Needs the `near` extra (rensa). Runs in the workers, row by row.

Shingles are three words in a row; in Chinese and Japanese three characters. Facts are what must be
equal: the numbers in the order in which they are said, and the calls with their short values. A row
with "3 nights" is another row than one with "5 nights", however long the text around it. Values of
calls with `LONG` words or more are prose, which counts as shingles; their numbers stay facts.

The band hashes are those of a MinHash with 64 permutations in 8 bands of 8, salted with the facts.
Two rows with equal facts whose shingles have the Jaccard similarity s share a band with probability
1 - (1 - s^8)^8: 0.03 at 0.5, 0.77 at 0.8, 0.989 at 0.9, 0.9999 at 0.95. Beside the bands stand 4
bits of each permutation, from which s is estimated without the texts (`estimates`).

Before: ["Please book a table for 2 at Mario's"], [("book", {"people": 2})]
After:  shingles {"please book a", "book a table", ...}, facts hash of 2 and book(people=2)
"""

from __future__ import annotations

import struct
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import xxhash
from numpy.typing import NDArray

from fctune.dataset.columns import U32
from fctune.errors import EnvironmentFault

PERMUTATIONS, BANDS = 64, 8
NUMBERS = 2 * BANDS
"""Numbers of 32 bits in a signature: first the bands, then 8 of 4 bits in each of the others."""
WIDTH = 4 * NUMBERS
NO_SIGNATURE = bytes(WIDTH)
"""Of rows that say too little to be told apart by it."""
SHINGLE = 3
LONG, CJK_CHARACTERS = 6, 3
"""Words from which on a value of a call is prose and no fact: a name or an address is shorter. So
many CJK characters stand for a word: an address in Chinese has 10 or 15."""
MIN_WORDS = 5
"""Rows without calls that say less ("hi", "go on") have no signature: their answers differ."""
SEED = 42

_LOW_BITS = bytes(number & 15 for number in range(256))
_NOT_WORD = "".join(chr(code).lower() if chr(code).isalnum() else " " for code in range(128))
# Scripts without spaces between words: each character is a word.
_CJK = (
    *((0x3040, 0x30FF), (0x3400, 0x4DBF), (0x4E00, 0x9FFF), (0xF900, 0xFAFF)),
    *((0xFF66, 0xFF9D), (0x20000, 0x3FFFF)),
)
# \u4e00 (one) is left out: it stands in everyday words, and "one" against none is no other number.
_NUMBERS = frozenset("二三四五六七八九十百千万萬亿億两兩零〇") | {
    *("two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"),
    *("thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"),
    *("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"),
    *("hundred", "thousand", "million", "billion", "half", "third", "quarter", "dozen"),
}


def _is_cjk(code: int) -> bool:
    return any(first <= code <= last for first, last in _CJK)


class _Plain(dict[int, str]):
    """Character to what stands for it in words, without case, accents and width; filled on use."""

    def __missing__(self, code: int) -> str:
        parts = unicodedata.normalize("NFKD", chr(code))
        letters = "".join(part for part in parts if not unicodedata.combining(part)).casefold()
        if letters and not letters.isalnum():
            plain = " "
        else:  # a sign such as the circled one stands for CJK letters without being one
            plain = "".join(f" {one} " if _is_cjk(ord(one)) else one for one in letters)
        self[code] = plain
        return plain


_PLAIN = _Plain()


@dataclass(frozen=True, slots=True)
class Said:
    """What a row says.

    Attributes:
        shingles: runs of three words or characters.
        facts: a hash of numbers and calls; rows with other facts are never near duplicates.
        words: how many words were said.
        calls: how many calls there are.
    """

    shingles: frozenset[str]
    facts: int
    words: int
    calls: int


def said(texts: Sequence[str], calls: Iterable[tuple[str, Mapping[str, Any]]]) -> Said:
    """Return the shingles and facts of a row.

    Args:
        texts: what the user says, turn by turn.
        calls: tool name and arguments of every call.
    """
    words = words_of("\n".join(texts))
    facts = _numbers(words)
    told: list[str] = []
    count = 0
    for name, arguments in calls:
        count += 1
        parts: list[str] = []
        _flatten(arguments, parts, words)
        told.append(f"{name}({chr(31).join(parts)})")
    told.sort()
    facts += told
    return Said(_shingles(words), _hash(facts), len(words), count)


def signature(row: Said) -> bytes:
    """Return band hashes and sketch of a row; no hash is 0. `NO_SIGNATURE` for too little said.

    Raises:
        EnvironmentFault: the `near` extra is not installed.
    """
    if row.words < MIN_WORDS and not row.calls:
        return NO_SIGNATURE
    sketch = sketch_class()(PERMUTATIONS, SEED)
    sketch.update(list(row.shingles))
    digest = struct.pack(f"<{PERMUTATIONS}I", *sketch.digest())
    step = len(digest) // BANDS
    bands = struct.pack(
        f"<{BANDS}I",
        *[
            (xxhash.xxh3_64_intdigest(digest[at : at + step], seed=row.facts) & 0xFFFFFFFF) or 1
            for at in range(0, len(digest), step)
        ],
    )
    even = int.from_bytes(digest[::8].translate(_LOW_BITS), "little")
    odd = int.from_bytes(digest[4::8].translate(_LOW_BITS), "little")
    return bands + (even | odd << 4).to_bytes(WIDTH - len(bands), "little")


def words_of(text: str) -> list[str]:
    """Return words in lower case and CJK characters one by one, without punctuation.

    >>> words_of("It's 3 nights."), words_of("住３晚 OK")
    (['it', 's', '3', 'nights'], ['住', '3', '晚', 'ok'])
    """
    if text.isascii():
        # The same words as below, several times as fast.
        return text.translate(_NOT_WORD).split()
    return text.translate(_PLAIN).split()


def estimates(left: U32, right: U32) -> NDArray[np.float64]:
    """Return the estimated similarity of pairs of signatures, by the share of equal 4-bit pieces.

    Pieces of other numbers are equal in one case of 16. The standard deviation is 0.04 at 0.9.
    """
    other = left[:, BANDS:] ^ right[:, BANDS:]
    other |= other >> np.uint32(1)
    other |= other >> np.uint32(2)
    other &= np.uint32(0x11111111)
    return similar(np.bitwise_count(other).sum(axis=1))


def similar(differ: NDArray[Any]) -> NDArray[np.float64]:
    """Return the estimated similarity of pairs of which so many pieces differ."""
    return np.asarray(1 - differ / PERMUTATIONS * 16 / 15, dtype=np.float64)


def _numbers(words: list[str]) -> list[str]:
    # A word with a digit anywhere is a number too: "3pm", "B12".
    if _NUMBERS.isdisjoint(words):
        return [word for word in words if not word.isalpha()]
    return [word for word in words if word in _NUMBERS or not word.isalpha()]


def _length(words: list[str]) -> float:
    characters = sum(len(word) == 1 and not word.isascii() for word in words)
    return len(words) - characters + characters / CJK_CHARACTERS


def _hash(facts: list[str]) -> int:
    # Half a surrogate pair in an argument is no reason to fail: the reader rejects such rows.
    return xxhash.xxh3_64_intdigest(chr(30).join(facts).encode("utf-8", "surrogatepass"))


def _shingles(words: list[str]) -> frozenset[str]:
    if len(words) < SHINGLE:
        return frozenset([" ".join(words)])
    return frozenset(map(" ".join, zip(words, words[1:], words[2:], strict=False)))


def _flatten(value: Any, parts: list[str], prose: list[str]) -> None:
    """Add the facts of a value to `parts` and the words of its prose to `prose`."""
    if isinstance(value, str):
        words = words_of(value)
        if _length(words) >= LONG:
            prose += words
            parts.append(" ".join(_numbers(words)))
        else:
            # A value of marks alone, such as "+" or "!", is a fact as it stands.
            parts.append(" ".join(words) or value)
    elif isinstance(value, Mapping):
        for key in sorted(value):
            parts.append(f"{key}:")
            _flatten(value[key], parts, prose)
    elif isinstance(value, list | tuple):
        parts.append("[")
        for item in value:
            _flatten(item, parts, prose)
        parts.append("]")
    else:
        parts.append(repr(value))


@cache
def sketch_class() -> Any:
    """Return the class of rensa that makes sketches.

    Raises:
        EnvironmentFault: the `near` extra is not installed.
    """
    try:
        from rensa import RMinHash  # type: ignore[import-untyped]
    except ImportError as fault:
        raise EnvironmentFault(
            "the search for near duplicates needs rensa, which is not installed",
            hint="pip install 'fctune[near]'",
        ) from fault
    return RMinHash
