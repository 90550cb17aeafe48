"""What is compared of a tool: weighted words of its name, description and parameters.

Input: a catalogue. Output: one Profile per tool. Weights come from the catalogue itself: a word
that most of its tools use says little about any of them.

Before: ToolSpec("cancel_order", "Cancel an order.", {... "order_id" ...})
After:  Profile(verb="cancel", nouns={"order"}, body={"cancel": 0.9, "order": 0.4}, ...)
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from fctune.tools.confusions.phrases import VERSION, Phrase
from fctune.tools.confusions.reading import Reading, readings
from fctune.tools.confusions.segment import is_cjk, name_words, runs, text_words, whole_of
from fctune.tools.confusions.words import concept_of, is_stop, is_weak, themes_of, verb_of
from fctune.tools.spec import ToolCatalog, ToolSpec

Vector = Mapping[str, float]
WEAK_WEIGHT = 0.35
THEME_WEIGHT = 0.35
_NOUN_COUNT = 3


@dataclass(frozen=True, slots=True)
class Profile:
    """One tool as the comparison sees it; vectors have length 1, or no entry.

    Attributes:
        name: the tool's name.
        description: as the catalogue has it.
        words: the words of the name, in order.
        core: the words that most other names of the catalogue do not have, in order.
        verb: the verb group of the name, else of the description; "" where there is none.
        verb_word: the verb as written.
        verbs: the verb groups of name and first sentence.
        nouns: the key nouns of name and first sentence.
        thing: what the name says it works on, the key noun above its qualifiers.
        told: the same of the first sentence.
        named: all concepts of the name, with themes.
        body: concepts of the whole description.
        letters: runs of 3 to 5 letters (1 to 2 Chinese characters) of the whole tool.
        inputs: words of the parameters' names.
        signature: name and type of each parameter.
        required: names of the required parameters, sorted.
        version: whether the name holds a version mark.
        warned: tools that the description tells apart by name.
        surface: concept to the word as first written.
    """

    name: str
    description: str
    words: tuple[str, ...]
    core: tuple[str, ...]
    verb: str
    verb_word: str
    verbs: frozenset[str]
    nouns: frozenset[str]
    thing: Vector
    told: Vector
    named: Vector
    body: Vector
    letters: Vector
    inputs: Vector
    signature: frozenset[tuple[str, str]]
    required: tuple[str, ...]
    version: bool
    warned: frozenset[str]
    surface: Mapping[str, str]


def profiles(catalog: ToolCatalog) -> tuple[Profile, ...]:
    """Return the profile of each tool, in the catalogue's order."""
    found = readings(catalog)
    terms = [_terms(reading) for reading in found]
    counts: dict[str, Counter[str]] = {}
    for fields in terms:
        for field, words in fields.items():
            counts.setdefault(field, Counter()).update(set(words))
    weights = {
        field: {term: _weight(term, count, len(found)) for term, count in each.items()}
        for field, each in counts.items()
    }
    return tuple(
        _profile(reading, {field: _vector(words, weights[field]) for field, words in own.items()})
        for reading, own in zip(found, terms, strict=True)
    )


def _weight(term: str, count: int, tools: int) -> float:
    """Return the weight of a term: inverse frequency, less for empty words and themes."""
    rare = math.log1p((tools - count + 0.5) / (count + 0.5))
    if term.startswith("~"):
        return rare * THEME_WEIGHT
    return rare * WEAK_WEIGHT if is_weak(term) else rare


def _vector(terms: Iterable[str], weights: Mapping[str, float]) -> Vector:
    """Return the unit vector of some terms; repeats count by their logarithm."""
    raw = {
        term: (1 + math.log(count) if count > 1 else 1) * weights[term]
        for term, count in Counter(terms).items()
    }
    norm = math.sqrt(sum(value * value for value in raw.values())) or 1.0
    return {term: value / norm for term, value in raw.items()}


def _terms(reading: Reading) -> dict[str, tuple[str, ...]]:
    """Return the terms of a tool by field of the Profile."""
    named = [
        verb_of(word) if word == reading.named.word else concept_of(word)
        for word in reading.words
        if not is_stop(word) or is_cjk(word)
    ]
    text = _meaning(text_words(reading.text))
    properties = _properties(reading.spec)
    inputs = [word for name in properties for word in name_words(name) if not is_stop(word)]
    thing = reading.named if reading.named.noun else reading.told
    return {
        "thing": _thing(thing),
        "told": _thing(reading.told),
        "named": _with_themes(named),
        "body": _with_themes([concept_of(word) for word in text]),
        "letters": _letters(reading, inputs),
        "inputs": tuple(map(concept_of, inputs)),
    }


def _thing(phrase: Phrase) -> tuple[str, ...]:
    noun = (phrase.noun,) * _NOUN_COUNT if phrase.noun else ()
    return _with_themes((*noun, *phrase.rest))


def _meaning(words: Iterable[str]) -> tuple[str, ...]:
    return tuple(word for word in words if not is_stop(word) and not word.isdigit())


def _with_themes(concepts: Sequence[str]) -> tuple[str, ...]:
    themes = dict.fromkeys(theme for concept in concepts for theme in themes_of(concept))
    return (*concepts, *themes)


def _properties(spec: ToolSpec) -> dict[str, str]:
    properties = spec.parameters.get("properties")
    if not isinstance(properties, Mapping):
        return {}
    return {str(name): _kind(schema) for name, schema in properties.items()}


def _kind(schema: object) -> str:
    kind = schema.get("type", "any") if isinstance(schema, Mapping) else "any"
    return kind if isinstance(kind, str) else "/".join(sorted(map(str, kind)))


def _letters(reading: Reading, inputs: Sequence[str]) -> tuple[str, ...]:
    every = (*reading.words, *text_words(reading.text), *inputs)
    return tuple(gram for word in every for gram in _grams(word))


@lru_cache(maxsize=65536)
def _grams(word: str) -> tuple[str, ...]:
    """Return the runs of letters of one word, its borders marked by spaces."""
    low, high = (1, 2) if is_cjk(word) else (3, 5)
    source = word if is_cjk(word) else f" {word} "
    sizes = range(low, min(high, len(source)) + 1)
    return tuple(source[i : i + n] for n in sizes for i in range(len(source) - n + 1))


def _surface(reading: Reading) -> dict[str, str]:
    """Return, for each concept and verb of a tool, the word that a reader finds in it."""
    text = f"{reading.spec.name} {reading.text}"
    wholes = {pair: whole for run in runs(text) for pair, whole in whole_of(run).items()}
    found: dict[str, str] = {}
    for word in (*reading.words, *_meaning(text_words(reading.text))):
        found.setdefault(concept_of(word), wholes.get(word, word))
        if verb := verb_of(word):
            found.setdefault(verb, word)
    return found


def _profile(reading: Reading, vectors: Mapping[str, Vector]) -> Profile:
    spec, named, told = reading.spec, reading.named, reading.told
    required = spec.parameters.get("required")
    return Profile(
        name=spec.name,
        description=spec.description,
        words=reading.words,
        core=reading.core,
        verb=named.verb or told.verb,
        verb_word=named.word or told.word,
        verbs=frozenset(filter(None, (named.verb, told.verb))),
        nouns=frozenset(filter(None, (named.noun, told.noun))),
        signature=frozenset(_properties(spec).items()),
        required=tuple(sorted(map(str, required if isinstance(required, list) else ()))),
        version=any(VERSION.match(word) for word in reading.words),
        warned=reading.warned,
        surface=_surface(reading),
        **vectors,
    )
