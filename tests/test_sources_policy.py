"""When a feed is asked again, and what is remembered of its answers."""

from __future__ import annotations

from datetime import timedelta

import pytest
from fakes import at
from hypothesis import given
from hypothesis import strategies as st

from sources.model import FetchResult, FetchState, Outcome
from sources.policy import INTERVAL, LONGEST_INTERVAL, RETRY_AFTER_BOUNDS_S, after_fetch, is_due

NOW = at("2026-08-12T12:00")
KNOWN = FetchState(source_id="wire", etag='"1"', last_modified="Tue, 11 Aug 2026 00:00:00 GMT", body_sha256="aa")
FAILURES = [outcome for outcome in Outcome if not outcome.succeeded]


def answer(
    outcome: Outcome,
    *,
    etag: str | None = None,
    last_modified: str | None = None,
    body_sha256: str | None = None,
    retry_after_s: int | None = None,
) -> FetchResult:
    return FetchResult(
        source_id="wire",
        fetched_at=NOW,
        outcome=outcome,
        elapsed_s=0.1,
        etag=etag,
        last_modified=last_modified,
        body_sha256=body_sha256,
        retry_after_s=retry_after_s,
    )


def test_feed_never_asked_is_due() -> None:
    assert is_due(FetchState(source_id="wire"), NOW)


def test_feed_is_due_at_the_minute_it_named_and_not_before() -> None:
    state = FetchState(source_id="wire", next_attempt_at=NOW)
    assert is_due(state, NOW)
    assert not is_due(state, NOW - timedelta(seconds=1))


@pytest.mark.parametrize("outcome", [Outcome.OK, Outcome.NOT_MODIFIED, Outcome.UNCHANGED])
def test_hourly_schedule_finds_an_answering_feed_due_each_time(outcome: Outcome) -> None:
    assert is_due(after_fetch(KNOWN, answer(outcome)), NOW + timedelta(minutes=56))


def test_new_body_brings_its_own_validators() -> None:
    state = after_fetch(KNOWN, answer(Outcome.OK, etag='"2"', body_sha256="bb"))
    assert (state.etag, state.last_modified, state.body_sha256) == ('"2"', None, "bb")


def test_not_modified_keeps_validators_and_digest() -> None:
    state = after_fetch(KNOWN, answer(Outcome.NOT_MODIFIED))
    assert (state.etag, state.last_modified, state.body_sha256) == (KNOWN.etag, KNOWN.last_modified, "aa")


def test_validators_a_server_no_longer_sends_are_forgotten() -> None:
    assert after_fetch(KNOWN, answer(Outcome.UNCHANGED, body_sha256="aa")).etag is None


@pytest.mark.parametrize("outcome", FAILURES)
def test_failure_is_counted_and_keeps_what_was_known(outcome: Outcome) -> None:
    state = after_fetch(KNOWN, answer(outcome, etag='"bad"', body_sha256="ff"))
    assert state.failures == 1
    assert (state.etag, state.last_modified, state.body_sha256) == (KNOWN.etag, KNOWN.last_modified, "aa")


def test_success_forgives_all_failures() -> None:
    assert after_fetch(FetchState(source_id="wire", failures=9), answer(Outcome.UNCHANGED)).failures == 0


def test_failures_stretch_the_interval_one_step_at_a_time() -> None:
    state, waits = FetchState(source_id="wire"), []
    for _ in range(3):
        state = after_fetch(state, answer(Outcome.UNREACHABLE))
        assert state.next_attempt_at is not None
        waits.append(state.next_attempt_at - NOW)
    assert waits == [INTERVAL, 2 * INTERVAL, 3 * INTERVAL]


def test_gone_feed_is_still_asked_once_a_month() -> None:
    assert after_fetch(KNOWN, answer(Outcome.GONE)).next_attempt_at == NOW + LONGEST_INTERVAL


def test_retry_after_is_obeyed() -> None:
    state = after_fetch(KNOWN, answer(Outcome.RATE_LIMITED, retry_after_s=7_200))
    assert state.next_attempt_at == NOW + timedelta(hours=2)


@pytest.mark.parametrize(("stated", "obeyed"), [(-5, 60), (0, 60), (10**9, 24 * 3600)])
def test_absurd_retry_after_is_bounded(stated: int, obeyed: int) -> None:
    state = after_fetch(KNOWN, answer(Outcome.RATE_LIMITED, retry_after_s=stated))
    assert state.next_attempt_at == NOW + timedelta(seconds=obeyed)


@given(st.sampled_from(Outcome), st.integers(0, 10_000), st.none() | st.integers(-(10**9), 10**9))
def test_every_feed_is_asked_again_within_a_minute_and_a_month(
    outcome: Outcome, failures: int, retry_after_s: int | None
) -> None:
    state = after_fetch(FetchState(source_id="wire", failures=failures), answer(outcome, retry_after_s=retry_after_s))
    assert state.next_attempt_at is not None
    wait = state.next_attempt_at - NOW
    assert timedelta(seconds=RETRY_AFTER_BOUNDS_S[0]) <= wait <= LONGEST_INTERVAL
