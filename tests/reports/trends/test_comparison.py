"""The comparison of a week with its baseline: verdicts, properties, and rates of error and detection."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from fakes import series
from hypothesis import given, settings
from hypothesis import strategies as st
from simulation import DESKS, DISPERSIONS, a_week, as_series, clumped

from reports.trends.comparison import FAMILY_SHARES, Comparison, compare_all, is_measurable
from reports.trends.exact_tests import LEAST_P
from warehouse.store.trend_tests import Verdict

CHANGED = {Verdict.RISEN, Verdict.FALLEN}
MEASURED = {*CHANGED, Verdict.POSSIBLY_RISEN, Verdict.POSSIBLY_FALLEN, Verdict.FIRST_SEEN}
EIGHT = st.lists(st.integers(0, 200), min_size=8, max_size=8)
TWELVE = st.lists(st.integers(0, 200), min_size=12, max_size=12)


def verdict(*stories: int, **more: object) -> Verdict:
    return compared(*stories, **more).verdict


def compared(*stories: int, **more: object) -> Comparison:
    (one,) = compare_all([series(*stories, **more)])  # type: ignore[arg-type]
    return one


def test_clear_rise_is_risen() -> None:
    assert verdict(5, 4, 6, 5, 5, 4, 6, 5, 20) is Verdict.RISEN


def test_clear_fall_is_fallen_though_few_are_left_to_tell_it() -> None:
    assert verdict(20, 19, 21, 20, 20, 18, 22, 20, 4, publishers=1) is Verdict.FALLEN
    assert verdict(20, 19, 21, 20, 20, 18, 22, 20, 0, publishers=0) is Verdict.FALLEN


def test_unclear_change_is_possible_only() -> None:
    assert verdict(5, 4, 6, 5, 5, 4, 6, 5, 9) is Verdict.POSSIBLY_RISEN
    assert verdict(9, 8, 10, 9, 9, 8, 10, 9, 3) is Verdict.POSSIBLY_FALLEN


def test_same_as_ever_is_no_measurable_change_and_has_a_level() -> None:
    assert verdict(5, 4, 6, 5, 5, 4, 6, 5, 6) is Verdict.NO_MEASURABLE_CHANGE
    assert verdict(*[0] * 9) is Verdict.NO_MEASURABLE_CHANGE
    one = compared(5, 4, 6, 5, 5, 4, 6, 5, 5)
    assert (one.verdict, one.level) == (Verdict.NO_MEASURABLE_CHANGE, 1.0)
    assert one.level_high is not None
    assert 0.3 < one.level_low < 1 < one.level_high < 2.5


def test_from_nothing_is_first_seen_and_has_no_ratio() -> None:
    one = compared(*[0] * 8, 4)
    assert (one.verdict, one.ratio, one.high) == (Verdict.FIRST_SEEN, None, None)


def test_what_is_not_measured_in_one_week_is_measured_over_several() -> None:
    usual = (9, 8, 11, 10, 9, 7, 10, 9, 8, 10, 9, 9)
    assert verdict(*usual, 15) not in CHANGED
    one = compared(*usual, 15, 14, 16, 15)
    assert (one.verdict, one.span) == (Verdict.RISEN, 4)
    assert one.ratio == pytest.approx(15 * 12 / sum(usual), rel=1e-4)


def test_slow_climb_is_a_finding() -> None:
    assert verdict(*[9] * 12, 10, 12, 14, 16, 18, 21).value == "risen"


def test_span_whose_last_week_is_as_before_does_not_speak() -> None:
    one = compared(*[9] * 12, 30, 30, 30, 9)
    assert (one.span, one.verdict) == (1, Verdict.NO_MEASURABLE_CHANGE)


def test_change_that_is_all_but_over_does_not_speak() -> None:
    assert verdict(*[0] * 11, 1, 4, 1) not in CHANGED
    assert verdict(*[0] * 11, 1, 4, 3) in MEASURED


def test_short_week_is_judged_by_its_days() -> None:
    usual, risen = [9] * 12, series(*[9] * 12, 18, 10)
    assert compare_all([risen])[0].span == 1
    short = replace(risen, days=(7,) * 13 + (4,))  # ten in four days are as many as 18 in seven
    assert compare_all([short])[0].span == 2
    assert compare_all([replace(series(*usual, 5), days=(7,) * 12 + (4,))])[0].verdict not in CHANGED


def test_span_leaves_eight_weeks_of_baseline_and_reaches_over_no_outage() -> None:
    assert series(*[5] * 9).spans == (1,)
    assert series(*[5] * 10).spans == (1, 2)
    assert series(*[5] * 12).spans == (1, 2, 4)
    assert replace(series(*[5] * 12), longest_span=3).spans == (1, 2)


def test_too_little_watched_is_baseline_forming() -> None:
    assert verdict(0, 0, 0, 0, 0, 0, 0, 5, 50, watched=7) is Verdict.BASELINE_FORMING


@pytest.mark.parametrize(
    ("up", "said"), [(0.0, Verdict.WITHHELD), (0.69, Verdict.WITHHELD), (0.7, Verdict.FALLEN)]
)
def test_fall_is_withheld_unless_seven_feeds_in_ten_were_up(up: float, said: Verdict) -> None:
    assert verdict(*[20] * 8, 1, up=up) is said


def test_part_of_a_week_is_not_compared() -> None:
    assert verdict(*[20] * 8, 1, over=False) is Verdict.WITHHELD


def test_series_that_the_panel_hardly_tells_or_that_is_filed_in_two_ways_is_withheld() -> None:
    risen = series(*[5] * 8, 40)
    for one in (replace(risen, told=0.19), replace(risen, is_mixed=True)):
        assert compare_all([one])[0].verdict is Verdict.WITHHELD
    assert compare_all([replace(risen, told=0.2)])[0].verdict is Verdict.RISEN


@pytest.mark.parametrize("count", range(6, 60, 3))
def test_one_publisher_alone_makes_no_rise_however_much_it_writes(count: int) -> None:
    assert verdict(*[5] * 8, count, publishers=1) is Verdict.NO_MEASURABLE_CHANGE
    assert verdict(*[0] * 8, count, publishers=1) is Verdict.NO_MEASURABLE_CHANGE


def test_families_have_their_shares_of_the_error_and_members_equal_parts() -> None:
    desk = series(5, 4, 6, 5, 5, 4, 6, 5, 14)
    topics = [replace(series(*[5] * 9), kind="topic", desk="arms_race") for _ in range(10)]
    alone, (among, *of_topics) = compare_all([desk])[0], compare_all([desk, *topics])
    assert alone.error_share == among.error_share == FAMILY_SHARES["desk"]
    assert all(one.error_share == pytest.approx(FAMILY_SHARES["topic"] / 10) for one in of_topics)
    assert among.q == pytest.approx(among.p / 0.5, rel=1e-5)


def test_desk_does_not_pay_for_a_hundred_entities() -> None:
    desk = series(5, 4, 6, 5, 5, 4, 6, 5, 15)
    quiet = [replace(series(*[5] * 9), kind="entity") for _ in range(149)]
    assert compare_all([desk])[0].verdict is Verdict.RISEN
    assert compare_all([desk, *quiet])[0].verdict is Verdict.RISEN
    among_desks = compare_all([desk, *[series(*[5] * 9) for _ in range(149)]])[0]
    assert among_desks.verdict is not Verdict.RISEN


def test_topic_of_a_desk_that_changed_is_called_by_less() -> None:
    topic = replace(series(2, 1, 2, 2, 1, 2, 2, 2, 8), kind="topic")
    others = [replace(series(*[5] * 9), kind="topic") for _ in range(30)]
    still, moved = series(*[20] * 9), series(*[20] * 8, 60)
    assert compare_all([still, topic, *others])[1].verdict not in CHANGED
    assert compare_all([moved, topic, *others])[1].verdict is Verdict.RISEN
    elsewhere = replace(topic, desk="arms_race")
    assert compare_all([moved, elsewhere, *others])[1].verdict not in CHANGED


def test_series_that_cannot_be_tested_have_no_share() -> None:
    change = series(5, 4, 6, 5, 5, 4, 6, 5, 15)
    forming = [series(*[5] * 9, watched=0) for _ in range(149)]
    one, *rest = compare_all([change, *forming])
    assert one.verdict is Verdict.RISEN
    assert {(other.tested, other.error_share, other.q) for other in rest} == {(0, 0.0, 1.0)}


def test_nothing_to_compare_is_nothing_said() -> None:
    assert compare_all([]) == []


@settings(max_examples=30)
@given(st.lists(TWELVE, min_size=1, max_size=8))
def test_q_is_never_below_p_and_verdicts_follow_from_it(all_counts: list[list[int]]) -> None:
    for one in compare_all([series(*counts) for counts in all_counts]):
        assert one.p <= one.q + 1e-12 <= 1 + 1e-9
        if one.verdict in CHANGED:
            assert one.q <= 0.10
            assert one.low > 1 or (one.high is not None and one.high < 1)
            assert (one.ratio is None or one.ratio > 1) == (one.verdict is Verdict.RISEN)
        if one.q > 0.25:
            assert one.verdict is Verdict.NO_MEASURABLE_CHANGE


def test_order_of_series_changes_no_verdict() -> None:
    several = [series(5, 4, 6, 5, 5, 4, 6, 5, count) for count in (0, 5, 9, 13, 30)]
    there = [one.verdict for one in compare_all(several)]
    back = [one.verdict for one in compare_all(several[::-1])]
    assert there == back[::-1]


def test_clumped_counts_need_more_than_even_ones() -> None:
    assert verdict(5, 5, 5, 5, 5, 5, 5, 5, 14) is Verdict.RISEN
    assert verdict(0, 18, 0, 1, 0, 20, 1, 0, 14) not in CHANGED


def test_series_with_two_stories_is_not_tested() -> None:
    one = compared(*[0] * 8, 2)
    assert (one.verdict, one.tested, one.q) == (Verdict.NO_MEASURABLE_CHANGE, 0, 1.0)


def test_entity_is_tested_from_a_story_a_week_on() -> None:
    rare, regular = series(*[0] * 8, 8), series(*[0] * 8, 9)
    assert is_measurable(rare)
    assert not is_measurable(replace(rare, kind="entity"))
    assert is_measurable(replace(regular, kind="entity"))


def share(acts: Sequence[int], out_of: Sequence[int], publishers: int = 5) -> Comparison:
    one = replace(series(*acts, publishers=publishers), kind="act_share", panel_out_of=tuple(out_of))
    return compare_all([one])[0]


def test_share_that_doubles_has_risen_though_all_stories_doubled_too() -> None:
    assert share([*[5] * 8, 25], [*[20] * 8, 40]).verdict is Verdict.RISEN
    assert share([*[5] * 8, 10], [*[20] * 8, 40]).verdict is Verdict.NO_MEASURABLE_CHANGE


def test_share_that_halves_has_fallen_though_as_many_acts_are_told() -> None:
    assert share([*[10] * 8, 7], [*[20] * 8, 60]).verdict is Verdict.FALLEN


def test_share_gives_the_ratio_of_the_odds_with_its_interval() -> None:
    one = share([*[5] * 8, 20], [*[20] * 8, 40])
    assert one.ratio == pytest.approx((20 / 20) / (40 / 120))
    assert one.high is not None
    assert one.low < 3 < one.high


@pytest.mark.parametrize(
    ("acts", "out_of"),
    [([0] * 9, [0] * 9), ([0] * 9, [5] * 9), ([5] * 9, [5] * 9), ([*[0] * 8, 5], [*[0] * 8, 9])],
)
def test_share_of_nothing_or_of_all_is_no_measurable_change(acts: list[int], out_of: list[int]) -> None:
    one = share(acts, out_of)
    assert (one.verdict, one.p, one.ratio, one.high) == (Verdict.NO_MEASURABLE_CHANGE, 1.0, None, None)


def valid(one: Comparison) -> None:
    assert 0 <= one.p <= 1
    assert one.dispersion >= 1
    for ratio, low, high in ((one.ratio, one.low, one.high), (one.level, one.level_low, one.level_high)):
        assert math.isfinite(low)
        assert low >= 0
        assert (ratio is None) == (high is None)
        if ratio is not None and high is not None:
            assert math.isfinite(high)
            assert low <= ratio * (1 + 1e-6)
            assert ratio <= high * (1 + 1e-6)


@settings(max_examples=25)
@given(EIGHT, st.integers(0, 2_000))
def test_ratio_lies_in_its_interval_and_p_between_nought_and_one(baseline: list[int], count: int) -> None:
    valid(compared(*baseline, count))


@settings(max_examples=25)
@given(st.lists(st.integers(0, 30), min_size=1, max_size=27))
def test_short_and_long_histories_are_compared_without_an_error(stories: list[int]) -> None:
    valid(compared(*stories, watched=8 if len(stories) > 8 else 0))


@settings(max_examples=25)
@given(EIGHT, st.integers(0, 300))
def test_one_story_more_is_never_weaker_evidence_of_a_rise(baseline: list[int], count: int) -> None:
    fewer, more = compared(*baseline, count), compared(*baseline, count + 1)
    assert fewer.low <= more.low * (1 + 1e-6)
    if fewer.low > 1:
        assert more.p <= fewer.p * (1 + 1e-9) + 1e-14


# ---- how often it errs, and what it finds ------------------------------------------------------------------


@pytest.fixture
def without_intervals(monkeypatch: pytest.MonkeyPatch) -> None:
    """Most of the time goes into intervals, on which no verdict depends."""
    monkeypatch.setattr(
        "reports.trends.comparison.ratio_interval", lambda k, *_: (np.zeros(len(k)), np.full(len(k), np.inf))
    )


@pytest.mark.slow
@pytest.mark.usefixtures("without_intervals")
@pytest.mark.parametrize("dispersion", DISPERSIONS)
def test_fewer_than_one_null_week_in_ten_prints_a_change(dispersion: str) -> None:
    random, wrong, weeks = np.random.default_rng(33), 0, 200  # a thousand in all
    for _ in range(weeks):
        means, spread = a_week(random, dispersion, entities=20)
        baselines = clumped(random, np.repeat(means[:, None], 8, 1), np.repeat(spread[:, None], 8, 1))
        said = compare_all(as_series(baselines, clumped(random, means, spread)))
        wrong += any(one.verdict in CHANGED for one in said)
    assert wrong < 0.1 * weeks


@pytest.mark.usefixtures("without_intervals")
@pytest.mark.parametrize(("dispersion", "least"), [(1.0, 0.8), (1.5, 0.7), (2.0, 0.6)])
def test_doubled_series_of_mean_ten_is_found_when_it_is_looked_at_alone(
    dispersion: float, least: float
) -> None:
    random, trials = np.random.default_rng(10), 200
    baselines = clumped(random, np.full((trials, 8), 10.0), np.full((trials, 8), dispersion))
    doubled = clumped(random, np.full(trials, 20.0), np.full(trials, dispersion))
    found = [
        verdict(*map(int, before), int(now)) in MEASURED
        for before, now in zip(baselines, doubled, strict=True)
    ]
    assert np.mean(found) >= least


@pytest.mark.usefixtures("without_intervals")
def test_series_of_mean_ten_that_grows_threefold_is_found_among_all_of_a_week() -> None:
    random, trials, found = np.random.default_rng(10), 40, 0
    for _ in range(trials):
        means, spread = a_week(random, "1")
        means[DESKS] = 10
        baselines = clumped(random, np.repeat(means[:, None], 8, 1), np.repeat(spread[:, None], 8, 1))
        means[DESKS] = 30
        found += compare_all(as_series(baselines, clumped(random, means, spread)))[DESKS].verdict in MEASURED
    assert found >= 0.8 * trials


@pytest.mark.slow
@given(EIGHT, st.integers(0, 200))
def test_every_statistic_of_a_comparison_has_six_digits_at_most(baseline: list[int], count: int) -> None:
    for made in compare_all([series(*baseline, count), series(*baseline[::-1], count)]):
        statistics = (
            *(made.ratio, made.low, made.high),
            *(made.level, made.level_low, made.level_high),
            *(made.dispersion, made.p, made.q, made.error_share),
        )
        assert all(one is None or one == float(f"{one:.6g}") for one in statistics)


def test_p_below_what_is_computed_is_given_as_the_least_and_never_as_nought() -> None:
    made = compared(*[40] * 8, 400)
    assert made.verdict is Verdict.RISEN
    assert (made.p, made.q) == (LEAST_P, 2 * LEAST_P)
