"""Finds the nearest documents before each of some new ones, and their exact cosines. Pure."""

from __future__ import annotations

import numpy as np

from warehouse.enrich.documents import Documents, Floats, Pairs, Vectors
from warehouse.enrich.ragged import Rows, ranks
from warehouse.enrich.shortlist import ROUNDING, Shortlister

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
