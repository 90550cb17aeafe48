"""Why a pair is confusable, in words: the signals grouped, with the words that both tools share.

Input: a scored pair of profiles. Output: reasons, the heaviest first.

Before: {"name-words": 0.6, "signature": 1.0, ...}
After:  Reason("names", 1.4, 'both names say "diff"', ("diff",)), Reason("parameters", 0.9, ...)
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import islice

from fctune.tools.confusions.features import same_deed_words
from fctune.tools.confusions.profile import Profile, Vector
from fctune.tools.confusions.segment import stem

MAX_WORDS = 5
_LEAST = 0.05
_ALWAYS = ("version", "umbrella")
_GROUPS = {
    "version": ("version",),
    "umbrella": ("umbrella",),
    "verbs": ("same-deed", "sibling-deed", "opposite-deed", "key-noun", "same-wish"),
    "names": ("name-letters", "name-words"),
    "descriptions": ("description-words", "description-inside", "letters"),
    "parameters": ("parameters", "signature"),
    "nearest": ("nearest",),
}


@dataclass(frozen=True, slots=True)
class Reason:
    """One reason why two tools are mistaken for each other.

    Attributes:
        signal: `names`, `descriptions`, `parameters`, `verbs`, `umbrella`, `version` or `nearest`.
        weight: what it adds to the log-odds of the score; more is worse.
        text: the reason in one clause.
        words: the words that the two share, or that set them against each other.
    """

    signal: str
    weight: float
    text: str
    words: tuple[str, ...] = ()

    def as_dict(self) -> dict[str, object]:
        """Return the reason as a JSON-ready object."""
        return {
            "signal": self.signal,
            "weight": round(self.weight, 3),
            "text": self.text,
            "words": list(self.words),
        }


def reasons(
    one: Profile, other: Profile, values: Mapping[str, float], added: Mapping[str, float]
) -> tuple[Reason, ...]:
    """Return the reasons of a pair, the heaviest first, the bare nearness last.

    Args:
        one: a tool.
        other: the other tool.
        values: the signals of the pair.
        added: what each signal adds to the log-odds (`score.contributions`).
    """
    found = []
    for group, members in _GROUPS.items():
        weight = sum(added.get(name, 0.0) for name in members)
        told = _TOLD[group](one, other, values)
        if told is not None and (weight >= _LEAST or group in _ALWAYS):
            found.append(Reason(group, weight, *told))
    return tuple(sorted(found, key=lambda r: (r.signal == "nearest", -r.weight, r.signal)))


def shared_words(one: Profile, other: Profile, field: str) -> tuple[str, ...]:
    """Return the words that two tools share in a field, the rarest first; synonyms as `a/b`."""
    mine: Vector = getattr(one, field)
    theirs: Vector = getattr(other, field)
    terms = [term for term in mine.keys() & theirs.keys() if term[0] != "~"]
    terms.sort(key=lambda term: (-mine[term] * theirs[term], term))
    return told_words(_surface(one, other, term) for term in terms)


def told_words(words: Iterable[str]) -> tuple[str, ...]:
    """Return the first few words worth telling a reader, each once, without scraps like `mm`."""
    kept = (word for word in words if len(word) > (2 if word.isascii() else 1))
    return tuple(islice(dict.fromkeys(kept), MAX_WORDS))


def quoted(words: tuple[str, ...]) -> str:
    """Return words in quotes, with commas.

    >>> quoted(("order", "get/fetch"))
    '"order", "get/fetch"'
    """
    return ", ".join(f'"{word}"' for word in words)


def _surface(one: Profile, other: Profile, term: str) -> str:
    mine, theirs = one.surface.get(term, term), other.surface.get(term, term)
    if stem(mine) == stem(theirs):
        return min(mine, theirs, key=lambda word: (len(word), word))
    return f"{mine}/{theirs}"


_Told = tuple[str, tuple[str, ...]] | None


def _names(one: Profile, other: Profile, values: Mapping[str, float]) -> _Told:
    words = shared_words(one, other, "named")
    if words:
        return f"both names say {quoted(words)}", words
    if values["name-letters"] >= 0.6:
        return f"the names are spelled {values['name-letters']:.0%} alike", ()
    return None


def _descriptions(one: Profile, other: Profile, values: Mapping[str, float]) -> _Told:
    words = shared_words(one, other, "body")
    if one.description.strip() and one.description.strip() == other.description.strip():
        return "the descriptions are the same text", words
    if words and values["description-inside"] >= 0.9:
        return f"one description says nothing that the other does not: {quoted(words)}", words
    if words:
        return f"both descriptions say {quoted(words)}", words
    if values["letters"] >= 0.3:
        return f"the texts are spelled {values['letters']:.0%} alike", ()
    return None


def _parameters(one: Profile, other: Profile, values: Mapping[str, float]) -> _Told:
    names = tuple(sorted(name for name, _ in one.signature & other.signature))
    if values["signature"] == 1.0:
        return f"the same parameters: {', '.join(names)}", names
    if names:
        return f"shared parameters: {', '.join(names[:MAX_WORDS])}", names
    words = shared_words(one, other, "inputs")
    return (f"parameters alike in {quoted(words)}", words) if words else None


def _verbs(one: Profile, other: Profile, values: Mapping[str, float]) -> _Told:
    kind, mine, theirs = same_deed_words(one, other)
    things = shared_words(one, other, "thing") or shared_words(one, other, "told")
    about = f" about {quoted(things[:2])}" if things else ""
    if kind == "same" and mine != theirs:
        return f'"{mine}" and "{theirs}" mean the same{about}', (mine, theirs)
    if kind == "sibling":
        return f'"{mine}" and "{theirs}" are neighbouring wishes{about}', (mine, theirs)
    if kind == "opposite":
        return f'"{mine}" and "{theirs}" are opposites{about}', (mine, theirs)
    if kind == "same" and things:
        return f'both "{mine}"{about}', (mine, *things)
    return (f"both are about {quoted(things)}", things) if things else None


def _umbrella(one: Profile, other: Profile, values: Mapping[str, float]) -> _Told:
    if not values["umbrella"]:
        return None
    general, special = (one, other) if len(one.named) < len(other.named) else (other, one)
    return f"{general.name} looks like the general form of {special.name}", ()


def _version(one: Profile, other: Profile, values: Mapping[str, float]) -> _Told:
    return ("the names differ by a version mark alone", ()) if values["version"] else None


def _nearest(one: Profile, other: Profile, values: Mapping[str, float]) -> _Told:
    if values["nearest"] == 1.0:
        return "no other tool is nearer to either", ()
    return ("few other tools are nearer to either", ()) if values["nearest"] >= 0.5 else None


_TOLD = {
    "nearest": _nearest,
    "version": _version,
    "umbrella": _umbrella,
    "verbs": _verbs,
    "names": _names,
    "descriptions": _descriptions,
    "parameters": _parameters,
}
