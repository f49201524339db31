"""The public views: the contract's columns, a comment on everything, and what counts."""

from __future__ import annotations

from datetime import datetime, timedelta

import duckdb
import pytest
from fakes import NOW, WEEK, article, at, place, save

from sources.model import DateStatus
from warehouse.store.db import to_db

# Issue 2: a contract from its day on. Columns may be added, none renamed or removed.
CONTRACT = {
    "articles": "article_id source_id publisher url title summary language genre published_at first_seen_at "
    "date_status",
    "stories": "story_id title first_seen_at last_seen_at article_count text_count publisher_count desk",
    "story_articles": "story_id article_id similarity is_copy",
    "article_desks": "article_id desk score is_primary",
    "fetches": "fetch_id source_id fetched_at outcome http_status entries_new elapsed_s",
    "digests": "week generated_at watermark article_count story_count",
}


def column(con: duckdb.DuckDBPyConnection, query: str, *values: object) -> list[object]:
    return [value for (value,) in con.execute(query, list(values)).fetchall()]


def counted(con: duckdb.DuckDBPyConnection, as_of: datetime = NOW) -> list[object]:
    query = "SELECT a.title FROM counted_articles($1) JOIN articles AS a USING (article_id) ORDER BY a.title"
    return column(con, query, to_db(as_of))


@pytest.mark.parametrize("view", CONTRACT)
def test_view_has_the_columns_of_the_contract(con: duckdb.DuckDBPyConnection, view: str) -> None:
    columns = column(
        con, "SELECT column_name FROM duckdb_columns() WHERE schema_name = 'main' AND table_name = $1", view
    )
    assert set(CONTRACT[view].split()) <= set(columns)
    con.execute(f"SELECT {', '.join(CONTRACT[view].split())} FROM {view}")


def test_every_view_and_macro_has_a_comment(con: duckdb.DuckDBPyConnection) -> None:
    assert column(con, "SELECT view_name FROM duckdb_views() WHERE NOT internal AND comment IS NULL") == []
    public = "FROM duckdb_functions() WHERE NOT internal AND schema_name = 'main'"
    assert column(con, f"SELECT function_name {public} AND comment IS NULL") == []


def test_every_column_of_every_view_has_a_comment(con: duckdb.DuckDBPyConnection) -> None:
    query = """
        SELECT c.table_name || '.' || c.column_name FROM duckdb_columns() AS c
        JOIN duckdb_views() AS v ON v.view_name = c.table_name AND v.schema_name = c.schema_name
            AND NOT v.internal AND v.schema_name = 'main'
        WHERE c.comment IS NULL OR NOT $1
    """
    assert len(column(con, query, False)) > 50
    assert column(con, query, True) == []


def test_plain_news_counts(con: duckdb.DuckDBPyConnection) -> None:
    place(con, article("Plain"))
    assert counted(con) == ["Plain"]


@pytest.mark.parametrize("status", [status for status in DateStatus if status is not DateStatus.OK])
def test_article_without_a_trusted_date_does_not_count(
    con: duckdb.DuckDBPyConnection, status: DateStatus
) -> None:
    place(con, article("Undated", status=status, seen=NOW))
    assert counted(con) == []


@pytest.mark.parametrize("genre", ["opinion", "newsletter", "vendor"])
def test_comment_and_advertising_do_not_count(con: duckdb.DuckDBPyConnection, genre: str) -> None:
    place(con, article("Why I must"), genre=genre)
    assert counted(con) == []


@pytest.mark.parametrize("desk", ["off_topic", None])
def test_article_off_topic_or_without_a_desk_does_not_count(
    con: duckdb.DuckDBPyConnection, desk: str | None
) -> None:
    place(con, article("Sports"), desk=desk)
    assert counted(con) == []


def test_article_not_yet_filed_does_not_count(con: duckdb.DuckDBPyConnection) -> None:
    save(con, article("Fresh"))
    assert counted(con) == []
    assert column(con, "SELECT genre FROM articles") == [None]


def test_article_seen_later_than_as_of_does_not_count(con: duckdb.DuckDBPyConnection) -> None:
    place(con, article("Late", seen=NOW))
    assert counted(con, NOW - timedelta(seconds=1)) == []
    assert counted(con, NOW) == ["Late"]


