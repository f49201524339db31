"""The trained model that judges whether two stories are of one matter, as plain numbers. Pure.

`benchmarks/train_thread_model.py` writes its file; docs/model-cards/thread-model.md tells of its training.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import numpy as np

from warehouse.rounding import six_decimals
from warehouse.stories.documents import Floats

LEAST, MOST = -7.0, 5.0  # log-odds are cut here: one sure pair must not outweigh many doubtful ones


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkModel:
    """Log-odds of "one matter", a sum over features."""

    features: tuple[str, ...]
    weights: tuple[float, ...]
    intercept: float

    def log_odds(self, features: Floats) -> Floats:
        """Returns the log-odds of each row of features, from -7 to 5, to six places."""
        total = np.full(len(features), self.intercept)
        for column, weight in enumerate(self.weights):
            total = total + weight * features[:, column]
        return six_decimals(np.clip(total, LEAST, MOST))


@cache
def load_link_model() -> LinkModel:
    """The shipped model."""
    return read_link_model((files("warehouse.threads") / "link_model.json").read_text("utf-8"))


def read_link_model(text: str) -> LinkModel:
    """The model of a JSON text."""
    artefact = json.loads(text)
    return LinkModel(
        features=tuple(artefact["weights"]),
        weights=tuple(artefact["weights"].values()),
        intercept=artefact["intercept"],
    )
