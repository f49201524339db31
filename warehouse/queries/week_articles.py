"""The articles of a week, what was collected for it, and the materialisation of the counted ones."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType

import duckdb

from warehouse.queries.boilerplate import repeated_pieces, without_repeated
from warehouse.queries.citations import OUTLET
from warehouse.store.db import from_db, to_db

CLEAR = 0.4  # from this probability on a text can stand for its story


@dataclass(frozen=True, slots=True, kw_only=True)
class WeekArticle:
    """One article of a week, with its story. Times are aware UTC.

    `text_id` is the article whose text it has: itself, unless it is a copy, of an article of any week.
    `on_topic` is the probability that its story is on topic, `own_on_topic` that of its text alone, and
    `significance` the importance (0 to 3) that its text is expected to have. `story_since` is the first
    trusted date of any article of the story. `dating` is "ok", or why the date is not trusted: then
    `published_at` is when the article was first seen. `is_document`: it is the primary document that the
    story reports.
    """

    story_id: int
    article_id: int
    desk: str
    genre: str
    title: str
    summary: str
    language: str
    outlet: str
    kind: str
    publisher: str
    url: str | None
    published_at: datetime
    is_copy: bool
    text_id: int
    similarity: float
    on_topic: float
    own_on_topic: float
    significance: float
    story_since: datetime
    dating: str = "ok"
    is_document: bool = False

    @property
    def is_clear(self) -> bool:
        """Whether the text alone is on topic; a bare headline on the same event, or a wrong one, is not."""
        return self.own_on_topic >= CLEAR


_WATERMARK = """
SELECT max(seen_at) FROM (
    SELECT max(first_seen_at) AS seen_at FROM store.articles WHERE first_seen_at <= $now
    UNION ALL SELECT max(fetched_at) FROM store.fetches WHERE fetched_at <= $now
    UNION ALL SELECT max(fetched_at) FROM store.page_fetches WHERE fetched_at <= $now
)
"""


def watermark(con: duckdb.DuckDBPyConnection, now: datetime) -> datetime | None:
    """Returns when the warehouse last received anything, up to `now`; None if it never did."""
    row = con.execute(_WATERMARK, {"now": to_db(now)}).fetchone()
    return from_db(row[0]) if row else None


_SUCCEEDED = "outcome IN ('ok', 'not_modified', 'unchanged')"
_OF_CHOSEN = f"""
since AS (
    SELECT m.story_id, min(a.published_at) AS story_since
    FROM store.story_members AS m JOIN store.articles AS a ON a.article_id = m.article_id
    WHERE m.story_id IN (SELECT story_id FROM chosen) AND a.date_status = 'ok' AND a.first_seen_at <= $as_of
    GROUP BY m.story_id
)
SELECT c.story_id, c.article_id, c.desk, f.genre, a.title,
    coalesce(nullif(a.summary, ''), left(a.text, 1000)) AS summary, a.language, {OUTLET} AS outlet, s.kind,
    a.publisher, a.url, c.published_at, m.copy_of IS NOT NULL AS is_copy,
    coalesce(m.copy_of, c.article_id) AS text_id, m.similarity, c.on_topic,
    coalesce(1 - o.score, 1) AS own_on_topic, f.significance,
    coalesce(since.story_since, c.published_at) AS story_since,
    coalesce(a.set_aside, a.date_status) AS dating, y.document_id IS NOT NULL AS is_document
FROM chosen AS c
LEFT JOIN since ON since.story_id = c.story_id
JOIN store.articles AS a ON a.article_id = c.article_id
JOIN store.classifications AS f ON f.article_id = c.article_id
JOIN store.story_members AS m ON m.article_id = c.article_id
JOIN store.sources AS s ON s.source_id = a.source_id
LEFT JOIN store.story_summaries AS y ON y.story_id = c.story_id AND y.document_id = c.article_id
LEFT JOIN store.article_desks AS o ON o.article_id = c.article_id AND o.desk = 'off_topic'
ORDER BY c.published_at, a.article_id
"""
_COUNTED = "FROM counted_articles($as_of) WHERE published_at >= $start AND published_at < $end"


def week_articles(
    con: duckdb.DuckDBPyConnection, start: datetime, end: datetime, as_of: datetime
) -> list[WeekArticle]:
    """Returns the counted articles published in [start, end) and seen by `as_of`, oldest first.

    Their summaries lack what their source repeats in many.
    """
    window = {"start": to_db(start), "end": to_db(end), "as_of": to_db(as_of)}
    return chosen_articles(con, _COUNTED, window, repeated_pieces(con, start, as_of))


def chosen_articles(
    con: duckdb.DuckDBPyConnection,
    chosen: str,
    params: Mapping[str, object],
    repeated: Mapping[int, frozenset[str]] = MappingProxyType({}),
) -> list[WeekArticle]:
    """Returns the articles of a query, oldest first, without what is `repeated` in the summary of each.

    `chosen` is SQL with `params`, $as_of among them; it gives story_id, article_id, desk, on_topic and
    published_at.
    """
    rows = con.execute(f"WITH chosen AS ({chosen}), {_OF_CHOSEN}", params).fetchall()
    return [
        WeekArticle(
            story_id=row[0],
            article_id=row[1],
            desk=row[2],
            genre=row[3],
            title=row[4],
            summary=without_repeated(row[5], row[6], repeated.get(row[1], frozenset())),
            language=row[6],
            outlet=row[7],
            kind=row[8],
            publisher=row[9],
            url=row[10],
            published_at=from_db(row[11]),
            is_copy=row[12],
            text_id=row[13],
            similarity=row[14],
            on_topic=row[15],
            own_on_topic=row[16],
            significance=row[17],
            story_since=from_db(row[18]),
            dating=row[19],
            is_document=row[20],
        )
        for row in rows
    ]


# The last run for a week comes on the morning after it, so the runs of a week are those
# from Monday noon to Monday noon.
LAST_RUN = timedelta(hours=12)
_COLLECTED = """
SELECT count(*) FROM store.articles
WHERE date_status = 'ok' AND set_aside IS NULL AND published_at >= $start AND published_at < $end
    AND first_seen_at <= $as_of
