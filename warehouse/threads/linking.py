"""Links new and changed stories into threads and stores the links with their reasons.

Stories of a thread stay together: what is new joins a thread, founds one with a story that had none, or shows
two threads to be one. The older thread keeps its id; the other leads to it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import duckdb
import pyarrow as pa

from sources.model import stable_id
from warehouse.store.db import rows_table, transaction
from warehouse.threads.clustering import Clustering, Pair
from warehouse.threads.link_model import load_link_model
from warehouse.threads.profiles import Stories
from warehouse.threads.read_stories import read_stories
from warehouse.threads.reasons import Entity, Named, Reason, reason
from warehouse.threads.thread_corrections import load_rules

# The stories of `thread_texts` (read_stories.py), by the articles that they had when they were compared.
CHANGED = """
WITH now AS (
    SELECT story_id, (bit_xor(hash(article_id)) % 9223372036854775807)::BIGINT AS members_hash
    FROM thread_texts GROUP BY story_id
)
SELECT n.story_id, n.members_hash
FROM now AS n LEFT JOIN store.thread_comparisons AS c ON c.story_id = n.story_id
WHERE c.members_hash IS DISTINCT FROM n.members_hash ORDER BY n.story_id
"""
_LINKED = """
SELECT coalesce(s.successor_id, l.story_id), l.thread_id
FROM store.thread_links AS l LEFT JOIN store.stories AS s ON s.story_id = l.story_id
WHERE l.until IS NULL ORDER BY l.since, l.story_id
"""
_THREADS = "SELECT thread_id, created_at FROM store.threads WHERE successor_id IS NULL ORDER BY thread_id"
_NAMES = """
SELECT t.story_id, arg_min(a.title, (t.article_id <> coalesce(y.article_id, 0), t.moment, t.article_id)),
    arg_max(f.value, (t.moment, t.article_id)) FILTER (f.value IS NOT NULL), min(a.first_seen_at)
FROM thread_texts AS t
JOIN store.articles AS a ON a.article_id = t.article_id
LEFT JOIN store.story_summaries AS y ON y.story_id = t.story_id
LEFT JOIN store.article_facets AS f ON f.article_id = t.article_id AND f.facet = 'stage'
WHERE t.story_id IN (SELECT unnest($ids::BIGINT[])) GROUP BY t.story_id
"""
_ENTITIES = (
    "SELECT entity_id, any_value(name), any_value(kind) FROM store.article_entities GROUP BY entity_id"
)
_LINKS = pa.schema(
    [
        ("story_id", pa.int64()),
        ("thread_id", pa.int64()),
        ("since", pa.timestamp("us")),
        ("other_story_id", pa.int64()),
        ("score", pa.float64()),
        ("relation", pa.string()),
        ("reason", pa.string()),
    ]
)
_SAVE = """
UPDATE store.thread_links AS l SET until = n.since FROM links AS n
WHERE l.story_id = n.story_id AND l.until IS NULL;
INSERT INTO store.thread_links (story_id, thread_id, since, other_story_id, score, relation, reason)
SELECT story_id, thread_id, since, other_story_id, score, relation, reason FROM links;
INSERT INTO store.threads (thread_id, created_at)
SELECT thread_id, min(since) FROM links
WHERE thread_id NOT IN (SELECT thread_id FROM store.threads) GROUP BY thread_id
"""
_SUCCEED = "UPDATE store.threads SET successor_id = $kept WHERE thread_id = $gone OR successor_id = $gone"
_COMPARED = """
INSERT OR REPLACE INTO store.thread_comparisons (story_id, members_hash)
SELECT story_id, members_hash FROM compared
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Linked:
    """One run: the stories that were compared, those that joined a thread, and the threads they founded."""

    compared: int
    linked: int
    founded: int


