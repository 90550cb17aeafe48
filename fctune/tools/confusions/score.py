"""The score of a pair: a logistic model over the signals, with weights that are part of the code.

Input: the signals of a pair. Output: a score in [0, 1] and what each signal added to it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

# Fitted on the agreed labels of the dev split of data/confusions by
# scripts/bench/confusions_fit.py; the score is about the chance that a careful reader calls it so.
BIAS = -4.44
WEIGHTS: dict[str, float] = {
    "name-letters": 0.45,
    "description-words": 0.88,
    "letters": 0.79,
    "parameters": 0.92,
    "key-noun": 0.50,
    "same-wish": 1.01,
    "same-deed": 0.30,
    "sibling-deed": 1.03,
    "opposite-deed": -0.48,
    "umbrella": 0.12,
    "version": 0.32,
    "nearest": 2.31,
    "deed-other": -0.08,
    "deed-apart": -0.54,
    "noun-apart": -0.49,
}
# What a description takes off the log-odds where it names the other tool as not meant. No label
# tells it: it is a guess, set so that two warnings about halve a score near the threshold.
WARNED = 0.7
# Below the best F1 on the dev split (0.35), with more recall (0.69 for 0.63) and still more than
# half of the named pairs right (0.55): a missed pair costs more than one that is looked at.
DEFAULT_MIN_SCORE = 0.25


def contributions(values: Mapping[str, float]) -> dict[str, float]:
    """Return what each signal adds to the log-odds of confusion."""
    return {name: WEIGHTS.get(name, 0.0) * value for name, value in values.items()}


def score(values: Mapping[str, float], warnings: int = 0) -> float:
    """Return the score in [0, 1] of a pair.

    Args:
        values: the signals of the pair.
        warnings: how many of the two descriptions say when to use the other tool instead.

    >>> score({}) < 0.02
    True
    """
    odds = BIAS + math.fsum(contributions(values).values()) - WARNED * warnings
    return 1 / (1 + math.exp(-odds))
