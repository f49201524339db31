"""Which pages are wanted, what is logged of their fetches, and the robots files that are kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import duckdb
import pytest
from fakes import NOW, article, fetched_page, place, save

from sources.model import Article, DateStatus, FullText, Outcome, RobotsFile, SetAside
from warehouse.store.page_fetches import (
    RETRY_AFTER_H,
    load_robots,
    resting_hosts,
    save_page_fetches,
    save_robots,
    wanted_pages,
)

HOUR = timedelta(hours=1)
WISHES = {"wire": FullText.ON_TOPIC}
YESTERDAY = NOW - timedelta(days=1)
RULE = article("A rule on chips", published=YESTERDAY)
BODY = "The rule takes effect in May, the ministry said. " * 40


def wanted(
    con: duckdb.DuckDBPyConnection, now: datetime = NOW, wishes: dict[str, FullText] | None = None
) -> list[int]:
    return [page.article_id for page in wanted_pages(con, wishes or WISHES, now)]


def ids(*articles: Article) -> list[int]:
    return [one.article_id for one in articles]


def log(con: duckdb.DuckDBPyConnection, one: Article, outcome: Outcome, when: datetime, **more: Any) -> None:
    save_page_fetches(con, [fetched_page(one, outcome=outcome, when=when, **more)])


def test_pages_on_topic_or_near_it_are_wanted_newest_first(con: duckdb.DuckDBPyConnection) -> None:
    older = article("An older rule", published=YESTERDAY - HOUR)
    near, far = (article(title, published=YESTERDAY - 2 * HOUR) for title in ("Chips", "Rovers win"))
    place(con, older, RULE)
    place(con, near, desk="export_controls", score=0.11)
    place(con, far, desk="export_controls", score=0.09)
    assert wanted(con) == ids(RULE, older, near)


def test_of_a_source_read_whole_also_what_is_far_from_the_topic_and_not_filed_yet(
    con: duckdb.DuckDBPyConnection,
) -> None:
    sport, fresh = article("Rovers win", published=YESTERDAY), article("Not filed yet", published=NOW - HOUR)
    place(con, sport, desk="off_topic", score=0.99)
    save(con, fresh)
    assert wanted(con, wishes={"wire": FullText.ALL}) == ids(fresh, sport)
    assert wanted(con) == []


@pytest.mark.parametrize("wishes", [{"wire": FullText.NEVER}, {"post": FullText.ALL}])
def test_of_a_source_never_read_or_not_in_the_catalog_no_page_is_wanted(
    con: duckdb.DuckDBPyConnection, wishes: dict[str, FullText]
) -> None:
    place(con, RULE)
    assert wanted(con, wishes=wishes) == []


def test_page_that_was_fetched_is_not_wanted_twice(con: duckdb.DuckDBPyConnection) -> None:
    place(con, RULE)
    log(con, RULE, Outcome.OK, NOW)
    assert wanted(con, NOW + 5 * HOUR) == []


@pytest.mark.parametrize(
    "outcome", [Outcome.PAYWALL, Outcome.ROBOTS_DISALLOWED, Outcome.SOFT_404, Outcome.GONE, Outcome.NO_TEXT]
)
def test_page_whose_server_will_say_the_same_again_is_not_wanted_twice(
    con: duckdb.DuckDBPyConnection, outcome: Outcome
) -> None:
    place(con, RULE)
    log(con, RULE, outcome, NOW)
    assert wanted(con, NOW + 50 * HOUR) == []


def test_page_is_wanted_again_when_its_feed_has_changed_the_article(con: duckdb.DuckDBPyConnection) -> None:
    place(con, RULE)
    log(con, RULE, Outcome.OK, NOW)
    again = replace(RULE, summary="Corrected.", text_hash=1)
    save(con, again, now=NOW + HOUR)
    assert wanted(con, NOW + HOUR) == ids(RULE)


def test_page_whose_server_fails_is_wanted_at_its_hours_four_times_in_all(
    con: duckdb.DuckDBPyConnection,
) -> None:
    place(con, RULE)
    now = NOW
    for pause in RETRY_AFTER_H:
        assert wanted(con, now) == ids(RULE)
        log(con, RULE, Outcome.TIMEOUT, now)
        now += pause * HOUR
        assert wanted(con, now - timedelta(seconds=1)) == []
    assert wanted(con, now) == ids(RULE)
    log(con, RULE, Outcome.TIMEOUT, now)
    assert wanted(con, now + 100 * HOUR) == []
    attempts = con.execute("SELECT attempt, retry_at IS NULL FROM store.page_fetches ORDER BY 1").fetchall()
    assert attempts == [(1, False), (2, False), (3, False), (4, True)]


def test_page_that_was_had_at_the_second_attempt_is_not_wanted_again(con: duckdb.DuckDBPyConnection) -> None:
    place(con, RULE)
    log(con, RULE, Outcome.TIMEOUT, NOW)
    log(con, RULE, Outcome.OK, NOW + HOUR)
    assert wanted(con, NOW + 50 * HOUR) == []


def test_server_that_names_its_pause_is_left_alone_for_it_but_no_longer_than_a_day(
    con: duckdb.DuckDBPyConnection,
) -> None:
    place(con, RULE)
    log(con, RULE, Outcome.RATE_LIMITED, NOW, retry_after_s=3 * 3_600)
    assert resting_hosts(con, NOW) == {"wire.example": NOW + 3 * HOUR}
    assert (wanted(con, NOW + 2 * HOUR), wanted(con, NOW + 3 * HOUR)) == ([], ids(RULE))
    assert resting_hosts(con, NOW + 3 * HOUR) == {}
    log(con, RULE, Outcome.RATE_LIMITED, NOW + 3 * HOUR, retry_after_s=10**9)
    assert wanted(con, NOW + 27 * HOUR) == ids(RULE)


def test_host_that_a_link_led_to_rests_and_not_the_aggregator(con: duckdb.DuckDBPyConnection) -> None:
    place(con, RULE)
    limited = fetched_page(RULE, outcome=Outcome.RATE_LIMITED, http_status=429, retry_after_s=86_400)
    save_page_fetches(con, [replace(limited, final_url="https://outlet.example/rule")])
    assert resting_hosts(con, NOW) == {"outlet.example": NOW + 24 * HOUR}


def test_old_articles_are_not_wanted_by_date_nor_by_first_sight(con: duckdb.DuckDBPyConnection) -> None:
    long_ago = NOW - timedelta(days=8)
    dated = article("Dated long ago, seen now", published=long_ago, seen=YESTERDAY)
    undated = article("Undated, seen long ago", published=None, status=DateStatus.MISSING, seen=long_ago)
    fresh = article("Undated, seen now", published=None, status=DateStatus.MISSING, seen=YESTERDAY)
    place(con, dated, undated, fresh)
    assert wanted(con) == ids(fresh)


def test_what_the_feed_brought_whole_was_set_aside_or_has_no_address_is_not_wanted(
    con: duckdb.DuckDBPyConnection,
) -> None:
    whole = article("Whole in its feed", text=BODY, published=YESTERDAY)
    cut = article("Cut off in its feed", text=f"{BODY}…", published=YESTERDAY)
    flood = replace(article("Flood", published=YESTERDAY), set_aside=SetAside.FLOOD)
    nowhere = article("Nowhere", url=None, published=YESTERDAY)
    place(con, whole, cut, flood, nowhere)
    assert wanted(con) == ids(cut)


def test_fetches_of_pages_are_in_the_log_beside_those_of_feeds(con: duckdb.DuckDBPyConnection) -> None:
    place(con, RULE)
    log(con, RULE, Outcome.PAYWALL, NOW, http_status=200, message="subscribers only")
    log(con, RULE, Outcome.PAYWALL, NOW)  # the same page at the same time is one fetch
    rows = con.execute(
        "SELECT kind, source_id, article_id, outcome, entries_new, fetched_at = $now::TIMESTAMP FROM fetches",
        {"now": NOW.replace(tzinfo=None)},
    ).fetchall()
    assert rows == [("page", "wire", RULE.article_id, "paywall", None, True)]


def robots(origin: str, when: datetime, rules: str = "", outcome: Outcome = Outcome.OK) -> RobotsFile:
    return RobotsFile(origin=origin, fetched_at=when, outcome=outcome, http_status=200, rules=rules)


def origins(files: Sequence[RobotsFile]) -> dict[str, RobotsFile]:
    return {one.origin: one for one in files}


def test_robots_files_come_back_for_a_day(con: duckdb.DuckDBPyConnection) -> None:
    kept = robots("https://wire.example", NOW, "User-agent: *\nDisallow: /archive/")
    down = RobotsFile(origin="https://post.example", fetched_at=NOW, outcome=Outcome.TIMEOUT)
    save_robots(con, [kept, down])
    save_robots(con, [])
    assert load_robots(con, NOW + 23 * HOUR) == origins([kept, down])
    assert load_robots(con, NOW + 24 * HOUR) == {}


def test_of_an_origin_the_last_robots_file_is_kept(con: duckdb.DuckDBPyConnection) -> None:
    first, second, third = (robots("https://wire.example", NOW + n * HOUR, f"# {n}") for n in range(3))
    save_robots(con, [first])
    save_robots(con, [second, third])
    assert load_robots(con, NOW + 3 * HOUR) == origins([third])
