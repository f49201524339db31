"""Everything about one story, for a person to read."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import duckdb

from warehouse.store.db import from_db
from warehouse.stories.story_corrections import current_story


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
    """A story by its present id; `asked_for` is the requested id. `summary` pairs sentences with their articles."""

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
    summary: tuple[tuple[str, int], ...]
    timeline: tuple[TimelineArticle, ...]
    events: tuple[TimelineEvent, ...]


_STORY = """
SELECT title, status, desk, first_seen_at, last_seen_at, article_count, text_count, key_terms
FROM stories WHERE story_id = $story_id
"""
_SENTENCES = "SELECT sentence, article_id FROM story_sentences WHERE story_id = $story_id ORDER BY position"
_TIMELINE = """
SELECT a.article_id, CASE WHEN a.date_status = 'ok' THEN a.published_at ELSE a.first_seen_at END AS moment, a.publisher,
    a.title, a.url, m.similarity, m.copy_of
FROM story_articles AS m JOIN articles AS a ON a.article_id = m.article_id
WHERE m.story_id = $story_id ORDER BY moment, a.article_id
"""
_EVENTS = """
SELECT e.happened_at, e.event, e.story_id, e.other_story_id, e.reason, c.made_by
FROM story_events AS e LEFT JOIN story_corrections AS c ON c.correction_id = e.correction_id
WHERE e.story_id = $story_id OR e.other_story_id = $story_id
ORDER BY e.happened_at, e.event, e.story_id
"""


def read_story(con: duckdb.DuckDBPyConnection, story_id: int) -> StoryDetails:
    """Returns the story of this id, or the one that it was merged into; raises StoryError for an unknown id."""
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
            at=from_db(row[0]), event=row[1], story_id=row[2], other_story_id=row[3], reason=row[4], made_by=row[5]
        )
        for row in con.execute(_EVENTS, asked).fetchall()
    )
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
        summary=tuple(con.execute(_SENTENCES, asked).fetchall()),
        timeline=timeline,
        events=events,
    )
