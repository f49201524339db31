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
        likely = rough >= (_nearest_but(_NEIGHBOURS, askers, rough, len(new)) - np.float32(ROUNDING))[askers]
        askers, others = askers[likely], others[likely]
        pairs = Pairs(moments=new, rows=new, sizes=np.bincount(askers, minlength=len(new)), others=others)
        cosines = documents.cosines(pairs)
        nearest = np.zeros(len(others), np.bool_)
        order = np.lexsort((others, -cosines, askers))
        nearest[order[ranks(pairs.sizes) < _NEIGHBOURS]] = True
        nearest &= cosines >= _FLOOR
        return pairs.only(nearest), cosines[nearest]


def _nearest_but(many: int, askers: Rows, rough: Vectors, asking: int) -> Vectors:
    """The `many`th highest rough cosine of each of those that ask, -1 if there are fewer."""
    sizes = np.bincount(askers, minlength=asking)
    ranked = rough[np.lexsort((-rough, askers))]
    limits = np.full(asking, -1, np.float32)
    limits[sizes >= many] = ranked[ranks(sizes) == many - 1]
    return limits
