"""Corrections of stories by analysts: applied at once, recorded, and kept as constraints for later runs.

Constraints are never rewritten; of two on the same pair of articles the later one holds.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import product

import duckdb
import pyarrow as pa

from sources.model import stable_id
from warehouse.errors import StoryError
from warehouse.store.db import to_db, transaction
from warehouse.stories.constraints import Constraints
from warehouse.stories.story_changes import Change, record_change


@dataclass(frozen=True, slots=True, kw_only=True)
class Correction:
    """Who corrects, why, and when (aware)."""

    by: str
    why: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Corrected:
    """A correction: its number, the story that it formed or enlarged, and how many articles moved there."""

    correction_id: int
    story_id: int
    articles: int


def merge_stories(
    con: duckdb.DuckDBPyConnection, into: int, others: Sequence[int], correction: Correction
) -> list[Corrected]:
    """Moves all articles of the other stories to `into`, which becomes their successor."""
    with transaction(con):
        target = current_story(con, into)
        stories = [current_story(con, other) for other in others]
        if target in stories or len(set(stories)) < len(stories):
            raise StoryError(
                into, "would be merged with itself. Name different stories, by their current ids."
            )
        return [_merge(con, story, target, correction, "merge") for story in stories]


def split_story(
    con: duckdb.DuckDBPyConnection, story_id: int, article_ids: Sequence[int], correction: Correction
) -> Corrected:
    """Moves the named articles and the copies of them to a new story."""
    with transaction(con):
        story = current_story(con, story_id)
        going, staying = _divide(con, story, article_ids)
        if not staying:
            raise StoryError(
                story, "would be left empty. Leave at least one text that is no copy of those named."
            )
        number = _next_number(con)
        new_story = stable_id("story", "split", str(number))
        con.execute(_FOUND, {"story_id": new_story, "at": to_db(correction.at)})
        _record(con, number, "split", story, new_story, article_ids, correction)
        must_link = [(going[0], other) for other in going[1:]]
        _constrain(con, number, must_link=must_link, cannot_link=list(product(going, staying)))
        return _carry_out(con, number, "split", story, new_story, going, correction)


def move_article(
    con: duckdb.DuckDBPyConnection, article_id: int, to: int, correction: Correction
) -> Corrected:
    """Moves the article and its copies to another story; merges the stories if no other article is left."""
    with transaction(con):
        target, story = current_story(con, to), _story_of(con, article_id)
        if story == target:
            raise StoryError(target, f"has article {article_id} already. Name another story.")
        going, staying = _divide(con, story, [article_id])
        if not staying:
            return _merge(con, story, target, correction, "move")
        number = _next_number(con)
        _record(con, number, "move", story, target, [article_id], correction)
        must_link = [(article_id, _texts(con, target)[0])]
        _constrain(con, number, must_link=must_link, cannot_link=list(product([article_id], staying)))
        return _carry_out(con, number, "split", story, target, going, correction)


_CURRENT = "SELECT coalesce(successor_id, story_id) FROM store.stories WHERE story_id = $story_id"


def current_story(con: duckdb.DuckDBPyConnection, story_id: int) -> int:
    """Returns the id, or its successor's if the story was merged. Raises StoryError for an unknown id."""
    row = con.execute(_CURRENT, {"story_id": story_id}).fetchone()
    if row is None:
        raise StoryError(
            story_id, "there is no such story. The view `stories` and the digest's JSON have the ids."
        )
    return int(row[0])


# Of the constraints on a pair the latest; the stories of all articles that have any.
_CONSTRAINTS = """
SELECT least(article_id, other_article_id), greatest(article_id, other_article_id),
    arg_max(kind, correction_id)
FROM store.story_constraints GROUP BY 1, 2 ORDER BY 1, 2
"""
_CONSTRAINED = """
SELECT article_id, story_id FROM store.story_members
WHERE article_id IN (
    SELECT article_id FROM store.story_constraints UNION SELECT other_article_id FROM store.story_constraints
)
"""


def load_constraints(con: duckdb.DuckDBPyConnection) -> Constraints:
    """The constraints in force."""
    constraints = con.execute(_CONSTRAINTS).fetchall()
    return Constraints(
        must_link=[(one, other) for one, other, kind in constraints if kind == "must_link"],
        cannot_link=[(one, other) for one, other, kind in constraints if kind == "cannot_link"],
        story_of=dict(con.execute(_CONSTRAINED).fetchall()),
    )


def _merge(
    con: duckdb.DuckDBPyConnection, story: int, target: int, correction: Correction, action: str
) -> Corrected:
    number = _next_number(con)
    ours, theirs = _texts(con, target), _texts(con, story)
    _record(con, number, action, story, target, [], correction)
    # Each cannot-link constraint between the two is replaced, or it would still hold for its pair.
    replaced = con.execute(_CANNOT_LINK, {"ours": ours, "theirs": theirs}).fetchall()
    _constrain(con, number, must_link=[(theirs[0], ours[0]), *replaced], cannot_link=[])
    return _carry_out(con, number, "merged", story, target, None, correction)


