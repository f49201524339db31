"""Measures search, weekly series and publishing on a synthetic corpus, beside DuckDB and tantivy."""

from __future__ import annotations

import argparse
import json
import resource
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import numpy as np
import search_peers
import synthetic_search_corpus

from warehouse import open_snapshot
from warehouse.embed.encoder import load_embedder
from warehouse.search.inverted_index import index_pending
from warehouse.search.searcher import Mode, Searcher
from warehouse.search.vector_codes import encode_pending, load_codes
from warehouse.snapshot.publish import publish_snapshot
from warehouse.store.db import open_warehouse

NOW = datetime(2026, 8, 17, 6, tzinfo=UTC)
_LIKE = "SELECT article_id FROM articles WHERE {} LIMIT 10"
_BRUTE = """
SELECT article_id FROM store.vectors
ORDER BY array_cosine_similarity(vector::FLOAT[384], $vector::FLOAT[384]) DESC LIMIT 10
"""
_SERIES = "FROM weekly_series WHERE kind IN ('desk', 'topic')"
_SERIES_COMPUTED = "FROM weekly_counts('infinity'::TIMESTAMP) WHERE kind IN ('desk', 'topic')"
_QUESTIONS = """
SELECT title, summary FROM store.articles WHERE length(title) > 40 ORDER BY hash(article_id, 7) LIMIT $many
"""
_SIZE = "SELECT round(count(DISTINCT block_id) * 262144 / 1e6) FROM pragma_storage_info($table)"
_TABLES = ("articles", "vectors", "search_postings", "search_documents", "search_codes")
_CHANGE_A_THOUSAND = """
UPDATE store.articles SET text_hash = -text_hash
WHERE article_id IN (SELECT article_id FROM store.articles ORDER BY article_id LIMIT 1000)
"""


class NearAnArticle:
    """An embedder that takes the time of the real one and returns a vector near one of the corpus."""

    model = synthetic_search_corpus.MODEL

    def __init__(self, vectors: np.ndarray) -> None:
        self._real, self._vectors, self._asked = load_embedder(), vectors, 0

    def encode(self, texts: list[str]) -> np.ndarray:
        self._real.encode(texts)
        self._asked += 1
        rng = np.random.default_rng(self._asked)
        vector = self._vectors[self._asked % len(self._vectors)] + 0.02 * rng.standard_normal(
            synthetic_search_corpus.DIMENSION
        )
        return (vector / np.linalg.norm(vector)).astype(np.float32)[None, :]


def add_to(commands: argparse._SubParsersAction) -> None:
    research = commands.add_parser("research", help="search, weekly series and publishing at some size")
    research.add_argument("--articles", type=int, default=100_000)
    research.add_argument("--questions", type=int, default=100)
    research.add_argument("--keep", type=Path, help="folder to build the corpus in, or that has it")
    research.add_argument(
        "--peers", action="store_true", help="compare with tantivy and DuckDB's fts and vss"
    )
    research.set_defaults(run=run)


def run(options: argparse.Namespace) -> None:
    with tempfile.TemporaryDirectory() as scratch:
        home = options.keep or Path(scratch)
        figures: dict[str, object] = {"articles": options.articles}
        warehouse, snapshot = home / "warehouse.duckdb", home / "snapshot.duckdb"
        if not warehouse.exists():
            figures |= build(warehouse, options.articles) | {"memory_indexed_gb": peak_memory_gb()}
        published = timed(lambda: publish_snapshot(warehouse, snapshot, NOW, 0))
        figures |= {"publish_s": round(published / 1e3, 1), "memory_published_gb": peak_memory_gb()}
        with open_snapshot(snapshot) as opened:
            figures |= searches(opened.con, options.questions) | {"memory_searched_gb": peak_memory_gb()}
            figures |= plain_duckdb(opened.con, options.questions)
            if options.peers:
                figures |= peers(opened.con, Path(scratch), options.questions)
        print(json.dumps(figures, indent=2))


def peak_memory_gb() -> float:
    """The most that this process has had in memory until now, in GB."""
    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6, 2)


def build(warehouse: Path, articles: int) -> dict[str, object]:
    with open_warehouse(warehouse) as con:
        filled = timed(lambda: synthetic_search_corpus.fill(con, articles))
        indexed = timed(lambda: index_pending(con, lambda _done, _total: None))
        coded = timed(lambda: encode_pending(con, synthetic_search_corpus.MODEL))
        con.execute("CHECKPOINT")
        sizes = {table: con.execute(_SIZE, {"table": f"store.{table}"}).fetchall()[0][0] for table in _TABLES}
        runs, rows, postings = con.execute(
            "SELECT count(DISTINCT run), count(*), sum(documents)::BIGINT FROM store.search_postings"
        ).fetchall()[0]
        con.execute(_CHANGE_A_THOUSAND)
        thousand = timed(lambda: index_pending(con, lambda _done, _total: None))
    return {
        "fill_s": round(filled / 1e3, 1),
        "index_s": round(indexed / 1e3, 1),
        "code_s": round(coded / 1e3, 1),
        "index_of_1000_more_s": round(thousand / 1e3, 2),
        "megabytes": sizes,
        "file_mb": round(warehouse.stat().st_size / 1e6),
        "runs": runs,
        "rows": rows,
        "postings": postings,
    }


