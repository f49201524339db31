"""What the digest asks of the warehouse: the week's articles, and what was collected for it."""

from __future__ import annotations

from datetime import datetime, timedelta

import duckdb
import pytest
from fakes import NOW, WEEK, article, at, log_fetch, place, save, source

from sources.model import DateStatus, EntryCounts, Outcome
from warehouse.queries import uncounted, week_articles
from warehouse.store.feeds import save_sources

HOUR, DAY, WEEKS = timedelta(hours=1), timedelta(days=1), timedelta(weeks=1)


def asked(
    con: duckdb.DuckDBPyConnection,
    feed: str,
    moment: datetime,
    outcome: Outcome = Outcome.OK,
    entries: int = 1,
) -> None:
    log_fetch(con, feed, moment, outcome, EntryCounts(unchanged=entries if outcome.succeeded else 0))


def week_titles(con: duckdb.DuckDBPyConnection, as_of: datetime = NOW) -> list[str]:
    return [one.title for one in week_articles.week_articles(con, WEEK.start, WEEK.end, as_of)]


def test_empty_warehouse_has_no_watermark(con: duckdb.DuckDBPyConnection) -> None:
    assert week_articles.watermark(con, NOW) is None


def test_watermark_is_the_last_word_of_the_world_up_to_now(con: duckdb.DuckDBPyConnection) -> None:
    save(con, article("One", seen=NOW - 5 * HOUR), article("Two", seen=NOW + HOUR))
    assert week_articles.watermark(con, NOW) == NOW - 5 * HOUR
    asked(con, "wire", NOW - 2 * HOUR, Outcome.TIMEOUT)
    asked(con, "wire", NOW + HOUR)
    assert week_articles.watermark(con, NOW) == NOW - 2 * HOUR


def test_week_has_its_first_second_and_not_its_end(con: duckdb.DuckDBPyConnection) -> None:
    second = timedelta(seconds=1)
    for title, moment in {
        "before": WEEK.start - second,
        "first": WEEK.start,
        "last": WEEK.end - second,
        "after": WEEK.end,
    }.items():
        place(con, article(title, published=moment, seen=WEEK.end))
    assert week_titles(con) == ["first", "last"]
    assert week_articles.collected_count(con, WEEK.start, WEEK.end, NOW) == 2


def test_week_article_comes_with_its_story_outlet_and_link(con: duckdb.DuckDBPyConnection) -> None:
    place(con, article("Earlier", published=WEEK.start - DAY), story=7)
    stored = article("Now", "It happened.", feed="post", published=WEEK.start + DAY)
    place(con, stored, story=7, genre="analysis", similarity=0.75, score=0.8)
    (one,) = week_articles.week_articles(con, WEEK.start, WEEK.end, NOW)
    assert (one.story_id, one.article_id, one.desk, one.genre) == (
        7,
        stored.article_id,
        "export_controls",
        "analysis",
    )
    assert (one.title, one.summary, one.url, one.outlet, one.publisher) == (
        "Now",
        "It happened.",
        stored.url,
        "Post",
        "Post",
    )
    assert (one.published_at, one.story_since) == (WEEK.start + DAY, WEEK.start - DAY)
    assert (one.is_copy, one.text_id, one.similarity, one.on_topic) == (
        False,
        stored.article_id,
        0.75,
        0.7375,
    )


def test_copies_share_the_text_they_repeat(con: duckdb.DuckDBPyConnection) -> None:
    original = article("Old", published=WEEK.start - DAY)
    place(con, original, story=7)
    place(con, article("Old", feed="a"), article("Old", feed="b"), story=7, copy_of=original)
    assert {one.text_id for one in week_articles.week_articles(con, WEEK.start, WEEK.end, NOW)} == {
        original.article_id
    }


def test_aggregator_names_the_outlet_it_points_to(con: duckdb.DuckDBPyConnection) -> None:
    save_sources(con, [source("hub", name="The Hub", kind="aggregator")])
    place(con, article("Pointed to", feed="hub", publisher="outlet.example"))
    assert [one.outlet for one in week_articles.week_articles(con, WEEK.start, WEEK.end, NOW)] == [
        "The Hub (outlet.example)"
    ]


