"""What decisions read of the documents: vectors, terms, days and publishers in columns, and what is usual among them.

Knows no story. What is usual (the background, a publisher's style, how rare a term is) is counted over the latest
documents only, in whole numbers, so that it is the same bits however the documents came to be here.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import datetime

import numpy as np
import numpy.typing as npt

from warehouse.enrich.ragged import Ids, Ragged, Rows, sums
from warehouse.enrich.terms import TERM_BUCKETS, Terms

Floats = npt.NDArray[np.float64]
Vectors = npt.NDArray[np.float32]

DAY_S = 86_400.0
COUNTED = 20_000  # what is usual is counted over so many latest documents: some weeks of a large catalog
_PRIOR = 100.0  # documents with a zero vector that the background starts from
_HOUSE_PRIOR = 2.0  # texts of a publisher after which its house style is half believed
_IDF_PRIOR = 200.0  # documents without any term that the term frequencies start from
_UNIT = 1 << 30  # a vector's entry 1.0 in the sums; float32 has 24 bits, and 2 ** 33 documents fit
TERM_FIELDS = tuple(field.name for field in fields(Terms))


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


class Documents:
    """All documents so far, in order; only adding changes it."""

    def __init__(self) -> None:
        self.article_ids: list[int] = []
        self.is_roundup: list[bool] = []
        self.terms = {name: Ragged() for name in TERM_FIELDS}
        self.days: Floats = np.empty(0)
        self._vectors: Vectors = np.empty((0, 0), np.float32)
        self._publishers: Rows = np.empty(0, np.int64)
        self._number_of: dict[str, int] = {}  # publishers are numbered as they come
        self._first_counted = 0
        self._sum: Rows = np.empty(0, np.int64)
        self._house_sums: list[Rows] = []
        self._house_counts: list[int] = []
        self._frequency = np.zeros(TERM_BUCKETS, np.int32)
        self._mark = np.zeros(TERM_BUCKETS, np.uint8)  # all zero between calls

    def __len__(self) -> int:
        return len(self.article_ids)

    def add(self, document: Document) -> int:
        """Takes in one document; returns its row."""
        row = len(self)
        self._make_room(row + 1, len(document.vector))
        for name in TERM_FIELDS:
            self.terms[name].append(getattr(document.terms, name))
        self._vectors[row], self.days[row] = document.vector, document.day
        self._publishers[row] = self._number(document.publisher)
        self.article_ids.append(document.article_id)
        self.is_roundup.append(document.is_roundup)
        self._count(row, 1)
        if row - self._first_counted >= COUNTED:
            self._count(self._first_counted, -1)
            self._first_counted += 1
        return row

    def restore(self, columns: Columns, counted: int) -> None:
        """Takes in documents that were here before; the last `counted` of them take part in what is usual."""
        first, many = len(self), len(columns.article_ids)
        if many == 0:
            return
        self._make_room(first + many, columns.vectors.shape[1])
        for name, (values, sizes) in columns.terms.items():
            self.terms[name].extend(values, sizes)
        rows = slice(first, first + many)
        self._vectors[rows], self.days[rows] = columns.vectors, columns.days
        self._publishers[rows] = [self._number(publisher) for publisher in columns.publishers]
        self.article_ids += columns.article_ids.tolist()
        self.is_roundup += columns.is_roundup.tolist()
        self._first_counted = len(self) - counted
        self._count_all(np.arange(self._first_counted, len(self)))

    def first_row_since(self, day: float) -> int:
        """The first row of a document that is not older than `day`; the number of rows if all are older."""
        recent = np.flatnonzero(self.days[: len(self)] >= day)
        return int(recent[0]) if len(recent) else len(self)

    def since(self, row: int) -> tuple[Vectors, Floats]:
        """Vectors and days of all rows from `row`: views, not copies."""
        return self._vectors[row : len(self)], self.days[row : len(self)]

    def cosines(self, row: int, rows: Rows) -> Floats:
        """Cosines of a row to others: the same bits whichever rows are asked for together, unlike a matrix product."""
        products: Floats = np.einsum("ij,j->i", self._vectors[rows], self._vectors[row]).astype(np.float64)
        return products

    def usual(self, row: int, rows: Rows, background: float) -> Floats:
        """What of the cosines of a row to others is nothing in common: `background` times the mean cosine that both have
        to all others, and how much more alike any two texts of this publisher are than any two texts."""
        counted = len(self) - self._first_counted
        everyone = (self._sum - _whole(self._vectors[row])) / _UNIT
        before: Floats = everyone / (counted - 1 + _PRIOR)
        expected = background * self._mean_products(row, rows, before)
        publisher = self._publishers[row]
        others = self._house_counts[publisher] - 1
        same = np.flatnonzero(self._publishers[rows] == publisher)
        if others > 0 and len(same):
            own = (self._house_sums[publisher] - _whole(self._vectors[row])) / _UNIT / others
            trust = others / (others + _HOUSE_PRIOR)
            expected[same] += trust * self._mean_products(row, rows[same], own - everyone / (counted - 1))
        return expected

    def shared_words(self, row: int, rows: Rows) -> Floats:
        """Share of each headline's weight that the other document has anywhere: the mean of both directions.

        A rare term weighs more, by the square of its idf. Headlines say what a text is about, leads carry the paper's
        boilerplate: measured on headlines only, the same boilerplate is nothing in common.
        """
        headline, everything = self.terms["headline"], self.terms["all"]
        mine, weights = headline[row], self._weights(headline[row])
        # Marks are bytes, four megabytes of them: what is looked up most must stay in the processor's cache.
        self._mark[mine] = 1
        ids, sizes = everything.gather(rows)
        found = np.flatnonzero(self._mark[ids])
        self._mark[mine] = 0
        holders = sizes.cumsum().searchsorted(found, side="right")
        held = np.bincount(holders, weights[mine.searchsorted(ids[found])], len(rows))
        there = held / max(float(weights.sum()), 1e-9)
        self._mark[everything[row]] = 1
        ids, sizes = headline.gather(rows)
        weights = self._weights(ids)
        here = sums(weights * self._mark[ids], sizes) / np.maximum(sums(weights, sizes), 1e-9)
        self._mark[everything[row]] = 0
        shares: Floats = (there + here) / 2
        return shares

    def same_publisher(self, row: int, other: int) -> bool:
        return bool(self._publishers[row] == self._publishers[other])

    def days_between(self, row: int, rows: Rows) -> Floats:
        gaps: Floats = np.abs(self.days[rows] - self.days[row])
        return gaps

    def _weights(self, terms: Ids) -> Floats:
        counted = len(self) - self._first_counted
        idf = np.log((counted + _IDF_PRIOR) / (self._frequency[terms] + 0.5))
        weights: Floats = np.maximum(idf, 0.0) ** 2
        return weights

    def _mean_products(self, row: int, rows: Rows, vector: Floats) -> Floats:
        products: Floats = np.einsum("ij,j->i", self._vectors[rows], vector)
        return products / 2 + float(np.einsum("j,j->", self._vectors[row], vector)) / 2

    def _count(self, row: int, sign: int) -> None:
        vector, publisher = _whole(self._vectors[row]) * sign, self._publishers[row]
        self._sum += vector
        self._house_sums[publisher] += vector
        self._house_counts[publisher] += sign
        self._frequency[self.terms["all"][row]] += sign

    def _count_all(self, rows: Rows) -> None:
        """What `_count` adds for each of the rows."""
        publishers = self._publishers[rows]
        for publisher in np.unique(publishers):
            own = rows[publishers == publisher]
            total = _whole(self._vectors[own]).sum(axis=0)
            self._sum += total
            self._house_sums[publisher] += total
            self._house_counts[publisher] += len(own)
        ids, _ = self.terms["all"].gather(rows)
        self._frequency += np.bincount(ids, minlength=TERM_BUCKETS).astype(np.int32)

    def _number(self, publisher: str) -> int:
        """The number of a publisher, a new one if it is new."""
        number = self._number_of.setdefault(publisher, len(self._house_counts))
        if number == len(self._house_counts):
            self._house_sums.append(np.zeros(len(self._sum), np.int64))
            self._house_counts.append(0)
        return number

    def _make_room(self, rows: int, dimension: int) -> None:
        if len(self._sum) == 0:
            self._sum = np.zeros(dimension, np.int64)
        if rows > len(self.days):
            capacity, used = max(rows, 2 * len(self.days), 1_024), len(self)
            vectors, days, publishers = self._vectors, self.days, self._publishers
            self._vectors = np.empty((capacity, dimension), np.float32)
            self.days, self._publishers = np.empty(capacity), np.empty(capacity, np.int64)
            if used:
                self._vectors[:used], self.days[:used] = vectors[:used], days[:used]
                self._publishers[:used] = publishers[:used]


def days_since_1970(moment: datetime) -> float:
    """An aware moment in days."""
    return moment.timestamp() / DAY_S


def _whole(vector: Vectors) -> Rows:
    """The vector in units of 1 / `_UNIT`: sums of whole numbers do not depend on the order of adding."""
    units: Rows = np.rint(vector.astype(np.float64) * _UNIT).astype(np.int64)
    return units
