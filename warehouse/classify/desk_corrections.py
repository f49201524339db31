"""Stores analysts' corrections of desks.

The table is append-only; the views apply the latest correction of an article.
"""

from __future__ import annotations

from datetime import datetime

import duckdb

from warehouse.classify.taxonomy import load_taxonomy
from warehouse.errors import WarehouseError
from warehouse.store.db import to_db

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
        raise WarehouseError(f"article {article_id}", "is not in the warehouse. The view `articles` lists the ids.")
    con.execute(
        _APPEND, {"article_id": article_id, "desk": desk, "corrected_at": to_db(now), "note": " ".join(note.split())}
    )
    return str(row[0])


_PAIRS = (
    "SELECT machine_desk, desk FROM desk_corrections WHERE is_latest AND machine_desk IS NOT NULL ORDER BY article_id"
)


def corrected_pairs(con: duckdb.DuckDBPyConnection) -> list[tuple[str, str]]:
    """Returns the classifier's present desk and the analyst's desk of every corrected article."""
    return [(found, expected) for found, expected in con.execute(_PAIRS).fetchall()]