_TEXTS = (
    "SELECT article_id FROM store.story_members WHERE story_id = $story_id "
    "ORDER BY copy_of IS NOT NULL, position"
)
_CANNOT_LINK = """
SELECT DISTINCT article_id, other_article_id FROM store.story_constraints
WHERE kind = 'cannot_link' AND (
    (list_contains($ours, article_id) AND list_contains($theirs, other_article_id))
    OR (list_contains($theirs, article_id) AND list_contains($ours, other_article_id))
)
ORDER BY ALL
"""
_FOUND = """
INSERT INTO store.stories (story_id, created_at, creation_order)
SELECT $story_id, $at, (SELECT max(creation_order) + 1 FROM store.stories)
"""
_RECORD = """
INSERT INTO store.story_corrections (correction_id, action, story_id, other_story_id, article_ids, made_at,
    made_by, reason)
VALUES ($number, $action, $story_id, $other_story_id, $article_ids, $at, $by, $why)
"""
_CONSTRAIN = """
INSERT INTO store.story_constraints (correction_id, kind, article_id, other_article_id)
SELECT $number, kind, article_id, other_article_id FROM constraints
"""
# A copy is one only in the story of its original.
_FORGET_COPIES = """
UPDATE store.story_members AS m SET copy_of = NULL, is_compared = TRUE
WHERE copy_of IS NOT NULL AND story_id IN ($story_id, $other_story_id)
    AND NOT EXISTS (FROM store.story_members AS o WHERE o.article_id = m.copy_of AND o.story_id = m.story_id)
"""
_GROUP = """
SELECT article_id, coalesce(list_contains($article_ids, article_id) OR list_contains($article_ids, copy_of),
    FALSE)
FROM store.story_members WHERE story_id = $story_id ORDER BY position
"""


def _texts(con: duckdb.DuckDBPyConnection, story: int) -> list[int]:
    return [article_id for (article_id,) in con.execute(_TEXTS, {"story_id": story}).fetchall()]


def _story_of(con: duckdb.DuckDBPyConnection, article_id: int) -> int:
    row = con.execute(
        "SELECT story_id FROM store.story_members WHERE article_id = $1", [article_id]
    ).fetchone()
    if row is None:
        raise StoryError(
            article_id,
            "is not the id of an article in a story. `watchfloor story show` lists a story's articles.",
        )
    return int(row[0])


def _divide(
    con: duckdb.DuckDBPyConnection, story: int, article_ids: Sequence[int]
) -> tuple[list[int], list[int]]:
    """The articles of a story in two lists: those named with the copies of them, and all others."""
    rows = con.execute(_GROUP, {"story_id": story, "article_ids": list(article_ids)}).fetchall()
    strangers = set(article_ids) - {article_id for article_id, _ in rows}
    if strangers or not article_ids:
        named = ", ".join(map(str, sorted(strangers))) or "named"
        raise StoryError(
            story, f"has no article {named}. `watchfloor story show {story}` lists its articles."
        )
    return [one for one, goes in rows if goes], [one for one, goes in rows if not goes]


def _next_number(con: duckdb.DuckDBPyConnection) -> int:
    row = con.execute("SELECT count(*) + 1 FROM store.story_corrections").fetchone()
    return int(row[0]) if row else 1


def _record(
    con: duckdb.DuckDBPyConnection,
    number: int,
    action: str,
    story: int,
    other: int,
    article_ids: Sequence[int],
    correction: Correction,
) -> None:
    con.execute(
        _RECORD,
        {
            "number": number,
            "action": action,
            "story_id": story,
            "other_story_id": other,
            "article_ids": list(article_ids),
            "at": to_db(correction.at),
            "by": correction.by,
            "why": correction.why,
        },
    )


def _constrain(
    con: duckdb.DuckDBPyConnection,
    number: int,
    must_link: Sequence[tuple[int, int]],
    cannot_link: Sequence[tuple[int, int]],
) -> None:
    pairs = [*must_link, *cannot_link]
    constraints = pa.table(
        {
            "kind": ["must_link"] * len(must_link) + ["cannot_link"] * len(cannot_link),
            "article_id": pa.array([one for one, _ in pairs], pa.int64()),
            "other_article_id": pa.array([other for _, other in pairs], pa.int64()),
        }
    )
    con.register("constraints", constraints)
    con.execute(_CONSTRAIN, {"number": number})
    con.unregister("constraints")


def _carry_out(
    con: duckdb.DuckDBPyConnection,
    number: int,
    event: str,
    story: int,
    target: int,
    article_ids: Sequence[int] | None,
    correction: Correction,
) -> Corrected:
    change = Change(
        event=event,
        story_id=story,
        other_story_id=target,
        at=correction.at,
        reason=correction.why,
        correction_id=number,
    )
    moved = record_change(con, change, article_ids)
    con.execute(_FORGET_COPIES, {"story_id": story, "other_story_id": target})
    return Corrected(correction_id=number, story_id=target, articles=moved)
