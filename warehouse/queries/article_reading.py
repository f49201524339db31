"""Reads an article as it is shown: its text with what was read from it, its versions, its page's outcome."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

import duckdb

from warehouse.errors import WarehouseError
from warehouse.extract.text_changes import TextChange, text_changes
from warehouse.extract.text_marks import (
    Mark,
    MarkKind,
    mark_entities,
    mark_instruments,
    mark_sentence,
    mark_terms,
)
from warehouse.store.db import from_db


@dataclass(frozen=True, slots=True, kw_only=True)
class TextVersion:
    """One version of an article's text, and what it changed of the page's version before.

    Version 0 is that of the feed. `is_kept`: whether its text was not deleted since.
    """

    version: int
    fetched_at: datetime
    words: int
    final_url: str | None
    extractor: str
    is_kept: bool
    changes: tuple[TextChange, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PageAttempt:
    """The latest attempt to have the article's page; `retry_at` is None if it is not tried again."""

    outcome: str
    fetched_at: datetime
    attempt: int
    message: str
    retry_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ArticleReading:
    """An article, its text (that of `version`, else of its feed), and the passages that were read.

    `version` is None if no whole text is had: then `text` is what the feed brought, or empty. Times are UTC.
    """

    article_id: int
    title: str
    publisher: str
    url: str | None
    published_at: datetime | None
    first_seen_at: datetime
    language: str
    summary: str
    version: int | None
    text: str
    marks: tuple[Mark, ...]
    versions: tuple[TextVersion, ...]
    page: PageAttempt | None


_ARTICLE = """
SELECT article_id, title, publisher, url, published_at, first_seen_at, language, summary, text
FROM store.articles WHERE article_id = $article_id
"""
_VERSIONS = """
SELECT version, fetched_at, words, final_url, extractor, text
FROM article_text_versions WHERE article_id = $article_id ORDER BY version
"""
_PAGE = """
SELECT outcome, fetched_at, attempt, message, retry_at FROM store.page_fetches
WHERE article_id = $article_id ORDER BY fetched_at DESC LIMIT 1
"""
_ENTITIES = "SELECT entity_id, name FROM article_entities WHERE article_id = $article_id"
_INSTRUMENTS = "SELECT number FROM article_instruments WHERE article_id = $article_id"
_ACTS = """
SELECT value, reasons FROM article_facets WHERE article_id = $article_id AND facet = 'act' ORDER BY value
"""
_DATES = """
SELECT format('{} {}', kind, due_on), evidence FROM store.article_dates
WHERE article_id = $article_id ORDER BY due_on, kind
"""


def read_article(
    con: duckdb.DuckDBPyConnection,
    article_id: int,
    version: int | None = None,
    printed: Sequence[tuple[str, str]] = (),
) -> ArticleReading:
    """Returns the article with the latest version of its text, or the one asked for.

    `printed` are pairs of an issue's week and a sentence that it printed of the article. Raises
    WarehouseError if there is no such article or version.
    """
    asked = {"article_id": article_id}
    if not (rows := con.execute(_ARTICLE, asked).to_arrow_table().to_pylist()):
        raise WarehouseError(
            f"article {article_id}", "is not in the warehouse. The view `articles` lists the ids."
        )
    row, stored = rows[0], con.execute(_VERSIONS, asked).fetchall()
    texts = {number: text for number, *_, text in stored}
    shown = _chosen(article_id, list(texts), version)
    text = (texts[shown] if shown is not None else None) or row["text"]
    moments = {name: from_db(row[name]) for name in ("published_at", "first_seen_at")}
    return ArticleReading(
        **row | moments | {"text": text},
        version=shown,
        marks=tuple(sorted(_marks(con, article_id, text, printed))),
        versions=_versions(stored),
        page=_page(con, article_id),
    )


def _versions(
    rows: Sequence[tuple[int, datetime, int, str | None, str, str | None]],
) -> tuple[TextVersion, ...]:
    # The text of a feed and that of its page differ in form: neither corrects the other.
    texts = [None, *(text if number else None for number, *_, text in rows)]
    return tuple(
        TextVersion(
            version=number,
            fetched_at=from_db(fetched_at),
            words=words,
            final_url=final_url,
            extractor=extractor,
            is_kept=text is not None,
            changes=tuple(text_changes(before, after)) if before and after else (),
        )
        for (number, fetched_at, words, final_url, extractor, text), (before, after) in zip(
            rows, pairwise(texts), strict=True
        )
    )


def _chosen(article_id: int, versions: Sequence[int], asked: int | None) -> int | None:
    if asked is None:
        return versions[-1] if versions else None
    if asked in versions:
        return asked
    known = ", ".join(map(str, versions)) or "none"
    raise WarehouseError(f"article {article_id}", f"has no version {asked} of its text. It has: {known}.")


def _marks(
    con: duckdb.DuckDBPyConnection, article_id: int, text: str, printed: Sequence[tuple[str, str]]
) -> Iterator[Mark]:
    asked = {"article_id": article_id}
    yield from mark_entities(text, dict(con.execute(_ENTITIES, asked).fetchall()))
    yield from mark_instruments(text, (number for (number,) in con.execute(_INSTRUMENTS, asked).fetchall()))
    for act, reasons in con.execute(_ACTS, asked).fetchall():
        yield from mark_terms(text, reasons.split("; "), act)
    for due, evidence in con.execute(_DATES, asked).fetchall():
        yield from mark_sentence(text, evidence, MarkKind.DATE, due)
    for week, sentence in printed:
        yield from mark_sentence(text, sentence.rstrip("… "), MarkKind.PRINTED, week)


def _page(con: duckdb.DuckDBPyConnection, article_id: int) -> PageAttempt | None:
    for outcome, fetched_at, attempt, message, retry_at in con.execute(
        _PAGE, {"article_id": article_id}
    ).fetchall():
        return PageAttempt(
            outcome=outcome,
            fetched_at=from_db(fetched_at),
            attempt=attempt,
            message=message,
            retry_at=from_db(retry_at),
        )
    return None
