"""confusable_pairs: the pairs of a catalogue that a model will mistake for each other.

Input: a ToolCatalog. Output: pairs with score, reasons and advice, the most confusable first. The
same catalogue gives the same pairs, bit by bit, in whatever order its tools stand.

Before: tools `cancel_order` and `apply_refund`
After:  ConfusablePair("apply_refund", "cancel_order", 0.71, (Reason("verbs", ...),), ("Add ...",))
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from fctune.tools.confusions.advice import advice
from fctune.tools.confusions.candidates import candidate_pairs, letters_of, neighbours
from fctune.tools.confusions.features import nearness, signals
from fctune.tools.confusions.profile import Profile, profiles
from fctune.tools.confusions.reasons import Reason, reasons
from fctune.tools.confusions.score import DEFAULT_MIN_SCORE, contributions, score
from fctune.tools.spec import ToolCatalog


@dataclass(frozen=True, slots=True)
class ConfusablePair:
    """Two tools that a model may mistake for each other.

    Attributes:
        a: name of the tool that stands first in the catalogue.
        b: name of the other.
        score: from 0 (apart) to 1 (the same), comparable across catalogues.
        reasons: why, the heaviest first.
        advice: what to do, the most useful first.
        values: each signal from 0 to 1, by the names of `features.SIGNALS`.
    """

    a: str
    b: str
    score: float
    reasons: tuple[Reason, ...]
    advice: tuple[str, ...]
    values: Mapping[str, float]

    def as_dict(self) -> dict[str, object]:
        """Return the pair as a JSON-ready object."""
        return {
            "a": self.a,
            "b": self.b,
            "score": round(self.score, 4),
            "reasons": [reason.as_dict() for reason in self.reasons],
            "advice": list(self.advice),
            "signals": {name: round(value, 3) for name, value in self.values.items()},
        }


@dataclass(frozen=True, slots=True)
class ScoredPair:
    """A pair with its score, before reasons and advice are worded."""

    one: Profile
    other: Profile
    score: float
    values: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Survey:
    """What one look at a catalogue found.

    Attributes:
        pairs: the confusable pairs, the most confusable first.
        scores: the score of every pair that was near enough to be scored, by the two names.
    """

    pairs: tuple[ConfusablePair, ...]
    scores: Mapping[tuple[str, str], float]


def confusable_pairs(
    catalog: ToolCatalog, *, min_score: float = DEFAULT_MIN_SCORE
) -> tuple[ConfusablePair, ...]:
    """Return the confusable pairs of a catalogue, the most confusable first.

    Args:
        catalog: the tools that stand in one prompt.
        min_score: leave out pairs below it, from 0 to 1; default: `score.DEFAULT_MIN_SCORE`,
            chosen on the dev split of `data/confusions`.
    """
    return survey(catalog, min_score=min_score).pairs


def survey(catalog: ToolCatalog, *, min_score: float = DEFAULT_MIN_SCORE) -> Survey:
    """Return the confusable pairs, and the scores of all pairs for a picture.

    Args:
        catalog: the tools that stand in one prompt.
        min_score: as in `confusable_pairs`.
    """
    scored = sorted(
        scored_pairs(catalog), key=lambda pair: (-pair.score, pair.one.name, pair.other.name)
    )
    return Survey(
        tuple(_worded(pair) for pair in scored if pair.score >= min_score),
        {(pair.one.name, pair.other.name): pair.score for pair in scored},
    )


def scored_pairs(catalog: ToolCatalog) -> Iterator[ScoredPair]:
    """Yield every pair that is near enough to be scored; the others are at about 0."""
    found = profiles(catalog)
    pairs = candidate_pairs(found)
    letters = letters_of(found, pairs)
    ranks = neighbours(found, pairs, letters)
    for (i, j), alike in zip(pairs, letters, strict=True):
        values = signals(found[i], found[j], alike, nearness(ranks, i, j))
        one, other = found[i], found[j]
        warnings = (other.name in one.warned) + (one.name in other.warned)
        yield ScoredPair(one, other, score(values, warnings), values)


def _worded(pair: ScoredPair) -> ConfusablePair:
    one, other, values = pair.one, pair.other, pair.values
    return ConfusablePair(
        one.name,
        other.name,
        pair.score,
        reasons(one, other, values, contributions(values)),
        advice(one, other, values),
        values,
    )
