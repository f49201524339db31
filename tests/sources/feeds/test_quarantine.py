"""A flood is recognised; a busy day, an outage and a new feed are none."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from fakes import article, at
from hypothesis import given
from hypothesis import strategies as st

from sources.feeds.quarantine import MIN_ALLOWED, quarantine_floods
from sources.model import DateStatus, FetchState, SetAside

NOW = at("2026-08-12T12:00")
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
WATCHED = FetchState(
    source_id="wire",
    entry_hashes=frozenset({1}),
    first_success_at=NOW - 60 * DAY,
    last_success_at=NOW - HOUR,
    entries_per_day=4.0,
)


def flooded(ages: list[timedelta], state: FetchState = WATCHED) -> list[bool]:
    new = [article(f"Entry {number}", published=NOW - age, seen=NOW) for number, age in enumerate(ages)]
    return [one.set_aside is SetAside.FLOOD for one in quarantine_floods(new, state, NOW)]


def test_ordinary_entries_are_news() -> None:
    assert flooded([HOUR, 2 * HOUR, 3 * DAY]) == [False] * 3


def test_exposed_archive_is_set_aside_without_the_news_of_the_day() -> None:
    assert flooded([timedelta(minutes=10)] * 3 + [20 * DAY] * 80) == [False] * 3 + [True] * 80


def test_moved_site_that_dates_everything_today_is_set_aside_whole() -> None:
    assert all(flooded([timedelta(minutes=1)] * 200))


def test_busy_day_is_news() -> None:
    assert not any(flooded([HOUR] * 45))


def test_what_came_during_an_outage_is_news() -> None:
    after_outage = replace(WATCHED, last_success_at=NOW - 10 * DAY)
    assert not any(flooded([number * 3 * HOUR for number in range(80)], after_outage))


def test_one_entry_from_the_archive_is_set_aside() -> None:
    assert flooded([HOUR, 120 * DAY]) == [False, True]


def test_first_entries_of_a_feed_are_its_backlog() -> None:
    assert not any(flooded([200 * DAY] * 100, FetchState(source_id="wire")))


def test_first_entries_of_a_feed_that_was_empty_are_its_backlog() -> None:
    assert not any(flooded([200 * DAY] * 100, replace(WATCHED, entry_hashes=frozenset())))


def test_feed_watched_for_a_day_has_no_history_yet() -> None:
    assert not any(flooded([20 * DAY] * 100, replace(WATCHED, first_success_at=NOW - DAY)))


def test_feed_answering_for_the_second_time_has_no_rate_yet() -> None:
    once = NOW - 7 * DAY
    assert not any(flooded([DAY] * 100, replace(WATCHED, first_success_at=once, last_success_at=once)))


def test_entry_without_a_usable_date_keeps_its_own_reason() -> None:
    undated = article("Undated", published=None, status=DateStatus.MISSING, seen=NOW)
    (kept,) = quarantine_floods([undated], WATCHED, NOW)
    assert kept.set_aside is None


@given(
    st.lists(st.timedeltas(timedelta(0), 80 * DAY), max_size=MIN_ALLOWED),
    st.floats(0, 100),
    st.timedeltas(timedelta(0), 200 * DAY),
)
def test_a_few_entries_are_never_a_flood(ages: list[timedelta], rate: float, silent_for: timedelta) -> None:
    state = replace(WATCHED, entries_per_day=rate, last_success_at=NOW - silent_for)
    assert not any(flooded(ages, state))
