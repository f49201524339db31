"""Runs an extractor over every new or changed article and stores its rows.

`store.extractions` records, per extractor, the text and the version by which an article was processed. An
article is pending until it has a record of its current text and the current version: a hash over the
files that decide the results.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Protocol

import duckdb
import pyarrow as pa

from warehouse.store.db import rows_table, transaction

COMMIT_EVERY = 2_000
READ_CHARS = 10_000  # some 1,600 words: further down are other matters, and memory is bounded

Rows = list[dict[str, Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class ExtractionInput:
    """An article as extractors see it.

    `lead` is what is read first, `text` the beginning of the whole text; both may be empty. `published_on` is
    None unless the date is trusted.
    """

    article_id: int
    title: str
    lead: str
    text: str
    url: str | None
    published_on: date | None

    @property
    def whole(self) -> str:
        """Title, lead and text, a line each."""
        return "\n".join(part for part in (self.title, self.lead, self.text) if part)


class Extractor(Protocol):
    """Extracts one kind of thing. `tables` has the tables under `store` that it fills, with their columns."""

    name: str
    version: str
    tables: Mapping[str, pa.Schema]

    def extract(self, articles: Sequence[ExtractionInput]) -> dict[str, Rows]:
        """Returns the rows of every table for the articles, each row with its `article_id`."""
        ...


_PENDING = f"""
SELECT a.article_id, a.text_hash, a.title, a.lead, left(a.text, {READ_CHARS}) AS text, a.url,
    CASE WHEN a.date_status IN ('ok', 'too_old') THEN a.published_at::DATE END AS published_on
FROM store.read_articles AS a
WHERE NOT EXISTS (
    FROM store.extractions AS r
    WHERE r.article_id = a.article_id AND r.extractor = $name AND r.text_hash = a.text_hash
        AND r.method = $version
)
ORDER BY a.first_seen_at, a.article_id
LIMIT $limit
"""
_COUNT = f"SELECT count(*) FROM ({_PENDING})"
_EXTRACTED = pa.schema([("article_id", pa.int64()), ("text_hash", pa.int64())])
_SAVE_EXTRACTIONS = """
INSERT OR REPLACE INTO store.extractions (article_id, extractor, text_hash, method)
SELECT article_id, $name, text_hash, $version FROM extracted
"""


def extract_pending(
    con: duckdb.DuckDBPyConnection, extractor: Extractor, on_progress: Callable[[int, int], None]
) -> int:
    """Extracts from every pending article, one transaction per batch.

    Returns how many articles were pending.
    """
    params = {"name": extractor.name, "version": extractor.version, "limit": None}
    row = con.execute(_COUNT, params).fetchone()
    total, done = int(row[0]) if row else 0, 0
    while done < total:
        articles = con.execute(_PENDING, params | {"limit": COMMIT_EVERY}).to_arrow_table().to_pylist()
        extracted = [{"article_id": one["article_id"], "text_hash": one.pop("text_hash")} for one in articles]
        rows = extractor.extract([ExtractionInput(**one) for one in articles])
        _save(con, extractor, extracted, rows)
        done += len(articles)
        on_progress(done, total)
    return total


def _save(
    con: duckdb.DuckDBPyConnection, extractor: Extractor, extracted: Rows, rows: dict[str, Rows]
) -> None:
    with transaction(con):
        con.register("extracted", rows_table(extracted, _EXTRACTED))
        for table, schema in extractor.tables.items():
            con.register("new_rows", rows_table(rows[table], schema))
            columns = ", ".join(schema.names)
            con.execute(f"DELETE FROM store.{table} WHERE article_id IN (SELECT article_id FROM extracted)")
            con.execute(f"INSERT INTO store.{table} ({columns}) SELECT {columns} FROM new_rows")
            con.unregister("new_rows")
        con.execute(_SAVE_EXTRACTIONS, {"name": extractor.name, "version": extractor.version})
        con.unregister("extracted")


def content_version(*files: str | Path) -> str:
    """Returns twelve hex digits over the files' contents; paths are relative to the package `warehouse`."""
    package = Path(__file__).parents[1]
    return hashlib.sha256(b"\0".join((package / file).read_bytes() for file in files)).hexdigest()[:12]
