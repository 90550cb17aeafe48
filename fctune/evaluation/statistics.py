"""The statistics of an evaluation, in plain Python: intervals, paired tests, resampling.

Input: counts. Output: intervals and p values. Every function is checked against published values
in tests/unit/test_evaluation_statistics.py.
"""

from __future__ import annotations

import math
import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from statistics import NormalDist

CONFIDENCE = 0.95
RESAMPLES = 2000
_Z = NormalDist().inv_cdf(1 - (1 - CONFIDENCE) / 2)
_Z_POWER_80 = NormalDist().inv_cdf(0.8)


@dataclass(frozen=True, slots=True)
class Interval:
    """A 95 % interval."""

    lo: float
    hi: float

    @property
    def excludes_zero(self) -> bool:
        """Whether all of the interval is on one side of zero."""
        return self.lo > 0 or self.hi < 0


@dataclass(frozen=True, slots=True)
class PairedTest:
    """McNemar's test of two runs on the same cases.

    Attributes:
        fixes: cases wrong in the first run and right in the second.
        regressions: cases right in the first run and wrong in the second.
        p_exact: two-sided, by the binomial distribution.
        p_mid: the mid-p variant, which is less conservative.
    """

    fixes: int
    regressions: int
    p_exact: float
    p_mid: float


def wilson(successes: float, n: int) -> Interval:
    """Return the Wilson score interval of a proportion (Wilson 1927).

    >>> interval = wilson(8, 10)
    >>> round(interval.lo, 4), round(interval.hi, 4)
    (0.4902, 0.9433)
    """
    share, spread = successes / n, _Z * _Z / n
    centre = share + spread / 2
    half = _Z * math.sqrt(share * (1 - share) / n + spread / (4 * n))
    lo = 0.0 if successes == 0 else (centre - half) / (1 + spread)
    hi = 1.0 if successes == n else (centre + half) / (1 + spread)
    return Interval(lo, hi)


def alike(value: float, units: int) -> Interval | None:
    """Return the interval of a difference by which all units that changed changed alike.

    The draws of a bootstrap are all equal then and have no width. At least Wilson's lower bound of
    `units` in `units` changes so.

    Args:
        value: the difference; where it is 0, nothing is known, and there is no interval.
        units: conversations that changed.

    >>> alike(-1.0, 40) == Interval(-1.0, -wilson(40, 40).lo), alike(0.0, 40)
    (True, None)
    """
    if not value or not units:
        return None
    least = value * wilson(units, units).lo
    return Interval(min(least, value), max(least, value))


def mcnemar(fixes: int, regressions: int) -> PairedTest:
    """Return the exact and the mid-p two-sided test of McNemar (Fagerland et al. 2013).

    >>> round(mcnemar(10, 2).p_exact, 4)
    0.0386
    """
    n, fewer = fixes + regressions, min(fixes, regressions)
    if n == 0:
        return PairedTest(0, 0, 1.0, 1.0)
    # Integers throughout: binomial coefficients of large n do not fit a float.
    below, at = 0, 1
    for k in range(fewer):
        below += at
        at = at * (n - k) // (k + 1)
    if fixes == regressions:
        return PairedTest(fixes, regressions, 1.0, 1 - at / 2 ** (n + 1))
    return PairedTest(fixes, regressions, 2 * (below + at) / 2**n, (2 * below + at) / 2**n)


def rule_of_three(n: int) -> float:
    """Return the upper 95 % bound of a rate of which n cases show none (Hanley 1983): 3 / n.

    >>> rule_of_three(100)
    0.03
    """
    return min(1.0, 3 / n)


def holm(p_values: Sequence[float]) -> list[float]:
    """Return p values adjusted for their number, in their order (Holm 1979).

    >>> [round(p, 3) for p in holm([0.01, 0.04, 0.03, 0.005])]
    [0.03, 0.06, 0.06, 0.02]
    """
    adjusted = [1.0] * len(p_values)
    least = 0.0
    for rank, place in enumerate(sorted(range(len(p_values)), key=lambda at: p_values[at])):
        least = max(least, min(1.0, (len(p_values) - rank) * p_values[place]))
        adjusted[place] = least
    return adjusted


