"""Marks floods: entries far more numerous or older than a feed's history suggests, as a whole archive."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from sources.model import Article, DateStatus, FetchState, SetAside

# With less history there is nothing to compare with: a new feed's first entries are its backlog, not a flood.
MIN_HISTORY = timedelta(days=3)
# A big day is a few times an ordinary one (a war's first day was 4 times in the recorded feeds); and a quiet
# feed may bring a small batch at once, as a register does after a holiday.
RATE_FACTOR, MIN_ALLOWED = 5, 30
# For the publisher's clock and the time between publication and appearance in the feed.
SLACK = timedelta(days=1)
MAX_AGE = timedelta(days=90)


def quarantine_floods(new: Sequence[Article], state: FetchState, now: datetime) -> list[Article]:
    """Returns the new articles of one poll in order, those of a flood marked; `state` is from before the
    poll.

    If there are more than the feed's rate allows, those dated before the last poll are a flood; if the others
    are still too many (a moved site that dates all its pages today), all are. An article 90 days old when
    first seen always is.
    """
    if state.first_success_at is None or state.last_success_at is None or not state.entry_hashes:
        return list(new)  # the feed was empty before: this is its backlog
    if state.first_success_at == state.last_success_at or now - state.first_success_at < MIN_HISTORY:
        return list(new)
    days = max((now - state.last_success_at) / timedelta(days=1), 1.0)
    allowed = MIN_ALLOWED + RATE_FACTOR * state.entries_per_day * days
    oldest = datetime.min.replace(tzinfo=now.tzinfo)
    if len(new) > allowed:
        oldest = state.last_success_at - SLACK
    if sum(article.published_at is None or article.published_at >= oldest for article in new) > allowed:
        oldest = datetime.max.replace(tzinfo=now.tzinfo)
    oldest = max(oldest, now - MAX_AGE)
    return [
        replace(article, set_aside=SetAside.FLOOD)
        if article.date_status is DateStatus.OK
        and article.published_at is not None
        and article.published_at < oldest
        else article
        for article in new
    ]
