"""Selects the articles that meet the filters of a query. Ranks nothing."""

from __future__ import annotations

from collections.abc import Sequence

import duckdb
import pyarrow as pa

from warehouse.search.query_syntax import Filter
from warehouse.search.query_terms import find_entity

# A phrase begins at a position; those of the title end with 199 (see the view search_postings).
_HAS_PHRASE = """d.doc IN (
    SELECT doc FROM search_phrase((
        SELECT list(struct_pack(term := term, place := place))
        FROM (SELECT unnest(search_terms({value})) AS term, generate_subscripts(search_terms({value}), 1) - 1 AS place)
        WHERE term NOT IN (SELECT unnest(search_stop_words()))
    ), 0, {last})
)"""
_CONDITIONS = {
    "phrase": _HAS_PHRASE.replace("{last}", "65535"),
    "title": _HAS_PHRASE.replace("{last}", "199"),
    "entity": "d.doc IN (SELECT unnest(docs) FROM store.search_postings WHERE term = {value})",
    "desk": "d.article_id IN (SELECT article_id FROM article_desks WHERE is_primary AND desk = {value})",
    "publisher": "contains(lower(a.publisher), lower({value}))",
    "source": "a.source_id = {value}",
    "language": "a.language = lower({value})",
    "genre": "d.article_id IN (SELECT article_id FROM store.classifications WHERE genre = {value})",
    "since": "coalesce(a.published_at, a.first_seen_at) >= {value}::DATE",
    "until": "coalesce(a.published_at, a.first_seen_at) < {value}::DATE + 1",
}
_ADMITTED = """
SELECT d.doc, d.article_id
FROM store.search_documents AS d JOIN store.articles AS a ON a.article_id = d.article_id
WHERE {}
"""


def admitted_articles(con: duckdb.DuckDBPyConnection, filters: Sequence[Filter]) -> pa.Table | None:
    """The documents (`doc`, `article_id`) that meet all filters; None if there are no filters.

    A phrase without any word, and an entity that is not in the gazetteer, admit nothing.
    """
    if not filters:
        return None
    conditions, values = [], {}
    for number, one in enumerate(filters):
        condition = _CONDITIONS[one.field].replace("{value}", f"$value_{number}")
        conditions.append(f"NOT ({condition})" if one.negated else condition)
        values[f"value_{number}"] = f"@{find_entity(one.value) or ''}" if one.field == "entity" else one.value
    return con.execute(_ADMITTED.format(" AND ".join(conditions)), values).to_arrow_table()
