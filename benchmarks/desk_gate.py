"""The desks' part of the quality gate: a cross-validation of the linear classifier, about a minute.

The heads are not trained again here: that takes ten minutes (train_article_heads.py --folds).
"""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np
import train_desk_classifier as training
from scores import score_desks

SETTING = training.Setting(penalty=0.1, balance=0.25)  # the nested choice's most frequent setting


def cross_validate() -> tuple[int, dict[str, float]]:
    """Returns the number of recorded articles, and the figures of their held-out desks."""
    items = training.load_items(Path(tempfile.gettempdir()) / "watchfloor-desk-classifier", None)
    bench = training.Bench(items)
    groups = training.story_groups(np.stack([item.text.vector for item in items]))
    rows, chances = training.nested(bench, groups, 0, SETTING)
    found = training.decide(chances, bench.threshold)
    return len(rows), score_desks(
        [training.LABELS[label] for label in found],
        [training.LABELS[label] for label in bench.truth[rows]],
        list(training.DESKS),
    )
