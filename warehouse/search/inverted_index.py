"""Keeps the search index: an inverted file of all articles' words and entities, and codes of their vectors. It asks nothing.

Resumable: each batch is committed. A batch is a run of postings of its own; runs of like size are merged, so that their
number grows with the logarithm of the articles and each posting is rewritten as often.
"""

from __future__ import annotations

from collections.abc import Callable

import duckdb
import pyarrow as pa

from warehouse.embed.vectors import column_of_vectors
from warehouse.search.vector_codes import rounded
from warehouse.store.db import transaction

BATCH_ARTICLES = 10_000
MERGED_AT_ONCE = 2_000_000  # postings
FEW_STRUCK = 1_000  # so many struck documents are no reason to index all anew
# Raise it when search_terms or the weights below change: everything is indexed anew.
VERSION = 1

# Of a text the first 4,000 words: longer ones are transcripts and whole bills, whose end no question is about.
_MARK_PENDING = """
CREATE OR REPLACE TEMPORARY TABLE to_index AS
SELECT row_number() OVER (ORDER BY first_seen_at, article_id) AS place, article_id, text_hash, method
FROM (
    SELECT a.article_id, a.text_hash, a.first_seen_at, concat_ws('+', $version, r.method) AS method
    FROM store.articles AS a
    LEFT JOIN store.extractions AS r ON r.article_id = a.article_id AND r.extractor = 'entities'
) AS a
WHERE NOT EXISTS (
    FROM store.search_documents AS d
    WHERE d.article_id = a.article_id AND d.text_hash = a.text_hash AND d.method = a.method
)
"""
# By their positions the texts of a batch are read without a look at all others: of a million that is a hundred times quicker.
_BATCH = """
CREATE OR REPLACE TEMPORARY TABLE batch AS
SELECT (place - $first + (
        SELECT greatest(
            (SELECT coalesce(max(doc), -1) FROM store.search_documents),
            (SELECT coalesce(max(doc), -1) FROM store.search_deleted)
        )
    ))::INTEGER + 1 AS doc, i.article_id, i.text_hash, i.method, a.rowid AS position
FROM to_index AS i JOIN store.articles AS a ON a.article_id = i.article_id
WHERE place >= $first AND place < $first + $many
"""
_STRIKE = """
INSERT INTO store.search_deleted
SELECT doc FROM store.search_documents WHERE article_id IN (SELECT article_id FROM batch)
"""
_REGISTER = """
INSERT OR REPLACE INTO store.search_documents (doc, article_id, text_hash, method)
SELECT doc, article_id, text_hash, method FROM batch
"""
# An occurrence weighs its field's boost, less in a field longer than usual: the wtf of BM25F with b = 0.6 and the usual
# lengths of our feeds in place of running averages, so that a weight once stored stays right.
_POST = """
INSERT INTO store.search_postings (run, term, documents, docs, weights, places)
WITH fields AS (
    SELECT doc, 3.0 AS boost, 10 AS usual, 0 AS start, search_terms(title)[:200] AS terms
    FROM batch JOIN store.articles AS a ON a.rowid = position
    UNION ALL
    SELECT doc, 1.5, 40, 200, search_terms(summary)[:800] FROM batch JOIN store.articles AS a ON a.rowid = position
    UNION ALL
    SELECT doc, 1.0, 400, 1000, search_terms(text)[:4000] FROM batch JOIN store.articles AS a ON a.rowid = position
),
words AS (
    SELECT doc, boost / (0.4 + 0.6 * len(terms) / usual) AS weight, unnest(terms) AS term,
        start + generate_subscripts(terms, 1) - 1 AS place
    FROM fields
),
found AS (
    SELECT term, doc, sum(weight) AS weight, list(place ORDER BY place) AS places
    FROM words WHERE term NOT IN (SELECT unnest(search_stop_words())) GROUP BY term, doc
    UNION ALL
    SELECT '@' || entity_id, doc, least(mentions, 4) * 0.5 + 2 * in_title::INTEGER, []
    FROM batch JOIN store.article_entities USING (article_id)
)
SELECT (SELECT min(doc) FROM batch), term, count(*), list(doc ORDER BY doc),
    list(least(round(100 * weight), 65535)::USMALLINT ORDER BY doc), list(places::USMALLINT[] ORDER BY doc)
FROM found GROUP BY term ORDER BY term
"""


