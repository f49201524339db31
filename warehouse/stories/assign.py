"""Assigns every article to a story, in the order in which they were first seen. The decisions are in cluster.py."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import duckdb
import pyarrow as pa

from sources.model import stable_id
from warehouse.embed.vectors import column_of_vectors
from warehouse.store.db import from_db, rows_table, transaction
from warehouse.stories.cluster import PARAMETERS, Assignment, StoryIndex
from warehouse.stories.documents import Document, days_since_1970
from warehouse.stories.story_changes import Change, record_change
from warehouse.stories.story_corrections import load_constraints
from warehouse.stories.terms import read_all_terms
from warehouse.stories.window import LEAD, MOMENT, restore_window, save_terms

COMMIT_EVERY = 1_000

# The order decides what an article can join, so it must not depend on when or in what batches enrich was run.
_PENDING = f"""
SELECT a.article_id, a.publisher, a.title, {LEAD} AS lead, {MOMENT} AS moment, f.genre = 'newsletter' AS is_roundup,
    a.first_seen_at, v.vector
FROM store.articles AS a
JOIN store.vectors AS v ON v.article_id = a.article_id AND v.model = $model
JOIN store.classifications AS f ON f.article_id = a.article_id
WHERE NOT EXISTS (FROM store.story_members AS m WHERE m.article_id = a.article_id)
ORDER BY a.first_seen_at, a.published_at NULLS LAST, a.article_id
"""
_MEMBERS = pa.schema(
    [
        ("article_id", pa.int64()),
        ("story_id", pa.int64()),
        ("position", pa.int64()),
        ("similarity", pa.float64()),
        ("copy_of", pa.int64()),
        ("founded", pa.bool_()),
    ]
)
_SAVE = """
INSERT INTO store.stories (story_id, created_at, creation_order)
SELECT story_id, a.first_seen_at,
    (SELECT coalesce(max(creation_order) + 1, 0) FROM store.stories) + row_number() OVER (ORDER BY position) - 1
FROM assigned JOIN store.articles AS a USING (article_id) WHERE founded;
INSERT INTO store.story_members (article_id, story_id, position, similarity, copy_of)
SELECT article_id, story_id, position, similarity, copy_of FROM assigned
"""


def assign_stories(
    con: duckdb.DuckDBPyConnection, model: str, on_progress: Callable[[int, int], None]
) -> tuple[int, int]:
    """Assigns every classified and embedded article without a story; returns (articles assigned, stories founded)."""
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
            save_terms(con, {document.article_id: document.terms for document in documents})
            _save(con, assignments, rows, position)
        position += len(assignments)
        founded += sum(assignment.founded for assignment in assignments)
        on_progress(start + len(assignments), len(pending))
    return len(pending), founded


def _documents(batch: pa.Table) -> tuple[list[Document], list[dict[str, Any]]]:
    vectors = column_of_vectors(batch.column("vector"))
    rows = batch.drop_columns(["vector"]).to_pylist()
    terms = read_all_terms([(row["title"], row["lead"]) for row in rows])
    documents = [
        Document(
            article_id=row["article_id"],
            publisher=row["publisher"],
            terms=found,
            moment=from_db(row["moment"]),
            vector=vector,
            is_roundup=row["is_roundup"],
        )
        for row, found, vector in zip(rows, terms, vectors, strict=True)
    ]
    return documents, rows


def _save(
    con: duckdb.DuckDBPyConnection, assignments: Sequence[Assignment], rows: Sequence[dict[str, Any]], position: int
) -> None:
    members = [
        {
            "article_id": one.article_id,
            "story_id": one.story_id,
            "position": position + number,
            "similarity": one.similarity,
            "copy_of": one.copy_of,
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
