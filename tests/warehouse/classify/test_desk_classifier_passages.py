"""Articles whose text is there: their passages are classified beside title and lead."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from warehouse.classify.desk_classifier import LEAD_WEIGHT, Classification, Text, load_desk_classifier

CLASSIFIER = load_desk_classifier()
BARE = Text(
    title="Chipmaker gets what it wants",
    summary="Its chief had reason to be happy.",
    source_kind="news",
    publisher="Meridian Press",
    url=None,
    vector=np.zeros(0, np.float32),
)
ON_CONTROLS = (
    "The Commerce Department will license exports of advanced AI chips to China, easing export controls."
)
ON_WINE = "Rosé wine is great, and there are new bottles to sip on a sunny day."


def off_topic(classification: Classification) -> float:
    return classification.probabilities["off_topic"]


def test_text_that_says_what_a_bare_headline_does_not_moves_its_filing() -> None:
    bare, read = CLASSIFIER.classify_all([BARE, replace(BARE, passages=(ON_CONTROLS, ON_CONTROLS))])
    assert bare.desks[0].desk == "off_topic"
    assert read.probabilities["export_controls"] > bare.probabilities["export_controls"] + 0.2
    scores = CLASSIFIER.score_labels(replace(BARE, passages=(ON_CONTROLS,)))
    assert "export control*" in next(score.reasons for score in scores if score.desk == "export_controls")


def test_probability_is_the_mean_of_lead_and_passages() -> None:
    read = [replace(BARE, passages=passages) for passages in ((), (ON_CONTROLS,), (ON_CONTROLS, ON_WINE))]
    bare, one, both = CLASSIFIER.classify_all(read)
    wine = CLASSIFIER.classify(replace(BARE, summary=ON_WINE))
    controls = CLASSIFIER.classify(replace(BARE, summary=ON_CONTROLS))
    assert off_topic(one) == pytest.approx(
        LEAD_WEIGHT * off_topic(bare) + (1 - LEAD_WEIGHT) * off_topic(controls), abs=2e-6
    )
    of_passages = (off_topic(controls) + off_topic(wine)) / 2
    assert off_topic(both) == pytest.approx(
        LEAD_WEIGHT * off_topic(bare) + (1 - LEAD_WEIGHT) * of_passages, abs=2e-6
    )


def test_text_of_one_article_does_not_move_its_neighbours() -> None:
    alone = CLASSIFIER.classify(BARE)
    beside = CLASSIFIER.classify_all([replace(BARE, passages=(ON_CONTROLS,)), BARE])
    assert beside[1] == alone