def index_pending(con: duckdb.DuckDBPyConnection, on_progress: Callable[[int, int], None]) -> int:
    """Indexes every article whose text or entities changed since it was last indexed; returns how many."""
    _forget_if_many_are_struck(con)
    con.execute(_MARK_PENDING, {"version": str(VERSION)})
    total = _number(con, "SELECT count(*) FROM to_index")
    for first in range(1, total + 1, BATCH_ARTICLES):
        with transaction(con):
            con.execute(_BATCH, {"first": first, "many": BATCH_ARTICLES})
            con.execute(_STRIKE)
            con.execute(_REGISTER)
            con.execute(_POST)
            _merge(con)
        on_progress(min(first - 1 + BATCH_ARTICLES, total), total)
    con.execute("DROP TABLE to_index")
    return total


_RUNS = "SELECT run, sum(documents)::BIGINT FROM store.search_postings GROUP BY run ORDER BY run"
_TAKE = "CREATE OR REPLACE TEMPORARY TABLE merging AS FROM store.search_postings WHERE run >= $since"
_DROP = "DELETE FROM store.search_postings WHERE run >= $since"
_PIECES = """
SELECT min(term), max(term)
FROM (SELECT term, sum(sum(documents)) OVER (ORDER BY term) // $many AS piece FROM merging GROUP BY term)
GROUP BY piece ORDER BY piece
"""
_PUT = """
INSERT INTO store.search_postings (run, term, documents, docs, weights, places)
SELECT $since, term, sum(documents), flatten(list(docs ORDER BY run)), flatten(list(weights ORDER BY run)), flatten(list(places ORDER BY run))
FROM merging WHERE term BETWEEN $first AND $last GROUP BY term ORDER BY term
"""


def _merge(con: duckdb.DuckDBPyConnection) -> None:
    since = merge_since(con.execute(_RUNS).fetchall())
    if since is None:
        return
    for statement in (_TAKE, _DROP):
        con.execute(statement, {"since": since})
    # Lists are made in memory: all at once, those of 800,000 articles took more than 4 GB.
    for first, last in con.execute(_PIECES, {"many": MERGED_AT_ONCE}).fetchall():
        con.execute(_PUT, {"since": since, "first": first, "last": last})
    con.execute("DROP TABLE merging")


def merge_since(runs: list[tuple[int, int]]) -> int | None:
    """The first of the runs (number, postings; oldest first) to merge with all later ones; None if none is due.

    Due is whatever lies behind a run that it outgrew: then each run is larger than all later ones together.
    """
    later, since = 0, None
    for number, size in reversed(runs):
        if later and size <= later:
            since = number
        later += size
    return since


def _forget_if_many_are_struck(con: duckdb.DuckDBPyConnection) -> None:
    """Once more than a fifth of all documents is struck, the whole is indexed anew: that costs a merge or two."""
    struck = _number(con, "SELECT count(*) FROM store.search_deleted")
    if struck > FEW_STRUCK and struck * 4 > _number(con, "SELECT count(*) FROM store.articles"):
        with transaction(con):
            for table in ("search_documents", "search_deleted", "search_postings"):
                con.execute(f"DELETE FROM store.{table}")


_TO_CODE = """
SELECT v.article_id, v.text_hash, v.vector FROM store.vectors AS v
WHERE v.model = $model AND NOT EXISTS (
    FROM store.search_codes AS c WHERE c.article_id = v.article_id AND c.model = v.model AND c.text_hash = v.text_hash
)
"""
_CODE = """
INSERT OR REPLACE INTO store.search_codes (article_id, model, text_hash, numbers)
SELECT article_id, $model, text_hash, numbers FROM coded
"""


def code_pending(con: duckdb.DuckDBPyConnection, model: str) -> int:
    """Codes every vector of the model that has none or another's; returns how many."""
    done = 0
    # Read at one go beside the writing: asking for each batch anew would go through all vectors each time.
    with con.cursor() as reading:
        for batch in reading.execute(_TO_CODE, {"model": model}).to_arrow_reader(BATCH_ARTICLES):
            found = pa.Table.from_batches([batch])
            numbers = rounded(column_of_vectors(found["vector"]))
            column = pa.FixedSizeBinaryArray.from_buffers(
                pa.binary(numbers.shape[1]), len(numbers), [None, pa.py_buffer(numbers.tobytes())]
            )
            with transaction(con):
                con.register("coded", found.drop_columns("vector").append_column("numbers", column))
                con.execute(_CODE, {"model": model})
                con.unregister("coded")
            done += len(found)
    return done


def _number(con: duckdb.DuckDBPyConnection, sql: str) -> int:
    row = con.execute(sql).fetchone()
    return int(row[0]) if row else 0