def test_article_with_full_text_only_speaks_by_the_head_of_its_text(con: duckdb.DuckDBPyConnection) -> None:
    place(con, article("Long", text="word " * 1_000))
    assert [len(one.summary) for one in week_articles.week_articles(con, WEEK.start, WEEK.end, NOW)] == [
        1_000
    ]


def test_what_was_seen_after_as_of_is_in_no_answer(con: duckdb.DuckDBPyConnection) -> None:
    place(con, article("Late", seen=NOW))
    place(con, article("Comment", seen=NOW), genre="opinion")
    save(con, article("Undated", status=DateStatus.MISSING, published=None, seen=NOW))
    before = NOW - timedelta(seconds=1)
    assert week_titles(con, before) == []
    assert week_articles.collected_count(con, WEEK.start, WEEK.end, before) == 0
    assert uncounted.uncounted_on_topic(con, WEEK.start, WEEK.end, before) == []
    assert week_articles.uncounted_articles(con, WEEK.start, WEEK.end, before) == []
    assert week_titles(con, NOW) == ["Late"]


@pytest.mark.parametrize("outcome", Outcome)
def test_feed_is_up_if_it_answered_as_a_feed_should(con: duckdb.DuckDBPyConnection, outcome: Outcome) -> None:
    asked(con, "wire", WEEK.start + DAY, outcome)
    assert week_articles.requested_feeds(con, WEEK.start, WEEK.end, NOW) == [("Wire", outcome.succeeded)]


def test_feed_that_answered_once_in_the_week_was_not_down(con: duckdb.DuckDBPyConnection) -> None:
    asked(con, "wire", WEEK.start + DAY, Outcome.TIMEOUT)
    asked(con, "wire", WEEK.start + 2 * DAY, Outcome.NOT_MODIFIED)
    asked(con, "wire", WEEK.start + 3 * DAY, Outcome.TIMEOUT)
    assert week_articles.requested_feeds(con, WEEK.start, WEEK.end, NOW) == [("Wire", True)]


def test_feed_that_came_back_weeks_later_was_down_in_an_old_issue(con: duckdb.DuckDBPyConnection) -> None:
    asked(con, "wire", WEEK.start + DAY, Outcome.TIMEOUT)
    asked(con, "wire", WEEK.end + 10 * DAY)
    assert week_articles.requested_feeds(con, WEEK.start, WEEK.end, NOW + 5 * WEEKS) == [("Wire", False)]


def test_run_on_the_morning_after_the_week_belongs_to_it_and_to_no_other(
    con: duckdb.DuckDBPyConnection,
) -> None:
    asked(con, "wire", WEEK.end + 6 * HOUR)
    assert week_articles.requested_feeds(con, WEEK.start, WEEK.end, NOW) == [("Wire", True)]
    assert week_articles.requested_feeds(con, WEEK.start, WEEK.end, WEEK.end) == []
    assert week_articles.requested_feeds(con, WEEK.end, WEEK.before(-1).end, NOW + WEEKS) == []


def test_set_aside_names_feed_and_reason_most_first(con: duckdb.DuckDBPyConnection) -> None:
    seen = WEEK.start + DAY
    save(
        con,
        *(
            article(f"Old {n}", status=DateStatus.TOO_OLD, published=at("2020-01-01"), seen=seen)
            for n in range(3)
        ),
    )
    save(con, article("When?", feed="post", status=DateStatus.MISSING, published=None, seen=seen))
    save(con, article("Of last week", status=DateStatus.MISSING, published=None, seen=WEEK.start - DAY))
    save(con, article("Of a later week", status=DateStatus.MISSING, published=None, seen=WEEK.end + 2 * DAY))
    late = NOW + 5 * WEEKS
    assert week_articles.uncounted_articles(con, WEEK.start, WEEK.end, late) == [
        ("Wire", "too_old", 3),
        ("Post", "missing", 1),
    ]
