"""Searches a snapshot: by words, by meaning, or by both, fused. Reads a question, asks the index, shows what was found."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property

import duckdb

from warehouse.enrich.embed import Embedder
from warehouse.errors import WarehouseError
from warehouse.search_filter import Eligible, eligible_sql
from warehouse.search_hits import Hit, show_hits
from warehouse.search_question import Filter, Question, read_question
from warehouse.search_terms import Wanted, find_terms, spelled_out
from warehouse.search_vectors import Codes, load_codes, main_model, nearest

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
            if trouble := self._trouble():
                if mode is Mode.SEMANTIC:
                    raise WarehouseError("search", trouble)
                notes.append(trouble)
            else:
                vector = self._embedder.encode([spelled_out(question.words, wanted)])[0]
                lists.append(nearest(self._con, self._codes, vector, depth, eligible.article_ids(self._con)))
        ranked = lists[0] if len(lists) == 1 else fuse(lists)
        return Found(
            hits=tuple(show_hits(self._con, ranked[:limit], wanted)),
            mode=mode,
            spellings=wanted.spellings,
            entities=wanted.entities,
            notes=tuple(notes),
        )

    @cached_property
    def _embedder(self) -> Embedder:
        return self._load_embedder()

    @cached_property
    def _codes(self) -> Codes:
        return load_codes(self._con, self._embedder.model)

    def _trouble(self) -> str:
        """Why meaning cannot be searched here; empty if it can."""
        if len(self._codes.ids):
            return ""
        theirs = main_model(self._con) or "no model"
        return (
            f"the snapshot's vectors are of {theirs}, not of {self._embedder.model}. "
            "Set WATCHFLOOR_MODEL, or give open_snapshot the embedder."
        )


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
