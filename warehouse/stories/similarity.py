"""What is counted over the latest documents, as it stood when any of them had just come. Pure.

How much a term tells: the rarer among the latest documents, the more. Pure.

What of the cosine of two documents is nothing in common: what any two have, or any two of one publisher. Pure.

How alike two documents are: in meaning, in words, less the days between. Pure; knows no story.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import defaultdict

import numpy as np

from warehouse.stories.documents import Documents, Floats, Pairs, Vectors, dots
from warehouse.stories.ragged import Ids, Ragged, Rows, counts, sums
from warehouse.stories.terms import TERM_BUCKETS

COUNTED = 20_000  # what is usual is counted over so many latest documents: some weeks of a large catalog
_STEP = 1_024  # documents counted at once, so that a restart does not ask for memory in proportion


class Latest(ABC):
    """Counts the documents up to a row, `COUNTED` at most, and can be moved to an earlier one as well.

    Whoever counts in whole numbers gets the same bits whichever way the count came to a row.
    """

    def __init__(self) -> None:
        self._oldest = self._first = self._end = 0

    @property
    def counted(self) -> int:
        """How many documents are counted."""
        return self._end - self._first

    def begin(self, row: int) -> None:
        """Leaves the documents before this row out for ever; before any move."""
        self._oldest = self._first = self._end = row

    def move_to(self, row: int) -> None:
        """Counts what was to be counted when the document of this row had just come, itself included."""
        first, end = max(self._oldest, row + 1 - COUNTED), row + 1
        self._shift(self._end, end, 1)
        self._shift(self._first, first, -1)
        self._first, self._end = first, end

    def _shift(self, bound: int, new: int, sign: int) -> None:
        low, high, sign = (bound, new, sign) if bound <= new else (new, bound, -sign)
        for start in range(low, high, _STEP):
            self._count(start, min(start + _STEP, high), sign)

    @abstractmethod
    def _count(self, row: int, end: int, sign: int) -> None:
        """Adds the documents from `row` to before `end`, or takes them away."""


_TERM_PRIOR = 200.0  # documents without any term that the frequencies start from


class TermWeights(Latest):
    """How many of the latest documents have each term, and what each weighs for it."""

    def __init__(self, terms: Ragged) -> None:
        """`terms` of the documents, row by row; each row without repeats."""
        super().__init__()
        self._terms = terms
        self._frequency = np.zeros(TERM_BUCKETS, np.int32)

    def weights(self, moments: Rows, terms: Ids, sizes: Rows) -> Floats:
        """The square of each term's idf: of the first `sizes[0]` terms when the first of the moments had just come, and so on."""
        frequency, counted, end = np.empty(len(terms), np.int32), np.empty(len(moments), np.int64), 0
        places = terms.astype(np.intp)  # what an array is indexed with in the end
        for place, (moment, size) in enumerate(zip(moments.tolist(), sizes.tolist(), strict=True)):
            self.move_to(moment)
            start, end = end, end + size
            counted[place], frequency[start:end] = self.counted, self._frequency[places[start:end]]
        idf = np.log((counted + _TERM_PRIOR).repeat(sizes) / (frequency + 0.5))
        weights: Floats = np.maximum(idf, 0.0) ** 2
        return weights

    def _count(self, row: int, end: int, sign: int) -> None:
        np.add.at(self._frequency, self._terms.between(row, end), np.int32(sign))


_PRIOR = 100.0  # documents with a zero vector that the background starts from
_HOUSE_PRIOR = 2.0  # texts of a publisher after which its house style is half believed
_UNIT = 1 << 30  # a vector's entry 1.0 in the sums; float32 has 24 bits, and 2 ** 33 documents fit


class Background(Latest):
    """Sums of the vectors of the latest documents, and of those of each publisher."""

    def __init__(self, documents: Documents, share: float) -> None:
        """`share` of the mean cosine of two documents to all others is background."""
        super().__init__()
        self._documents = documents
        self._share = share
        self._sum: Rows = np.zeros(1, np.int64)  # as long as a vector from the first one on
        self._house_sums: dict[int, Rows] = defaultdict(lambda: np.zeros_like(self._sum))
        self._house_counts: dict[int, int] = defaultdict(int)

    def usual(self, pairs: Pairs) -> Floats:
        """What of the cosines of pairs is usual: `share` times the mean cosine that both have to all others, and how
        much more alike any two texts of this publisher are than any two texts."""
        rows, publishers = pairs.rows, self._documents.publishers
        everyone, house = np.empty((2, len(rows), self._documents.dimension), np.int64)
        others, fellows = np.empty((2, len(rows)), np.int64)
        for place, (moment, publisher) in enumerate(
            zip(pairs.moments.tolist(), publishers[rows].tolist(), strict=True)
        ):
            self.move_to(moment)
            everyone[place], others[place] = self._sum, self.counted - 1
            house[place], fellows[place] = self._house_sums[publisher], self._house_counts[publisher] - 1
        own = _whole(self._documents.vectors[rows])
        mean = (everyone - own) / _UNIT
        usual = self._share * self._mean_products(pairs, mean / (others + _PRIOR)[:, None])
        same = publishers[pairs.others] == publishers[rows[pairs.places]]
        same &= (fellows > 0)[pairs.places]
        if same.any():
            style = (house - own) / _UNIT / np.maximum(fellows, 1)[:, None] - mean / np.maximum(others, 1)[:, None]
            trust = (fellows / (fellows + _HOUSE_PRIOR))[pairs.places[same]]
            usual[same] += trust * self._mean_products(pairs.only(same), style)
        return usual

    def _mean_products(self, pairs: Pairs, vectors: Floats) -> Floats:
        """The mean product of both documents of each pair with the vector that belongs to the first."""
        own = dots(self._documents.vectors, pairs.rows, vectors, np.arange(len(vectors)))
        return dots(self._documents.vectors, pairs.others, vectors, pairs.places) / 2 + own[pairs.places] / 2

    def _count(self, row: int, end: int, sign: int) -> None:
        publishers, vectors = self._documents.publishers[row:end].tolist(), self._documents.vectors[row:end]
        for publisher, vector in zip(publishers, _whole(vectors) * sign, strict=True):
            self._sum = self._sum + vector
            self._house_sums[publisher] += vector
            self._house_counts[publisher] += sign


def _whole(vectors: Vectors) -> Rows:
    """Vectors in units of 1 / `_UNIT`: sums of whole numbers do not depend on the order of adding."""
    units: Rows = np.rint(vectors.astype(np.float64) * _UNIT).astype(np.int64)
    return units


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
