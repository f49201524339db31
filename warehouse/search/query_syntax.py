"""Parses a query (words, "phrases", -exclusions, field:value; never fails) and applies its filters."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import duckdb
import pyarrow as pa

from warehouse.search.query_terms import find_entity

# Fields whose value is also searched for as words, and fields that only filter.
_TEXT_FIELDS = ("phrase", "title", "entity")
_FIELDS = ("title", "entity", "desk", "publisher", "source", "language", "genre", "since", "until")
MAX_PIECES = 40  # a page pasted by mistake is cut here

_PIECE = re.compile(
    r'(?P<minus>-?)(?:(?P<field>[a-z]+):)?(?:"(?P<quoted>[^"]*)"?|(?P<bare>[^\s"]+))', re.IGNORECASE
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """A condition that an article must meet, or must not if it is negated.

    `field` is one of the fields of the syntax or "phrase": words in this order in title, summary or text. In
    the title alone they are a "title", the name or id of an entity that the article names is an "entity".
    `since` and `until` take ISO dates.
    """

    field: str
    value: str
    negated: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """A parsed query: `words` rank articles, `filters` admit them; `notes` say what was not understood."""

    words: str
    filters: tuple[Filter, ...] = ()
    notes: tuple[str, ...] = ()


def parse_query(typed: str) -> Query:
    """Parses a query. An unknown field is an ordinary word; a too long text is cut."""
    words: list[str] = []
    filters: list[Filter] = []
    notes: list[str] = []
    pieces = list(_PIECE.finditer(typed.replace("\0", " ")))
    if len(pieces) > MAX_PIECES:
        notes.append(f"only the first {MAX_PIECES} words are searched for")
    for piece in pieces[:MAX_PIECES]:
        minus, field = bool(piece["minus"]), (piece["field"] or "").lower()
        quoted = piece["quoted"] is not None
        value = (piece["quoted"] if quoted else piece["bare"]).strip()
        if not (field in _FIELDS and value):
            if not minus and not quoted:
                words.append(piece[0])
                continue
            field = "phrase"
        if note := _date_note(field, value):
            notes.append(note)
        elif value:
            filters.append(Filter(field=field, value=value, negated=minus))
            words += [value] if field in _TEXT_FIELDS and not minus else []
    return Query(words=" ".join(words), filters=tuple(filters), notes=tuple(notes))


def _date_note(field: str, value: str) -> str:
    if field in ("since", "until"):
        try:
            date.fromisoformat(value)
        except ValueError:
            return f"{field}:{value} is left out: write the date as 2026-08-17"
    return ""


# A phrase begins at a position; those of the title end with 199 (see the view search_postings).
_HAS_PHRASE = """d.doc IN (
    SELECT doc FROM search_phrase((
        SELECT list(struct_pack(term := term, place := place))
        FROM (SELECT unnest(search_terms({value})) AS term,
            generate_subscripts(search_terms({value}), 1) - 1 AS place)
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
