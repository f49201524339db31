"""What of the cosine of two documents is nothing in common: what any two have, or any two of one publisher. Pure."""

from __future__ import annotations

from collections import defaultdict

import numpy as np

from warehouse.enrich.documents import Documents, Floats, Pairs, Vectors, dots
from warehouse.enrich.latest import Latest
from warehouse.enrich.ragged import Rows

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
