"""Which cases a page holds, where it cannot hold all of them.

Input: the judged cases. Output: the places of those to embed, the most telling first: wrong and
unanswered ones, of every outcome and lesson in turn, so that the rare faults are there too; then
some right ones, of every lesson and tool in turn.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from fctune.evaluation.evaluate import Judged

MOST_FAILURES, MOST_RIGHT = 2_000, 300


@dataclass(frozen=True, slots=True)
class Most:
    """How much a page holds.

    Attributes:
        failures: the most wrong and unscored cases.
        right: the most right cases.
        characters: about the most characters of all cases together.
    """

    failures: int = MOST_FAILURES
    right: int = MOST_RIGHT
    characters: int = 8_000_000


def picked(judged: Sequence[Judged], most: Most) -> Iterator[int]:
    """Yield the places of the cases to embed, the most telling first."""
    failures = [place for place, item in enumerate(judged) if item.outcome.correct is not True]
    right = [place for place, item in enumerate(judged) if item.outcome.correct is True]
    yield from islice(in_turn(failures, lambda at: _fault(judged[at])), most.failures)
    yield from islice(in_turn(right, lambda at: _success(judged[at])), most.right)


def in_turn(places: Iterable[int], kind: Callable[[int], Hashable]) -> Iterator[int]:
    """Yield the places, one of each kind in turn, kinds in the order of their first place.

    >>> list(in_turn([1, 2, 3, 4], lambda place: place > 3))
    [1, 4, 2, 3]
    """
    queues: dict[Hashable, list[int]] = {}
    for place in places:
        queues.setdefault(kind(place), []).append(place)
    waiting = [iter(queue) for queue in queues.values()]
    while waiting:
        still = []
        for queue in waiting:
            for place in islice(queue, 1):
                yield place
                still.append(queue)
        waiting = still


def _fault(item: Judged) -> tuple[str, str]:
    """Return the kind of a failure: outcome and lesson; for unscored ones all are of one kind."""
    unscored = item.outcome.correct is None
    return item.outcome.outcome.value, "" if unscored else item.case.lesson


def _success(item: Judged) -> tuple[str, str]:
    return item.case.lesson, item.case.calls[0].name if item.case.calls else ""
