"""How alike two documents are: in meaning, in words, less the days between. Pure; knows no story."""

from __future__ import annotations

import numpy as np

from warehouse.enrich.background import Background
from warehouse.enrich.documents import Documents, Floats, Pairs
from warehouse.enrich.ragged import Rows, counts, sums
from warehouse.enrich.term_weights import TermWeights

_NOTHING = 1e-9  # the weight of a headline without any term


class Likeness:
    """Weighs pairs of documents, many at once: a pair's similarity is the same bits whichever are asked for together."""

    def __init__(self, documents: Documents, *, words: float, background: float, fading_per_day: float) -> None:
        """`words` is the weight of shared words beside the cosine, whose weight is 1."""
        self._documents = documents
        self._background = Background(documents, background)
        self._weights = TermWeights(documents.terms["all"])
        self._words = words
        self._fading_per_day = fading_per_day

    def begin(self, row: int) -> None:
        """Leaves the documents before this row out of what is usual and how rare a term is."""
        self._background.begin(row)
        self._weights.begin(row)

    def similarities(self, pairs: Pairs, cosines: Floats, words: Floats) -> Floats:
        """The similarities of pairs, of whose cosines what is usual is not counted."""
        meaning = cosines - self._background.usual(pairs)
        similarities: Floats = (meaning + self._words * np.sqrt(words)) / (1 + self._words)
        return similarities - self._fading_per_day * self._documents.days_between(pairs)

    def shared_words(self, pairs: Pairs) -> Floats:
        """Share of each headline's weight that the other document has anywhere: the mean of both directions.

        A rare term weighs more, by the square of its idf. Headlines say what a text is about, leads carry the paper's
        boilerplate: measured on headlines only, the same boilerplate is nothing in common.
        """
        headline, everything = self._documents.terms["headline"], self._documents.terms["all"]
        mine, sizes = headline.gather(pairs.rows)
        worth = self._weights.weights(pairs.moments, mine, sizes)
        terms, lengths = everything.gather(pairs.others)
        found, places = self._documents.find("headline", pairs, terms, lengths)
        holders = lengths.cumsum().searchsorted(found, side="right")
        there = np.bincount(holders, worth[places], len(pairs.others)) / _total(worth, sizes)[pairs.places]
        terms, lengths = headline.gather(pairs.others)
        weights = self._weights.weights(pairs.moments, terms, counts(lengths, pairs.sizes))
        held = np.zeros(len(weights))
        found, _ = self._documents.find("all", pairs, terms, lengths)
        held[found] = weights[found]
        here = sums(held, lengths) / _total(weights, lengths)
        shares: Floats = (there + here) / 2
        return shares


def _total(weights: Floats, sizes: Rows) -> Floats:
    return np.maximum(sums(weights, sizes), _NOTHING)
