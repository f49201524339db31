"""Within an hour feeds may answer in any order and runs be killed anywhere: the same articles and stories."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import datetime, timedelta

import duckdb
import pytest
from fakes import HashEmbedder, article, at, silent, source

from sources.model import Article, DateStatus, ParsedFeed, RegisterDocument, stable_id
from warehouse.classify import classifications
from warehouse.classify.classifications import classify_pending
from warehouse.classify.desk_classifier import load_desk_classifier
from warehouse.embed import vectors
from warehouse.embed.vectors import embed_pending
from warehouse.store.articles import save_articles
from warehouse.store.db import transaction
from warehouse.store.feeds import save_sources
from warehouse.stories import assign
from warehouse.stories.assign import assign_stories
from warehouse.stories.summaries import summarise_stories

HOUR = at("2026-08-12T06:00")
FEEDS = [f"feed-{number}" for number in range(8)]
WORDS = (
    "chips export licence ministry court drones deal rule bill vote cloud model audit fine senate treaty "
    "tariff navy patent merger safety grant probe summit budget satellite border port steel energy"
).split()
RESULTS = {
    "articles": "* EXCLUDE (first_seen_at, updated_at)",
    "register_documents": "*",
    "classifications": "*",
    "article_desks": "*",
    "story_members": "*",
    "stories": "* EXCLUDE (created_at)",
    "story_changes": "* EXCLUDE (happened_at)",
    "story_summaries": "*",
}


def feeds_of_an_hour(hour: datetime) -> list[ParsedFeed]:
    """Eight feeds: headlines of few words, so that many stories nearly fit; every third article in two feeds,
    in other words, and sometimes dated by one of them only."""
    chance = random.Random(hour.isoformat())
    brought: dict[str, list[Article]] = {feed: [] for feed in FEEDS}
    for number in range(60):
        title = " ".join(chance.sample(WORDS, 5))
        dated = chance.random() < 0.9
        one = article(
            title.capitalize(),
            " ".join(chance.choices(WORDS, k=8)),
            feed=chance.choice(FEEDS),
            url=f"https://news.example/{hour:%H}/{number}",
            published=hour - timedelta(minutes=chance.randrange(0, 6_000)) if dated else None,
            status=DateStatus.OK if dated else DateStatus.MISSING,
        )
        brought[one.source_id].append(one)
        if number % 3 == 0:
            dates = chance.random() < 0.9
            brought[other := chance.choice(FEEDS)].append(
                replace(
                    one,
                    source_id=other,
                    publisher=other.title(),
                    title=one.title + " today",
                    text_hash=stable_id(one.title, other),
                    published_at=hour - timedelta(hours=number) if dates else None,
                    date_status=DateStatus.OK if dates else DateStatus.MISSING,
                    register=REGISTERED if number % 2 else None,
                )
            )
    return [ParsedFeed(articles=tuple(articles), rejections=()) for articles in brought.values()]


REGISTERED = RegisterDocument(
    document_number="2026-00001",
    type="Rule",
    agencies=(),
    effective_on=None,
    comments_close_on=None,
    dockets=(),
    rins=(),
    cfr_parts=(),
)


class Killed(BaseException):
    """What ends a run at some point."""


def play(
    con: duckdb.DuckDBPyConnection, monkeypatch: pytest.MonkeyPatch, chance: random.Random | None
) -> None:
    """Two hours of feeds, each collected and then enriched.

    With `chance` the answers come in any order, some of them in a later attempt within the hour, batches have
    any size, and the grouping is killed before it is done; that of the first hour may wait for the second's.
    """
    save_sources(con, map(source, FEEDS))
    for hour in (HOUR, HOUR + timedelta(hours=1)):
        feeds = feeds_of_an_hour(hour)
        if chance:
            chance.shuffle(feeds)
        first, moment = 0, hour
        while first < len(feeds):
            end = first + (chance.randrange(1, 4) if chance else len(feeds))
            with transaction(con):
                save_articles(con, [seen_at(feed, moment) for feed in feeds[first:end]], moment)
            first, moment = end, moment + timedelta(minutes=5)
        if chance:
            for module in (vectors, classifications, assign):
                monkeypatch.setattr(module, "COMMIT_EVERY", chance.randrange(5, 40))
            with pytest.raises(Killed):
                enrich(con, kill_after=chance.randrange(0, 40))
            if hour == HOUR and chance.random() < 0.5:
                continue
        enrich(con)


def seen_at(feed: ParsedFeed, moment: datetime) -> ParsedFeed:
    return replace(feed, articles=tuple(replace(one, first_seen_at=moment) for one in feed.articles))


def enrich(con: duckdb.DuckDBPyConnection, kill_after: int | None = None) -> None:
    def die(done: int, _total: int) -> None:
        if kill_after is not None and done > kill_after:
            raise Killed

    embed_pending(con, HashEmbedder(), silent)
    classify_pending(con, load_desk_classifier(), "hash@1", silent)
    assign_stories(con, "hash@1", die)
    summarise_stories(con)


def results(con: duckdb.DuckDBPyConnection) -> dict[str, list[tuple[object, ...]]]:
    return {
        table: con.execute(f"SELECT {what} FROM store.{table} ORDER BY ALL").fetchall()
        for table, what in RESULTS.items()
    }


@pytest.fixture
def undisturbed(
    con: duckdb.DuckDBPyConnection, monkeypatch: pytest.MonkeyPatch
) -> dict[str, list[tuple[object, ...]]]:
    play(con, monkeypatch, None)
    found = results(con)
    for table in (*RESULTS, "vectors", "article_terms", "story_sentences", "sources"):
        con.execute(f"DELETE FROM store.{table}")
    return found


SEEDS = [0, *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(1, 8))]


@pytest.mark.parametrize("seed", SEEDS)
def test_any_order_of_feeds_and_any_kill_within_the_hour_give_the_same(
    con: duckdb.DuckDBPyConnection,
    monkeypatch: pytest.MonkeyPatch,
    undisturbed: dict[str, list[tuple[object, ...]]],
    seed: int,
) -> None:
    play(con, monkeypatch, random.Random(seed))
    found = results(con)
    assert {name: found[name] for name in found if found[name] != undisturbed[name]} == {}
    assert 20 < len(found["stories"]) < 110
