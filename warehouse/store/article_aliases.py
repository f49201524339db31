"""Makes the entry of an aggregator one with the article whose page it leads to, and remembers it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import duckdb
import pyarrow as pa

from sources.model import Article, ParsedFeed

# What was computed of an article by its id; it is computed again of the article that it became.
_COMPUTED = (
    "vectors",
    "classifications",
    "article_desks",
    "article_topics",
    "article_themes",
    "article_facets",
    "extractions",
    "article_entities",
    "article_instruments",
    "article_dates",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Identified:
    """An article whose page is that of another address: `same_as` is the id by that address."""

    article_id: int
    same_as: int
    url: str
    publisher: str


_SCHEMA = pa.schema(
    [
        ("article_id", pa.int64()),
        ("same_as", pa.int64()),
        ("url", pa.string()),
        ("publisher", pa.string()),
    ]
)
# An article that is in a story stays what it is: it may have been printed under its id.
_FRESH = """
CREATE OR REPLACE TEMPORARY TABLE becoming AS
SELECT i.*, row_number() OVER (PARTITION BY i.same_as ORDER BY i.article_id) = 1
    AND i.same_as NOT IN (SELECT article_id FROM store.articles) AS is_new
FROM identified AS i JOIN store.articles AS a ON a.article_id = i.article_id
WHERE i.same_as <> i.article_id AND i.article_id NOT IN (SELECT article_id FROM store.story_members)
"""
_BECOME = """
INSERT INTO store.article_aliases (article_id, same_as) SELECT article_id, same_as FROM becoming;
INSERT INTO store.articles
SELECT a.* REPLACE (b.same_as AS article_id, b.url AS url, b.publisher AS publisher)
FROM store.articles AS a JOIN becoming AS b ON b.article_id = a.article_id WHERE b.is_new;
INSERT INTO store.article_texts
SELECT t.* REPLACE (b.same_as AS article_id)
FROM store.article_texts AS t JOIN becoming AS b ON b.article_id = t.article_id
WHERE b.same_as NOT IN (SELECT article_id FROM store.article_texts)
QUALIFY row_number() OVER (PARTITION BY b.same_as, t.version ORDER BY t.article_id) = 1;
UPDATE store.page_fetches AS f SET article_id = b.same_as
FROM becoming AS b WHERE b.article_id = f.article_id;
"""
_FORGET = "DELETE FROM store.{table} WHERE article_id IN (SELECT article_id FROM becoming)"


def identify_articles(con: duckdb.DuckDBPyConnection, identified: Sequence[Identified]) -> int:
    """Gives articles that are in no story yet the id, address and publisher of the page they lead to.

    If that article is stored, they become one with it. In the caller's transaction; returns how many became
    another.
    """
    if not identified:
        return 0
    rows = [[getattr(one, name) for one in identified] for name in _SCHEMA.names]
    con.register("identified", pa.table(rows, schema=_SCHEMA))
    con.execute(_FRESH)
    con.unregister("identified")
    con.execute(_BECOME)
    for table in ("articles", "article_texts", *_COMPUTED):
        con.execute(_FORGET.format(table=table))
    ((became,),) = con.execute("SELECT count(*) FROM becoming").fetchall()
    con.execute("DROP TABLE becoming")
    return int(became)


_ALIASES = """
SELECT article_id, same_as FROM store.article_aliases WHERE article_id IN (SELECT unnest($ids::BIGINT[]))
"""


def with_known_identity(con: duckdb.DuckDBPyConnection, feeds: Sequence[ParsedFeed]) -> Sequence[ParsedFeed]:
    """Returns the feeds with the id of the article that an entry turned out to be."""
    ids = [article.article_id for feed in feeds for article in feed.articles]
    aliases = dict(con.execute(_ALIASES, {"ids": ids}).fetchall()) if ids else {}
    if not aliases:
        return feeds

    def known(article: Article) -> Article:
        return replace(article, article_id=aliases.get(article.article_id, article.article_id))

    return [replace(feed, articles=tuple(map(known, feed.articles))) for feed in feeds]
