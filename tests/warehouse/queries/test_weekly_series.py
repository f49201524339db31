"""What a trend test counts: series by week, the watched feeds, and what both were at an earlier time."""

from __future__ import annotations

from datetime import datetime, timedelta

import duckdb
import pytest
from fakes import NOW, WEEK, article, log_fetch, place, save

from sources.model import Article, EntryCounts, Outcome
from warehouse.queries import weekly_series

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
LAST = WEEK.before(1)


def asked(
    con: duckdb.DuckDBPyConnection,
    feed: str,
    day: int,
    outcome: Outcome = Outcome.OK,
    *,
    new: int = 0,
    known: int = 1,
    shows: int = 9,
) -> None:
    """The feed is asked so many days after Monday of W33, at noon."""
    counts = EntryCounts(new=new, unchanged=known) if outcome.succeeded else EntryCounts()
    log_fetch(con, feed, WEEK.start + day * DAY + 12 * HOUR, outcome, counts, in_feed=shows)


def days(con: duckdb.DuckDBPyConnection, feed: str = "wire", as_of: datetime = NOW) -> int:
    rows = con.execute("FROM feed_weeks($1, $2)", [[str(WEEK)], as_of.replace(tzinfo=None)]).fetchall()
    return {source: days for source, _, days in rows}.get(feed, 0)


def test_day_with_an_answer_is_seen_whatever_failed_that_day(con: duckdb.DuckDBPyConnection) -> None:
    for day in range(7):
        asked(con, "wire", day, new=5, known=0)
        log_fetch(con, "wire", WEEK.start + day * DAY + 13 * HOUR, Outcome.TIMEOUT)
    assert days(con) == 7


def test_outage_that_the_feed_caught_up_with_was_seen(con: duckdb.DuckDBPyConnection) -> None:
    asked(con, "wire", 0)
    for day in range(1, 5):
        asked(con, "wire", day, Outcome.TIMEOUT)
    asked(con, "wire", 5, new=3, known=1)
    assert days(con) == 6


def test_outage_after_which_the_feed_shows_nothing_known_was_missed(con: duckdb.DuckDBPyConnection) -> None:
    asked(con, "wire", 0)
    asked(con, "wire", 5, new=4, known=0)
    asked(con, "wire", 6)
    assert days(con) == 3


@pytest.mark.parametrize("outcome", [Outcome.NOT_MODIFIED, Outcome.UNCHANGED])
def test_feed_that_did_not_change_has_nothing_to_catch_up_with(
    con: duckdb.DuckDBPyConnection, outcome: Outcome
) -> None:
    asked(con, "wire", -1)
    asked(con, "wire", 6, outcome, known=0)
    assert days(con) == 7


def test_entry_known_from_another_feed_is_no_catching_up(con: duckdb.DuckDBPyConnection) -> None:
    asked(con, "wire", 0)
    log_fetch(
        con, "wire", WEEK.start + 6 * DAY, counts=EntryCounts(new=3, unchanged=1, duplicate=1), in_feed=9
    )
    assert days(con) == 2


def test_pinned_entry_does_not_make_good_an_outage_of_weeks(con: duckdb.DuckDBPyConnection) -> None:
    asked(con, "wire", -30)
    asked(con, "wire", 6, new=8, known=1)
    assert days(con) == 7
    assert con.execute("FROM feed_weeks($1, $2)", [[str(LAST)], NOW.replace(tzinfo=None)]).fetchall() == [
        ("wire", str(LAST), 1)
    ]


def test_feed_that_fails_from_wednesday_on_was_seen_two_days(con: duckdb.DuckDBPyConnection) -> None:
    for day in range(7):
        asked(con, "wire", day, Outcome.OK if day < 2 else Outcome.SERVER_ERROR)
    assert days(con) == 2


def test_feed_that_shows_nothing_was_not_seen(con: duckdb.DuckDBPyConnection) -> None:
    for day in range(7):
        asked(con, "wire", day, known=0, shows=0)
    assert days(con) == 0


def test_silence_that_lasts_is_not_seen_and_one_that_ended_was_quiet(con: duckdb.DuckDBPyConnection) -> None:
    for day in range(-40, 7):
        asked(con, "wire", day, new=int(day < -30))
    assert days(con) == 0
    asked(con, "wire", 7, new=1)
    assert days(con, as_of=WEEK.end + DAY) == 7


def test_feed_added_on_wednesday_was_seen_from_then_on(con: duckdb.DuckDBPyConnection) -> None:
    asked(con, "wire", 2, new=40, known=0)
    asked(con, "wire", 6)
    assert days(con) == 5


def test_what_was_asked_later_is_not_known_earlier(con: duckdb.DuckDBPyConnection) -> None:
    asked(con, "wire", 0)
    asked(con, "wire", 6)
    assert days(con, as_of=WEEK.start + 3 * DAY) == 1


