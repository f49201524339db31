"""The desks' part of the quality gate: a cross-validation of the classifier, about a minute."""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np
import train_desk_classifier as training
from scores import score_desks

REPEATS = 2
SETTING = training.Setting(
    penalty=0.3, real_weight=2.0, balance=0.25
)  # the nested choice's most frequent setting


def cross_validate() -> tuple[int, dict[str, float]]:
    """Returns the number of real items, and the mean figures of their held-out desks over `REPEATS` runs."""
    items = training.load_items(Path(tempfile.gettempdir()) / "watchfloor-desk-classifier")
    bench, groups = training.Bench(items), training.groups_of(items)
    results = []
    for seed in range(REPEATS):
        rows, chances = training.nested(bench, groups, 10 * seed, SETTING)
        found = training.decide(chances, bench.threshold)
        results.append(
            score_desks(
                [training.LABELS[label] for label in found],
                [training.LABELS[label] for label in bench.truth[rows]],
                list(training.DESKS),
            )
        )
    return len(rows), {name: float(np.mean([one[name] for one in results])) for name in results[0]}
