"""The documents that are grouped into stories: their vectors, terms, days and publishers, one row a document.

Pure; knows no story.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from functools import cached_property
from typing import TypeVar

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array

from warehouse.rounding import six_decimals
from warehouse.stories.terms import TERM_BUCKETS, Rows, TermIds, Terms

Flags = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]
Vectors = npt.NDArray[np.float32]

DAY_S = 86_400.0
TERM_FIELDS = tuple(field.name for field in fields(Terms))
_VECTORS_AT_ONCE = 256  # vectors multiplied at once: more would not stay in the processor's cache


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """An article to be grouped.

    `moment` (aware) is its publication or first sight; `vector` has length 1; `title_opening` is that of
    `terms.title_opening`.
    """

    article_id: int
    publisher: str
    terms: Terms
    moment: datetime
    vector: Vectors
    title_opening: str = ""
    is_roundup: bool = False

    @property
    def day(self) -> float:
        """The moment in days since 1970."""
        return days_since_1970(self.moment)


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentColumns:
    """Many documents as columns, one entry a document. `terms` has a matrix for each field of `Terms`."""

    article_ids: Rows
    publishers: list[str]
    title_openings: list[str]
    days: Floats
    vectors: Vectors
    is_roundup: Flags
    terms: dict[str, csr_array]


@dataclass(frozen=True, kw_only=True)
class DocumentPairs:
    """Documents to compare, by row: each of `rows` with the next `sizes` of `others`.

    `moments` has a row for each of `rows`: statistics are taken as they were when
    that document had just arrived.
    """

    moments: Rows
    rows: Rows
    sizes: Rows
    others: Rows

    @cached_property
    def places(self) -> Rows:
        """For each pair, the place of its first document among `rows`."""
        return np.arange(len(self.rows)).repeat(self.sizes)

    @cached_property
    def firsts(self) -> Rows:
        """For each pair, the row of its first document."""
        return self.rows[self.places]

    def parts(self, loads: Rows, limit: int) -> Iterator[tuple[DocumentPairs, slice]]:
        """Splits the pairs between `rows`, so that the loads (one a pair) of a part sum to about `limit`.

        Yields each part and where its pairs are.
        """
        load = np.bincount(self.places, loads, minlength=len(self.rows))
        part, ends = load.cumsum() // limit, self.sizes.cumsum()
        for places in np.split(np.arange(len(self.rows)), np.flatnonzero(np.diff(part)) + 1):
            rows = slice(places[0], places[-1] + 1)
            pairs = slice(ends[places[0]] - self.sizes[places[0]], ends[places[-1]])
            yield (
                DocumentPairs(
                    moments=self.moments[rows],
                    rows=self.rows[rows],
                    sizes=self.sizes[rows],
                    others=self.others[pairs],
                ),
                pairs,
            )

    def only(self, wanted: Flags) -> DocumentPairs:
        """The wanted pairs."""
        sizes = np.bincount(self.places[wanted], minlength=len(self.rows))
        return DocumentPairs(moments=self.moments, rows=self.rows, sizes=sizes, others=self.others[wanted])


class TermMatrix:
    """One row of term ids a document: a sparse matrix of ones that grows, which a matrix of scipy cannot."""

    def __init__(self) -> None:
        self._ones, self._ids = np.ones(1_024, np.int8), np.empty(1_024, np.int32)
        self._ends = np.zeros(
            256, np.int32
        )  # row i ends at _ends[i + 1]; int32 as scipy wants both of one type
        self._rows = 0

    def __getitem__(self, row: int) -> TermIds:
        return self._ids[self._ends[row] : self._ends[row + 1]]

    def append(self, rows: csr_array) -> None:
        """Adds rows at the end."""
        used, end = int(self._ends[self._rows]), self._rows + rows.shape[0]
        self._ids = _with_capacity(self._ids, used + rows.nnz)
        self._ends = _with_capacity(self._ends, end + 1)
        if len(self._ones) < len(self._ids):
            self._ones = np.ones(len(self._ids), np.int8)
        self._ids[used : used + rows.nnz] = rows.indices
        self._ends[self._rows + 1 : end + 1] = used + rows.indptr[1:]
        self._rows = end

    def take(self, rows: Rows) -> csr_array:
        """A matrix of these rows."""
        used = int(self._ends[self._rows])
        content = (self._ones[:used], self._ids[:used], self._ends[: self._rows + 1])
        return csr_array(content, shape=(self._rows, TERM_BUCKETS))[rows]

    def between(self, row: int, end: int) -> TermIds:
        """All terms of the rows from `row` to before `end`."""
        return self._ids[self._ends[row] : self._ends[end]]

    def sizes(self, rows: Rows) -> Rows:
        """How many terms each of these rows has."""
        return (self._ends[rows + 1] - self._ends[rows]).astype(np.int64)


class Documents:
    """All documents so far, in order of arrival."""

    def __init__(self) -> None:
        self.article_ids: list[int] = []
        self.is_roundup: list[bool] = []
        self.terms = {name: TermMatrix() for name in TERM_FIELDS}
        self.days: Floats = np.empty(0)
        self.publishers: Rows = np.empty(0, np.int64)  # numbered in order of arrival
        self.title_openings: Rows = np.empty(0, np.int64)  # likewise; 0 for none
        self.vectors: Vectors = np.empty((0, 0), np.float32)
        self._publisher_numbers: dict[str, int] = {}
        self._opening_numbers: dict[str, int] = {"": 0}

    def __len__(self) -> int:
        return len(self.article_ids)

    def add(self, columns: DocumentColumns) -> int:
        """Adds documents; returns the row of the first."""
        first, end = len(self), len(self) + len(columns.article_ids)
        if first == end:
            return first
        if not first:
            self.vectors = np.empty((0, columns.vectors.shape[1]), np.float32)
        self.vectors, self.days = _with_capacity(self.vectors, end), _with_capacity(self.days, end)
        self.publishers = _with_capacity(self.publishers, end)
        self.title_openings = _with_capacity(self.title_openings, end)
        for name, rows in columns.terms.items():
            self.terms[name].append(rows)
        self.vectors[first:end], self.days[first:end] = columns.vectors, columns.days
        self.publishers[first:end] = _numbered(columns.publishers, self._publisher_numbers)
        self.title_openings[first:end] = _numbered(columns.title_openings, self._opening_numbers)
        self.article_ids += columns.article_ids.tolist()
        self.is_roundup += columns.is_roundup.tolist()
        return first

    def first_row_since(self, day: float) -> int:
        """The first row of a document that is not older than `day`; the number of rows if all are older."""
        recent = np.flatnonzero(self.days[: len(self)] >= day)
        return int(recent[0]) if len(recent) else len(self)

    def cosines(self, pairs: DocumentPairs) -> Floats:
        """The cosine of each pair."""
        return six_decimals(row_products(self.vectors, pairs.others, self.vectors[pairs.rows], pairs.places))

    def days_between(self, pairs: DocumentPairs) -> Floats:
        """How many days are between each pair."""
        gaps: Floats = np.abs(self.days[pairs.others] - self.days[pairs.firsts])
        return gaps

    def same_publisher(self, row: int, other: int) -> bool:
        """Whether two documents have one publisher."""
        return bool(self.publishers[row] == self.publishers[other])


def columns_of(documents: Sequence[Document]) -> DocumentColumns:
    """The documents as columns, in order."""
    return DocumentColumns(
        article_ids=np.array([document.article_id for document in documents], np.int64),
        publishers=[document.publisher for document in documents],
        title_openings=[document.title_opening for document in documents],
        days=np.array([document.day for document in documents]),
        vectors=np.stack([document.vector for document in documents]),
        is_roundup=np.array([document.is_roundup for document in documents], np.bool_),
        terms={
            name: term_matrix([getattr(document.terms, name) for document in documents])
            for name in TERM_FIELDS
        },
    )


def _numbered(names: Sequence[str], numbers: dict[str, int]) -> list[int]:
    """The number of each name; new ones are numbered in order."""
    return [numbers.setdefault(name, len(numbers)) for name in names]


def term_matrix(rows: Sequence[TermIds]) -> csr_array:
    """A sparse matrix with a row of ones for each array of terms."""
    ids = np.concatenate([np.empty(0, np.int32), *rows])
    ends = np.cumsum([0, *map(len, rows)], dtype=np.int32)
    return csr_array((np.ones(len(ids), np.int8), ids, ends), shape=(len(rows), TERM_BUCKETS))


def days_since_1970(moment: datetime) -> float:
    """An aware moment in days."""
    return moment.timestamp() / DAY_S


def row_products(left: Vectors, rows: Rows, right: Vectors | Floats, places: Rows) -> Floats:
    """Returns products of rows of one matrix with rows of another, in float64, so that rounding is stable.

    Unlike those of a matrix product, the bits of one do not depend on which others are asked for with it.
    """
    products = np.empty(len(rows))
    for start in range(0, len(rows), _VECTORS_AT_ONCE):
        some = slice(start, start + _VECTORS_AT_ONCE)
        these = left[rows[some]].astype(np.float64)
        those = right[places[some]].astype(np.float64, copy=False)
        products[some] = np.einsum("ij,ij->i", these, those)
    return products


Array = TypeVar("Array", TermIds, Rows, Floats, Vectors)


def _with_capacity(array: Array, size: int) -> Array:
    """The array if it has so many rows, else one with at least twice as many that begins with its rows."""
    if size <= len(array):
        return array
    larger = np.empty((max(size, 2 * len(array), 1_024), *array.shape[1:]), array.dtype)
    larger[: len(array)] = array
    return larger
