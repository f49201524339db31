"""Classifies pending articles and stores genre, desks and reasons; stores analysts' corrections of desks.

The table of corrections is append-only. The classifier's results are never edited: the
views apply the latest correction.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from warehouse.classify.desk_classifier import NO_HEADS, Classification, DeskClassifier, Text
from warehouse.classify.passages import READ_CHARS, passages_of
from warehouse.classify.taxonomy import load_taxonomy
from warehouse.embed.vectors import column_of_vectors
from warehouse.errors import WarehouseError
from warehouse.store.db import rows_table, to_db, transaction

COMMIT_EVERY = 2_000
_NO_VECTOR = np.zeros(0, np.float32)

_PENDING = """
SELECT a.article_id, a.text_hash, a.title, a.lead AS summary,
    coalesce(s.kind, 'news') AS source_kind, a.publisher, a.url, left(a.text, $read_chars) AS text, v.vector,
    v.head_outputs
FROM store.read_articles AS a
JOIN store.vectors AS v ON v.article_id = a.article_id AND v.model = $model AND v.text_hash = a.text_hash
LEFT JOIN store.sources AS s ON s.source_id = a.source_id
WHERE NOT EXISTS (
    FROM store.classifications AS c
    WHERE c.article_id = a.article_id AND c.text_hash = a.text_hash
        AND c.method = concat($method, '+', coalesce(s.kind, 'news'))
)
ORDER BY a.first_seen_at, a.article_id
LIMIT $limit
"""
_COUNT = f"SELECT count(*) FROM ({_PENDING})"
_CLASSIFICATIONS = pa.schema(
    [
        ("article_id", pa.int64()),
        ("text_hash", pa.int64()),
        ("method", pa.string()),
        ("genre", pa.string()),
        ("significance", pa.float64()),
    ]
)
_DESKS = pa.schema(
    [
        ("article_id", pa.int64()),
        ("desk", pa.string()),
        ("score", pa.float64()),
        ("is_primary", pa.bool_()),
        ("is_filed", pa.bool_()),
        ("reasons", pa.string()),
    ]
)
_SAVE = """
DELETE FROM store.article_desks WHERE article_id IN (SELECT article_id FROM new_classifications);
INSERT INTO store.article_desks (article_id, desk, score, is_primary, is_filed, reasons)
SELECT article_id, desk, score, is_primary, is_filed, reasons FROM new_desks;
INSERT OR REPLACE INTO store.classifications (article_id, text_hash, method, genre, significance)
SELECT article_id, text_hash, method, genre, significance FROM new_classifications
"""


def classify_pending(
    con: duckdb.DuckDBPyConnection,
    classifier: DeskClassifier,
    model: str,
    on_progress: Callable[[int, int], None],
) -> int:
    """Classifies embedded articles whose current text and source kind this version has not classified.

    Returns how many articles were pending.
    """
    method = f"{classifier.version}+{model}"
    has_vectors = classifier.accepts_vectors_of(model)
    params = {"model": model, "method": method, "read_chars": READ_CHARS}
    row = con.execute(_COUNT, params | {"limit": None}).fetchone()
    total, done = int(row[0]) if row else 0, 0
    while done < total:
        table = con.execute(_PENDING, params | {"limit": COMMIT_EVERY}).to_arrow_table()
        vectors = column_of_vectors(table.column("vector"))
        heads = [_heads(one) for one in table.column("head_outputs").to_pylist()]
        rows = table.drop_columns(["vector", "head_outputs"]).to_pylist()
        classifications = classifier.classify_all(
            [
                Text(
                    title=row["title"],
                    summary=row["summary"],
                    source_kind=row["source_kind"],
                    publisher=row["publisher"],
                    url=row["url"],
                    vector=vectors[number] if has_vectors else _NO_VECTOR,
                    head_outputs=heads[number] if has_vectors else NO_HEADS,
                    passages=passages_of(row["text"]),
                )
                for number, row in enumerate(rows)
            ]
        )
        _save(con, rows, classifications, method)
        done += len(rows)
        on_progress(done, total)
    return total


def _save(
    con: duckdb.DuckDBPyConnection,
    rows: Sequence[dict[str, Any]],
    classifications: Sequence[Classification],
    method: str,
) -> None:
    new_classifications = [
        {
            "article_id": row["article_id"],
            "text_hash": row["text_hash"],
            "method": f"{method}+{row['source_kind']}",
            "genre": classification.genre,
            "significance": classification.significance,
        }
        for row, classification in zip(rows, classifications, strict=True)
    ]
    new_desks = [
        desk
        for row, classification in zip(rows, classifications, strict=True)
        for desk in _desk_rows(row["article_id"], classification)
    ]
    with transaction(con):
        con.register("new_classifications", rows_table(new_classifications, _CLASSIFICATIONS))
        con.register("new_desks", rows_table(new_desks, _DESKS))
        con.execute(_SAVE)
        con.unregister("new_classifications")
        con.unregister("new_desks")


def _desk_rows(article_id: int, classification: Classification) -> Iterator[dict[str, Any]]:
    """A row per label: those that the article is filed at with reasons, the others for their probability."""
    filed = {desk.desk: desk for desk in classification.desks}
    for label, probability in classification.probabilities.items():
        desk = filed.get(label)
        yield {
            "article_id": article_id,
            "desk": label,
            "score": probability,
            "is_primary": desk is not None and desk.is_primary,
            "is_filed": desk is not None,
            "reasons": desk.reasons if desk else "",
        }


def _heads(outputs: Sequence[float] | None) -> NDArray[np.float32]:
    return np.array(outputs, np.float32) if outputs else NO_HEADS


_TITLE = "SELECT title FROM store.articles WHERE article_id = $article_id"
_APPEND = """
INSERT INTO store.desk_corrections (article_id, number, desk, corrected_at, note)
SELECT $article_id, coalesce(max(number), 0) + 1, $desk, $corrected_at, $note
FROM store.desk_corrections WHERE article_id = $article_id
"""


def correct_desk(con: duckdb.DuckDBPyConnection, article_id: int, desk: str, note: str, now: datetime) -> str:
    """Stores a correction and returns the article's title.

    Raises WarehouseError if desk or article does not exist.
    """
    labels = load_taxonomy().labels
    if desk not in labels:
        raise WarehouseError(desk, f"is no desk. Choose one of {', '.join(labels)}.")
    row = con.execute(_TITLE, {"article_id": article_id}).fetchone()
    if row is None:
        raise WarehouseError(
            f"article {article_id}", "is not in the warehouse. The view `articles` lists the ids."
        )
    con.execute(
        _APPEND,
        {"article_id": article_id, "desk": desk, "corrected_at": to_db(now), "note": " ".join(note.split())},
    )
    return str(row[0])


_PAIRS = (
    "SELECT machine_desk, desk FROM desk_corrections WHERE is_latest AND machine_desk IS NOT NULL "
    "ORDER BY article_id"
)


def corrected_pairs(con: duckdb.DuckDBPyConnection) -> list[tuple[str, str]]:
    """Returns the classifier's present desk and the analyst's desk of every corrected article."""
    return [(found, expected) for found, expected in con.execute(_PAIRS).fetchall()]
