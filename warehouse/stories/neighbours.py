"""Finds, by matrix products, the few rows that can be among the nearest of a document. Decides nothing. Pure.

Finds the nearest documents before each of some new ones, and their exact cosines. Pure.
"""

from __future__ import annotations

import numpy as np

from warehouse.stories.documents import Documents, Floats, Pairs, Vectors
from warehouse.stories.ragged import Rows, ranks

ROUNDING = 1e-4  # a matrix product may differ by less than this from the sums that decide
_GROUP = 64  # rows of which only the nearest counts when it is asked how near the nearest are


class Shortlister:
    """Keeps the room for the products: fresh memory for each block would cost a tenth of the time."""

    def __init__(self) -> None:
        self._room: Vectors = np.empty(0, np.float32)

    def likely(
        self, vectors: Vectors, days: Floats, asking: int, *, many: int, floor: float, window_days: float
    ) -> tuple[Rows, Rows, Vectors]:
        """For each of the last `asking` rows, all the rows before it that can be among its `many` nearest within `window_days`.

        Returns the places of those that ask, in order, the rows that are likely, in order for each, and their rough cosines.
        Rows with a cosine below `floor` are left out; what is returned may hold others outside the window. A document's
        `many` nearest are at least as near as the `many`th of the nearest rows of groups that lie inside its window.
        """
        products = self._products(vectors, vectors[-asking:])  # in this order both cores take part
        products[-asking:][np.tri(asking, dtype=np.bool_)] = -1  # neither itself nor what comes after it
        groups = len(vectors) // _GROUP
        limits = np.full(asking, floor, np.float32)
        if groups >= many:
            of_group = days[: groups * _GROUP].reshape(groups, _GROUP)
            first, last = of_group.min(axis=1)[:, None], of_group.max(axis=1)[:, None]
            inside = (days[-asking:] - first <= window_days) & (last - days[-asking:] <= window_days)
            nearest = products[: groups * _GROUP].reshape(groups, _GROUP, asking).max(axis=1)
            limits = np.maximum(limits, np.partition(np.where(inside, nearest, -1), -many, axis=0)[-many])
        rows, askers = np.divmod(np.flatnonzero(products >= limits - np.float32(ROUNDING)), asking)
        order = np.argsort(askers.astype(np.uint16), kind="stable")  # numbers of two bytes are sorted by their digits
        rows, askers = rows[order], askers[order]
        return askers, rows, products[rows, askers]

    def _products(self, rows: Vectors, asking: Vectors) -> Vectors:
        size = len(rows) * len(asking)
        if size > len(self._room):
            self._room = np.empty(size + size // 8, np.float32)
        products = self._room[:size].reshape(len(rows), len(asking))
        np.matmul(rows, asking.T, out=products)
        return products


_NEIGHBOURS = 20  # the stories of so many nearest documents are candidates
_FLOOR = 0.2  # a document below this cosine is nobody's neighbour


class Nearest:
    """Keeps what a search can use again for the next."""

    def __init__(self, documents: Documents, window_days: float) -> None:
        self._documents = documents
        self._window_days = window_days
        self._shortlister = Shortlister()

    def before(self, first: int) -> tuple[Pairs, Floats]:
        """Each document from the row `first` with its neighbours before it, in order of their rows, and the cosines."""
        documents, new = self._documents, np.arange(first, len(self._documents))
        lowest = documents.first_row_since(float(documents.days[new].min()) - self._window_days)
        askers, others, rough = self._shortlister.likely(
            *documents.since(lowest), len(new), many=_NEIGHBOURS, floor=_FLOOR, window_days=self._window_days
        )
        others += lowest
        inside = np.abs(documents.days[others] - documents.days[new[askers]]) <= self._window_days
        askers, others, rough = askers[inside], others[inside], rough[inside]
        limits = _nth_highest(_NEIGHBOURS, rough, np.bincount(askers, minlength=len(new))) - np.float32(ROUNDING)
        likely = rough >= limits[askers]
        askers, others = askers[likely], others[likely]
        pairs = Pairs(moments=new, rows=new, sizes=np.bincount(askers, minlength=len(new)), others=others)
        cosines = documents.cosines(pairs)
        in_order = np.lexsort((others, -cosines, askers))
        nearest = np.zeros(len(others), np.bool_)
        nearest[in_order[ranks(pairs.sizes) < _NEIGHBOURS]] = True
        nearest &= cosines >= _FLOOR
        return pairs.only(nearest), cosines[nearest]


def _nth_highest(nth: int, rough: Vectors, sizes: Rows) -> Vectors:
    """The `nth` highest of each run of rough cosines of these sizes, -1 where a run is no longer than that."""
    limits, ends = np.full(len(sizes), -1, np.float32), sizes.cumsum()
    for place in np.flatnonzero(sizes > nth).tolist():
        limits[place] = np.partition(rough[ends[place] - sizes[place] : ends[place]], -nth)[-nth]
    return limits
