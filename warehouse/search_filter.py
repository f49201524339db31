"""Says in SQL which documents a question admits: phrases, exclusions, fields. It ranks nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import duckdb
import numpy as np

from warehouse.search_question import Filter, Must
from warehouse.search_terms import find_entity
from warehouse.search_vectors import Ids

# The end of the title's places, and of all: see search_postings.places.
_END = {"title": 199, "": 65_535}

_CONDITIONS = {
    "desk": "d.article_id IN (SELECT article_id FROM article_desks WHERE is_primary AND desk = {})",
    "publisher": "contains(lower(a.publisher), lower({}))",
    "source": "a.source_id = {}",
    "language": "a.language = lower({})",
    "genre": "d.article_id IN (SELECT article_id FROM store.filings WHERE genre = {})",
    "since": "coalesce(a.published_at, a.first_seen_at) >= {}::DATE",
    "until": "coalesce(a.published_at, a.first_seen_at) < {}::DATE + 1",
}
_PHRASE = "d.doc IN (SELECT doc FROM search_phrase({}, 0, {}))"
_ENTITY = "d.doc IN (SELECT unnest(docs) FROM store.search_postings WHERE term = {})"


@dataclass(frozen=True, slots=True)
class Eligible:
    """A SELECT of the admitted documents (`doc`, `article_id`) with its values; `narrows` if it leaves any out."""

    sql: str
    values: dict[str, object]
    narrows: bool

    def article_ids(self, con: duckdb.DuckDBPyConnection) -> Ids | None:
        """The admitted articles; None for all."""
        if not self.narrows:
            return None
        ids: Ids = con.execute(f"SELECT article_id FROM ({self.sql})", self.values).fetchnumpy()["article_id"]
        return np.asarray(ids, np.int64)


def eligible_sql(con: duckdb.DuckDBPyConnection, musts: Sequence[Must], filters: Sequence[Filter]) -> Eligible:
    """The documents that meet every condition. A phrase without a word in it, and an entity nobody knows, admit nothing."""
    conditions: list[str] = []
    values: dict[str, object] = {}

    def say(condition: str, value: object, *, negated: bool) -> None:
        name = f"value_{len(values)}"
        values[name] = value
        said = condition.replace("{}", f"${name}", 1)
        conditions.append(f"NOT ({said})" if negated else said)

    for must in musts:
        if must.where == "entity":
            say(_ENTITY, f"@{find_entity(must.words) or ''}", negated=must.negated)
        else:
            say(_PHRASE.replace("0, {}", f"0, {_END[must.where]}"), _parts(con, must.words), negated=must.negated)
    for one in filters:
        say(_CONDITIONS[one.column], one.value, negated=one.negated)
    if not conditions:
        return Eligible("SELECT doc, article_id FROM store.search_documents", {}, narrows=False)
    joined = "JOIN store.articles AS a ON a.article_id = d.article_id" if any("a." in one for one in conditions) else ""
    sql = f"SELECT d.doc, d.article_id FROM store.search_documents AS d {joined} WHERE {' AND '.join(conditions)}"
    return Eligible(sql, values, narrows=True)


_PARTS = """
SELECT list_filter(list_transform(search_terms($words), lambda term, place: {'term': term, 'place': place - 1}),
    lambda part: part.term NOT IN search_stop_words())
"""


def _parts(con: duckdb.DuckDBPyConnection, words: str) -> object:
    ((parts,),) = con.execute(_PARTS, {"words": words}).fetchall()
    return parts or [{"term": "", "place": 0}]