def test_archive_without_a_fetch_log_was_seen_from_its_first_article_to_the_end_of_all(
    con: duckdb.DuckDBPyConnection,
) -> None:
    save(
        con,
        article("One", published=WEEK.start + DAY),
        article("Other", feed="post", published=WEEK.start + 5 * DAY),
    )
    assert (days(con, "wire"), days(con, "post")) == (5, 1)


def test_watch_goes_on_from_an_archive_to_the_live_feed(con: duckdb.DuckDBPyConnection) -> None:
    save(con, article("One", published=WEEK.start), article("Two", published=WEEK.start + 2 * DAY))
    asked(con, "wire", 5, new=1, known=1)
    assert days(con) == 6


def test_feeds_watched_are_those_seen_on_all_days_but_one(con: duckdb.DuckDBPyConnection) -> None:
    for feed, first in (("wire", 0), ("post", 1), ("late", 2)):
        asked(con, feed, first)
        asked(con, feed, 6)
    watched = weekly_series.feeds_watched(con, [str(LAST), str(WEEK)], NOW)
    assert watched[str(LAST)] == weekly_series.NOT_WATCHED
    assert (watched[str(WEEK)].feeds, watched[str(WEEK)].days) == ({"wire", "post"}, 7)


@pytest.mark.parametrize(("days", "watched"), [(5, {"wire", "post"}), (4, {"wire", "post"}), (3, set())])
def test_outage_of_all_feeds_leaves_the_days_that_were_seen(
    con: duckdb.DuckDBPyConnection, days: int, watched: set[str]
) -> None:
    for day in range(days):
        asked(con, "wire", day)
    for day in range(1, days):
        asked(con, "post", day)
    found = weekly_series.feeds_watched(con, [str(WEEK)], NOW)[str(WEEK)]
    assert (found.feeds, found.days) == (watched, days if watched else 0)


def test_days_without_any_article_of_an_archive_of_many_a_day_were_not_seen(
    con: duckdb.DuckDBPyConnection,
) -> None:
    for day in range(-14, 7):
        if day not in (2, 3, 4):
            moment = WEEK.start + day * DAY + 5 * HOUR
            save(con, *(article(f"{day} {n}", feed="wire", published=moment, seen=moment) for n in range(9)))
    watched = weekly_series.feeds_watched(con, [str(LAST), str(WEEK)], NOW)
    assert [watched[str(week)].days for week in (LAST, WEEK)] == [7, 4]


def test_run_days_are_those_on_which_a_feed_was_asked(con: duckdb.DuckDBPyConnection) -> None:
    asked(con, "wire", 1, Outcome.TIMEOUT)
    asked(con, "wire", 3)
    asked(con, "wire", 4, Outcome.POSTPONED)
    found = weekly_series.run_days(con, WEEK.start, WEEK.end, NOW)
    assert [day.isoformat() for day in found] == ["2026-08-11", "2026-08-13"]


# ---- series ------------------------------------------------------------------------------------------------


def tag(con: duckdb.DuckDBPyConnection, *articles: Article, **tags: str) -> None:
    """Gives the articles a topic (of export controls), theme, act or entity."""
    values = {
        "topic": "article_topics SELECT $id, 'export_controls', $tag, 3, ''",
        "theme": "article_themes SELECT $id, $tag, 3, ''",
        "act": "article_facets SELECT $id, 'act', $tag, 3, ''",
        "entity": "article_entities SELECT $id, $tag, upper($tag), 'firm', NULL, NULL, $tag, 1, FALSE",
    }
    for one in articles:
        for kind, name in tags.items():
            con.execute(f"INSERT INTO store.{values[kind]}", {"id": one.article_id, "tag": name})


def counts(
    con: duckdb.DuckDBPyConnection, as_of: datetime = NOW
) -> dict[tuple[str, str], tuple[int, int, int | None]]:
    rows = con.execute(
        "SELECT kind, key, stories, publishers, out_of FROM weekly_counts($1) WHERE week = $2",
        [as_of.replace(tzinfo=None), str(WEEK)],
    )
    return {(kind, key): tuple(numbers) for kind, key, *numbers in rows.fetchall()}  # type: ignore[misc]


def test_story_counts_once_in_each_of_its_series_however_often_told(con: duckdb.DuckDBPyConnection) -> None:
    covering = [article(f"Told by {number}", feed=f"feed-{number}") for number in range(3)]
    place(con, *covering, story=7)
    tag(con, *covering, topic="us_rules_lists", theme="cyber", act="rule", entity="bis")
    place(con, article("Other"))
    assert counts(con) == {
        ("desk", "export_controls"): (2, 4, None),
        ("topic", "us_rules_lists"): (1, 3, None),
        ("theme", "cyber"): (1, 3, None),
        ("entity", "bis"): (1, 3, None),
        ("act_share", "export_controls"): (1, 3, 2),
    }


