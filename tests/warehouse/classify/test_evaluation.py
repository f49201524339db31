"""The scores of a classification against the expected desks."""

from __future__ import annotations

import pytest

from warehouse.classify.evaluation import score_classification


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
