"""Weekly series of stories, and which feeds were watched: the counts of trend tests."""

from __future__ import annotations

from collections.abc import Iterable, Sequence, Set
from dataclasses import dataclass
from datetime import date, datetime

import duckdb
import pyarrow as pa

from warehouse.store.db import to_db


@dataclass(frozen=True, slots=True, kw_only=True)
class SeriesCount:
    """One series in one ISO week; the fields are the columns of the macro `panel_counts`."""

    kind: str
    desk: str | None
    key: str
    name: str
    week: str
    stories: int
    publishers: int
    panel_stories: int
    panel_publishers: int
    steady_stories: int


_COUNTS = """
SELECT kind, desk, key, name, week, stories, publishers, panel_stories, panel_publishers, steady_stories
FROM panel_counts($weeks, $steady, $panel, $as_of)
"""


def panel_counts(
    con: duckdb.DuckDBPyConnection, weeks: Sequence[str], steady: Set[str], panel: Set[str], as_of: datetime
) -> list[SeriesCount]:
    """Returns the series of `weeks` with their stories, also those of the steady feeds and of the panel.

    Every series is in every week in which it has a story.
    """
    values = {"weeks": list(weeks), "steady": sorted(steady), "panel": sorted(panel), "as_of": to_db(as_of)}
    return [SeriesCount(**row) for row in con.execute(_COUNTS, values).to_arrow_table().to_pylist()]


_WATCHED = """
SELECT week, list(source_id) AS source_ids, any_value(days_watched) AS days
FROM watched_feeds($weeks, $as_of) GROUP BY week
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """The feeds watched in a week, and on how many of its days any was: 7 but after an outage."""

    feeds: frozenset[str]
    days: int


NOT_WATCHED = Watched(feeds=frozenset(), days=0)


def feeds_watched(
    con: duckdb.DuckDBPyConnection, weeks: Sequence[str], as_of: datetime
) -> dict[str, Watched]:
    """Returns the feeds watched in each ISO week, as known at `as_of`; every week of `weeks` is a key."""
    rows = con.execute(_WATCHED, {"weeks": list(weeks), "as_of": to_db(as_of)}).fetchall()
    return dict.fromkeys(weeks, NOT_WATCHED) | {
        week: Watched(feeds=frozenset(source_ids), days=days) for week, source_ids, days in rows
    }


_TOLD = """
SELECT list(DISTINCT source_id) AS feeds FROM counted_articles($as_of)
WHERE list_contains($weeks, week) GROUP BY story_id
"""


def feeds_of_stories(
    con: duckdb.DuckDBPyConnection, weeks: Sequence[str], as_of: datetime
) -> list[frozenset[str]]:
    """Returns the feeds that told each counted story of these ISO weeks, in any order."""
    rows = con.execute(_TOLD, {"weeks": list(weeks), "as_of": to_db(as_of)}).fetchall()
    return [frozenset(feeds) for (feeds,) in rows]


_METHODS = """
SELECT count(DISTINCT regexp_replace(f.method, '[+][^+]*$', '')) -- what comes last is the kind of the source
FROM store.articles AS a JOIN store.classifications AS f ON f.article_id = a.article_id
WHERE a.published_at >= $since AND a.published_at < $until AND a.first_seen_at <= $as_of
"""


def is_filed_by_several(
    con: duckdb.DuckDBPyConnection, since: datetime, until: datetime, as_of: datetime
) -> bool:
    """Whether articles published in [since, until) are filed by more than one version of model and rules."""
    window = {"since": to_db(since), "until": to_db(until), "as_of": to_db(as_of)}
    row = con.execute(_METHODS, window).fetchone()
    return bool(row and row[0] > 1)


_RUNS = """
SELECT DISTINCT fetched_at::DATE AS day FROM store.fetches
WHERE fetched_at >= $since AND fetched_at < $until AND fetched_at <= $as_of AND outcome <> 'postponed'
ORDER BY day
"""


def run_days(con: duckdb.DuckDBPyConnection, since: datetime, until: datetime, as_of: datetime) -> list[date]:
    """Returns the days in [since, until) on which any feed was requested, in order."""
    window = {"since": to_db(since), "until": to_db(until), "as_of": to_db(as_of)}
    return [day for (day,) in con.execute(_RUNS, window).fetchall()]


_BEFORE = """
SELECT s.kind, s.key, max(s.week) AS week
FROM series_articles($as_of) AS s JOIN wanted AS w ON w.kind = s.kind AND w.key = s.key
WHERE s.week < w.week GROUP BY s.kind, s.key
"""


def last_weeks_before(
    con: duckdb.DuckDBPyConnection, series: Iterable[tuple[str, str, str]], as_of: datetime
) -> dict[tuple[str, str], str]:
    """Returns the last week in which each series (kind, key, week) had a story before its week, if any."""
    wanted = list(series)
    if not wanted:
        return {}
    columns = zip(("kind", "key", "week"), zip(*wanted, strict=True), strict=True)
    con.register("wanted", pa.table({name: list(values) for name, values in columns}))
    rows = con.execute(_BEFORE, {"as_of": to_db(as_of)}).fetchall()
    con.unregister("wanted")
    return {(kind, key): before for kind, key, before in rows}
