"""Split conversations by group, so that the same user wording never stands on both sides.

Input: conversations. Output: the same, each with train, dev or test. Two conversations are of one
group when they share a wording of the user; the group's hash decides, so that the split is the same
on every machine and for every order of the input.

Which wordings count: the first of each conversation always; later ones from 24 weighted characters
on (a CJK character weighs 2). Without that floor "thank you, that is all" would tie unrelated
conversations into one group that fits no split.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import xxhash

from fctune.conversations.turns import Conversation
from fctune.dataset.lengths import parent_id
from fctune.errors import UsageFault

SPLITS = ("train", "dev", "test")
MIN_WEIGHT = 24
_NOT_WORD = re.compile(r"[\W_]+")


@dataclass(frozen=True, slots=True)
class Shares:
    """The share of groups that goes to dev and to test; train gets the rest."""

    dev: float = 0.05
    test: float = 0.1

    def __post_init__(self) -> None:
        """Check the shares.

        Raises:
            UsageFault: a share is negative or no number, or nothing is left for train.
        """
        if not (self.dev >= 0 and self.test >= 0 and self.dev + self.test < 1):
            raise UsageFault(
                f"got dev {self.dev} and test {self.test}, expected shares that sum to less than 1",
                hint="--dev 0.05 --test 0.1",
            )


def wording(text: str) -> str:
    """Return a user's words without case, punctuation and spacing.

    >>> wording("Where's  my ORDER?") == wording("where s my order")
    True
    """
    return _NOT_WORD.sub(" ", unicodedata.normalize("NFKC", text).casefold()).strip()


def group_keys(conversations: Sequence[Conversation]) -> list[str]:
    """Return the key of each conversation's group: equal keys share a wording, even by a chain.

    Windows of one long conversation are of one group, whatever their wordings.
    """
    parents = list(range(len(conversations)))
    owner: dict[str, int] = {}
    for index, conversation in enumerate(conversations):
        # No wording has a colon, so that the id of a row is never taken for one.
        for words in (*_counting(conversation), f"row:{parent_id(conversation)}"):
            first = owner.setdefault(words, index)
            _join(parents, first, index)
    smallest: dict[int, str] = {}
    for index, conversation in enumerate(conversations):
        root = _root(parents, index)
        words = min(_counting(conversation), default=conversation.id)
        smallest[root] = min(words, smallest.get(root, words))
    return [smallest[_root(parents, index)] for index in range(len(conversations))]


def assign(keys: Sequence[str], shares: Shares, *, seed: int) -> list[str]:
    """Return train, dev or test for each group key."""
    return [_side(key, shares, seed) for key in keys]


def largest_group(keys: Sequence[str]) -> int:
    """Return how many conversations the largest group holds; 0 where there are none."""
    return max(Counter(keys).values(), default=0)


def _counting(conversation: Conversation) -> list[str]:
    texts = [wording(text) for text in conversation.user_texts]
    return [words for turn, words in enumerate(texts) if turn == 0 or _weight(words) >= MIN_WEIGHT]


def _weight(words: str) -> int:
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in words)


def _root(parents: list[int], index: int) -> int:
    while parents[index] != index:
        parents[index] = parents[parents[index]]
        index = parents[index]
    return index


def _join(parents: list[int], left: int, right: int) -> None:
    parents[_root(parents, right)] = _root(parents, left)


def _side(key: str, shares: Shares, seed: int) -> str:
    point = xxhash.xxh64_intdigest(key.encode(), seed=seed) / 2**64
    if point < shares.test:
        return "test"
    return "dev" if point < shares.test + shares.dev else "train"
