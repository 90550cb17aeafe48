"""Which pairs are worth scoring: all of a small catalogue, the nearest ones of a large one.

Input: profiles. Output: pairs of indexes, and each tool's neighbours in order. An inverted index
from words to tools finds the nearest ones. Where very many tools have a word, each of them meets
through it only the tools that stand next to it when those with the same common words stand
together: that keeps the work in bounds, and tools that share nothing else still find each other.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from fctune.tools.confusions.features import cosine
from fctune.tools.confusions.profile import Profile, Vector

ALL_PAIRS_UP_TO = 110
NEIGHBOURS = 20
RANKED = 10
_FIELDS = ("named", "thing", "body", "inputs")
_WINDOW = 300
_COMMON_LOOKED_UP = 8
_Posting = list[tuple[int, float]]


def candidate_pairs(profiles: Sequence[Profile]) -> list[tuple[int, int]]:
    """Return the pairs to score, as sorted indexes with the first below the second.

    Up to ALL_PAIRS_UP_TO tools these are all pairs. From there on each tool gives fewer of its
    nearest ones the more tools there are, but never fewer than NEIGHBOURS.
    """
    size = len(profiles)
    if size <= ALL_PAIRS_UP_TO:
        return [(i, j) for i in range(size) for j in range(i + 1, size)]
    count = max(NEIGHBOURS, ALL_PAIRS_UP_TO * ALL_PAIRS_UP_TO // size)
    by_name = sorted(range(size), key=lambda index: profiles[index].name)
    places = {index: place for place, index in enumerate(by_name)}
    pairs: set[tuple[int, int]] = set()
    for index, row in enumerate(_likeness(profiles)):
        for other in _nearest(row, index, count, places):
            pairs.add((min(index, other), max(index, other)))
    return sorted(pairs)


def _likeness(profiles: Sequence[Profile]) -> Iterator[list[float]]:
    """Yield for each tool how much its words are those of each other tool that it meets."""
    size = len(profiles)
    met: list[list[tuple[float, _Posting]]] = [[] for _ in profiles]
    common: list[list[tuple[float, int, _Posting]]] = [[] for _ in profiles]
    for field in _FIELDS:
        for posting in _postings(profiles, [getattr(profile, field) for profile in profiles]):
            for place, (index, value) in enumerate(posting):
                if len(posting) <= _WINDOW:
                    met[index].append((value, posting))
                else:
                    common[index].append((value, place, posting))
    for index in range(size):
        row = [0.0] * size
        heaviest = sorted(common[index], key=lambda each: -each[0])[:_COMMON_LOOKED_UP]
        around = [(value, _around(posting, place)) for value, place, posting in heaviest]
        for value, posting in met[index] + around:
            for other, second in posting:
                row[other] += value * second
        yield row


def _postings(profiles: Sequence[Profile], vectors: Sequence[Vector]) -> list[_Posting]:
    """Return for each term of a field the tools that have it, with the weight that it has there.

    Tools that have the same common terms stand together, sorted by name.
    """
    counts: dict[str, int] = defaultdict(int)
    for vector in vectors:
        for term in vector:
            counts[term] += 1

    def key(index: int) -> tuple[list[tuple[int, str]], str]:
        shared = [(counts[term], term) for term in vectors[index] if counts[term] > _WINDOW]
        return sorted(shared), profiles[index].name

    postings: dict[str, _Posting] = defaultdict(list)
    for index in sorted(range(len(vectors)), key=key):
        for term, value in vectors[index].items():
            postings[term].append((index, value))
    return [posting for posting in postings.values() if len(posting) > 1]


def _around(posting: _Posting, place: int) -> _Posting:
    """Return the part of a long posting that stands around a place."""
    start = min(max(0, place - _WINDOW // 2), len(posting) - _WINDOW)
    return posting[start : start + _WINDOW]


def _nearest(row: Sequence[float], index: int, count: int, places: Mapping[int, int]) -> list[int]:
    """Return the tools of the highest values; equal ones by how near their names are sorted.

    Were equal ones taken from the start of the alphabet, a few tools would be in every pair.
    """
    met = [other for other, value in enumerate(row) if value and other != index]
    if len(met) > count:
        least = sorted([row[other] for other in met], reverse=True)[count - 1]
        met = [other for other in met if row[other] >= least]
    size, own = len(row), places[index]
    met.sort(key=lambda other: (-row[other], _apart(own, places[other], size)))
    return met[:count]


def _apart(one: int, other: int, size: int) -> tuple[int, int]:
    """Return how far two places of a closed ring are apart, then which way."""
    forward = (other - one) % size
    return min(forward, size - forward), forward


def letters_of(profiles: Sequence[Profile], pairs: Sequence[tuple[int, int]]) -> list[float]:
    """Return how much the spelling of each pair's texts is alike, in the order of the pairs."""
    return [cosine(profiles[i].letters, profiles[j].letters) for i, j in pairs]


def neighbours(
    profiles: Sequence[Profile], pairs: Sequence[tuple[int, int]], letters: Sequence[float]
) -> Mapping[int, Mapping[int, int]]:
    """Return for each tool the ranks of its nearest tools (0 is the nearest) among the pairs."""
    near: list[list[tuple[float, str, int]]] = [[] for _ in profiles]
    for (i, j), alike in zip(pairs, letters, strict=True):
        one, other = profiles[i], profiles[j]
        value = alike + cosine(one.named, other.named)
        near[i].append((-value, other.name, j))
        near[j].append((-value, one.name, i))
    return {
        index: {other: rank for rank, (_, _, other) in enumerate(sorted(found)[:RANKED])}
        for index, found in enumerate(near)
    }
