"""Confusable tools: pairs that a model will mistake for each other, why, and what to do."""

from __future__ import annotations

from fctune.tools.confusions.find import ConfusablePair, confusable_pairs
from fctune.tools.confusions.reasons import Reason
from fctune.tools.confusions.score import DEFAULT_MIN_SCORE

__all__ = ["DEFAULT_MIN_SCORE", "ConfusablePair", "Reason", "confusable_pairs"]
