"""Renames told from removals: which removed name lives on under which added one.

Input: removed and added tools or parameters, and a test of equal schemas. Output: old name to new
name. It is a guess, said as one ("looks renamed"), and never makes a change less grave.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from fctune.tools.confusions.phrases import name_phrase
from fctune.tools.confusions.segment import name_words
from fctune.tools.confusions.words import (
    concept_of,
    is_known,
    is_stop,
    is_weak,
    opposed,
    relation,
)

_LIKE, _SURE = 0.6, 0.85
_MIN_DESCRIPTION = 6


@dataclass(frozen=True, slots=True)
class Candidate:
    """A removed or added thing: its name and what is said of it."""

    name: str
    description: str


def renames(
    removed: Sequence[Candidate],
    added: Sequence[Candidate],
    same: Callable[[str, str], bool],
    *,
    deeds: bool,
) -> dict[str, str]:
    """Return the likely renames, the best pairs first, no name used twice.

    A pair counts where the schemas are equal and the words agree somewhat or nothing else comes
    into question, and where name or description are all but equal. Names that say something else,
    such as get_user and delete_user, or order_id and user_id, are no pair unless the descriptions
    are all but equal: a mapping from one to the other would do harm.

    Args:
        removed: what only OLD has.
        added: what only NEW has.
        same: tells whether the schemas of a removed and an added name allow the same.
        deeds: they are tools, named for what they do; else parameters, named for what they are.
    """
    alone = len(removed) == len(added) == 1
    scored = []
    for old in removed:
        for new in added:
            alike = alikeness(old.description, new.description) if _told(old, new) else 0.0
            score = _score(old, new, same, alike, alone=alone)
            if score and (alike >= _SURE or not _unlike(old.name, new.name, deeds=deeds)):
                scored.append((score, old.name, new.name))
    found: dict[str, str] = {}
    for _, old_name, new_name in sorted(scored, key=lambda item: -item[0]):
        if old_name not in found and new_name not in found.values():
            found[old_name] = new_name
    return found


def _told(old: Candidate, new: Candidate) -> bool:
    return min(len(old.description), len(new.description)) >= _MIN_DESCRIPTION


def _score(
    old: Candidate,
    new: Candidate,
    same: Callable[[str, str], bool],
    description: float,
    *,
    alone: bool,
) -> float:
    name = alikeness(words(old.name), words(new.name))
    sure = max(name, description) >= _SURE
    likely = max(name, description) >= _LIKE or (alone and not _told(old, new))
    if not sure and not likely:
        return 0.0
    equal = same(old.name, new.name)
    return 1 + name + description + equal if sure or equal else 0.0


def _unlike(one: str, other: str, *, deeds: bool) -> bool:
    """Tell whether two names say so different things that one cannot stand for the other."""
    first, second = name_words(one), name_words(other)
    if opposed(frozenset(first), frozenset(second)) is not None:
        return True
    if deeds:
        verbs = name_phrase(first).verb, name_phrase(second).verb
        return relation(*verbs) in ("opposite", "apart")
    here, there = _things(first, second), _things(second, first)
    return bool(here and there) and not here & there


def _things(names: Sequence[str], others: Sequence[str]) -> frozenset[str]:
    """Return the known ideas of the words that only one name has: order of order_id, user_id."""
    return frozenset(
        concept_of(word)
        for word in names
        if word not in others and is_known(word) and not is_weak(word) and not is_stop(word)
    )


@lru_cache(maxsize=8192)
def words(name: str) -> str:
    """Return the words of a name, in lower case and in order.

    >>> words("getUserName"), words("user_name_get"), words("订单查询") == words("查询订单")
    ('get name user', 'get name user', True)
    """
    return " ".join(sorted(name_words(name)))


def alikeness(one: str, other: str) -> float:
    """Return how much two texts are alike, from 0 to 1, character by character."""
    from rapidfuzz import fuzz

    return float(fuzz.ratio(one, other)) / 100
