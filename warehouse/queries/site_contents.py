"""Reads everything that the static site shows, in bulk, from the public views."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, TypeVar

import duckdb

from warehouse.store.db import from_db


@dataclass(frozen=True, slots=True, kw_only=True)
class StoryCard:
    """One story on topic, from the view `stories`. `began_at`: first trusted date, or when first seen.

    `genre` is that of the article of its title; empty while it has none.
    """

    story_id: int
    title: str
    desk: str
    genre: str
    status: str
    began_at: datetime
    last_seen_at: datetime
    article_count: int
    text_count: int
    publisher_count: int
    key_terms: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class StoryArticle:
    """One article of a story. `moment` is its publication date if `is_dated`, or when it was first seen."""

    story_id: int
    article_id: int
    moment: datetime
    is_dated: bool
    publisher: str
    outlet: str
    title: str
    url: str | None
    language: str
    genre: str
    copy_of: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class StoryEvent:
    """One event of a story; for merged and split `other_story_id` is the story that received the articles."""

    story_id: int
    at: datetime
    event: str
    other_story_id: int | None
    reason: str
    by_analyst: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SummarySentence:
    """A sentence of a story's summary, and its article."""

    story_id: int
    sentence: str
    article_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """A subject of a story. `kind` is topic, theme or the kind of an entity; `key` is the stable id."""

    story_id: int
    kind: str
    key: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StoryDeadline:
    """A date that an article of a story announces, with the sentence that announces it."""

    story_id: int
    kind: str
    due_on: date
    evidence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedRow:
    """One feed with its state now and on each of the last days; None for a day on which it was not due."""

    source_id: str
    name: str
    publisher: str
    kind: str
    state: str
    failing_since: datetime | None
    retired: bool
    last_new_on: date | None
    entries_per_day: float
    days: tuple[tuple[date, str | None], ...]


_CARDS = """
SELECT s.story_id, s.title, s.desk, coalesce(a.genre, '') AS genre, s.status,
    coalesce(s.first_published_at, s.first_seen_at) AS began_at, s.last_seen_at, s.article_count,
    s.text_count,
    s.publisher_count, s.key_terms
FROM stories AS s LEFT JOIN articles AS a ON a.article_id = s.title_article_id
WHERE s.desk <> 'off_topic' ORDER BY began_at DESC, s.story_id
"""


def story_cards(con: duckdb.DuckDBPyConnection) -> list[StoryCard]:
    """Returns every story on topic, the latest first."""
    return [
        StoryCard(**_timed(row, "began_at", "last_seen_at") | {"key_terms": tuple(row["key_terms"])})
        for row in _rows(con, _CARDS)
    ]


_ARTICLES = """
SELECT m.story_id, a.article_id, CASE WHEN a.date_status = 'ok' THEN a.published_at
    ELSE a.first_seen_at END AS moment, a.date_status = 'ok' AS is_dated, a.publisher, s.name AS outlet,
    a.title, a.url, a.language, coalesce(a.genre, '') AS genre, m.copy_of
FROM story_articles AS m
JOIN articles AS a ON a.article_id = m.article_id
JOIN sources AS s ON s.source_id = a.source_id
SEMI JOIN (FROM stories WHERE desk <> 'off_topic') AS shown ON shown.story_id = m.story_id
ORDER BY moment, a.article_id
"""


def story_articles(con: duckdb.DuckDBPyConnection) -> dict[int, list[StoryArticle]]:
    """Returns the articles of every story on topic, by story, in order of time."""
    return _by_story(StoryArticle(**_timed(row, "moment")) for row in _rows(con, _ARTICLES))


# An event is also listed for the story that received the articles.
_EVENTS = """
WITH listed AS (
    SELECT story_id AS listed_for, * FROM story_events
    UNION ALL SELECT other_story_id, * FROM story_events WHERE other_story_id IS NOT NULL
)
SELECT t.listed_for, t.story_id, t.happened_at AS at, t.event, t.other_story_id, t.reason,
    t.correction_id IS NOT NULL AS by_analyst
FROM listed AS t
SEMI JOIN (FROM stories WHERE desk <> 'off_topic') AS shown ON shown.story_id = t.listed_for
ORDER BY t.listed_for, t.happened_at, t.event, t.story_id, t.other_story_id
"""


def story_events(con: duckdb.DuckDBPyConnection) -> dict[int, list[StoryEvent]]:
    """Returns the events of every story on topic in order of time, by the story they are listed for."""
    found: dict[int, list[StoryEvent]] = defaultdict(list)
    for row in _rows(con, _EVENTS):
        found[row.pop("listed_for")].append(StoryEvent(**_timed(row, "at")))
    return found


_SENTENCES = """
SELECT q.story_id, q.sentence, q.article_id FROM story_sentences AS q
SEMI JOIN (FROM stories WHERE desk <> 'off_topic') AS shown ON shown.story_id = q.story_id
ORDER BY q.story_id, q.position
"""


def summary_sentences(con: duckdb.DuckDBPyConnection) -> dict[int, list[SummarySentence]]:
    """Returns the summary of every story on topic, by story."""
    return _by_story(SummarySentence(**row) for row in _rows(con, _SENTENCES))


