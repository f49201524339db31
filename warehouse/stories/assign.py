"""Assigns every article to a story in the order of first sight. The decisions are in cluster.py.

The documents that new ones can join, and those that statistics count, are restored from the warehouse first.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
from scipy.sparse import csr_array

from sources.model import stable_id
from warehouse.embed.vectors import column_of_vectors
from warehouse.store.db import from_db, rows_table, transaction
from warehouse.stories.cluster import PARAMETERS, Assignment, StoryIndex
from warehouse.stories.documents import DAY_S, TERM_FIELDS, Document, DocumentColumns, days_since_1970
from warehouse.stories.similarity import RECENT_DOCUMENTS
from warehouse.stories.story_changes import Change, record_change
from warehouse.stories.story_corrections import load_constraints
from warehouse.stories.terms import BODY_CHARS, TERM_BUCKETS, Terms, read_all_terms, title_opening

# A collection runs once an hour, and again if it was killed: which of its attempts saw an article first must
# not matter (docs/decisions/0045).
HOUR = "date_trunc('hour', a.first_seen_at)"
# The publication date, where the article states a credible one; else when it was first seen.
MOMENT = f"CASE WHEN a.date_status IN ('ok', 'too_old') THEN a.published_at ELSE {HOUR} END"
TERM_COLUMNS = ", ".join(f'coalesce(t."{name}", []) AS "terms_{name}"' for name in TERM_FIELDS)
_ASSIGNED = f"""
SELECT m.article_id, a.publisher, a.title, epoch({MOMENT}) / {DAY_S} AS day, v.vector,
    f.genre = 'newsletter' AS is_roundup, m.story_id, m.copy_of,
    coalesce(m.is_compared, m.copy_of IS NULL) AS is_compared, m.position, s.creation_order, {TERM_COLUMNS}
FROM store.story_members AS m
JOIN store.articles AS a ON a.article_id = m.article_id
JOIN store.vectors AS v ON v.article_id = m.article_id AND v.model = $model
JOIN store.classifications AS f ON f.article_id = m.article_id
JOIN store.article_terms AS t ON t.article_id = m.article_id
JOIN store.stories AS s ON s.story_id = m.story_id
WHERE m.position >= $first_counted
    OR EXISTS (FROM periods AS p WHERE epoch({MOMENT}) / {DAY_S} BETWEEN p.since AND p.until)
    OR m.article_id IN (
        SELECT article_id FROM store.story_constraints
        UNION SELECT other_article_id FROM store.story_constraints
    )
ORDER BY m.position
"""
_COUNTS = """
SELECT (SELECT coalesce(max(position) + 1, 0) FROM store.story_members),
    (SELECT coalesce(max(creation_order) + 1, 0) FROM store.stories)
"""


def restore_window(
    con: duckdb.DuckDBPyConnection, index: StoryIndex, model: str, days: Iterable[float], window_days: float
) -> int:
    """Restores into the index what documents of these days (since 1970) need; returns the assigned count.

    Articles with a constraint are restored whatever their day: others may be linked with them.
    """
    ((positions, founded),) = con.execute(_COUNTS).fetchall()
    con.register("periods", _periods(days, window_days))
    first_counted = max(0, positions - RECENT_DOCUMENTS)
    table = con.execute(_ASSIGNED, {"model": model, "first_counted": first_counted}).to_arrow_table()
    con.unregister("periods")
    story_ids = table.column("story_id").to_pylist()
    index.restore(
        document_columns(table),
        story_ids,
        table.column("copy_of").to_pylist(),
        table.column("is_compared").to_pylist(),
        ages=dict(zip(story_ids, table.column("creation_order").to_pylist(), strict=True)),
        founded=founded,
        counted=int(np.sum(table.column("position").to_numpy() >= first_counted)),
    )
    return int(positions)


def _periods(days: Iterable[float], window_days: float) -> pa.Table:
    """The periods inside the window of any of the days, joined where they overlap."""
    since: list[float] = []
    until: list[float] = []
    for day in sorted(days):
        # A little wider than the window: what is on its edge must not depend on how a day is rounded.
        if until and day - window_days - 0.01 <= until[-1]:
            until[-1] = day + window_days + 0.01
        else:
            since.append(day - window_days - 0.01)
            until.append(day + window_days + 0.01)
    return pa.table({"since": pa.array(since, pa.float64()), "until": pa.array(until, pa.float64())})


def document_columns(table: pa.Table) -> DocumentColumns:
    """The documents of a query's result: id, publisher, title, day, vector, is_roundup, `TERM_COLUMNS`."""
    return DocumentColumns(
        article_ids=table.column("article_id").to_numpy(),
        publishers=table.column("publisher").to_pylist(),
        title_openings=[title_opening(title) for title in table.column("title").to_pylist()],
        days=table.column("day").to_numpy(),
        vectors=column_of_vectors(table.column("vector")),
        is_roundup=table.column("is_roundup").to_numpy(),
        terms={name: _term_matrix(table.column(f"terms_{name}")) for name in TERM_FIELDS},
    )


def _term_matrix(column: pa.ChunkedArray) -> csr_array:
    lists = column.combine_chunks()
    ids = lists.flatten().to_numpy(zero_copy_only=False).astype(np.int32, copy=False)
    ends = lists.offsets.to_numpy() - lists.offsets[0].as_py()
    return csr_array((np.ones(len(ids), np.int8), ids, ends), shape=(len(lists), TERM_BUCKETS))


