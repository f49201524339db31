"""The ledger of issues."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import duckdb
from fakes import NOW, WEEK

from warehouse.db import to_db
from warehouse.digests import DigestRecord, save_digest

ISSUE = DigestRecord(week=str(WEEK), watermark=NOW, article_count=9, story_count=4, content_hash=1)


def issues(con: duckdb.DuckDBPyConnection) -> list[tuple[object, ...]]:
    return con.execute(
        "SELECT week, generated_at, watermark, article_count, story_count FROM digests ORDER BY week"
    ).fetchall()


def test_issue_is_entered_with_its_counts_and_cut_off(con: duckdb.DuckDBPyConnection) -> None:
    save_digest(con, ISSUE, NOW)
    assert issues(con) == [("2026-W33", to_db(NOW), to_db(NOW), 9, 4)]


def test_same_issue_made_again_keeps_its_time(con: duckdb.DuckDBPyConnection) -> None:
    save_digest(con, ISSUE, NOW)
    before = issues(con)
    save_digest(con, ISSUE, NOW + timedelta(days=1))
    assert issues(con) == before


def test_changed_issue_takes_the_place_of_the_earlier_one(con: duckdb.DuckDBPyConnection) -> None:
    save_digest(con, ISSUE, NOW)
    save_digest(con, replace(ISSUE, article_count=10, content_hash=2), NOW + timedelta(days=1))
    assert issues(con) == [("2026-W33", to_db(NOW + timedelta(days=1)), to_db(NOW), 10, 4)]


def test_issues_of_other_weeks_are_left_alone(con: duckdb.DuckDBPyConnection) -> None:
    save_digest(con, ISSUE, NOW)
    save_digest(con, replace(ISSUE, week="2026-W34", content_hash=2), NOW)
    assert [row[0] for row in issues(con)] == ["2026-W33", "2026-W34"]
