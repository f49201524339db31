"""Whether two documents, or two stories, report one event, and that bits do not depend on the batch."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import duckdb
import numpy as np
from fakes import HashEmbedder, save, silent
from fakes import article as stored_article
from test_cluster import article
from test_similarity import MANY, pairs_of, some_documents, stored

from warehouse.classify.classifications import classify_pending
from warehouse.classify.desk_classifier import load_desk_classifier
from warehouse.embed.vectors import embed_pending
from warehouse.stories.assign import assign_stories
from warehouse.stories.documents import DocumentPairs, columns_of
from warehouse.stories.pair_model import load_pair_model, read_pair_model
from warehouse.stories.same_event import FEATURES, MOST, SameEvent
from warehouse.stories.similarity import PairSimilarity
from warehouse.stories.story_comparison import StoryComparison, read_comparison

STUMP = json.dumps(
    {
        "features": ["similarity", "days"],
        "intercept": 0.5,
        "slope": 2.0,
        "depth": 1,
        "trees": [[[1, 3.0, 1, 2, 0.0], [0, 0.0, 1, 1, 1.0], [0, 0.0, 2, 2, -1.0]]],
    }
)


def test_model_adds_a_line_and_the_leaf_that_the_features_lead_to() -> None:
    model = read_pair_model(STUMP)
    assert model.log_odds(np.array([[0.25, 3.0], [0.25, 3.1]])).tolist() == [2.0, 0.0]


def test_shipped_model_is_of_these_features() -> None:
    assert load_pair_model().features == FEATURES


def test_log_odds_are_the_same_bits_whichever_pairs_are_asked_together() -> None:
    documents = stored(some_documents(3))
    rows = list(range(60, MANY))

    def log_odds(pairs: DocumentPairs) -> list[float]:
        similarity = PairSimilarity(documents, word_weight=0.7, background_share=0.5, decay_per_day=0.03)
        similarities = similarity.of(pairs, documents.cosines(pairs), similarity.shared_words(pairs))
        found: list[float] = (
            SameEvent(documents, similarity, load_pair_model()).log_odds(pairs, similarities).tolist()
        )
        return found

    together = log_odds(pairs_of(rows, rows, [list(range(row - 8, row)) for row in rows]))
    alone = [one for row in rows for one in log_odds(pairs_of([row], [row], [list(range(row - 8, row))]))]
    assert together == alone
    assert len(set(together)) > 10


RULING = article(1, "Court in Seoul annuls the Hanbit chip licence", days=0)
SAME_RULING = article(2, "Hanbit loses its chip licence in Seoul court", days=1)
OTHER = article(3, "Drone maker opens a plant in Gdansk", days=1)


def test_stories_of_one_ruling_are_likelier_one_event_than_others() -> None:
    comparison = StoryComparison(columns_of([RULING, SAME_RULING, OTHER]))
    same, other = comparison.log_odds([1], [[2], [3]])
    assert same > 0 > other


def test_log_odds_of_a_story_do_not_depend_on_what_else_it_is_compared_with() -> None:
    comparison = StoryComparison(columns_of([RULING, SAME_RULING, OTHER]))
    assert comparison.log_odds([1], [[2, 3]]) == comparison.log_odds([1], [[3], [2, 3]])[1:]


def test_story_without_a_known_article_is_of_no_other_event() -> None:
    comparison = StoryComparison(columns_of([RULING]))
    assert comparison.log_odds([1], [[2], []]) == [-MOST, -MOST]
    assert comparison.log_odds([2], [[1]]) == [-MOST]


def test_stories_are_compared_by_what_was_seen_by_then(con: duckdb.DuckDBPyConnection) -> None:
    monday = datetime(2026, 3, 2, tzinfo=UTC)
    texts = ("Court in Seoul annuls the Hanbit chip licence", "Hanbit loses its chip licence in Seoul court")
    stored = [stored_article(text, published=monday, feed=f"feed{n}") for n, text in enumerate(texts)]
    save(con, *stored)
    embed_pending(con, HashEmbedder(), silent)
    classify_pending(con, load_desk_classifier(), "hash@1", silent)
    assign_stories(con, "hash@1", silent)
    one, other = ([article.article_id] for article in stored)
    until = monday + timedelta(days=7)
    comparison = read_comparison(con, [*one, *other], monday, until, until)
    assert comparison.log_odds(one, [other])[0] > -MOST
    earlier = read_comparison(con, [], monday, until, monday - timedelta(days=7))
    assert earlier.log_odds(one, [other]) == [-MOST]
