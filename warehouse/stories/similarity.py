"""How similar two documents are in meaning and words, less for each day between them. Pure.

Both parts are weighed by statistics of the recent documents. A term counts the more, the rarer it is. Of the
cosine, what any two documents have in common, or any two of one publisher, does not count.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import defaultdict

import numpy as np
from scipy.sparse import csr_array

from warehouse.rounding import six_decimals
from warehouse.stories.documents import DocumentPairs, Documents, Floats, TermMatrix, Vectors, row_products
from warehouse.stories.terms import TERM_BUCKETS, Rows

RECENT_DOCUMENTS = 20_000  # statistics cover so many latest documents: some weeks of a large catalog
_DOCUMENTS_AT_ONCE = 1_024  # documents counted at once, so that a restart needs little memory


class RecentStatistics(ABC):
    """Statistics of the latest `RECENT_DOCUMENTS` up to a row, which can move forward and back.

    Subclasses sum whole numbers, so that the bits do not depend on the way by which a row was reached.
    """

    def __init__(self) -> None:
        self._oldest = self._first = self._end = 0

    @property
    def counted(self) -> int:
        """How many documents are counted."""
        return self._end - self._first

    def begin(self, row: int) -> None:
        """Leaves the documents before this row out; to be called before any other method."""
        self._oldest = self._first = self._end = row

    def move_to(self, row: int) -> None:
        """Counts the recent documents as of the arrival of the document of this row, including it."""
        first, end = max(self._oldest, row + 1 - RECENT_DOCUMENTS), row + 1
        self._shift(self._end, end, 1)
        self._shift(self._first, first, -1)
        self._first, self._end = first, end

    def _shift(self, bound: int, new: int, sign: int) -> None:
        low, high, sign = (bound, new, sign) if bound <= new else (new, bound, -sign)
        for start in range(low, high, _DOCUMENTS_AT_ONCE):
            self._count(start, min(start + _DOCUMENTS_AT_ONCE, high), sign)

    @abstractmethod
    def _count(self, row: int, end: int, sign: int) -> None:
        """Adds the documents from `row` to before `end`, or subtracts them if the sign is -1."""


_TERM_PRIOR = 200.0  # documents without any term that the frequencies start from


class TermRarity(RecentStatistics):
    """How many of the recent documents have each term."""

    def __init__(self, terms: TermMatrix) -> None:
        super().__init__()
        self._terms = terms
        self._frequency = np.zeros(TERM_BUCKETS, np.int32)

    def weigh(self, terms: csr_array, moments: Rows, sizes: Rows) -> csr_array:
        """The matrix with the weight of each term, the square of its idf, instead of ones.

        The first `sizes[0]` rows are weighed as of the first of the moments, and so on.
        """
        idf, _ = self._idf(terms, moments, sizes)
        return csr_array((idf**2, terms.indices, terms.indptr), shape=terms.shape)

    def rarity(self, terms: csr_array, moments: Rows, sizes: Rows) -> csr_array:
        """The matrix with the idf of each term as a share of that of a term no document has: 0 to 1.

        Unlike the idf, it does not grow with the number of documents. Arguments as for `weigh`.
        """
        idf, counted = self._idf(terms, moments, sizes)
        highest = np.log((counted + _TERM_PRIOR) / 0.5)
        return csr_array((idf / highest, terms.indices, terms.indptr), shape=terms.shape)

    def _idf(self, terms: csr_array, moments: Rows, sizes: Rows) -> tuple[Floats, Floats]:
        """The idf of each term, and how many documents were counted for it."""
        frequency, counted = np.empty(terms.nnz, np.int32), np.empty(terms.nnz)
        ids = terms.indices.astype(np.intp)  # what numpy indexes by
        start = 0
        for moment, end in zip(moments.tolist(), terms.indptr[sizes.cumsum()].tolist(), strict=True):
            self.move_to(moment)
            counted[start:end], frequency[start:end] = self.counted, self._frequency[ids[start:end]]
            start = end
        idf: Floats = np.maximum(np.log((counted + _TERM_PRIOR) / (frequency + 0.5)), 0.0)
        return idf, counted

    def _count(self, row: int, end: int, sign: int) -> None:
        np.add.at(self._frequency, self._terms.between(row, end), np.int32(sign))


_VECTOR_PRIOR = 100.0  # documents with a zero vector that the mean starts from
_PUBLISHER_PRIOR = 2.0  # documents of a publisher from which its style counts half
_UNIT = 1 << 30  # a vector's entry 1.0 in the sums; float32 has 24 bits, and 2 ** 33 documents fit


class BackgroundSimilarity(RecentStatistics):
    """The sums of the vectors of the recent documents, and of those of each publisher."""

    def __init__(self, documents: Documents, share: float) -> None:
        """`share` is how much of the mean cosine to all other documents is background."""
        super().__init__()
        self._documents = documents
        self._share = share
        self._sum: Rows = np.zeros(1, np.int64)  # as long as a vector after the first one
        self._publisher_sums: dict[int, Rows] = defaultdict(lambda: np.zeros_like(self._sum))
        self._publisher_counts: dict[int, int] = defaultdict(int)

    def of(self, pairs: DocumentPairs) -> Floats:
        """The background of the cosine of each pair.

        It is `share` of the mean cosine that both have to all others and, for two texts of one publisher, how
        much more similar its texts are than any two texts.
        """
        rows, publishers = pairs.rows, self._documents.publishers
        dimension = self._documents.vectors.shape[1]
        all_sums, publisher_sums = np.empty((2, len(rows), dimension), np.int64)
        others, others_of_publisher = np.empty((2, len(rows)), np.int64)
        for place, (moment, publisher) in enumerate(
            zip(pairs.moments.tolist(), publishers[rows].tolist(), strict=True)
        ):
            self.move_to(moment)
            all_sums[place], others[place] = self._sum, self.counted - 1
            publisher_sums[place] = self._publisher_sums[publisher]
            others_of_publisher[place] = self._publisher_counts[publisher] - 1
        own = _in_units(self._documents.vectors[rows])
        sums = (all_sums - own) / _UNIT
        background = self._share * self._mean_products(pairs, sums / (others + _VECTOR_PRIOR)[:, None])
        same = publishers[pairs.others] == publishers[pairs.firsts]
        same &= (others_of_publisher > 0)[pairs.places]
        if same.any():
            publisher_mean = (publisher_sums - own) / _UNIT / np.maximum(others_of_publisher, 1)[:, None]
            style = publisher_mean - sums / np.maximum(others, 1)[:, None]
            trust = (others_of_publisher / (others_of_publisher + _PUBLISHER_PRIOR))[pairs.places[same]]
            background[same] += trust * self._mean_products(pairs.only(same), style)
        return background

    def _mean_products(self, pairs: DocumentPairs, vectors: Floats) -> Floats:
        """The mean product of both documents of each pair with the vector that belongs to the first."""
        own = row_products(self._documents.vectors, pairs.rows, vectors, np.arange(len(vectors)))
        return (
            row_products(self._documents.vectors, pairs.others, vectors, pairs.places) / 2
            + own[pairs.places] / 2
        )

    def _count(self, row: int, end: int, sign: int) -> None:
        publishers, vectors = self._documents.publishers[row:end].tolist(), self._documents.vectors[row:end]
        for publisher, vector in zip(publishers, _in_units(vectors) * sign, strict=True):
            self._sum = self._sum + vector
            self._publisher_sums[publisher] += vector
            self._publisher_counts[publisher] += sign


def _in_units(vectors: Vectors) -> Rows:
    """Vectors in units of 1 / `_UNIT`: sums of whole numbers do not depend on the order of adding."""
    units: Rows = np.rint(vectors.astype(np.float64) * _UNIT).astype(np.int64)
    return units


_NO_WEIGHT = 1e-9  # the weight of a headline without any term


class PairSimilarity:
    """The similarity of pairs of documents. Its bits do not depend on the other pairs of the call."""

    def __init__(
        self, documents: Documents, *, word_weight: float, background_share: float, decay_per_day: float
    ) -> None:
        """`word_weight` is the weight of shared words beside the cosine, whose weight is 1."""
        self._documents = documents
        self._background = BackgroundSimilarity(documents, background_share)
        self._rarity = TermRarity(documents.terms["all"])
        self._word_weight = word_weight
        self._decay_per_day = decay_per_day

    def begin(self, row: int) -> None:
        """Leaves the documents before this row out of the statistics."""
        self._background.begin(row)
        self._rarity.begin(row)

    def of(self, pairs: DocumentPairs, cosines: Floats, shared_words: Floats) -> Floats:
        """The similarity of each pair."""
        meaning = cosines - self._background.of(pairs)
        similarities: Floats = (meaning + self._word_weight * np.sqrt(shared_words)) / (1 + self._word_weight)
        return six_decimals(similarities - self._decay_per_day * self._documents.days_between(pairs))

    def shared_words(self, pairs: DocumentPairs) -> Floats:
        """Returns the share of each headline's weight in the other document: the mean of both directions.

        A term weighs the square of its idf. Only headlines are weighed, as they say what a text is about,
        while leads carry the boilerplate of the publisher.
        """
        headlines, everything = self._documents.terms["headline"], self._documents.terms["all"]
        own = self._rarity.weigh(headlines.take(pairs.rows), pairs.moments, np.ones_like(pairs.rows))
        in_other = _share_found(own[pairs.places], everything.take(pairs.others))
        theirs = self._rarity.weigh(headlines.take(pairs.others), pairs.moments, pairs.sizes)
        in_own = _share_found(theirs, everything.take(pairs.firsts))
        return six_decimals((in_other + in_own) / 2)

    def rarities(self, field: TermMatrix, pairs: DocumentPairs) -> tuple[csr_array, csr_array]:
        """Returns the rarity (0 to 1) of the terms of the first and of the other document of each pair."""
        own = self._rarity.rarity(field.take(pairs.rows), pairs.moments, np.ones_like(pairs.rows))
        return own[pairs.places], self._rarity.rarity(field.take(pairs.others), pairs.moments, pairs.sizes)

    def publisher_background(self, pairs: DocumentPairs) -> Floats:
        """Returns the background of the cosine of each pair of one publisher, and 0 for the others."""
        publishers, background = self._documents.publishers, np.zeros(len(pairs.others))
        same = publishers[pairs.others] == publishers[pairs.firsts]
        if same.any():
            background[same] = self._background.of(pairs.only(same))
        return background


def _share_found(weights: csr_array, terms: csr_array) -> Floats:
    """The share of each row's weight that is at terms of the same row of the other matrix."""
    found = np.asarray(weights.multiply(terms).sum(axis=1))
    shares: Floats = found / np.maximum(np.asarray(weights.sum(axis=1)), _NO_WEIGHT)
    return shares
