"""Finds, by matrix products, the few rows that can be among the nearest of a document. Decides nothing. Pure."""

from __future__ import annotations

import numpy as np

from warehouse.enrich.documents import Floats, Vectors
from warehouse.enrich.ragged import Rows

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
