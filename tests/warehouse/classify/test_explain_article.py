"""The explanation of an article's desks: terms, scores, neighbours, corrections."""

from __future__ import annotations

import duckdb
import pytest
from fakes import NOW, HashEmbedder, article, save, silent

from warehouse.classify.classifications import classify_pending, correct_desk
from warehouse.classify.desk_classifier import load_desk_classifier
from warehouse.classify.explain_article import explain_article
from warehouse.classify.taxonomy import load_taxonomy
from warehouse.embed.vectors import embed_pending
from warehouse.errors import WarehouseError


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
