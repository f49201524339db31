"""Extractions: topics, entities, instruments and dates are stored once, and anew after a change."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import duckdb
import pytest
from fakes import HashEmbedder, article, at, place, save, silent

from sources.model import Article, ParsedFeed
from warehouse.classify.classifications import classify_pending
from warehouse.classify.desk_classifier import load_desk_classifier
from warehouse.classify.taxonomy import load_taxonomy
from warehouse.classify.topics import TopicExtractor, load_extractors, load_topic_extractor
from warehouse.embed.vectors import embed_pending
from warehouse.extract import extractions as module
from warehouse.extract.extractions import Extractor, extract_pending
from warehouse.store.articles import save_articles

RULE = article(
    "Commerce Department adds 23 Chinese firms to Entity List over AI chips",
    "The final rule (RIN 0694-AJ74) takes effect on August 20, 2026. Comments are due by September 30, 2026.",
    published=at("2026-08-12"),
)
SPORT = article("Rovers win the cup after extra time in Paris", "Face recognition of fans is next.")
TABLES = (
    "article_topics",
    "article_themes",
    "article_facets",
    "article_entities",
    "article_instruments",
    "article_dates",
)


def extract_all(con: duckdb.DuckDBPyConnection) -> dict[str, int]:
    return {one.name: extract_pending(con, one, silent) for one in load_extractors()}


def enriched(con: duckdb.DuckDBPyConnection, *articles: Article) -> None:
    save(con, *articles)
    embed_pending(con, HashEmbedder(), silent)
    classify_pending(con, load_desk_classifier(), "hash@1", silent)
    extract_all(con)


def rows(con: duckdb.DuckDBPyConnection, query: str) -> list[tuple[object, ...]]:
    return con.execute(query).fetchall()


def stored(con: duckdb.DuckDBPyConnection) -> dict[str, list[tuple[object, ...]]]:
    return {table: rows(con, f"FROM store.{table} ORDER BY ALL") for table in (*TABLES, "extractions")}


def test_views_say_what_a_rule_is_about(con: duckdb.DuckDBPyConnection) -> None:
    enriched(con, RULE)
    assert ("us_rules_lists", "export_controls") in rows(con, "SELECT topic, desk FROM article_topics")
    assert {name for (name,) in rows(con, "SELECT entity_id FROM article_entities")} >= {"cn", "entity-list"}
    assert ("rule",) in rows(con, "SELECT value FROM article_facets WHERE facet = 'act'")
    assert rows(con, "SELECT kind, number, article_count FROM instruments") == [("rin", "0694-AJ74", 1)]
    assert rows(con, "SELECT kind, due_on, origin FROM deadlines ORDER BY due_on") == [
        ("takes_effect", date(2026, 8, 20), "text"),
        ("comment_closes", date(2026, 9, 30), "text"),
    ]


def test_off_topic_article_has_entities_but_no_topic_theme_or_facet(con: duckdb.DuckDBPyConnection) -> None:
    enriched(con, SPORT)
    assert rows(con, "SELECT entity_id FROM article_entities") == [("fr",)]
    for view in ("article_topics", "article_themes", "article_facets"):
        assert rows(con, f"FROM {view}") == []


def test_topic_of_another_desk_is_not_shown(con: duckdb.DuckDBPyConnection) -> None:
    enriched(con, RULE)
    desks = {desk for (desk,) in rows(con, "SELECT desk FROM article_desks")}
    assert {desk for (desk,) in rows(con, "SELECT desk FROM article_topics")} <= desks


def test_second_run_extracts_nothing_and_changes_nothing(con: duckdb.DuckDBPyConnection) -> None:
    enriched(con, RULE, SPORT)
    before = stored(con)
    assert extract_all(con) == {"topics": 0, "entities": 0, "instruments": 0, "dates": 0}
    assert stored(con) == before


def test_changed_extractor_runs_again_and_the_others_do_not(con: duckdb.DuckDBPyConnection) -> None:
    enriched(con, RULE, SPORT)
    before = stored(con)
    topics = load_topic_extractor()
    topics.version = "next"
    assert extract_pending(con, topics, silent) == 2
    after = stored(con)
    assert {table: after[table] for table in TABLES} == {table: before[table] for table in TABLES}
    assert extract_all(con) == {"topics": 2, "entities": 0, "instruments": 0, "dates": 0}


def test_changed_text_is_extracted_anew_and_leaves_nothing_old(con: duckdb.DuckDBPyConnection) -> None:
    enriched(con, RULE)
    changed = replace(RULE, title=SPORT.title, summary="", text_hash=42)
    save_articles(con, [ParsedFeed(articles=(changed,), rejections=())], changed.first_seen_at)
    assert extract_all(con) == {"topics": 1, "entities": 1, "instruments": 1, "dates": 1}
    assert rows(con, "SELECT entity_id FROM store.article_entities") == [("fr",)]
    assert rows(con, "FROM store.article_dates") == []


class Stopped:
    """Extracts from one batch, then is interrupted."""

    def __init__(self, real: TopicExtractor) -> None:
        self.name, self.version, self.tables = real.name, real.version, real.tables
        self._real, self._left = real, 1

    def extract(self, articles: list[module.ExtractionInput]) -> dict[str, module.Rows]:
        if not self._left:
            raise KeyboardInterrupt
        self._left -= 1
        return self._real.extract(articles)


def test_interrupted_run_continues_where_it_stopped(
    con: duckdb.DuckDBPyConnection, monkeypatch: pytest.MonkeyPatch
) -> None:
    save(con, RULE, SPORT)
    monkeypatch.setattr(module, "COMMIT_EVERY", 1)
    stopped: Extractor = Stopped(load_topic_extractor())  # type: ignore[assignment]
    with pytest.raises(KeyboardInterrupt):
        extract_pending(con, stopped, silent)
    assert extract_pending(con, load_topic_extractor(), silent) == 1


REGISTER = """
INSERT INTO store.register_documents VALUES
    ($1, '2026-11111', 'Rule', ['Bureau of Industry and Security'], DATE '2026-08-25', DATE '2026-10-01',
     ['BIS-2026-0001'], ['0694-AJ74'], ['15 CFR 744'])
