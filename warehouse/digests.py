"""The ledger of issues: what each weekly digest covered. The digest itself is made in reports/."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import duckdb

from warehouse.db import to_db


@dataclass(frozen=True, slots=True, kw_only=True)
class DigestRecord:
    """One issue: its ISO week, data cut-off (aware UTC), counts, and a hash of all it prints."""

    week: str
    watermark: datetime
    article_count: int
    story_count: int
    content_hash: int


# The same issue made again is no new issue: its time stays.
_SAVE = """
MERGE INTO store.digests AS known
USING (SELECT $week AS week, $content_hash AS content_hash) AS made ON made.week = known.week
WHEN MATCHED AND made.content_hash <> known.content_hash THEN UPDATE SET generated_at = $now, watermark = $watermark,
    article_count = $article_count, story_count = $story_count, content_hash = $content_hash
WHEN NOT MATCHED THEN INSERT (week, generated_at, watermark, article_count, story_count, content_hash)
    VALUES ($week, $now, $watermark, $article_count, $story_count, $content_hash)
"""


def save_digest(con: duckdb.DuckDBPyConnection, record: DigestRecord, now: datetime) -> None:
    """Enters an issue in the ledger, over an earlier issue of the same week if it differs."""
    con.execute(
        _SAVE,
        {
            "week": record.week,
            "content_hash": record.content_hash,
            "now": to_db(now),
            "watermark": to_db(record.watermark),
            "article_count": record.article_count,
            "story_count": record.story_count,
        },
    )