def link_threads(con: duckdb.DuckDBPyConnection) -> Linked:
    """Compares the stories that are new or have new articles with all others on topic or near it."""
    stories = read_stories(con)
    changed: dict[int, int] = dict(con.execute(CHANGED).fetchall())
    if not changed:
        return Linked(compared=0, linked=0, founded=0)
    row_of = {facts.story_id: row for row, facts in enumerate(stories.facts)}
    thread_of = _threads_of(con, row_of)
    rules = load_rules(con, row_of)
    groups: dict[object, list[int]] = {}
    for story, row in row_of.items():
        groups.setdefault(thread_of.get(story, ("alone", story)), []).append(row)
    moving = [row_of[story] for story in changed if story in row_of]
    clustering = Clustering(stories, load_link_model(), rules)
    found = [group for group in clustering.run(groups.values(), moving) if len(group) > 1]
    created = dict(con.execute(_THREADS).fetchall())
    links, joined = [], []
    names = _Names(con, stories, [row for group in found for row in group])
    for group in found:
        members = [stories.facts[row].story_id for row in group]
        before = {thread_of[story] for story in members if story in thread_of}
        kept = min(before, key=lambda thread: (created[thread], thread)) if before else _found(stories, group)
        joined += [(kept, gone) for gone in sorted(before - {kept})]
        for row, story in zip(group, members, strict=True):
            if thread_of.get(story) != kept:
                other, score = clustering.best_partner(row, _known_before(stories, row, group))
                links.append(names.link(row, other, kept, score))
    with transaction(con):
        _save(con, links, joined, changed)
    founded = {link["thread_id"] for link in links} - created.keys()
    return Linked(compared=len(moving), linked=len(links), founded=len(founded))


def _threads_of(con: duckdb.DuckDBPyConnection, row_of: Mapping[int, int]) -> dict[int, int]:
    """The thread of each story; of a story that was merged into another, that of the earlier link."""
    threads: dict[int, int] = {}
    for story, thread in con.execute(_LINKED).fetchall():
        if story in row_of:
            threads.setdefault(story, thread)
    return threads


def _found(stories: Stories, group: Sequence[int]) -> int:
    first = min((stories.facts[row].first_day, stories.facts[row].story_id) for row in group)
    return stable_id("thread", str(first[1]))


def _known_before(stories: Stories, row: int, group: Sequence[int]) -> Sequence[int]:
    """The stories of a group before this one, to one of which it is linked; of the first, the second."""
    in_order = sorted(group, key=lambda one: (stories.facts[one].first_day, stories.facts[one].story_id))
    return in_order[: in_order.index(row)] or in_order[1:2]


class _Names:
    """What reasons name, read once for all links of a run."""

    def __init__(self, con: duckdb.DuckDBPyConnection, stories: Stories, rows: Sequence[int]) -> None:
        self._stories = stories
        self._entities = {row[0]: Entity(*row[1:]) for row in con.execute(_ENTITIES).fetchall()}
        ids = [stories.facts[row].story_id for row in rows]
        self._of: dict[int, tuple[str, str | None, datetime]] = {
            story: (title, stage, seen)
            for story, title, stage, seen in con.execute(_NAMES, {"ids": ids}).fetchall()
        }

    def link(self, row: int, other: int, thread: int, score: float) -> dict[str, object]:
        ours, theirs = self._stories.facts[row].story_id, self._stories.facts[other].story_id
        why: Reason = reason(self._named(row), self._named(other), self._entities, self._stories.name_rarity)
        return {
            "story_id": ours,
            "thread_id": thread,
            "since": max(self._of[ours][2], self._of[theirs][2]),
            "other_story_id": theirs,
            "score": score,
            "relation": why.relation,
            "reason": why.words,
        }

    def _named(self, row: int) -> Named:
        facts = self._stories.facts[row]
        title, stage, _ = self._of[facts.story_id]
        return Named(facts=facts, title=title, stage=stage)


def _save(
    con: duckdb.DuckDBPyConnection,
    links: Sequence[dict[str, object]],
    joined: Sequence[Pair],
    changed: Mapping[int, int],
) -> None:
    compared = {
        "story_id": pa.array(changed.keys(), pa.int64()),
        "members_hash": pa.array(changed.values(), pa.int64()),
    }
    con.register("compared", pa.table(compared))
    con.register("links", rows_table(list(links), _LINKS))
    con.execute(_SAVE)
    for kept, gone in joined:
        con.execute(_SUCCEED, {"kept": kept, "gone": gone})
    con.execute(_COMPARED)
    con.unregister("links")
    con.unregister("compared")