def two_sided_p(drawn: Sequence[float]) -> float:
    """Return the two-sided p of a bootstrapped difference: how often it is on either side of 0.

    The drawn values and the observed one are counted (Davison and Hinkley 1997, section 4.2.1), so
    that p is never 0.
    """
    below = sum(value <= 0 for value in drawn)
    above = sum(value >= 0 for value in drawn)
    return min(1.0, 2 * (min(below, above) + 1) / (len(drawn) + 1))


def pass_hat_k(trials: int, passed: int, k: int) -> float:
    """Return the chance that k of the trials drawn all pass: pass^k of tau-bench.

    C(passed, k) / C(trials, k), the unbiased estimate (Yao et al. 2024, section 3).

    >>> pass_hat_k(4, 2, 2) == 1 / 6
    True
    """
    return math.comb(passed, k) / math.comb(trials, k)


def pass_at_k(trials: int, passed: int, k: int) -> float:
    """Return the chance that at least one of k of the trials drawn passes: pass@k.

    1 - C(trials - passed, k) / C(trials, k), the unbiased estimate (Chen et al. 2021, section 2.1).

    >>> pass_at_k(4, 2, 2) == 5 / 6
    True
    """
    return 1 - math.comb(trials - passed, k) / math.comb(trials, k)


def resampled_sums(
    columns: Sequence[Sequence[int]], *, seed: int, resamples: int = RESAMPLES
) -> Iterator[tuple[int, ...]]:
    """Draw clusters with replacement, again and again, and yield the sums of their columns.

    Args:
        columns: in each column one number, not negative, for each cluster; all columns are drawn
            together.
        seed: the same seed gives the same draws.
        resamples: how often.
    """
    clusters = len(columns[0])
    # All numbers of a cluster stand in one integer, side by side and wide enough for any sum, so
    # that one addition adds them all: thousands of clusters take seconds instead of a minute.
    bits = (clusters * max(map(max, columns))).bit_length()
    shifts = [bits * place for place in range(len(columns))]
    packed = [
        sum(number << shift for number, shift in zip(row, shifts, strict=True))
        for row in zip(*columns, strict=True)
    ]
    mask = (1 << bits) - 1
    draws = random.Random(seed)
    for _ in range(resamples):
        # 32 random bits scaled to an index: the bias is below clusters / 2**32.
        words = memoryview(draws.randbytes(4 * clusters)).cast("I")
        total = sum([packed[word * clusters >> 32] for word in words])
        yield tuple(total >> shift & mask for shift in shifts)


def percentile_interval(values: Iterable[float]) -> Interval | None:
    """Return the middle 95 % of values, or None where there are none."""
    ordered = sorted(values)
    if not ordered:
        return None
    tail = (1 - CONFIDENCE) / 2
    return Interval(_quantile(ordered, tail), _quantile(ordered, 1 - tail))


def smallest_gain(n: int, discordance: float) -> float | None:
    """Return the gain that a paired test of n cases finds four times in five, or None.

    The sample size of McNemar's test (Connor 1987), solved for the difference. It is a normal
    approximation; the exact test, which the verdict rests on, finds such a gain a little less
    often: 0.755 of simulated runs at n = 155, 0.775 at n = 469, in place of 0.8.

    Args:
        n: cases.
        discordance: the share of cases in which the two runs differ.
    """
    low, high = 0.0, discordance
    if n == 0 or discordance == 0 or _cases_needed(high, discordance) > n:
        return None
    for _ in range(60):
        middle = (low + high) / 2
        if _cases_needed(middle, discordance) > n:
            low = middle
        else:
            high = middle
    return high


def _cases_needed(gain: float, discordance: float) -> float:
    spread = math.sqrt(max(0.0, discordance - gain * gain))
    return ((_Z * math.sqrt(discordance) + _Z_POWER_80 * spread) / gain) ** 2


def _quantile(ordered: Sequence[float], share: float) -> float:
    position = share * (len(ordered) - 1)
    below = math.floor(position)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (position - below) * (ordered[above] - ordered[below])
