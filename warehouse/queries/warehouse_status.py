"""The status for operators: what is stored and pending, the last issue, and the state of every feed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

import duckdb

from warehouse.queries.page_health import count_pages
from warehouse.store.db import from_db
from warehouse.store.runs import Run, last_runs


@dataclass(frozen=True, slots=True, kw_only=True)
class WarehouseStatus:
    """Counts of the warehouse. `pending`: articles by step; `feeds`: feeds by each of FEED_STATES.

    `pages`: pages had and failed in the last day.

    `pending_since`: when the oldest pending article was seen. `begun_at`, `newest_at`: the first and the
    last moment that it records of its own work. Times are aware UTC.
    """

    articles: int
    stories: int
    pending: dict[str, int]
    pending_since: datetime | None
    feeds: dict[str, int]
    pages: dict[str, int]
    begun_at: datetime | None
    newest_at: datetime | None
    last_article_at: datetime | None
    last_fetch_at: datetime | None
    digest_week: str | None
    digest_at: datetime | None
    runs: tuple[Run, ...]


# Those that need a person first.
FEED_STATES = ("failing", "stale", "empty", "postponed", "unasked", "up")
# An article is pending for a step that has no result of it. A changed text is
# processed again but is not pending.
_COUNTS = """
SELECT (SELECT count(*) FROM store.articles) AS articles,
    (SELECT count(*) FROM stories) AS stories,
    (SELECT count(*) FROM store.articles AS a
        WHERE NOT EXISTS (FROM store.vectors AS v WHERE v.article_id = a.article_id))
        AS to_embed,
    (SELECT count(*) FROM store.articles AS a
        WHERE NOT EXISTS (FROM store.classifications AS f WHERE f.article_id = a.article_id))
        AS to_classify,
    (SELECT count(*) FROM store.articles AS a
        WHERE NOT EXISTS (FROM store.story_members AS m WHERE m.article_id = a.article_id)) AS to_group,
    (SELECT min(updated_at) FROM store.articles AS a
        WHERE NOT EXISTS (FROM store.story_members AS m WHERE m.article_id = a.article_id)) AS pending_since,
    least((SELECT min(started_at) FROM store.runs), (SELECT min(fetched_at) FROM store.fetches),
        (SELECT min(applied_at) FROM main.schema_migrations)) AS begun_at,
    greatest((SELECT max(ended_at) FROM store.runs), (SELECT max(fetched_at) FROM store.fetches),
        (SELECT max(generated_at) FROM store.issues)) AS newest_at,
    (SELECT max(first_seen_at) FROM store.articles) AS last_article_at,
    (SELECT max(fetched_at) FROM store.fetches) AS last_fetch_at,
    (SELECT max(week) FROM store.issues) AS digest_week,
    (SELECT max(generated_at) FROM store.issues) AS digest_at
"""
_FEEDS = "SELECT coalesce(state, 'unasked') AS state, count(*) FROM feeds GROUP BY 1 ORDER BY 1"


def read_warehouse_status(con: duckdb.DuckDBPyConnection, now: datetime) -> WarehouseStatus:
    """Returns the status of the open warehouse or snapshot at `now`."""
    row = con.execute(_COUNTS).to_arrow_table().to_pylist()[0]
    return WarehouseStatus(
        articles=row["articles"],
        stories=row["stories"],
        pending={"embed": row["to_embed"], "classify": row["to_classify"], "group": row["to_group"]},
        pending_since=from_db(row["pending_since"]),
        feeds=dict.fromkeys(FEED_STATES, 0) | dict(con.execute(_FEEDS).fetchall()),
        pages=count_pages(con, now),
        begun_at=from_db(row["begun_at"]),
        newest_at=from_db(row["newest_at"]),
        last_article_at=from_db(row["last_article_at"]),
        last_fetch_at=from_db(row["last_fetch_at"]),
        digest_week=row["digest_week"],
        digest_at=from_db(row["digest_at"]),
        runs=tuple(last_runs(con)),
    )


# Feeds that need attention come first: the longest failing, then those without new entries for longest.
_STATUSES = f"""
SELECT source_id, url, coalesce(state, 'unasked') AS state, last_outcome, last_message, failing_since,
    retired, failures, last_new_on, entries_per_day, entries_in_feed, validators_honest, moved_to, interval_s,
    last_success_at, next_attempt_at
FROM feeds
ORDER BY list_position({list(FEED_STATES)}, state), failing_since,
    last_new_on, source_id
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedStatus:
    """The state of one feed; the fields are the columns of the view `feeds`. Times are aware UTC."""

    source_id: str
    url: str
    state: str
    last_outcome: str | None
    last_message: str | None
    failing_since: datetime | None
    retired: bool
    failures: int
    last_new_on: date | None
    entries_per_day: float
    entries_in_feed: int | None
    validators_honest: bool
    moved_to: str | None
    interval_s: int | None
    last_success_at: datetime | None
    next_attempt_at: datetime | None

    @property
    def needs_attention(self) -> bool:
        """Returns whether it fails, is gone, is empty, or has had no new entries for too long."""
        return self.retired or self.state in ("failing", "stale", "empty")


def feed_statuses(con: duckdb.DuckDBPyConnection) -> list[FeedStatus]:
    """Returns every feed that was ever requested, those that need attention first."""
    rows = con.execute(_STATUSES).to_arrow_table().to_pylist()
    moments = ("failing_since", "last_success_at", "next_attempt_at")
    return [FeedStatus(**row | {name: from_db(row[name]) for name in moments}) for row in rows]


_DAYS = """
SELECT day, state, polls, answers, last_outcome, entries_in_feed, entries_new, entries_duplicate,
    entries_rejected, entries_set_aside, undated_share, validator_lied, last_message
FROM feed_health WHERE source_id = $source_id ORDER BY day DESC LIMIT $days
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedDay:
    """One feed on one day; the fields are the columns of the view `feed_health`."""

    day: date
    state: str
    polls: int
    answers: int
    last_outcome: str
    entries_in_feed: int | None
    entries_new: int
    entries_duplicate: int
    entries_rejected: int
    entries_set_aside: int
    undated_share: float | None
    validator_lied: bool
    last_message: str


def feed_days(con: duckdb.DuckDBPyConnection, source_id: str, days: int) -> list[FeedDay]:
    """Returns the last `days` days on which the feed was due, latest first; empty if it never was."""
    rows = con.execute(_DAYS, {"source_id": source_id, "days": days}).to_arrow_table().to_pylist()
    return [FeedDay(**row) for row in rows]
