"""Keeps what a model makes of each article; reads what is new or changed. Each batch is committed."""

from __future__ import annotations

from collections.abc import Callable

import duckdb
import numpy as np
import pyarrow as pa

from warehouse.embed.encoder import Embedder, Reading, Vectors, read_articles, text_to_embed
from warehouse.store.db import transaction

COMMIT_EVERY = 256

_PENDING = """
SELECT article_id, text_hash, title, lead
FROM store.read_articles AS a
WHERE NOT EXISTS (
    FROM store.vectors AS v
    WHERE v.article_id = a.article_id AND v.model = $model AND v.text_hash = a.text_hash
)
ORDER BY first_seen_at, article_id
"""
_SAVE = """
INSERT OR REPLACE INTO store.vectors (article_id, model, text_hash, vector, head_outputs)
SELECT article_id, $model, text_hash, vector, head_outputs FROM embedded
"""
_NAME_SET = """
INSERT OR IGNORE INTO store.embedding_models (model, name, revision, dimension)
SELECT $model, split_part($model, '@', 1), split_part($model, '@', 2), $dimension
"""


def embed_pending(
    con: duckdb.DuckDBPyConnection, embedder: Embedder, on_progress: Callable[[int, int], None]
) -> int:
    """Embeds every article whose text lacks a vector of this model; returns how many."""
    pending = con.execute(_PENDING, {"model": embedder.model}).fetchall()
    if pending:
        on_progress(0, len(pending))  # loading the model takes some seconds before the first batch is done
    for start in range(0, len(pending), COMMIT_EVERY):
        batch = pending[start : start + COMMIT_EVERY]
        reading = read_articles(embedder, [text_to_embed(title, lead) for _, _, title, lead in batch])
        with transaction(con):
            con.register("embedded", _table([row[0] for row in batch], [row[1] for row in batch], reading))
            con.execute(_NAME_SET, {"model": embedder.model, "dimension": reading.vectors.shape[1]})
            con.execute(_SAVE, {"model": embedder.model})
            con.unregister("embedded")
        on_progress(start + len(batch), len(pending))
    return len(pending)


def _table(article_ids: list[int], text_hashes: list[int], reading: Reading) -> pa.Table:
    values = pa.array(reading.vectors.reshape(-1), pa.float32())
    return pa.table(
        {
            "article_id": pa.array(article_ids, pa.int64()),
            "text_hash": pa.array(text_hashes, pa.int64()),
            "vector": pa.FixedSizeListArray.from_arrays(values, reading.vectors.shape[1]),
            "head_outputs": pa.array(reading.head_outputs.tolist(), pa.list_(pa.float32())),
        }
    )


def column_of_vectors(column: pa.ChunkedArray) -> Vectors:
    """Returns an Arrow column of equal lists as a matrix, float32, (rows, dimension); (0, 0) if empty."""
    flat: Vectors = (
        column.combine_chunks().flatten().to_numpy(zero_copy_only=False).astype(np.float32, copy=False)
    )
    return flat.reshape(len(column), -1) if len(column) else flat.reshape(0, 0)