"""


def collected_count(con: duckdb.DuckDBPyConnection, start: datetime, end: datetime, as_of: datetime) -> int:
    """Returns the number of articles dated in [start, end), on topic or not."""
    row = con.execute(
        _COLLECTED, {"start": to_db(start), "end": to_db(end), "as_of": to_db(as_of)}
    ).fetchone()
    return int(row[0]) if row else 0


_FEEDS = f"""
SELECT s.name, bool_or({_SUCCEEDED}) AS succeeded
FROM store.fetches AS f JOIN store.sources AS s ON s.source_id = f.source_id
WHERE f.fetched_at > $after AND f.fetched_at <= $until
GROUP BY s.source_id, s.name ORDER BY s.name, s.source_id
"""


def requested_feeds(
    con: duckdb.DuckDBPyConnection, start: datetime, end: datetime, as_of: datetime
) -> list[tuple[str, bool]]:
    """Returns each feed requested for the week [start, end), by name, and whether any request succeeded."""
    return con.execute(_FEEDS, run_bounds(start, end, as_of)).fetchall()


_UNCOUNTED = """
SELECT s.name, coalesce(a.set_aside, a.date_status) AS reason, count(*) AS articles
FROM store.articles AS a JOIN store.sources AS s ON s.source_id = a.source_id
WHERE (a.date_status <> 'ok' OR a.set_aside IS NOT NULL) AND a.first_seen_at > $after
    AND a.first_seen_at <= $until
GROUP BY ALL ORDER BY articles DESC, s.name, reason
"""


def uncounted_articles(
    con: duckdb.DuckDBPyConnection, start: datetime, end: datetime, as_of: datetime
) -> list[tuple[str, str, int]]:
    """Returns articles first seen in [start, end) without a trusted date, by feed and reason, most first."""
    return con.execute(_UNCOUNTED, run_bounds(start, end, as_of)).fetchall()


def run_bounds(start: datetime, end: datetime, as_of: datetime) -> dict[str, datetime | None]:
    """Returns the bounds `after` and `until` of the runs for the week [start, end), as query parameters."""
    return {"after": to_db(start + LAST_RUN), "until": to_db(min(as_of, end + LAST_RUN))}


_OVERFLOWED = """
SELECT s.name
FROM store.fetches AS f
JOIN store.sources AS s ON s.source_id = f.source_id
JOIN store.feed_states AS t ON t.source_id = f.source_id AND t.first_success_at < f.fetched_at
WHERE f.fetched_at > $after AND f.fetched_at <= $until AND f.entries_in_feed > 1
    AND f.entries_new >= f.entries_in_feed
GROUP BY s.source_id, s.name ORDER BY s.name, s.source_id
"""


def overflowed_feeds(
    con: duckdb.DuckDBPyConnection, start: datetime, end: datetime, as_of: datetime
) -> list[str]:
    """Returns feeds of which every entry was new at a run of [start, end): earlier entries may be missing."""
    return [name for (name,) in con.execute(_OVERFLOWED, run_bounds(start, end, as_of)).fetchall()]


# A macro of the schema temp is found before the public one of its name, also by
# macros and views that call it.
_CREATE = "CREATE OR REPLACE TEMP TABLE materialise_{name} AS FROM {name}($as_of)"
_SHADOW = "CREATE OR REPLACE TEMP MACRO {name}(as_of) AS TABLE FROM temp.materialise_{name}"
_DROP = "DROP MACRO TABLE IF EXISTS temp.{name}; DROP TABLE IF EXISTS temp.materialise_{name}"
_MATERIALISED = ("story_desks_as_of", "counted_articles", "series_articles")  # each reads those before


@contextmanager
def materialise_counted(con: duckdb.DuckDBPyConnection, as_of: datetime) -> Iterator[None]:
    """Inside the block, `counted_articles`, `story_desks_as_of`, `series_articles` are those as of `as_of`.

    They do so whatever time is passed to them.
    """
    try:
        for name in _MATERIALISED:
            con.execute(_CREATE.format(name=name), {"as_of": to_db(as_of)})
            con.execute(_SHADOW.format(name=name))
        yield
    finally:
        for name in _MATERIALISED:
            con.execute(_DROP.format(name=name))
