"""What to do about a confusable pair: concrete steps, the most useful first.

Input: two profiles and their signals. Output: sentences that name the tools, the words and, where
that helps, the very sentence to add to a description.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from fctune.tools.confusions.profile import Profile
from fctune.tools.confusions.reasons import MAX_WORDS, quoted, shared_words, told_words
from fctune.tools.confusions.segment import is_cjk, sentences, text_words
from fctune.tools.confusions.words import is_stop

_MAX_HEAD = 70


def advice(one: Profile, other: Profile, values: Mapping[str, float]) -> tuple[str, ...]:
    """Return the steps that would set the two tools apart.

    Args:
        one: a tool.
        other: the other tool.
        values: the signals of the pair.
    """
    if _twins(one, other):
        apart = (
            f"Nothing in their texts tells {one.name} and {other.name} apart: "
            "merge them, or say in each what only it does."
        )
        return tuple(filter(None, (_version(one, other, values), apart)))
    found = [
        _version(one, other, values),
        *(_thin(profile) for profile in (one, other)),
        _words(one, other),
        _parameters(one, other, values),
        _umbrella(one, other, values),
        *(
            _warning(mine, theirs)
            for mine, theirs in ((one, other), (other, one))
            if theirs.name not in mine.warned
        ),
    ]
    return tuple(step for step in found if step)


def _version(one: Profile, other: Profile, values: Mapping[str, float]) -> str:
    if not values["version"]:
        return ""
    return (
        f"Offer only one of {one.name} and {other.name} to the model: "
        "it cannot know which one is current."
    )


def _thin(profile: Profile) -> str:
    if profile.body:
        return ""
    return (
        f"Write what {profile.name} does and for which wish it is meant: its description is empty."
    )


def _twins(one: Profile, other: Profile) -> bool:
    """Tell whether neither text has a word that the other lacks."""
    told = bool(one.body) and bool(other.body)
    return told and not own_words(one, other) and not own_words(other, one)


def _words(one: Profile, other: Profile) -> str:
    """Say which words to drop or move, and with which own words each should open."""
    shared = shared_words(one, other, "body") or shared_words(one, other, "named")
    mine, theirs = own_words(one, other), own_words(other, one)
    if not shared or not one.body or not other.body:
        return ""
    for profile, own, rest in ((one, mine, other), (other, theirs, one)):
        if not own:
            return (
                f"Say in {profile.name} what only it does: all its words are in {rest.name} too "
                f"({quoted(shared)})."
            )
    if _opens_with(one, mine) and _opens_with(other, theirs):
        return ""
    return (
        f"Open each description with its own words, not with {quoted(shared[:3])}: "
        f"{one.name} with {quoted(mine[:3])}, {other.name} with {quoted(theirs[:3])}."
    )


def _opens_with(profile: Profile, own: tuple[str, ...]) -> bool:
    """Tell whether the first telling word of a description is one that the other tool lacks."""
    words = (word for word in text_words(profile.description) if not is_stop(word))
    return next(words, "") in own


def own_words(profile: Profile, other: Profile) -> tuple[str, ...]:
    """Return words of a tool's name and description that the other tool lacks, heaviest first."""
    theirs = other.named.keys() | other.body.keys()
    weights = {
        term: max(profile.named.get(term, 0.0), profile.body.get(term, 0.0))
        for term in (profile.named.keys() | profile.body.keys()) - theirs
        if term[0] != "~"
    }
    ranked = sorted(weights, key=lambda term: (-weights[term], term))
    return told_words(profile.surface.get(term, term) for term in ranked)


def _parameters(one: Profile, other: Profile, values: Mapping[str, float]) -> str:
    if values["signature"] < 0.8 or not one.signature:
        return ""
    names = sorted(name for name, _ in one.signature)
    shown = ", ".join(names[:MAX_WORDS]) + (", ..." if len(names) > MAX_WORDS else "")
    step = (
        f"Both take exactly ({shown}): require in one a parameter that only its task needs, "
        "such as the identifier of what it works on"
    )
    merge = ", or merge them into one tool whose enum parameter holds the difference"
    return f"{step}{merge if one.verb == other.verb else ''}."


def _umbrella(one: Profile, other: Profile, values: Mapping[str, float]) -> str:
    if not values["umbrella"]:
        return ""
    general, special = (one, other) if len(one.named) < len(other.named) else (other, one)
    return f"Say in {general.name} what it covers beside {special.name}, or drop one of them."


def _warning(profile: Profile, other: Profile) -> str:
    """Return the sentence to add to a description: when not to use it, and what to use instead."""
    head = _head(other)
    if is_cjk(profile.description):
        line = f"不用于“{head}”，请用 {other.name}。" if head else f"另见 {other.name}，请勿混用。"
    else:
        line = f'Not for "{head}": use {other.name}.' if head else f"Not the same as {other.name}."
    return f"Add to {profile.name}: {line}"


def _head(profile: Profile) -> str:
    """Return the first sentence of a description, short and without marks at its end."""
    told = sentences(profile.description)
    head = re.sub(r"\s+", " ", told[0]).strip(' .。"“”') if told else ""
    head = head.replace('"', "'")
    return head if len(head) <= _MAX_HEAD else head[: _MAX_HEAD - 3].rstrip() + "..."
