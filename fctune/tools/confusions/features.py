"""The signals of one pair of tools, each a number from 0 (nothing) to 1 (strong).

Input: two profiles. Output: signal name to value. `SIGNALS` says what each one means; `score`
weighs them and `reasons` puts them into words.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from fctune.tools.confusions.phrases import VERSION
from fctune.tools.confusions.profile import Profile, Vector
from fctune.tools.confusions.words import opposed, relation, themes_of

SIGNALS: dict[str, str] = {
    "name-letters": "the names are spelled alike, shared affixes of the catalogue aside",
    "name-words": "the names share words or synonyms, rare ones counting more",
    "description-words": "the descriptions share words or synonyms, rare ones counting more",
    "description-inside": "one description says little that the other does not say",
    "letters": "name, description and parameters share runs of letters",
    "parameters": "the parameters' names share words",
    "signature": "the parameters have the same names, types and required ones",
    "key-noun": "both work on the same thing: the key noun of name or first sentence",
    "same-wish": "the same key noun, and verbs that do not tell the tools apart",
    "same-deed": "the same or a synonymous verb on the same thing",
    "sibling-deed": "neighbouring verbs on the same thing, such as cancel and refund",
    "opposite-deed": "opposite verbs or words on the same thing, such as enable and disable",
    "umbrella": "one tool is the general form of the other",
    "version": "the names differ by a version mark alone",
    "nearest": "each is among the nearest tools of the other",
    "deed-other": "the verbs have nothing to do with each other",
    "deed-apart": "one tool looks, makes, changes or ends what the other treats otherwise",
    "noun-apart": "the key nouns have nothing to do with each other",
}
# These are told to the reader and have no weight: others say the same, and better on the dev split.
UNWEIGHED = frozenset(("name-words", "description-inside", "signature"))
# These speak for a pair that a model tells apart; all others for one that it does not.
APART = frozenset(("opposite-deed", "deed-other", "deed-apart", "noun-apart"))


# How much the relation of two verbs leaves undecided which tool a request means.
_UNDECIDED = {"opposite": 0.0, "apart": 0.0, "other": 0.5}


def cosine(one: Vector, other: Vector) -> float:
    """Return the cosine of two unit vectors; 0 where one is empty.

    >>> cosine({"a": 1.0}, {"a": 0.6, "b": 0.8})
    0.6
    """
    # fsum is exact, so that the order of a set does not reach the score.
    return math.fsum([one[term] * other[term] for term in one.keys() & other.keys()])


def inside(one: Vector, other: Vector) -> float:
    """Return how much of the smaller vector's weight the other one also has.

    >>> inside({"a": 1.0}, {"a": 0.6, "b": 0.8})
    1.0
    """
    if len(one) > len(other):
        one, other = other, one
    whole = math.fsum(value for term, value in one.items() if term[0] != "~")
    if not whole:
        return 0.0
    shared = math.fsum(value for term, value in one.items() if term in other and term[0] != "~")
    return shared / whole


def signals(one: Profile, other: Profile, letters: float, near: float) -> dict[str, float]:
    """Return every signal of a pair.

    Args:
        one: a tool.
        other: another tool of the same catalogue.
        letters: the cosine of their letters, which the search for neighbours knows already.
        near: 1 where each is the nearest tool of the other, less where it is further away.
    """
    thing = _same_thing(one, other)
    kind, _, _ = same_deed_words(one, other)
    noun = _same_noun(one, other)
    return {
        "name-letters": _spelled_alike(one.core, other.core),
        "name-words": cosine(one.named, other.named),
        "description-words": cosine(one.body, other.body),
        "description-inside": inside(one.body, other.body),
        "letters": letters,
        "parameters": cosine(one.inputs, other.inputs),
        "signature": _same_signature(one, other),
        "key-noun": noun,
        "same-wish": noun * _UNDECIDED.get(kind, 1.0),
        "same-deed": thing if kind in ("same", "") else 0.0,
        "sibling-deed": thing if kind == "sibling" else 0.0,
        "opposite-deed": thing if kind == "opposite" else 0.0,
        "umbrella": _umbrella(one, other, kind),
        "version": float(_same_but_version(one, other)),
        "nearest": near,
        "deed-other": float(kind == "other"),
        "deed-apart": float(kind == "apart"),
        "noun-apart": float(noun == 0 and bool(one.nouns) and bool(other.nouns)),
    }


def _spelled_alike(words: Sequence[str], others: Sequence[str]) -> float:
    from rapidfuzz import fuzz

    plain, plain_other = "_".join(words), "_".join(others)
    in_order = fuzz.ratio(plain, plain_other)
    return float(max(in_order, fuzz.token_sort_ratio(" ".join(words), " ".join(others)))) / 100


def _same_thing(one: Profile, other: Profile) -> float:
    """Return how much the two act on one thing, by their names or their first sentences."""
    by_name = cosine(one.thing, other.thing)
    by_sentence = cosine(one.told, other.told)
    if one.thing and other.thing:
        return max(by_name, 0.5 * by_name + 0.5 * by_sentence, 0.8 * by_sentence)
    return by_sentence


def _same_noun(one: Profile, other: Profile) -> float:
    """Return 1 for a shared key noun, 0.5 where one qualifies the other's or the themes meet."""
    if one.nouns & other.nouns:
        return 1.0
    qualified = one.nouns & (other.thing.keys() | other.told.keys()) or other.nouns & (
        one.thing.keys() | one.told.keys()
    )
    themes = [{theme for noun in each.nouns for theme in themes_of(noun)} for each in (one, other)]
    return 0.5 if qualified or themes[0] & themes[1] else 0.0


def same_deed_words(one: Profile, other: Profile) -> tuple[str, str, str]:
    """Return how the deeds of two tools stand to each other, and the word of each that says so.

    The first is that of `words.relation`.
    """
    if found := opposed(frozenset(one.words), frozenset(other.words)):
        return "opposite", *found
    kind = relation(one.verb, other.verb)
    if kind in ("other", "apart") and (both := one.verbs & other.verbs):
        verb = min(both)
        return "same", one.surface.get(verb, verb), other.surface.get(verb, verb)
    return kind, one.verb_word, other.verb_word


def _same_signature(one: Profile, other: Profile) -> float:
    """Return 1 for the same names, types and required ones, 0.5 where only these differ."""
    if not one.signature or not other.signature:
        return 0.0
    if one.signature == other.signature:
        return 1.0 if one.required == other.required else 0.8
    same_names = {name for name, _ in one.signature} == {name for name, _ in other.signature}
    return 0.5 if same_names or (one.required and one.required == other.required) else 0.0


def _umbrella(one: Profile, other: Profile, kind: str) -> float:
    """Return 1 where one name is the other plus a qualifier, and the verbs are the same."""
    words, others = set(one.named), set(other.named)
    if kind not in ("same", "") or words == others or not (words and others):
        return 0.0
    return float(words < others or others < words)


def _same_but_version(one: Profile, other: Profile) -> bool:
    def plain(words: Sequence[str]) -> list[str]:
        return [word for word in words if not VERSION.match(word)]

    marked = one.version or other.version
    return marked and plain(one.words) == plain(other.words) and bool(plain(one.words))


def nearness(ranks: Mapping[int, Mapping[int, int]], one: int, other: int) -> float:
    """Return the nearness of two tools from their ranks among each other's neighbours (0 first).

    >>> nearness({0: {1: 0}, 1: {0: 1}}, 0, 1)
    0.75
    """
    first, second = ranks[one].get(other), ranks[other].get(one)
    return sum(1 / (1 + rank) for rank in (first, second) if rank is not None) / 2
