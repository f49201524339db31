"""When a feed is due and what its state becomes after an answer. Pure: no clock, no network."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from sources.model import FetchResult, FetchState, Outcome

INTERVAL = timedelta(minutes=55)  # an hourly schedule that starts a little early still finds every feed due
LONGEST_INTERVAL = timedelta(days=30)  # a dead feed is asked monthly: outlets come back
RETRY_AFTER_BOUNDS_S = (60, 24 * 3600)


def is_due(state: FetchState, now: datetime) -> bool:
    """Whether the feed may be asked again at `now`."""
    return state.next_attempt_at is None or state.next_attempt_at <= now


def after_fetch(state: FetchState, result: FetchResult) -> FetchState:
    """The state to remember after `result`: validators kept while they hold, failures stretch the interval linearly."""
    if not result.outcome.succeeded:
        failures = state.failures + 1
        wait = min(INTERVAL * failures, LONGEST_INTERVAL)
        if result.outcome is Outcome.GONE:
            wait = LONGEST_INTERVAL
        elif result.retry_after_s is not None:
            shortest, longest = RETRY_AFTER_BOUNDS_S
            wait = timedelta(seconds=min(max(result.retry_after_s, shortest), longest))
        return replace(state, failures=failures, next_attempt_at=result.fetched_at + wait)
    return replace(
        state,
        failures=0,
        next_attempt_at=result.fetched_at + INTERVAL,
        etag=result.etag or (state.etag if result.outcome is Outcome.NOT_MODIFIED else None),
        last_modified=result.last_modified or (state.last_modified if result.outcome is Outcome.NOT_MODIFIED else None),
        body_sha256=result.body_sha256 or state.body_sha256,
    )
