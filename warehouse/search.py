"""Searches a snapshot: by words, by meaning, or by both, fused. Reads a question, asks the index, shows what was found."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

import duckdb

from warehouse.db import from_db
from warehouse.enrich.embed import Embedder, Vectors
from warehouse.errors import WarehouseError
from warehouse.search_filter import Eligible, eligible_sql
from warehouse.search_question import Filter, Question, read_question
from warehouse.search_snippet import mark, snippet
from warehouse.search_terms import Wanted, find_terms, spelled_out
from warehouse.search_vectors import Codes, load_codes, main_model, nearest

_Words = tuple[list[str], list[str]]

# Reciprocal rank fusion: Cormack, Clarke and Buettcher, SIGIR 2009. Their k of 60 was for many lists of 1,000; of two lists of 100
# the first places should count for more: nDCG@10 on the tuning questions was .866 with 10 and .849 with 60.
FUSION_K = 10
# How deep each list is read before they are fused.
DEPTH = 100


class Mode(StrEnum):
    """How articles are found: by their words, by their meaning, or by both."""

    HYBRID = "hybrid"
    KEYWORD = "keyword"
    SEMANTIC = "semantic"


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """An article found. In `marked_title` and `snippet` the words looked for stand between two asterisks each.

    `score` is BM25F, a cosine or a fused rank, by the mode: it orders hits of one question and means nothing beyond.
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """The hits, best first; `spellings` and `entities` say what was also looked for, `notes` what could not be done."""

    hits: tuple[Hit, ...]
    mode: Mode
    spellings: dict[str, tuple[str, ...]]
    entities: dict[str, str]
    notes: tuple[str, ...]


class Searcher:
    """A snapshot's search. Codes and model are loaded when first needed, and kept."""

    def __init__(self, con: duckdb.DuckDBPyConnection, load_embedder: Callable[[], Embedder]) -> None:
        self._con, self._load_embedder = con, load_embedder
        self._embedder: Embedder | None = None
        self._codes: Codes | None = None

    def search(self, typed: str, mode: Mode = Mode.HYBRID, limit: int = 10, filters: Iterable[Filter] = ()) -> Found:
        """What answers to `typed`, at most `limit` articles; whatever is typed, it is read as well as it can be.

        WarehouseError if the snapshot has no index, or if only meaning is asked for and its vectors are of another model.
        """
        question = read_question(typed)
        try:
            wanted = find_terms(self._con, question.words)
            eligible = eligible_sql(self._con, question.musts, (*question.filters, *filters))
            return self._ranked(question, wanted, eligible, mode, limit)
        except duckdb.CatalogException as error:
            raise WarehouseError("search", "this snapshot has no index. Publish it anew with this release.") from error

    def _ranked(self, question: Question, wanted: Wanted, eligible: Eligible, mode: Mode, limit: int) -> Found:
        notes = list(question.notes)
        depth = max(DEPTH, limit)
        lists: list[list[tuple[int, float]]] = []
        if mode is not Mode.SEMANTIC or not question.words:
            lists.append(_by_words(self._con, wanted, eligible, depth))
        if mode is not Mode.KEYWORD and question.words:
            codes, trouble = self._ready()
            if trouble and mode is Mode.SEMANTIC:
                raise WarehouseError("search", trouble)
            notes += [trouble] if trouble else []
            if codes:
                vector = self._vector(spelled_out(question.words, wanted))
                lists.append(nearest(self._con, codes, vector, depth, eligible.article_ids(self._con)))
        ranked = lists[0] if len(lists) == 1 else fuse(lists)
        return Found(
            hits=tuple(_hits(self._con, ranked[:limit], wanted)),
            mode=mode,
            spellings=wanted.spellings,
            entities=wanted.entities,
            notes=tuple(notes),
        )

    def _ready(self) -> tuple[Codes | None, str]:
        """The codes of the embedder's model, or why there are none."""
        self._embedder = self._embedder or self._load_embedder()
        self._codes = self._codes or load_codes(self._con, self._embedder.model)
        if len(self._codes.ids):
            return self._codes, ""
        theirs = main_model(self._con) or "no model"
        return None, f"the snapshot's vectors are of {theirs}, not of {self._embedder.model}: set WATCHFLOOR_MODEL."

    def _vector(self, words: str) -> Vectors:
        if self._embedder is None:
            raise RuntimeError("asked before _ready")
        vector: Vectors = self._embedder.encode([words])[0]
        return vector


