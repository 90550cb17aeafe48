"""The ratio of general to call rows, as people write it."""

from __future__ import annotations

from fctune.errors import UsageFault


def parse_ratio(text: str) -> float:
    """Return general rows per call row from `general:call`.

    >>> parse_ratio("1:1"), parse_ratio("2:1"), parse_ratio("0:1")
    (1.0, 2.0, 0.0)

    Raises:
        UsageFault: the text is not two numbers with a colon between.
    """
    general, _, call = text.partition(":")
    try:
        ratio = float(general) / float(call)
    except (ValueError, ZeroDivisionError) as fault:
        raise UsageFault(
            f"got ratio {text!r}, expected general:call such as 1:1", hint="--mix 2:1"
        ) from fault
    if not 0 <= ratio < float("inf"):
        raise UsageFault(f"got ratio {text!r}, expected a number from 0 on", hint="--mix 2:1")
    return ratio
