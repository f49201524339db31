"""Texts that come after their article was grouped: what is a copy is said again, stories stay."""

from __future__ import annotations

from datetime import timedelta

import duckdb
import pytest
from fakes import NOW, WEEK, HashEmbedder, article, fetched_page, save, silent

from sources.model import Article
from warehouse.classify.classifications import classify_pending
from warehouse.classify.desk_classifier import load_desk_classifier
from warehouse.embed.vectors import embed_pending
from warehouse.store.article_texts import save_page_texts
from warehouse.stories.assign import assign_stories
from warehouse.stories.late_texts import reread_members
from warehouse.stories.summaries import summarise_stories

TITLES = (
    "Netherlands halts exports of lithography machines to China",
    "Exports of lithography machines to China: Netherlands halts them all",
    "Netherlands halts exports of lithography machines to China, minister tells Rotterdam port",
)
WIRE = " ".join(
    f"The minister{n} told parliament{n} that licences{n} were revoked{n} at once{n}." for n in range(20)
)
OWN = " ".join(
    f"Engineers{n} in Veldhoven{n} saw orders{n} vanish{n} on a rainy{n} morning{n}." for n in range(20)
)
FILER = load_desk_classifier()
_MEMBERS = "SELECT article_id, story_id, copy_of FROM store.story_members ORDER BY position"


@pytest.fixture
def grouped(con: duckdb.DuckDBPyConnection) -> list[Article]:
    """Three reports of one event, by title alone."""
    start = WEEK.start + timedelta(days=1)
    reports = [
        article(title, feed=feed, published=start + timedelta(hours=hour))
        for hour, (title, feed) in enumerate(zip(TITLES, ("wire", "post", "globe"), strict=True))
    ]
    save(con, *reports)
    enrich(con)
    return reports


def enrich(con: duckdb.DuckDBPyConnection) -> int:
    embed_pending(con, HashEmbedder(), silent)
    classify_pending(con, FILER, "hash@1", silent)
    reread = reread_members(con, "hash@1")
    assign_stories(con, "hash@1", silent)
    summarise_stories(con)
    return reread


def copies(con: duckdb.DuckDBPyConnection, reports: list[Article]) -> list[int | None]:
    """For each report which one it repeats; they are in one story throughout."""
    rows = con.execute(_MEMBERS).fetchall()
    assert len({story for _, story, _ in rows}) == 1
    place = {one.article_id: number for number, one in enumerate(reports)}
    return [None if of is None else place[of] for _, _, of in rows]


def read(con: duckdb.DuckDBPyConnection, one: Article, text: str, hours: int = 0) -> None:
    save_page_texts(con, [fetched_page(one, text, when=NOW + timedelta(hours=hours))])


def test_texts_that_come_later_say_which_article_is_a_copy(
    con: duckdb.DuckDBPyConnection, grouped: list[Article]
) -> None:
    assert copies(con, grouped) == [None, None, None]
    read(con, grouped[2], WIRE)
    assert (enrich(con), copies(con, grouped)) == (1, [None, None, None])
    read(con, grouped[0], WIRE)
    read(con, grouped[1], OWN)
    assert (enrich(con), copies(con, grouped)) == (2, [None, None, 0])
    assert enrich(con) == 0


def test_page_that_was_rewritten_is_no_copy_any_more(
    con: duckdb.DuckDBPyConnection, grouped: list[Article]
) -> None:
    for one in grouped:
        read(con, one, WIRE)
    enrich(con)
    assert copies(con, grouped) == [None, 0, 0]
    read(con, grouped[0], OWN, hours=1)
    assert (enrich(con), copies(con, grouped)) == (1, [None, None, None])
    read(con, grouped[1], WIRE + " Corrected.", hours=2)
    assert (enrich(con), copies(con, grouped)) == (1, [None, None, 1])


def test_story_is_summarised_again_with_what_its_texts_say(
    con: duckdb.DuckDBPyConnection, grouped: list[Article]
) -> None:
    said = "SELECT count(*) FROM store.story_sentences"
    assert con.execute(said).fetchall() == [(0,)]
    read(con, grouped[1], OWN)
    enrich(con)
    ((count,),) = con.execute(said).fetchall()
    assert count > 0
