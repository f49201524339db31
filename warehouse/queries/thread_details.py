"""Threads for commands and pages: a list of them, and one with its steps, reasons and next dates."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

import duckdb

from warehouse.errors import ThreadError
from warehouse.store.db import from_db, to_db
from warehouse.threads.thread_corrections import current_thread


@dataclass(frozen=True, slots=True, kw_only=True)
class ThreadLine:
    """A thread in a list. Times are aware; `state` is open, dormant or concluded."""

    thread_id: int
    title: str
    desk: str
    state: str
    stories: int
    articles: int
    first_step_at: datetime
    last_step_at: datetime
    stage: str | None
    is_followed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ThreadStep:
    """One story of a thread. `relation` and `reason` say why it belongs to it, `acts` what was done."""

    step: int
    story_id: int
    happened_at: datetime
    title: str
    acts: tuple[str, ...]
    stage: str | None
    articles: int
    publishers: int
    relation: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ThreadDate:
    """A date that an article of the thread names and that is not past."""

    due_on: date
    kind: str
    evidence: str
    article_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ThreadDetails:
    """A thread by its current id, as known at a moment; `asked_for` is the requested id."""

    asked_for: int
    line: ThreadLine
    steps: tuple[ThreadStep, ...]
    actors: tuple[str, ...]
    instruments: tuple[str, ...]
    due: tuple[ThreadDate, ...]


_LINES = """
SELECT thread_id, title, desk, state, story_count, article_count, first_step_at, last_step_at, stage,
    is_followed
FROM threads_as_of($as_of)
WHERE ($thread_id IS NULL OR thread_id = $thread_id) AND ($desk IS NULL OR desk = $desk)
    AND ($state IS NULL OR state = $state)
ORDER BY is_followed DESC, last_seen_at DESC, thread_id LIMIT $limit
"""
_STEPS = """
SELECT s.step, s.story_id, s.happened_at,
    coalesce(any_value(lead.title), arg_min(a.title, (m.copy_of IS NOT NULL, m.position))),
    list(DISTINCT f.value ORDER BY f.value) FILTER (f.facet = 'act'),
    arg_max(f.value, (a.first_seen_at, a.article_id)) FILTER (f.facet = 'stage'),
    count(DISTINCT a.article_id), count(DISTINCT a.publisher), any_value(s.relation), any_value(s.reason)
FROM thread_stories_as_of($as_of) AS s
JOIN store.story_members AS m ON m.story_id = s.story_id
JOIN store.articles AS a ON a.article_id = m.article_id AND a.first_seen_at <= $as_of
LEFT JOIN store.article_facets AS f ON f.article_id = a.article_id
LEFT JOIN store.story_summaries AS y ON y.story_id = s.story_id
LEFT JOIN store.articles AS lead ON lead.article_id = y.article_id AND lead.first_seen_at <= $as_of
WHERE s.thread_id = $thread_id
GROUP BY s.step, s.story_id, s.happened_at ORDER BY s.step
"""
_ACTORS = (
    "SELECT name FROM thread_entities WHERE thread_id = $thread_id ORDER BY story_count DESC, name LIMIT 8"
)
_INSTRUMENTS = """
SELECT number FROM thread_instruments WHERE thread_id = $thread_id
ORDER BY story_count DESC, kind, number LIMIT 8
"""
_DUE = """
SELECT d.due_on, d.kind, min(d.evidence), min(d.article_id)
FROM thread_stories_as_of($as_of) AS s
JOIN store.story_members AS m ON m.story_id = s.story_id
JOIN store.articles AS a ON a.article_id = m.article_id AND a.first_seen_at <= $as_of
JOIN deadlines AS d ON d.article_id = m.article_id
WHERE s.thread_id = $thread_id AND d.due_on >= $today
GROUP BY d.due_on, d.kind ORDER BY d.due_on, d.kind
"""
ALL = 1_000_000


def list_threads(
    con: duckdb.DuckDBPyConnection,
    as_of: datetime,
    *,
    desk: str | None = None,
    state: str | None = None,
    limit: int = ALL,
) -> list[ThreadLine]:
    """Returns the threads as known at a moment, those followed first, then by their latest article."""
    return _lines(con, as_of, desk=desk, state=state, limit=limit)


def read_thread(con: duckdb.DuckDBPyConnection, thread_id: int, as_of: datetime) -> ThreadDetails:
    """Returns a thread as known at a moment. Raises ThreadError for an id that is none, or was none then."""
    current = current_thread(con, thread_id)
    lines = _lines(con, as_of, thread_id=current)
    if not lines:
        raise ThreadError(thread_id, f"had no two stories by {as_of:%Y-%m-%d %H:%M}. Ask for a later moment.")
    asked = {"thread_id": current, "as_of": to_db(as_of)}
    steps = [
        ThreadStep(
            step=row[0],
            story_id=row[1],
            happened_at=from_db(row[2]),
            title=row[3],
            acts=tuple(row[4] or ()),
            stage=row[5],
            articles=row[6],
            publishers=row[7],
            relation=row[8],
            reason=row[9],
        )
        for row in con.execute(_STEPS, asked).fetchall()
    ]
    due = con.execute(_DUE, asked | {"today": as_of.date()}).fetchall()
    return ThreadDetails(
        asked_for=thread_id,
        line=lines[0],
        steps=tuple(steps),
        actors=tuple(name for (name,) in con.execute(_ACTORS, {"thread_id": current}).fetchall()),
        instruments=tuple(
            number for (number,) in con.execute(_INSTRUMENTS, {"thread_id": current}).fetchall()
        ),
        due=tuple(
            ThreadDate(due_on=due_on, kind=kind, evidence=evidence, article_id=article_id)
            for due_on, kind, evidence, article_id in due
        ),
    )


def _lines(
    con: duckdb.DuckDBPyConnection,
    as_of: datetime,
    *,
    thread_id: int | None = None,
    desk: str | None = None,
    state: str | None = None,
    limit: int = ALL,
) -> list[ThreadLine]:
    asked = {"as_of": to_db(as_of), "thread_id": thread_id, "desk": desk, "state": state, "limit": limit}
    return [
        ThreadLine(
            thread_id=row[0],
            title=row[1],
            desk=row[2],
            state=row[3],
            stories=row[4],
            articles=row[5],
            first_step_at=from_db(row[6]),
            last_step_at=from_db(row[7]),
            stage=row[8],
            is_followed=row[9],
        )
        for row in con.execute(_LINES, asked).fetchall()
    ]
