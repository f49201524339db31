"""A random sample of a week's texts that are filed off topic, and what analysts ruled on texts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import duckdb

from warehouse.store.db import to_db


@dataclass(frozen=True, slots=True, kw_only=True)
class OffTopicSample:
    """How many texts of a week are filed off topic, and the ids of those drawn, in the order of the draw."""

    texts: int
    article_ids: tuple[int, ...]


# A text that was ruled on stays in the sample when the issue is made again, though its story has moved.
# The order by a hash is random with regard to what a text says, and the same for everyone.
_SAMPLE = """
WITH ruled_off AS (
    SELECT c.article_id FROM store.desk_corrections AS c
    JOIN store.article_desks AS d ON d.article_id = c.article_id AND d.desk = 'off_topic'
    WHERE c.corrected_at <= $as_of AND d.score > 1 - near_topic_from()
),
texts AS (
    SELECT a.article_id
    FROM store.articles AS a
    JOIN store.classifications AS f ON f.article_id = a.article_id
    JOIN store.story_members AS m ON m.article_id = a.article_id AND m.copy_of IS NULL
    WHERE a.date_status = 'ok' AND a.set_aside IS NULL AND a.first_seen_at <= $as_of
        AND a.published_at >= $start AND a.published_at < $end
        AND f.genre NOT IN ('opinion', 'newsletter', 'vendor')
        AND (m.article_id IN (FROM ruled_off)
            OR m.story_id NOT IN (
                SELECT story_id FROM story_desks_as_of($as_of) WHERE on_topic >= near_topic_from()
            ))
)
SELECT article_id, count(*) OVER () AS texts FROM texts
ORDER BY md5(concat($week, ' ', article_id)), article_id LIMIT $size
"""


def off_topic_sample(
    con: duckdb.DuckDBPyConnection, week: str, start: datetime, end: datetime, as_of: datetime, size: int
) -> OffTopicSample:
    """Draws `size` of the texts published in [start, end), seen by `as_of` and filed off topic by then.

    Left out are those perhaps on topic, and what would not count at any desk: copies, opinion, newsletters,
    vendors' posts and texts without a trusted date.
    """
    window = {"start": to_db(start), "end": to_db(end), "as_of": to_db(as_of)}
    rows = con.execute(_SAMPLE, window | {"week": week, "size": size}).fetchall()
    return OffTopicSample(texts=rows[0][1] if rows else 0, article_ids=tuple(row[0] for row in rows))


_RULINGS = """
SELECT article_id, arg_max(desk, number) FROM store.desk_corrections
WHERE article_id IN (SELECT unnest($ids::BIGINT[])) GROUP BY article_id
"""


def rulings(con: duckdb.DuckDBPyConnection, article_ids: Sequence[int]) -> dict[int, str]:
    """Returns the desk, or off_topic, that analysts last set for each of the articles they ruled on."""
    return dict(con.execute(_RULINGS, {"ids": list(article_ids)}).fetchall())
