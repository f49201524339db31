"""Dates that counted articles announce."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

import duckdb

from warehouse.store.db import to_db


@dataclass(frozen=True, slots=True, kw_only=True)
class Deadline:
    """A day of some kind, with the article and the sentence that announce it.

    `on_topic` is the probability that its story is on topic. `heard_since`: whether a counted article from
    that day or later is of the story, of its thread or on the same matter.
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


# Words by which an article of another story says that what was due has come about, or not.
_COME_ABOUT = {
    "vote": r"\b(?:vot(?:e[sd]?|ing)|pass(?:es|ed)?|approv\w+|adopt\w*|reject\w*|block\w*|postpone\w*)\b",
    "hearing": r"\b(?:hear(?:s|d|ing)|testif\w+|argue[sd]?|arguments?|grill\w*|session|postpone\w*)\b",
    "takes_effect": r"\b(?:effect|force|appl(?:y|ies)|begins?|starts?|delay\w*|block\w*|postpone\w*)\b",
    "applies_from": r"\b(?:effect|force|appl(?:y|ies)|begins?|starts?|comply|delay\w*|postpone\w*)\b",
    "report_due": r"\b(?:reports?|publish\w*|releas\w*|submit\w*|unveil\w*|plan|strategy|guidance)\b",
    "expires": r"\b(?:expire[sd]?|laps\w+|extend\w*|extension|renew\w*|ends?|ended)\b",
}
# So many names in common, and half of those of the article that announced it.
HEARD_DAYS, SHARED_NAMES = 7, 2
# A number of a part or of a list entry is shared by many matters, and so is a state.
_BROAD = "('cfr_part', 'eccn')"
_STATES = "('country', 'us_state', 'bloc')"
# One row per story, kind and day: a structured field takes precedence over a text, a
# written year over an inferred one.
_DEADLINES = f"""
WITH counted AS (FROM counted_articles($as_of)),
due AS (
    SELECT d.*, c.desk, c.on_topic, c.story_id
    FROM deadlines AS d
    JOIN counted AS c ON c.article_id = d.article_id AND c.published_at < d.due_on
    WHERE d.due_on >= $since AND d.due_on < $until
),
later AS (
    SELECT article_id, story_id, desk, published_at FROM counted WHERE published_at >= $since
),
by_number AS (
    SELECT due.article_id, due.kind, due.due_on
    FROM due
    JOIN store.article_instruments AS i ON i.article_id = due.article_id AND i.kind NOT IN {_BROAD}
    JOIN store.article_instruments AS j ON j.kind = i.kind AND j.number = i.number
    JOIN later ON later.article_id = j.article_id AND later.published_at >= due.due_on
),
by_names AS (
    SELECT due.article_id, due.kind, due.due_on
    FROM due
    JOIN store.article_entities AS e ON e.article_id = due.article_id AND e.kind NOT IN {_STATES}
    JOIN store.article_entities AS f ON f.entity_id = e.entity_id
    JOIN later ON later.article_id = f.article_id AND later.desk = due.desk
        AND later.published_at >= due.due_on AND later.published_at < due.due_on + INTERVAL {HEARD_DAYS} DAY
    JOIN store.articles AS a ON a.article_id = later.article_id
    JOIN (SELECT unnest($kinds::VARCHAR[]) AS kind, unnest($words::VARCHAR[]) AS words) AS told
        ON told.kind = due.kind AND regexp_matches(concat_ws(' ', a.title, a.summary), told.words, 'i')
    GROUP BY due.article_id, due.kind, due.due_on, later.article_id
    HAVING count(DISTINCT e.entity_id) >= greatest({SHARED_NAMES}, (
        SELECT count(*) / 2 FROM store.article_entities AS own
        WHERE own.article_id = due.article_id AND own.kind NOT IN {_STATES}
    ))
),
threads AS (SELECT thread_id, story_id FROM thread_stories_as_of($as_of)),
by_thread AS (
    SELECT due.article_id, due.kind, due.due_on
    FROM due
    JOIN threads AS t ON t.story_id = due.story_id
    JOIN threads AS other ON other.thread_id = t.thread_id
    JOIN later ON later.story_id = other.story_id AND later.published_at >= due.due_on
),
elsewhere AS (FROM by_number UNION FROM by_names UNION FROM by_thread)
SELECT d.kind, d.due_on, d.evidence, d.origin, d.year_inferred, d.desk, d.on_topic, d.story_id, d.article_id,
    EXISTS (FROM later WHERE later.story_id = d.story_id AND later.published_at >= d.due_on)
    OR bool_or((d.article_id, d.kind, d.due_on) IN (FROM elsewhere))
        OVER (PARTITION BY d.story_id, d.kind, d.due_on) AS heard_since
FROM due AS d
QUALIFY row_number() OVER (
    PARTITION BY d.story_id, d.kind, d.due_on ORDER BY d.origin, d.year_inferred, d.article_id
) = 1
ORDER BY d.due_on, d.on_topic DESC, d.article_id, d.kind
"""


def deadlines_between(
    con: duckdb.DuckDBPyConnection, since: date, until: date, as_of: datetime
) -> list[Deadline]:
    """Returns the days in [since, until) that articles seen by `as_of` announced in advance, in order."""
    window = {"since": since, "until": until, "as_of": to_db(as_of)}
    told = {"kinds": list(_COME_ABOUT), "words": list(_COME_ABOUT.values())}
    rows = con.execute(_DEADLINES, window | told).fetchall()
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
