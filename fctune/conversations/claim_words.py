"""The words of deeds, for the audit of claims: verbs by kind, their past forms, things in Chinese.

Input: nothing, or the name and description of a tool. Output: kinds of deeds and names of things
that can be compared with those of a claim.

Before: name "turn_off_light", description "Turns off the light in a room"
After:  kinds {"switch"}, things {"light", "room"}
"""

from __future__ import annotations

import re
from functools import lru_cache

from fctune.conversations.grounding_tables import STOP_WORDS
from fctune.conversations.grounding_text import han, stem, words
from fctune.conversations.word_lists import lines_of, words_of

KINDS: dict[str, frozenset[str]] = {}
for _line in lines_of("deed_verbs"):
    for _verb in _line.split():
        KINDS[_verb] = KINDS.get(_verb, frozenset()) | {_line.split()[0]}
for _line in lines_of("deed_kinds"):
    _verb, *_kinds = _line.split()
    KINDS[_verb] |= set(_kinds)


def _past(verb: str) -> str:
    if verb.endswith("e"):
        return verb + "d"
    return verb[:-1] + "ied" if verb[-1] == "y" and verb[-2] not in "aeou" else verb + "ed"


def _by_first_word(name: str) -> dict[str, tuple[str, ...]]:
    return {line.split()[0]: tuple(line.split()[1:]) for line in lines_of(name)}


PAST_FORMS: dict[str, str] = {
    **{_past(verb): verb for verb in KINDS},
    **dict(line.split("|", 1) for line in lines_of("past_forms")),
}
CHINESE_VERBS = _by_first_word("chinese_verbs")
CHINESE_NOUNS = _by_first_word("chinese_nouns")
# Every tool is about these.
_GENERAL = frozenset(map(stem, words_of("general_things")))


@lru_cache(maxsize=8192)
def verbs_of(name: str, description: str) -> frozenset[str]:
    """Return the kinds of deeds that a tool does, by its name and the first words of its text.

    >>> sorted(verbs_of("turn_off_light", "Turns off the light"))
    ['switch']
    """
    first = [_base(word) for word in words(description[:60])[:2]]
    found = [KINDS[word] for word in [*words(name), *first] if word in KINDS]
    kinds = frozenset(kind for group in found for kind in group)
    if han(description):
        verbs = [
            verb for word, verbs in CHINESE_VERBS.items() if word in description for verb in verbs
        ]
        kinds |= {kind for verb in verbs for kind in KINDS[verb]}
    return kinds


def _base(word: str) -> str:
    for candidate in (word, word.removesuffix("s"), word.removesuffix("es")):
        if candidate in KINDS:
            return candidate
    return word


@lru_cache(maxsize=8192)
def nouns_of(name: str, description: str) -> frozenset[str]:
    """Return the things that a tool is about; where its name has none, those of its description.

    >>> sorted(nouns_of("turn_off_light", "Turns off the light"))
    ['light']
    """
    parts = words(name)
    kept = [word for word in parts if word not in STOP_WORDS]
    found = {stem(word) for word in kept if word != parts[0] or word not in KINDS} - _GENERAL
    if not found:
        told = [word for word in words(description[:200]) if word not in STOP_WORDS]
        found = {stem(word) for word in told if word not in KINDS} - _GENERAL
    if re.search("[一-鿿]", description):
        text = "".join(han(description[:200]))
        found |= {text[at : at + 2] for at in range(len(text) - 1)}
    return frozenset(found)