def searches(con: duckdb.DuckDBPyConnection, many: int) -> dict[str, object]:
    asked = list(questions(con, many))
    embedder = near_an_article(con)
    searcher = Searcher(con, lambda: embedder)
    first = timed(lambda: searcher.search(asked[0]))
    figures: dict[str, object] = {"first_search_ms": round(first)}
    for mode in Mode:
        figures[mode.value] = percentiles(lambda question, mode=mode: searcher.search(question, mode), asked)
    figures["hybrid_one_desk"] = percentiles(
        lambda question: searcher.search(f"{question} desk:regulation"), asked[:30]
    )
    figures["hybrid_phrase"] = percentiles(lambda question: searcher.search(phrase(question)), asked[:30])
    figures["hybrid_typo"] = percentiles(lambda question: searcher.search(mistyped(question)), asked[:30])
    figures["weekly_series_ms"] = round(min(timed(lambda: con.execute(_SERIES).fetchall()) for _ in range(3)))
    return figures


def plain_duckdb(con: duckdb.DuckDBPyConnection, many: int) -> dict[str, object]:
    """The same in plain DuckDB on one file: words by LIKE, vectors by a scan, series not materialised."""
    asked, embedder = list(questions(con, many)), near_an_article(con)
    return {
        "recall_at_10_of_codes": recall(con, embedder),
        "like": percentiles(lambda question: like(con, question), asked[:10]),
        "array_cosine_similarity": percentiles(
            lambda _: con.execute(_BRUTE, {"vector": embedder.encode(["x"])[0].tolist()}).fetchall(),
            asked[:10],
        ),
        "weekly_series_computed_ms": round(
            min(timed(lambda: con.execute(_SERIES_COMPUTED).fetchall()) for _ in range(3))
        ),
    }


def peers(con: duckdb.DuckDBPyConnection, scratch: Path, many: int) -> dict[str, object]:
    """The times of other engines for the same queries, in memory, without filters, snippets and spelling."""
    asked, embedder = list(questions(con, many)), near_an_article(con)
    return {
        "tantivy": search_peers.tantivy(con, scratch, asked),
        "fts": search_peers.fts(con, scratch, asked),
        "vss": search_peers.vss(con, scratch, [embedder.encode([question])[0] for question in asked]),
    }


def near_an_article(con: duckdb.DuckDBPyConnection) -> NearAnArticle:
    some = con.execute("SELECT vector FROM store.vectors LIMIT 200").fetchall()
    return NearAnArticle(np.array([vector for (vector,) in some], np.float32))


def questions(con: duckdb.DuckDBPyConnection, many: int) -> Iterator[str]:
    """Two to four words of one article, not the most common ones."""
    rng = np.random.default_rng(5)
    for title, summary in con.execute(_QUESTIONS, {"many": many}).fetchall():
        words = sorted({*title.split(), *summary.split()[:20]}, key=len)[3:]
        yield " ".join(rng.choice(words, min(len(words), int(rng.integers(2, 5))), replace=False))


def phrase(question: str) -> str:
    first, *rest = question.split()
    return f'"{first}" {" ".join(rest)}'


def mistyped(question: str) -> str:
    first, *rest = question.split()
    return " ".join([first[:2] + first[3:], *rest])


def like(con: duckdb.DuckDBPyConnection, question: str) -> None:
    words = question.split()
    places = " AND ".join(f"(title ILIKE $w{n} OR summary ILIKE $w{n})" for n in range(len(words)))
    con.execute(_LIKE.format(places), {f"w{n}": f"%{word}%" for n, word in enumerate(words)}).fetchall()


def recall(con: duckdb.DuckDBPyConnection, embedder: NearAnArticle) -> float:
    """The share of the ten nearest articles that is found by the codes."""
    codes, shares = load_codes(con, synthetic_search_corpus.MODEL), []
    for _ in range(10):
        vector = embedder.encode(["x"])[0]
        truly = {id_ for (id_,) in con.execute(_BRUTE, {"vector": vector.tolist()}).fetchall()}
        shares.append(len(truly & {id_ for id_, _ in codes.nearest(vector, 100)[:10]}) / len(truly))
    return round(statistics.mean(shares), 3)


def percentiles(work: Callable[[str], object], asked: list[str]) -> dict[str, float]:
    """Wall times, and the CPU time of the median query, which other load changes least."""
    work(asked[0])
    took, used = [], []
    for question in asked:
        began = time.process_time()
        took.append(timed(lambda question=question: work(question)))
        used.append((time.process_time() - began) * 1e3)
    took.sort()
    return {
        "p50_ms": round(statistics.median(took), 1),
        "p95_ms": round(took[int(0.95 * (len(took) - 1))], 1),
        "cpu_ms": round(statistics.median(used), 1),
    }


def timed(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return (time.perf_counter() - began) * 1e3
