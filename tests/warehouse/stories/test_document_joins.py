"""A document and its coverage are one story, whose title is the document's."""

from __future__ import annotations

from datetime import timedelta

import duckdb
import pytest
from fakes import WEEK, HashEmbedder, article, place, silent
from test_document_evidence import LIST

from sources.model import Article
from warehouse.embed.vectors import embed_pending
from warehouse.stories.document_joins import join_documents
from warehouse.stories.story_corrections import Correction, split_story
from warehouse.stories.summaries import summarise_stories

DAY = WEEK.start + timedelta(days=4)
DOCUMENT = article(
    *LIST,
    feed="register",
    publisher="Federal Register",
    url="https://www.federalregister.gov/documents/2026/08/14/2026-17893/additions",
    published=DAY,
)
NEWS = article(
    "US adds 23 Chinese entities to export blacklist", feed="post", published=DAY - timedelta(days=3)
)
OTHER = article("Beijing protests against export blacklist", feed="daily", published=DAY)
FORM = article(
    "Agency Information Collection Activities; Entity List Additions",
    LIST[1],
    feed="register",
    publisher="Federal Register",
    published=DAY,
)


def placed(con: duckdb.DuckDBPyConnection, *articles: Article) -> None:
    for one in articles:
        place(con, one, genre="primary_document" if one.source_id == "register" else "news")
    embed_pending(con, HashEmbedder(), silent)


def stories(con: duckdb.DuckDBPyConnection) -> dict[int, int]:
    return dict(con.execute("SELECT article_id, story_id FROM story_articles").fetchall())


def test_a_document_joins_its_news_and_heads_the_story(con: duckdb.DuckDBPyConnection) -> None:
    placed(con, NEWS, OTHER, DOCUMENT)
    assert join_documents(con) == 1
    summarise_stories(con)
    of = stories(con)
    assert of[DOCUMENT.article_id] == of[NEWS.article_id] != of[OTHER.article_id]
    title, document = con.execute(
        "SELECT title, document_id FROM stories WHERE story_id = $1", [of[NEWS.article_id]]
    ).fetchall()[0]
    assert (title, document) == (DOCUMENT.title, DOCUMENT.article_id)
    ((reason,),) = con.execute("SELECT reason FROM story_documents").fetchall()
    assert reason == "both tell of additions and name Entity List, exports, 3 days apart"
    ((event,),) = con.execute("SELECT reason FROM story_events WHERE event = 'merged'").fetchall()
    assert event.endswith(reason)


@pytest.mark.parametrize("order", [(NEWS, DOCUMENT), (DOCUMENT, NEWS)])
def test_it_does_not_matter_which_is_seen_first_and_in_how_many_runs(
    con: duckdb.DuckDBPyConnection, order: tuple[Article, Article]
) -> None:
    for one in order:
        placed(con, one)
        join_documents(con)
    of = stories(con)
    assert of[DOCUMENT.article_id] == of[NEWS.article_id]
    assert join_documents(con) == 0


def test_a_form_of_a_register_attracts_no_news(con: duckdb.DuckDBPyConnection) -> None:
    placed(con, NEWS, FORM)
    assert join_documents(con) == 0
    assert len(set(stories(con).values())) == 2


def test_a_document_that_no_text_of_the_story_reports_does_not_head_it(
    con: duckdb.DuckDBPyConnection,
) -> None:
    place(con, OTHER, story=1)
    place(con, DOCUMENT, story=1, genre="primary_document")
    embed_pending(con, HashEmbedder(), silent)
    join_documents(con)
    summarise_stories(con)
    assert con.execute("SELECT document_id FROM stories").fetchall() == [(None,)]


def test_what_an_analyst_split_stays_apart_and_has_no_head(con: duckdb.DuckDBPyConnection) -> None:
    placed(con, NEWS, DOCUMENT)
    join_documents(con)
    story = stories(con)[NEWS.article_id]
    split_story(con, story, [DOCUMENT.article_id], Correction(by="ana", why="another round", at=DAY))
    assert join_documents(con) == 0
    summarise_stories(con)
    assert con.execute("SELECT count(document_id), count(*) FROM stories").fetchall() == [(0, 2)]
