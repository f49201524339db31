"""Everything on topic at once, for who shows all of it: the static site. Bulk queries on the public views; decides nothing."""

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
    """One story on topic, as the view `stories` has it; `began_at` is its first trusted date, else when it was seen.

    `genre` is that of the article whose headline stands for it; empty where there is none yet.
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
class Telling:
    """One article of a story. `moment` is when it was published if that `is_dated`, else when it was seen."""

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
class Turn:
    """One event in the life of a story; for merged and split `other_story_id` is where its articles went."""

    story_id: int
    at: datetime
    event: str
    other_story_id: int | None
    reason: str
    by_analyst: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Quote:
    """A sentence of a story's summary, and the article that says it."""

    story_id: int
    sentence: str
    article_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """What a story is about: `kind` topic, theme, or an entity's kind; `key` is the stable id, `name` is shown."""

    story_id: int
    kind: str
    key: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """A date that an article of a story gives, with the sentence that gives it."""

    story_id: int
    kind: str
    due_on: date
    evidence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedRow:
    """How one feed stands, and its state on each of the last days, None where it was not to be asked."""

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
    coalesce(s.first_published_at, s.first_seen_at) AS began_at, s.last_seen_at, s.article_count, s.text_count,
    s.publisher_count, s.key_terms
FROM stories AS s LEFT JOIN articles AS a ON a.article_id = s.title_article_id
WHERE s.desk <> 'off_topic' ORDER BY began_at DESC, s.story_id
"""


def story_cards(con: duckdb.DuckDBPyConnection) -> list[StoryCard]:
    """Every story on topic, the youngest first."""
    return [
        StoryCard(**_timed(row, "began_at", "last_seen_at") | {"key_terms": tuple(row["key_terms"])})
        for row in _rows(con, _CARDS)
    ]


_TELLINGS = """
SELECT m.story_id, a.article_id, CASE WHEN a.date_status = 'ok' THEN a.published_at ELSE a.first_seen_at END AS moment,
    a.date_status = 'ok' AS is_dated, a.publisher, s.name AS outlet, a.title, a.url, a.language, coalesce(a.genre, '') AS genre, m.copy_of
