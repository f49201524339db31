"""How surely two documents report one event, judged by the trained model. Pure.

The similarity of similarity.py is the first feature. The others are what it cannot see in a sum: how much the
headlines share in all and not as a share, whether each has a rare word that the other text lacks, and that
two texts of one publisher are alike by their form.
"""

from __future__ import annotations

import numpy as np
from scipy.sparse import csr_array

from warehouse.rounding import six_decimals
from warehouse.stories.documents import DocumentPairs, Documents, Floats
from warehouse.stories.pair_model import PairModel
from warehouse.stories.similarity import PairSimilarity

FEATURES = (
    "similarity",
    "shared_weight",
    "house_style",
    "least_missing",
    "days",
    "shared_share",
)
# Below this similarity one pair in a hundred of the labelled ones is one event, and few pairs are above it.
MIN_SIMILARITY = 0.12
MOST = 4.0  # log-odds are cut here: one sure pair must not outweigh many doubtful ones


class SameEvent:
    """Log-odds that pairs of documents report one event. Bits do not depend on the other pairs of a call."""

    def __init__(self, documents: Documents, similarity: PairSimilarity, model: PairModel) -> None:
        self._documents = documents
        self._similarity = similarity
        self._model = model

    def log_odds(self, pairs: DocumentPairs, similarities: Floats) -> Floats:
        """The log-odds of each pair, from -4 to 4; `similarities` are those of `PairSimilarity.of`."""
        log_odds = np.full(len(similarities), -MOST)
        near = similarities > MIN_SIMILARITY
        if near.any():
            found = self.features(pairs.only(near), similarities[near])
            log_odds[near] = np.clip(self._model.log_odds(found), -MOST, MOST)
        return log_odds

    def features(self, pairs: DocumentPairs, similarities: Floats) -> Floats:
        """Returns a row of `FEATURES` for each pair."""
        terms = self._documents.terms
        words, everything = terms["headline_words"], terms["all"]
        own, theirs = self._similarity.rarities(words, pairs)
        in_theirs, in_own = everything.take(pairs.others), everything.take(pairs.firsts)
        shared = _sums(_squared(own).multiply(words.take(pairs.others)))
        shorter = np.minimum(_sums(_squared(own)), _sums(_squared(theirs)))
        return six_decimals(
            np.column_stack(
                [
                    similarities,
                    np.sqrt(shared),
                    self._similarity.publisher_background(pairs),
                    np.minimum(_rarest_missing(own, in_theirs), _rarest_missing(theirs, in_own)),
                    self._documents.days_between(pairs),
                    shared / np.maximum(shorter, _LEAST_WEIGHT),
                ]
            )
        )


_LEAST_WEIGHT = 1e-9  # the weight of a headline without any word


def _squared(rarities: csr_array) -> csr_array:
    return csr_array((rarities.data**2, rarities.indices, rarities.indptr), shape=rarities.shape)


def _sums(weights: csr_array) -> Floats:
    sums: Floats = np.asarray(weights.sum(axis=1))
    return sums


def _rarest_missing(rarities: csr_array, terms: csr_array) -> Floats:
    """The highest rarity in each row among the terms that the same row of the other matrix lacks, or 0."""
    missing = rarities - rarities.multiply(terms)
    highest: Floats = missing.max(axis=1).toarray().ravel()
    return highest
