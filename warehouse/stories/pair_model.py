"""The trained model that judges whether two documents report one event, as plain numbers. Pure.

`benchmarks/train_pair_model.py` writes its file; docs/model-cards/pair-model.md says what it was trained on.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import numpy as np
import numpy.typing as npt

from warehouse.rounding import six_decimals

Floats = npt.NDArray[np.float64]
Numbers = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Trees:
    """Regression trees of equal size: entry (t, n) is node n of tree t, and 0 is the root.

    A document pair goes to `left` if its `feature` is at most `threshold`, else to `right`. A leaf leads to
    itself, and its `value` counts.
    """

    feature: Numbers
    threshold: Floats
    left: Numbers
    right: Numbers
    value: Floats
    depth: int

    def sum(self, features: Floats) -> Floats:
        """Returns the sum over all trees for each row of features, one tree after the other."""
        total, rows = np.zeros(len(features)), np.arange(len(features))
        for feature, threshold, left, right, value in zip(
            self.feature, self.threshold, self.left, self.right, self.value, strict=True
        ):
            node = np.zeros(len(features), np.int64)
            for _ in range(self.depth):
                goes_left = features[rows, feature[node]] <= threshold[node]
                node = np.where(goes_left, left[node], right[node])
            total += value[node]
        return total


@dataclass(frozen=True, slots=True, kw_only=True)
class PairModel:
    """Log-odds of "one event": a line in the first feature, and trees over all `features`."""

    features: tuple[str, ...]
    intercept: float
    slope: float
    trees: Trees

    def log_odds(self, features: Floats) -> Floats:
        """Returns the log-odds of each row of features (in the order of their names), to six places."""
        return six_decimals(self.intercept + self.slope * features[:, 0] + self.trees.sum(features))


@cache
def load_pair_model() -> PairModel:
    """The shipped model."""
    return read_pair_model((files("warehouse.stories") / "pair_model.json").read_text("utf-8"))


def read_pair_model(text: str) -> PairModel:
    """The model of a JSON text; each tree is a list of nodes (feature, threshold, left, right, value)."""
    artefact = json.loads(text)
    nodes = np.array(artefact["trees"], np.float64)
    feature, threshold, left, right, value = np.moveaxis(nodes, 2, 0)
    return PairModel(
        features=tuple(artefact["features"]),
        intercept=artefact["intercept"],
        slope=artefact["slope"],
        trees=Trees(
            feature=feature.astype(np.int64),
            threshold=threshold,
            left=left.astype(np.int64),
            right=right.astype(np.int64),
            value=value,
            depth=artefact["depth"],
        ),
    )
