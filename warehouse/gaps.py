"""What our own collecting may have missed in a week: the time in which nobody asked, and feeds that showed too little."""

from __future__ import annotations

from datetime import datetime

import duckdb

from warehouse.db import from_db
from warehouse.weekly import runs_of

# Longer than a night and a day: what a daily collection leaves between two runs is no gap.
LONGEST_PAUSE_HOURS = 36
_PAUSES = f"""
WITH moments AS (
    SELECT fetched_at AS asked_at FROM store.fetches WHERE fetched_at > $after AND fetched_at <= $until AND outcome <> 'postponed'
    UNION SELECT max(fetched_at) FROM store.fetches WHERE fetched_at <= $after
    UNION SELECT $until
),
pauses AS (SELECT lag(asked_at) OVER (ORDER BY asked_at) AS since, asked_at AS until FROM moments WHERE asked_at IS NOT NULL)
SELECT since, until FROM pauses
WHERE until - since > INTERVAL {LONGEST_PAUSE_HOURS} HOUR ORDER BY since
"""


def pauses(
    con: duckdb.DuckDBPyConnection, start: datetime, end: datetime, as_of: datetime
) -> list[tuple[datetime, datetime]]:
    """The spans (aware UTC) around [start, end) of more than 36 hours in which no feed was asked; none if never any was."""
    rows = con.execute(_PAUSES, runs_of(start, end, as_of)).fetchall()
    return [(from_db(since), from_db(until)) for since, until in rows]


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
