"""Keeps the inverted index of all articles' words and entities up to date.

Resumable: each batch is committed. A batch is a run of postings; runs of similar size are merged, so that
their number grows with the logarithm of the number of articles, and each posting is rewritten as often.
Without merging, a term would be looked up in a run for every hour's articles.
"""

from __future__ import annotations

from collections.abc import Callable

import duckdb

from warehouse.store.db import transaction

BATCH_ARTICLES = 10_000
POSTINGS_AT_ONCE = 2_000_000  # merged in one statement
FEW_DELETED = 1_000  # so many deleted documents are no reason to rebuild the index
# To be raised when search_terms or the weights below change: everything is indexed again.
VERSION = 1

_MARK_PENDING = """
CREATE OR REPLACE TEMPORARY TABLE to_index AS
SELECT row_number() OVER (ORDER BY first_seen_at, article_id) AS place, article_id, text_hash, method
FROM (
    SELECT a.article_id, a.text_hash, a.first_seen_at, concat_ws('+', $version, r.method) AS method
    FROM store.read_articles AS a
    LEFT JOIN store.extractions AS r ON r.article_id = a.article_id AND r.extractor = 'entities'
) AS a
WHERE NOT EXISTS (
    FROM store.search_documents AS d
    WHERE d.article_id = a.article_id AND d.text_hash = a.text_hash AND d.method = a.method
)
"""
# By rowid only the texts of the batch are read: with a million articles that is a hundred times faster.
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
_DELETE = """
INSERT INTO store.search_deleted
SELECT doc FROM store.search_documents WHERE article_id IN (SELECT article_id FROM batch)
"""
_REGISTER = """
INSERT OR REPLACE INTO store.search_documents (doc, article_id, text_hash, method)
SELECT doc, article_id, text_hash, method FROM batch
"""
# A term weighs the boost of its field, less in a longer field: the wtf of BM25F with b = 0.6. The average
# lengths are constants, those of recorded feeds, so that a stored weight stays right. Of a text the first
# 4,000 words are indexed: longer ones are transcripts and whole bills.
_POST = """
INSERT INTO store.search_postings (run, term, documents, docs, weights, places)
WITH fields AS (
    SELECT doc, 3.0 AS boost, 10 AS average, 0 AS start, search_terms(title)[:200] AS terms
    FROM batch JOIN store.articles AS a ON a.rowid = position
    UNION ALL
    SELECT doc, 1.5, 40, 200, search_terms(summary)[:800]
    FROM batch JOIN store.articles AS a ON a.rowid = position
    UNION ALL
    SELECT doc, 1.0, 400, 1000, search_terms(coalesce(nullif(t.text, ''), a.text))[:4000]
    FROM batch JOIN store.articles AS a ON a.rowid = position
    LEFT JOIN store.article_texts AS t ON t.article_id = batch.article_id AND t.is_latest
),
words AS (
    SELECT doc, boost / (0.4 + 0.6 * len(terms) / average) AS weight, unnest(terms) AS term,
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
    """Indexes every article whose text or entities are new or changed; returns how many."""
    _clear_if_many_are_deleted(con)
    con.execute(_MARK_PENDING, {"version": str(VERSION)})
    total = _number(con, "SELECT count(*) FROM to_index")
    for first in range(1, total + 1, BATCH_ARTICLES):
        with transaction(con):
            con.execute(_BATCH, {"first": first, "many": BATCH_ARTICLES})
            con.execute(_DELETE)
            con.execute(_REGISTER)
            con.execute(_POST)
            _merge(con)
        on_progress(min(first - 1 + BATCH_ARTICLES, total), total)
    con.execute("DROP TABLE to_index")
    return total


_RUNS = "SELECT run, sum(documents)::BIGINT FROM store.search_postings GROUP BY run ORDER BY run"
_COPY_RUNS = "CREATE OR REPLACE TEMPORARY TABLE merging AS FROM store.search_postings WHERE run >= $since"
_DELETE_RUNS = "DELETE FROM store.search_postings WHERE run >= $since"
_RANGES = """
SELECT min(term), max(term)
FROM (SELECT term, sum(sum(documents)) OVER (ORDER BY term) // $many AS range FROM merging GROUP BY term)
GROUP BY range ORDER BY range
"""
_MERGE_RUNS = """
INSERT INTO store.search_postings (run, term, documents, docs, weights, places)
SELECT $since, term, sum(documents), flatten(list(docs ORDER BY run)), flatten(list(weights ORDER BY run)),
    flatten(list(places ORDER BY run))
FROM merging WHERE term BETWEEN $first AND $last GROUP BY term ORDER BY term
"""


def _merge(con: duckdb.DuckDBPyConnection) -> None:
    since = merge_since(con.execute(_RUNS).fetchall())
    if since is None:
        return
    for statement in (_COPY_RUNS, _DELETE_RUNS):
        con.execute(statement, {"since": since})
    # DuckDB aggregates lists in memory: all at once, those of 800,000 articles took more than 4 GB.
    for first, last in con.execute(_RANGES, {"many": POSTINGS_AT_ONCE}).fetchall():
        con.execute(_MERGE_RUNS, {"since": since, "first": first, "last": last})
    con.execute("DROP TABLE merging")


def merge_since(runs: list[tuple[int, int]]) -> int | None:
    """Returns the first run (number, postings; oldest first) to merge with all later ones, or None.

    A run is merged when the later ones together are as large: afterwards each run is
    larger than all later ones.
    """
    later, since = 0, None
    for number, size in reversed(runs):
        if later and size <= later:
            since = number
        later += size
    return since


def _clear_if_many_are_deleted(con: duckdb.DuckDBPyConnection) -> None:
    """Deletes the index, so that all is indexed again, if over a fifth of its documents are deleted."""
    deleted = _number(con, "SELECT count(*) FROM store.search_deleted")
    if deleted > FEW_DELETED and deleted * 4 > _number(con, "SELECT count(*) FROM store.articles"):
        with transaction(con):
            for table in ("search_documents", "search_deleted", "search_postings"):
                con.execute(f"DELETE FROM store.{table}")


def _number(con: duckdb.DuckDBPyConnection, sql: str) -> int:
    row = con.execute(sql).fetchone()
    return int(row[0]) if row else 0
