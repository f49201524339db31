"""When a feed is due, and its state after a fetch."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from fakes import at, source
from hypothesis import given
from hypothesis import strategies as st

from sources.http.policy import (
    DEAD_AFTER,
    DEAD_INTERVAL,
    FAILURE_STEP_S,
    JITTER_SHARE,
    MAX_FRESH_S,
    MAX_INTERVAL_S,
    MIN_INTERVAL_S,
    MOVES_AFTER,
    REFUSED_JITTER_SHARE,
    after_fetch,
    is_due,
    sends_validators,
    state_for,
    validator_was_false,
)
from sources.model import EntryCounts, FetchResult, FetchState, Outcome

NOW = at("2026-08-12T12:00")
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
WIRE = source("wire")
KNOWN = FetchState(
    source_id="wire",
    catalog_url=WIRE.url,
    etag='"1"',
    last_modified="Tue, 11 Aug 2026 00:00:00 GMT",
    body_sha256="aa",
    entry_hashes=frozenset({1, 2}),
    interval_s=3_600,
    first_success_at=NOW - 30 * DAY,
    last_success_at=NOW - HOUR,
)
FAILURES = [outcome for outcome in Outcome if outcome.failed]
NOTHING = EntryCounts()


def answer(outcome: Outcome, **more: object) -> FetchResult:
    return FetchResult(source_id="wire", fetched_at=NOW, outcome=outcome, elapsed_s=0.1, **more)  # type: ignore[arg-type]


def after(
    state: FetchState,
    result: FetchResult,
    counts: EntryCounts = NOTHING,
    hashes: frozenset[int] = frozenset(),
) -> FetchState:
    return after_fetch(state, result, counts, hashes)


def wait_of(state: FetchState) -> timedelta:
    assert state.next_attempt_at is not None
    return state.next_attempt_at - NOW


# Due


def test_feed_never_fetched_is_due() -> None:
    assert is_due(FetchState(source_id="wire"), NOW)


def test_feed_is_due_at_the_minute_it_named_and_not_before() -> None:
    state = FetchState(source_id="wire", next_attempt_at=NOW)
    assert is_due(state, NOW)
    assert not is_due(state, NOW - timedelta(seconds=1))


def test_new_address_in_the_catalog_keeps_only_the_history() -> None:
    assert state_for(WIRE, KNOWN) == KNOWN
    moved = replace(WIRE, url="https://elsewhere.example/feed")
    failing = replace(KNOWN, failures=9, next_attempt_at=NOW + 9 * DAY, moved_to="https://old.example/")
    state = state_for(moved, failing)
    assert (state.catalog_url, state.etag, state.last_modified, state.moved_to) == (
        moved.url,
        None,
        None,
        None,
    )
    assert (state.failures, state.first_success_at, state.entry_hashes) == (0, KNOWN.first_success_at, {1, 2})
    assert is_due(state, NOW)
    assert state_for(WIRE, None) == FetchState(source_id="wire", catalog_url=WIRE.url)


def test_replay_of_an_earlier_moment_fetches_nothing() -> None:
    state = state_for(replace(WIRE, url="https://elsewhere.example/feed"), KNOWN)
    assert not is_due(state, NOW - DAY)


# The interval


@pytest.mark.parametrize(("new", "factor"), [(30, 0.5), (15, 0.5), (14, 1.0), (3, 1.0), (2, 1.25), (0, 1.25)])
def test_interval_follows_the_share_of_the_feed_that_is_new(new: int, factor: float) -> None:
    state = after(KNOWN, answer(Outcome.OK), EntryCounts(new=new, unchanged=30 - new))
    assert state.interval_s == 3_600 * factor


@pytest.mark.parametrize("outcome", [Outcome.NOT_MODIFIED, Outcome.UNCHANGED])
def test_feed_with_nothing_new_is_fetched_less_often(outcome: Outcome) -> None:
    assert after(KNOWN, answer(outcome)).interval_s == 4_500


def test_first_result_does_not_change_the_interval() -> None:
    state = after(FetchState(source_id="wire"), answer(Outcome.OK), EntryCounts(new=30))
    assert (state.interval_s, state.entries_per_day) == (3_600, 0.0)


@given(st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30)), max_size=40))
def test_interval_stays_between_ten_minutes_and_a_day_however_the_feed_behaves(
    polls: list[tuple[int, int]],
) -> None:
    state = KNOWN
    for new, unchanged in polls:
        state = after(state, answer(Outcome.OK), EntryCounts(new=new, unchanged=unchanged))
        assert state.interval_s is not None
        assert MIN_INTERVAL_S <= state.interval_s <= MAX_INTERVAL_S
        assert timedelta(seconds=MIN_INTERVAL_S * (1 - JITTER_SHARE)) <= wait_of(state) <= DAY


def test_hourly_schedule_finds_an_hourly_feed_due_each_time() -> None:
    for number in range(200):
        state = replace(KNOWN, source_id=f"feed-{number}")
        assert is_due(after(state, answer(Outcome.OK), EntryCounts(new=5, unchanged=25)), NOW + HOUR)


def test_feeds_fetched_together_are_not_due_together_again() -> None:
    waits = {
        wait_of(after(replace(KNOWN, source_id=f"feed-{n}"), answer(Outcome.NOT_MODIFIED))) for n in range(50)
    }
    assert len(waits) == 50


@pytest.mark.parametrize(("stated", "obeyed"), [(7_200, 7_200), (10**9, MAX_FRESH_S)])
def test_freshness_stated_by_the_server_is_obeyed_within_bounds(stated: int, obeyed: int) -> None:
    assert wait_of(after(KNOWN, answer(Outcome.OK, fresh_for_s=stated))) == timedelta(seconds=obeyed)


@pytest.mark.parametrize("stated", [-5, 0, 30])
def test_stated_freshness_does_not_shorten_the_interval(stated: int) -> None:
    state = after(KNOWN, answer(Outcome.OK, fresh_for_s=stated))
    assert wait_of(state) == wait_of(after(KNOWN, answer(Outcome.OK)))


def test_rate_is_new_entries_a_day_and_settles() -> None:
    state, now = replace(KNOWN, entries_per_day=0.0), NOW
    for _ in range(60):
        now += 12 * HOUR
        result = replace(answer(Outcome.OK), fetched_at=now)
        state = after_fetch(state, result, EntryCounts(new=3, unchanged=27), frozenset())
    assert state.entries_per_day == pytest.approx(6.0, rel=0.15)


# Validators


def test_new_body_brings_its_own_validators_and_entries() -> None:
    state = after(KNOWN, answer(Outcome.OK, etag='"2"', body_sha256="bb"), hashes=frozenset({3}))
    assert (state.etag, state.last_modified, state.body_sha256) == ('"2"', None, "bb")
    assert state.entry_hashes == {3}


def test_not_modified_keeps_validators_digest_and_entries() -> None:
    state = after(KNOWN, answer(Outcome.NOT_MODIFIED))
    assert (state.etag, state.last_modified, state.body_sha256) == (KNOWN.etag, KNOWN.last_modified, "aa")
    assert state.entry_hashes == KNOWN.entry_hashes


def test_validators_a_server_no_longer_sends_are_forgotten() -> None:
    assert after(KNOWN, answer(Outcome.UNCHANGED, body_sha256="aa")).etag is None


def test_one_poll_in_a_hundred_goes_without_validators() -> None:
    without = sum(
        not sends_validators(replace(KNOWN, source_id=f"feed-{feed}"), NOW + hour * HOUR)
        for feed in range(100)
        for hour in range(100)
    )
    assert 70 <= without <= 130


@pytest.mark.parametrize(
    ("was", "now", "is_lie"),
    [
        ({"etag": "1"}, {"etag": "1"}, True),
        ({"etag": "1"}, {"etag": "2"}, False),
        ({"etag": "1"}, {}, False),
        ({}, {"etag": "1"}, False),
        ({"etag": 'W/"1"'}, {"etag": 'W/"1"'}, False),
        ({"last_modified": "Tue"}, {"last_modified": "Tue"}, False),
        ({"last_modified": "Tue"}, {"last_modified": "Wed"}, False),
        ({"etag": "1", "last_modified": "Tue"}, {"etag": "2", "last_modified": "Tue"}, False),
        ({}, {}, False),
    ],
)
def test_changed_body_under_an_unchanged_validator_makes_it_false(
    was: dict[str, str], now: dict[str, str], is_lie: bool
) -> None:
    state = replace(KNOWN, etag=None, last_modified=None)
    state = replace(state, **was)  # type: ignore[arg-type]
    result = answer(Outcome.OK, body_sha256="bb", **now)
    assert validator_was_false(state, result, NOTHING) is is_lie
    assert after(state, result).validators_honest is not is_lie


@pytest.mark.parametrize("said", [{"etag": 'W/"1"'}, {"last_modified": "Tue"}])
def test_weak_validator_is_false_only_if_entries_changed(said: dict[str, str]) -> None:
    state = replace(replace(KNOWN, etag=None, last_modified=None), **said)  # type: ignore[arg-type]
    result = answer(Outcome.OK, body_sha256="bb", **said)
    assert not validator_was_false(state, result, EntryCounts(unchanged=30))
    assert validator_was_false(state, result, EntryCounts(new=1, unchanged=29))


def test_false_validators_are_not_used_again() -> None:
    state = replace(KNOWN, validators_honest=False)
    assert not after(state, answer(Outcome.OK, etag='"2"', body_sha256="bb")).validators_honest


def test_first_body_makes_no_validator_false() -> None:
    assert not validator_was_false(
        FetchState(source_id="wire"), answer(Outcome.OK, etag="1", body_sha256="bb"), NOTHING
    )


# Moves


def test_permanent_redirect_is_followed_for_good_after_three_times() -> None:
    state, new = KNOWN, "https://new.example/feed"
    for held in range(1, MOVES_AFTER + 1):
        assert state.moved_to is None
        state = after(state, answer(Outcome.OK, moved_to=new))
        assert state.moving_held == held % MOVES_AFTER
    assert state.moved_to == new


@pytest.mark.parametrize(
    "between",
    [answer(Outcome.OK), answer(Outcome.TIMEOUT), answer(Outcome.OK, moved_to="https://x.example/")],
)
def test_redirect_that_did_not_hold_is_counted_anew(between: FetchResult) -> None:
    state = KNOWN
    for result in (answer(Outcome.OK, moved_to="https://new.example/"),) * 2:
        state = after(state, result)
    state = after(after(state, between), answer(Outcome.OK, moved_to="https://new.example/"))
    assert (state.moved_to, state.moving_held) == (None, 1)


def test_feed_that_fails_at_its_new_address_is_fetched_at_the_old_one() -> None:
    state = replace(KNOWN, moved_to="https://new.example/feed")
    for _ in range(3):
        assert state.moved_to is not None
        state = after(state, answer(Outcome.HTTP_ERROR))
    assert state.moved_to is None


# Failures


@pytest.mark.parametrize("outcome", FAILURES)
def test_failure_is_counted_and_keeps_what_was_known(outcome: Outcome) -> None:
    state = after(KNOWN, answer(outcome, etag='"bad"', body_sha256="ff"))
    assert (state.failures, state.failing_since) == (1, NOW)
    assert (state.etag, state.last_modified, state.body_sha256) == (KNOWN.etag, KNOWN.last_modified, "aa")
    assert state.entry_hashes == KNOWN.entry_hashes


@pytest.mark.parametrize(
    ("outcome", "weight"),
    [
        (Outcome.HTTP_ERROR, 1.0),
        (Outcome.NOT_A_FEED, 1.0),
        (Outcome.DNS_UNKNOWN, 1.0),
        (Outcome.SERVER_ERROR, 0.5),
        (Outcome.TIMEOUT, 0.5),
        (Outcome.RATE_LIMITED, 0.5),
        (Outcome.DNS_TEMPORARY, 0.25),
    ],
)
def test_failures_are_weighted_by_outcome(outcome: Outcome, weight: float) -> None:
    assert after(KNOWN, answer(outcome)).failure_weight == weight


def test_failures_stretch_the_interval_one_step_at_a_time_up_to_a_day() -> None:
    state, waits = KNOWN, []
    for _ in range(40):
        state = after(state, answer(Outcome.HTTP_ERROR))
        waits.append(wait_of(state))
    for number, wait in enumerate(waits, start=1):
        step = timedelta(seconds=min(FAILURE_STEP_S * number, MAX_INTERVAL_S))
        assert step * (1 - JITTER_SHARE) <= wait <= step


def test_success_forgives_all_failures() -> None:
    failing = replace(KNOWN, failures=9, failure_weight=9.0, failing_since=NOW - 90 * DAY, retired=True)
    state = after(failing, answer(Outcome.UNCHANGED))
    assert (state.failures, state.failure_weight, state.failing_since, state.retired) == (0, 0.0, None, False)


def test_gone_feed_is_retired_and_fetched_monthly() -> None:
    state = after(KNOWN, answer(Outcome.GONE))
    assert (state.retired, wait_of(state)) == (True, DEAD_INTERVAL)


def test_not_found_retires_nothing() -> None:
    assert not after(KNOWN, answer(Outcome.HTTP_ERROR, http_status=404)).retired


def test_dead_feed_is_fetched_monthly() -> None:
    dead = replace(KNOWN, failures=99, failure_weight=99.0, failing_since=NOW - DEAD_AFTER - HOUR)
    assert wait_of(after(dead, answer(Outcome.DNS_UNKNOWN))) == DEAD_INTERVAL


@pytest.mark.parametrize(("stated", "obeyed"), [(7_200, 7_200), (-5, 60), (0, 60), (10**9, 86_400)])
def test_retry_after_is_obeyed_within_bounds_and_spread(stated: int, obeyed: int) -> None:
    waits = {
        wait_of(after(replace(KNOWN, source_id=f"f{n}"), answer(Outcome.RATE_LIMITED, retry_after_s=stated)))
        for n in range(20)
    }
    assert timedelta(seconds=obeyed) <= min(waits)
    assert max(waits) <= timedelta(seconds=obeyed * (1 + REFUSED_JITTER_SHARE))
    assert len(waits) == 20


def test_postponed_feed_is_no_failure_and_waits_for_retry_after() -> None:
    state = after(KNOWN, answer(Outcome.POSTPONED, retry_after_s=7_200))
    assert (state.failures, state.failure_weight) == (0, 0.0)
    assert 2 * HOUR <= wait_of(state) <= 3 * HOUR


@given(
    st.sampled_from(Outcome),
    st.integers(0, 10_000),
    st.none() | st.integers(-(10**9), 10**9),
    st.none() | st.integers(0, 10**9),
    st.none() | st.timedeltas(timedelta(0), timedelta(days=900)),
)
def test_every_feed_is_due_again_within_a_minute_and_a_month(
    outcome: Outcome,
    failures: int,
    retry_after_s: int | None,
    fresh_for_s: int | None,
    failing: timedelta | None,
) -> None:
    state = replace(
        KNOWN,
        failures=failures,
        failure_weight=failures / 4,
        failing_since=None if failing is None else NOW - failing,
    )
    state = after(state, answer(outcome, retry_after_s=retry_after_s, fresh_for_s=fresh_for_s))
    assert timedelta(seconds=60) <= wait_of(state) <= DEAD_INTERVAL
