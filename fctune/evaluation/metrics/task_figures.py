"""Figures of tasks and variants: ratios and paired differences, with their intervals.

Input: counts of units, each of a conversation. Output: Metric values, the same shape as those of
`fctune.evaluation.metrics.measure`, and differences as plain objects.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from fctune.evaluation.metrics.measure import Metric
from fctune.evaluation.statistics import alike, percentile_interval, resampled_sums, wilson


@dataclass(frozen=True, slots=True)
class Unit:
    """What one unit adds to a ratio.

    Attributes:
        group: its conversation; units of one conversation depend on each other.
        num: what it adds above the line, 0 or more.
        den: what it adds below.
    """

    group: str
    num: int
    den: int = 1


def share(name: str, units: Iterable[Unit]) -> Metric:
    """Return a share of units that each add 0 or 1, with Wilson's interval."""
    counted = [unit for unit in units if unit.den]
    num, n = sum(unit.num for unit in counted), len(counted)
    if not n:
        return Metric(name, None, None, None, 0, 0, 0, "none")
    interval = wilson(num, n)
    return Metric(name, num / n, interval.lo, interval.hi, num, n, n, "wilson")


def ratio(name: str, units: Iterable[Unit], *, seed: int) -> Metric:
    """Return a ratio of counts, with a bootstrap over conversations.

    Where all conversations are alike, or there is one, a bootstrap has no width and Wilson's
    interval on the units stands, for ratios that are shares.
    """
    counted = [unit for unit in units if unit.den or unit.num]
    num, den = sum(unit.num for unit in counted), sum(unit.den for unit in counted)
    if not den:
        return Metric(name, None, None, None, num, den, len(counted), "none")
    sums = _cluster_sums((unit.group, (unit.num, unit.den)) for unit in counted)
    if len(sums) > 1:
        columns = list(zip(*sums, strict=True))
        values = [one / two for one, two in resampled_sums(columns, seed=seed) if two]
        found = percentile_interval(values)
        if found is not None and found.lo < found.hi:
            method = "bootstrap by conversation"
            return Metric(name, num / den, found.lo, found.hi, num, den, len(counted), method)
    if num > den:
        return Metric(name, num / den, None, None, num, den, len(counted), "none")
    interval = wilson(num / den * len(counted), len(counted))
    return Metric(name, num / den, interval.lo, interval.hi, num, den, len(counted), "wilson")


def difference(pairs: Sequence[tuple[str, bool, bool]], *, seed: int) -> dict[str, Any]:
    """Return the difference of two shares over the same units, with a paired cluster bootstrap.

    Args:
        pairs: for each unit its conversation, and whether it is right before and after.
        seed: of the bootstrap.

    Returns:
        `{"value", "ci", "n", "lost", "gained", "method"}`; value = before - after, so that what is
        lost is positive. `ci` is None where no conversation differs, or there is one.
    """
    n = len(pairs)
    lost = sum(before and not after for _, before, after in pairs)
    gained = sum(after and not before for _, before, after in pairs)
    counted = [(group, (int(before), int(after), 1)) for group, before, after in pairs]
    sums = _cluster_sums(counted)
    ci = None
    if lost + gained and len(sums) > 1:
        columns = list(zip(*sums, strict=True))
        draws = resampled_sums(columns, seed=seed)
        found = percentile_interval((one - two) / units for one, two, units in draws if units)
        if found is not None and found.lo == found.hi:
            found = alike(found.lo, sum(one != two for one, two, _ in sums))
        ci = None if found is None else [found.lo, found.hi]
    return {
        "value": (lost - gained) / n if n else None,
        "ci": ci,
        "n": n,
        "lost": lost,
        "gained": gained,
        "method": "paired bootstrap by conversation" if ci else "none",
    }


def _cluster_sums(rows: Iterable[tuple[str, tuple[int, ...]]]) -> list[tuple[int, ...]]:
    sums: dict[str, tuple[int, ...]] = {}
    for group, values in rows:
        before = sums.get(group)
        sums[group] = (
            values
            if before is None
            else tuple(one + two for one, two in zip(before, values, strict=True))
        )
    return [sums[group] for group in sorted(sums)]
