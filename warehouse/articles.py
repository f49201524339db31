"""Writes articles: new ones in, changed texts over their old ones, known ones left alone. Counts every entry once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import duckdb
import pyarrow as pa

from sources.model import ParsedFeed
from warehouse.db import rows_table, to_db


@dataclass(frozen=True, slots=True, kw_only=True)
class SaveCounts:
    """What became of a feed's entries; the four add up to their number."""

    new: int = 0
    updated: int = 0
    unchanged: int = 0
    rejected: int = 0

    def __add__(self, other: SaveCounts) -> SaveCounts:
        return SaveCounts(
            new=self.new + other.new,
            updated=self.updated + other.updated,
            unchanged=self.unchanged + other.unchanged,
            rejected=self.rejected + other.rejected,
        )


_SCHEMA = pa.schema(
    [
        ("article_id", pa.int64()),
        ("source_id", pa.string()),
        ("publisher", pa.string()),
        ("url", pa.string()),
        ("title", pa.string()),
        ("summary", pa.string()),
        ("text", pa.string()),
        ("language", pa.string()),
        ("published_at", pa.timestamp("us")),
        ("date_status", pa.string()),
        ("first_seen_at", pa.timestamp("us")),
        ("text_hash", pa.int64()),
    ]
)
# A second feed that brings the same article in other words does not rewrite it: its first source speaks for it.
_UPDATE = """
UPDATE store.articles AS known
SET title = came.title, summary = came.summary, text = came.text, text_hash = came.text_hash, updated_at = $now
FROM arrivals AS came
WHERE came.article_id = known.article_id AND came.source_id = known.source_id AND came.text_hash <> known.text_hash
"""
_INSERT = """
INSERT INTO store.articles (article_id, source_id, publisher, url, title, summary, text, language, published_at,
    date_status, first_seen_at, updated_at, text_hash)
SELECT article_id, source_id, publisher, url, title, summary, text, language, published_at, date_status,
    first_seen_at, first_seen_at, text_hash
FROM arrivals AS came
WHERE NOT EXISTS (FROM store.articles AS known WHERE known.article_id = came.article_id)
"""


def save_articles(con: duckdb.DuckDBPyConnection, feed: ParsedFeed, now: datetime) -> SaveCounts:
    """Stores a feed's articles inside the caller's transaction. A bumped date alone changes nothing: the first date stays."""
    if not feed.articles:
        return SaveCounts(rejected=len(feed.rejections))
    rows = [
        {name: getattr(article, name) for name in _SCHEMA.names}
        | {
            "date_status": article.date_status.value,
            "published_at": to_db(article.published_at),
            "first_seen_at": to_db(article.first_seen_at),
        }
        for article in feed.articles
    ]
    con.register("arrivals", rows_table(rows, _SCHEMA))
    updated = _changed(con.execute(_UPDATE, {"now": to_db(now)}))
    new = _changed(con.execute(_INSERT))
    con.unregister("arrivals")
    return SaveCounts(new=new, updated=updated, unchanged=len(rows) - new - updated, rejected=len(feed.rejections))


def _changed(done: duckdb.DuckDBPyConnection) -> int:
    row = done.fetchone()
    return int(row[0]) if row else 0
