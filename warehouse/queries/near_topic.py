"""Stories of a week that are perhaps on topic: not counted, but not surely off topic either."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import duckdb

from warehouse.store.db import to_db

# Below this probability one story in a hundred is on topic (docs/decisions/0046).
LEAST = 0.1


@dataclass(frozen=True, slots=True, kw_only=True)
class NearTopicStory:
    """A story that is perhaps on topic: its most probable desk, and the article that represents it."""

    story_id: int
    desk: str
    on_topic: float
    article_id: int


_NEAR = """
WITH near AS (
    SELECT story_id, min({'below': -probability, 'desk': desk}) FILTER (desk <> 'off_topic') AS best,
        any_value(on_topic) AS on_topic
    FROM story_desks_as_of($as_of) WHERE on_topic >= $least AND on_topic < on_topic_from() GROUP BY story_id
)
SELECT n.story_id, any_value(n.best.desk), any_value(n.on_topic) AS on_topic,
    arg_min(a.article_id, (m.copy_of IS NOT NULL, -f.significance, a.article_id)) AS article_id
FROM near AS n
JOIN store.story_members AS m ON m.story_id = n.story_id
JOIN store.articles AS a ON a.article_id = m.article_id
JOIN store.classifications AS f ON f.article_id = a.article_id
WHERE a.date_status = 'ok' AND a.set_aside IS NULL AND a.first_seen_at <= $as_of
    AND a.published_at >= $start AND a.published_at < $end
    AND f.genre NOT IN ('opinion', 'newsletter', 'vendor')
GROUP BY n.story_id
ORDER BY on_topic DESC, n.story_id
"""


def near_topic_stories(
    con: duckdb.DuckDBPyConnection, start: datetime, end: datetime, as_of: datetime
) -> list[NearTopicStory]:
    """Returns the stories of articles published in [start, end), the most probable first."""
    params = {"start": to_db(start), "end": to_db(end), "as_of": to_db(as_of), "least": LEAST}
    return [
        NearTopicStory(story_id=row[0], desk=row[1], on_topic=row[2], article_id=row[3])
        for row in con.execute(_NEAR, params).fetchall()
    ]
