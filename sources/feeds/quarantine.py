"""Tells a flood from news: a feed that suddenly shows far more, or far older, entries than its history. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from sources.model import Article, DateStatus, FetchState, SetAside

# Before so much history there is nothing to compare with: a new feed's first entries are its backlog, not a flood.
WATCHED_FOR = timedelta(days=3)
# A big day is a few times an ordinary one (a war's first day was 4 times in the recorded feeds); and a quiet feed may
# bring a small batch at once, as a register does after a holiday.
TIMES_THE_USUAL, ALWAYS_ALLOWED = 5, 30
# A publisher's clock, and the hours between publication and the feed.
SLACK = timedelta(days=1)
FAR_OLDER = timedelta(days=90)


def quarantine_floods(new: Sequence[Article], state: FetchState, now: datetime) -> list[Article]:
    """The new articles of one poll in their order, those of a flood marked; `state` is from before the poll.

    More than the feed's rate allows: what is dated before the last poll is a flood, and if the rest is still too much
    (a moved site that dates all its pages today), all is. Whatever is 90 days old when it first appears is from the archive.
    """
    if state.first_success_at is None or state.last_success_at is None or not state.entry_hashes:
        return list(new)  # a feed that showed nothing before shows its backlog, however long it was watched
    if state.first_success_at == state.last_success_at or now - state.first_success_at < WATCHED_FOR:
        return list(new)
    days = max((now - state.last_success_at) / timedelta(days=1), 1.0)
    allowed = ALWAYS_ALLOWED + TIMES_THE_USUAL * state.entries_per_day * days
    oldest = datetime.min.replace(tzinfo=now.tzinfo)
    if len(new) > allowed:
        oldest = state.last_success_at - SLACK
    if sum(article.published_at is None or article.published_at >= oldest for article in new) > allowed:
        oldest = datetime.max.replace(tzinfo=now.tzinfo)
    oldest = max(oldest, now - FAR_OLDER)
    return [
        replace(article, set_aside=SetAside.FLOOD)
        if article.date_status is DateStatus.OK and article.published_at is not None and article.published_at < oldest
        else article
        for article in new
    ]
