"""What our own collecting may have missed in a week: feeds that showed too little. Days without a run are the panel's."""

from __future__ import annotations

from datetime import datetime

import duckdb

from warehouse.weekly import runs_of

_OVERFLOWED = """
SELECT s.name
FROM store.fetches AS f
JOIN store.sources AS s ON s.source_id = f.source_id
JOIN store.feed_states AS t ON t.source_id = f.source_id AND t.first_success_at < f.fetched_at
WHERE f.fetched_at > $after AND f.fetched_at <= $until AND f.entries_in_feed > 1 AND f.entries_new >= f.entries_in_feed
GROUP BY s.source_id, s.name ORDER BY s.name, s.source_id
"""


def overflowed(con: duckdb.DuckDBPyConnection, start: datetime, end: datetime, as_of: datetime) -> list[str]:
    """Feeds known before whose every entry was new at some run of [start, end): earlier ones may have gone by unseen."""
    return [name for (name,) in con.execute(_OVERFLOWED, runs_of(start, end, as_of)).fetchall()]
