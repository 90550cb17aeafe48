"""What one tool says, in words: before any weight is known.

Input: a catalogue. Output: one Reading per tool. Three things are set right before tools are
compared. A sentence that warns of another tool ("Not for refunds: use apply_refund") is cut, since
it sets the two apart with the very words of the other. A start that most descriptions share ("This
is the subfunction for ...") is dropped. A name run together (`alltransactions`) is cut at words
that its description uses.

Before: ToolSpec("alltransactions", "List all transactions. Not for totals: use sum_up.", ...)
After:  Reading(words=("all", "transactions"), text="List all transactions.", warned={"sum_up"})
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass

from fctune.patterns import regex
from fctune.tools.confusions.phrases import Phrase, name_phrase, text_phrase
from fctune.tools.confusions.segment import is_cjk, name_words, sentences, text_words
from fctune.tools.confusions.words import is_known
from fctune.tools.spec import ToolCatalog, ToolSpec

MAX_CHARS = 1500
_NEGATIVE = regex(r"(?i:\b(?:not|instead|rather|don't|never)\b)|不要|不用|不是|而非|不适用|勿")
_USE = regex(r"(?:\b[Uu]se|用)\s*(?:the\s+)?[`'\"“「]?([\w.-]+)", re.ASCII)
_SEPARATOR = regex(r"[,;:(，：（]")
_TOKEN = regex(r"[\w.-]+", re.ASCII)
_WORD = regex(r"[^\W_]+")
_START = 5
_MOST = 0.6
_FEW = 4
_SHORTEST_COMPOUND = 7


@dataclass(frozen=True, slots=True)
class Reading:
    """One tool in words.

    Attributes:
        spec: the tool.
        words: the words of the name, in order.
        core: those that most other names of the catalogue do not have; all where none is left.
        named: what the name says is done to what.
        told: what the first sentence says is done to what.
        first: the first sentence of the description.
        text: the description without warnings and common starts.
        warned: tools that the description tells apart by name.
    """

    spec: ToolSpec
    words: tuple[str, ...]
    core: tuple[str, ...]
    named: Phrase
    told: Phrase
    first: str
    text: str
    warned: frozenset[str]


def readings(catalog: ToolCatalog) -> tuple[Reading, ...]:
    """Return the reading of each tool, in the catalogue's order."""
    names = {name.casefold(): name for name in catalog.names}
    told = [sentences(spec.description[:MAX_CHARS]) for spec in catalog]
    starts = _common((_start(sentence) for sentence in each) for each in told)
    words = [_whole_words(spec) for spec in catalog]
    shared = _common(words)
    return tuple(
        _reading(spec, own, [_cut_start(sentence, starts) for sentence in each], names, shared)
        for spec, own, each in zip(catalog, words, told, strict=True)
    )


def _reading(
    spec: ToolSpec,
    words: tuple[str, ...],
    told: Sequence[str],
    names: Mapping[str, str],
    shared: Set[object],
) -> Reading:
    kept, warned = [], set()
    for sentence in told:
        named = _named_instead(sentence.casefold(), names) - {spec.name}
        warned |= named
        kept.append(_without_warning(sentence) if named else sentence)
    core = tuple(word for word in words if word not in shared) or words
    first = next((sentence for sentence in kept if sentence), "")
    return Reading(
        spec,
        words,
        core,
        name_phrase(core),
        text_phrase(first),
        first,
        " \n".join(kept),
        frozenset(warned),
    )


def _without_warning(sentence: str) -> str:
    """Return a sentence up to its "not", or up to the clause that says "use"."""
    if negative := _NEGATIVE.search(sentence):
        return sentence[: negative.start()]
    used = _USE.search(sentence)
    ends = (
        [found.start() for found in _SEPARATOR.finditer(sentence, 0, used.start())] if used else []
    )
    return sentence[: max(ends, default=0)]


def _named_instead(sentence: str, names: Mapping[str, str]) -> set[str]:
    """Return the tools that a sentence sends the reader to, or tells the tool apart from.

    A name of one word ("search") counts only after "use", since it may be a plain word.
    """
    found = {names[used] for token in _USE.findall(sentence) if (used := token.strip(".")) in names}
    if _NEGATIVE.search(sentence):
        tokens = {token.strip(".") for token in _TOKEN.findall(sentence)}
        found |= {names[token] for token in tokens & names.keys() if len(name_words(token)) > 1}
    if is_cjk(sentence) and (found or _NEGATIVE.search(sentence) or "用" in sentence):
        found |= {name for key, name in names.items() if is_cjk(key) and key in sentence}
    return found


def _common(groups: Iterable[Iterable[object]]) -> frozenset[object]:
    """Return what most tools share, such as `git` in `git_log`: it tells nothing apart."""
    held = [set(group) for group in groups]
    if len(held) < _FEW:
        return frozenset()
    counts = Counter(item for group in held for item in group)
    return frozenset(item for item, n in counts.items() if item and n > _MOST * len(held))


def _start(sentence: str) -> tuple[str, ...]:
    words = _WORD.findall(sentence.casefold())
    return tuple(words[:_START]) if len(words) >= _START else ()


def _cut_start(sentence: str, starts: Set[object]) -> str:
    if _start(sentence) not in starts:
        return sentence
    ends = [found.end() for found in _WORD.finditer(sentence)]
    return sentence[ends[_START - 1] :].lstrip(" :,-")


def _whole_words(spec: ToolSpec) -> tuple[str, ...]:
    """Return the words of a name, run-together ones cut where the description shows how."""
    told = set(text_words(spec.description[:MAX_CHARS]))
    return tuple(part for word in name_words(spec.name) for part in _parts(word, told))


def _parts(word: str, told: Set[str]) -> tuple[str, ...]:
    if len(word) < _SHORTEST_COMPOUND or word in told or not word.isascii() or is_known(word):
        return (word,)
    for cut in range(len(word) - 3, 2, -1):
        head, tail = word[:cut], word[cut:]
        if all(part in told or is_known(part) for part in (head, tail)) and {head, tail} & told:
            return head, tail
    return (word,)
