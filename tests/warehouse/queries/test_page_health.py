"""How many pages of a source were had, and why the others were not."""

from __future__ import annotations

from datetime import timedelta

import duckdb
from fakes import NOW, article, fetched_page, save

from sources.model import Article, Outcome
from warehouse.queries.page_health import LEAST_PAGES, count_pages, page_health
from warehouse.store.page_fetches import save_page_fetches

DAY = timedelta(days=1)


def articles(many: int, feed: str = "wire") -> list[Article]:
    return [article(f"{feed} {number}", feed=feed) for number in range(many)]


def ask(con: duckdb.DuckDBPyConnection, one: Article, outcome: Outcome, days_ago: float = 0.5) -> None:
    save(con, one)
    save_page_fetches(con, [fetched_page(one, outcome=outcome, when=NOW - days_ago * DAY)])


def test_latest_attempt_of_each_article_counts(con: duckdb.DuckDBPyConnection) -> None:
    had, walled, forbidden = articles(3)
    ask(con, had, Outcome.TIMEOUT, 1.5)
    ask(con, had, Outcome.OK)
    ask(con, walled, Outcome.PAYWALL)
    ask(con, forbidden, Outcome.ROBOTS_DISALLOWED)
    health = page_health(con, NOW)["wire"]
    assert (health.pages, health.had, health.share, health.none_had) == (3, 1, 0.333, False)
    assert health.failures == {"paywall": 1, "robots_disallowed": 1}
    assert con.execute("FROM page_outcomes ORDER BY outcome").fetchall() == [
        ("wire", outcome, 1, (NOW - 0.5 * DAY).replace(tzinfo=None))
        for outcome in ("ok", "paywall", "robots_disallowed")
    ]


def test_attempts_of_other_months_do_not_count(con: duckdb.DuckDBPyConnection) -> None:
    ask(con, articles(1)[0], Outcome.OK, 31)
    assert page_health(con, NOW) == {}
    assert con.execute("SELECT articles FROM page_outcomes").fetchall() == [(1,)]


def test_source_of_which_no_page_was_had_for_a_week_is_named(con: duckdb.DuckDBPyConnection) -> None:
    for one in articles(LEAST_PAGES, "walled"):
        ask(con, one, Outcome.PAYWALL)
    ask(con, article("Had long ago", feed="walled"), Outcome.OK, 8)
    for one in articles(LEAST_PAGES - 1, "few"):
        ask(con, one, Outcome.PAYWALL)
    health = page_health(con, NOW)
    assert {source_id: one.none_had for source_id, one in health.items()} == {"walled": True, "few": False}


def test_pages_of_the_last_day_are_counted(con: duckdb.DuckDBPyConnection) -> None:
    assert count_pages(con, NOW) == {"had": 0, "failed": 0}
    outcomes = (Outcome.OK, Outcome.OK, Outcome.CAPTCHA, Outcome.POSTPONED)
    for one, outcome in zip(articles(4), outcomes, strict=True):
        ask(con, one, outcome)
    ask(con, article("Yesterday's"), Outcome.OK, 1.1)
    assert count_pages(con, NOW) == {"had": 2, "failed": 1}
