"""Measures whether search finds what only the body of an article says, with and without vectors of passages.

    python benchmarks/search_passages.py [--distractors 5000]

The articles are the 325 pages of ../shared/data/pages, each with its headline and first sentence as a feed
has them, among recorded headlines. Each query asks for something that stands deep in one body.
"""

from __future__ import annotations

import argparse
import gzip
import json
import re
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path

import numpy as np

from sources.model import (
    Article,
    DateStatus,
    Outcome,
    PageResult,
    PageText,
    ParsedFeed,
    Source,
    WantedPage,
    stable_id,
)
from warehouse.embed.encoder import Embedder, load_embedder
from warehouse.embed.vectors import embed_pending
from warehouse.extract.sentences import sentences_of
from warehouse.search.inverted_index import index_pending
from warehouse.search.searcher import Mode, Searcher, fuse
from warehouse.search.vector_codes import encode_pending
from warehouse.store.article_texts import save_page_texts
from warehouse.store.articles import save_articles
from warehouse.store.db import open_warehouse, transaction
from warehouse.store.feeds import save_sources

DATA = Path(__file__).parents[2] / "shared" / "data"
NOW = datetime(2026, 8, 17, 6, tzinfo=UTC)
PASSAGE_WORDS = 100
QUERIES = {
    "f-4cfd667d": "Epstein died in federal detention centre in Manhattan",
    "f-791c33ea": "amendment meant to ensure that Black people had citizenship",
    "f-14cfa2de": "Connolly backed by opposition parties of the Irish left",
    "f-2277484e": "Bank of Canada relieved that economy is not on the verge of recession",
    "f-e2a1628c": "Dillon's distillers cocktails variety pack",
    "f-771fe524": "Tamaki on party funds in the lower house election campaign",
    "f-ca203409": "Petronas and Proton invited to join trips to cut travel expenses",
    "f-df61b9ac": "share of residents relying on solar as a source of energy",
    "f-33a1658b": "Josh Acheampong turns 18 Chelsea debut",
    "f-027f123b": "partnership with business to prioritise wealth creation for all communities",
    "f-80f379c0": "bomb shelter for 6,000 people in Helsinki with sport courts",
    "f-3738e3da": "Brazil hard to lead by example on cutting emissions",
    "f-9d4688da": "Deborah Dudley electrocuted by Heidnik",
    "f-4ee270ca": "Evans beat Colombian Galan on Court 12",
    "f-7277abe5": "protester from Tynemouth who started his career in the shipyards",
    "f-c4534670": "super PAC ad reservations in Michigan, Arizona and Nevada",
    "f-39293da8": "bitcoin from 10,000 dollars to its peak in November 2021",
    "f-30483a8c": "video of the second tank round's muzzle blast and audio show where the shots came from",
    "f-ac85043d": "New Heights podcast with his brother Jason",
    "f-ebd1bbbb": "Craig Le Clair analyst on automation platforms",
    "f-0dc12f4b": "criticism of lack of transparency in premium pricing",
    "f-4ce7388e": "Syrsky thanks Fedorov and urges unity",
    "f-abec70a1": "warehouse workers against the six-day work week",
    "f-a4e7c5fb": "hot mic remark she is going to get smoked",
    "f-5e12519c": "Panganga Pungowiyi Indigenous Environmental Network",
    "f-2fccb962": "14-year-old babysits so that her mother can make deliveries",
    "f-8aa7d520": "teachers union leader says lawmakers missed the mark",
    "f-2d9839d0": "moisture inside the tent after a soggy night",
    "f-9ea38526": "no better tomorrow for Israelis and Palestinians",
    "f-7ce4d51c": "city must make enough suitable trading sites available",
}


