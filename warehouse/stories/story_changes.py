"""Moves articles from one story to another and records it: what, when, why, and which articles."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import duckdb

from sources.model import stable_id
from warehouse.store.db import to_db


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """Articles of `story_id` move to `other_story_id`: all of them if `event` is "merged". `at` is aware.

    `event` is "merged" or "split". Either `article_id` is given, the article that fits both stories, or
    `correction_id`, the correction by an analyst.
    """

    event: str
    story_id: int
    other_story_id: int
    at: datetime
    reason: str
    article_id: int | None = None
    correction_id: int | None = None


_RECORD = """
INSERT INTO store.story_changes (change_id, position, event, story_id, other_story_id, article_id,
    correction_id, happened_at, reason)
SELECT $change_id, (SELECT count(*) FROM store.story_changes), $event, $story_id, $other_story_id,
    $article_id, $correction_id, $happened_at, $reason
"""
_RECORD_MOVES = """
INSERT INTO store.story_moves (change_id, article_id, from_story_id, to_story_id)
SELECT $change_id, article_id, story_id, $other_story_id FROM store.story_members
WHERE story_id = $story_id AND ($article_ids IS NULL OR list_contains($article_ids, article_id))
ORDER BY position
"""
_MOVE = """
UPDATE store.story_members SET story_id = $other_story_id
WHERE story_id = $story_id AND ($article_ids IS NULL OR list_contains($article_ids, article_id))
"""
_SUCCEED = """
UPDATE store.stories SET successor_id = $other_story_id WHERE story_id = $story_id OR successor_id = $story_id
"""


def record_change(
    con: duckdb.DuckDBPyConnection, change: Change, article_ids: Sequence[int] | None = None
) -> int:
    """Carries out and records the change inside the caller's transaction; returns how many articles moved.

    Without `article_ids` all articles of the story move.
    """
    change_id = stable_id(
        change.event,
        *map(str, (change.story_id, change.other_story_id, change.article_id or change.correction_id)),
    )
    stories = {"story_id": change.story_id, "other_story_id": change.other_story_id}
    con.execute(
        _RECORD,
        stories
        | {
            "change_id": change_id,
            "event": change.event,
            "article_id": change.article_id,
            "correction_id": change.correction_id,
            "happened_at": to_db(change.at),
            "reason": change.reason,
        },
    )
    moved = stories | {"article_ids": None if article_ids is None else list(article_ids)}
    con.execute(_RECORD_MOVES, moved | {"change_id": change_id})
    (count,) = con.execute(_MOVE, moved).fetchone() or (0,)
    if change.event == "merged":
        con.execute(_SUCCEED, stories)
    return int(count)
