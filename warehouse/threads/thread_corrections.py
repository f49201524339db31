"""Corrections of threads by analysts: applied at once, recorded, and obeyed by later runs.

They are never rewritten; of two on the same pair of stories the later one holds.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product

import duckdb

from sources.model import stable_id
from warehouse.errors import ThreadError
from warehouse.store.db import to_db, transaction
from warehouse.stories.story_corrections import Correction
from warehouse.threads.clustering import Pair, Rules


@dataclass(frozen=True, slots=True, kw_only=True)
class CorrectedThread:
    """A correction of a thread: its number, the thread that it formed, enlarged or named, and its stories."""

    correction_id: int
    thread_id: int
    stories: int


def join_threads(
    con: duckdb.DuckDBPyConnection, into: int, others: Sequence[int], correction: Correction
) -> list[CorrectedThread]:
    """Moves all stories of the others, each a thread or a story without one, to the thread `into`."""
    with transaction(con):
        kept = current_thread(con, into)
        made = []
        for other in others:
            stayed = _stories(con, kept)
            thread, going = _thread_or_story(con, other)
            if thread == kept:
                raise ThreadError(kept, f"has {other} already. Name another thread or story.")
            number = _record(con, "join", thread or kept, correction, other=kept, going=going, stayed=stayed)
            _move(con, going, kept, number, correction)
            if thread is not None:
                con.execute(_SUCCEED, {"kept": kept, "gone": thread})
            made.append(CorrectedThread(correction_id=number, thread_id=kept, stories=len(going)))
        return made


def split_thread(
    con: duckdb.DuckDBPyConnection, thread_id: int, story_ids: Sequence[int], correction: Correction
) -> CorrectedThread:
    """Takes stories out of a thread; together they are a new one, a single story is in none."""
    with transaction(con):
        thread = current_thread(con, thread_id)
        going = sorted(set(story_ids))
        members = _stories(con, thread)
        if not going or not set(going) <= set(members):
            raise ThreadError(
                thread, f"has not all of these stories. `watchfloor thread show {thread}` lists its own."
            )
        stayed = [story for story in members if story not in going]
        if not stayed:
            raise ThreadError(thread, "would be left empty. Leave at least one of its stories.")
        number = _record(con, "split", thread, correction, going=going, stayed=stayed)
        target = None
        if len(going) > 1:
            target = stable_id("thread", "split", str(number))
            con.execute(_FOUND, {"thread_id": target, "at": to_db(correction.at)})
        _move(con, going, target, number, correction)
        return CorrectedThread(correction_id=number, thread_id=target or thread, stories=len(going))


def rename_thread(
    con: duckdb.DuckDBPyConnection, thread_id: int, title: str, correction: Correction
) -> CorrectedThread:
    """Gives a thread a title that no later run changes."""
    if not title.strip():
        raise ThreadError(thread_id, "needs a title of at least one word.")
    return _note(con, "rename", thread_id, correction, title.strip())


def follow_thread(
    con: duckdb.DuckDBPyConnection, thread_id: int, correction: Correction, *, stop: bool = False
) -> CorrectedThread:
    """Marks a thread as followed, or no longer."""
    return _note(con, "unfollow" if stop else "follow", thread_id, correction, None)


_CURRENT = "SELECT coalesce(successor_id, thread_id) FROM store.threads WHERE thread_id = $thread_id"


def current_thread(con: duckdb.DuckDBPyConnection, thread_id: int) -> int:
    """Returns the id, or its successor's if the thread was joined. Raises ThreadError for an unknown id."""
    row = con.execute(_CURRENT, {"thread_id": thread_id}).fetchone()
    if row is None:
        raise ThreadError(thread_id, "there is no such thread. `watchfloor thread list` lists them.")
    return int(row[0])


_RULES = """
SELECT action, story_ids, stayed_ids FROM store.thread_corrections
WHERE action IN ('join', 'split') ORDER BY correction_id
"""
_SUCCESSORS = "SELECT story_id, successor_id FROM store.stories WHERE successor_id IS NOT NULL"


