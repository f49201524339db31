"""What came before a story in its thread, as far as the links are more likely right than not."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

import duckdb

from warehouse.store.db import from_db, to_db

# Log-odds from which two stories are likely of one matter, if both titles name the same two firms, laws or
# programmes. A thread joins groups from -1.75 on: enough to look through, too little to say that one follows
# the other; and a country and a word in common did so wrongly in every other case (docs/decisions/0057).
LIKELY = 0.0
_SURE = ("instrument", "citation", "correction")


class LinkedStory(NamedTuple):
    """A story of a thread: its date (aware UTC), and the story of the thread that its link names, if likely.

    `is_sure` says whether an instrument, a citation or an analyst links the two.
    """

    thread_id: int
    story_id: int
    happened_at: datetime
    likely_with: int | None
    is_sure: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class StepBefore:
    """The step before a story, by the article that represents it.

    `step` is the place of the story among those of the thread that are likely linked with it, `began_at`
    (aware UTC) the date of the first of these, `happened_at` that of the step before. `counted_at` is when
    the step before was last counted before the week, None if it never was, `counted` how many of the steps
    from before the week were counted then.
    `is_sure` says whether an instrument, a citation or an analyst links the two.
    """

    thread_id: int
    step: int
    began_at: datetime
    happened_at: datetime
    is_sure: bool
    article_id: int
    counted_at: datetime | None
    counted: int


# A correction names no other story: the first of the thread stands for those that an analyst joined.
_LINKED = """
SELECT thread_id, story_id, happened_at,
    CASE WHEN relation = 'correction' THEN first_value(story_id) OVER (PARTITION BY thread_id ORDER BY step)
        WHEN list_contains($sure, relation) OR (relation = 'names' AND score >= $likely)
        THEN other_story_id END,
    list_contains($sure, relation)
FROM thread_stories_as_of($as_of)
WHERE thread_id IN (
    SELECT thread_id FROM thread_stories_as_of($as_of) WHERE story_id IN (SELECT unnest($ids::BIGINT[]))
)
ORDER BY thread_id, step
"""
# A story of several weeks is represented by what was known of it before the week.
_TOLD = """
SELECT m.story_id, arg_max(a.article_id, (m.copy_of IS NULL, m.similarity, a.article_id)) AS article_id,
    max(c.published_at) AS counted_at
FROM store.story_members AS m
JOIN store.articles AS a ON a.article_id = m.article_id
LEFT JOIN counted_articles($as_of) AS c ON c.article_id = a.article_id
WHERE m.story_id IN (SELECT unnest($ids::BIGINT[])) AND a.first_seen_at <= $as_of
    AND CASE WHEN a.date_status IN ('ok', 'too_old') THEN a.published_at ELSE a.first_seen_at END < $start
GROUP BY m.story_id
"""


def steps_before(
    con: duckdb.DuckDBPyConnection, story_ids: Sequence[int], start: datetime, as_of: datetime
) -> dict[int, StepBefore]:
    """Returns, by story, the step before it that happened before `start`, of those that have one."""
    values = {"ids": list(story_ids), "as_of": to_db(as_of)}
    rows = con.execute(_LINKED, values | {"likely": LIKELY, "sure": list(_SURE)}).fetchall()
    linked = {row[1]: LinkedStory(row[0], row[1], from_db(row[2]), row[3], row[4]) for row in rows}
    before = latest_before(linked, story_ids, start)
    asked = values | {"ids": list({one.story_id for steps in before.values() for one in steps})}
    told = {row[0]: _Told(*row[1:]) for row in con.execute(_TOLD, asked | {"start": to_db(start)}).fetchall()}
    return {
        story_id: _step(linked[story_id], steps, told)
        for story_id, steps in before.items()
        if steps[-1].story_id in told
    }


class _Told(NamedTuple):
    article_id: int
    counted_at: datetime | None  # as stored


def _step(story: LinkedStory, steps: Sequence[LinkedStory], told: Mapping[int, _Told]) -> StepBefore:
    first, last = steps[0], steps[-1]
    before = told[last.story_id]
    return StepBefore(
        thread_id=last.thread_id,
        step=len(steps) + 1,
        began_at=first.happened_at,
        happened_at=last.happened_at,
        is_sure=any(
            one.is_sure and one.likely_with == other.story_id for one, other in ((story, last), (last, story))
        ),
        article_id=before.article_id,
        counted_at=None if before.counted_at is None else from_db(before.counted_at),
        counted=sum(one.story_id in told and told[one.story_id].counted_at is not None for one in steps),
    )


def latest_before(
    linked: Mapping[int, LinkedStory], story_ids: Sequence[int], start: datetime
) -> dict[int, tuple[LinkedStory, ...]]:
    """Returns, by story, the steps from before `start` that likely links lead to, in order of date.

    `linked` are the stories of threads by id. The last step is linked with the story itself, so that no chain
    of links ends at another matter.
    """
    beside: defaultdict[int, set[int]] = defaultdict(set)
    for one in linked.values():
        if one.likely_with is not None and one.likely_with != one.story_id and one.likely_with in linked:
            beside[one.story_id].add(one.likely_with)
            beside[one.likely_with].add(one.story_id)
    found: dict[int, tuple[LinkedStory, ...]] = {}
    for story_id in sorted(linked.keys() & set(story_ids)):
        until = min(start, linked[story_id].happened_at)
        direct = [linked[one] for one in beside[story_id] if linked[one].happened_at < until]
        if direct:
            latest = max(direct, key=_in_order)
            reached = _reached(latest.story_id, beside)
            found[story_id] = tuple(
                sorted(
                    (linked[one] for one in reached if _in_order(linked[one]) <= _in_order(latest)),
                    key=_in_order,
                )
            )
    return found


def _reached(story_id: int, beside: Mapping[int, set[int]]) -> set[int]:
    """The story and all that links lead to from it."""
    reached, ahead = {story_id}, [story_id]
    while ahead:
        new = beside[ahead.pop()] - reached
        reached |= new
        ahead += new
    return reached


def _in_order(one: LinkedStory) -> tuple[datetime, int]:
    return one.happened_at, one.story_id
