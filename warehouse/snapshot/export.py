"""Writes a part of a snapshot as files that others can cite and reuse. It decides nothing about rights: it is told whose texts may go."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from pathlib import Path

import duckdb


class ExportForm(StrEnum):
    """How the tables of a bundle are written."""

    PARQUET = "parquet"
    CSV = "csv"
    JSONL = "jsonl"


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """Which articles: `since` and `until` are days of publication (of first sight where none can be trusted), both included."""

    since: date | None = None
    until: date | None = None
    desk: str | None = None


_CHOSEN = """
CREATE OR REPLACE TEMPORARY TABLE chosen AS
SELECT a.article_id, a.source_id, m.story_id
FROM store.articles AS a
LEFT JOIN store.story_members AS m ON m.article_id = a.article_id
WHERE ($since IS NULL OR coalesce(CASE WHEN a.date_status = 'ok' THEN a.published_at END, a.first_seen_at) >= $since::DATE)
    AND ($until IS NULL OR coalesce(CASE WHEN a.date_status = 'ok' THEN a.published_at END, a.first_seen_at) < $until::DATE + 1)
    AND ($desk IS NULL OR a.article_id IN (SELECT article_id FROM article_desks WHERE is_primary AND desk = $desk))
"""
_FREE = "CREATE OR REPLACE TEMPORARY TABLE free AS SELECT unnest($sources::VARCHAR[]) AS source_id"
_TABLES = {
    "articles": """
        SELECT a.article_id, a.source_id, a.publisher, a.url, a.title, a.language, a.genre, a.published_at, a.date_status,
            a.first_seen_at, d.desk, c.story_id,
            CASE WHEN f.source_id IS NOT NULL THEN a.summary END AS summary,
            CASE WHEN f.source_id IS NOT NULL THEN t.text END AS text
        FROM chosen AS c
        JOIN articles AS a ON a.article_id = c.article_id
        JOIN store.articles AS t ON t.article_id = c.article_id
        LEFT JOIN article_desks AS d ON d.article_id = c.article_id AND d.is_primary
        LEFT JOIN free AS f ON f.source_id = c.source_id
        ORDER BY a.first_seen_at, a.article_id
    """,
    "stories": """
        SELECT s.* FROM stories AS s WHERE s.story_id IN (SELECT story_id FROM chosen) ORDER BY s.first_seen_at, s.story_id
    """,
    "story_articles": """
        SELECT m.story_id, m.article_id, m.similarity, m.is_copy, m.copy_of
        FROM story_articles AS m JOIN chosen AS c ON c.article_id = m.article_id ORDER BY m.story_id, m.article_id
    """,
    "article_topics": """
        SELECT t.article_id, t.topic, t.desk, t.score
        FROM article_topics AS t JOIN chosen AS c ON c.article_id = t.article_id ORDER BY t.article_id, t.topic
    """,
    "article_entities": """
        SELECT e.article_id, e.entity_id, e.name, e.kind, e.role, e.jurisdiction, e.mentions, e.in_title
        FROM article_entities AS e JOIN chosen AS c ON c.article_id = e.article_id ORDER BY e.article_id, e.entity_id
    """,
    "sources": """
        SELECT s.source_id, s.name, s.publisher, s.url, s.kind, s.region, s.language,
            s.source_id IN (SELECT source_id FROM free) AS redistribute, count(*) AS articles
        FROM chosen AS c JOIN sources AS s ON s.source_id = c.source_id GROUP BY ALL ORDER BY s.source_id
    """,
    "coverage": """
        SELECT h.source_id, week_of(h.day) AS week, count(*) AS days_asked, count(*) FILTER (WHERE h.state = 'up') AS days_up
        FROM feed_health AS h
        WHERE h.source_id IN (SELECT source_id FROM chosen)
            AND h.day BETWEEN (SELECT min(first_seen_at)::DATE FROM store.articles JOIN chosen USING (article_id))
            AND (SELECT max(first_seen_at)::DATE FROM store.articles JOIN chosen USING (article_id))
        GROUP BY ALL ORDER BY h.source_id, week
    """,
}
_OPTIONS = {
    ExportForm.PARQUET: "FORMAT parquet, COMPRESSION zstd",
    ExportForm.CSV: "FORMAT csv, HEADER",
    ExportForm.JSONL: "FORMAT json",
}


def write_tables(
    con: duckdb.DuckDBPyConnection,
    folder: Path,
    selection: Selection,
    form: ExportForm,
    may_redistribute: Collection[str],
) -> dict[str, int]:
    """Writes `folder`/TABLE.FORM for each table of the bundle and returns their rows.

    Summaries and texts are NULL but for articles of the sources (ids) whose terms let them be passed on.
    """
    asked = {"since": selection.since, "until": selection.until, "desk": selection.desk}
    con.execute(_CHOSEN, asked)
    con.execute(_FREE, {"sources": sorted(may_redistribute)})
    rows = {}
    for table, select in _TABLES.items():
        file = str(folder / f"{table}.{form.value}").replace("'", "''")  # COPY takes no parameter for its file
        written = con.execute(f"COPY ({select}) TO '{file}' ({_OPTIONS[form]})").fetchone()
        rows[table] = int(written[0]) if written else 0
    return rows


_PROFILE = """
SELECT $what AS what, {value} AS value, count(*) AS articles
FROM chosen AS c
JOIN articles AS a ON a.article_id = c.article_id
LEFT JOIN sources AS s ON s.source_id = a.source_id
LEFT JOIN article_desks AS d ON d.article_id = a.article_id AND d.is_primary
GROUP BY ALL ORDER BY articles DESC, value
"""
PROFILES = {
    "desk": "coalesce(d.desk, 'not filed')",
    "kind of source": "s.kind",
    "region of the publisher": "s.region",
    "language": "a.language",
    "date": "a.date_status",
    "set aside": "coalesce(a.set_aside, 'no')",
    "publisher": "a.publisher",
}
_SPAN = """
SELECT min(a.first_seen_at)::DATE, max(a.first_seen_at)::DATE FROM chosen AS c JOIN articles AS a ON a.article_id = c.article_id
"""
_GAPS = """
SELECT h.source_id, count(*) FILTER (WHERE h.state <> 'up') AS days_down, count(*) AS days
FROM feed_health AS h
WHERE h.source_id IN (SELECT source_id FROM chosen) AND h.day BETWEEN $since AND $until
GROUP BY h.source_id HAVING days_down > 0 ORDER BY days_down DESC, h.source_id
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """What a datasheet tells of the chosen articles: counts by kind of count, days seen, feeds' days not up, articles with text."""

    counts: dict[str, list[tuple[str, int]]]
    first_day: date | None
    last_day: date | None
    gaps: list[tuple[str, int, int]]
    with_text: int


def describe_chosen(con: duckdb.DuckDBPyConnection) -> Profile:
    """The profile of what `write_tables` has just chosen on this connection."""
    counts = {
        what: [
            (value, many)
            for _, value, many in con.execute(_PROFILE.format(value=expression), {"what": what}).fetchall()
        ]
        for what, expression in PROFILES.items()
    }
    ((first, last),) = con.execute(_SPAN).fetchall()
    gaps = con.execute(_GAPS, {"since": first, "until": last}).fetchall() if first else []
    ((with_text,),) = con.execute("SELECT count(*) FROM chosen JOIN free USING (source_id)").fetchall()
    return Profile(counts=counts, first_day=first, last_day=last, gaps=gaps, with_text=with_text)
