"""What words stand for: concepts shared by synonyms of both languages, verbs and their relations.

Input: a word. Output: its concept, that is the first word of its group in `nouns` or `vocabulary`;
its verb group; the themes of a concept; how two verbs stand to each other.

Before: "customers", "客户", "fetching"
After:  "user", "user", "get"
"""

from __future__ import annotations

from functools import lru_cache

from fctune.tools.confusions import nouns, vocabulary
from fctune.tools.confusions.segment import groups, stem

_PREFIXES = ("un", "de", "dis", "non")
_SHORTEST_UNDONE = 4


@lru_cache(maxsize=65536)
def verb_of(word: str) -> str:
    """Return the verb group of a word, or "" where it is no known verb.

    >>> verb_of("Fetches".lower()), verb_of("退款"), verb_of("weather")
    ('get', 'refund', '')
    """
    return _verbs().get(stem(word), "")


@lru_cache(maxsize=65536)
def concept_of(word: str) -> str:
    """Return what a word stands for: its noun group, else its verb group, else its stem.

    >>> concept_of("customers"), concept_of("订单"), concept_of("fetching"), concept_of("zebras")
    ('user', 'order', 'get', 'zebra')
    """
    base = stem(word)
    return _nouns().get(base) or _verbs().get(base) or base


@lru_cache(maxsize=65536)
def themes_of(concept: str) -> tuple[str, ...]:
    """Return the themes of a concept: groups of neighbouring ideas, marked with `~`."""
    return _themes().get(concept, ())


def is_light(word: str) -> bool:
    """Tell whether a word only carries another verb, as `apply` does in `apply_refund`."""
    return verb_of(word) in vocabulary.LIGHT or word in vocabulary.LIGHT


def is_known(word: str) -> bool:
    """Tell whether a word stands in one of the tables."""
    base = stem(word)
    return base in _verbs() or base in _nouns() or is_stop(word) or is_weak(word)


def is_stop(word: str) -> bool:
    """Tell whether a word carries no meaning here: grammar, or "parameter" and the like."""
    return word in _stop_words()


@lru_cache(maxsize=65536)
def is_weak(word: str) -> bool:
    """Tell whether a word says little in a tool's text, such as "information"."""
    return stem(word) in _weak_stems()


@lru_cache(maxsize=65536)
def relation(verb: str, other: str) -> str:
    """Return how two verb groups stand to each other; "" if one is none.

    `same`, `opposite`, `sibling` (neighbouring wishes), `apart` (to look and to change, say), or
    `other` where the tables do not tell.

    >>> [relation("cancel", verb) for verb in ("refund", "create", "get", "pay")]
    ['sibling', 'opposite', 'apart', 'other']
    """
    if not verb or not other:
        return ""
    if verb == other:
        return "same"
    pair = frozenset((verb, other))
    if other in _opposites_of(verb):
        return "opposite"
    if pair in _siblings():
        return "sibling"
    kinds = _kinds().get(verb, ""), _kinds().get(other, "")
    return "apart" if all(kinds) and kinds[0] != kinds[1] else "other"


def opposed(words: frozenset[str], others: frozenset[str]) -> tuple[str, str] | None:
    """Return a pair of opposite words, one of each side, where each stands on its side only.

    >>> opposed(frozenset({"staged"}), frozenset({"unstaged"}))
    ('staged', 'unstaged')
    """
    theirs = {stem(other): other for other in sorted(others - words, reverse=True)}
    for word in sorted(words - others):
        for base in _opposites_of(stem(word)):
            if base in theirs:
                return word, theirs[base]
    return None


@lru_cache(maxsize=65536)
def _opposites_of(base: str) -> tuple[str, ...]:
    """Return the stems that undo a stem, in order: those of the table, and `un-` and the like."""
    listed = sorted(other for pair in _opposites() if base in pair for other in pair - {base})
    cut = [base.removeprefix(prefix) for prefix in _PREFIXES if base.startswith(prefix)]
    added = [f"{prefix}{base}" for prefix in _PREFIXES] if len(base) >= _SHORTEST_UNDONE else []
    return (*listed, *added, *(rest for rest in cut if len(rest) >= _SHORTEST_UNDONE))


@lru_cache(maxsize=1)
def _verbs() -> dict[str, str]:
    return _by_stem(vocabulary.VERBS)


@lru_cache(maxsize=1)
def _nouns() -> dict[str, str]:
    return _by_stem(nouns.NOUNS)


def _by_stem(table: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for first, words in groups(table):
        for word in words:
            found.setdefault(stem(word), first)
    return found


@lru_cache(maxsize=1)
def _themes() -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for line in nouns.THEMES.splitlines():
        theme, _, words = line.partition(":")
        for word in words.split():
            concept = concept_of(word)
            found[concept] = (*found.get(concept, ()), f"~{theme}")
    return found


@lru_cache(maxsize=1)
def _opposites() -> frozenset[frozenset[str]]:
    pairs = [part.split() for part in vocabulary.OPPOSITES.replace("\n", " ").split(",")]
    plain = {frozenset(pair) for pair in pairs}
    return frozenset(plain | {frozenset(map(stem, pair)) for pair in pairs})


@lru_cache(maxsize=1)
def _siblings() -> frozenset[frozenset[str]]:
    lines = [line.split() for line in vocabulary.SIBLINGS.splitlines()]
    return frozenset(frozenset((a, b)) for line in lines for a in line for b in line if a != b)


@lru_cache(maxsize=1)
def _kinds() -> dict[str, str]:
    rows = (line.partition(":") for line in vocabulary.KINDS.splitlines())
    return {verb: kind for kind, _, verbs in rows for verb in verbs.split()}


@lru_cache(maxsize=1)
def _weak_stems() -> frozenset[str]:
    return frozenset(map(stem, vocabulary.WEAK.split()))


@lru_cache(maxsize=1)
def _stop_words() -> frozenset[str]:
    return frozenset(vocabulary.STOP.split())
