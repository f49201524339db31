"""Embeds and classifies what is new or changed: the first step of enriching, and what decides which pages are
fetched.
"""

from __future__ import annotations

from functools import partial

import duckdb

from flows.progress import Progress
from warehouse.classify.classifications import classify_pending
from warehouse.classify.desk_classifier import DeskClassifier
from warehouse.embed.encoder import Embedder
from warehouse.embed.vectors import embed_pending


def file_pending(
    con: duckdb.DuckDBPyConnection, embedder: Embedder, classifier: DeskClassifier, progress: Progress
) -> tuple[int, int]:
    """Returns how many articles were embedded and how many classified."""
    embedded = embed_pending(con, embedder, partial(progress, "Embedding articles"))
    classified = classify_pending(con, classifier, embedder.model, partial(progress, "Classifying articles"))
    return embedded, classified
