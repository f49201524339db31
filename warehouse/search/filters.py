"""Says which documents a question admits: phrases, exclusions, fields. It ranks nothing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import duckdb
import numpy as np

from warehouse.search.postings import Docs, Documents, Mask, docs_of, starts_of
from warehouse.search.query_syntax import Filter, Must
from warehouse.search.query_terms import find_entity

# The end of the title's places, and of all: see search_postings.places.
_END = {"title": 199, "": 65_535}

_CONDITIONS = {
    "desk": "d.article_id IN (SELECT article_id FROM article_desks WHERE is_primary AND desk = {})",
    "publisher": "contains(lower(a.publisher), lower({}))",
    "source": "a.source_id = {}",
    "language": "a.language = lower({})",
    "genre": "d.article_id IN (SELECT article_id FROM store.classifications WHERE genre = {})",
    "since": "coalesce(a.published_at, a.first_seen_at) >= {}::DATE",
    "until": "coalesce(a.published_at, a.first_seen_at) < {}::DATE + 1",
}
_MEETING = """
SELECT d.doc FROM store.search_documents AS d JOIN store.articles AS a ON a.article_id = d.article_id WHERE {}
"""


def admitted(
    con: duckdb.DuckDBPyConnection, documents: Documents, musts: Iterable[Must], filters: Sequence[Filter]
) -> Mask:
    """True at the documents that meet every condition. A phrase without a word in it, and an entity nobody knows, admit nothing."""
    mask = documents.live.copy()
    for must in musts:
        mask &= documents.mask(_having(con, must)) ^ must.negated
    if filters:
        mask &= documents.mask(_meeting(con, filters))
    return mask


def _meeting(con: duckdb.DuckDBPyConnection, filters: Sequence[Filter]) -> Docs:
    said = [_CONDITIONS[one.column].format("?") for one in filters]
    conditions = [f"NOT ({one})" if filter_.negated else one for one, filter_ in zip(said, filters, strict=True)]
    asked = con.execute(_MEETING.format(" AND ".join(conditions)), [one.value for one in filters])
    return np.asarray(asked.fetchnumpy()["doc"])


def _having(con: duckdb.DuckDBPyConnection, must: Must) -> Docs:
    if must.where == "entity":
        return docs_of(con, f"@{find_entity(must.words) or ''}")
    return _having_phrase(con, must.words, _END[must.where])


_PARTS = """
SELECT term, place FROM (SELECT unnest(search_terms($words)) AS term, generate_subscripts(search_terms($words), 1) - 1 AS place)
WHERE term NOT IN (SELECT unnest(search_stop_words()))
"""


def _having_phrase(con: duckdb.DuckDBPyConnection, words: str, last: int) -> Docs:
    """The documents in which the words stand so to each other, beginning at `last` at the latest."""
    begins: np.ndarray | None = None
    for term, place in con.execute(_PARTS, {"words": words}).fetchall():
        found = [np.zeros(0, np.int64)]
        for docs, starts in starts_of(con, term, place):
            fit = (starts >= 0) & (starts <= last)
            found.append((docs[fit].astype(np.int64) << 16) + starts[fit])
        here = np.concatenate(found)
        begins = here if begins is None else np.intersect1d(begins, here, assume_unique=True)
    return np.unique((np.zeros(0, np.int64) if begins is None else begins) >> 16).astype(np.int32)
