"""What is extracted of an article whose text is there: title, lead and text weigh differently."""

from __future__ import annotations

import duckdb
from fakes import article, at, fetched_page, save, silent

from warehouse.classify.topics import load_extractors
from warehouse.extract.extractions import READ_CHARS, extract_pending
from warehouse.store.article_texts import save_page_texts

REPORT = article(
    "Commerce Department adds chip firms to Entity List",
    "The firms built supercomputers for a foreign army, the department said in its final rule on Monday.",
    published=at("2026-08-12"),
)
TEXT = """The rule, docket BIS-2026-0033, takes effect on August 20, 2026.
Nvidia declined to comment. Nvidia sells most of them, and Nvidia has to stop.
Once, in another matter, Huawei was sued. A bill was introduced in the Senate."""


def extracted(con: duckdb.DuckDBPyConnection, text: str, query: str) -> list[tuple[object, ...]]:
    save(con, REPORT)
    save_page_texts(con, [fetched_page(REPORT, text)])
    for extractor in load_extractors():
        extract_pending(con, extractor, silent)
    return con.execute(query).fetchall()


def test_entity_is_named_by_title_and_lead_or_again_and_again(con: duckdb.DuckDBPyConnection) -> None:
    query = "SELECT entity_id, mentions, in_title FROM store.article_entities ORDER BY entity_id"
    assert extracted(con, TEXT, query) == [
        ("commerce-department", 1, True),
        ("entity-list", 1, True),
        ("nvidia", 3, False),
    ]


def test_instrument_and_date_of_the_text_have_their_sentence(con: duckdb.DuckDBPyConnection) -> None:
    query = """
    SELECT number, evidence FROM store.article_instruments UNION ALL
    SELECT kind, evidence FROM store.article_dates ORDER BY 1
    """
    sentence = "The rule, docket BIS-2026-0033, takes effect on August 20, 2026."
    assert extracted(con, TEXT, query) == [("BIS-2026-0033", sentence), ("takes_effect", sentence)]


def test_act_is_that_of_title_and_lead(con: duckdb.DuckDBPyConnection) -> None:
    query = "SELECT value FROM store.article_facets WHERE facet = 'act'"
    bill = "The Senate passed a bill. A bill was introduced. The bill goes to the House."
    assert extracted(con, bill, query) == [("rule",)]


def test_end_of_a_long_text_is_not_read(con: duckdb.DuckDBPyConnection) -> None:
    filler = "Nothing is said here.\n" * (READ_CHARS // 20)
    assert extracted(con, filler + TEXT, "SELECT number FROM store.article_instruments") == []
