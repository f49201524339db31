"""What tests put in the place of things we do not own, and short ways to make articles and place them in a warehouse."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from hashlib import blake2b

import duckdb
import numpy as np

from reports.week import Week
from sources.model import Article, DateStatus, ParsedFeed, Source, stable_id
from warehouse.articles import save_articles
from warehouse.db import to_db, transaction
from warehouse.enrich.embed import Vectors
from warehouse.feeds import save_sources

WEEK = Week.parse("2026-W33")
NOW = WEEK.end + timedelta(hours=6)


class HashEmbedder:
    """An embedder without a model: each word adds a sign at a place that its hash chooses. Texts that share words are near."""

    # Not the real model's 384: the desk head takes a vector of another size as none, so cues alone decide.
    dimension = 256

    @property
    def model(self) -> str:
        return "hash@1"

    def encode(self, texts: Sequence[str]) -> Vectors:
        vectors = np.zeros((len(texts), self.dimension), np.float32)
        for row, text in enumerate(texts):
            for word in text.lower().split():
                number = int.from_bytes(blake2b(word.encode(), digest_size=8).digest(), "big")
                vectors[row, number % self.dimension] += 1.0 if number >> 63 else -1.0
            if not vectors[row].any():
                vectors[row, 0] = 1.0
        unit: Vectors = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
        return unit


def at(text: str) -> datetime:
    """The UTC moment written as 2026-08-12 or 2026-08-12T09:30."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def source(id_: str = "wire", *, publisher: str | None = None, name: str | None = None, kind: str = "news") -> Source:
    """A feed; without more it is its own publisher."""
    return Source(
        id=id_,
        name=name or id_.title(),
        publisher=publisher or id_.title(),
        url=f"https://{id_}.example/feed.xml",
        kind=kind,
        region="INT",
        language="en",
    )


def article(
    title: str,
    summary: str = "",
    *,
    feed: str = "wire",
    publisher: str | None = None,
    url: str | None = "",
    text: str = "",
    published: datetime | None = WEEK.start + timedelta(days=2),
    seen: datetime | None = None,
    status: DateStatus = DateStatus.OK,
    language: str = "en",
) -> Article:
    """An article of the week W33, seen an hour after it was published, at an address made from its feed and title."""
    identity = url or f"https://{feed}.example/{stable_id(title):x}"
    return Article(
        article_id=stable_id(identity),
        source_id=feed,
        publisher=publisher or feed.title(),
        url=None if url is None else identity,
        title=title,
        summary=summary,
        text=text,
        language=language,
        published_at=published,
        date_status=status,
        first_seen_at=seen or (published or WEEK.start) + timedelta(hours=1),
        text_hash=stable_id(title, summary, text),
    )


def save(con: duckdb.DuckDBPyConnection, *articles: Article, now: datetime = NOW) -> None:
    """Stores the articles, and a source for each feed they name that is not there yet."""
    known = {id_ for (id_,) in con.execute("SELECT source_id FROM store.sources").fetchall()}
    feeds = {one.source_id: source(one.source_id, publisher=one.publisher) for one in articles}
    with transaction(con):
        save_sources(con, [feeds[id_] for id_ in feeds.keys() - known])
        save_articles(con, ParsedFeed(articles=articles, rejections=()), now)


def place(
    con: duckdb.DuckDBPyConnection,
    *articles: Article,
    story: int | None = None,
    desk: str | None = "export_controls",
    genre: str = "news",
    copy_of: Article | None = None,
    similarity: float = 1.0,
    score: float = 0.9,
) -> None:
    """Stores the articles and files them by hand: all in one story if it is named, else each in its own."""
    save(con, *articles)
    for one in articles:
        story_id = one.article_id if story is None else story
        con.execute("INSERT OR IGNORE INTO store.stories VALUES ($1, $2)", [story_id, to_db(one.first_seen_at)])
        con.execute(
            "INSERT INTO store.story_members SELECT $1, $2, count(*), $3, $4 FROM store.story_members",
            [one.article_id, story_id, similarity, copy_of.article_id if copy_of else None],
        )
        con.execute("INSERT INTO store.filings VALUES ($1, $2, 'by hand', $3)", [one.article_id, one.text_hash, genre])
        if desk is not None:
            con.execute(
                "INSERT INTO store.article_desks VALUES ($1, $2, $3, TRUE, 'by hand')", [one.article_id, desk, score]
            )


def silent(_done: int, _total: int) -> None:
    """Takes no notice of progress."""
