"""Finds the nearest earlier documents of each new one, and their exact cosines. Pure.

A matrix product finds the few rows that can be among the nearest; sums whose bits do not depend on what else
is asked for decide between them.
"""

from __future__ import annotations

import numpy as np

from warehouse.stories.documents import DocumentPairs, Documents, Floats, Vectors
from warehouse.stories.terms import Rows

_NEIGHBOURS = 20  # the stories of so many nearest documents are candidates
_MIN_COSINE = 0.2  # below this, two documents are no neighbours
_ROUNDING = np.float32(1e-4)  # a matrix product differs by less than this from the exact cosine
_GROUP = 64  # earlier documents of which only the nearest is used to estimate how near the nearest are


class NearestNeighbours:
    """The search for neighbours. Reuses the memory of products, which takes a tenth of the time."""

    def __init__(self, documents: Documents, window_days: float) -> None:
        self._documents = documents
        self._window_days = window_days
        self._memory: Vectors = np.empty(0, np.float32)

    def before(self, first: int) -> tuple[DocumentPairs, Floats]:
        """Returns each document from row `first` on with its earlier neighbours, by row, and cosines."""
        documents, new = self._documents, np.arange(first, len(self._documents))
        oldest = documents.first_row_since(float(documents.days[new].min()) - self._window_days)
        places, others, estimates = self._candidates(oldest, len(new))
        inside = np.abs(documents.days[others] - documents.days[new[places]]) <= self._window_days
        places, others, estimates = places[inside], others[inside], estimates[inside]
        limits = _nth_highest(_NEIGHBOURS, estimates, np.bincount(places, minlength=len(new))) - _ROUNDING
        likely = estimates >= limits[places]
        places, others = places[likely], others[likely]
        sizes = np.bincount(places, minlength=len(new))
        pairs = DocumentPairs(moments=new, rows=new, sizes=sizes, others=others)
        cosines = documents.cosines(pairs)
        nearest_first = np.lexsort((others, -cosines, places))
        ranks = np.arange(len(others)) - (sizes.cumsum() - sizes)[places]
        nearest = np.zeros(len(others), np.bool_)
        nearest[nearest_first[ranks < _NEIGHBOURS]] = True
        nearest &= cosines >= _MIN_COSINE
        return pairs.only(nearest), cosines[nearest]

    def _candidates(self, oldest: int, many: int) -> tuple[Rows, Rows, Vectors]:
        """For each of the last `many` documents, all rows from `oldest` on that can be among its neighbours.

        Returns the places of the documents among the last, in order, the candidates of each in order, and
        their estimated cosines; some candidates may lie outside the window. A document's neighbours are at
        least as near as the `_NEIGHBOURS`th of the nearest rows of groups that lie inside its window.
        """
        rows = slice(oldest, len(self._documents))
        vectors, days = self._documents.vectors[rows], self._documents.days[rows]
        products = self._products(vectors, vectors[-many:])  # in this order BLAS uses both cores
        products[-many:][np.tri(many, dtype=np.bool_)] = -1  # neither the document itself nor a later one
        groups = len(vectors) // _GROUP
        limits = np.full(many, _MIN_COSINE, np.float32)
        if groups >= _NEIGHBOURS:
            group_days = days[: groups * _GROUP].reshape(groups, _GROUP)
            first, last = group_days.min(axis=1)[:, None], group_days.max(axis=1)[:, None]
            inside = (days[-many:] - first <= self._window_days) & (last - days[-many:] <= self._window_days)
            nearest = products[: groups * _GROUP].reshape(groups, _GROUP, many).max(axis=1)
            nearest = np.partition(np.where(inside, nearest, -1), -_NEIGHBOURS, axis=0)[-_NEIGHBOURS]
            limits = np.maximum(limits, nearest)
        others, places = np.divmod(np.flatnonzero(products >= limits - _ROUNDING), many)
        order = np.argsort(places.astype(np.uint16), kind="stable")  # numpy sorts two-byte numbers by radix
        others, places = others[order], places[order]
        return places, others + oldest, products[others, places]

    def _products(self, rows: Vectors, new: Vectors) -> Vectors:
        size = len(rows) * len(new)
        if size > len(self._memory):
            self._memory = np.empty(size + size // 8, np.float32)
        products = self._memory[:size].reshape(len(rows), len(new))
        np.matmul(rows, new.T, out=products)
        return products


def _nth_highest(nth: int, values: Vectors, sizes: Rows) -> Vectors:
    """The `nth` highest of each run of values of these sizes; -1 where a run is no longer than that."""
    limits, ends = np.full(len(sizes), -1, np.float32), sizes.cumsum()
    for place in np.flatnonzero(sizes > nth).tolist():
        limits[place] = np.partition(values[ends[place] - sizes[place] : ends[place]], -nth)[-nth]
    return limits
