"""Loads the articles of a search result, with marked words and the passage that answers best."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import duckdb

from warehouse.search.query_terms import QueryTerms
from warehouse.store.db import from_db

MARK = "**"
_WINDOW_WORDS = 40


def mark(content: str, words: Sequence[str], terms: Sequence[str], wanted: Collection[str]) -> str:
    """Returns the text with every wanted word between two MARKs; `words` and `terms` are in text order."""
    return _marked(content, _spans(content, words), [term in wanted for term in terms], 0, len(words))


def snippet(content: str, words: Sequence[str], terms: Sequence[str], wanted: Collection[str]) -> str:
    """Returns the forty words of the text with the most wanted terms, marked; its start without any."""
    first = best_window(terms, wanted)
    return _marked(
        content,
        _spans(content, words),
        [term in wanted for term in terms],
        first,
        min(len(words), first + _WINDOW_WORDS),
    )


def best_window(terms: Sequence[str], wanted: Collection[str]) -> int:
    """The first start of a window with the most different wanted terms."""
    places = [place for place, term in enumerate(terms) if term in wanted]
    best, most = 0, len({term for term in terms[:_WINDOW_WORDS] if term in wanted})
    for place in places:
        start = max(0, min(place - 5, len(terms) - _WINDOW_WORDS))
        many = len({terms[one] for one in places if start <= one < start + _WINDOW_WORDS})
        if many > most:
            best, most = start, many
    return best


def _spans(content: str, words: Sequence[str]) -> list[tuple[int, int]]:
    spans, end = [], 0
    for word in words:
        start = content.find(word, end)
        end = start + len(word)
        spans.append((start, end))
    return spans


def _marked(content: str, spans: list[tuple[int, int]], hit: list[bool], first: int, last: int) -> str:
    if not spans:
        return " ".join(content.split())
    begin = 0 if first == 0 else spans[first][0]
    stop = len(content) if last == len(spans) else spans[last - 1][1]
    pieces, done = [], begin
    for (start, end), is_hit in zip(spans[first:last], hit[first:last], strict=True):
        if is_hit:
            pieces += [content[done:start], MARK, content[start:end], MARK]
            done = end
    text = " ".join("".join([*pieces, content[done:stop]]).split())
    return f"{'… ' if first else ''}{text}{' …' if last < len(spans) else ''}"


_Words = tuple[list[str], list[str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """An article found. In `marked_title` and `snippet` the searched words are between double asterisks.

    `score` is BM25F, a cosine or a fused rank, by the mode: it orders the hits of
    one query and means nothing else.
    """

    article_id: int
    story_id: int | None
    desk: str | None
    publisher: str
    published_at: datetime | None
    first_seen_at: datetime
    url: str | None
    title: str
    marked_title: str
    snippet: str
    score: float


_ARTICLES = """
SELECT a.article_id, m.story_id, a.publisher, a.published_at, a.first_seen_at, a.url, a.title,
    left(coalesce(nullif(a.text, ''), a.summary), 20000) AS body
FROM store.articles AS a
LEFT JOIN (FROM store.story_members WHERE article_id IN ({ids})) AS m ON m.article_id = a.article_id
WHERE a.article_id IN ({ids})
"""
_DESKS = "SELECT article_id, desk FROM article_desks WHERE is_primary AND article_id IN ({ids})"
_NAMES = """
SELECT article_id, string_agg(alias, ' ') FROM store.article_entities
WHERE article_id IN ({ids}) AND entity_id IN (SELECT unnest($entities)) GROUP BY article_id
"""
_WORDS = """
SELECT search_words(content), search_terms(content)
FROM (SELECT unnest(range(len($contents))) AS place, unnest($contents) AS content)
ORDER BY place
"""


def load_hits(
    con: duckdb.DuckDBPyConnection, ranked: Sequence[tuple[int, float]], query: QueryTerms
) -> list[Hit]:
    """The hits for (article_id, score), in the order given."""
    if not ranked:
        return []
    ids = ", ".join(str(id_) for id_, _ in ranked)
    rows = con.execute(_ARTICLES.format(ids=ids)).to_arrow_table().to_pylist()
    desks = dict(con.execute(_DESKS.format(ids=ids)).fetchall())
    entities = list(query.entities)
    names = dict(con.execute(_NAMES.format(ids=ids), {"entities": entities}).fetchall()) if entities else {}
    contents = [
        text for row in rows for text in (row["title"], row["body"], names.get(row["article_id"], ""))
    ]
    words = iter(con.execute(_WORDS, {"contents": contents}).fetchall())
    hits = {row["article_id"]: _hit(row, desks, query, next(words), next(words), next(words)) for row in rows}
    return [replace(hits[id_], score=score) for id_, score in ranked]


def _hit(
    row: dict[str, Any], desks: dict[int, str], query: QueryTerms, title: _Words, body: _Words, names: _Words
) -> Hit:
    """The hit without its score; `title`, `body` and `names` are the words and terms of each."""
    terms = {*query.terms, *names[1]}
    return Hit(
        article_id=row["article_id"],
        story_id=row["story_id"],
        desk=desks.get(row["article_id"]),
        publisher=row["publisher"],
        published_at=from_db(row["published_at"]),
        first_seen_at=from_db(row["first_seen_at"]),
        url=row["url"],
        title=row["title"],
        marked_title=mark(row["title"], *title, terms),
        snippet=snippet(row["body"], *body, terms),
        score=0.0,
    )