FROM story_articles AS m
JOIN articles AS a ON a.article_id = m.article_id
JOIN sources AS s ON s.source_id = a.source_id
SEMI JOIN (FROM stories WHERE desk <> 'off_topic') AS shown ON shown.story_id = m.story_id
ORDER BY moment, a.article_id
"""


def tellings(con: duckdb.DuckDBPyConnection) -> dict[int, list[Telling]]:
    """The articles of every story on topic, by story, in order of time."""
    return _by_story(Telling(**_timed(row, "moment")) for row in _rows(con, _TELLINGS))


# The story that an event leads to tells it too: what was merged into it, what it was split from.
_TURNS = """
WITH told AS (
    SELECT story_id AS told_by, * FROM story_events
    UNION ALL SELECT other_story_id, * FROM story_events WHERE other_story_id IS NOT NULL
)
SELECT t.told_by, t.story_id, t.happened_at AS at, t.event, t.other_story_id, t.reason, t.correction_id IS NOT NULL AS by_analyst
FROM told AS t
SEMI JOIN (FROM stories WHERE desk <> 'off_topic') AS shown ON shown.story_id = t.told_by
ORDER BY t.told_by, t.happened_at, t.event, t.story_id, t.other_story_id
"""


def turns(con: duckdb.DuckDBPyConnection) -> dict[int, list[Turn]]:
    """The events of every story on topic, by the story that tells them, in order of time."""
    found: dict[int, list[Turn]] = defaultdict(list)
    for row in _rows(con, _TURNS):
        found[row.pop("told_by")].append(Turn(**_timed(row, "at")))
    return found


_QUOTES = """
SELECT q.story_id, q.sentence, q.article_id FROM story_sentences AS q
SEMI JOIN (FROM stories WHERE desk <> 'off_topic') AS shown ON shown.story_id = q.story_id
ORDER BY q.story_id, q.position
"""


def quotes(con: duckdb.DuckDBPyConnection) -> dict[int, list[Quote]]:
    """The summary of every story on topic, by story."""
    return _by_story(Quote(**row) for row in _rows(con, _QUOTES))


_SUBJECTS = """
WITH shown AS (SELECT story_id FROM stories WHERE desk <> 'off_topic'),
subjects AS (
    SELECT story_id, 'topic' AS kind, topic AS key, topic AS name, votes FROM story_topics
    UNION ALL SELECT story_id, 'theme', theme, theme, votes FROM story_themes
    UNION ALL SELECT story_id, kind, entity_id, name, votes FROM story_entities
)
SELECT story_id, kind, key, name FROM subjects SEMI JOIN shown USING (story_id) ORDER BY story_id, votes DESC, kind, key
"""


def subjects(con: duckdb.DuckDBPyConnection) -> dict[int, list[Subject]]:
    """Topics, themes and entities of every story on topic, by story, those of most texts first."""
    return _by_story(Subject(**row) for row in _rows(con, _SUBJECTS))


_DUE = """
SELECT DISTINCT ON (m.story_id, d.kind, d.due_on) m.story_id, d.kind, d.due_on, d.evidence
FROM deadlines AS d JOIN story_articles AS m ON m.article_id = d.article_id
SEMI JOIN (FROM stories WHERE desk <> 'off_topic') AS shown ON shown.story_id = m.story_id
ORDER BY m.story_id, d.due_on, d.kind, d.origin, d.article_id
"""


def due_dates(con: duckdb.DuckDBPyConnection) -> dict[int, list[Due]]:
    """The deadlines of every story on topic, by story, in order of time."""
    return _by_story(Due(**row) for row in _rows(con, _DUE))


# The feed's own words and its address stay inside: either may carry a key.
_FEEDS = """
SELECT f.source_id, f.name, f.publisher, s.kind, coalesce(f.state, 'unasked') AS state, f.failing_since, f.retired,
    f.last_new_on, f.entries_per_day
FROM feeds AS f JOIN sources AS s ON s.source_id = f.source_id
ORDER BY list_position(['failing', 'stale', 'empty', 'postponed', 'unasked', 'up'], f.state), f.name, f.source_id
"""
_DAYS = """
SELECT source_id, day, state FROM feed_health
WHERE day > (SELECT max(day) FROM feed_health) - $days::INTEGER ORDER BY source_id, day
"""


def feed_rows(con: duckdb.DuckDBPyConnection, days: int) -> list[FeedRow]:
    """Every feed that was ever asked, those in trouble first, each with its last `days` days, the oldest first."""
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
    """Every story id that was merged away, and the id that answers for it."""
    return dict(con.execute("SELECT story_id, successor_id FROM story_successors ORDER BY story_id").fetchall())


def issues_made(con: duckdb.DuckDBPyConnection) -> dict[str, datetime]:
    """When the issue of each week, as it stands, was made."""
    rows = con.execute("SELECT week, generated_at FROM digests ORDER BY week").fetchall()
    return {week: from_db(generated_at) for week, generated_at in rows}


def last_seen_at(con: duckdb.DuckDBPyConnection) -> datetime | None:
    """When the last article came in; None of an empty warehouse."""
    moment: datetime | None = con.execute("SELECT last_seen_at()").fetchall()[0][0]
    return from_db(moment)


def _rows(con: duckdb.DuckDBPyConnection, sql: str, **values: object) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = con.execute(sql, values).to_arrow_table().to_pylist()
    return rows


def _timed(row: Mapping[str, Any], *moments: str) -> dict[str, Any]:
    return {**row, **{name: from_db(row[name]) for name in moments}}


OfStory = TypeVar("OfStory", Telling, Quote, Subject, Due)


def _by_story(found: Iterable[OfStory]) -> dict[int, list[OfStory]]:
    by_story: dict[int, list[OfStory]] = defaultdict(list)
    for one in found:
        by_story[one.story_id].append(one)
    return by_story
