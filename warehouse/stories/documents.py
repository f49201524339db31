"""What decisions read of the documents: vectors, terms, days and publishers in columns. Knows no story."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from functools import cached_property

import numpy as np
import numpy.typing as npt

from warehouse.stories.ragged import Ids, Ragged, Rows, counts, find, flat
from warehouse.stories.terms import Terms

Flags = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]
Vectors = npt.NDArray[np.float32]

DAY_S = 86_400.0
TERM_FIELDS = tuple(field.name for field in fields(Terms))
_AT_ONCE = 256  # vectors multiplied at once: more would not stay in the processor's cache


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """One article as clustering sees it: `moment` is aware, when it was published or else seen; `vector` has length 1."""

    article_id: int
    publisher: str
    terms: Terms
    moment: datetime
    vector: Vectors
    is_roundup: bool = False

    @property
    def day(self) -> float:
        """The moment in days since 1970."""
        return days_since_1970(self.moment)


@dataclass(frozen=True, slots=True, kw_only=True)
class Columns:
    """Many documents at once: one entry each, but for the terms, whose values follow each other by field."""

    article_ids: Rows
    publishers: list[str]
    days: Floats
    vectors: Vectors
    is_roundup: npt.NDArray[np.bool_]
    terms: dict[str, tuple[Ids, Rows]]  # by name of field: values, and how many each document has


@dataclass(frozen=True, kw_only=True)
class Pairs:
    """Documents to be compared, by row: each of `rows` with as many of `others` as `sizes` says.

    What is usual is what was so when the document of `moments` had just come: one for each of `rows`, in order.
    """

    moments: Rows
    rows: Rows
    sizes: Rows
    others: Rows

    @cached_property
    def places(self) -> Rows:
        """Of each pair, the place of its first document among `rows`."""
        return np.arange(len(self.rows)).repeat(self.sizes)

    def parts(self, loads: Rows, limit: int) -> Iterator[tuple[Pairs, slice]]:
        """The pairs of as many `rows` at a time as bring loads (one for each pair) of about `limit`, and where they stand."""
        part, ends = counts(loads, self.sizes).cumsum() // limit, self.sizes.cumsum()
        for places in np.split(np.arange(len(self.rows)), np.flatnonzero(np.diff(part)) + 1):
            rows = slice(places[0], places[-1] + 1)
            some = slice(ends[places[0]] - self.sizes[places[0]], ends[places[-1]])
            yield (
                Pairs(
                    moments=self.moments[rows], rows=self.rows[rows], sizes=self.sizes[rows], others=self.others[some]
                ),
                some,
            )

    def only(self, wanted: Flags) -> Pairs:
        """The wanted pairs."""
        return Pairs(moments=self.moments, rows=self.rows, sizes=counts(wanted, self.sizes), others=self.others[wanted])


class Documents:
    """All documents so far, in order; only adding changes it."""

    def __init__(self) -> None:
        self.article_ids: list[int] = []
        self.is_roundup: list[bool] = []
        self.terms = {name: Ragged() for name in TERM_FIELDS}
        self.days: Floats = np.empty(0)
        self.publishers: Rows = np.empty(0, np.int64)  # numbered as they come
        self.vectors: Vectors = np.empty((0, 0), np.float32)
        self._number_of: dict[str, int] = {}

    def __len__(self) -> int:
        return len(self.article_ids)

    @property
    def dimension(self) -> int:
        """How many entries a vector has."""
        return int(self.vectors.shape[1])

    def add(self, columns: Columns) -> int:
        """Takes in documents; returns the row of the first."""
        first, many = len(self), len(columns.article_ids)
        if not many:
            return first
        self._make_room(first + many, columns.vectors.shape[1])
        for name, (values, sizes) in columns.terms.items():
            self.terms[name].extend(values, sizes)
        rows = slice(first, first + many)
        self.vectors[rows], self.days[rows] = columns.vectors, columns.days
        self.publishers[rows] = [self._number_of.setdefault(name, len(self._number_of)) for name in columns.publishers]
        self.article_ids += columns.article_ids.tolist()
        self.is_roundup += columns.is_roundup.tolist()
        return first

    def first_row_since(self, day: float) -> int:
        """The first row of a document that is not older than `day`; the number of rows if all are older."""
        recent = np.flatnonzero(self.days[: len(self)] >= day)
        return int(recent[0]) if len(recent) else len(self)

    def since(self, row: int) -> tuple[Vectors, Floats]:
        """Vectors and days of all rows from `row`: views, not copies."""
        return self.vectors[row : len(self)], self.days[row : len(self)]

    def cosines(self, pairs: Pairs) -> Floats:
        return dots(self.vectors, pairs.others, self.vectors[pairs.rows], pairs.places)

    def days_between(self, pairs: Pairs) -> Floats:
        gaps: Floats = np.abs(self.days[pairs.others] - self.days[pairs.rows][pairs.places])
        return gaps

    def same_publisher(self, row: int, other: int) -> bool:
        return bool(self.publishers[row] == self.publishers[other])

    def find(self, name: str, pairs: Pairs, values: Ids, sizes: Rows) -> tuple[Rows, Rows]:
        """Which of the values, of which each pair brings as many as `sizes` says, the first document of the pair has among
        its terms of this name: places among the values, and among these terms of all `pairs.rows`, one after the other."""
        return find(self.terms[name], pairs.rows, values, counts(sizes, pairs.sizes))

    def _make_room(self, rows: int, dimension: int) -> None:
        if rows > len(self.days):
            capacity, used = max(rows, 2 * len(self.days), 1_024), len(self)
            vectors, days, publishers = self.vectors, self.days, self.publishers
            self.vectors = np.empty((capacity, dimension), np.float32)
            self.days, self.publishers = np.empty(capacity), np.empty(capacity, np.int64)
            if used:
                self.vectors[:used], self.days[:used] = vectors[:used], days[:used]
                self.publishers[:used] = publishers[:used]


def columns_of(documents: Sequence[Document]) -> Columns:
    """The documents, in order, as columns."""
    return Columns(
        article_ids=np.array([document.article_id for document in documents], np.int64),
        publishers=[document.publisher for document in documents],
        days=np.array([document.day for document in documents]),
        vectors=np.stack([document.vector for document in documents]),
        is_roundup=np.array([document.is_roundup for document in documents], np.bool_),
        terms={name: flat([getattr(document.terms, name) for document in documents]) for name in TERM_FIELDS},
    )


def days_since_1970(moment: datetime) -> float:
    """An aware moment in days."""
    return moment.timestamp() / DAY_S


def dots(left: Vectors, rows: Rows, right: Vectors | Floats, places: Rows) -> Floats:
    """Products of rows of one matrix with rows of another: the same bits whichever are asked for together, unlike a
    matrix product."""
    products = np.empty(len(rows))
    for start in range(0, len(rows), _AT_ONCE):
        some = slice(start, start + _AT_ONCE)
        products[some] = np.einsum("ij,ij->i", left[rows[some]], right[places[some]])
    return products
