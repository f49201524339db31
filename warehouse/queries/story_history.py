"""The history of stories: coverage before a week, events in it, and all about one story for a reader."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import duckdb

from warehouse.queries.inherited_desks import InheritedDesk
from warehouse.queries.week_articles import run_bounds
from warehouse.store.db import from_db, to_db
from warehouse.stories.story_corrections import current_story


@dataclass(frozen=True, slots=True, kw_only=True)
class EarlierCoverage:
    """A counted story before the week: its publishers, its latest known stage, and its latest date."""

    publishers: int
    stage: str | None
    last_at: datetime


_BEFORE = """
WITH asked AS (SELECT unnest($ids::BIGINT[]) AS story_id)
SELECT c.story_id, count(DISTINCT c.publisher) AS publishers,
    arg_max(f.value, (c.published_at, c.article_id)) FILTER (f.value IS NOT NULL) AS stage,
    max(c.published_at) AS last_at
FROM counted_articles($as_of) AS c
LEFT JOIN store.article_facets AS f ON f.article_id = c.article_id AND f.facet = 'stage'
WHERE c.published_at < $start AND c.story_id IN (FROM asked)
GROUP BY c.story_id
"""


def earlier_coverage(
    con: duckdb.DuckDBPyConnection, story_ids: Sequence[int], start: datetime, as_of: datetime
) -> dict[int, EarlierCoverage]:
    """Returns the coverage before `start` of those stories that had any."""
    rows = con.execute(
        _BEFORE, {"ids": list(story_ids), "start": to_db(start), "as_of": to_db(as_of)}
    ).fetchall()
    return {
        story_id: EarlierCoverage(publishers=publishers, stage=stage, last_at=from_db(last_at))
        for story_id, publishers, stage, last_at in rows
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class DormantStory:
    """A story that became dormant in the week, with its most representative counted article."""

    story_id: int
    desk: str
    article_id: int
    publishers: int


# By the runs for the week, like all queries of a week: the time of an event is that of seeing an article.
_DORMANT = """
WITH dormant AS (
    SELECT DISTINCT story_id FROM story_events
    WHERE event = 'dormant' AND happened_at > $after AND happened_at <= $until
)
SELECT c.story_id, any_value(c.desk) AS desk,
    arg_max(c.article_id, (m.similarity, c.article_id)) AS article_id,
    count(DISTINCT c.publisher) AS publishers
FROM counted_articles($as_of) AS c
JOIN store.story_members AS m ON m.article_id = c.article_id
WHERE c.story_id IN (FROM dormant) AND NOT c.is_copy
GROUP BY c.story_id
HAVING max(c.published_at) < $start
ORDER BY publishers DESC, count(*) DESC, c.story_id LIMIT $limit
"""


def dormant_stories(
    con: duckdb.DuckDBPyConnection, start: datetime, end: datetime, as_of: datetime, limit: int
) -> list[DormantStory]:
    """Returns the stories that became dormant in [start, end), those of most publishers first."""
    window = run_bounds(start, end, as_of) | {"start": to_db(start), "as_of": to_db(as_of), "limit": limit}
    rows = con.execute(_DORMANT, window).fetchall()
    return [
        DormantStory(story_id=story_id, desk=desk, article_id=article_id, publishers=publishers)
        for story_id, desk, article_id, publishers in rows
    ]


_RESURFACED = """
SELECT DISTINCT story_id FROM story_events
WHERE event = 'resurfaced' AND happened_at > $after AND happened_at <= $until
    AND story_id IN (SELECT unnest($ids::BIGINT[]))
"""


def resurfaced(
    con: duckdb.DuckDBPyConnection, story_ids: Sequence[int], start: datetime, end: datetime, as_of: datetime
) -> set[int]:
    """Returns those of the stories that resurfaced in [start, end)."""
    rows = con.execute(_RESURFACED, run_bounds(start, end, as_of) | {"ids": list(story_ids)}).fetchall()
    return {story_id for (story_id,) in rows}


_CORRECTED = """
SELECT (SELECT count(*) FROM store.desk_corrections WHERE corrected_at > $after AND corrected_at <= $until),
    (SELECT count(*) FROM store.story_corrections WHERE made_at > $after AND made_at <= $until)
