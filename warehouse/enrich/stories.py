"""Puts every article into its story, one after the other in the order they were seen. The decisions are cluster.py's."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import duckdb
import pyarrow as pa

from sources.model import stable_id
from warehouse.db import from_db, rows_table, transaction
from warehouse.enrich.cluster import Assignment, Document, StoryIndex
from warehouse.enrich.vectors import column_of_vectors

COMMIT_EVERY = 1_000

# The order decides what an article can join, so it must not depend on when or in what batches enrich was run.
_DOCUMENTS = """
SELECT a.article_id, a.publisher, a.title, coalesce(nullif(a.summary, ''), a.text) AS lead,
    CASE WHEN a.date_status IN ('ok', 'too_old') THEN a.published_at ELSE a.first_seen_at END AS moment,
    f.genre = 'newsletter' AS is_roundup, v.vector, m.story_id, m.copy_of
FROM store.articles AS a
JOIN store.vectors AS v ON v.article_id = a.article_id AND v.model = $model
JOIN store.filings AS f ON f.article_id = a.article_id
LEFT JOIN store.story_members AS m ON m.article_id = a.article_id
WHERE (m.story_id IS NOT NULL) = $assigned
ORDER BY m.position, a.first_seen_at, a.published_at NULLS LAST, a.article_id
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
INSERT INTO store.stories (story_id, created_at)
SELECT story_id, a.first_seen_at FROM assigned JOIN store.articles AS a USING (article_id) WHERE founded;
INSERT INTO store.story_members (article_id, story_id, position, similarity, copy_of)
SELECT article_id, story_id, position, similarity, copy_of FROM assigned
"""


def assign_stories(
    con: duckdb.DuckDBPyConnection, model: str, on_progress: Callable[[int, int], None]
) -> tuple[int, int]:
    """Assigns every filed and embedded article without a story; returns (articles assigned, stories founded)."""
    pending = list(_documents(con, model, assigned=False))
    if not pending:
        return 0, 0
    index = StoryIndex(new_story_id=lambda article_id: stable_id("story", str(article_id)))
    position = 0
    for document, story_id, copy_of in _documents(con, model, assigned=True):
        index.restore(document, story_id, copy_of)
        position += 1
    founded = 0
    for start in range(0, len(pending), COMMIT_EVERY):
        assignments = index.assign_all([document for document, _, _ in pending[start : start + COMMIT_EVERY]])
        _save(con, assignments, position)
        position += len(assignments)
        founded += sum(assignment.founded for assignment in assignments)
        on_progress(start + len(assignments), len(pending))
    return len(pending), founded


def _documents(
    con: duckdb.DuckDBPyConnection, model: str, *, assigned: bool
) -> Iterator[tuple[Document, int, int | None]]:
    table = con.execute(_DOCUMENTS, {"model": model, "assigned": assigned}).to_arrow_table()
    vectors = column_of_vectors(table.column("vector"))
    for number, row in enumerate(table.drop_columns(["vector"]).to_pylist()):
        moment = from_db(row["moment"])
        assert moment is not None  # noqa: S101 - first_seen_at is NOT NULL
        yield (
            Document(
                article_id=row["article_id"],
                publisher=row["publisher"],
                title=row["title"],
                text=row["lead"],
                moment=moment,
                vector=vectors[number],
                is_roundup=row["is_roundup"],
            ),
            row["story_id"],
            row["copy_of"],
        )


def _save(con: duckdb.DuckDBPyConnection, assignments: list[Assignment], position: int) -> None:
    rows = [
        {
            "article_id": made.article_id,
            "story_id": made.story_id,
            "position": position + number,
            "similarity": made.similarity,
            "copy_of": made.copy_of,
            "founded": made.founded,
        }
        for number, made in enumerate(assignments)
    ]
    with transaction(con):
        con.register("assigned", rows_table(rows, _MEMBERS))
        con.execute(_SAVE)
        con.unregister("assigned")
