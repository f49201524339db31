"""Reads the inverted index: which documents there are, and which of them have a term, with what weight and in which places."""

from __future__ import annotations

from collections.abc import Collection, Iterator

import duckdb
import numpy as np
import numpy.typing as npt
import pyarrow as pa

Ids = npt.NDArray[np.int64]
Docs = npt.NDArray[np.int32]
Mask = npt.NDArray[np.bool_]

_DOCUMENTS = "SELECT doc, article_id FROM store.search_documents"
_LAST = "SELECT greatest((SELECT max(doc) FROM store.search_documents), (SELECT max(doc) FROM store.search_deleted))"
# With the terms as a list of values the snapshot's index answers; joined with a table of them, every list would be read.
_POSTINGS = "SELECT term, docs, {} FROM store.search_postings WHERE term IN ({}) ORDER BY term, run"


class Documents:
    """The documents of a snapshot: `ids` are their articles, `live` is false for those that an article has left behind.

    Both are of shape (numbers given so far,): a document is a place in them.
    """

    def __init__(self, con: duckdb.DuckDBPyConnection) -> None:
        ((last,),) = con.execute(_LAST).fetchall()
        found = con.execute(_DOCUMENTS).fetchnumpy()
        self.ids: Ids = np.zeros(0 if last is None else last + 1, np.int64)
        self.ids[found["doc"]] = found["article_id"]
        self.live = self.mask(found["doc"])
        self.many = len(found["doc"])

    def mask(self, docs: Docs) -> Mask:
        """True at each of these documents."""
        mask = np.zeros(len(self.ids), np.bool_)
        mask[docs] = True
        return mask


def weights_of(con: duckdb.DuckDBPyConnection, terms: Collection[str]) -> Iterator[tuple[str, Docs, Ids]]:
    """Each term's documents and its weight in each, in hundredths; a term may come more than once, each time with others."""
    for term, docs, weights in _postings(con, terms, "weights"):
        yield term, docs, weights.to_numpy()


def starts_of(con: duckdb.DuckDBPyConnection, term: str, place: int) -> Iterator[tuple[Docs, Ids]]:
    """The term's documents, each as often as the term stands in it, with where a phrase would begin that has it at `place`."""
    for _, docs, places in _postings(con, [term], "places"):
        yield np.repeat(docs, places.value_lengths().to_numpy()), places.flatten().to_numpy().astype(np.int64) - place


def docs_of(con: duckdb.DuckDBPyConnection, term: str) -> Docs:
    """The documents that have the term."""
    return np.concatenate([np.zeros(0, np.int32), *(docs for _, docs, _ in weights_of(con, [term]))])


def _postings(
    con: duckdb.DuckDBPyConnection, terms: Collection[str], column: str
) -> Iterator[tuple[str, Docs, pa.Array]]:
    marks = ", ".join("?" * len(terms))
    for batch in con.execute(_POSTINGS.format(column, marks), list(terms)).to_arrow_reader(10_000):
        for term, docs, of_each in zip(*batch.columns, strict=True):
            yield term.as_py(), docs.values.to_numpy(), of_each.values