"""


def corrections_made(
    con: duckdb.DuckDBPyConnection, start: datetime, end: datetime, as_of: datetime
) -> tuple[int, int]:
    """Returns how many desks and how many stories analysts corrected in [start, end)."""
    desks, stories = con.execute(_CORRECTED, run_bounds(start, end, as_of)).fetchone() or (0, 0)
    return desks, stories


@dataclass(frozen=True, slots=True, kw_only=True)
class TimelineArticle:
    """One article of a story. `moment` (aware) is its trusted publication date, or when it was first seen."""

    article_id: int
    moment: datetime
    publisher: str
    title: str
    url: str | None
    similarity: float
    copy_of: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TimelineEvent:
    """One event of a story, at an aware time; `made_by` is the analyst, if there was one."""

    at: datetime
    event: str
    story_id: int
    other_story_id: int | None
    reason: str
    made_by: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class StoryDetails:
    """A story by its current id; `asked_for` is the requested one. `summary` pairs sentences and articles.

    `document_id` is the primary document that it reports, `document_shown_by` what shows that, in words.
    `inherited` is the desk of its thread, if its own texts say none surely enough.
    """

    asked_for: int
    story_id: int
    title: str
    status: str
    desk: str | None
    first_seen_at: datetime
    last_seen_at: datetime
    articles: int
    texts: int
    publishers: tuple[str, ...]
    key_terms: tuple[str, ...]
    document_id: int | None
    document_shown_by: str | None
    summary: tuple[tuple[str, int], ...]
    timeline: tuple[TimelineArticle, ...]
    events: tuple[TimelineEvent, ...]
    inherited: InheritedDesk | None = None


_STORY = """
SELECT title, status, desk, first_seen_at, last_seen_at, article_count, text_count, key_terms,
    document_id, (SELECT reason FROM story_documents AS d WHERE d.article_id = document_id)
FROM stories WHERE story_id = $story_id
"""
_SENTENCES = "SELECT sentence, article_id FROM story_sentences WHERE story_id = $story_id ORDER BY position"
_TIMELINE = """
SELECT a.article_id, CASE WHEN a.date_status = 'ok' THEN a.published_at ELSE a.first_seen_at END AS moment,
    a.publisher, a.title, a.url, m.similarity, m.copy_of
FROM story_articles AS m JOIN articles AS a ON a.article_id = m.article_id
WHERE m.story_id = $story_id ORDER BY moment, a.article_id
"""
_EVENTS = """
SELECT e.happened_at, e.event, e.story_id, e.other_story_id, e.reason, c.made_by
FROM story_events AS e LEFT JOIN story_corrections AS c ON c.correction_id = e.correction_id
WHERE e.story_id = $story_id OR e.other_story_id = $story_id
ORDER BY e.happened_at, e.event, e.story_id
"""

_INHERITED = "SELECT thread_id, desk FROM inherited_desks WHERE story_id = $story_id"


def read_story(con: duckdb.DuckDBPyConnection, story_id: int) -> StoryDetails:
    """Returns the story of this id or of the one it was merged into. Raises StoryError for an unknown id."""
    asked = {"story_id": current_story(con, story_id)}
    story: tuple[Any, ...] = con.execute(_STORY, asked).fetchall()[0]
    timeline = tuple(
        TimelineArticle(
            article_id=row[0],
            moment=from_db(row[1]),
            publisher=row[2],
            title=row[3],
            url=row[4],
            similarity=row[5],
            copy_of=row[6],
        )
        for row in con.execute(_TIMELINE, asked).fetchall()
    )
    events = tuple(
        TimelineEvent(
            at=from_db(row[0]),
            event=row[1],
            story_id=row[2],
            other_story_id=row[3],
            reason=row[4],
            made_by=row[5],
        )
        for row in con.execute(_EVENTS, asked).fetchall()
    )
    inherited = con.execute(_INHERITED, asked).fetchone()
    return StoryDetails(
        asked_for=story_id,
        story_id=asked["story_id"],
        title=story[0],
        status=story[1],
        desk=story[2],
        first_seen_at=from_db(story[3]),
        last_seen_at=from_db(story[4]),
        articles=story[5],
        texts=story[6],
        publishers=tuple(sorted({article.publisher for article in timeline})),
        key_terms=tuple(story[7]),
        document_id=story[8],
        document_shown_by=story[9],
        summary=tuple(con.execute(_SENTENCES, asked).fetchall()),
        timeline=timeline,
        events=events,
        inherited=InheritedDesk(*inherited) if inherited else None,
    )
