"""How crowded the news around a story is: in a crowd, what two stories share says less. Pure."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array

from warehouse.rounding import six_decimals
from warehouse.stories.documents import Floats

NEAREST = 10
DAYS = 30.0  # a window, so that a story is no more crowded in a warehouse of ten years than in one of one
_LEAST_RARITY = 0.3  # commoner terms change nothing that was measured and take most of the time
_ROWS_AT_ONCE = 256


class Crowding:
    """The mean similarity, by words of the whole texts, of a story with the nearest of its month."""

    def __init__(self, terms: csr_array, rarity: Floats, days: Floats) -> None:
        """`days` are those on which the stories of the rows began."""
        self._by_day = np.lexsort((np.arange(len(days)), days))
        self._days = days[self._by_day]
        self._rows = unit_rows(_rare(terms, rarity), rarity)[self._by_day]
        self._place = np.empty(len(days), np.int64)
        self._place[self._by_day] = np.arange(len(days))
        self._known = np.full(len(days), np.nan)

    def of(self, rows: npt.NDArray[np.int64]) -> Floats:
        """The crowding of these rows, 0 to 1; each is computed once."""
        places = self._place[rows]
        missing = np.unique(places[np.isnan(self._known[places])])
        for start in range(0, len(missing), _ROWS_AT_ONCE):
            self._measure(missing[start : start + _ROWS_AT_ONCE])
        found: Floats = self._known[places]
        return found

    def _measure(self, places: npt.NDArray[np.int64]) -> None:
        first = np.searchsorted(self._days, self._days[places[0]] - DAYS, "left")
        end = np.searchsorted(self._days, self._days[places[-1]] + DAYS, "right")
        similarities = (self._rows[places] @ self._rows[first:end].T).toarray()
        similarities[np.abs(self._days[places][:, None] - self._days[first:end]) > DAYS] = 0.0
        similarities[np.arange(len(places)), places - first] = 0.0
        nearest = -np.partition(-similarities, min(NEAREST, similarities.shape[1]) - 1, axis=1)[:, :NEAREST]
        self._known[places] = six_decimals(nearest.sum(axis=1) / NEAREST)


def unit_rows(words: csr_array, rarity: Floats) -> csr_array:
    """The rows weighted by rarity, each of length 1 or 0."""
    weighted = csr_array(words)
    weighted.data = weighted.data * rarity[weighted.indices]
    norms = np.sqrt(np.asarray((weighted * weighted).sum(axis=1)).ravel())
    weighted.data = weighted.data / np.maximum(norms, 1e-9).repeat(np.diff(weighted.indptr))
    return weighted


def _rare(terms: csr_array, rarity: Floats) -> csr_array:
    rare = csr_array(terms, copy=True)  # zeros are eliminated in place
    rare.data = rare.data * (rarity[rare.indices] >= _LEAST_RARITY)
    rare.eliminate_zeros()
    return rare
