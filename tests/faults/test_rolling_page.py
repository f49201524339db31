"""A page that is rewritten under one link: each of its entries is an article; a correction of one is not."""

from __future__ import annotations

from dataclasses import replace

import duckdb
from fakes import at

from sources.feeds.parse import parse_feed
from sources.model import Source
from warehouse.store.articles import save_articles

PAGE = Source(
    id="advisory", name="Advisory", publisher="Advisory", url="https://advisory.example/feed", kind="news",
    region="INT", language="en",
)  # fmt: skip
LINK = "https://advisory.example/latest"


def come(con: duckdb.DuckDBPyConnection, *entries: tuple[str, str, int], source: Source = PAGE) -> None:
    """Saves a body with entries of guid, title and day of August."""
    items = "".join(
        f"<item><title>{title}</title><link>{LINK}</link><guid isPermaLink='false'>{guid}</guid>"
        f"<pubDate>{day} Aug 2026 09:00:00 GMT</pubDate></item>"
        for guid, title, day in entries
    )
    body = f"<rss version='2.0'><channel><title>A</title>{items}</channel></rss>".encode()
    seen = at(f"2026-08-{max(day for *_, day in entries):02}T12:00")
    save_articles(con, [parse_feed(body, "", source, seen)], seen)


def kept(con: duckdb.DuckDBPyConnection) -> list[tuple[str, int]]:
    return con.execute("SELECT title, day(published_at) FROM store.articles ORDER BY ALL").fetchall()


def test_each_entry_of_a_rewritten_page_is_an_article(con: duckdb.DuckDBPyConnection) -> None:
    for guid, title, day in (("a", "First", 3), ("b", "Second", 4), ("c", "Third", 5), ("c", "Third", 5)):
        come(con, (guid, title, day))
    assert kept(con) == [("First", 3), ("Second", 4), ("Third", 5)]


def test_corrected_article_stays_one(con: duckdb.DuckDBPyConnection) -> None:
    for guid, title, day in (
        ("a", "Frist", 3),
        ("a", "First", 4),
        ("b", "First", 4),
        ("b", "First, again", 5),
    ):
        come(con, (guid, title, day))
    assert kept(con) == [("First, again", 3)]


def test_second_article_of_a_rewritten_page_is_corrected_as_one(con: duckdb.DuckDBPyConnection) -> None:
    for guid, title, day in (("a", "First", 3), ("b", "Scond", 4), ("b", "Second", 5)):
        come(con, (guid, title, day))
    assert kept(con) == [("First", 3), ("Second", 4)]


def test_entries_first_together_then_alone_stay_the_same(con: duckdb.DuckDBPyConnection) -> None:
    come(con, ("a", "First", 3), ("b", "Second", 4))
    come(con, ("b", "Second", 4))
    come(con, ("b", "Second", 4), ("c", "Third", 5))
    assert kept(con) == [("First", 3), ("Second", 4), ("Third", 5)]


def test_article_of_two_feeds_stays_one(con: duckdb.DuckDBPyConnection) -> None:
    come(con, ("a", "First", 3))
    come(con, ("other", "First, says Advisory", 4), source=replace(PAGE, id="hub", kind="aggregator"))
    assert kept(con) == [("First", 3)]
