"""Loads the articles of a search result, with marked words and the passage that answers best."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from itertools import islice
from typing import Any

import duckdb

from warehouse.extract.sentences import sentence_spans
from warehouse.search.query_terms import QueryTerms
from warehouse.store.db import from_db

MARK = "**"
_WINDOW_WORDS = 40


def mark(content: str, words: Sequence[str], terms: Sequence[str], wanted: Collection[str]) -> str:
    """Returns the text with every wanted word between two MARKs; `words` and `terms` are in text order."""
    return _marked(content, _spans(content, words), [term in wanted for term in terms], 0, len(words))


def passage(content: str, words: Sequence[str], terms: Sequence[str], wanted: Collection[str]) -> str:
    """Returns the sentences with the most wanted terms, marked: as many as have forty words, at least one.

    Of a sentence that is twice as long it returns forty words.
    """
    spans = _spans(content, words)
    first, last = _best(_sentence_runs(content, spans), terms, wanted) if words else (0, 0)
    if last - first > 2 * _WINDOW_WORDS:
        windows = [
            (start, min(start + _WINDOW_WORDS, last))
            for start in (first, *(max(first, p - 5) for p in range(first, last) if terms[p] in wanted))
        ]
        first, last = _best(windows, terms, wanted)
    return _marked(content, spans, [term in wanted for term in terms], first, last)


def _sentence_runs(content: str, spans: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Returns first and end word of as many sentences as have forty words, at least one, from each on."""
    starts = [start for start, _ in spans]
    bounds = [bisect_left(starts, end) for _, end in sentence_spans(content)]
    firsts = [0, *bounds[:-1]]
    runs = []
    for number, first in enumerate(firsts):
        fitting = bisect_right(bounds, first + _WINDOW_WORDS) - 1
        last = bounds[max(number, fitting)]
        if last > first:
            runs.append((first, last))
    return runs


def _best(
    windows: Sequence[tuple[int, int]], terms: Sequence[str], wanted: Collection[str]
) -> tuple[int, int]:
    """Returns the window with the most different wanted terms; of equal ones the one that begins with one."""

    def found(window: tuple[int, int]) -> tuple[int, int]:
        places = [place for place in range(*window) if terms[place] in wanted]
        return len({terms[place] for place in places}), window[0] - places[0] if places else 0

    return max(windows, key=found)


def _spans(content: str, words: Sequence[str]) -> list[tuple[int, int]]:
    spans, end = [], 0
    for word in words:
        start = content.find(word, end)
        end = start + len(word)
        spans.append((start, end))
    return spans


def _outward(content: str, place: int, step: int) -> int:
    """Returns the place beyond the punctuation that is written without a space at this end of a word."""
    while 0 < place < len(content) and _is_mark(content[place if step > 0 else place - 1]):
        place += step
    return place


def _is_mark(character: str) -> bool:
    return not character.isalnum() and not character.isspace()


def _marked(content: str, spans: list[tuple[int, int]], hit: list[bool], first: int, last: int) -> str:
    if not spans:
        return " ".join(content.split())
    begin = 0 if first == 0 else _outward(content, spans[first][0], -1)
    stop = len(content) if last == len(spans) else _outward(content, spans[last - 1][1], 1)
    pieces, done = [], begin
    for (start, end), is_hit in zip(spans[first:last], hit[first:last], strict=True):
        if is_hit:
            pieces += [content[done:start], MARK, content[start:end], MARK]
            done = end
    text = " ".join("".join([*pieces, content[done:stop]]).split())
    return f"{'… ' if first else ''}{text}{' …' if last < len(spans) else ''}"


class SnippetFrom(StrEnum):
    """What a snippet is taken from."""

    SUMMARY = "summary"
    TEXT = "text"


_Words = tuple[list[str], list[str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """An article found. In `marked_title` and `snippet` the searched words are between double asterisks.

    `snippet` is of what `snippet_from` says: the article's text, where that answers better than its summary.
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
    snippet_from: SnippetFrom
    score: float


# As store.read_articles has it. By rowid only the texts of the hits are read: with 30,000 texts that is six
# times faster.
_ARTICLES = """
SELECT a.article_id, m.story_id, a.publisher, a.published_at, a.first_seen_at, a.url, a.title,
    a.summary, left(coalesce(nullif(t.text, ''), a.text), 40_000) AS text -- the words that are indexed
FROM store.articles AS a
LEFT JOIN (
    SELECT article_id, text FROM store.article_texts
    WHERE rowid IN (SELECT rowid FROM store.article_texts WHERE is_latest AND article_id IN ({ids}))
) AS t ON t.article_id = a.article_id
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
        text
        for row in rows
        for text in (row["title"], row["summary"], row["text"], names.get(row["article_id"], ""))
    ]
    words = iter(con.execute(_WORDS, {"contents": contents}).fetchall())
    hits = {row["article_id"]: _hit(row, desks, query, *islice(words, 4)) for row in rows}
    return [replace(hits[id_], score=score) for id_, score in ranked]


def _hit(
    row: dict[str, Any],
    desks: dict[int, str],
    query: QueryTerms,
    title: _Words,
    summary: _Words,
    text: _Words,
    names: _Words,
) -> Hit:
    """The hit without its score; `title`, `summary`, `text` and `names` are the words and terms of each."""
    terms = {*query.terms, *names[1]}
    of_summary, of_text = terms.intersection(summary[1]), terms.intersection(text[1])
    use_text = bool(row["text"]) and (len(of_text) > len(of_summary) or not row["summary"])
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
        snippet=passage(row["text"], *text, terms) if use_text else passage(row["summary"], *summary, terms),
        snippet_from=SnippetFrom.TEXT if use_text else SnippetFrom.SUMMARY,
        score=0.0,
    )
