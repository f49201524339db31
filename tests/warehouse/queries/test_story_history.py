"""The history of stories in a week, the signals of articles, dates, and gaps of our collecting."""

from __future__ import annotations

from datetime import date, timedelta

import duckdb
from fakes import NOW, WEEK, article, log_fetch, place_surely, source

from sources.model import EntryCounts
from warehouse.queries import article_signals, deadlines, story_history, week_articles
from warehouse.store.feeds import save_sources

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def test_story_is_seen_as_it_stood_when_the_week_began(con: duckdb.DuckDBPyConnection) -> None:
    old = article("Proposed", published=WEEK.start - 3 * DAY)
    place_surely(con, old, article("Proposed too", feed="post", published=WEEK.start - 2 * DAY), story=1)
    place_surely(con, article("Adopted", feed="gazette"), story=1)
    place_surely(con, article("New"), story=2)
    con.execute(
        "INSERT INTO store.article_facets VALUES ($1, 'stage', 'proposed', 3, 'by hand')", [old.article_id]
    )
    before = story_history.earlier_coverage(con, [1, 2], WEEK.start, NOW)
    assert set(before) == {1}
    assert (before[1].publishers, before[1].stage, before[1].last_at) == (2, "proposed", WEEK.start - 2 * DAY)


def test_story_without_a_text_for_ten_days_went_quiet_in_the_week_in_which_they_were_over(
    con: duckdb.DuckDBPyConnection,
) -> None:
    place_surely(con, article("Quiet", published=WEEK.start - 8 * DAY), story=1)
    place_surely(con, article("Quiet long since", published=WEEK.start - 30 * DAY), story=2)
    place_surely(con, article("Last word of all", published=WEEK.end - HOUR, seen=NOW), story=3)
    assert [one.story_id for one in story_history.dormant_stories(con, WEEK.start, WEEK.end, NOW, 5)] == [1]
    assert story_history.dormant_stories(con, WEEK.start, WEEK.end, WEEK.start + DAY, 5) == []


def test_story_that_came_back_after_ten_days_has_resurfaced(con: duckdb.DuckDBPyConnection) -> None:
    place_surely(con, article("Before", published=WEEK.start - 20 * DAY), article("Again"), story=1)
    place_surely(con, article("Yesterday", published=WEEK.start - DAY), article("Today"), story=2)
    assert story_history.resurfaced(con, [1, 2], WEEK.start, WEEK.end, NOW) == {1}


def test_corrections_are_counted_in_the_week_in_which_they_were_made(con: duckdb.DuckDBPyConnection) -> None:
    assert story_history.corrections_made(con, WEEK.start, WEEK.end, NOW) == (0, 0)
    con.execute("INSERT INTO store.desk_corrections VALUES (1, 1, 'regulation', '2026-08-12', '')")
    assert story_history.corrections_made(con, WEEK.start, WEEK.end, NOW) == (1, 0)


def test_signals_tell_offices_from_others_and_places_from_offices(con: duckdb.DuckDBPyConnection) -> None:
    one = article("Texas asks the ministry")
    place_surely(con, one)
    con.execute(
        "INSERT INTO store.article_entities (article_id, entity_id, name, kind, role, jurisdiction, "
        "mentions, in_title, alias) VALUES ($1, 'texas', 'Texas', 'us_state', 'government', 'US-TX', 1, "
        "TRUE, 'Texas'), ($1, 'nvidia', 'Nvidia', 'chipmaker', 'firm', 'US', 3, FALSE, 'Nvidia')",
        [one.article_id],
    )
    known = article_signals.signals_of(con, [one.article_id])[one.article_id]
    assert (known.officials, known.others, known.act, known.stage) == (
        ("the ministry",),
        ("Texas", "Nvidia"),
        "order",
        None,
    )


def test_deadline_is_one_a_story_and_day_and_its_story_may_have_gone_on(
    con: duckdb.DuckDBPyConnection,
) -> None:
    one, other = article("Vote set"), article("Vote set, too", feed="post")
    place_surely(con, one, other, story=1)
    for each in (one, other):
        con.execute(
            "INSERT INTO store.article_dates VALUES ($1, 'vote', '2026-08-14', FALSE, 'A vote.')",
            [each.article_id],
        )
    (due,) = deadlines.deadlines_between(con, date(2026, 8, 10), date(2026, 8, 17), NOW)
    assert (due.kind, due.due_on, due.heard_since) == ("vote", date(2026, 8, 14), False)
    place_surely(con, article("Vote held", published=WEEK.start + 4 * DAY + HOUR), story=1)
    (due,) = deadlines.deadlines_between(con, date(2026, 8, 10), date(2026, 8, 17), NOW)
    assert due.heard_since


def test_date_that_was_told_afterwards_was_no_deadline(con: duckdb.DuckDBPyConnection) -> None:
    one = article("It took effect last week")
    place_surely(con, one)
    con.execute(
        "INSERT INTO store.article_dates VALUES ($1, 'takes_effect', '2026-08-11', FALSE, 'It took effect.')",
        [one.article_id],
    )
    assert deadlines.deadlines_between(con, date(2026, 8, 10), date(2026, 8, 17), NOW) == []


def test_feed_whose_every_entry_is_new_may_have_shown_more_before(con: duckdb.DuckDBPyConnection) -> None:
    save_sources(con, [source("busy"), source("calm"), source("fresh")])
    con.execute(
        "INSERT INTO store.feed_states (source_id, failures, first_success_at) "
        "VALUES ('busy', 0, '2026-08-01'), ('calm', 0, '2026-08-01'), ('fresh', 0, $1)",
        [(WEEK.start + DAY).replace(tzinfo=None)],
    )
    for feed, new in (("busy", 20), ("calm", 3), ("fresh", 20)):
        log_fetch(con, feed, WEEK.start + DAY, counts=EntryCounts(new=new), in_feed=20)
    assert week_articles.overflowed_feeds(con, WEEK.start, WEEK.end, NOW) == ["Busy"]
