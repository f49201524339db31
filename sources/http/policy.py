"""Decides when a feed is due and computes its state after a fetch.

Pure: no clock, no network, no randomness.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from sources.model import EntryCounts, FetchResult, FetchState, Outcome, Source, stable_id

# A feed starts hourly; then it is fetched the more often, the more of it is new each time.
FIRST_INTERVAL_S = 3_600
MIN_INTERVAL_S, MAX_INTERVAL_S = 600, 86_400
BUSY_SHARE, CALM_SHARE = 0.5, 0.1  # of a feed's entries new in one poll; at half, the next poll may miss some
FASTER, SLOWER = 0.5, 1.25
# Jitter only shortens an interval: with an hourly schedule, a feed due at minute 61 would wait until minute
# 120.
JITTER_SHARE = 0.15

HARD, SOFT, DNS = 1.0, 0.5, 0.25
_WEIGHTS = {
    Outcome.SERVER_ERROR: SOFT,
    Outcome.RATE_LIMITED: SOFT,
    Outcome.TIMEOUT: SOFT,
    Outcome.UNREACHABLE: SOFT,
    Outcome.DNS_TEMPORARY: DNS,
}
FAILURE_STEP_S = 3_600
DEAD_AFTER = timedelta(days=60)
DEAD_INTERVAL = timedelta(days=30)  # some outlets come back
SERVER_PAUSE_BOUNDS_S = (60, 86_400)
MAX_FRESH_S = 21_600  # `max-age` of a day is the default of many caches and says nothing about the feed
REFUSED_JITTER_SHARE = 0.25

MOVES_AFTER = 3  # identical permanent redirects in a row after which the new address is used
UNCONDITIONAL_SHARE = 0.01
NEW_PER_DAY_MEMORY_DAYS = 14.0


def state_for(source: Source, stored: FetchState | None) -> FetchState:
    """Returns the state of a source, without what was learned from an address the catalog no longer has."""
    if stored is None:
        return FetchState(source_id=source.id, catalog_url=source.shown_url)
    if stored.catalog_url == source.shown_url:
        return stored
    return FetchState(
        source_id=source.id,
        catalog_url=source.shown_url,
        body_sha256=stored.body_sha256,
        entry_hashes=stored.entry_hashes,
        entries_per_day=stored.entries_per_day,
        interval_s=stored.interval_s,
        first_success_at=stored.first_success_at,
        last_success_at=stored.last_success_at,
    )


def is_due(state: FetchState, now: datetime) -> bool:
    """Returns whether the feed may be fetched at `now`.

    A replay of an earlier moment fetches nothing again.
    """
    if state.next_attempt_at is None:
        return state.last_success_at is None or state.last_success_at < now
    return state.next_attempt_at <= now


def sends_validators(state: FetchState, now: datetime) -> bool:
    """Returns whether to send the validators.

    In one of a hundred polls not, to check that the server's 304s are true.
    """
    return _fraction("validators", state.source_id, now) >= UNCONDITIONAL_SHARE


def after_fetch(
    state: FetchState, result: FetchResult, counts: EntryCounts, hashes: frozenset[int]
) -> FetchState:
    """Returns the state after `result`, whose entries were stored as `counts` and have the fingerprints
    `hashes`.
    """
    if result.outcome is Outcome.POSTPONED:
        return replace(state, next_attempt_at=result.fetched_at + _pause(state, result))
    if not result.outcome.succeeded:
        return _after_failure(state, result)
    state = _after_move(_after_success(state, result, counts), result)
    return replace(state, entry_hashes=hashes) if result.outcome is Outcome.OK else state


def validator_was_false(state: FetchState, result: FetchResult, counts: EntryCounts) -> bool:
    """Returns whether the body changed under an unchanged validator, so that this server's 304s prove
    nothing.

    A strong ETag identifies every byte; a weak one, and Last-Modified, for the content (RFC 9110, section
    8.8.1).
    """
    if result.outcome is not Outcome.OK or state.body_sha256 is None:
        return False
    if result.etag or state.etag:
        stayed, is_strong = result.etag == state.etag, not (result.etag or "").startswith("W/")
    else:
        stayed, is_strong = (
            result.last_modified is not None and result.last_modified == state.last_modified,
            False,
        )
    return stayed and (is_strong or counts.new + counts.updated > 0)


def _after_success(state: FetchState, result: FetchResult, counts: EntryCounts) -> FetchState:
    now, unmodified = result.fetched_at, result.outcome is Outcome.NOT_MODIFIED
    interval_s = _adapted(
        state.interval_s or FIRST_INTERVAL_S, counts, is_first=state.first_success_at is None
    )
    wait_s = max(_with_jitter(interval_s, state, now), min(_server_pause_s(result.fresh_for_s), MAX_FRESH_S))
    return replace(
        state,
        etag=result.etag or (state.etag if unmodified else None),
        last_modified=result.last_modified or (state.last_modified if unmodified else None),
        body_sha256=result.body_sha256 or state.body_sha256,
        validators_honest=state.validators_honest and not validator_was_false(state, result, counts),
        entries_per_day=_rate(state, counts, now),
        interval_s=interval_s,
        failures=0,
        failure_weight=0.0,
        failing_since=None,
        retired=False,
        first_success_at=state.first_success_at or now,
        last_success_at=now,
        next_attempt_at=now + timedelta(seconds=wait_s),
    )


def _adapted(interval_s: int, counts: EntryCounts, *, is_first: bool) -> int:
    """Returns the interval in seconds, adapted to the share of new entries.

    The first poll, all new, changes nothing.
    """
    if is_first:
        return interval_s
    share = counts.new / counts.total if counts.total else 0.0
    if share >= BUSY_SHARE:
        interval_s = round(interval_s * FASTER)
    elif share < CALM_SHARE:
        interval_s = round(interval_s * SLOWER)
    return min(max(interval_s, MIN_INTERVAL_S), MAX_INTERVAL_S)


def _rate(state: FetchState, counts: EntryCounts, now: datetime) -> float:
    """Returns the new entries per day as a moving average of about two weeks, without the first poll's
    backlog.
    """
    if state.last_success_at is None:
        return 0.0
    days = max((now - state.last_success_at) / timedelta(days=1), 1e-6)
    assert state.first_success_at is not None  # noqa: S101 - set with last_success_at
    memory = min(NEW_PER_DAY_MEMORY_DAYS, max((now - state.first_success_at) / timedelta(days=1), days))
    weight = min(days / memory, 1.0)
    return state.entries_per_day * (1 - weight) + counts.new / days * weight


def _after_move(state: FetchState, result: FetchResult) -> FetchState:
    if result.moved_to is None:
        return replace(state, moving_to=None, moving_held=0) if state.moving_held else state
    held = state.moving_held + 1 if result.moved_to == state.moving_to else 1
    if held < MOVES_AFTER:
        return replace(state, moving_to=result.moved_to, moving_held=held)
    return replace(state, moved_to=result.moved_to, moving_to=None, moving_held=0)


def _after_failure(state: FetchState, result: FetchResult) -> FetchState:
    weight = state.failure_weight + _WEIGHTS.get(result.outcome, HARD)
    state = replace(
        state,
        failures=state.failures + 1,
        failure_weight=weight,
        failing_since=state.failing_since or result.fetched_at,
        retired=state.retired or result.outcome is Outcome.GONE,
        moving_to=None,
        moving_held=0,
    )
    if state.moved_to and weight >= MOVES_AFTER:  # the new address fails: try the catalog's again
        state = replace(state, moved_to=None)
    return replace(state, next_attempt_at=result.fetched_at + _pause(state, result))


def _pause(state: FetchState, result: FetchResult) -> timedelta:
    """Returns the pause after a failed or postponed fetch."""
    is_dead = state.failing_since is not None and result.fetched_at - state.failing_since > DEAD_AFTER
    if state.retired or is_dead:
        return DEAD_INTERVAL
    wait_s = min(max(FAILURE_STEP_S * state.failure_weight, MIN_INTERVAL_S), MAX_INTERVAL_S)
    wait_s = _with_jitter(wait_s, state, result.fetched_at)
    if result.retry_after_s is not None:
        wait_s = _server_pause_s(result.retry_after_s)
    if result.outcome in (
        Outcome.RATE_LIMITED,
        Outcome.POSTPONED,
    ):  # so that feeds refused together do not return together
        wait_s *= 1 + REFUSED_JITTER_SHARE * _fraction("pause", state.source_id, result.fetched_at)
    return timedelta(seconds=wait_s)


def _with_jitter(wait_s: float, state: FetchState, now: datetime) -> float:
    """Returns the wait in seconds, shortened by jitter so that feeds fetched together are not due
    together.
    """
    return wait_s * (1 - JITTER_SHARE * _fraction("wait", state.source_id, now))


def _server_pause_s(seconds: int | None) -> float:
    """Returns the pause that a server asks for, within bounds; 0 if it asks for none."""
    shortest, longest = SERVER_PAUSE_BOUNDS_S
    return 0 if seconds is None else min(max(seconds, shortest), longest)


def _fraction(purpose: str, source_id: str, now: datetime) -> float:
    """Returns a number from 0 to 1: uniform over sources and moments, the same on every run."""
    return stable_id(purpose, source_id, now.isoformat()) / 2**63