_SUBJECTS = """
WITH shown AS (SELECT story_id FROM stories WHERE desk <> 'off_topic'),
subjects AS (
    SELECT story_id, 'topic' AS kind, topic AS key, topic AS name, votes FROM story_topics
    UNION ALL SELECT story_id, 'theme', theme, theme, votes FROM story_themes
    UNION ALL SELECT story_id, kind, entity_id, name, votes FROM story_entities
)
SELECT story_id, kind, key, name FROM subjects SEMI JOIN shown USING (story_id)
ORDER BY story_id, votes DESC, kind, key
"""


def subjects(con: duckdb.DuckDBPyConnection) -> dict[int, list[Subject]]:
    """Returns topics, themes and entities of every story on topic, by story, those of most texts first."""
    return _by_story(Subject(**row) for row in _rows(con, _SUBJECTS))


_DEADLINES = """
SELECT DISTINCT ON (m.story_id, d.kind, d.due_on) m.story_id, d.kind, d.due_on, d.evidence
FROM deadlines AS d JOIN story_articles AS m ON m.article_id = d.article_id
SEMI JOIN (FROM stories WHERE desk <> 'off_topic') AS shown ON shown.story_id = m.story_id
ORDER BY m.story_id, d.due_on, d.kind, d.origin, d.article_id
"""


def story_deadlines(con: duckdb.DuckDBPyConnection) -> dict[int, list[StoryDeadline]]:
    """Returns the deadlines of every story on topic, by story, in order of time."""
    return _by_story(StoryDeadline(**row) for row in _rows(con, _DEADLINES))


_WEEKLY = "SELECT kind, key, week, stories FROM weekly_series WHERE kind <> 'act_share' ORDER BY ALL"


def weekly_stories(con: duckdb.DuckDBPyConnection) -> dict[tuple[str, str], dict[str, int]]:
    """Returns the stories of every desk, topic, theme and entity by (kind, key) and ISO week."""
    found: dict[tuple[str, str], dict[str, int]] = {}
    for kind, key, week, stories in con.execute(_WEEKLY).fetchall():
        found.setdefault((kind, key), {})[week] = stories
    return found


_WATCHED = """
WITH weeks AS (
    SELECT list(strftime(monday, '%G-W%V')) AS all_weeks
    FROM range(strptime($first || '-1', '%G-W%V-%u'), strptime($last || '-2', '%G-W%V-%u'), INTERVAL 7 DAY)
        AS r(monday)
)
SELECT DISTINCT week FROM watched_feeds((SELECT all_weeks FROM weeks), 'infinity'::TIMESTAMP)
"""


def watched_weeks(con: duckdb.DuckDBPyConnection, first: str, last: str) -> frozenset[str]:
    """Returns the ISO weeks from `first` to `last` in which at least one feed was watched."""
    return frozenset(week for (week,) in con.execute(_WATCHED, {"first": first, "last": last}).fetchall())


# Without messages and addresses: either may contain an access key.
_FEEDS = """
SELECT f.source_id, f.name, f.publisher, s.kind, coalesce(f.state, 'unasked') AS state, f.failing_since,
    f.retired, f.last_new_on, f.entries_per_day
FROM feeds AS f JOIN sources AS s ON s.source_id = f.source_id
ORDER BY list_position(['failing', 'stale', 'empty', 'postponed', 'unasked', 'up'], f.state), f.name,
    f.source_id
"""
_DAYS = """
SELECT source_id, day, state FROM feed_health
WHERE day > (SELECT max(day) FROM feed_health) - $days::INTEGER ORDER BY source_id, day
"""


def feed_rows(con: duckdb.DuckDBPyConnection, days: int) -> list[FeedRow]:
    """Returns every requested feed, failing ones first, each with its last `days` days in order."""
    states = {(row["source_id"], row["day"]): row["state"] for row in _rows(con, _DAYS, days=days)}
    latest = max((day for _, day in states), default=None)
    span = [latest - timedelta(back) for back in reversed(range(days))] if latest else []
    return [
        FeedRow(
            **row | {"failing_since": from_db(row["failing_since"])},
            days=tuple((day, states.get((row["source_id"], day))) for day in span),
        )
        for row in _rows(con, _FEEDS)
    ]


def successors(con: duckdb.DuckDBPyConnection) -> dict[int, int]:
    """Returns the successor of every merged story id."""
    return dict(
        con.execute("SELECT story_id, successor_id FROM story_successors ORDER BY story_id").fetchall()
    )


def issues_made(con: duckdb.DuckDBPyConnection) -> dict[str, datetime]:
    """Returns when the latest issue of each week was generated."""
    rows = con.execute("SELECT week, generated_at FROM digests ORDER BY week").fetchall()
    return {week: from_db(generated_at) for week, generated_at in rows}


def last_seen_at(con: duckdb.DuckDBPyConnection) -> datetime | None:
    """Returns when the last article was first seen; None for an empty warehouse."""
    moment: datetime | None = con.execute("SELECT last_seen_at()").fetchall()[0][0]
    return from_db(moment)


def _rows(con: duckdb.DuckDBPyConnection, sql: str, **values: object) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = con.execute(sql, values).to_arrow_table().to_pylist()
    return rows


def _timed(row: Mapping[str, Any], *moments: str) -> dict[str, Any]:
    return {**row, **{name: from_db(row[name]) for name in moments}}


StoryPart = TypeVar("StoryPart", StoryArticle, SummarySentence, Subject, StoryDeadline)


def _by_story(found: Iterable[StoryPart]) -> dict[int, list[StoryPart]]:
    by_story: dict[int, list[StoryPart]] = defaultdict(list)
    for one in found:
        by_story[one.story_id].append(one)
    return by_story
