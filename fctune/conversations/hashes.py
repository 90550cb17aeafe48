"""The hashes of a row: what duplicates, contradictions, groups and frames are told by.

Input: texts, calls, or a whole Conversation. Output: numbers of 64 bits, and the language. The
quick reader calls the same functions on the parts of a row, so that both ways agree.

Before: UserTurn("Where is order 17?"), ModelTurn("", (ToolCall("track", {"order": 17}),))
After:  RowHashes(prompt=..., answer=..., frame=..., wordings=(...,), values=(...,), language="en")
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from xxhash import xxh3_64_intdigest as hashed

from fctune.conversations.identity import value_hash
from fctune.conversations.turns import Conversation, ModelTurn, UserTurn
from fctune.patterns import regex
from fctune.tools.spec import ToolCall

MIN_WEIGHT = 24
"""Later wordings of a row count from this many characters on, a CJK character taken for two."""

_NOT_WORD = regex(r"[\W_]+")
# Of these characters NFKC only changes punctuation, into other punctuation; the ideographs have
# been assigned since Unicode 13, so that every Python agrees on them.
_RARE = regex("[^\\x00-\\x7f\u4e00-\u9fef，。？！：；、（）“”‘’《》…]")
_PLAIN_WORDS = regex("[0-9a-z\u4e00-\u9fef]+")
_ASCII = bytes(range(128)).decode()
_WORD_TABLE = bytes(ord(char.lower()) if char.isalnum() else 32 for char in _ASCII) + bytes(
    range(128, 256)
)
# Stands where a value stood; no wording has it.
_VALUE = b" \x01 "
_SHORTEST_VALUE = 2
_CJK = regex("[\u3400-\u4dbf\u4e00-\u9fff]")
_OTHER_EAST_ASIAN = regex("[\u3040-\u30ff\uac00-\ud7af]")
_FOREIGN_LETTERS = regex(r"[^\W\d_\x00-\x7f]")
_MAX_FOREIGN = 0.05
_MASK = (1 << 64) - 1


@dataclass(frozen=True, slots=True)
class RowHashes:
    """The hashes of one row; see `fctune.dataset.columns` for what each is for."""

    prompt: int
    answer: int
    frame: int
    wordings: tuple[int, ...]
    values: tuple[int, ...]
    language: str


def hashes_of(conversation: Conversation) -> RowHashes:
    """Return the hashes of a conversation."""
    turns = conversation.turns
    decision = next((turn for turn in turns if isinstance(turn, ModelTurn)), None)
    asked: list[str] = []
    for turn in turns:
        if isinstance(turn, ModelTurn):
            break
        if isinstance(turn, UserTurn):
            asked.append(turn.text)
    calls, texts = conversation.calls, conversation.user_texts
    return RowHashes(
        prompt=prompt_hash(conversation.catalog.fingerprint, asked),
        answer=answer_hash(decision.calls if decision is not None else ()),
        frame=frame_hash(texts[0], words_of(calls)) if texts else 0,
        wordings=wording_hashes(texts),
        values=tuple(map(value_hash, calls)),
        language=language(texts[0] if texts else ""),
    )


def wording(text: str) -> str:
    """Return a user's words without case, punctuation and spacing.

    >>> wording("Where's  my ORDER?") == wording("where s my order")
    True
    """
    return _NOT_WORD.sub(" ", unicodedata.normalize("NFKC", text).casefold()).strip()


def wording_hash(text: str) -> int:
    """Return the hash of a wording: equal for texts whose wordings are equal."""
    return hashed(words_in(text))


def wording_hashes(texts: Sequence[str]) -> tuple[int, ...]:
    """Return the hashes of the wordings that tie rows into one group.

    The first of a row always counts, later ones from `MIN_WEIGHT` on: without that floor "thank
    you, that is all" would tie unrelated rows into one group that fits no split.
    """
    return hashes_of_words(words_in_all(texts)) if texts else ()


def hashes_of_words(wordings: Sequence[bytes]) -> tuple[int, ...]:
    """Return the hashes of those wordings of a row that count."""
    first, *later = wordings
    found = [hashed(first)]
    for words in later:
        # No character weighs more than its bytes in UTF-8.
        if len(words) >= MIN_WEIGHT and (words.isascii() or _weighs(words)):
            found.append(hashed(words))
    return tuple(found)


def words_in_all(texts: Sequence[str]) -> list[bytes]:
    """Return the wordings of some texts."""
    return [
        b" ".join(text.encode().translate(_WORD_TABLE).split())
        if text.isascii()
        else words_in(text)
        for text in texts
    ]


def prompt_hash(fingerprint: str, texts: Sequence[str]) -> int:
    """Return the hash of the tools and of what the user says up to the model's first decision.

    Args:
        fingerprint: of the catalogue.
        texts: the user's texts before the first model turn, exactly as they are: "-5 degrees" and
            "5 degrees" are one wording, but two prompts.
    """
    return hashed("\0".join((fingerprint, *texts)).encode("utf-8", "surrogatepass"))


def answer_hash(calls: Iterable[ToolCall]) -> int:
    """Return the hash of the calls of one turn, whatever their order; 0 for none."""
    return combined(map(value_hash, calls))


def combined(values: Iterable[int]) -> int:
    """Return one hash for the hashes of a turn's calls, whatever their order; 0 for none."""
    found = list(values)
    return (sum(found) & _MASK or 1) if found else 0


