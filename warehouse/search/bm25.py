"""Ranks documents by the words they share with a question: BM25F, as the macro search_ranked does in SQL. It filters nothing."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping

import duckdb
import numpy as np

from warehouse.search.postings import Documents, Mask, weights_of

# Where the weight of a term in a document counts half of what it can at most: the k1 of BM25F.
SATURATION = 0.6


def by_words(
    con: duckdb.DuckDBPyConnection, documents: Documents, factors: Mapping[str, float], admitted: Mask, limit: int
) -> list[tuple[int, float]]:
    """The ids and scores of the `limit` articles that have most of the terms; each term counts by its factor.

    Robertson, Zaragoza and Taylor, CIKM 2004, with the idf of Lucene's BM25, which is never negative.
    """
    if not factors:
        return []
    found = list(weights_of(con, factors))
    frequency: Counter[str] = Counter()
    for term, docs, _ in found:
        frequency[term] += len(docs)
    scores = np.zeros(len(documents.ids))
    for term, docs, hundredths in found:
        weights = hundredths / 100
        scores[docs] += factors[term] * _rarity(documents.many, frequency[term]) * weights / (SATURATION + weights)
    scores[~admitted] = 0
    return _best(documents, scores, limit)


def _rarity(documents: int, having: int) -> float:
    """How much a term tells that so many of the documents have; struck ones among them may make them more than all."""
    return math.log(1 + (documents - min(having, documents) + 0.5) / (having + 0.5))


def _best(documents: Documents, scores: np.ndarray, limit: int) -> list[tuple[int, float]]:
    found = np.flatnonzero(scores)
    if len(found) > limit:
        least = np.partition(scores[found], -limit)[-limit]
        found = found[scores[found] >= least]  # more than the limit where some are equal: then the ids decide
    order = np.lexsort((documents.ids[found], -scores[found]))[:limit]
    best = found[order]
    return list(zip(documents.ids[best].tolist(), scores[best].tolist(), strict=True))