def save_terms(
    con: duckdb.DuckDBPyConnection, terms: Mapping[int, Terms], text_hashes: Sequence[int | None]
) -> None:
    """Stores the terms of articles with the hashes of their texts, in the caller's transaction."""
    columns = {
        "article_id": pa.array(terms.keys(), pa.int64()),
        "text_hash": pa.array(text_hashes, pa.int64()),
    }
    for name in TERM_FIELDS:
        columns[name] = pa.array([getattr(one, name) for one in terms.values()], pa.list_(pa.int32()))
    names = ", ".join(f'"{name}"' for name in columns)
    con.register("read_terms", pa.table(columns))
    con.execute(f"INSERT OR REPLACE INTO store.article_terms ({names}) SELECT {names} FROM read_terms")
    con.unregister("read_terms")


COMMIT_EVERY = 1_000

# The order decides what an article can join, so it must not depend on when or in what batches enrich was run,
# nor on the order in which the feeds of an hour answered.
READ = f"a.title, a.opening, left(a.text, {BODY_CHARS}) AS body, a.text_hash"
_PENDING = f"""
SELECT a.article_id, a.publisher, {READ}, {MOMENT} AS moment,
    f.genre = 'newsletter' AS is_roundup, a.first_seen_at, v.vector
FROM store.read_articles AS a
JOIN store.vectors AS v ON v.article_id = a.article_id AND v.model = $model
JOIN store.classifications AS f ON f.article_id = a.article_id
WHERE NOT EXISTS (FROM store.story_members AS m WHERE m.article_id = a.article_id)
ORDER BY {HOUR}, a.published_at NULLS LAST, a.article_id
"""
_MEMBERS = pa.schema(
    [
        ("article_id", pa.int64()),
        ("story_id", pa.int64()),
        ("position", pa.int64()),
        ("similarity", pa.float64()),
        ("copy_of", pa.int64()),
        ("is_compared", pa.bool_()),
        ("founded", pa.bool_()),
    ]
)
_SAVE = """
INSERT INTO store.stories (story_id, created_at, creation_order)
SELECT story_id, a.first_seen_at,
    (SELECT coalesce(max(creation_order) + 1, 0) FROM store.stories)
        + row_number() OVER (ORDER BY position) - 1
FROM assigned JOIN store.articles AS a USING (article_id) WHERE founded;
INSERT INTO store.story_members (article_id, story_id, position, similarity, copy_of, is_compared)
SELECT article_id, story_id, position, similarity, copy_of, is_compared FROM assigned
"""


def assign_stories(
    con: duckdb.DuckDBPyConnection, model: str, on_progress: Callable[[int, int], None]
) -> tuple[int, int]:
    """Assigns every classified, embedded article without a story. Returns (assigned, founded stories)."""
    pending = con.execute(_PENDING, {"model": model}).to_arrow_table()
    if not len(pending):
        return 0, 0
    on_progress(0, len(pending))  # restoring a large window takes some seconds
    index = StoryIndex(
        new_story_id=lambda article_id: stable_id("story", str(article_id)),
        parameters=PARAMETERS,
        constraints=load_constraints(con),
    )
    days = [days_since_1970(from_db(moment)) for moment in pending.column("moment").to_pylist()]
    position = restore_window(con, index, model, days, PARAMETERS.window_days)
    founded = 0
    for start in range(0, len(pending), COMMIT_EVERY):
        batch = pending.slice(start, COMMIT_EVERY)
        documents, rows = _documents(batch)
        assignments = index.assign_all(documents)
        with transaction(con):
            terms = {document.article_id: document.terms for document in documents}
            save_terms(con, terms, [row["text_hash"] for row in rows])
            _save(con, assignments, rows, position)
        position += len(assignments)
        founded += sum(assignment.founded for assignment in assignments)
        on_progress(start + len(assignments), len(pending))
    return len(pending), founded


def _documents(batch: pa.Table) -> tuple[list[Document], list[dict[str, Any]]]:
    vectors = column_of_vectors(batch.column("vector"))
    rows = batch.drop_columns(["vector"]).to_pylist()
    terms = read_all_terms([(row["title"], row["opening"]) for row in rows], [row["body"] for row in rows])
    documents = [
        Document(
            article_id=row["article_id"],
            publisher=row["publisher"],
            terms=found,
            moment=from_db(row["moment"]),
            vector=vector,
            title_opening=title_opening(row["title"]),
            is_roundup=row["is_roundup"],
        )
        for row, found, vector in zip(rows, terms, vectors, strict=True)
    ]
    return documents, rows


def _save(
    con: duckdb.DuckDBPyConnection,
    assignments: Sequence[Assignment],
    rows: Sequence[dict[str, Any]],
    position: int,
) -> None:
    members = [
        {
            "article_id": one.article_id,
            "story_id": one.story_id,
            "position": position + number,
            "similarity": one.similarity,
            "copy_of": one.copy_of,
            "is_compared": one.is_compared,
            "founded": one.founded,
        }
        for number, one in enumerate(assignments)
    ]
    con.register("assigned", rows_table(members, _MEMBERS))
    con.execute(_SAVE)
    con.unregister("assigned")
    for one, row in zip(assignments, rows, strict=True):
        for merged in one.merged:
            record_change(
                con,
                Change(
                    event="merged",
                    story_id=merged,
                    other_story_id=one.story_id,
                    at=from_db(row["first_seen_at"]),
                    reason="an article fits both, and they are as similar as one story",
                    article_id=one.article_id,
                ),
            )
