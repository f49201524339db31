"""Reads the threads that the static site shows, in bulk, from the public views."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, datetime

import duckdb

from warehouse.queries.thread_details import ThreadLine, list_threads
from warehouse.store.db import from_db


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteStep:
    """A story on topic as a step of its thread; `reason` says why it belongs, `stage` what was reached."""

    thread_id: int
    step: int
    story_id: int
    happened_at: datetime
    reason: str
    stage: str | None


# As in the view `threads`: an analyst may follow a thread after the last article was seen.
_ALWAYS = datetime.max.replace(tzinfo=UTC)
_STEPS = """
WITH stages AS (
    SELECT m.story_id, arg_max(f.value, (a.first_seen_at, a.article_id)) AS stage
    FROM story_articles AS m JOIN articles AS a ON a.article_id = m.article_id
    JOIN article_facets AS f ON f.article_id = a.article_id AND f.facet = 'stage'
    SEMI JOIN thread_stories AS t ON t.story_id = m.story_id
    GROUP BY m.story_id
)
SELECT t.thread_id, t.step, t.story_id, t.happened_at, t.reason, g.stage
FROM thread_stories AS t LEFT JOIN stages AS g ON g.story_id = t.story_id
SEMI JOIN (FROM stories WHERE desk <> 'off_topic') AS shown ON shown.story_id = t.story_id
ORDER BY t.thread_id, t.step
"""


def site_threads(con: duckdb.DuckDBPyConnection) -> dict[int, tuple[ThreadLine, list[SiteStep]]]:
    """Returns every thread with a story on topic, those followed first, with its steps on topic in order."""
    steps: dict[int, list[SiteStep]] = defaultdict(list)
    for thread_id, step, story_id, happened_at, reason, stage in con.execute(_STEPS).fetchall():
        steps[thread_id].append(
            SiteStep(
                thread_id=thread_id,
                step=step,
                story_id=story_id,
                happened_at=from_db(happened_at),
                reason=reason,
                stage=stage,
            )
        )
    lines = list_threads(con, _ALWAYS)
    return {line.thread_id: (line, steps[line.thread_id]) for line in lines if line.thread_id in steps}


def successors_of_threads(con: duckdb.DuckDBPyConnection) -> dict[int, int]:
    """Returns the present thread of every id that was joined to another."""
    return dict(
        con.execute("SELECT thread_id, successor_id FROM thread_successors ORDER BY thread_id").fetchall()
    )
