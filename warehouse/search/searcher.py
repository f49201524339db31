"""Searches a snapshot: by words, by meaning, or by both, fused. Reads a question, asks the index, shows what was found."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property

import duckdb
import pyarrow as pa

from warehouse.embed.encoder import Embedder
from warehouse.errors import WarehouseError
from warehouse.search.bm25 import by_words
from warehouse.search.filters import admitted
from warehouse.search.hits import Hit, show_hits
from warehouse.search.postings import Documents, Ids
from warehouse.search.query_syntax import Filter, Question, read_question
from warehouse.search.query_terms import find_terms, spelled_out
from warehouse.search.vector_codes import Codes, load_codes, main_model, nearest

# Reciprocal rank fusion: Cormack, Clarke and Buettcher, SIGIR 2009. Their k of 60 was for many lists of 1,000; of two lists of 100
# the first places should count for more: nDCG@10 on the tuning questions was .866 with 10 and .849 with 60.
FUSION_K = 10
# What a place among the words counts beside one by meaning: words alone answer worse (docs/decisions/0030).
WORDS_SHARE = 0.85
# How deep each list is read before they are fused.
DEPTH = 100


Ranked = Sequence[tuple[int, float]]


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
        try:
            return self._answer(read_question(typed), mode, limit, filters)
        except (duckdb.CatalogException, duckdb.BinderException) as error:
            raise WarehouseError("search", "this snapshot has no index. Publish it anew with this release.") from error

    def _answer(self, question: Question, mode: Mode, limit: int, filters: Iterable[Filter]) -> Found:
        wanted = find_terms(self._con, question.words)
        conditions = (*question.filters, *filters)
        narrows = bool(question.musts or conditions)
        mask = admitted(self._con, self._documents, question.musts, conditions)
        notes = list(question.notes)
        depth = max(DEPTH, limit)
        lists: list[tuple[float, Ranked]] = []
        if wanted.terms and mode is not Mode.SEMANTIC:
            lists.append((WORDS_SHARE, by_words(self._con, self._documents, wanted.terms, mask, depth)))
        elif narrows and not wanted.terms:
            lists.append((WORDS_SHARE, _latest(self._con, self._documents.ids[mask], depth)))
        if mode is not Mode.KEYWORD and question.words:
            if trouble := self._trouble():
                if mode is Mode.SEMANTIC:
                    raise WarehouseError("search", trouble)
                notes.append(trouble)
            else:
                vector = self._embedder.encode([spelled_out(question.words, wanted)])[0]
                among = self._documents.ids[mask] if narrows else None
                lists.append((1.0, nearest(self._codes, vector, depth, among)))
        ranked = lists[0][1] if len(lists) == 1 else fuse(lists)
        return Found(
            hits=tuple(show_hits(self._con, ranked[:limit], wanted)),
            mode=mode,
            spellings=wanted.spellings,
            entities=wanted.entities,
            notes=tuple(notes),
        )

    @cached_property
    def _documents(self) -> Documents:
        return Documents(self._con)

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
        theirs = main_model(self._con)
        if theirs is None:
            return "the snapshot has no vectors that can be searched yet. Run `watchfloor enrich` and `watchfloor publish`."
        return (
            f"the snapshot's vectors are of {theirs}, not of {self._embedder.model}. "
            "Set WATCHFLOOR_EMBEDDING_MODEL, or give open_snapshot the embedder."
        )


def fuse(lists: Iterable[tuple[float, Ranked]]) -> list[tuple[int, float]]:
    """The ids of all lists by the sum of share / (k + rank), best first; equal ones by id."""
    scores: dict[int, float] = {}
    for share, ranked in lists:
        for rank, (id_, _) in enumerate(ranked, start=1):
            scores[id_] = scores.get(id_, 0.0) + share / (FUSION_K + rank)
    return sorted(scores.items(), key=lambda one: (-one[1], one[0]))


_LATEST = """
SELECT article_id, epoch(first_seen_at) FROM store.articles JOIN admitted USING (article_id)
ORDER BY first_seen_at DESC, article_id LIMIT $limit
"""


def _latest(con: duckdb.DuckDBPyConnection, ids: Ids, limit: int) -> list[tuple[int, float]]:
    """Where there is no word to rank by, whatever the filters leave, the latest first."""
    con.register("admitted", pa.table({"article_id": ids}))
    try:
        return con.execute(_LATEST, {"limit": limit}).fetchall()
    finally:
        con.unregister("admitted")
