"""Articles of a week that are not counted: perhaps on topic; or on topic, but commentary or undated."""

from __future__ import annotations

from datetime import datetime

import duckdb

from warehouse.queries.week_articles import WeekArticle, chosen_articles, run_bounds
from warehouse.store.db import to_db

_NEAR = """
SELECT m.story_id, a.article_id, n.best.desk AS desk, n.on_topic, a.published_at
FROM (
    SELECT story_id, min({'below': -probability, 'desk': desk}) FILTER (desk <> 'off_topic') AS best,
        any_value(on_topic) AS on_topic
    FROM story_desks_as_of($as_of)
    WHERE on_topic >= near_topic_from() AND on_topic < on_topic_from() GROUP BY story_id
) AS n
JOIN store.story_members AS m ON m.story_id = n.story_id
JOIN store.articles AS a ON a.article_id = m.article_id
JOIN store.classifications AS f ON f.article_id = a.article_id
WHERE a.date_status = 'ok' AND a.set_aside IS NULL AND a.first_seen_at <= $as_of
    AND a.published_at >= $start AND a.published_at < $end
    AND f.genre NOT IN ('opinion', 'newsletter', 'vendor')
"""


def near_topic_articles(
    con: duckdb.DuckDBPyConnection, start: datetime, end: datetime, as_of: datetime
) -> list[WeekArticle]:
    """Returns the articles of [start, end) in stories that are perhaps on topic, oldest first.

    They have the most probable desk of their story.
    """
    params = {"start": to_db(start), "end": to_db(end), "as_of": to_db(as_of)}
    return chosen_articles(con, _NEAR, params)


# Filed by themselves: their story, if it has other texts, may be elsewhere.
_UNCOUNTED = """
SELECT m.story_id, a.article_id, d.desk, d.score AS on_topic,
    CASE WHEN a.date_status = 'ok' AND a.set_aside IS NULL THEN a.published_at ELSE a.first_seen_at END
        AS published_at
FROM store.articles AS a
JOIN store.classifications AS f ON f.article_id = a.article_id
JOIN store.story_members AS m ON m.article_id = a.article_id AND m.copy_of IS NULL
JOIN desks_as_of($as_of) AS d ON d.article_id = a.article_id AND d.is_primary AND d.desk <> 'off_topic'
WHERE a.first_seen_at <= $as_of AND CASE
    WHEN a.date_status = 'ok' AND a.set_aside IS NULL
    THEN a.published_at >= $start AND a.published_at < $end AND f.genre IN ('opinion', 'newsletter', 'vendor')
    ELSE a.first_seen_at > $after AND a.first_seen_at <= $until END
"""


def uncounted_on_topic(
    con: duckdb.DuckDBPyConnection, start: datetime, end: datetime, as_of: datetime
) -> list[WeekArticle]:
    """Returns texts on topic that are never counted, oldest first.

    These are opinion, newsletters and vendors' posts of [start, end), and what came without a trusted date at
    its runs. Desk and probability are those of the text alone.
    """
    window = {"start": to_db(start), "end": to_db(end), "as_of": to_db(as_of)}
    return chosen_articles(con, _UNCOUNTED, window | run_bounds(start, end, as_of))
