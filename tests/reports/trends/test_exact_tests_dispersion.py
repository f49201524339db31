"""How clumped counts are judged to be: from a series itself, from others of its size, and with what doubt."""

from __future__ import annotations

import numpy as np
import pytest

from reports.trends.exact_tests import lag_correlation, likely_dispersions, of_span, share_dispersion


def poisson(series: int, mean: float, seed: int = 8) -> np.ndarray:
    return np.random.default_rng(seed).poisson(mean, (series, 8))


def clumped(series: int, mean: float, dispersion: float, seed: int = 8) -> np.ndarray:
    random = np.random.default_rng(seed)
    return random.poisson(random.gamma(mean / (dispersion - 1), dispersion - 1, (series, 8)))


def test_poisson_counts_are_hardly_dispersed() -> None:
    middle, _ = likely_dispersions(poisson(100, 5.0))
    assert middle.mean() == pytest.approx(1.05, abs=0.08)


def test_dispersion_of_many_series_is_found_from_eight_weeks_of_each() -> None:
    middle, _ = likely_dispersions(clumped(200, 6.0, 2.0))
    assert middle.mean() == pytest.approx(2.0, abs=0.2)


def test_series_that_are_alike_are_drawn_together_and_those_that_differ_are_not() -> None:
    alike, _ = likely_dispersions(clumped(100, 6.0, 2.0))
    mixed = np.concatenate([poisson(50, 6.0), clumped(50, 6.0, 6.0)])
    apart, _ = likely_dispersions(mixed)
    assert alike.std() < 0.3
    assert apart[50:].mean() > 1.8 * apart[:50].mean()


def test_large_series_may_vary_more_for_their_mean_than_small_ones() -> None:
    mixed = np.concatenate([poisson(60, 3.0), clumped(3, 60.0, 4.0)])
    middle, _ = likely_dispersions(mixed)
    assert middle[60:].min() > 2
    assert middle[:60].mean() < 1.5


def test_series_without_a_story_is_taken_for_one_of_its_size() -> None:
    baselines = np.concatenate([clumped(50, 6.0, 2.0), np.zeros((1, 8), np.int64)])
    middle, _ = likely_dispersions(baselines)
    assert middle[-1] == pytest.approx(middle[:-1].mean(), abs=0.2)


def test_likely_values_are_in_order_around_the_middle_and_none_is_below_one() -> None:
    middle, likely = likely_dispersions(clumped(30, 6.0, 2.5))
    assert likely.min() >= 1.0
    assert (np.diff(likely, axis=1) <= 0).all()
    assert (likely[:, 0] >= middle).all()
    assert (likely[:, -1] <= middle).all()


def test_one_week_of_baseline_shows_no_dispersion() -> None:
    middle, likely = likely_dispersions(np.array([[5]]))
    assert (middle.tolist(), likely.tolist()) == ([1.0], [[1.0]])


def test_order_of_series_does_not_matter() -> None:
    baselines = clumped(40, 4.0, 2.0)
    there, _ = likely_dispersions(baselines)
    back, _ = likely_dispersions(baselines[::-1])
    assert there == pytest.approx(back[::-1])


def test_shares_by_chance_are_not_dispersed_and_those_that_swing_are() -> None:
    random = np.random.default_rng(8)
    out_of = np.full((3, 8), 40)
    assert share_dispersion(random.binomial(out_of, 0.3), out_of) < 1.6
    assert share_dispersion(random.binomial(out_of, random.choice([0.1, 0.6], (3, 8))), out_of) > 4


def test_shares_of_nothing_are_not_dispersed() -> None:
    nothing = np.zeros((3, 8), np.int64)
    assert share_dispersion(nothing, nothing) == share_dispersion(nothing, nothing + 5) == 1.0


def test_weeks_that_are_like_the_ones_before_are_found_and_widen_a_span() -> None:
    random = np.random.default_rng(8)
    independent = random.poisson(8.0, (60, 20))
    drift = np.cumsum(random.normal(0, 0.15, (60, 20)), axis=1)
    alike = random.poisson(20 * np.exp(drift))
    assert lag_correlation(independent) < 0.08
    assert lag_correlation(alike) > 0.3
    assert of_span(np.ones(1), 0.3, 1) == 1
    assert of_span(np.ones(1), 0.3, 2) == pytest.approx(1.3)
    assert of_span(np.ones(1), 0.0, 4) == 1
