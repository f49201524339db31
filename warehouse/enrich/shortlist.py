"""Finds, by matrix products, the few rows that can be among the nearest of a document. Decides nothing. Pure."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from warehouse.enrich.ragged import Rows

Floats = npt.NDArray[np.float64]
Vectors = npt.NDArray[np.float32]

ROUNDING = 1e-4  # a matrix product may differ by less than this from the sums that decide
_GROUP = 64  # rows of which only the nearest counts when it is asked how near the nearest are


class Likely(NamedTuple):
    """Rows in order, and their rough cosines."""

    rows: Rows
    cosines: Vectors


class Shortlister:
    """Keeps the room for the products: fresh memory for each block would cost a tenth of the time."""

    def __init__(self) -> None:
        self._room: Vectors = np.empty(0, np.float32)

    def likely(
        self,
        asking: Vectors,
        asking_days: Floats,
        rows: Vectors,
        days: Floats,
        *,
        many: int,
        floor: float,
        window_days: float,
    ) -> list[Likely]:
        """For each vector that asks, all the rows that can be among its `many` nearest within `window_days`.

        Rows with a cosine below `floor` are left out; what is returned may hold others outside the window. A document's
        `many` nearest are at least as near as the `many`th of the nearest rows of groups that lie inside its window.
        """
        if not len(rows):
            return [Likely(np.empty(0, np.int64), np.empty(0, np.float32)) for _ in asking]
        products = self._products(rows, asking)  # in this order both cores take part
        groups = len(rows) // _GROUP
        limits = np.full(len(asking), floor, np.float32)
        if groups >= many:
            of_group = days[: groups * _GROUP].reshape(groups, _GROUP)
            first, last = of_group.min(axis=1)[:, None], of_group.max(axis=1)[:, None]
            inside = (asking_days - first <= window_days) & (last - asking_days <= window_days)
            nearest = products[: groups * _GROUP].reshape(groups, _GROUP, len(asking)).max(axis=1)
            limits = np.maximum(limits, np.partition(np.where(inside, nearest, -1), -many, axis=0)[-many])
        found, askers = np.divmod(np.flatnonzero(products >= limits - np.float32(ROUNDING)), len(asking))
        order = np.argsort(askers, kind="stable")
        found, askers = found[order], askers[order]
        bounds = np.searchsorted(askers, np.arange(1, len(asking)))
        cosines = products[found, askers]
        return [Likely(*both) for both in zip(np.split(found, bounds), np.split(cosines, bounds), strict=True)]

    def _products(self, rows: Vectors, asking: Vectors) -> Vectors:
        size = len(rows) * len(asking)
        if size > len(self._room):
            self._room = np.empty(size + size // 8, np.float32)
        products = self._room[:size].reshape(len(rows), len(asking))
        np.matmul(rows, asking.T, out=products)
        return products
