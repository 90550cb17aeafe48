"""Statistics against published values."""

from __future__ import annotations

import random
from statistics import mean, stdev

import pytest

from fctune.evaluation.metrics.ratios import METRICS, Compound
from fctune.evaluation.metrics.task_figures import difference
from fctune.evaluation.statistics import (
    Interval,
    alike,
    holm,
    mcnemar,
    pass_at_k,
    pass_hat_k,
    percentile_interval,
    resampled_sums,
    rule_of_three,
    smallest_gain,
    two_sided_p,
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
        # Of a tutorial's 60 recorded queries: when to call, which tool, success.
        (6, 4, 0.7539, 0.5488),
        (9, 3, 0.1460, 0.0923),
        (11, 6, 0.3323, 0.2379),
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


def test_holm() -> None:
    # R 4: p.adjust(c(0.01, 0.02, 0.03, 0.04, 0.05), method = "holm").
    assert holm([0.01, 0.02, 0.03, 0.04, 0.05]) == pytest.approx([0.05, 0.08, 0.09, 0.09, 0.09])
    # Holm 1979, Scandinavian Journal of Statistics 6:65-70: in the order given, not sorted.
    assert holm([0.6, 0.001, 0.02]) == pytest.approx([0.6, 0.003, 0.04])
    assert holm([0.9, 0.8]) == [1.0, 1.0]
    assert holm([]) == []


def test_the_p_of_a_bootstrap_counts_both_sides_and_is_never_zero() -> None:
    assert two_sided_p([1.0] * 1999) == pytest.approx(2 / 2000)
    assert two_sided_p([-1.0, 1.0] * 500) == 1.0
    assert two_sided_p([0.0] * 10) == 1.0
    assert two_sided_p([1.0] * 95 + [-1.0] * 4) == pytest.approx(2 * 5 / 100)


def test_pass_hat_k_and_pass_at_k() -> None:
    # Four trials, two passed: pairs drawn of six are both right once, and hold a right one in five.
    assert pass_hat_k(4, 2, 1) == pass_at_k(4, 2, 1) == 0.5
    assert pass_hat_k(4, 2, 2) == pytest.approx(1 / 6)
    assert pass_at_k(4, 2, 2) == pytest.approx(5 / 6)
    assert (pass_hat_k(4, 4, 4), pass_at_k(4, 0, 4)) == (1.0, 0.0)
    # None of ten right ones among a hundred of two hundred: 190! 100! / (90! 200!).
    assert pass_at_k(200, 10, 100) == pytest.approx(1 - 0.000771, abs=2e-6)


def test_rule_of_three() -> None:
    # Hanley and Lippman-Hand 1983, JAMA 249:1743-1745: no event in 14 and in 167.
    assert rule_of_three(14) == pytest.approx(0.214, abs=1e-3)
    assert rule_of_three(167) == pytest.approx(0.018, abs=1e-3)
    assert rule_of_three(2) == 1.0


def test_balanced_accuracy_and_matthews() -> None:
    """The definitions that the report uses, on sums of (TP, FP, FN, TN) and of both classes."""
    by_name = {one.name: one for one in METRICS if isinstance(one, Compound)}

    def value(name: str, *sums: float) -> float | None:
        num, den = by_name[name].combine(list(map(float, sums)))
        return num / den if den else None

    # The worked example of the phi coefficient, twelve pictures of cats and dogs: 0.478.
    assert value("mcc", 6, 1, 2, 3) == pytest.approx(0.478, abs=1e-3)
    assert value("mcc", 5, 0, 0, 5) == 1.0
    assert value("mcc", 0, 5, 5, 0) == -1.0
    assert value("mcc", 5, 5, 0, 0) is None
    assert value("balanced_accuracy", 90, 100, 1, 2) == pytest.approx(0.7)
    assert value("balanced_accuracy", 0, 0, 1, 2) is None


def test_conversations_that_all_change_alike_have_an_interval_with_a_width() -> None:
    lost = [(str(n), True, False) for n in range(40)]
    assert difference(lost, seed=1)["ci"] == [pytest.approx(0.9123784), 1.0]
    swapped = [(str(n // 2), n % 2 == 0, n % 2 == 1) for n in range(40)]
    assert difference(swapped, seed=1)["ci"] is None, "each conversation lost one and gained one"
    assert difference([("a", True, False)] * 3, seed=1)["ci"] is None, "one conversation"
    assert alike(-0.5, 3) == Interval(-0.5, -0.5 * wilson(3, 3).lo)
