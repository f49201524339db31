"""Reads articles again whose text changed after they were grouped, and finds which of them are copies now.

The story of an article stays: what changes is whether its text counts as a text of its own.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import duckdb
import numpy as np
import pyarrow as pa

from warehouse.store.db import transaction
from warehouse.stories.assign import HOUR, READ, TERM_COLUMNS, document_columns, save_terms
from warehouse.stories.copies import have_bodies, have_same_headline, repeat_bodies
from warehouse.stories.documents import DAY_S, DocumentPairs, Documents
from warehouse.stories.terms import read_all_terms

COMMIT_EVERY = 1_000

# The texts are read of those that changed only.
_CHANGED = f"""
WITH changed AS MATERIALIZED (
    SELECT t.article_id, m.position
    FROM store.article_terms AS t
    JOIN store.story_members AS m ON m.article_id = t.article_id
    JOIN store.read_articles AS a ON a.article_id = t.article_id
    JOIN store.articles AS s ON s.article_id = t.article_id
    WHERE coalesce(t.text_hash, s.text_hash) <> a.text_hash
    ORDER BY m.position LIMIT $limit
)
SELECT a.article_id, {READ}
FROM changed AS c JOIN store.read_articles AS a ON a.article_id = c.article_id
ORDER BY c.position
"""
_STORIES = f"""
SELECT m.article_id, a.publisher, a.title, epoch({HOUR}) / {DAY_S} AS day, v.vector,
    f.genre = 'newsletter' AS is_roundup, m.story_id, m.copy_of,
    list_contains($ids, m.article_id) AS is_changed, {TERM_COLUMNS}
FROM store.story_members AS m
JOIN store.articles AS a ON a.article_id = m.article_id
JOIN store.vectors AS v ON v.article_id = m.article_id AND v.model = $model
JOIN store.classifications AS f ON f.article_id = m.article_id
JOIN store.article_terms AS t ON t.article_id = m.article_id
WHERE m.story_id IN (SELECT story_id FROM store.story_members WHERE article_id IN (SELECT unnest($ids)))
ORDER BY m.story_id, m.position
"""
_SAVE = """
UPDATE store.story_members AS m
SET copy_of = c.copy_of, is_compared = coalesce(m.is_compared, m.copy_of IS NULL)
FROM found_copies AS c WHERE c.article_id = m.article_id
"""


def reread_members(con: duckdb.DuckDBPyConnection, model: str) -> int:
    """Reads every grouped article whose text is another than when it was grouped; returns how many."""
    done = 0
    while rows := con.execute(_CHANGED, {"limit": COMMIT_EVERY}).to_arrow_table().to_pylist():
        ids = [row["article_id"] for row in rows]
        bodies = [row["body"] for row in rows]
        terms = read_all_terms([(row["title"], row["opening"]) for row in rows], bodies)
        with transaction(con):
            save_terms(con, dict(zip(ids, terms, strict=True)), [row["text_hash"] for row in rows])
            _find_copies(con, ids, model)
        done += len(rows)
    return done


def _find_copies(con: duckdb.DuckDBPyConnection, changed: Sequence[int], model: str) -> None:
    table = con.execute(_STORIES, {"ids": changed, "model": model}).to_arrow_table()
    documents = Documents()
    documents.add(document_columns(table))
    ids, before = documents.article_ids, table.column("copy_of").to_pylist()
    is_changed = table.column("is_changed").to_pylist()
    copy_of = list(before)
    for first, end in _runs(table.column("story_id").to_pylist()):
        for row in range(first, end):
            if is_changed[row]:
                _compare(documents, ids, copy_of, row, first, end)
    moved = {ids[row]: copy_of[row] for row in range(len(ids)) if copy_of[row] != before[row]}
    columns = {
        "article_id": pa.array(moved.keys(), pa.int64()),
        "copy_of": pa.array(moved.values(), pa.int64()),
    }
    con.register("found_copies", pa.table(columns))
    con.execute(_SAVE)
    con.unregister("found_copies")


def _compare(
    documents: Documents, ids: list[int], copy_of: list[int | None], row: int, first: int, end: int
) -> None:
    """Sets in `copy_of` what a changed document of a story (rows `first` to `end`) repeats, and what it.

    Only whole texts are compared: what was decided by openings stays where one of the two has no more.
    """
    others = np.array([other for other in range(first, end) if other != row], np.int64)
    pairs = DocumentPairs(
        moments=np.array([row]), rows=np.array([row]), sizes=np.array([len(others)]), others=others
    )
    comparable = have_bodies(documents, pairs)
    if not comparable.any():
        return
    pairs = pairs.only(comparable)
    same_headline = have_same_headline(documents, pairs)
    found = repeat_bodies(documents, pairs, documents.cosines(pairs), same_headline)
    copies, compared = set(pairs.others[found].tolist()), set(pairs.others.tolist())
    original = min((other for other in copies if other < row), default=None)
    if original is not None:
        copy_of[row] = copy_of[original] or ids[original]
    elif copy_of[row] in {ids[other] for other in compared}:
        copy_of[row] = None
    own = copy_of[row] or ids[row]
    for other in range(row + 1, end):
        if other in copies and copy_of[other] is None:
            copy_of[other] = own
        elif copy_of[other] == ids[row]:
            copy_of[other] = None if other in compared - copies else own


def _runs(values: Sequence[int]) -> Iterator[tuple[int, int]]:
    """The places of equal neighbours: the first of each run, and the one after its last."""
    starts = [place for place in range(len(values)) if place == 0 or values[place] != values[place - 1]]
    return zip(starts, [*starts[1:], len(values)], strict=True)
