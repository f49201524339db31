"""Analysts' corrections of a desk: append-only, the latest of an article holds. The views obey them; this only writes them down."""

from __future__ import annotations

from datetime import datetime

import duckdb

from warehouse.classify.desk_classifier import LABELS
from warehouse.errors import WarehouseError
from warehouse.store.db import to_db

_IS_THERE = "SELECT title FROM store.articles WHERE article_id = $article_id"
_APPEND = """
INSERT INTO store.desk_corrections (article_id, number, desk, corrected_at, note)
SELECT $article_id, coalesce(max(number), 0) + 1, $desk, $corrected_at, $note
FROM store.desk_corrections WHERE article_id = $article_id
"""


def correct_desk(con: duckdb.DuckDBPyConnection, article_id: int, desk: str, note: str, now: datetime) -> str:
    """Records that an article belongs to `desk`; returns its title. WarehouseError if there is no such desk or article."""
    if desk not in LABELS:
        raise WarehouseError(desk, f"is no desk. Choose one of {', '.join(LABELS)}.")
    row = con.execute(_IS_THERE, {"article_id": article_id}).fetchone()
    if row is None:
        raise WarehouseError(f"article {article_id}", "is not in the warehouse. The view `articles` lists the ids.")
    con.execute(
        _APPEND, {"article_id": article_id, "desk": desk, "corrected_at": to_db(now), "note": " ".join(note.split())}
    )
    return str(row[0])


_SCORED = (
    "SELECT machine_desk, desk FROM desk_corrections WHERE is_latest AND machine_desk IS NOT NULL ORDER BY article_id"
)


def corrected_pairs(con: duckdb.DuckDBPyConnection) -> list[tuple[str, str]]:
    """What the machine says of every corrected article today, and what the analyst said."""
    return [(found, meant) for found, meant in con.execute(_SCORED).fetchall()]