def fuse(lists: Sequence[Sequence[tuple[int, float]]]) -> list[tuple[int, float]]:
    """The ids of all lists by the sum of 1 / (k + rank), best first; equal ones by id."""
    scores: dict[int, float] = {}
    for ranked in lists:
        for rank, (id_, _) in enumerate(ranked, start=1):
            scores[id_] = scores.get(id_, 0.0) + 1 / (FUSION_K + rank)
    return sorted(scores.items(), key=lambda one: (-one[1], one[0]))


# Of all, the best are chosen before they are joined; of some, after it.
_BEST = """
SELECT d.article_id, r.score
FROM (FROM search_ranked($wanted) ORDER BY score DESC, doc LIMIT $limit) AS r
JOIN store.search_documents AS d ON d.doc = r.doc
ORDER BY r.score DESC, d.article_id
"""
_BY_WORDS = """
SELECT e.article_id, r.score FROM search_ranked($wanted) AS r JOIN ({eligible}) AS e ON e.doc = r.doc
ORDER BY r.score DESC, e.article_id LIMIT $limit
"""
_LATEST = """
SELECT e.article_id, epoch(a.first_seen_at) FROM ({eligible}) AS e JOIN store.articles AS a ON a.article_id = e.article_id
ORDER BY a.first_seen_at DESC, e.article_id LIMIT $limit
"""


def _by_words(
    con: duckdb.DuckDBPyConnection, wanted: Wanted, eligible: Eligible, limit: int
) -> list[tuple[int, float]]:
    """By BM25F; where there is no word to rank by, whatever the filters leave, the latest first."""
    if wanted.terms:
        terms = [{"term": term, "factor": factor} for term, factor in wanted.terms.items()]
        asked = eligible.values | {"wanted": terms, "limit": limit}
        return con.execute(_BY_WORDS.format(eligible=eligible.sql) if eligible.narrows else _BEST, asked).fetchall()
    if eligible.narrows:
        return con.execute(_LATEST.format(eligible=eligible.sql), eligible.values | {"limit": limit}).fetchall()
    return []


_SHOWN = """
SELECT a.article_id, m.story_id, a.publisher, a.published_at, a.first_seen_at, a.url, a.title,
    left(coalesce(nullif(a.text, ''), a.summary), 20000) AS body
FROM store.articles AS a LEFT JOIN store.story_members AS m ON m.article_id = a.article_id
WHERE a.article_id IN ({ids})
"""
_DESKS = "SELECT article_id, desk FROM article_desks WHERE is_primary AND article_id IN ({ids})"
_NAMES = """
SELECT article_id, string_agg(alias, ' ') FROM store.article_entities
WHERE article_id IN ({ids}) AND entity_id IN (SELECT unnest($entities)) GROUP BY article_id
"""
_WORDS = """
SELECT search_words(content), search_terms(content) FROM (SELECT unnest(range(len($contents))) AS place, unnest($contents) AS content)
ORDER BY place
"""


def _hits(con: duckdb.DuckDBPyConnection, ranked: list[tuple[int, float]], wanted: Wanted) -> list[Hit]:
    if not ranked:
        return []
    ids = ", ".join(str(id_) for id_, _ in ranked)
    rows = con.execute(_SHOWN.format(ids=ids)).to_arrow_table().to_pylist()
    desks = dict(con.execute(_DESKS.format(ids=ids)).fetchall())
    entities = list(wanted.entities)
    names = dict(con.execute(_NAMES.format(ids=ids), {"entities": entities}).fetchall()) if entities else {}
    contents = [text for row in rows for text in (row["title"], row["body"], names.get(row["article_id"], ""))]
    words = iter(con.execute(_WORDS, {"contents": contents}).fetchall())
    hits = {row["article_id"]: _hit(row, desks, wanted, next(words), next(words), next(words)) for row in rows}
    return [replace(hits[id_], score=score) for id_, score in ranked]


def _hit(row: dict[str, Any], desks: dict[int, str], wanted: Wanted, title: _Words, body: _Words, names: _Words) -> Hit:
    """The hit, its score still to come; `title`, `body` and `names` are the words and terms of each."""
    terms = {*wanted.terms, *names[1]}
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
