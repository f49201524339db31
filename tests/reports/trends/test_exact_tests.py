"""The exact tests: known answers, binomial and beta-binomial tails, interval coverage, Fisher's table."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from reports.trends.exact_tests import odds_interval, ratio_interval, share_test, two_sided_p

EVEN = np.ones((1, 1))


def p_of(k: int, b: int, dispersion: float = 1.0) -> float:
    return float(two_sided_p(np.array([k]), np.array([b]), 8, np.array([[dispersion]]))[0])


def interval_of(k: int, b: int, dispersion: float = 1.0) -> tuple[float, float]:
    low, high = ratio_interval(np.array([k]), np.array([b]), 8, np.array([[dispersion]]))
    return float(low[0]), float(high[0])


# Product document, "Counting honestly": m = 8, one-sided 1 %, no over-dispersion.
@pytest.mark.parametrize(
    ("mean", "least"),
    [
        (0, 3),
        (0.5, 4),
        (1, 6),
        (2, 8),
        (3, 9),
        (5, 13),
        (8, 17),
        (10, 20),
        (15, 27),
        (20, 33),
        (30, 46),
        (50, 69),
    ],
)
def test_rise_needs_as_many_stories_as_the_product_document_says(mean: float, least: int) -> None:
    total = round(8 * mean)
    assert p_of(least - 1, total) / 2 > 0.01 >= p_of(least, total) / 2


def test_p_is_the_binomial_tail() -> None:
    k, b, share = 9, 24, 1 / 9
    tail = sum(math.comb(k + b, n) * share**n * (1 - share) ** (k + b - n) for n in range(k, k + b + 1))
    assert p_of(k, b) == pytest.approx(2 * tail)


def test_p_of_a_fall_is_the_lower_tail() -> None:
    assert p_of(0, 40) == pytest.approx(2 * (8 / 9) ** 40)


def test_nothing_against_nothing_is_certain() -> None:
    assert p_of(0, 0) == 1.0
    assert interval_of(0, 0) == (0.0, math.inf)


@pytest.mark.parametrize(("k", "b"), [(0, 9), (3, 0), (9, 24), (2, 40), (40, 100), (300, 900)])
@pytest.mark.parametrize("dispersion", [1.2, 2.0, 5.0])
def test_p_of_clumped_counts_is_the_beta_binomial_tail(k: int, b: int, dispersion: float) -> None:
    r = (k + b) / 9 / (dispersion - 1)
    expected = stats.betabinom(k + b, r, 8 * r)
    assert p_of(k, b, dispersion) == pytest.approx(
        min(1.0, 2 * min(expected.sf(k - 1), expected.cdf(k))), rel=1e-6
    )


def test_clumped_counts_need_more_than_even_ones_and_hardly_clumped_ones_as_many() -> None:
    assert p_of(20, 80) < p_of(20, 80, 1.5) < p_of(20, 80, 3.0)
    assert p_of(20, 80, 1.0011) == pytest.approx(p_of(20, 80), rel=0.01)


def test_several_dispersions_are_averaged() -> None:
    both = two_sided_p(np.array([20]), np.array([80]), 8, np.array([[1.0, 3.0]]))[0]
    assert both == pytest.approx((p_of(20, 80) + p_of(20, 80, 3.0)) / 2)


def test_interval_bounds_are_where_the_tails_reach_two_and_a_half_percent() -> None:
    low, high = interval_of(20, 80)
    assert low / (8 + low) == pytest.approx(stats.beta.ppf(0.025, 20, 81), rel=1e-6)  # Clopper and Pearson
    assert high / (8 + high) == pytest.approx(stats.beta.ppf(0.975, 21, 80), rel=1e-6)


def test_interval_of_clumped_counts_is_wider() -> None:
    even, clumped = interval_of(20, 80), interval_of(20, 80, 2.0)
    assert clumped[0] < even[0] < 2.0 < even[1] < clumped[1]


def test_interval_excludes_one_just_when_p_is_below_five_percent() -> None:
    for k in range(41):
        low, high = interval_of(k, 80, 1.5)
        assert (low > 1 or high < 1) == (p_of(k, 80, 1.5) < 0.05)


@pytest.mark.parametrize(
    ("mean", "ratio", "dispersion"), [(4.0, 2.0, 1.0), (10.0, 0.5, 1.0), (10.0, 1.0, 2.0), (20.0, 2.0, 3.0)]
)
def test_interval_covers_the_truth_as_often_as_it_says(mean: float, ratio: float, dispersion: float) -> None:
    random, trials = np.random.default_rng(33), 1_000
    spread = max(dispersion - 1, 1e-9)
    weeks = random.poisson(random.gamma(mean * ratio / spread, spread, trials))
    totals = random.poisson(random.gamma(8 * mean / spread, spread, trials))
    low, high = ratio_interval(weeks, totals, 8, np.full((trials, 1), dispersion))
    assert np.mean((low <= ratio) & (ratio <= high)) >= 0.935


def test_share_is_tested_as_fisher_does() -> None:
    table = [[12, 8], [20, 60]]
    tails = [stats.fisher_exact(table, alternative=side).pvalue for side in ("less", "greater")]
    assert share_test(12, 20, 20, 80, 1.0) == pytest.approx(2 * min(tails))


def test_shares_that_vary_more_than_chance_are_tested_on_fewer_stories() -> None:
    assert share_test(12, 20, 20, 80, 2.0) == share_test(6, 10, 10, 40, 1.0) > share_test(12, 20, 20, 80, 1.0)


def test_odds_interval_holds_the_odds_ratio() -> None:
    low, high = odds_interval(12, 20, 20, 80, 1.0)
    assert high is not None
    assert low < (12 / 8) / (20 / 60) < high


def test_odds_against_nothing_have_no_upper_bound() -> None:
    assert odds_interval(5, 10, 0, 40, 1.0)[1] is None
    assert odds_interval(0, 0, 0, 0, 1.0) == (0.0, None)
