"""Statistics against published values."""

from __future__ import annotations

import random
from statistics import mean, stdev

import pytest

from fctune.evaluation.statistics import (
    mcnemar,
    percentile_interval,
    resampled_sums,
    smallest_gain,
    wilson,
)


@pytest.mark.parametrize(
    ("successes", "n", "lo", "hi"),
    [
        # Newcombe 1998, Statistics in Medicine 17:857-872, table I, method 3.
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
        # R 4: binom::binom.confint(8, 10, methods = "wilson").
        (8, 10, 0.4902, 0.9433),
        (10, 10, 0.7225, 1.0),
    ],
)
def test_wilson(successes: int, n: int, lo: float, hi: float) -> None:
    interval = wilson(successes, n)
    assert (round(interval.lo, 4), round(interval.hi, 4)) == (lo, hi)


@pytest.mark.parametrize(
    ("fixes", "regressions", "exact", "mid"),
    [
        (10, 2, 158 / 4096, 92 / 4096),  # 2 * (1 + 12 + 66) / 2^12; R: binom.test(2, 12)
        # Fagerland, Lydersen, Laake 2013, BMC Medical Research Methodology 13:91, table 1
        # (airway hyper-responsiveness: 1 and 7) and table 2 (complete remission: 6 and 16).
        (1, 7, 0.0703, 0.0391),
        (6, 16, 0.0525, 0.0347),
        (0, 0, 1.0, 1.0),
        (3, 3, 1.0, 1 - 20 / 128),
    ],
)
def test_mcnemar(fixes: int, regressions: int, exact: float, mid: float) -> None:
    test = mcnemar(fixes, regressions)
    assert test.p_exact == pytest.approx(exact, abs=5e-5)
    assert test.p_mid == pytest.approx(mid, abs=5e-5)
    assert mcnemar(regressions, fixes).p_exact == test.p_exact


def test_mcnemar_of_many_cases_is_a_number() -> None:
    assert mcnemar(3000, 2000).p_exact < 1e-40


@pytest.mark.parametrize(
    ("n", "discordance", "gain"), [(869, 0.10, 0.03), (469, 0.15, 0.05), (155, 0.20, 0.10)]
)
def test_smallest_gain(n: int, discordance: float, gain: float) -> None:
    # Sample sizes by Connor's formula (Biometrics 43:207-211, 1987), 80 % power.
    found = smallest_gain(n, discordance)
    assert found == pytest.approx(gain, abs=2e-4)


def test_smallest_gain_where_there_is_none() -> None:
    assert smallest_gain(0, 0.1) is None
    assert smallest_gain(100, 0.0) is None
    assert smallest_gain(5, 0.1) is None


def test_bootstrap_agrees_with_the_normal_interval_of_a_mean() -> None:
    draw = random.Random(3)
    values = [draw.randint(0, 100) for _ in range(400)]
    interval = percentile_interval(
        total / 400 for (total,) in resampled_sums([values], seed=1, resamples=4000)
    )
    half = 1.96 * stdev(values) / 20
    assert interval is not None
    assert interval.lo == pytest.approx(mean(values) - half, abs=0.25)
    assert interval.hi == pytest.approx(mean(values) + half, abs=0.25)


def test_bootstrap_draws_columns_together_and_by_seed() -> None:
    column = list(range(10))
    sums = list(resampled_sums([column, column], seed=1, resamples=50))
    assert all(one == other for one, other in sums)
    assert sums == list(resampled_sums([column, column], seed=1, resamples=50))
    assert sums != list(resampled_sums([column, column], seed=2, resamples=50))


def test_percentiles() -> None:
    interval = percentile_interval(float(value) for value in range(1001))
    assert interval is not None
    assert (interval.lo, interval.hi) == (pytest.approx(25.0), pytest.approx(975.0))
    assert percentile_interval([]) is None
