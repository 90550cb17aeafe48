"""Numbers that are equal: as JSON numbers, and on demand as text in any common form.

Input: values. Output: a number, or a truth. true and false are no numbers.

Before: 5 and 5.0; with `text`, also "1,000", "５", "五十", "12.5%"
After:  equal by value, within a tolerance where one is given
"""

from __future__ import annotations

import math
import re
from typing import Any

from fctune.conversations.grounding_numbers import chinese_number
from fctune.evaluation.matching.equality import is_number
from fctune.evaluation.semantic.folding import fold_width
from fctune.patterns import regex

NOISE = 1e-9
_GROUPED = regex(r"[+-]?\d{1,3}(?:,\d{3})+(?:\.\d+)?")
_PLAIN = regex(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d{1,3})?")
_CHINESE = regex(r"[零〇一二三四五六七八九十百千万亿两点]{1,20}")
_MAX_TEXT = 60


def equal_numbers(gold: Any, predicted: Any, *, rel: float = 0.0, absolute: float = 0.0) -> bool:
    """Tell whether two numbers are equal.

    Two whole numbers must be the same where no tolerance is given; else a share of a billionth,
    which is the noise of floating point, does not count.

    Args:
        gold: the expected number.
        predicted: the number given.
        rel: tolerance as a share of the expected number.
        absolute: tolerance in the unit of the number.

    >>> equal_numbers(5, 5.0), equal_numbers(0.3, 0.1 + 0.2), equal_numbers(10**10, 10**10 + 1)
    (True, True, False)
    >>> equal_numbers(100, 101, rel=0.01), equal_numbers(True, 1)
    (True, False)
    """
    if not (is_number(gold) and is_number(predicted)):
        return False
    if gold == predicted:
        return True
    whole = isinstance(gold, int) and isinstance(predicted, int)
    if not rel and not absolute and whole:
        return False
    try:
        one, other = float(gold), float(predicted)
    except OverflowError:
        return False
    if not (math.isfinite(one) and math.isfinite(other)):
        return False
    # A breath above the tolerance: 0.1 away from 1.0 is within 0.1 in decimal thinking.
    return abs(one - other) <= max(rel * abs(one), absolute) * (1 + NOISE) + (
        0 if whole else NOISE * max(abs(one), abs(other))
    )


def number_in(value: Any) -> float | int | None:
    """Return the number that a value is or, as text, writes; None where there is none.

    >>> [number_in(value) for value in ("1,000", "１２", "五十", "12.5%", "1e3", "five", True)]
    [1000, 12, 50, 0.125, 1000.0, None, None]
    """
    if is_number(value):
        return value  # type: ignore[no-any-return]
    if not isinstance(value, str) or len(value) > _MAX_TEXT:
        return None
    text = fold_width(value).strip().lower().replace("−", "-")
    if text.endswith("%") and (share := number_in(text[:-1])) is not None:
        return share / 100
    if _GROUPED.fullmatch(text):
        text = text.replace(",", "")
    if _PLAIN.fullmatch(text):
        return int(text) if re.fullmatch(r"[+-]?\d+", text) else float(text)
    return chinese_number(text) if _CHINESE.fullmatch(text) else None
