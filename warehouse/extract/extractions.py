"""Reads every new or changed article with a reader and stores what it found. What there is to find, the readers know.

A reader's ledger is `store.extractions`: an article is pending until it was read with its current text by the current method.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Protocol

import duckdb
import pyarrow as pa

from warehouse.store.db import rows_table, transaction

COMMIT_EVERY = 2_000

Rows = list[dict[str, Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class ExtractionInput:
    """An article as readers see it. `published_on` is None unless its date can be trusted; `text` may be empty."""

    article_id: int
    title: str
    summary: str
    text: str
    url: str | None
    published_on: date | None


class Extractor(Protocol):
    """What reads one kind of thing: `tables` are the tables it fills (under `store`) with their columns."""

    name: str
    version: str
    tables: Mapping[str, pa.Schema]

    def read(self, articles: Sequence[ExtractionInput]) -> dict[str, Rows]:
        """The rows of every table for the articles, each with its `article_id`."""
        ...


_PENDING = """
SELECT a.article_id, a.text_hash, a.title, a.summary, a.text, a.url,
    CASE WHEN a.date_status IN ('ok', 'too_old') THEN a.published_at::DATE END AS published_on
FROM store.articles AS a
WHERE NOT EXISTS (
    FROM store.extractions AS r
    WHERE r.article_id = a.article_id AND r.extractor = $extractor AND r.text_hash = a.text_hash AND r.method = $method
)
ORDER BY a.first_seen_at, a.article_id
LIMIT $limit
"""
_COUNT = f"SELECT count(*) FROM ({_PENDING})"
_LEDGER = pa.schema(
    [("article_id", pa.int64()), ("extractor", pa.string()), ("text_hash", pa.int64()), ("method", pa.string())]
)
_SAVE_LEDGER = """
INSERT OR REPLACE INTO store.extractions (article_id, extractor, text_hash, method)
SELECT article_id, extractor, text_hash, method FROM read_now
"""


def extract_pending(con: duckdb.DuckDBPyConnection, reader: Extractor, on_progress: Callable[[int, int], None]) -> int:
    """Reads all that is pending for the reader, a transaction a batch; returns how many articles that were."""
    asked = {"extractor": reader.name, "method": reader.version, "limit": None}
    row = con.execute(_COUNT, asked).fetchone()
    total, done = int(row[0]) if row else 0, 0
    while done < total:
        rows = con.execute(_PENDING, asked | {"limit": COMMIT_EVERY}).to_arrow_table().to_pylist()
        found = reader.read(
            [ExtractionInput(**{name: value for name, value in row.items() if name != "text_hash"}) for row in rows]
        )
        ledger = [
            {
                "article_id": row["article_id"],
                "extractor": reader.name,
                "text_hash": row["text_hash"],
                "method": reader.version,
            }
            for row in rows
        ]
        _save(con, reader, ledger, found)
        done += len(rows)
        on_progress(done, total)
    return total


def _save(con: duckdb.DuckDBPyConnection, reader: Extractor, ledger: Rows, found: dict[str, Rows]) -> None:
    with transaction(con):
        con.register("read_now", rows_table(ledger, _LEDGER))
        for table, schema in reader.tables.items():
            con.register("found_now", rows_table(found[table], schema))
            columns = ", ".join(schema.names)
            con.execute(f"DELETE FROM store.{table} WHERE article_id IN (SELECT article_id FROM read_now)")
            con.execute(f"INSERT INTO store.{table} ({columns}) SELECT {columns} FROM found_now")
            con.unregister("found_now")
        con.execute(_SAVE_LEDGER)
        con.unregister("read_now")