"""


def test_register_fields_outrank_the_text(con: duckdb.DuckDBPyConnection) -> None:
    enriched(con, RULE)
    con.execute(REGISTER, [RULE.article_id])
    assert rows(con, "SELECT kind, due_on, origin FROM deadlines ORDER BY due_on") == [
        ("takes_effect", date(2026, 8, 25), "register"),
        ("comment_closes", date(2026, 10, 1), "register"),
    ]
    assert rows(con, "SELECT kind, number FROM instruments ORDER BY kind") == [
        ("cfr_part", "15 CFR 744"),
        ("docket", "BIS-2026-0001"),
        ("fr_document", "2026-11111"),
        ("rin", "0694-AJ74"),
    ]


def test_story_inherits_by_vote_of_its_texts_and_copies_have_none(con: duckdb.DuckDBPyConnection) -> None:
    covering = [
        article(f"Nvidia and AMD {number}", "", url=f"https://one.example/{number}") for number in range(3)
    ]
    other = article("ASML waits", "", url="https://one.example/other")
    place(con, *covering, desk="export_controls", story=1)
    place(con, other, desk="export_controls", story=1)
    con.execute(
        "UPDATE store.story_members SET copy_of = $1 WHERE article_id = $2",
        [covering[0].article_id, covering[1].article_id],
    )
    extract_all(con)
    assert rows(con, "SELECT entity_id, votes FROM story_entities ORDER BY entity_id") == [
        ("amd", 2),
        ("asml", 1),
        ("nvidia", 2),
    ]


def test_taxonomy_that_asks_for_unknown_names_is_refused() -> None:
    taxonomy = load_taxonomy()
    topic = {**taxonomy.tables["topic"]["us_rules_lists"], "names": {"nonsuch": "strong"}}
    wrong = replace(taxonomy, tables={**taxonomy.tables, "topic": {"us_rules_lists": topic}})
    with pytest.raises(ValueError, match="nonsuch"):
        TopicExtractor(wrong, {}, "v")
