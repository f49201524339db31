"""Dates that counted articles announce."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

import duckdb

from warehouse.store.db import to_db


@dataclass(frozen=True, slots=True, kw_only=True)
class Deadline:
    """A day of some kind, with the article and the sentence that announce it.

    `on_topic` is the probability that its story is on topic. `heard_since`: whether the story has a counted
    article from that day or later.
    """

    kind: str
    due_on: date
    evidence: str
    origin: str
    year_inferred: bool
    desk: str
    on_topic: float
    story_id: int
    article_id: int
    heard_since: bool


# One row per story, kind and day: a structured field takes precedence over a text, a
# written year over an inferred one.
_DEADLINES = """
WITH counted AS (FROM counted_articles($as_of))
SELECT d.kind, d.due_on, d.evidence, d.origin, d.year_inferred, c.desk, c.on_topic, c.story_id, c.article_id,
    EXISTS (FROM counted AS later WHERE later.story_id = c.story_id AND later.published_at >= d.due_on)
    AS heard_since
FROM deadlines AS d
JOIN counted AS c ON c.article_id = d.article_id AND c.published_at < d.due_on
WHERE d.due_on >= $since AND d.due_on < $until
QUALIFY row_number() OVER (
    PARTITION BY c.story_id, d.kind, d.due_on ORDER BY d.origin, d.year_inferred, c.article_id
) = 1
ORDER BY d.due_on, c.on_topic DESC, c.article_id, d.kind
"""


def deadlines_between(
    con: duckdb.DuckDBPyConnection, since: date, until: date, as_of: datetime
) -> list[Deadline]:
    """Returns the days in [since, until) that articles seen by `as_of` announced in advance, in order."""
    rows = con.execute(_DEADLINES, {"since": since, "until": until, "as_of": to_db(as_of)}).fetchall()
    return [
        Deadline(
            kind=row[0],
            due_on=row[1],
            evidence=row[2],
            origin=row[3],
            year_inferred=row[4],
            desk=row[5],
            on_topic=row[6],
            story_id=row[7],
            article_id=row[8],
            heard_since=row[9],
        )
        for row in rows
    ]
