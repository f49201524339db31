"""The ledger of issues."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import duckdb
from fakes import NOW, WEEK

from warehouse.store.db import to_db
from warehouse.store.issues import IssueRecord, first_issue, issue_hash, save_issue

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
ISSUE = IssueRecord(
    week=str(WEEK),
    watermark=NOW,
    articles=9,
    stories=4,
    desks={"arms_race": 1, "regulation": 3},
    content_hash=1,
)


def digests(con: duckdb.DuckDBPyConnection) -> list[tuple[object, ...]]:
    return con.execute(
        "SELECT week, generated_at, watermark, article_count, story_count FROM digests ORDER BY week"
    ).fetchall()


def first(con: duckdb.DuckDBPyConnection) -> IssueRecord | None:
    return first_issue(con, str(WEEK), WEEK.end, NOW + 30 * DAY)


def test_issue_is_entered_with_its_counts_and_cut_off(con: duckdb.DuckDBPyConnection) -> None:
    save_issue(con, ISSUE, NOW)
    assert digests(con) == [("2026-W33", to_db(NOW), to_db(NOW), 9, 4)]
    assert con.execute("SELECT desk, story_count FROM issue_desks ORDER BY desk").fetchall() == [
        ("arms_race", 1),
        ("regulation", 3),
    ]


def test_same_issue_made_again_keeps_its_time(con: duckdb.DuckDBPyConnection) -> None:
    save_issue(con, ISSUE, NOW)
    before = digests(con)
    save_issue(con, ISSUE, NOW + DAY)
    assert digests(con) == before


def test_changed_issue_of_the_same_cut_off_takes_the_place_of_the_earlier_one(
    con: duckdb.DuckDBPyConnection,
) -> None:
    save_issue(con, ISSUE, NOW)
    save_issue(con, replace(ISSUE, articles=10, content_hash=2), NOW + DAY)
    assert digests(con) == [("2026-W33", to_db(NOW + DAY), to_db(NOW), 10, 4)]
    assert issue_hash(con, str(WEEK), NOW) == 2


def test_issue_of_a_later_cut_off_is_shown_and_the_earlier_one_is_kept(
    con: duckdb.DuckDBPyConnection,
) -> None:
    save_issue(con, ISSUE, NOW)
    save_issue(con, replace(ISSUE, watermark=NOW + DAY, articles=12, content_hash=2), NOW + DAY)
    assert [row[3] for row in digests(con)] == [12]
    assert con.execute("SELECT article_count, is_latest FROM issues ORDER BY watermark").fetchall() == [
        (9, False),
        (12, True),
    ]


def test_first_issue_of_a_week_is_the_one_that_was_read(con: duckdb.DuckDBPyConnection) -> None:
    save_issue(con, ISSUE, NOW)
    save_issue(con, replace(ISSUE, watermark=NOW + DAY, articles=12, content_hash=2), NOW + DAY)
    save_issue(con, replace(ISSUE, watermark=NOW - HOUR, articles=7, content_hash=3), NOW + 2 * DAY)
    assert first(con) == ISSUE


def test_issue_made_before_its_week_was_over_is_not_restated(con: duckdb.DuckDBPyConnection) -> None:
    save_issue(con, replace(ISSUE, watermark=WEEK.start + DAY), WEEK.start + DAY)
    assert first(con) is None


def test_issue_that_was_never_made_has_no_hash(con: duckdb.DuckDBPyConnection) -> None:
    assert issue_hash(con, str(WEEK), NOW) is None
    assert first(con) is None
