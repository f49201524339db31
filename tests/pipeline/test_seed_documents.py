"""Two texts like the taxonomy's seeds: an event report without a year, and an opinion post without a date."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import duckdb
import pytest
from fakes import NOW, HashEmbedder, article, place, save, silent

from sources.clean.text import plain_text
from sources.model import DateStatus
from warehouse.classify.classifications import classify_pending
from warehouse.classify.desk_classifier import load_desk_classifier
from warehouse.classify.topics import load_extractors
from warehouse.embed.vectors import embed_pending
from warehouse.extract.extractions import extract_pending
from warehouse.store.db import to_db

REPORT_PAGE = """
<p>Skip to main content | Home | News | Subscribe to our newsletter | Share on social media</p>
<p>Experts from governments, armed forces, industry and academia met to discuss artificial intelligence and national security.
The expert meeting considered military AI, autonomous weapons, deepfakes and the risk of an arms race and of unintended
escalation, and asked for governance of AI, confidence-building measures and multi-stakeholder dialogue.</p>
<p>A call for papers for the next meeting is open; contributions close on 15 March.</p><p>Cookie settings | Contact us</p>
"""
POST = """
---
layout: post
title: The dual-use dilemma
---
*The views expressed are my own and not those of my employer.*

Artificial intelligence reads scans in a clinic and finds targets on a battlefield. [Military AI](https://a.example/1) and
autonomous weapons drive an arms race of great powers; [export controls](https://b.example/2) on AI chips slow it, and
[AI regulation](https://c.example/3) such as the AI Act must not stifle innovation. I think we should have both.
"""
REPORT = replace(
    article(
        "Event report: experts meet on artificial intelligence and national security",
        plain_text(REPORT_PAGE, 1000),
        feed="body",
        published=None,
        status=DateStatus.MISSING,
    ),
    published_at=None,
)
OPINION = replace(
    article(
        "The dual-use dilemma: why we should arm regulators before robots",
        plain_text(POST, 1000),
        feed="blog",
        url="https://blog.example/opinion/dual-use",
        published=None,
        status=DateStatus.MISSING,
    ),
    published_at=None,
)


@pytest.fixture
def enriched(con: duckdb.DuckDBPyConnection) -> Iterator[duckdb.DuckDBPyConnection]:
    save(con, REPORT, OPINION)
    con.execute("UPDATE store.sources SET kind = 'international_body' WHERE source_id = 'body'")
    embed_pending(con, HashEmbedder(), silent)
    classify_pending(con, load_desk_classifier(), "hash@1", silent)
    for extractor in load_extractors():
        extract_pending(con, extractor, silent)
    yield con


def desks(con: duckdb.DuckDBPyConnection, article_id: int) -> list[object]:
    query = "SELECT desk FROM article_desks WHERE article_id = $1 ORDER BY is_primary DESC, desk"
    return [desk for (desk,) in con.execute(query, [article_id]).fetchall()]


def genre(con: duckdb.DuckDBPyConnection, article_id: int) -> object:
    return con.execute("SELECT genre FROM articles WHERE article_id = $1", [article_id]).fetchone()


def test_event_report_is_arms_race_first_and_regulation_second(enriched: duckdb.DuckDBPyConnection) -> None:
    assert genre(enriched, REPORT.article_id) == ("event_report",)
    assert desks(enriched, REPORT.article_id) == ["arms_race", "regulation"]


def test_closing_date_without_a_year_stays_unknown(enriched: duckdb.DuckDBPyConnection) -> None:
    assert enriched.execute("FROM deadlines").fetchall() == []


def test_opinion_post_is_arms_race_first_then_export_controls_and_regulation(
    enriched: duckdb.DuckDBPyConnection,
) -> None:
    assert genre(enriched, OPINION.article_id) == ("opinion",)
    assert desks(enriched, OPINION.article_id) == ["arms_race", "export_controls", "regulation"]


def test_themes_of_the_seeds_are_those_that_the_taxonomy_began_with(
    enriched: duckdb.DuckDBPyConnection,
) -> None:
    query = "SELECT theme FROM article_themes WHERE article_id = $1"
    assert {"escalation_risk", "cooperation", "power_balance"} <= {
        theme for (theme,) in enriched.execute(query, [REPORT.article_id]).fetchall()
    }
    assert "dual_use" in {theme for (theme,) in enriched.execute(query, [OPINION.article_id]).fetchall()}


def test_neither_counts_in_a_trend(con: duckdb.DuckDBPyConnection) -> None:
    place(con, REPORT, desk="arms_race", genre="event_report")
    place(con, OPINION, desk="arms_race", genre="opinion")
    assert con.execute("FROM counted_articles($1)", [to_db(NOW)]).fetchall() == []
