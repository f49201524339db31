"""Rows of integers of different lengths in one array: 100,000 documents' terms without 100,000 objects. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

import numpy as np
import numpy.typing as npt

Ids = npt.NDArray[np.int32]
Rows = npt.NDArray[np.int64]

_MARKS = 1 << 16  # bytes, which stay in the processor's cache


class Ragged:
    """Rows that are only ever added; each is an int32 array."""

    def __init__(self) -> None:
        self._flat: Ids = np.empty(1_024, np.int32)
        self._ends: Rows = np.zeros(256, np.int64)  # the end of row i stands at i + 1
        self._rows = 0

    def __len__(self) -> int:
        return self._rows

    def __getitem__(self, row: int) -> Ids:
        return self._flat[self._ends[row] : self._ends[row + 1]]

    def extend(self, flat: Ids, sizes: Rows) -> None:
        """Adds rows of these sizes, whose values follow each other in `flat`."""
        used, rows = int(self._ends[self._rows]), self._rows + len(sizes)
        self._flat = _with_room(self._flat, used + len(flat))
        self._ends = _with_room(self._ends, rows + 1)
        self._flat[used : used + len(flat)] = flat
        self._ends[self._rows + 1 : rows + 1] = used + np.cumsum(sizes)
        self._rows = rows

    def between(self, row: int, end: int) -> Ids:
        """The values of the rows from `row` to before `end`, one after the other: a view."""
        return self._flat[self._ends[row] : self._ends[end]]

    def gather(self, rows: Rows) -> tuple[Ids, Rows]:
        """The values of these rows one after the other, and the size of each."""
        sizes = self.sizes(rows)
        before = sizes.cumsum() - sizes
        places = (self._ends[rows] - before).repeat(sizes) + np.arange(int(sizes.sum()))
        return self._flat[places], sizes

    def sizes(self, rows: Rows) -> Rows:
        """How many values each of these rows has."""
        return self._ends[rows + 1] - self._ends[rows]


def find(ragged: Ragged, rows: Rows, values: Ids, sizes: Rows) -> tuple[Rows, Rows]:
    """Which values are in rows of `ragged`: the first `sizes[0]` values are looked for in `rows[0]`, and so on.

    Returns the places of those that are there, and their places among what the rows hold, one after the other. The
    values of each row must be sorted. Most are not there, and are passed over by marks that share numbers.
    """
    own, own_sizes = ragged.gather(rows)
    likely, marks = np.empty(len(values), np.bool_), np.zeros(_MARKS, np.bool_)
    own_marks, marked = (own & (_MARKS - 1)).astype(np.intp), (values & (_MARKS - 1)).astype(np.intp)
    end = own_end = 0
    for size, own_size in zip(sizes.tolist(), own_sizes.tolist(), strict=True):
        start, end, own_start, own_end = end, end + size, own_end, own_end + own_size
        marks[own_marks[own_start:own_end]] = True
        likely[start:end] = marks[marked[start:end]]
        marks[own_marks[own_start:own_end]] = False
    found = np.flatnonzero(likely)
    bases = np.arange(len(rows)) << 32
    wanted = values[found] + bases[sizes.cumsum().searchsorted(found, side="right")]
    held = own + bases.repeat(own_sizes)
    places = held.searchsorted(wanted)
    there = np.append(held, -1)[places] == wanted
    return found[there], places[there]


def sums(values: npt.NDArray[np.float64], sizes: Rows) -> npt.NDArray[np.float64]:
    """Sums of consecutive runs of values of these sizes, the same bits whatever stands beside a run; an empty run is 0."""
    totals, full = np.zeros(len(sizes)), np.flatnonzero(sizes)
    if len(full):
        totals[full] = np.add.reduceat(values, (sizes.cumsum() - sizes)[full])
    return totals


def counts(values: Rows | npt.NDArray[np.bool_], sizes: Rows) -> Rows:
    """Sums of consecutive runs of whole numbers of these sizes."""
    before = np.append(0, values.cumsum(dtype=np.int64))
    ends = sizes.cumsum()
    totals: Rows = before[ends] - before[ends - sizes]
    return totals


def ranks(sizes: Rows) -> Rows:
    """0, 1, 2 and so on within consecutive runs of these sizes."""
    return np.arange(int(sizes.sum())) - (sizes.cumsum() - sizes).repeat(sizes)


def flat(groups: Sequence[Ids]) -> tuple[Ids, Rows]:
    """The values of all groups one after the other, and the size of each."""
    return np.concatenate([np.empty(0, np.int32), *groups]), np.array([len(group) for group in groups], np.int64)


Whole = TypeVar("Whole", np.int32, np.int64)


def _with_room(array: npt.NDArray[Whole], size: int) -> npt.NDArray[Whole]:
    if size <= len(array):
        return array
    roomier = np.empty(max(size, 2 * len(array)), array.dtype)
    roomier[: len(array)] = array
    return roomier
