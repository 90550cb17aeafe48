"""How near tools are: to the tools that a row calls, and to the words that are said in it.

Input: tools, and called tools or words. Output: the nearest ones first. Nearness to called tools is
the score of `fctune.tools.confusions`; of a large pool only those that share the most words with
the called ones are scored. Nearness to words is the share of words that both have, synonyms and
both languages counted as one (`confusions.words.concept_of`).

Before: called track_order; track_parcel, cancel_order, play_music
After:  ((0, 0.81), (1, 0.44), (2, 0.03))
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import fsum, log1p

from fctune.patterns import regex
from fctune.tools.confusions.candidates import letters_of, neighbours
from fctune.tools.confusions.features import nearness, signals
from fctune.tools.confusions.profile import profiles
from fctune.tools.confusions.score import score
from fctune.tools.confusions.segment import name_words, text_words
from fctune.tools.confusions.words import concept_of, is_stop, is_weak
from fctune.tools.spec import ToolCatalog, ToolSpec

SCORED = 40
# Two tools that do the same deed to the same thing, of which one is the general form of the other,
# or that are told in the same words: a request for one may be answered by the other. Set low, as a
# wrong label costs more than a distractor that is not added.
_TWIN_SCORE, _TWIN_SIGNAL, _TWIN_WORDS = 0.4, 0.5, 0.95
_TEXT = 4000
_LETTER = regex(r"[^\W\d_]")
_CHINESE = regex("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3\uf900-\ufaff]")


@dataclass(frozen=True, slots=True)
class Near:
    """One tool beside the called ones.

    Attributes:
        index: its place among the tools asked about.
        score: the highest confusion score with a called tool; 0 where it was not scored.
        twin: whether it would answer the call as well as the called tool.
    """

    index: int
    score: float
    twin: bool = False


def nearest_to(called: Sequence[ToolSpec], others: Sequence[ToolSpec]) -> tuple[Near, ...]:
    """Return the other tools, the most easily confused with one of the called ones first.

    Args:
        called: tools with names of their own.
        others: tools with other names.
    """
    if not called or not others:
        return tuple(Near(index, 0.0) for index in range(len(others)))
    order = _by_words(called, others)
    picked, rest = order[:SCORED], order[SCORED:]
    catalog = ToolCatalog((*called, *(others[index] for index in picked)))
    found = profiles(catalog)
    first = len(called)
    pairs = [(i, first + j) for i in range(first) for j in range(len(picked))]
    letters = letters_of(found, pairs)
    ranks = neighbours(found, pairs, letters)
    best: dict[int, tuple[float, bool]] = {}
    for (i, j), alike in zip(pairs, letters, strict=True):
        one, other = found[i], found[j]
        values = signals(one, other, alike, nearness(ranks, i, j))
        warned = (other.name in one.warned) + (one.name in other.warned)
        points = score(values, warned)
        before = best.get(picked[j - first], (0.0, False))
        twin = before[1] or _twins(values, points)
        best[picked[j - first]] = max(before[0], points), twin
    scored = [Near(index, *values) for index, values in best.items()]
    scored.sort(key=lambda near: (-near.score, near.index))
    return (*scored, *(Near(index, 0.0) for index in rest))


def _twins(values: Mapping[str, float], points: float) -> bool:
    if values["description-words"] >= _TWIN_WORDS:
        return True
    same = max(values["same-deed"], values["umbrella"])
    return points >= _TWIN_SCORE and same >= _TWIN_SIGNAL


def _by_words(called: Sequence[ToolSpec], others: Sequence[ToolSpec]) -> list[int]:
    """Return the indexes of tools, those that share the rarest words with the called ones first."""
    own = frozenset().union(*map(concepts_of_tool, called))
    shared = shared_words([concepts_of_tool(spec) for spec in others], own)
    return sorted(range(len(others)), key=lambda index: (-shared[index], index))


def shared_words(tools: Sequence[frozenset[str]], words: frozenset[str]) -> list[float]:
    """Return for the words of each tool how many of some words it has, rare ones counting more."""
    both = [each & words for each in tools]
    counts = Counter(word for each in both for word in each)
    # fsum is exact, so that the order of a set does not reach the order of the tools.
    return [fsum(log1p(len(tools) / counts[word]) for word in each) for each in both]


def concepts_of_tool(spec: ToolSpec) -> frozenset[str]:
    """Return what the words of a tool stand for: name, description, names of parameters."""
    properties = spec.parameters.get("properties")
    inputs = properties if isinstance(properties, dict) else {}
    names = (word for name in (spec.name, *map(str, inputs)) for word in name_words(name))
    return concepts((*names, *text_words(spec.description[:_TEXT])))


def concepts_of_texts(texts: Iterable[str]) -> frozenset[str]:
    """Return what the words of some texts stand for."""
    return concepts(word for text in texts for word in text_words(text[:_TEXT]))


def concepts(words: Iterable[str]) -> frozenset[str]:
    """Return what some words stand for, without those that say nothing of a tool's matter."""
    return frozenset(map(_concept, words)) - {""}


@lru_cache(maxsize=65536)
def _concept(word: str) -> str:
    """Return what a word stands for; "" where it says nothing."""
    return "" if is_stop(word) or is_weak(word) or word.isdigit() else concept_of(word)


def is_chinese(text: str) -> bool:
    """Tell whether a text is written in Chinese, Japanese or Korean for the most part."""
    if text.isascii():
        return False
    letters = len(_LETTER.findall(text[:_TEXT]))
    # A Chinese character says about as much as two to three Latin letters.
    return 3 * len(_CHINESE.findall(text[:_TEXT])) > letters
