"""The status of the warehouse for operators: what is stored and pending, the state of the feeds, the last issue."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import duckdb

from warehouse.store.db import from_db
from warehouse.store.runs import Run, last_runs


@dataclass(frozen=True, slots=True, kw_only=True)
class WarehouseStatus:
    """Counts of the warehouse. `pending`: articles by step; `feeds`: feeds by state. Times are aware UTC."""

    articles: int
    stories: int
    pending: dict[str, int]
    feeds: dict[str, int]
    last_article_at: datetime | None
    last_fetch_at: datetime | None
    digest_week: str | None
    digest_at: datetime | None
    runs: tuple[Run, ...]


# An article is pending for a step that has no result of it. A changed text is processed again but is not pending.
_COUNTS = """
SELECT (SELECT count(*) FROM store.articles) AS articles,
    (SELECT count(*) FROM stories) AS stories,
    (SELECT count(*) FROM store.articles AS a WHERE NOT EXISTS (FROM store.vectors AS v WHERE v.article_id = a.article_id))
        AS to_embed,
    (SELECT count(*) FROM store.articles AS a WHERE NOT EXISTS (FROM store.classifications AS f WHERE f.article_id = a.article_id))
        AS to_classify,
    (SELECT count(*) FROM store.articles AS a
        WHERE NOT EXISTS (FROM store.story_members AS m WHERE m.article_id = a.article_id)) AS to_group,
    (SELECT max(first_seen_at) FROM store.articles) AS last_article_at,
    (SELECT max(fetched_at) FROM store.fetches) AS last_fetch_at,
    (SELECT max(week) FROM store.issues) AS digest_week,
    (SELECT max(generated_at) FROM store.issues) AS digest_at
"""
_FEEDS = "SELECT coalesce(state, 'unasked') AS state, count(*) FROM feeds GROUP BY 1 ORDER BY 1"


def read_warehouse_status(con: duckdb.DuckDBPyConnection) -> WarehouseStatus:
    """Returns the status of the open warehouse or snapshot."""
    row = con.execute(_COUNTS).to_arrow_table().to_pylist()[0]
    return WarehouseStatus(
        articles=row["articles"],
        stories=row["stories"],
        pending={"embed": row["to_embed"], "classify": row["to_classify"], "group": row["to_group"]},
        feeds=dict(con.execute(_FEEDS).fetchall()),
        last_article_at=from_db(row["last_article_at"]),
        last_fetch_at=from_db(row["last_fetch_at"]),
        digest_week=row["digest_week"],
        digest_at=from_db(row["digest_at"]),
        runs=tuple(last_runs(con)),
    )