def load_rules(con: duckdb.DuckDBPyConnection, row_of: Mapping[int, int]) -> Rules:
    """The corrections in force as pairs of rows; those of stories that have no row are left out."""
    successor = dict(con.execute(_SUCCESSORS).fetchall())

    def rows(stories: Sequence[int]) -> list[int]:
        return [row_of[now] for story in stories if (now := successor.get(story, story)) in row_of]

    kinds: dict[Pair, str] = {}
    for action, going, stayed in con.execute(_RULES).fetchall():
        for one, other in product(rows(going), rows(stayed)):
            if one != other:
                kinds[min(one, other), max(one, other)] = action
    return Rules(
        must_link=frozenset(pair for pair, kind in kinds.items() if kind == "join"),
        cannot_link=frozenset(pair for pair, kind in kinds.items() if kind == "split"),
    )


_STORIES = """
SELECT DISTINCT coalesce(s.successor_id, l.story_id)
FROM store.thread_links AS l LEFT JOIN store.stories AS s ON s.story_id = l.story_id
WHERE l.thread_id = $thread_id AND l.until IS NULL ORDER BY 1
"""
_OF_STORY = "SELECT thread_id FROM store.thread_links WHERE story_id = $story_id AND until IS NULL"
_IS_STORY = "SELECT 1 FROM store.stories WHERE story_id = $story_id AND successor_id IS NULL"
_SUCCEED = "UPDATE store.threads SET successor_id = $kept WHERE thread_id = $gone OR successor_id = $gone"
_FOUND = "INSERT INTO store.threads (thread_id, created_at) VALUES ($thread_id, $at)"
_CLOSE = """
UPDATE store.thread_links SET until = $at
WHERE until IS NULL AND (
    list_contains($stories, story_id)
    OR story_id IN (SELECT story_id FROM store.stories WHERE list_contains($stories, successor_id))
)
"""
_OPEN = """
INSERT INTO store.thread_links (story_id, thread_id, since, relation, reason, correction_id)
SELECT unnest($stories::BIGINT[]), $thread_id, $at, 'correction', $reason, $number
"""
_RECORD = """
INSERT INTO store.thread_corrections (correction_id, action, thread_id, other_thread_id, story_ids,
    stayed_ids, title, made_at, made_by, reason)
SELECT (SELECT count(*) + 1 FROM store.thread_corrections), $action, $thread_id, $other, $going, $stayed,
    $title, $at, $by, $why
RETURNING correction_id
"""


def _thread_or_story(con: duckdb.DuckDBPyConnection, id_: int) -> tuple[int | None, list[int]]:
    """The thread of this id, or the story of this id alone if it is in none, and the stories to move."""
    if con.execute(_CURRENT, {"thread_id": id_}).fetchone():
        thread = current_thread(con, id_)
        return thread, _stories(con, thread)
    if con.execute(_IS_STORY, {"story_id": id_}).fetchone() is None:
        raise ThreadError(
            id_, "is the id of no thread and no story. `watchfloor thread list` lists the threads."
        )
    if row := con.execute(_OF_STORY, {"story_id": id_}).fetchone():
        raise ThreadError(int(row[0]), f"has story {id_}. Join that thread, or split the story off it first.")
    return None, [id_]


def _stories(con: duckdb.DuckDBPyConnection, thread: int) -> list[int]:
    return [story for (story,) in con.execute(_STORIES, {"thread_id": thread}).fetchall()]


def _note(
    con: duckdb.DuckDBPyConnection, action: str, thread_id: int, correction: Correction, title: str | None
) -> CorrectedThread:
    with transaction(con):
        thread = current_thread(con, thread_id)
        number = _record(con, action, thread, correction, title=title)
        return CorrectedThread(correction_id=number, thread_id=thread, stories=len(_stories(con, thread)))


def _record(
    con: duckdb.DuckDBPyConnection,
    action: str,
    thread: int,
    correction: Correction,
    *,
    other: int | None = None,
    going: Sequence[int] = (),
    stayed: Sequence[int] = (),
    title: str | None = None,
) -> int:
    values = {
        "action": action,
        "thread_id": thread,
        "other": other,
        "going": list(going),
        "stayed": list(stayed),
        "title": title,
        "at": to_db(correction.at),
        "by": correction.by,
        "why": correction.why,
    }
    ((number,),) = con.execute(_RECORD, values).fetchall()
    return int(number)


def _move(
    con: duckdb.DuckDBPyConnection,
    stories: Sequence[int],
    to: int | None,
    number: int,
    correction: Correction,
) -> None:
    at = to_db(correction.at)
    con.execute(_CLOSE, {"stories": list(stories), "at": at})
    if to is not None:
        reason = f"{correction.by}: {correction.why}"
        con.execute(
            _OPEN, {"stories": list(stories), "thread_id": to, "at": at, "reason": reason, "number": number}
        )
