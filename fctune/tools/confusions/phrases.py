"""The deed and the thing of a tool: verb, key noun and qualifiers of its name or first sentence.

Input: the words of a name, or a sentence. Output: a Phrase. Users tell tools apart by what is done
(the verb) to what (the key noun); qualifiers ("of the current user") are what they leave unsaid.

Before: "list_keys_of_service_account"; "查询航班状态"
After:  Phrase(verb="list", noun="key", rest=("service", "user")); Phrase(verb="get", noun="status")
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from fctune.patterns import regex
from fctune.tools.confusions.segment import is_cjk, text_words
from fctune.tools.confusions.vocabulary import LIGHT
from fctune.tools.confusions.words import concept_of, is_light, is_stop, is_weak, verb_of

VERSION = regex(r"^(?:v|version|\d+|beta|alpha|legacy|old|new|latest|deprecated)$")
# What follows one of these qualifies the thing and is not the thing itself.
_TURNS = frozenset(
    (
        "of", "for", "by", "in", "from", "to", "with", "on", "at", "via", "per", "using", "given",
        "based", "between", "about", "into", "within", "that", "which", "who", "when", "where",
        "if", "as", "than", "after", "before", "including", "such", "owned", "or", "through",
        "during", "under", "against", "like", "从", "为", "成", "到",
    )
)  # fmt: skip
_LATEST_VERB = 4
# A slash or bar between spaces stands between two languages, such as "取消订单 / Cancel an order".
_CLAUSE = regex(r"[,;:()，；：（）]|\s[/|]\s")


@dataclass(frozen=True, slots=True)
class Phrase:
    """What a name or a sentence says is done to what.

    Attributes:
        verb: the verb group, or "" where there is none.
        word: the verb as written, or "".
        noun: the concept of the key noun, or "".
        rest: concepts of the words that qualify it.
    """

    verb: str
    word: str
    noun: str
    rest: tuple[str, ...]


def name_phrase(core: Sequence[str]) -> Phrase:
    """Return the phrase of a name from its words, without those that most names share."""
    verb, word = _name_verb(core)
    if not word:
        return _phrase("", "", core)
    place = core.index(word)
    after = core[place + 1 :]
    if after and after[0] not in _TURNS:
        return _phrase(verb, word, after, also=core[:place])
    return _phrase(verb, word, core[:place], also=after)


def text_phrase(sentence: str) -> Phrase:
    """Return the phrase of a sentence: its first verb and the thing that follows it."""
    found = Phrase("", "", "", ())
    for clause in _CLAUSE.split(sentence):
        phrase = _clause_phrase(text_words(clause))
        if phrase.verb and phrase.noun:
            return phrase
        found = found if found.verb or not phrase.verb else phrase
    return found if found.verb else _phrase("", "", text_words(sentence))


def _clause_phrase(words: Sequence[str]) -> Phrase:
    place = next((i for i, word in enumerate(words) if verb_of(word)), -1)
    if place < 0 or (place > _LATEST_VERB and not is_cjk("".join(words))):
        return Phrase("", "", "", ())
    after = words[place + 1 :]
    if words[0] in ("将", "把") and place > 1:
        after = words[1:place]
    return _phrase(verb_of(words[place]), words[place], after, also=words[:place])


def _name_verb(words: Sequence[str]) -> tuple[str, str]:
    """Return the verb group of a name and its word: the first word, else the last, else any.

    A light verb gives way to the verb that it carries: `apply_refund` is about the refund.
    """
    order = [*words[:1], *words[:0:-1][:1], *words[1:-1]]
    verbs = [word for word in order if verb_of(word)]
    if verbs and is_light(verbs[0]):
        verbs = [word for word in verbs if not is_light(word)] or verbs
    return (verb_of(verbs[0]), verbs[0]) if verbs else ("", "")


def _phrase(verb: str, word: str, words: Sequence[str], also: Iterable[str] = ()) -> Phrase:
    """Find the key noun: the last telling word before the first turn such as `of` or `for`.

    Where the verb is light and that word is a verb, the word is the deed: "ask for a refund".
    """
    parts: list[list[str]] = [[]]
    for each in words:
        if each in _TURNS:
            parts.append([])
        elif not is_stop(each) and not is_light(each) and not VERSION.match(each):
            parts[-1].append(each)
    telling = [part for part in ([w for w in part if not is_weak(w)] for part in parts) if part]
    if verb in LIGHT and telling and (carried := verb_of(telling[0][-1])):
        verb, word = carried, telling[0].pop()
        telling = [part for part in telling if part]
    head = telling[0] if telling else next((part for part in parts if part), [])
    noun = head[-1] if head and head[-1] != word else ""
    rest = [each for part in parts for each in part if each != noun]
    rest += [each for each in also if not is_stop(each) and not VERSION.match(each)]
    return Phrase(
        verb,
        word,
        concept_of(noun) if noun else "",
        tuple(dict.fromkeys(concept_of(each) for each in rest if not is_light(each))),
    )
