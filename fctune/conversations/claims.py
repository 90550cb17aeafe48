"""Audit: the model says that it did something, and nothing was called.

Role: a model that is trained on claims learns to claim instead of to call. Input: a Conversation.
Output: a warning `success-claimed` for each model turn that tells of a deed for which a tool is
listed, in an exchange without any call. Verb and object of the claim both have to fit the tool.

Before: tools [turn_off_light], user "Lights off, please", model "I have turned off the light."
After:  turns[1]: got "I have turned off the light", and turn_off_light was not called
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from fctune.conversations.claim_words import (
    CHINESE_NOUNS,
    CHINESE_VERBS,
    KINDS,
    PAST_FORMS,
    nouns_of,
    verbs_of,
)
from fctune.conversations.grounding_text import stem, words
from fctune.conversations.turns import Conversation, ModelTurn, UserTurn
from fctune.issues import Issue, issue
from fctune.patterns import regex
from fctune.tools.spec import ToolCatalog, ToolSpec

_CODE = "success-claimed"
_MAX_READ = 4000
_MAX_SHOWN = 60
_ADVERBS = r"(?:(?:just|now|already|also|successfully|gone ahead and) ){0,3}"
_PAST = "|".join(sorted(PAST_FORMS, key=len, reverse=True))
# I have turned off the light | I just sent it | Your table has been booked
_ACTIVE = regex(
    rf"\bI(?: have|['’]ve|(?= (?:just|already|now|successfully))) {_ADVERBS}"
    rf"(?P<verb>{_PAST})\b(?P<rest>[^.!?\n。！？]{{0,120}})"
)
_PASSIVE = regex(
    rf"(?P<rest>[^.!?\n。！？,;]{{3,80}}) (?:has|have) been {_ADVERBS}(?P<verb>{_PAST})\b"
)
# What each find of `_PASSIVE` ends with: that the search for it can jump to.
_BEEN = regex(rf" (?:has|have) been {_ADVERBS}(?:{_PAST})\b")
_CHINESE_PAST = "|".join(sorted(CHINESE_VERBS, key=len, reverse=True))
_FOR_YOU = "(?:为您|为你|帮您|帮你|给您|给你|替您|替你|将|把)"
_CLAUSE_SIGNS = "。！？\n，,"
_CLAUSE_END = regex(f"[{_CLAUSE_SIGNS}]")
_WITHIN = f"[^{_CLAUSE_SIGNS}]"
_CHINESE = regex(
    f"(?P<before>{_WITHIN}{{0,20}}?)(?:(?:已经|已|成功|刚刚){{1,3}}{_FOR_YOU}?|{_FOR_YOU}"
    f"|我(?:在{_WITHIN}{{0,12}})?)(?P<with>{_WITHIN}{{0,16}}?)(?P<verb>{_CHINESE_PAST})"
    f"(?P<done>好了|好|了|成功|完成)?(?P<rest>{_WITHIN}{{0,20}})"
)
_FIRST_PERSON = regex(r"I(?: have|['’]ve| just| already| now| successfully) ")
# What each find of `_CHINESE` holds; without what may stand around it, which takes long to try.
_CHINESE_DEED = regex(f"(?:已|成功|刚刚|{_FOR_YOU}|我)[^。！？\n，,]{{0,32}}?(?:{_CHINESE_PAST})")
# Not deeds of the model: conditions, denials, reports of others, and questions.
_UNSURE = regex(
    r"\b(?:if|once|after|when|until|unless|before|not|never|would|could|should|may|might|whether|"
    r"as soon as|assuming|suppose|that you|you)\b[^.!?]{0,40}$",
    re.IGNORECASE,
)
_CHINESE_UNSURE = regex("如果|一旦|等|之后|当|没有|未|不|请|是否|吗|可以|能|会(?!议)|需要|想|要")
# Each begins with a character that the search can jump to: about 1 us on a line of 2 kB.
_MARKS = (
    regex(rb"I(?: have|'ve| just| already| now| successfully) "),
    regex(rb"been "),
    regex(rb"\\u"),
)


@dataclass(frozen=True, slots=True)
class _Claim:
    """A deed that words tell of: what, done to what, and the words."""

    kinds: frozenset[str]
    objects: frozenset[str]
    shown: str


def suspect(line: bytes) -> bool:
    """Tell whether a raw line may hold a claim; False means that `find` finds none.

    >>> suspect(b'{"value": "I have turned off the light."}'), suspect(b'{"value": "Hello!"}')
    (True, False)
    """
    # Chinese, curly apostrophes and escapes are not looked into.
    return not line.isascii() or any(mark.search(line) for mark in _MARKS)


def find(conversation: Conversation) -> list[Issue]:
    """Return a warning for each model turn that claims a deed without a call."""
    if not conversation.catalog.specs:
        return []
    issues: list[Issue] = []
    acted = False
    called: set[str] = set()
    for index, turn in enumerate(conversation.turns):
        if isinstance(turn, UserTurn):
            acted = False
        elif not isinstance(turn, ModelTurn) or turn.calls:
            acted = True
            called.update(call.name for call in getattr(turn, "calls", ()))
        elif not acted and "```" not in turn.text:  # "I have added a test" tells of the code
            found = _find_in(turn.text[:_MAX_READ], conversation.catalog, called)
            if found is not None:
                claim, spec = found
                told = f"got {claim.shown!r}, and {spec.name} was not called"
                issues.append(issue(_CODE, f"turns[{index}]", told))
    return issues


def may_tell(text: str) -> bool:
    """Tell whether words of the model may tell of a deed; False is sure."""
    if ("I" in text and _FIRST_PERSON.search(text)) or " been " in text:
        return True
    return not text.isascii() and _CHINESE_DEED.search(text) is not None


def may_claim(text: str, catalog: Callable[[], ToolCatalog]) -> bool:
    """Tell whether words of the model claim a deed of a listed tool; see `find` for the rest.

    Args:
        text: the words.
        catalog: gives the tools; asked only where there is a claim.
    """
    if "```" in text:
        return False
    claims = list(_claims_of(text[:_MAX_READ]))
    return bool(claims) and any(_fits(claim, spec) for claim in claims for spec in catalog())


def _find_in(text: str, catalog: ToolCatalog, called: set[str]) -> tuple[_Claim, ToolSpec] | None:
    """Return the first claim of a text that a listed tool fits, unless that one was called."""
    for claim in _claims_of(text):
        fitting = [spec for spec in catalog if _fits(claim, spec)]
        if fitting and not any(spec.name in called for spec in fitting):
            return claim, fitting[0]
    return None


def _claims_of(text: str) -> Iterator[_Claim]:
    for pattern, finds in ((_ACTIVE, _active(text)), (_PASSIVE, _passive(text))):
        for found in finds:
            begin = max(0, found.start() - 60)
            before = text[begin : found.start()] if pattern is _ACTIVE else found["rest"]
            if _UNSURE.search(before):
                continue
            verb = PAST_FORMS[found["verb"]]
            objects = frozenset(map(stem, words(found["rest"])))
            yield _Claim(frozenset(KINDS[verb]), objects, _shown(found.group()))
    if text.isascii() or not _CHINESE_DEED.search(text):
        return
    for found in _chinese(text):
        if not found["done"] and not re.search(
            "已|成功|刚刚", found.group()[: found.start("verb")]
        ):
            continue
        around = found["before"] + found["with"] + found["verb"] + found["rest"]
        if _CHINESE_UNSURE.search(found["before"] + found["rest"][-1:]):
            continue
        things = {noun for word, nouns in CHINESE_NOUNS.items() if word in around for noun in nouns}
        things |= {around[at : at + 2] for at in range(len(around) - 1)}
        kinds = frozenset(kind for verb in CHINESE_VERBS[found["verb"]] for kind in KINDS[verb])
        yield _Claim(kinds, frozenset(things), _shown(found.group()))


def _active(text: str) -> Iterator[re.Match[str]]:
    """Yield what `_ACTIVE.finditer` does, trying it only at each I."""
    at = text.find("I")
    while at >= 0:
        found = _ACTIVE.match(text, at)
        if found is not None:
            yield found
        at = text.find("I", found.end() if found is not None else at + 1)


def _chinese(text: str) -> Iterator[re.Match[str]]:
    """Yield what `_CHINESE.finditer` does, in the clauses that may hold a find: none is in two."""
    deed = _CHINESE_DEED.search(text)
    while deed is not None:
        start = max(text.rfind(sign, 0, deed.start()) for sign in _CLAUSE_SIGNS) + 1
        end = _CLAUSE_END.search(text, deed.end())
        yield from _CHINESE.finditer(text, start, end.start() if end else len(text))
        deed = _CHINESE_DEED.search(text, end.end()) if end else None


def _passive(text: str) -> Iterable[re.Match[str]]:
    return _PASSIVE.finditer(text) if " been " in text and _BEEN.search(text) else ()


def _shown(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= _MAX_SHOWN else text[: _MAX_SHOWN - 3] + "..."


def _fits(claim: _Claim, spec: ToolSpec) -> bool:
    """Tell whether a tool does such a deed to such a thing."""
    if not claim.kinds & verbs_of(spec.name, spec.description):
        return False
    nouns = nouns_of(spec.name, spec.description)
    return bool(claim.objects & nouns)
