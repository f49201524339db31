"""The texts of pages: versions, dates, and what is read of an article."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import duckdb
import pytest
from fakes import NOW, HashEmbedder, article, fetched_page, save, silent

from sources.model import Article, DateStatus
from warehouse.classify.classifications import classify_pending
from warehouse.classify.desk_classifier import load_desk_classifier
from warehouse.embed.vectors import embed_pending
from warehouse.extract.entities import EntityExtractor, load_gazetteer
from warehouse.extract.extractions import extract_pending
from warehouse.search.inverted_index import index_pending
from warehouse.store.article_texts import forget_texts, save_page_texts
from warehouse.store.page_boilerplate import cut_repeated_lines

DAY = timedelta(days=1)
RULE = article("A rule on chips", "It was signed.")
FIRST, SECOND = (
    "The rule takes effect in May.\nIt was signed.",
    "The rule takes effect in June.\nIt was signed.",
)
_VERSIONS = "SELECT version, is_latest, text FROM article_text_versions ORDER BY version"


def read(
    con: duckdb.DuckDBPyConnection, one: Article, text: str, when: datetime = NOW, **more: object
) -> None:
    save_page_texts(con, [fetched_page(one, text, when=when, **more)])


def test_changed_page_is_a_new_version_and_the_old_one_stays(con: duckdb.DuckDBPyConnection) -> None:
    save(con, RULE)
    read(con, RULE, FIRST)
    read(con, RULE, FIRST, NOW + DAY)
    assert con.execute(_VERSIONS).fetchall() == [(1, True, FIRST)]
    read(con, RULE, SECOND, NOW + 2 * DAY)
    assert con.execute(_VERSIONS).fetchall() == [(1, False, FIRST), (2, True, SECOND)]
    latest = con.execute("SELECT version, text, words, fetched_at, outcome FROM article_texts").fetchall()
    assert latest == [(2, SECOND, 9, (NOW + 2 * DAY).replace(tzinfo=None), "ok")]


def test_page_that_is_changed_back_is_a_third_version(con: duckdb.DuckDBPyConnection) -> None:
    save(con, RULE)
    for days, text in enumerate((FIRST, SECOND, FIRST)):
        read(con, RULE, text, NOW + days * DAY)
    versions = con.execute(_VERSIONS).fetchall()
    assert versions == [(1, False, FIRST), (2, False, SECOND), (3, True, FIRST)]


def test_repeated_lines_that_were_cut_make_no_new_version_and_are_cut_from_the_next_page(
    con: duckdb.DuckDBPyConnection,
) -> None:
    pages = [article(f"Page {number}") for number in range(4)]
    save(con, *pages)
    texts = [f"Rule {number} takes effect in May, the ministry said.\nFollow us." for number in range(4)]
    for one, text in zip(pages, texts, strict=True):
        read(con, one, text)
    assert cut_repeated_lines(con, ["wire"], NOW) == len(pages)
    read(con, pages[0], texts[0], NOW + DAY)
    late = article("A later page")
    save(con, late)
    read(con, late, "A later rule takes effect in June, the ministry said.\nFollow us.", NOW + DAY)
    assert cut_repeated_lines(con, ["wire"], NOW + DAY) == 1
    assert cut_repeated_lines(con, ["wire"], NOW + DAY) == 0
    assert con.execute("SELECT max(version) FROM article_text_versions").fetchall() == [(1,)]
    assert con.execute("SELECT count(*) FROM article_texts WHERE text LIKE '%Follow us%'").fetchall() == [
        (0,)
    ]


def test_fetch_without_a_text_stores_none(con: duckdb.DuckDBPyConnection) -> None:
    save(con, RULE)
    save_page_texts(con, [replace(fetched_page(RULE, FIRST), page=None)])
    assert con.execute(_VERSIONS).fetchall() == []


def test_text_that_the_feed_brought_whole_is_version_0(con: duckdb.DuckDBPyConnection) -> None:
    whole = article("Whole in its feed", text=FIRST * 40)
    save(con, whole)
    assert con.execute("SELECT version, outcome, extractor FROM article_texts").fetchall() == [
        (0, "feed", "feed")
    ]
    read(con, whole, SECOND)
    assert con.execute(_VERSIONS).fetchall() == [(0, False, whole.text), (1, True, SECOND)]


def dated(con: duckdb.DuckDBPyConnection) -> list[tuple[str, datetime | None]]:
    return con.execute("SELECT date_status, published_at FROM articles").fetchall()


@pytest.mark.parametrize("status", [DateStatus.MISSING, DateStatus.UNPARSABLE])
def test_date_of_the_page_completes_a_missing_one(con: duckdb.DuckDBPyConnection, status: DateStatus) -> None:
    undated = article("Undated", published=None, status=status, seen=NOW)
    save(con, undated)
    read(con, undated, FIRST, published_at=NOW - DAY)
    assert dated(con) == [("ok", (NOW - DAY).replace(tzinfo=None))]
    read(con, undated, SECOND, published_at=NOW - 2 * DAY)  # now it is stated
    save(con, replace(undated, summary="The feed corrects it, still undated.", text_hash=1))
    assert dated(con) == [("ok", (NOW - DAY).replace(tzinfo=None))]


def test_date_of_the_page_never_overrules_one_that_is_stated(con: duckdb.DuckDBPyConnection) -> None:
    save(con, RULE)
    before = dated(con)
    read(con, RULE, FIRST, published_at=NOW - DAY)
    assert dated(con) == before


@pytest.mark.parametrize("days", [2, -31])
def test_date_that_cannot_be_is_not_taken_from_the_page(con: duckdb.DuckDBPyConnection, days: int) -> None:
    undated = article("Undated", published=None, status=DateStatus.MISSING, seen=NOW)
    save(con, undated)
    read(con, undated, FIRST, published_at=NOW + days * DAY)
    assert dated(con) == [("missing", None)]


def test_old_texts_are_forgotten_and_what_was_read_of_them_stays(con: duckdb.DuckDBPyConnection) -> None:
    save(con, RULE)
    read(con, RULE, FIRST, NOW - 32 * DAY)
    read(con, RULE, SECOND, NOW)
    assert forget_texts(con, NOW, 1) == 1
    assert forget_texts(con, NOW, 1) == 0
    assert con.execute(_VERSIONS).fetchall() == [(1, False, None), (2, True, SECOND)]
    hash_before = con.execute("SELECT text_hash FROM store.read_articles").fetchall()
    assert forget_texts(con, NOW + 32 * DAY, 1) == 1
    assert con.execute("SELECT text_hash FROM store.read_articles").fetchall() == hash_before
    assert con.execute("SELECT lead, text FROM store.read_articles").fetchall() == [("It was signed.", "")]
    assert con.execute("FROM article_texts").fetchall() == []


def test_old_whole_text_of_a_feed_is_forgotten_and_its_entry_is_no_change(
    con: duckdb.DuckDBPyConnection,
) -> None:
    whole = article("Whole in its feed", "It was signed.", text=FIRST * 40)
    excerpt = article("Begun in its feed", text=FIRST)
    save(con, whole, excerpt)
    before = con.execute("SELECT article_id, text_hash FROM store.read_articles ORDER BY 1").fetchall()
    assert forget_texts(con, NOW + 32 * DAY, 1) == 1
    assert con.execute("FROM article_texts").fetchall() == []
    save(con, whole, excerpt, now=NOW + 33 * DAY)
    assert con.execute("SELECT DISTINCT updated_at = first_seen_at FROM store.articles").fetchall() == [
        (True,)
    ]
    assert (
        con.execute("SELECT article_id, text_hash FROM store.read_articles ORDER BY 1").fetchall() == before
    )
    kept = con.execute(
        "SELECT summary, text FROM store.articles ORDER BY length(title) DESC, title"
    ).fetchall()
    assert sorted(kept) == sorted([("It was signed.", ""), ("", FIRST)])


def test_what_is_read_of_an_article_is_its_page_else_its_feed(con: duckdb.DuckDBPyConnection) -> None:
    bare = article("Bare headline")
    save(con, bare)
    assert con.execute("SELECT lead, text FROM store.read_articles").fetchall() == [("", "")]
    read(con, bare, FIRST)
    assert con.execute("SELECT lead, text FROM store.read_articles").fetchall() == [(FIRST, FIRST)]


@pytest.mark.parametrize(
    ("summary", "lead"),
    [
        ("", "It was signed in May. More."),
        ("It was sig…", "It was signed in May. More."),
        ("A bill that was long in the making and much disputed was sig...", "It was signed in May. More."),
        ("It was signed in May.", "It was signed in May. More."),
        ("A bill becomes law.", "A bill becomes law. It was signed in May. More."),
        (
            "A bill that was long in the making and much disputed has become law.",
            "A bill that was long in the making and much disputed has become law.",
        ),
    ],
)
def test_summary_that_is_short_or_broken_off_is_completed_by_the_text(
    con: duckdb.DuckDBPyConnection, summary: str, lead: str
) -> None:
    bill = article("A bill", summary)
    save(con, bill)
    assert con.execute("SELECT lead FROM store.read_articles").fetchall() == [(summary,)]
    read(con, bill, "It was signed in May. More.")
    assert con.execute("SELECT lead FROM store.read_articles").fetchall() == [(lead,)]


def test_every_step_takes_an_article_again_when_its_text_came_and_when_it_changed(
    con: duckdb.DuckDBPyConnection,
) -> None:
    classifier, embedder = load_desk_classifier(), HashEmbedder()

    def enriched() -> tuple[int, int, int, int]:
        return (
            embed_pending(con, embedder, silent),
            classify_pending(con, classifier, embedder.model, silent),
            extract_pending(con, EntityExtractor(load_gazetteer()), silent),
            index_pending(con, silent),
        )

    bare = article("Bare headline")
    save(con, bare, article("Another"))
    assert enriched() == (2, 2, 2, 2)
    read(con, bare, "Huawei was named.")
    assert enriched() == (1, 1, 1, 1)
    assert con.execute("SELECT entity_id FROM article_entities").fetchall() == [("huawei",)]
    read(con, bare, "Nvidia was named.", NOW + DAY)
    assert enriched() == (1, 1, 1, 1)
    assert con.execute("SELECT entity_id FROM article_entities").fetchall() == [("nvidia",)]
    read(con, bare, "Nvidia was named.", NOW + 2 * DAY)
    assert enriched() == (0, 0, 0, 0)
