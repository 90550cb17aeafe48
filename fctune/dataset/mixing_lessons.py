"""Weights of lessons: how many rows of each lesson with calls go to stage 2, and how often.

Input: rows with calls in order of preference, and a weight for each lesson that is to be in
proportion. Output: rows with their copies, and an account. The weights are reached exactly (to a
row): what is too much is left out, what is too little is repeated where that is allowed, and else
limits the others. A lesson that is not named keeps its rows; one without rows limits nothing.

The scale: the largest at which no lesson needs more than it has (times `max_repeat` where rows may
be repeated), but never so large that every lesson would be repeated.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from fctune.conversations.turns import Lesson
from fctune.dataset.columns import Columns, RowNumbers, row_type
from fctune.errors import UsageFault

if TYPE_CHECKING:
    from fctune.dataset.mixing import Mixing

_WITHOUT_CALLS = {Lesson.GENERAL, Lesson.NO_CALL, Lesson.REFUSE}
WEIGHED = tuple(lesson.value for lesson in Lesson if lesson not in _WITHOUT_CALLS)


def check_weights(weights: Mapping[str, float]) -> None:
    """Check the names and numbers of weights.

    Raises:
        UsageFault: a lesson is unknown or has no calls, a weight is negative or no number, or all
            weights are 0.
    """
    for name, weight in weights.items():
        if name not in WEIGHED:
            hint = "--mix sets rows without calls" if name in _words(_WITHOUT_CALLS) else ""
            expected = "one of " + ", ".join(WEIGHED)
            raise UsageFault(f"got the lesson {name!r}, expected {expected}", hint=hint)
        if not 0 <= weight < float("inf"):
            raise UsageFault(f"got weight {weight} of {name}, expected a number from 0 on")
    if weights and not any(weights.values()):
        raise UsageFault("got only weights of 0, expected one above 0")


def weigh(
    columns: Columns, rows: RowNumbers, wish: Mixing
) -> tuple[RowNumbers, RowNumbers, dict[str, Any]]:
    """Return rows, for each the number of its copy (0 for the first), and the account.

    Args:
        columns: all rows.
        rows: rows with calls, in order of preference.
        wish: weights, and whether and how often rows may be repeated.
    """
    check_weights(wish.lessons)
    lessons = np.array([shape.lesson for shape in columns.shapes], dtype=np.str_)
    names, codes = np.unique(lessons, return_inverse=True)
    of_row = codes.astype(np.int16)[columns.shape[rows]]
    by_lesson = {str(name): rows[of_row == code] for code, name in enumerate(names)}
    have = {name: len(found) for name, found in by_lesson.items() if len(found)}
    targets, limit = _targets(have, wish)
    picked = [_repeated(by_lesson[name], targets[name]) for name in sorted(have)]
    account = {
        name: {
            "available": have.get(name, 0),
            "weight": wish.lessons.get(name),
            "written": targets.get(name, 0),
            "left_out": max(0, have.get(name, 0) - targets.get(name, 0)),
            "repeated": max(0, targets.get(name, 0) - have.get(name, 0)),
        }
        for name in sorted({*have, *wish.lessons})
    }
    empty = rows[:0]
    found = np.concatenate([empty, *(part for part, _ in picked)])
    copies = np.concatenate([empty, *(copy for _, copy in picked)])
    return found, copies, {"limited_by": limit, "by_lesson": account}


def _targets(have: Mapping[str, int], wish: Mixing) -> tuple[dict[str, int], str | None]:
    """Return how often rows of each lesson are written in all, and the lesson that sets the scale.

    The lesson is None where nothing was left out for want of its rows.
    """
    weights = {name: wish.lessons[name] for name in sorted(have) if wish.lessons.get(name)}
    targets = {name: 0 if name in wish.lessons else count for name, count in have.items()}
    if not weights:
        return targets, None
    repeats = wish.max_repeat if wish.upsample else 1
    scales = {name: have[name] * repeats / weight for name, weight in weights.items()}
    scarce = min(scales, key=lambda name: scales[name])
    most = max(have[name] / weight for name, weight in weights.items())
    scale = min(scales[scarce], most)
    for name, weight in weights.items():
        # At least one row: a lesson that was asked for does not vanish by rounding.
        targets[name] = max(1, min(have[name] * repeats, round(scale * weight)))
    return targets, scarce if scale < most else None


def _repeated(rows: RowNumbers, target: int) -> tuple[RowNumbers, RowNumbers]:
    """Return `target` rows: whole rounds of all rows, then the first ones once more."""
    if target <= len(rows):
        return rows[:target], np.zeros(target, dtype=rows.dtype)
    places = np.arange(target, dtype=row_type(target))
    return rows[places % len(rows)], places // len(rows)


def _words(lessons: set[Lesson]) -> set[str]:
    return {lesson.value for lesson in lessons}
