"""Records issues of the weekly digest: what each covered and counted. reports/ builds the digest."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import duckdb

from warehouse.store.db import from_db, to_db, transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class IssueRecord:
    """One issue: ISO week, watermark (aware UTC), counts in total and by desk, and a hash of its content."""

    week: str
    watermark: datetime
    articles: int
    stories: int
    desks: Mapping[str, int]
    content_hash: int


# The same issue built again keeps its time.
_SAVE = """
MERGE INTO store.issues AS known
USING (SELECT $week AS week, $watermark::TIMESTAMP AS watermark, $content_hash AS content_hash) AS made
ON made.week = known.week AND made.watermark = known.watermark
WHEN MATCHED AND made.content_hash <> known.content_hash THEN UPDATE SET generated_at = $now,
    article_count = $articles, story_count = $stories, content_hash = $content_hash
WHEN NOT MATCHED THEN INSERT (week, watermark, generated_at, article_count, story_count, content_hash)
    VALUES ($week, $watermark, $now, $articles, $stories, $content_hash)
"""
_SAVE_DESK = """
INSERT OR REPLACE INTO store.issue_desks (week, watermark, desk, story_count)
VALUES ($week, $watermark, $desk, $stories)
"""


def save_issue(con: duckdb.DuckDBPyConnection, record: IssueRecord, now: datetime) -> None:
    """Saves an issue, over an earlier one of the same week and cut-off if it differs."""
    issue = {"week": record.week, "watermark": to_db(record.watermark)}
    with transaction(con):
        con.execute(
            _SAVE,
            issue
            | {
                "content_hash": record.content_hash,
                "now": to_db(now),
                "articles": record.articles,
                "stories": record.stories,
            },
        )
        for desk, stories in record.desks.items():
            con.execute(_SAVE_DESK, issue | {"desk": desk, "stories": stories})


_HASH = "SELECT content_hash FROM store.issues WHERE week = $week AND watermark = $watermark"


def issue_hash(con: duckdb.DuckDBPyConnection, week: str, watermark: datetime) -> int | None:
    """Returns the content hash of the issue of `week` with that cut-off; None if there is none."""
    row = con.execute(_HASH, {"week": week, "watermark": to_db(watermark)}).fetchone()
    return int(row[0]) if row else None


# Built right after its week, before late articles: the issue that was read.
_FIRST = """
SELECT i.week, i.watermark, i.article_count, i.story_count, i.content_hash,
    (SELECT list((desk, story_count) ORDER BY desk) FROM store.issue_desks AS d
     WHERE d.week = i.week AND d.watermark = i.watermark) AS desks
FROM store.issues AS i
WHERE i.week = $week AND i.watermark >= $complete_from AND i.watermark <= $as_of AND i.generated_at <= $as_of
ORDER BY i.generated_at, i.watermark LIMIT 1
"""


def first_issue(
    con: duckdb.DuckDBPyConnection, week: str, complete_from: datetime, as_of: datetime
) -> IssueRecord | None:
    """Returns the first issue of `week` built by `as_of` with a watermark from `complete_from` on.

    That is the issue that was read.
    """
    row = con.execute(
        _FIRST, {"week": week, "complete_from": to_db(complete_from), "as_of": to_db(as_of)}
    ).fetchone()
    if row is None:
        return None
    return IssueRecord(
        week=row[0],
        watermark=from_db(row[1]),
        articles=row[2],
        stories=row[3],
        content_hash=row[4],
        desks=dict(row[5] or ()),
    )