def test_story_counts_at_the_one_desk_its_texts_vote_for(con: duckdb.DuckDBPyConnection) -> None:
    place(con, article("One"), story=1, desk="regulation", score=0.5)
    place(con, article("Two", feed="post"), story=1, desk="export_controls", score=0.9)
    assert column(con, "SELECT DISTINCT desk FROM counted_articles($1)", to_db(NOW)) == ["export_controls"]
    assert column(con, "SELECT desk FROM stories") == ["export_controls"]


def test_copies_have_no_vote_on_the_desk(con: duckdb.DuckDBPyConnection) -> None:
    original = article("One")
    place(con, original, story=1, desk="regulation", score=0.9)
    for number in range(3):
        place(con, article("One", feed=f"copy-{number}"), story=1, desk="arms_race", copy_of=original)
    assert column(con, "SELECT desk FROM stories") == ["regulation"]


def test_article_seen_later_does_not_move_a_story_to_another_desk_before(
    con: duckdb.DuckDBPyConnection,
) -> None:
    place(con, article("Early"), story=1, desk="regulation", score=0.6)
    place(con, article("Late", feed="post", seen=NOW), story=1, desk="export_controls", score=0.9)
    query = "SELECT desk FROM counted_articles($1)"
    assert column(con, query, to_db(NOW - timedelta(hours=1))) == ["regulation"]
    assert set(column(con, query, to_db(NOW))) == {"export_controls"}


def test_tied_vote_is_settled_the_same_way_every_time(con: duckdb.DuckDBPyConnection) -> None:
    texts = {"regulation": article("One"), "arms_race": article("Two")}
    for desk, text in texts.items():
        place(con, text, story=1, desk=desk, score=0.6)
    clearest = min(texts, key=lambda desk: texts[desk].article_id)
    assert column(con, "SELECT desk FROM story_desks WHERE is_primary") == [clearest]


def test_story_has_its_independence_triple_and_its_times(con: duckdb.DuckDBPyConnection) -> None:
    first = article("First", seen=at("2026-08-11"), published=at("2026-08-10"))
    place(con, first, story=1)
    place(con, article("First", feed="copy", publisher="Wire", seen=at("2026-08-12")), story=1, copy_of=first)
    place(
        con,
        article("Second", feed="post", seen=at("2026-08-13"), published=None, status=DateStatus.MISSING),
        story=1,
    )
    (row,) = con.execute("FROM stories").to_arrow_table().to_pylist()
    assert (row["article_count"], row["text_count"], row["publisher_count"]) == (3, 2, 2)
    assert row["first_seen_at"] == to_db(at("2026-08-11"))
    assert row["last_seen_at"] == to_db(at("2026-08-13"))
    assert row["first_published_at"] == to_db(at("2026-08-10"))


def test_story_is_named_by_news_rather_than_by_a_newsletter_or_a_copy(con: duckdb.DuckDBPyConnection) -> None:
    letter = article("Our weekly round-up")
    place(con, letter, story=1, genre="newsletter")
    place(con, article("Copied", feed="copy"), story=1, copy_of=letter)
    place(con, article("What happened", feed="post"), story=1, similarity=0.5)
    assert column(con, "SELECT title FROM stories") == ["What happened"]


@pytest.mark.parametrize(
    ("moment", "week"),
    [
        ("2026-08-10T00:00", "2026-W33"),
        ("2026-08-09T23:59", "2026-W32"),
        ("2026-12-31T12:00", "2026-W53"),
        ("2027-01-01T12:00", "2026-W53"),
        ("2024-12-30T00:00", "2025-W01"),
    ],
)
def test_week_of_is_the_iso_week(con: duckdb.DuckDBPyConnection, moment: str, week: str) -> None:
    assert column(con, "SELECT week_of($1)", to_db(at(moment))) == [week]


def test_week_of_an_article_on_the_last_second_of_sunday_is_that_week(con: duckdb.DuckDBPyConnection) -> None:
    place(con, article("Sunday", published=WEEK.end - timedelta(seconds=1)))
    assert column(con, "SELECT week FROM counted_articles($1)", to_db(NOW)) == [str(WEEK)]
