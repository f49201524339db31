"""An aggregator's entry and the article behind it are one; lines that a site repeats are cut."""

from __future__ import annotations

import duckdb
from fakes import NOW, article, place, save

from sources.model import Article, Outcome, PageResult, PageText, WantedPage
from warehouse.store.article_aliases import Identified, identify_articles
from warehouse.store.article_texts import save_page_texts
from warehouse.store.db import transaction
from warehouse.store.page_boilerplate import cut_repeated_lines
from warehouse.store.page_fetches import save_page_fetches

POINTER = article("Chip rule takes effect (Ann/Outlet)", feed="pointers", publisher="pointers.example")
OWN = article("Chip rule takes effect", feed="outlet", url="https://outlet.example/chip-rule")


def had(one: Article, text: str) -> PageResult:
    wanted = WantedPage(
        article_id=one.article_id, source_id=one.source_id, url=one.url or "", title=one.title, language="en"
    )
    page = PageText(text=text, extractor="reader 1")
    return PageResult(
        wanted=wanted, fetched_at=NOW, outcome=Outcome.OK, elapsed_s=0.1, final_url=OWN.url, page=page
    )


def keep(con: duckdb.DuckDBPyConnection, *results: PageResult) -> None:
    with transaction(con):
        save_page_fetches(con, results)
        save_page_texts(con, results)


def identify(con: duckdb.DuckDBPyConnection, one: Article) -> int:
    found = Identified(
        article_id=one.article_id, same_as=OWN.article_id, url=OWN.url or "", publisher="Outlet"
    )
    with transaction(con):
        return identify_articles(con, [found])


def articles(con: duckdb.DuckDBPyConnection) -> list[tuple[int, str, str]]:
    return con.execute("SELECT article_id, source_id, publisher FROM articles ORDER BY source_id").fetchall()


def test_entry_takes_the_identity_of_the_page_it_leads_to_and_keeps_its_text(
    con: duckdb.DuckDBPyConnection,
) -> None:
    save(con, POINTER)
    keep(con, had(POINTER, "The rule took effect."))
    assert identify(con, POINTER) == 1
    assert articles(con) == [(OWN.article_id, "pointers", "Outlet")]
    assert con.execute("SELECT article_id, text FROM article_texts").fetchall() == [
        (OWN.article_id, "The rule took effect.")
    ]
    assert con.execute("SELECT article_id FROM fetches").fetchall() == [(OWN.article_id,)]


def test_entry_becomes_one_with_the_outlets_own_article(con: duckdb.DuckDBPyConnection) -> None:
    save(con, OWN, POINTER)
    keep(con, had(POINTER, "The rule took effect."))
    identify(con, POINTER)
    assert articles(con) == [(OWN.article_id, "outlet", "Outlet")]
    assert con.execute("SELECT article_id FROM article_texts").fetchall() == [(OWN.article_id,)]


def test_entry_that_comes_again_is_known(con: duckdb.DuckDBPyConnection) -> None:
    save(con, POINTER)
    identify(con, POINTER)
    save(con, POINTER, OWN)
    assert articles(con) == [(OWN.article_id, "pointers", "Outlet")]


def test_article_that_is_in_a_story_stays_what_it_is(con: duckdb.DuckDBPyConnection) -> None:
    place(con, POINTER)
    assert identify(con, POINTER) == 0
    assert [id_ for id_, _, _ in articles(con)] == [POINTER.article_id]


def test_two_entries_that_lead_to_one_page_are_one(con: duckdb.DuckDBPyConnection) -> None:
    other = article("Another pointer", feed="links", publisher="links.example")
    save(con, POINTER, other)
    keep(con, had(POINTER, "The rule took effect."), had(other, "The rule took effect."))
    found = [
        Identified(article_id=one.article_id, same_as=OWN.article_id, url=OWN.url or "", publisher="Outlet")
        for one in (POINTER, other)
    ]
    with transaction(con):
        assert identify_articles(con, found) == 2
    assert [id_ for id_, _, _ in articles(con)] == [OWN.article_id]
    assert con.execute("SELECT count(*) FROM article_texts").fetchone() == (1,)


SITE = "The Daily Wire is owned by its readers and appears every morning."


def texts(con: duckdb.DuckDBPyConnection) -> list[str]:
    return [text for (text,) in con.execute("SELECT text FROM article_texts ORDER BY article_id").fetchall()]


def test_line_on_three_pages_of_a_source_is_cut_from_all(con: duckdb.DuckDBPyConnection) -> None:
    news = [article(f"Report {name}") for name in ("one", "two", "three")]
    save(con, *news)
    own = {one.article_id: f"What {one.title} says. " * 20 for one in news}
    keep(con, *(had(one, f"{own[one.article_id]}\n{SITE}") for one in news))
    assert cut_repeated_lines(con, {"wire"}, NOW) == 3
    assert texts(con) == [own[id_] for id_ in sorted(own)]
    assert cut_repeated_lines(con, {"wire"}, NOW) == 0


def test_report_in_three_versions_is_not_taken_for_the_site(con: duckdb.DuckDBPyConnection) -> None:
    news = [article(f"Update {name}") for name in ("one", "two", "three")]
    save(con, *news)
    report = "\n".join(f"Paragraph {number} of the report." for number in range(9))
    keep(con, *(had(one, f"{one.title}\n{report}") for one in news))
    assert cut_repeated_lines(con, {"wire"}, NOW) == 0


def test_line_on_pages_of_other_sources_stays(con: duckdb.DuckDBPyConnection) -> None:
    news = [article(f"Report {name}", feed=name) for name in ("one", "two", "three")]
    save(con, *news)
    keep(con, *(had(one, f"{'Own words. ' * 20}{one.title}\n{SITE}") for one in news))
    assert cut_repeated_lines(con, {"one", "two", "three"}, NOW) == 0
