"""The stories of the threads that an analyst follows."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

import duckdb

from warehouse.store.db import to_db

_FOLLOWED = """
SELECT s.story_id FROM thread_stories_as_of($as_of) AS s
JOIN followed_threads_as_of($as_of) AS f ON f.thread_id = s.thread_id
WHERE s.story_id IN (SELECT unnest($ids::BIGINT[]))
"""


def followed_stories(
    con: duckdb.DuckDBPyConnection, story_ids: Collection[int], as_of: datetime
) -> frozenset[int]:
    """Returns which of the stories are, at `as_of` (aware UTC), of a thread followed then."""
    rows = con.execute(_FOLLOWED, {"ids": sorted(story_ids), "as_of": to_db(as_of)}).fetchall()
    return frozenset(story_id for (story_id,) in rows)
