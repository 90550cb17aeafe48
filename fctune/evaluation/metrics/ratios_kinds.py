"""The three kinds of metrics: a ratio of counts, a value of several counts, a ratio of dialogues.

Input: outcomes. Output: for each kind, numbers that are summed over cases or dialogues, and how a
numerator and a denominator come from the sums. All are frozen; `fctune.evaluation.metrics.measure`
measures them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from fctune.evaluation.outcomes.row import EvalOutcome

# Sums of a column over cases: a number, or a numpy array with one entry for each resample.
Sums = Any


@dataclass(frozen=True, slots=True)
class Ratio:
    """A ratio of counts.

    Attributes:
        name: the key in results.json.
        meaning: one sentence.
        numerator: what one outcome adds above the line.
        denominator: what it adds below.
        by_case: each case adds 0 or 1, so that Wilson's interval applies; other metrics count
            calls or arguments, which depend on each other within a conversation, and get a
            bootstrap over conversations.
        better: `higher` or `lower`.
    """

    name: str
    meaning: str
    numerator: Callable[[EvalOutcome], int]
    denominator: Callable[[EvalOutcome], int]
    by_case: bool = True
    better: str = "higher"

    @property
    def lower_is_better(self) -> bool:
        """Whether a fall is a gain."""
        return self.better == "lower"


@dataclass(frozen=True, slots=True)
class Compound:
    """A value of several counts, such as a mean of two rates; its interval is a bootstrap.

    Attributes:
        name: the key in results.json.
        meaning: one sentence.
        parts: what one outcome adds to each count.
        combine: numerator and denominator from the sums of the counts, array by array.
        counts: whether an outcome belongs to the cases of the metric.
        better: `higher` or `lower`.
        share: the value lies between 0 and 1.
    """

    name: str
    meaning: str
    parts: tuple[Callable[[EvalOutcome], int], ...]
    combine: Callable[[Sequence[Sums]], tuple[Sums, Sums]]
    counts: Callable[[EvalOutcome], bool]
    better: str = "higher"
    share: bool = True

    @property
    def lower_is_better(self) -> bool:
        """Whether a fall is a gain."""
        return self.better == "lower"


@dataclass(frozen=True, slots=True)
class DialogueRatio:
    """A ratio over dialogues: conversations with two judged turns or more.

    Attributes:
        name: the key in results.json.
        meaning: one sentence.
        of: numerator and denominator of one dialogue, from its outcomes, unscored ones among them.
        by_dialogue: each dialogue adds 0 or 1.
        better: `higher` or `lower`.
    """

    name: str
    meaning: str
    of: Callable[[Sequence[EvalOutcome]], tuple[float, int]]
    by_dialogue: bool = False
    better: str = "higher"

    @property
    def lower_is_better(self) -> bool:
        """Whether a fall is a gain."""
        return self.better == "lower"


Measured = Ratio | Compound | DialogueRatio
