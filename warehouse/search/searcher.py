"""Searches a snapshot by words, by meaning, or by both, fused."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property

import duckdb
import pyarrow as pa

from warehouse.embed.encoder import Embedder
from warehouse.errors import WarehouseError
from warehouse.search.hits import Hit, load_hits
from warehouse.search.query_syntax import Filter, Query, admitted_articles, parse_query
from warehouse.search.query_terms import find_terms, with_entity_names
from warehouse.search.vector_codes import VectorCodes, load_codes, main_model

# Reciprocal rank fusion: Cormack, Clarke and Buettcher, SIGIR 2009. Their k of 60 was for many lists of
# 1,000; with two lists of 100, nDCG@10 on the tuning queries was .866 with 10 and .849 with 60.
FUSION_K = 10
# The weight of a rank by words beside one by meaning: words alone answer worse (docs/decisions/0030).
WORDS_WEIGHT = 0.85
LIST_LENGTH = 100  # how many articles of each list are fused

Ranked = Sequence[tuple[int, float]]


class Mode(StrEnum):
    """How articles are found: by their words, by their meaning, or by both."""

    HYBRID = "hybrid"
    KEYWORD = "keyword"
    SEMANTIC = "semantic"


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """The hits, best first. `spellings` and `entities` were also searched for; `notes` name limits."""

    hits: tuple[Hit, ...]
    mode: Mode
    spellings: dict[str, tuple[str, ...]]
    entities: dict[str, str]
    notes: tuple[str, ...]


class Searcher:
    """The search of a snapshot. Vector codes and model are loaded when first needed, and kept."""

    def __init__(self, con: duckdb.DuckDBPyConnection, load_embedder: Callable[[], Embedder]) -> None:
        self._con, self._load_embedder = con, load_embedder

    def search(
        self, typed: str, mode: Mode = Mode.HYBRID, limit: int = 10, filters: Iterable[Filter] = ()
    ) -> Found:
        """Returns at most `limit` articles for what a user typed; any text is accepted.

        Raises WarehouseError if the snapshot has no index, or if only meaning is asked for and
        the vectors are of another model.
        """
        try:
            return self._search(parse_query(typed), mode, limit, filters)
        except (duckdb.CatalogException, duckdb.BinderException) as error:
            raise WarehouseError(
                "search", "this snapshot has no index. Publish it anew with this release."
            ) from error

    def _search(self, query: Query, mode: Mode, limit: int, filters: Iterable[Filter]) -> Found:
        terms = find_terms(self._con, query.words)
        admitted = admitted_articles(self._con, [*query.filters, *filters])
        notes = list(query.notes)
        length = max(LIST_LENGTH, limit)
        lists: list[tuple[float, Ranked]] = []
        if terms.terms and mode is not Mode.SEMANTIC:
            lists.append((WORDS_WEIGHT, rank_by_words(self._con, terms.terms, length, admitted)))
        elif admitted is not None and not terms.terms:
            lists.append((WORDS_WEIGHT, _latest(self._con, length, admitted)))
        if mode is not Mode.KEYWORD and query.words:
            if problem := self._semantic_problem():
                if mode is Mode.SEMANTIC:
                    raise WarehouseError("search", problem)
                notes.append(problem)
            else:
                vector = self._embedder.encode([with_entity_names(query.words, terms)])[0]
                among = None if admitted is None else admitted["article_id"].to_numpy()
                lists.append((1.0, self._codes.nearest(vector, length, among)))
        ranked = lists[0][1] if len(lists) == 1 else fuse(lists)
        return Found(
            hits=tuple(load_hits(self._con, ranked[:limit], terms)),
            mode=mode,
            spellings=terms.spellings,
            entities=terms.entities,
            notes=tuple(notes),
        )

    @cached_property
    def _embedder(self) -> Embedder:
        return self._load_embedder()

    @cached_property
    def _codes(self) -> VectorCodes:
        return load_codes(self._con, self._embedder.model)

    def _semantic_problem(self) -> str:
        """Why this snapshot cannot be searched by meaning; empty if it can."""
        if len(self._codes.ids):
            return ""
        model = main_model(self._con)
        if model is None:
            return (
                "the snapshot has no vectors that can be searched yet. Run `watchfloor enrich` and "
                "`watchfloor publish`."
            )
        return (
            f"the snapshot's vectors are of {model}, not of {self._embedder.model}. "
            "Set WATCHFLOOR_EMBEDDING_MODEL, or give open_snapshot the embedder."
        )


def fuse(lists: Iterable[tuple[float, Ranked]]) -> list[tuple[int, float]]:
    """The ids of all lists by the sum of weight / (k + rank), best first; of equal ones the lowest id."""
    scores: dict[int, float] = {}
    for weight, ranked in lists:
        for rank, (id_, _) in enumerate(ranked, start=1):
            scores[id_] = scores.get(id_, 0.0) + weight / (FUSION_K + rank)
    return sorted(scores.items(), key=lambda one: (-one[1], one[0]))


_BY_WORDS = """
WITH best AS (
    SELECT doc, round(score, 6) AS score FROM search_ranked($terms) {} ORDER BY 2 DESC, doc LIMIT $limit
)
SELECT article_id, score FROM best JOIN store.search_documents USING (doc) ORDER BY score DESC, doc
"""
_LATEST = """
SELECT article_id, epoch(first_seen_at) FROM store.articles JOIN admitted USING (article_id)
ORDER BY first_seen_at DESC, article_id LIMIT $limit
"""


def rank_by_words(
    con: duckdb.DuckDBPyConnection, terms: Mapping[str, float], limit: int, admitted: pa.Table | None = None
) -> Ranked:
    """The ids and BM25F scores of the best articles for weighted terms, by the macro search_ranked."""
    weighted = [{"term": term, "factor": weight} for term, weight in terms.items()]
    if admitted is None:
        return con.execute(_BY_WORDS.format(""), {"terms": weighted, "limit": limit}).fetchall()
    with_admitted = _BY_WORDS.format("SEMI JOIN admitted USING (doc)")
    return _query_admitted(con, with_admitted, {"terms": weighted, "limit": limit}, admitted)


def _latest(con: duckdb.DuckDBPyConnection, limit: int, admitted: pa.Table) -> Ranked:
    """Without a word to rank by, the latest articles."""
    return _query_admitted(con, _LATEST, {"limit": limit}, admitted)


def _query_admitted(
    con: duckdb.DuckDBPyConnection, sql: str, values: Mapping[str, object], admitted: pa.Table
) -> Ranked:
    con.register("admitted", admitted)
    try:
        return con.execute(sql, values).fetchall()
    finally:
        con.unregister("admitted")