def main() -> None:
    """Prints recall@10 and the mean reciprocal rank of each way to search."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--distractors", type=int, default=5_000)
    options = parser.parse_args()
    pages = {row["id"]: row for row in _rows(DATA / "pages" / "pages.jsonl.gz")}
    articles = {id_: _article(id_, *_headline(row)) for id_, row in pages.items()}
    others = islice(_rows(DATA / "labelled" / "desks_3.jsonl.gz"), options.distractors)
    distractors = [
        _article(f"other {n}", row["title"], row.get("summary") or "") for n, row in enumerate(others)
    ]
    embedder = load_embedder()
    with tempfile.TemporaryDirectory() as home, open_warehouse(Path(home) / "warehouse.duckdb") as con:
        with transaction(con):
            save_sources(
                con,
                [
                    Source(
                        id="wire",
                        name="Wire",
                        publisher="Wire",
                        url="",
                        kind="news",
                        region="INT",
                        language="en",
                    )
                ],
            )
            save_articles(con, [ParsedFeed(articles=(*articles.values(), *distractors), rejections=())], NOW)
        for texts in (False, True):
            if texts:
                with transaction(con):
                    save_page_texts(con, [_page(articles[id_], row["text"]) for id_, row in pages.items()])
            embed_pending(con, embedder, _silent)
            encode_pending(con, embedder.model)
            index_pending(con, _silent)
            searcher = Searcher(con, lambda: embedder)
            for mode in Mode:
                found = {
                    query: [hit.article_id for hit in searcher.search(query, mode).hits]
                    for query in QUERIES.values()
                }
                _tell(f"{mode}, {'with' if texts else 'without'} texts", found, articles)
        by_words = {
            q: [h.article_id for h in searcher.search(q, Mode.KEYWORD, 100).hits] for q in QUERIES.values()
        }
    summaries = [
        (one.article_id, f"{one.title}. {one.summary}") for one in (*articles.values(), *distractors)
    ]
    parts = [
        (articles[id_].article_id, part) for id_, row in pages.items() for part in _passages(row["text"])
    ]
    by_passages = _nearest(embedder, summaries + parts)
    _tell(
        "semantic, with passages' vectors", {query: ids[:10] for query, ids in by_passages.items()}, articles
    )
    fused = {
        query: [id_ for id_, _ in fuse([(0.85, _ranked(by_words[query])), (1.0, _ranked(ids))])][:10]
        for query, ids in by_passages.items()
    }
    _tell("hybrid, with passages' vectors", fused, articles)
    print(f"{len(parts):,} passages of {len(pages)} articles")


def _tell(how: str, found: Mapping[str, Sequence[int]], articles: Mapping[str, Article]) -> None:
    ranks = [
        list(found[query]).index(articles[id_].article_id) + 1
        for id_, query in QUERIES.items()
        if articles[id_].article_id in found[query]
    ]
    many, first, reciprocal = len(QUERIES), ranks.count(1), sum(1 / rank for rank in ranks)
    print(
        f"{how:36} recall@10 {len(ranks) / many:.2f}  first {first / many:.2f}  MRR {reciprocal / many:.2f}"
    )


def _nearest(embedder: Embedder, texts: Sequence[tuple[int, str]]) -> dict[str, list[int]]:
    """The articles by the nearest of their texts, nearest first, for each query."""
    matrix = embedder.encode([text for _, text in texts])
    found = {}
    for query in QUERIES.values():
        order = np.argsort(-(matrix @ embedder.encode([query])[0]))
        found[query] = list(dict.fromkeys(texts[place][0] for place in order))[:100]
    return found


def _ranked(ids: Sequence[int]) -> list[tuple[int, float]]:
    return [(id_, 0.0) for id_ in ids]


def _passages(text: str) -> Iterator[str]:
    """Whole sentences of about a hundred words."""
    passage: list[str] = []
    for sentence in sentences_of(text):
        passage.append(sentence)
        if sum(len(one.split()) for one in passage) >= PASSAGE_WORDS:
            yield " ".join(passage)
            passage = []
    if passage:
        yield " ".join(passage)


def _headline(row: Mapping[str, str]) -> tuple[str, str]:
    first = re.split(r"(?<=[.!?])\s", row["text"], maxsplit=1)[0][:300]
    return (row["title"] or first[:100]), first


def _article(name: str, title: str, summary: str) -> Article:
    return Article(
        article_id=stable_id(name),
        source_id="wire",
        publisher="Wire",
        url=f"https://wire.example/{stable_id(name)}",
        title=title,
        summary=summary[:1_000],
        text="",
        language="en",
        published_at=NOW,
        date_status=DateStatus.OK,
        first_seen_at=NOW,
        text_hash=stable_id(title, summary),
    )


def _page(one: Article, text: str) -> PageResult:
    wanted = WantedPage(
        article_id=one.article_id, source_id="wire", url=one.url or "", title=one.title, language="en"
    )
    page = PageText(text=text, extractor="recorded")
    return PageResult(wanted=wanted, fetched_at=NOW, outcome=Outcome.OK, elapsed_s=0, page=page)


def _rows(path: Path) -> Iterator[dict[str, str]]:
    with gzip.open(path, "rt") as file:
        yield from map(json.loads, file)


def _silent(_done: int, _total: int) -> None:
    pass


if __name__ == "__main__":
    main()
