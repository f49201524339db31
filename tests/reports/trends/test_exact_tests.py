"""The exact tests: known answers, binomial and beta-binomial tails, interval coverage, Fisher's table."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from reports.trends.exact_tests import odds_interval, ratio_interval, share_tails, tails

EVEN = np.ones((1, 1))


def tails_of(k: int, b: int, dispersion: float = 1.0, spans: float = 8) -> tuple[float, float]:
    more, less = tails(np.array([k]), np.array([b]), spans, np.array([[dispersion]]))
    return float(more[0]), float(less[0])


def p_of(k: int, b: int, dispersion: float = 1.0) -> float:
    return min(1.0, 2 * min(tails_of(k, b, dispersion)))


def interval_of(k: int, b: int, dispersion: float = 1.0) -> tuple[float, float]:
    low, high = ratio_interval(np.array([k]), np.array([b]), 8, np.array([[dispersion]]))
    return float(low[0]), float(high[0])


def test_tails_are_binomial_and_half_of_the_count_itself_is_in_each() -> None:
    k, b, share = 9, 24, 1 / 9
    each = [math.comb(k + b, n) * share**n * (1 - share) ** (k + b - n) for n in range(k + b + 1)]
    more, less = tails_of(k, b)
    assert more == pytest.approx(sum(each[k + 1 :]) + each[k] / 2)
    assert less == pytest.approx(sum(each[:k]) + each[k] / 2)
    assert more + less == pytest.approx(1)


def test_p_of_a_fall_is_the_lower_tail() -> None:
    assert tails_of(0, 40)[1] == pytest.approx((8 / 9) ** 40 / 2)


def test_two_weeks_against_eight_are_one_span_against_four() -> None:
    share = 2 / 10
    expected = stats.binom(64, share)
    assert tails_of(24, 40, spans=8 / 2)[0] == pytest.approx(expected.sf(24) + expected.pmf(24) / 2)


def test_nothing_against_nothing_is_certain() -> None:
    assert p_of(0, 0) == 1.0
    assert interval_of(0, 0) == (0.0, math.inf)


@pytest.mark.parametrize(("k", "b"), [(0, 9), (3, 0), (9, 24), (2, 40), (40, 100), (300, 900)])
@pytest.mark.parametrize("dispersion", [1.2, 2.0, 5.0])
def test_p_of_clumped_counts_is_the_beta_binomial_tail(k: int, b: int, dispersion: float) -> None:
    r = (k + b) / 9 / (dispersion - 1)
    expected = stats.betabinom(k + b, r, 8 * r)
    half = expected.pmf(k) / 2
    assert tails_of(k, b, dispersion) == pytest.approx(
        (expected.sf(k) + half, expected.cdf(k) - half), rel=1e-6, abs=1e-12
    )


def test_clumped_counts_need_more_than_even_ones_and_hardly_clumped_ones_as_many() -> None:
    assert p_of(20, 80) < p_of(20, 80, 1.5) < p_of(20, 80, 3.0)
    assert p_of(20, 80, 1.0011) == pytest.approx(p_of(20, 80), rel=0.01)


def test_several_dispersions_are_averaged() -> None:
    more, _ = tails(np.array([20]), np.array([80]), 8, np.array([[1.0, 3.0]]))
    assert more[0] == pytest.approx((tails_of(20, 80)[0] + tails_of(20, 80, 3.0)[0]) / 2)


def test_interval_bounds_are_where_the_tails_reach_two_and_a_half_percent() -> None:
    low, high = interval_of(20, 80)
    at_low, at_high = stats.binom(100, low / (8 + low)), stats.binom(100, high / (8 + high))
    assert at_low.sf(20) + at_low.pmf(20) / 2 == pytest.approx(0.025, rel=1e-6)
    assert at_high.cdf(19) + at_high.pmf(20) / 2 == pytest.approx(0.025, rel=1e-6)


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
    assert np.mean((low <= ratio) & (ratio <= high)) >= 0.93


def test_share_is_tested_as_fisher_does() -> None:
    table = [[12, 8], [20, 60]]
    expected = [stats.fisher_exact(table, alternative=side).pvalue for side in ("greater", "less")]
    assert share_tails(12, 20, 20, 80, 1.0) == pytest.approx(expected)


def test_shares_that_vary_more_than_chance_are_tested_on_fewer_stories() -> None:
    assert share_tails(12, 20, 20, 80, 2.0) == share_tails(6, 10, 10, 40, 1.0)
    assert share_tails(12, 20, 20, 80, 2.0)[0] > share_tails(12, 20, 20, 80, 1.0)[0]


def test_odds_interval_holds_the_odds_ratio() -> None:
    low, high = odds_interval(12, 20, 20, 80, 1.0)
    assert high is not None
    assert low < (12 / 8) / (20 / 60) < high


def test_odds_against_nothing_have_no_upper_bound() -> None:
    assert odds_interval(5, 10, 0, 40, 1.0)[1] is None
    assert odds_interval(0, 0, 0, 0, 1.0) == (0.0, None)