def test_series_of_a_story_are_those_of_a_third_of_its_texts(con: duckdb.DuckDBPyConnection) -> None:
    covering = [article(f"Told by {number}", feed=f"feed-{number}") for number in range(4)]
    place(con, *covering, story=7)
    tag(con, *covering[:1], theme="cyber")
    tag(con, *covering[:2], theme="opacity")
    assert ("theme", "cyber") not in counts(con)
    assert counts(con)["theme", "opacity"] == (1, 4, None)


def test_what_was_only_said_is_no_act(con: duckdb.DuckDBPyConnection) -> None:
    said = article("Minister says")
    place(con, said)
    tag(con, said, act="statement")
    assert ("act_share", "export_controls") not in counts(con)


def test_topic_counts_only_at_the_desk_of_its_story(con: duckdb.DuckDBPyConnection) -> None:
    covering = article("A rule")
    place(con, covering, desk="regulation")
    con.execute(
        "INSERT INTO store.article_desks VALUES ($1, 'export_controls', 0.2, FALSE, '', TRUE)",
        [covering.article_id],
    )
    tag(con, covering, topic="us_rules_lists")
    assert set(counts(con)) == {("desk", "regulation")}


def test_text_seen_later_changes_no_earlier_series(con: duckdb.DuckDBPyConnection) -> None:
    first = article("First")
    place(con, first, story=7)
    tag(con, first, theme="cyber")
    before = counts(con)
    later = [article(f"Later {number}", feed=f"feed-{number}", seen=NOW + DAY) for number in range(3)]
    place(con, *later, story=7)
    assert counts(con) == before
    assert ("theme", "cyber") not in counts(con, NOW + 2 * DAY)


def test_view_is_what_is_known_now_and_agrees_with_the_stories_own_tags(
    con: duckdb.DuckDBPyConnection,
) -> None:
    covering = [article(f"Told by {number}", feed=f"feed-{number}") for number in range(5)]
    place(con, *covering, story=7)
    tag(con, *covering[:2], topic="us_rules_lists", theme="cyber", entity="bis")
    tag(con, *covering[2:3], theme="opacity", entity="asml")
    rows = con.execute(
        "SELECT kind, key FROM weekly_series WHERE kind IN ('topic', 'theme', 'entity') ORDER BY ALL"
    ).fetchall()
    tags = con.execute(
        "SELECT 'topic' AS kind, topic AS key FROM story_topics UNION ALL SELECT 'theme', theme "
        "FROM story_themes UNION ALL SELECT 'entity', entity_id FROM story_entities ORDER BY ALL"
    ).fetchall()
    assert rows == tags == [("entity", "bis"), ("theme", "cyber"), ("topic", "us_rules_lists")]


def test_panel_counts_only_what_its_feeds_tell(con: duckdb.DuckDBPyConnection) -> None:
    place(con, article("One"), article("Two", feed="post"), article("Three", feed="new"))
    (desk,) = weekly_series.panel_counts(con, [str(WEEK)], {"wire", "post"}, {"wire"}, NOW)
    assert (desk.stories, desk.steady_stories, desk.panel_stories) == (3, 2, 1)


def test_feeds_of_a_story_are_those_that_told_it(con: duckdb.DuckDBPyConnection) -> None:
    place(con, article("One"), article("One more", feed="post"), story=7)
    assert weekly_series.feeds_of_stories(con, [str(WEEK)], NOW) == [frozenset({"wire", "post"})]
    assert weekly_series.feeds_of_stories(con, [str(LAST)], NOW) == []


def test_trend_counts_find_the_panel_by_themselves(con: duckdb.DuckDBPyConnection) -> None:
    for feed, first in (("wire", -7), ("post", 0)):
        for day in range(first, 7):
            asked(con, feed, day)
    place(con, article("One"), article("Two", feed="post"))
    rows = con.execute(
        "SELECT stories, panel_stories, steady_stories FROM trend_counts($1, $2)",
        [[str(LAST), str(WEEK)], NOW.replace(tzinfo=None)],
    ).fetchall()
    assert rows == [(2, 1, 1)]


def test_last_week_before_is_told_of_series_that_had_one(con: duckdb.DuckDBPyConnection) -> None:
    old, now = article("Old", published=WEEK.before(20).start), article("Now")
    place(con, old, now)
    tag(con, old, now, theme="cyber")
    wanted = [("theme", "cyber", str(WEEK)), ("theme", "opacity", str(WEEK))]
    assert weekly_series.last_weeks_before(con, wanted, NOW) == {("theme", "cyber"): str(WEEK.before(20))}
    assert weekly_series.last_weeks_before(con, [], NOW) == {}
