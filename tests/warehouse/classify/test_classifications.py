"""Classification: one primary desk per embedded article, again only after a change of text or version."""

from __future__ import annotations

from dataclasses import replace

import duckdb
import pytest
from fakes import HashEmbedder, article, save, silent

from sources.model import Article, ParsedFeed
from warehouse.classify import classifications as module
from warehouse.classify.classifications import classify_pending
from warehouse.classify.desk_classifier import Classification, DeskClassifier, Text, load_desk_classifier
from warehouse.embed.vectors import embed_pending
from warehouse.store.articles import save_articles

CHIPS = article(
    "Commerce Department tightens export controls on AI chips to China",
    "The Bureau of Industry and Security added firms to the Entity List on Monday.",
)
SPORT = article("Rovers win the cup after extra time", "The home side scored twice in the second half.")
LETTER = article("Weekly digest: this week in tech policy", "View in browser.")
THREE = (CHIPS, SPORT, LETTER)


@pytest.fixture(scope="module")
def classifier() -> DeskClassifier:
    return load_desk_classifier()


def embedded(con: duckdb.DuckDBPyConnection, *articles: Article) -> None:
    save(con, *articles)
    embed_pending(con, HashEmbedder(), silent)


def classify(con: duckdb.DuckDBPyConnection, classifier: DeskClassifier) -> int:
    return classify_pending(con, classifier, "hash@1", silent)


def desks(con: duckdb.DuckDBPyConnection) -> list[tuple[object, ...]]:
    return con.execute("FROM article_desks ORDER BY ALL").fetchall()


def primary(con: duckdb.DuckDBPyConnection, one: Article) -> list[tuple[object, ...]]:
    query = "SELECT desk FROM article_desks WHERE article_id = $1 AND is_primary"
    return con.execute(query, [one.article_id]).fetchall()


def test_every_article_has_one_primary_desk_a_genre_and_reasons(
    con: duckdb.DuckDBPyConnection, classifier: DeskClassifier
) -> None:
    embedded(con, *THREE)
    assert classify(con, classifier) == 3
    query = (
        "SELECT count(*), count(DISTINCT article_id), count(*) FILTER (reasons = '') FROM article_desks "
        "WHERE is_primary"
    )
    total, articles, _ = con.execute(query).fetchone() or (0, 0, 0)
    assert (total, articles) == (3, 3)
    assert con.execute("SELECT count(genre) FROM articles").fetchone() == (3,)
    assert con.execute("SELECT bool_and(score BETWEEN 0 AND 1) FROM article_desks").fetchone() == (True,)


def test_export_controls_and_sport_are_distinguished(
    con: duckdb.DuckDBPyConnection, classifier: DeskClassifier
) -> None:
    embedded(con, CHIPS, SPORT)
    classify(con, classifier)
    assert primary(con, CHIPS) == [("export_controls",)]
    assert primary(con, SPORT) == [("off_topic",)]


def test_second_run_classifies_nothing(con: duckdb.DuckDBPyConnection, classifier: DeskClassifier) -> None:
    embedded(con, *THREE)
    classify(con, classifier)
    before = desks(con)
    assert classify(con, classifier) == 0
    assert desks(con) == before


def test_article_without_a_vector_waits(con: duckdb.DuckDBPyConnection, classifier: DeskClassifier) -> None:
    save(con, *THREE)
    assert classify(con, classifier) == 0


def test_vectors_of_another_model_do_not_count(
    con: duckdb.DuckDBPyConnection, classifier: DeskClassifier
) -> None:
    embedded(con, *THREE)
    assert classify_pending(con, classifier, "other@1", silent) == 0


def test_changed_text_is_classified_anew_and_leaves_no_old_desk(
    con: duckdb.DuckDBPyConnection, classifier: DeskClassifier
) -> None:
    embedded(con, *THREE)
    classify(con, classifier)
    changed = replace(CHIPS, title=SPORT.title, summary=SPORT.summary, text_hash=42)
    save_articles(con, [ParsedFeed(articles=(changed,), rejections=())], changed.first_seen_at)
    assert classify(con, classifier) == 0  # its vector is that of the old text
    embed_pending(con, HashEmbedder(), silent)
    assert classify(con, classifier) == 1
    assert primary(con, CHIPS) == [("off_topic",)]
    query = "SELECT count(*) FILTER (is_primary) FROM article_desks GROUP BY article_id"
    assert con.execute(query).fetchall() == [(1,)] * 3


def test_new_version_classifies_everything_again(con: duckdb.DuckDBPyConnection) -> None:
    embedded(con, *THREE)
    other = load_desk_classifier()
    classify(con, other)
    before = desks(con)
    other.version = "next"
    assert classify(con, other) == 3
    assert classify(con, other) == 0
    assert desks(con) == before


@pytest.mark.parametrize("batch", [1, 2, 1000])
def test_batch_size_changes_no_classification(
    con: duckdb.DuckDBPyConnection, classifier: DeskClassifier, monkeypatch: pytest.MonkeyPatch, batch: int
) -> None:
    embedded(con, *THREE)
    classify(con, classifier)
    whole = desks(con)
    con.execute("DELETE FROM store.classifications; DELETE FROM store.article_desks")
    monkeypatch.setattr(module, "COMMIT_EVERY", batch)
    progress: list[tuple[int, int]] = []
    classify_pending(con, classifier, "hash@1", lambda done, total: progress.append((done, total)))
    assert desks(con) == whole
    assert progress[-1] == (3, 3)
    assert len(progress) == -(-3 // batch)


class Stopped(DeskClassifier):
    """Classifies two texts, then is interrupted."""

    def __init__(self, real: DeskClassifier) -> None:
        self.version = real.version
        self._real, self._left = real, 2
        self._model = "all-minilm-l6-v2"

    def classify_all(self, texts: list[Text]) -> list[Classification]:  # type: ignore[override]
        if not self._left:
            raise KeyboardInterrupt
        self._left -= 1
        return self._real.classify_all(texts)


def test_interrupted_run_continues_where_it_stopped(
    con: duckdb.DuckDBPyConnection, classifier: DeskClassifier, monkeypatch: pytest.MonkeyPatch
) -> None:
    embedded(con, *THREE)
    monkeypatch.setattr(module, "COMMIT_EVERY", 1)
    with pytest.raises(KeyboardInterrupt):
        classify(con, Stopped(classifier))
    assert con.execute("SELECT count(*) FROM store.classifications").fetchone() == (2,)
    assert classify(con, classifier) == 1


def test_article_of_a_removed_feed_is_classified(
    con: duckdb.DuckDBPyConnection, classifier: DeskClassifier
) -> None:
    embedded(con, CHIPS)
    con.execute("DELETE FROM store.sources")
    assert classify(con, classifier) == 1


def test_hostile_texts_are_classified_without_an_error(
    con: duckdb.DuckDBPyConnection, classifier: DeskClassifier
) -> None:
    hostile = ["<script>" * 600, "\u202e" * 500, "((((" * 999, "a" * 5_000, "🧨" * 50, "'", ".", "0"]
    embedded(con, *(article(text, text * 3, url=f"https://x.example/{n}") for n, text in enumerate(hostile)))
    assert classify(con, classifier) == len(hostile)
