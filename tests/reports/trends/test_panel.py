"""Which weeks can be compared and by which feeds: outages, gaps, breaks, and feeds that come and go."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from fakes import WEEK
from hypothesis import given
from hypothesis import strategies as st

from reports.trends.comparison import MOST_BASELINE
from reports.trends.panel import HISTORY_WEEKS, MISSED_WEEKS, Break, Panel, choose_panel, find_gaps
from reports.week import Week

DAY = timedelta(days=1)
WEEKS = [WEEK.before(number) for number in reversed(range(MOST_BASELINE + 1 + MISSED_WEEKS))]
FEEDS = frozenset("abcdefghij")


def panel(changed: dict[int, str] | None = None, *, breaks: tuple[Break, ...] = ()) -> Panel:
    """Ten feeds watched in every week; `changed` gives the feeds of a week by how many weeks it lies back."""
    watched = dict.fromkeys(WEEKS, FEEDS)
    return choose_panel(
        watched | {WEEK.before(back): frozenset(feeds) for back, feeds in (changed or {}).items()},
        breaks=breaks,
    )


def backs(one: Panel) -> list[int]:
    """How many weeks back the baseline's weeks lie, nearest first."""
    return [(WEEK.monday - week.monday).days // 7 for week in reversed(one.compared[:-1])]


def test_baseline_are_the_26_weeks_before() -> None:
    one = panel()
    assert backs(one) == list(range(1, 27))
    assert (one.steady, one.feeds, one.coverage) == (FEEDS, FEEDS, 1.0)
    assert one.compared[-1] == WEEK
    assert len(one.history) == HISTORY_WEEKS
    assert (one.is_forming, one.longest_span) == (False, 4)


def test_week_in_which_most_feeds_were_down_is_left_out_and_no_span_reaches_over_it() -> None:
    one = panel({3: "abc"})
    assert backs(one) == [1, 2, *range(4, 27)]
    assert one.weeks_down == (WEEK.before(3),)
    assert one.longest_span == 3


def test_longer_baseline_is_not_worth_many_feeds() -> None:
    one = panel(dict.fromkeys(range(15, 31), "abcdefghi"))
    assert backs(one) == list(range(1, 15))
    assert one.feeds == FEEDS


@pytest.mark.parametrize(("up", "kept"), [("abcdefg", True), ("abcdef", False)])
def test_seven_feeds_in_ten_make_a_week_of_the_baseline(up: str, kept: bool) -> None:
    assert (3 in backs(panel({3: up}))) == kept


def test_baseline_is_as_short_as_the_feeds_that_tell_the_stories_need() -> None:
    watched = {week: FEEDS | ({"new"} if back < 10 else set()) for back, week in enumerate(reversed(WEEKS))}
    watched = dict(sorted(watched.items()))
    by_new, by_others = [frozenset({"new"})] * 3, [frozenset("ab")] * 7
    assert len(choose_panel(watched, told_by=[*by_new, *by_others]).compared) == 10
    assert len(choose_panel(watched, told_by=[*by_new[:1], *by_others, *by_others]).compared) == 27


def test_baseline_is_narrowed_after_the_list_was_changed_for_one_that_tells_most() -> None:
    watched = {week: FEEDS | ({"new"} if back < 7 else set()) for back, week in enumerate(reversed(WEEKS))}
    watched = dict(sorted(watched.items()))
    told_by = [frozenset({"new"})] * 9 + [frozenset("ab")]
    one = choose_panel(watched, told_by=told_by)
    assert (len(one.compared), one.is_forming, "new" in one.feeds) == (7, False, True)


def test_coverage_is_the_share_of_the_steady_feeds_that_was_watched() -> None:
    assert panel({0: "abcde"}).coverage == 0.5
    assert panel({0: "abcde", 5: "abcdefgh"}).coverage == 5 / 8
    assert panel({0: ""}).coverage == 0.0


def test_feed_that_was_down_once_in_the_baseline_is_not_of_the_panel() -> None:
    one = panel({2: "abcdefghi"})
    assert one.feeds == frozenset("abcdefghi")


def test_feeds_added_since_do_not_touch_panel_or_coverage() -> None:
    one = panel({0: "abcdefghijkl"})
    assert (one.feeds, one.coverage) == (FEEDS, 1.0)


@pytest.mark.parametrize(("added", "marked"), [("k", False), ("kl", True), ("klmno", True)])
def test_feeds_added_together_are_marked_and_shorten_nothing(added: str, marked: bool) -> None:
    one = panel(dict.fromkeys(range(5), "abcdefghij" + added))
    assert bool(one.breaks) == marked
    assert (backs(one), one.feeds) == (list(range(1, 27)), FEEDS)
    assert one.watched == FEEDS | set(added)


def test_few_of_the_feeds_that_are_watched_now_are_a_panel_if_they_tell_the_stories() -> None:
    silent = {f"silent {number}" for number in range(90)}
    watched = {week: FEEDS | (silent if back < 10 else set()) for back, week in enumerate(reversed(WEEKS))}
    one = choose_panel(dict(sorted(watched.items())), told_by=[frozenset("ab")] * 5)
    assert (one.feeds, len(one.watched), one.is_forming) == (FEEDS, 100, False)


def test_feeds_that_come_back_after_an_outage_are_no_break() -> None:
    assert panel({3: "abc", 4: "abc"}).breaks == ()


def test_feed_taken_off_the_list_is_soon_not_missed() -> None:
    one = panel(dict.fromkeys(range(7), "abcde"))
    shares = [watch.share for watch in one.history[-7:]]
    assert shares == [0.5, 0.5, 0.5, 1.0, 1.0, 1.0, 1.0]


def test_change_that_is_given_is_marked_and_shortens_nothing() -> None:
    change = Break(moment=WEEK.before(3).start + 2 * DAY, what="the model changed")
    one = panel(breaks=(change,))
    assert (len(backs(one)), one.breaks) == (26, (change,))


def test_break_before_the_history_or_after_the_week_is_none() -> None:
    long_ago = Break(moment=WEEK.before(20).start, what="the model changed")
    later = Break(moment=WEEK.end, what="the model changed again")
    one = panel(breaks=(long_ago, later))
    assert one.breaks == ()


def test_first_weeks_of_watching_form_a_baseline_and_are_no_break() -> None:
    one = panel(dict.fromkeys(range(4, len(WEEKS)), ""))
    assert (backs(one), one.breaks, one.is_forming) == ([1, 2, 3], (), True)
    assert [watch.share for watch in one.history[:9]] == [None] * 9


def test_nothing_ever_watched_is_no_baseline_and_no_coverage() -> None:
    one = panel(dict.fromkeys(range(len(WEEKS)), ""))
    assert (one.compared, one.coverage, one.weeks_down) == ((WEEK,), 0.0, ())


@given(st.lists(st.frozensets(st.sampled_from("abcdefghijklmnop")), min_size=31, max_size=31))
def test_baseline_is_in_order_before_the_week_and_watched(sets: list[frozenset[str]]) -> None:
    one = choose_panel(dict(zip(WEEKS, sets, strict=True)))
    assert list(one.compared) == sorted(set(one.compared))
    assert len(one.compared) <= MOST_BASELINE + 1
    assert 0 <= one.coverage <= 1
    assert one.feeds <= one.steady
    assert not set(one.compared[:-1]) & set(one.weeks_down)
    assert 1 <= one.longest_span <= 4


def runs(*days: int) -> list[date]:
    return [WEEK.monday + day * DAY for day in days]


def gaps(days: list[date], until: int) -> list[str]:
    return [str(gap) for gap in find_gaps(days, WEEK.monday + until * DAY)]


def test_days_without_a_run_between_daily_ones_are_a_gap() -> None:
    assert gaps(runs(0, 1, 2, 6, 7), 8) == ["no feed was asked on 2026-08-13 to 2026-08-15"]


def test_one_missed_day_is_late_not_a_gap() -> None:
    assert gaps(runs(0, 1, 3, 4), 5) == []


def test_weekly_runs_are_no_gaps() -> None:
    assert gaps(runs(0, 7, 14, 21), 28) == []
    assert gaps(runs(0, 7, 14, 35), 36) == ["no feed was asked on 2026-08-25 to 2026-09-13"]


def test_runs_that_stopped_are_a_gap_up_to_the_end() -> None:
    assert gaps(runs(0, 1, 2), 6) == ["no feed was asked on 2026-08-13 to 2026-08-15"]


def test_who_changes_from_weekly_to_daily_runs_is_soon_held_to_it() -> None:
    daily = range(21, 30)
    assert gaps(runs(0, 7, 14, *daily, 33), 34) == ["no feed was asked on 2026-09-09 to 2026-09-11"]


@pytest.mark.parametrize("days", [(), (0,), (0, 1)])
def test_few_runs_show_no_habit(days: tuple[int, ...]) -> None:
    assert gaps(runs(*days), 2) == []


def test_weeks_compare_by_their_mondays() -> None:
    assert Week.parse("2026-W33") == WEEK
