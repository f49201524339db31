"""What the stories of a series are about, week by week, and which of them are told most widely."""

from __future__ import annotations

from collections.abc import Iterable, Sequence, Set
from dataclasses import dataclass
from datetime import datetime

import duckdb
import pyarrow as pa

from warehouse.store.db import to_db


@dataclass(frozen=True, slots=True, kw_only=True)
class DriverCount:
    """Stories of a series, `of_series` as `desk:regulation`, that have a topic or entity, in one ISO week.

    The fields are the columns of the macro `driver_counts`.
    """

    of_series: str
    kind: str
    key: str
    name: str
    week: str
    panel_stories: int


_COUNTS = """
SELECT of_series, kind, key, name, week, panel_stories
FROM driver_counts($series, $weeks, $panel, $as_of) ORDER BY of_series, kind, key, week
"""


def driver_counts(
    con: duckdb.DuckDBPyConnection,
    series: Iterable[str],
    weeks: Sequence[str],
    panel: Set[str],
    as_of: datetime,
) -> list[DriverCount]:
    """Returns the counts of the topics and entities within each series, told by the panel in `weeks`."""
    values = {"series": sorted(series), "weeks": list(weeks), "panel": sorted(panel), "as_of": to_db(as_of)}
    return [
        DriverCount(of_series=of_series, kind=kind, key=key, name=name, week=week, panel_stories=stories)
        for of_series, kind, key, name, week, stories in con.execute(_COUNTS, values).fetchall()
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Of which stories the most widely told are wanted: those of a series since an ISO week.

    If `parts` (as `entity:nvidia`) are given, of those only what has one of them.
    """

    of_series: str
    since: str
    parts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadingStory:
    """A story that many tell, the article that represents it, and how many wanted stories its thread has."""

    of_series: str
    story_id: int
    article_id: int
    of_thread: int


_LEADING = """
WITH counted AS MATERIALIZED (
    SELECT kind || ':' || key AS series, week, story_id FROM series_articles($as_of)
    WHERE list_contains($weeks, week) AND source_id IN (SELECT unnest($panel::VARCHAR[]))
),
chosen AS (
    SELECT DISTINCT w.of_series, c.story_id, w.since
    FROM wanted AS w JOIN counted AS c ON c.series = w.of_series AND c.week >= w.since
    WHERE len(w.parts) = 0 OR c.story_id IN (
        SELECT p.story_id FROM counted AS p WHERE list_contains(w.parts, p.series)
    )
),
told AS (
    SELECT s.of_series, s.story_id,
        arg_max(c.article_id, (NOT c.is_copy, m.similarity, c.article_id)) AS article_id,
        count(DISTINCT c.publisher) AS publishers, count(*) AS articles
    FROM chosen AS s
    JOIN counted_articles($as_of) AS c ON c.story_id = s.story_id AND c.week >= s.since
        AND list_contains($weeks, c.week) AND c.source_id IN (SELECT unnest($panel::VARCHAR[]))
    JOIN store.story_members AS m ON m.article_id = c.article_id
    GROUP BY s.of_series, s.story_id
),
matters AS (
    SELECT told.*, count(*) OVER (PARTITION BY of_series, coalesce(t.thread_id, told.story_id)) AS of_thread
    FROM told LEFT JOIN thread_stories_as_of($as_of) AS t ON t.story_id = told.story_id
    QUALIFY row_number() OVER (
        PARTITION BY of_series, coalesce(t.thread_id, told.story_id)
        ORDER BY publishers DESC, articles DESC, told.story_id
    ) = 1
)
SELECT of_series, story_id, article_id, of_thread FROM matters
QUALIFY row_number() OVER (
    PARTITION BY of_series ORDER BY publishers DESC, articles DESC, story_id
) <= $limit
ORDER BY of_series, publishers DESC, articles DESC, story_id
"""


def leading_stories(
    con: duckdb.DuckDBPyConnection,
    wanted: Sequence[Wanted],
    weeks: Sequence[str],
    panel: Set[str],
    as_of: datetime,
    limit: int,
) -> list[LeadingStory]:
    """Returns at most `limit` stories of each series that the panel tells in `weeks`.

    Those of most publisher families come first, then those of most articles; of a thread only the first.
    """
    con.register(
        "wanted",
        pa.table(
            {
                "of_series": [one.of_series for one in wanted],
                "since": [one.since for one in wanted],
                "parts": pa.array([list(one.parts) for one in wanted], pa.list_(pa.string())),
            }
        ),
    )
    values = {"weeks": list(weeks), "panel": sorted(panel), "as_of": to_db(as_of), "limit": limit}
    rows = con.execute(_LEADING, values).fetchall()
    con.unregister("wanted")
    return [
        LeadingStory(of_series=of_series, story_id=story_id, article_id=article_id, of_thread=of_thread)
        for of_series, story_id, article_id, of_thread in rows
    ]
