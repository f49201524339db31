"""Corrections: kept, applied by every view from their moment on."""

from __future__ import annotations

from datetime import timedelta

import duckdb
import pytest
from fakes import NOW, HashEmbedder, article, place, save, silent

from warehouse.classify.classifications import classify_pending, correct_desk, corrected_pairs
from warehouse.classify.desk_classifier import load_desk_classifier
from warehouse.embed.vectors import embed_pending
from warehouse.errors import WarehouseError
from warehouse.store.db import to_db

ONE = article("One", url="https://one.example/1")
TWO = article("Two", url="https://one.example/2")


def desks(con: duckdb.DuckDBPyConnection) -> list[tuple[object, ...]]:
    return con.execute(
        "SELECT desk, is_primary FROM article_desks WHERE article_id = $1 ORDER BY is_primary DESC, desk",
        [ONE.article_id],
    ).fetchall()


def counted(con: duckdb.DuckDBPyConnection, days: int = 0) -> list[tuple[object, ...]]:
    as_of = to_db(NOW + timedelta(days=days))
    return con.execute(
        "SELECT desk FROM counted_articles($1) WHERE article_id = $2", [as_of, ONE.article_id]
    ).fetchall()


def test_correction_is_obeyed_and_the_machine_s_word_is_kept(con: duckdb.DuckDBPyConnection) -> None:
    place(con, ONE, desk="export_controls")
    assert correct_desk(con, ONE.article_id, "regulation", "a statute", NOW) == "One"
    assert desks(con) == [("regulation", True), ("export_controls", False)]
    query = "SELECT reasons FROM article_desks WHERE is_primary"
    assert con.execute(query).fetchone() == ("set by an analyst: a statute",)
    assert con.execute("SELECT desk, machine_desk, is_latest FROM desk_corrections").fetchall() == [
        ("regulation", "export_controls", True)
    ]


def test_article_sent_off_topic_has_one_desk_and_no_longer_counts(con: duckdb.DuckDBPyConnection) -> None:
    place(con, ONE, desk="export_controls")
    assert counted(con) == [("export_controls",)]
    correct_desk(con, ONE.article_id, "off_topic", "", NOW)
    assert desks(con) == [("off_topic", True)]
    assert counted(con) == []


def test_off_topic_article_brought_in_counts_at_its_desk(con: duckdb.DuckDBPyConnection) -> None:
    place(con, ONE, desk="off_topic")
    correct_desk(con, ONE.article_id, "arms_race", "", NOW)
    assert desks(con) == [("arms_race", True)]
    assert counted(con) == [("arms_race",)]


def test_issue_as_of_an_earlier_moment_does_not_know_a_later_correction(
    con: duckdb.DuckDBPyConnection,
) -> None:
    place(con, ONE, desk="export_controls")
    correct_desk(con, ONE.article_id, "regulation", "", NOW + timedelta(days=1))
    assert counted(con) == [("export_controls",)]
    assert counted(con, days=2) == [("regulation",)]


def test_latest_of_several_holds_and_none_is_lost(con: duckdb.DuckDBPyConnection) -> None:
    place(con, ONE, desk="export_controls")
    for desk in ("off_topic", "arms_race", "export_controls"):
        correct_desk(con, ONE.article_id, desk, "", NOW)
    assert desks(con) == [("export_controls", True)]
    assert con.execute("SELECT count(*), count(*) FILTER (is_latest) FROM desk_corrections").fetchone() == (
        3,
        1,
    )


def test_story_follows_the_corrected_vote(con: duckdb.DuckDBPyConnection) -> None:
    place(con, ONE, desk="export_controls", story=1)
    correct_desk(con, ONE.article_id, "regulation", "", NOW)
    assert con.execute("SELECT desk FROM stories").fetchall() == [("regulation",)]


def test_filing_again_leaves_the_correction_standing(con: duckdb.DuckDBPyConnection) -> None:
    save(con, ONE)
    embed_pending(con, HashEmbedder(), silent)
    classifier = load_desk_classifier()
    classify_pending(con, classifier, "hash@1", silent)
    correct_desk(con, ONE.article_id, "regulation", "", NOW)
    classifier.version = "next"
    classify_pending(con, classifier, "hash@1", silent)
    assert desks(con) == [("regulation", True)]


def test_machine_is_scored_against_the_latest_corrections(con: duckdb.DuckDBPyConnection) -> None:
    place(con, ONE, TWO, desk="export_controls")
    correct_desk(con, ONE.article_id, "off_topic", "", NOW)
    correct_desk(con, ONE.article_id, "regulation", "", NOW)
    correct_desk(con, TWO.article_id, "export_controls", "", NOW)
    assert sorted(corrected_pairs(con)) == [
        ("export_controls", "export_controls"),
        ("export_controls", "regulation"),
    ]


def test_unknown_desk_or_article_is_refused_with_the_next_step(con: duckdb.DuckDBPyConnection) -> None:
    place(con, ONE)
    with pytest.raises(WarehouseError, match="Choose one of export_controls"):
        correct_desk(con, ONE.article_id, "sport", "", NOW)
    with pytest.raises(WarehouseError, match="article 7: is not in the warehouse"):
        correct_desk(con, 7, "regulation", "", NOW)
