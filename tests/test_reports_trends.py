"""The statistics of a week against its baseline: known answers, honest verdicts, properties."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from fakes import series
from hypothesis import given, settings
from hypothesis import strategies as st

from reports.trends import (
    BASELINE_WEEKS,
    Comparison,
    Verdict,
    compare,
    compare_all,
    dispersion_of,
    ratio_interval,
    two_sided_p,
)

MEASURED = {Verdict.RISEN, Verdict.FALLEN, Verdict.POSSIBLY_RISEN, Verdict.POSSIBLY_FALLEN, Verdict.FIRST_SEEN}
EIGHT = st.lists(st.integers(0, 200), min_size=8, max_size=8)


def verdict(*stories: int, **more: object) -> Verdict:
    (one,) = compare_all([series(*stories, **more)])  # type: ignore[arg-type]
    return one.verdict


# Product document, "Counting honestly": m = 8, one-sided 1 %, no over-dispersion.
@pytest.mark.parametrize(
    ("mean", "least"),
    [(0, 3), (0.5, 4), (1, 6), (2, 8), (3, 9), (5, 13), (8, 17), (10, 20), (15, 27), (20, 33), (30, 46), (50, 69)],
)
def test_risen_needs_as_many_stories_as_the_product_document_says(mean: float, least: int) -> None:
    total = round(8 * mean)
    one_sided = [two_sided_p(count, total, 8) / 2 for count in (least - 1, least)]
    assert one_sided[0] > 0.01 >= one_sided[1]


def test_p_is_the_binomial_tail() -> None:
    k, b, share = 9, 24, 1 / 9
    tail = sum(math.comb(k + b, n) * share**n * (1 - share) ** (k + b - n) for n in range(k, k + b + 1))
    assert two_sided_p(k, b, 8) == pytest.approx(2 * tail)


def test_p_of_a_fall_is_the_lower_tail() -> None:
    assert two_sided_p(0, 40, 8) == pytest.approx(2 * (8 / 9) ** 40)


def test_nothing_against_nothing_is_certain() -> None:
    assert two_sided_p(0, 0, 8) == 1.0
    assert ratio_interval(0, 0, 8) == (0.0, None)


def test_interval_bounds_are_where_the_tails_reach_two_and_a_half_percent() -> None:
    low, high = ratio_interval(20, 80, 8)
    assert high is not None
    for ratio, side in ((low, "at_least"), (high, "at_most")):
        share = ratio / 8 / (1 + ratio / 8)
        counts = range(20, 101) if side == "at_least" else range(21)
        tail = sum(math.comb(100, n) * share**n * (1 - share) ** (100 - n) for n in counts)
        assert tail == pytest.approx(0.025)


@pytest.mark.parametrize(("mean", "ratio"), [(1.0, 1.0), (4.0, 2.0), (10.0, 0.5), (30.0, 1.0)])
def test_interval_covers_the_truth_at_least_as_often_as_it_says(mean: float, ratio: float) -> None:
    random, covered, trials = np.random.default_rng(33), 0, 600
    for week, total in zip(random.poisson(mean * ratio, trials), random.poisson(8 * mean, trials), strict=True):
        low, high = ratio_interval(int(week), int(total), 8)
        covered += low <= ratio <= (math.inf if high is None else high)
    assert covered >= 0.94 * trials


def test_null_weeks_seldom_print_a_change() -> None:
    random, wrong, weeks = np.random.default_rng(8), 0, 200
    for _ in range(weeks):
        desks = [series(*map(int, random.poisson(mean, 9))) for mean in (3, 10, 30)]
        wrong += any(one.verdict in {Verdict.RISEN, Verdict.FALLEN} for one in compare_all(desks))
    assert wrong <= 0.1 * weeks


def test_doubled_series_of_mean_ten_is_found_more_often_than_not() -> None:
    random, found, weeks = np.random.default_rng(10), 0, 100
    for _ in range(weeks):
        stories = [*map(int, random.poisson(10, 8)), int(random.poisson(20))]
        found += verdict(*stories) in {Verdict.RISEN, Verdict.POSSIBLY_RISEN}
    assert found >= 0.6 * weeks


def test_clear_rise_is_risen() -> None:
    assert verdict(5, 4, 6, 5, 5, 4, 6, 5, 20) is Verdict.RISEN


def test_clear_fall_is_fallen_though_few_are_left_to_tell_it() -> None:
    assert verdict(20, 19, 21, 20, 20, 18, 22, 20, 4, publishers=1) is Verdict.FALLEN
    assert verdict(20, 19, 21, 20, 20, 18, 22, 20, 0, publishers=0) is Verdict.FALLEN


def test_unclear_change_is_possible_only() -> None:
    assert verdict(5, 4, 6, 5, 5, 4, 6, 5, 9) is Verdict.POSSIBLY_RISEN
    assert verdict(9, 8, 10, 9, 9, 8, 10, 9, 4) is Verdict.POSSIBLY_FALLEN


def test_same_as_ever_is_no_measurable_change() -> None:
    assert verdict(5, 4, 6, 5, 5, 4, 6, 5, 5) is Verdict.NO_MEASURABLE_CHANGE
    assert verdict(5, 4, 6, 5, 5, 4, 6, 5, 6) is Verdict.NO_MEASURABLE_CHANGE
    assert verdict(*[0] * 9) is Verdict.NO_MEASURABLE_CHANGE


def test_from_nothing_is_first_seen_and_has_no_ratio() -> None:
    (one,) = compare_all([series(*[0] * 8, 4)])
    assert (one.verdict, one.ratio, one.high) == (Verdict.FIRST_SEEN, None, None)


@pytest.mark.parametrize("watched", [-1, 0, 7])
def test_less_than_eight_weeks_of_watching_is_baseline_forming(watched: int) -> None:
    assert verdict(0, 0, 0, 0, 0, 0, 0, 5, 50, watched=watched) is Verdict.BASELINE_FORMING


@pytest.mark.parametrize(("up", "said"), [(0.0, Verdict.WITHHELD), (0.69, Verdict.WITHHELD), (0.7, Verdict.FALLEN)])
def test_fall_is_withheld_unless_seven_feeds_in_ten_were_up(up: float, said: Verdict) -> None:
    assert verdict(*[20] * 8, 1, up=up) is said


def test_part_of_a_week_is_not_compared() -> None:
    assert verdict(*[20] * 8, 1, over=False) is Verdict.WITHHELD


@pytest.mark.parametrize("count", range(6, 60, 3))
def test_one_publisher_alone_makes_no_rise_however_much_it_writes(count: int) -> None:
    assert verdict(*[5] * 8, count, publishers=1) is Verdict.NO_MEASURABLE_CHANGE
    assert verdict(*[0] * 8, count, publishers=1) is Verdict.NO_MEASURABLE_CHANGE


@pytest.mark.parametrize("by_chance", range(10))
def test_feed_added_this_week_prints_no_rise_even_if_the_panel_is_up_by_chance(by_chance: int) -> None:
    panel = (5, 4, 6, 5, 5, 4, 6, 5, min(by_chance, 7))
    said = verdict(*panel[:8], panel[8] + 60, panel=panel)
    assert said not in MEASURED


def test_feed_added_this_week_does_not_make_a_possible_rise_a_sure_one() -> None:
    panel = (5, 4, 6, 5, 5, 4, 6, 5, 9)
    assert verdict(*panel) is Verdict.POSSIBLY_RISEN
    assert verdict(*panel[:8], 60, panel=panel) is Verdict.POSSIBLY_RISEN


def test_feed_that_is_gone_prints_no_fall_while_the_others_go_on() -> None:
    panel = (5, 4, 6, 5, 5, 4, 6, 5, 4)
    assert verdict(*[40] * 8, 4, panel=panel) is Verdict.NO_MEASURABLE_CHANGE


def test_rise_that_the_panel_bears_out_is_risen_whatever_was_added() -> None:
    assert verdict(*[5] * 8, 60, panel=(*[5] * 8, 20)) is Verdict.RISEN


def test_clumped_counts_need_more_than_even_ones() -> None:
    assert verdict(5, 5, 5, 5, 5, 5, 5, 5, 14) is Verdict.RISEN
    assert verdict(0, 18, 0, 1, 0, 20, 1, 0, 14) not in {Verdict.RISEN, Verdict.FALLEN}


def test_many_series_tested_raise_the_bar() -> None:
    change = series(5, 4, 6, 5, 5, 4, 6, 5, 13)
    quiet = [series(*[5] * 9) for _ in range(149)]
    assert compare_all([change])[0].verdict is Verdict.RISEN
    among = compare_all([change, *quiet])[0]
    assert among.q > among.p
    assert among.verdict is Verdict.NO_MEASURABLE_CHANGE


def test_series_that_cannot_be_tested_do_not_raise_the_bar() -> None:
    change = series(5, 4, 6, 5, 5, 4, 6, 5, 13)
    forming = [series(*[5] * 9, watched=0) for _ in range(149)]
    assert compare_all([change, *forming])[0].verdict is Verdict.RISEN


def test_nothing_to_compare_is_nothing_said() -> None:
    assert compare_all([]) == []


def test_only_the_last_eight_weeks_are_the_baseline() -> None:
    one = compare(series(900, 900, 900, 900, *[5] * 8, 5))
    assert (one.baseline, one.ratio) == ((5,) * 8, 1.0)


def test_dispersion_is_variance_over_mean_and_never_less_than_one() -> None:
    assert dispersion_of([5] * 8) == 1.0
    assert dispersion_of([0, 10, 0, 10, 0, 10, 0, 10]) == pytest.approx(np.var([0, 10] * 4, ddof=1) / 5)
    assert dispersion_of([]) == dispersion_of([0] * 8) == dispersion_of([7]) == 1.0


def valid(one: Comparison) -> None:
    assert 0 <= one.p <= 1
    assert one.dispersion >= 1
    assert math.isfinite(one.low)
    assert one.low >= 0
    assert (one.ratio is None) == (one.high is None) == (sum(one.baseline) == 0)
    if one.ratio is not None and one.high is not None:
        assert math.isfinite(one.high)
        assert one.low <= one.ratio <= one.high


@settings(max_examples=200)
@given(EIGHT, st.integers(0, 100_000))
def test_ratio_lies_in_its_interval_and_p_between_nought_and_one(baseline: list[int], count: int) -> None:
    valid(compare(series(*baseline, count)))


@given(st.lists(st.integers(0, 30), min_size=1, max_size=14))
def test_short_and_long_histories_are_compared_without_an_error(stories: list[int]) -> None:
    valid(compare(series(*stories)))


@given(EIGHT, st.integers(0, 300))
def test_one_story_more_is_never_weaker_evidence_of_a_rise(baseline: list[int], count: int) -> None:
    fewer, more = compare(series(*baseline, count)), compare(series(*baseline, count + 1))
    assert fewer.low <= more.low
    if fewer.low > 1:
        assert more.p <= fewer.p


@settings(max_examples=50)
@given(st.lists(st.tuples(EIGHT, st.integers(0, 300)), min_size=1, max_size=8))
def test_q_is_never_below_p_and_verdicts_follow_from_it(all_counts: list[tuple[list[int], int]]) -> None:
    for one in compare_all([series(*baseline, count) for baseline, count in all_counts]):
        assert one.p <= one.q + 1e-12 <= 1 + 1e-9
        if one.verdict in {Verdict.RISEN, Verdict.FALLEN}:
            assert one.q <= 0.10
        if one.q > 0.25:
            assert one.verdict is Verdict.NO_MEASURABLE_CHANGE


@given(EIGHT, st.integers(0, 300), EIGHT, st.integers(0, 300), st.integers(0, 5))
def test_whatever_is_said_the_panel_alone_would_say_too(
    others: list[int], other: int, panel: list[int], watched: int, publishers: int
) -> None:
    whole = [one + more for one, more in zip([*panel, watched], [*others, other], strict=True)]
    said = verdict(*whole, panel=(*panel, watched), publishers=publishers)
    alone = compare(series(*panel, watched))
    if said is Verdict.RISEN:
        assert alone.low > 1
        assert publishers >= 2
    if said is Verdict.FALLEN:
        assert alone.high is not None
        assert alone.high < 1


def test_order_of_series_changes_no_verdict() -> None:
    several = [series(5, 4, 6, 5, 5, 4, 6, 5, count) for count in (0, 5, 9, 13, 30)]
    there = [one.verdict for one in compare_all(several)]
    back = [one.verdict for one in compare_all(several[::-1])]
    assert there == back[::-1]


def test_baseline_is_eight_weeks() -> None:
    assert BASELINE_WEEKS == 8
    assert replace(series(*[1] * 9), name="other").stories == (1,) * 9