def frame_hash(text: str, values: Iterable[str]) -> int:
    """Return the hash of a text with values and digits blanked: rows of one template share it.

    Args:
        text: the first user text.
        values: the strings among the arguments of the calls.

    >>> one = frame_hash("Book Rome for 3 nights.", ["Rome"])
    >>> one == frame_hash("Book new york for 12 nights", ["New York"])
    True
    """
    return frame_of(words_in(text), values)


def frame_of(words: bytes, values: Iterable[str]) -> int:
    """Return the hash of a frame.

    Args:
        words: the wording of the text.
        values: as for `frame_hash`.
    """
    wanted = {word for word in words_in_all([*values]) if len(word) >= _SHORTEST_VALUE}
    for word in sorted(wanted, key=_longest_first) if len(wanted) > 1 else wanted:
        if word not in words:
            continue
        if word.isascii():  # "art" is not within "start"
            words = (b" %b " % words).replace(b" %b " % word, _VALUE).strip()
        else:
            words = words.replace(word, _VALUE)
    return hashed(words.translate(None, b"0123456789"))


def words_of(calls: Iterable[ToolCall]) -> list[str]:
    """Return the strings among the arguments of some calls."""
    return [text for call in calls for text in strings_in(call.arguments)]


def strings_in(value: Any) -> Iterator[str]:
    """Yield the strings within a JSON value; keys are none."""
    stack = [value]
    while stack:
        current = stack.pop()
        if isinstance(current, str):
            yield current
        elif isinstance(current, Mapping):
            stack.extend(current.values())
        elif isinstance(current, list | tuple):
            stack.extend(current)


def language(text: str) -> str:
    """Return `zh`, `en` or `other`, told from what the user says first.

    >>> language("What time is it?"), language("今天天气怎么样?"), language("今日は")
    ('en', 'zh', 'other')
    """
    if text.isascii():
        return "en"
    if _CJK.search(text):
        return "other" if _OTHER_EAST_ASIAN.search(text) else "zh"
    return "other" if len(_FOREIGN_LETTERS.findall(text)) > _MAX_FOREIGN * len(text) else "en"


def _longest_first(value: bytes) -> tuple[int, bytes]:
    return -len(value), value


def words_in(text: str) -> bytes:
    """Return the wording of a text as UTF-8, without the slow way where it is not needed."""
    if text.isascii():
        return b" ".join(text.encode().translate(_WORD_TABLE).split())
    if not _RARE.search(text):
        return " ".join(_PLAIN_WORDS.findall(text.lower())).encode()
    return wording(text).encode("utf-8", "surrogatepass")


def _weighs(words: bytes) -> bool:
    """Tell whether the words of a later turn weigh enough to tie rows."""
    if len(words) >= 4 * MIN_WEIGHT:  # none weighs less than a quarter of its bytes
        return True
    text = words.decode("utf-8", "surrogatepass")
    if not _RARE.search(text):  # ideographs of three bytes and two columns
        return len(words) + len(text) >= 2 * MIN_WEIGHT
    wide = sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text)
    return wide >= MIN_WEIGHT
