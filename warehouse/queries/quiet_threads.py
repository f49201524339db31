"""Threads that an analyst follows and of which nothing more came, though something might have."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import duckdb

from warehouse.queries.week_articles import run_bounds
from warehouse.store.db import to_db

# Four issues of a weekly digest without a word of it.
QUIET_DAYS = 28


@dataclass(frozen=True, slots=True, kw_only=True)
class QuietThread:
    """A followed thread: how many stories it has, and its latest article, no copy if there is another."""

    thread_id: int
    stories: int
    article_id: int


# What was not collected is not quiet: days end with the latest article of all that a run for the week saw.
# What fell due while nothing was collected is told by the first week that was.
_QUIET = f"""
WITH collected AS (
    SELECT max(first_seen_at) FILTER (first_seen_at <= $after) AS before, max(first_seen_at) AS now
    FROM store.articles WHERE first_seen_at <= $until
),
followed AS (
    SELECT s.thread_id, count(DISTINCT s.story_id) AS stories, count(*) AS articles,
        arg_max(a.article_id, (m.copy_of IS NULL, a.first_seen_at, a.article_id)) AS article_id,
        max(a.first_seen_at) + INTERVAL {QUIET_DAYS} DAY AS quiet_from
    FROM thread_stories_as_of($as_of) AS s
    JOIN store.story_members AS m ON m.story_id = s.story_id
    JOIN store.articles AS a ON a.article_id = m.article_id AND a.first_seen_at <= $until
    WHERE s.thread_id IN (FROM followed_threads_as_of($as_of))
    GROUP BY s.thread_id
)
SELECT thread_id, stories, article_id
FROM followed, collected
WHERE quiet_from <= now AND (before IS NULL OR quiet_from > before)
ORDER BY articles DESC, thread_id LIMIT $limit
"""


def quiet_threads(
    con: duckdb.DuckDBPyConnection, start: datetime, end: datetime, as_of: datetime, limit: int
) -> list[QuietThread]:
    """Returns the followed threads whose 28 days without a new article were over in [start, end).

    Those of most articles come first. A thread is followed if it is at `as_of`.
    """
    values = run_bounds(start, end, as_of) | {"as_of": to_db(as_of), "limit": limit}
    return [
        QuietThread(thread_id=thread_id, stories=stories, article_id=article_id)
        for thread_id, stories, article_id in con.execute(_QUIET, values).fetchall()
    ]
