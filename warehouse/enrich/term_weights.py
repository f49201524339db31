"""How much a term tells: the rarer among the latest documents, the more. Pure."""

from __future__ import annotations

import numpy as np

from warehouse.enrich.documents import Floats
from warehouse.enrich.latest import Latest
from warehouse.enrich.ragged import Ids, Ragged, Rows
from warehouse.enrich.terms import TERM_BUCKETS

_PRIOR = 200.0  # documents without any term that the frequencies start from


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
        idf = np.log((counted + _PRIOR).repeat(sizes) / (frequency + 0.5))
        weights: Floats = np.maximum(idf, 0.0) ** 2
        return weights

    def _count(self, row: int, end: int, sign: int) -> None:
        np.add.at(self._frequency, self._terms.between(row, end), np.int32(sign))
