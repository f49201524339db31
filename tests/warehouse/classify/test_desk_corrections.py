"""Corrections: kept, applied by every view from their moment on, and compared with the classifier."""

from __future__ import annotations

from datetime import timedelta

import duckdb
import pytest
from fakes import NOW, HashEmbedder, article, place, save, silent

from warehouse.classify.classifications import classify_pending, correct_desk, corrected_pairs
from warehouse.classify.desk_classifier import load_desk_classifier
from warehouse.classify.evaluation import score_classification
from warehouse.classify.explain_article import explain_article
from warehouse.classify.taxonomy import load_taxonomy
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


def test_explanation_has_terms_scores_of_every_desk_neighbours_and_corrections(
    con: duckdb.DuckDBPyConnection,
) -> None:
    chips = article("US adds Chinese firms to Entity List over AI chips", "BIS tightens export controls.")
    alike = article(
        "US adds more Chinese firms to Entity List over AI chips", "BIS tightens export controls again."
    )
    save(con, chips, alike)
    embed_pending(con, HashEmbedder(), silent)
    classifier = load_desk_classifier()
    classify_pending(con, classifier, "hash@1", silent)
    correct_desk(con, chips.article_id, "regulation", "on trial", NOW)
    explanation = explain_article(con, classifier, chips.article_id)
    assert [desk.desk for desk in explanation.desks] == ["regulation", "export_controls"]
    assert (explanation.label_scores[0].desk, explanation.label_scores[0].is_primary) == (
        "export_controls",
        True,
    )
    assert {score.desk for score in explanation.label_scores} == set(load_taxonomy().labels)
    assert "Entity List" in explanation.label_scores[0].reasons
    assert [(one.title, one.desk) for one in explanation.neighbours] == [(alike.title, "export_controls")]
    assert explanation.corrections == (("regulation on 2026-08-17", "on trial"),)


def test_explanation_of_an_unknown_article_names_its_id(con: duckdb.DuckDBPyConnection) -> None:
    with pytest.raises(WarehouseError, match="article 7"):
        explain_article(con, load_desk_classifier(), 7)


def test_scores_count_hits_misses_and_the_gate() -> None:
    found = ["regulation", "regulation", "off_topic", "arms_race", "off_topic"]
    expected = ["regulation", "arms_race", "off_topic", "arms_race", "regulation"]
    scores = score_classification(found, expected)
    assert (scores.labels["regulation"].precision, scores.labels["regulation"].recall) == (0.5, 0.5)
    assert (scores.labels["arms_race"].precision, scores.labels["arms_race"].recall) == (1.0, 0.5)
    assert (scores.on_topic.precision, scores.on_topic.recall) == (1.0, 0.75)
    assert scores.macro_f1 == pytest.approx((0.5 + 2 / 3 + 2 / 3) / 3)


def test_scores_of_nothing_are_nought() -> None:
    assert score_classification([], []).macro_f1 == 0.0
