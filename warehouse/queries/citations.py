"""Articles as they are cited, with outlet, headline, date and link; and the texts for checking quotations."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import duckdb

from warehouse.store.db import from_db

# An aggregator is named with the publisher of the article.
OUTLET = "CASE s.kind WHEN 'aggregator' THEN format('{} ({})', s.name, a.publisher) ELSE s.name END"


@dataclass(frozen=True, slots=True, kw_only=True)
class CitedArticle:
    """An article to cite; its date (aware UTC) is None if it is not trusted."""

    article_id: int
    outlet: str
    kind: str
    publisher: str
    genre: str
    title: str
    language: str
    url: str | None
    published_at: datetime | None


_CITED = f"""
SELECT a.article_id, {OUTLET} AS outlet, s.kind, a.publisher, coalesce(f.genre, 'news') AS genre, a.title,
    a.language, a.url,
    CASE a.date_status WHEN 'ok' THEN a.published_at END AS published_at
FROM store.articles AS a
JOIN store.sources AS s ON s.source_id = a.source_id
LEFT JOIN store.classifications AS f ON f.article_id = a.article_id
"""
_CITED_BY_ID = f"{_CITED} WHERE a.article_id IN (SELECT unnest($ids::BIGINT[]))"


def cited_articles(con: duckdb.DuckDBPyConnection, article_ids: Sequence[int]) -> dict[int, CitedArticle]:
    """Returns the articles as they are cited, by id."""
    rows = con.execute(_CITED_BY_ID, {"ids": list(article_ids)}).fetchall()
    return {row[0]: _cited(row) for row in rows}


def _cited(row: tuple[Any, ...]) -> CitedArticle:
    article_id, outlet, kind, publisher, genre, title, language, url, published_at = row
    return CitedArticle(
        article_id=article_id,
        outlet=outlet,
        kind=kind,
        publisher=publisher,
        genre=genre,
        title=title,
        language=language,
        url=url,
        published_at=from_db(published_at),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredTexts:
    """All texts of an article that may be quoted: title, summary, feed's text, each version of its page's.

    `is_forgotten` says whether a version is no longer kept.
    """

    texts: tuple[str, ...]
    is_forgotten: bool


_TEXTS = """
SELECT a.article_id, [a.title, a.summary, a.text] || coalesce(list(t.text ORDER BY t.version), []) AS texts,
    coalesce(bool_or(t.text = ''), FALSE) AS is_forgotten
FROM store.articles AS a LEFT JOIN store.article_texts AS t ON t.article_id = a.article_id
WHERE a.article_id IN (SELECT unnest($ids::BIGINT[]))
GROUP BY a.article_id, a.title, a.summary, a.text
"""


def texts_of(con: duckdb.DuckDBPyConnection, article_ids: Sequence[int]) -> dict[int, StoredTexts]:
    """Returns what is stored of the articles' words, by id."""
    rows = con.execute(_TEXTS, {"ids": list(article_ids)}).fetchall()
    return {
        article_id: StoredTexts(texts=tuple(one or "" for one in texts), is_forgotten=is_forgotten)
        for article_id, texts, is_forgotten in rows
    }
