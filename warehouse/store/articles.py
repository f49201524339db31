"""Writes articles: inserts new ones, updates changed ones, and counts every entry once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime

import duckdb
import pyarrow as pa

from sources.model import Article, EntryCounts, ParsedFeed, Rejection
from warehouse.store.article_aliases import with_known_identity
from warehouse.store.db import rows_table, to_db

# Feeds answer in any order, and a run may be killed between two answers: whose article it is must not depend
# on that. So it is open for the hour in which it is first seen, until it is grouped.
_OPEN = """
(date_trunc('hour', known.first_seen_at) = date_trunc('hour', {now})
    AND NOT EXISTS (FROM store.story_members AS m WHERE m.article_id = known.article_id))
"""
_SETTLED = f"""
SELECT known.article_id FROM asked JOIN store.articles AS known ON known.article_id = asked.id
WHERE NOT {_OPEN.format(now="$now::TIMESTAMP")}
"""


def settled_articles(
    con: duckdb.DuckDBPyConnection, article_ids: Iterable[int], now: datetime
) -> frozenset[int]:
    """Returns those of the ids whose article is stored and stays that of its feed, whoever brings it now."""
    con.register("asked", pa.table({"id": pa.array(article_ids, pa.int64())}))
    settled = frozenset(id_ for (id_,) in con.execute(_SETTLED, {"now": to_db(now)}).fetchall())
    con.unregister("asked")
    return settled


_SCHEMA = pa.schema(
    [
        ("feed", pa.int64()),
        ("article_id", pa.int64()),
        ("source_id", pa.string()),
        ("publisher", pa.string()),
        ("url", pa.string()),
        ("title", pa.string()),
        ("summary", pa.string()),
        ("text", pa.string()),
        ("language", pa.string()),
        ("published_at", pa.timestamp("us")),
        ("date_status", pa.string()),
        ("first_seen_at", pa.timestamp("us")),
        ("text_hash", pa.int64()),
        ("set_aside", pa.string()),
        ("guid_id", pa.int64()),
    ]
)
_REGISTER = pa.schema(
    [
        ("article_id", pa.int64()),
        ("document_number", pa.string()),
        ("type", pa.string()),
        ("agencies", pa.list_(pa.string())),
        ("effective_on", pa.date32()),
        ("comments_close_on", pa.date32()),
        ("dockets", pa.list_(pa.string())),
        ("rins", pa.list_(pa.string())),
        ("cfr_parts", pa.list_(pa.string())),
    ]
)
# Of a page that is rewritten under one link an entry is another article than the stored one if guid,
# title and date are all others. An article is corrected under its guid, or its title and date stay.
_ANOTHER = """
SELECT came.article_id, came.guid_id
FROM came JOIN store.articles AS known ON known.article_id = came.article_id
WHERE known.source_id = came.source_id AND known.guid_id <> came.guid_id AND known.title <> came.title
    AND (known.stated_at IS DISTINCT FROM came.published_at OR came.published_at IS NULL)
UNION
SELECT came.article_id, came.guid_id
FROM came JOIN store.articles AS known ON known.article_id = came.guid_id
WHERE known.source_id = came.source_id AND known.url = came.url
"""
# Of feeds that change an article's guid, the last one is kept.
_KEEP_GUID = """
UPDATE store.articles AS known SET guid_id = came.guid_id
FROM (SELECT article_id, any_value(guid_id) AS guid_id FROM arrived
    WHERE fate IN ('updated', 'unchanged') AND guid_id IS NOT NULL GROUP BY article_id) AS came
WHERE came.article_id = known.article_id AND known.guid_id IS DISTINCT FROM came.guid_id
"""
# An article belongs to the feed that brought it first; of several in one hour to one that dates it, and then
# to the first by id. Another feed that brings it with another text does not change it.
_ARRIVED = f"""
CREATE OR REPLACE TEMPORARY TABLE arrived AS
SELECT came.*, known.text_hash <> came.text_hash AS reworded,
    CASE
        WHEN row_number() OVER (
            PARTITION BY came.article_id
            ORDER BY known.source_id = came.source_id DESC, came.date_status <> 'ok', came.source_id
        ) > 1 THEN 'duplicate'
        WHEN known.article_id IS NULL THEN 'new'
        WHEN known.source_id <> came.source_id THEN CASE
            WHEN (came.date_status <> 'ok', came.source_id) < (known.date_status <> 'ok', known.source_id)
                AND {_OPEN.format(now="came.first_seen_at")}
            THEN 'taken over' ELSE 'duplicate'
        END
        WHEN known.text_hash <> came.text_hash OR known.stated_at IS DISTINCT FROM came.published_at
            THEN 'updated'
        ELSE 'unchanged'
    END AS fate
FROM arrivals AS came
LEFT JOIN store.articles AS known ON known.article_id = came.article_id
"""
_TAKE_OVER = """
UPDATE store.articles AS known
SET source_id = came.source_id, publisher = came.publisher, url = came.url, title = came.title,
    summary = came.summary, text = came.text, text_hash = came.text_hash, language = came.language,
    published_at = came.published_at, stated_at = came.published_at, date_status = came.date_status,
    set_aside = came.set_aside, guid_id = came.guid_id
FROM arrived AS came WHERE came.fate = 'taken over' AND came.article_id = known.article_id
"""
# The first date stays, however often the publisher moves it. A missing date may be
# added later, if it is plausible.
_UPDATE = """
UPDATE store.articles AS known
SET title = came.title, summary = came.summary, text = came.text, text_hash = came.text_hash,
    updated_at = CASE WHEN came.reworded THEN $now ELSE known.updated_at END,
    stated_at = came.published_at,
    published_at = CASE WHEN came.completes THEN came.published_at ELSE known.published_at END,
    date_status = CASE WHEN came.completes THEN came.date_status ELSE known.date_status END
FROM (
    SELECT a.*, a.date_status = 'ok' AND (k.date_status = 'future' OR (
        k.date_status IN ('missing', 'unparsable')
        AND a.published_at <= k.first_seen_at + INTERVAL 1 DAY)) AS completes
    FROM arrived AS a JOIN store.articles AS k ON k.article_id = a.article_id
    WHERE a.fate = 'updated'
) AS came
WHERE came.article_id = known.article_id
"""
# An aggregator often brings an article first and undated; its publisher's own feed then dates it.
_DATE_BY_ANOTHER_FEED = """
UPDATE store.articles AS known SET published_at = other.published_at, date_status = 'ok'
FROM (
    SELECT article_id, min(published_at) AS published_at
    FROM arrived WHERE fate = 'duplicate' AND date_status = 'ok' GROUP BY article_id
) AS other
WHERE other.article_id = known.article_id AND known.date_status IN ('missing', 'unparsable')
    AND other.published_at <= known.first_seen_at + INTERVAL 1 DAY
"""
# Its feed need not bring an article again for its announced day to come.
_FUTURE_HAS_COME = """
UPDATE store.articles SET date_status = 'ok'
WHERE date_status = 'future' AND published_at <= $now::TIMESTAMP + INTERVAL 1 DAY
"""
_INSERT = """
INSERT INTO store.articles (article_id, source_id, publisher, url, title, summary, text, language,
    published_at, stated_at, date_status, set_aside, first_seen_at, updated_at, text_hash, guid_id)
SELECT article_id, source_id, publisher, url, title, summary, text, language, published_at, published_at,
    date_status, set_aside, first_seen_at, first_seen_at, text_hash, guid_id
FROM arrived WHERE fate = 'new'
"""
_SAVE_REGISTER = """
INSERT OR REPLACE INTO store.register_documents (article_id, document_number, type, agencies, effective_on,
    comments_close_on, dockets, rins, cfr_parts)
SELECT article_id, document_number, type, agencies, effective_on, comments_close_on, dockets, rins, cfr_parts
FROM registered
WHERE article_id IN (SELECT article_id FROM arrived WHERE fate IN ('new', 'updated', 'taken over'))
    OR article_id NOT IN (SELECT article_id FROM store.register_documents)
"""
_COUNTS = """
SELECT feed, count(*) FILTER (WHERE fate = 'new'), count(*) FILTER (WHERE fate = 'updated'),
    count(*) FILTER (WHERE fate IN ('unchanged', 'taken over', 'duplicate')),
    count(*) FILTER (WHERE fate IN ('taken over', 'duplicate')),
    count(*) FILTER (WHERE fate = 'new' AND set_aside IS NOT NULL)
FROM arrived GROUP BY feed
"""


def save_articles(
    con: duckdb.DuckDBPyConnection, feeds: Sequence[ParsedFeed], now: datetime
) -> list[EntryCounts]:
    """Stores articles of some feeds in the caller's transaction; returns the entry counts of each feed.

    A changed date updates `stated_at`, never the first publication date, and does not make an article new. An
    article dated in the future is counted from its day on.
    """
    feeds = _identified(con, with_known_identity(con, feeds))
    rows = [_row(number, article) for number, feed in enumerate(feeds) for article in feed.articles]
    counted: dict[int, tuple[int, ...]] = {}
    con.execute(_FUTURE_HAS_COME, {"now": to_db(now)})
    if rows:
        con.register("arrivals", rows_table(rows, _SCHEMA))
        con.execute(_ARRIVED)
        con.unregister("arrivals")
        con.execute(_UPDATE, {"now": to_db(now)})
        con.execute(_TAKE_OVER)
        con.execute(_INSERT)
        con.execute(_KEEP_GUID)
        con.execute(_DATE_BY_ANOTHER_FEED)
        _save_register(con, feeds)
        counted = {feed: tuple(counts) for feed, *counts in con.execute(_COUNTS).fetchall()}
        con.execute("DROP TABLE arrived")
    return [_counts(feed, *counted.get(number, (0, 0, 0, 0, 0))) for number, feed in enumerate(feeds)]


def _identified(con: duckdb.DuckDBPyConnection, feeds: Sequence[ParsedFeed]) -> Sequence[ParsedFeed]:
    """Returns the feeds with the id by guid for each article that is another than the one stored under its
    link.
    """
    named = [
        _row(number, article)
        for number, feed in enumerate(feeds)
        for article in feed.articles
        if article.guid_id is not None and article.url is not None
    ]
    if not named:
        return feeds
    con.register("came", rows_table(named, _SCHEMA))
    others = set(con.execute(_ANOTHER).fetchall())
    con.unregister("came")
    if not others:
        return feeds
    return [
        replace(
            feed,
            articles=tuple(
                replace(article, article_id=article.guid_id)
                if article.guid_id is not None and (article.article_id, article.guid_id) in others
                else article
                for article in feed.articles
            ),
        )
        for feed in feeds
    ]


def _row(number: int, article: Article) -> dict[str, object]:
    return {
        "feed": number,
        "article_id": article.article_id,
        "source_id": article.source_id,
        "publisher": article.publisher,
        "url": article.url,
        "title": article.title,
        "summary": article.summary,
        "text": article.text,
        "language": article.language,
        "published_at": to_db(article.published_at),
        "date_status": article.date_status.value,
        "first_seen_at": to_db(article.first_seen_at),
        "text_hash": article.text_hash,
        "set_aside": article.set_aside and article.set_aside.value,
        "guid_id": article.guid_id,
    }


def _save_register(con: duckdb.DuckDBPyConnection, feeds: Sequence[ParsedFeed]) -> None:
    rows = {
        article.article_id: {name: getattr(article.register, name) for name in _REGISTER.names[1:]}
        for feed in feeds
        for article in feed.articles
        if article.register is not None
    }
    if rows:
        table = rows_table([{"article_id": id_, **fields} for id_, fields in rows.items()], _REGISTER)
        con.register("registered", table)
        con.execute(_SAVE_REGISTER)
        con.unregister("registered")


def _counts(
    feed: ParsedFeed, new: int, updated: int, unchanged: int, duplicate: int, set_aside: int
) -> EntryCounts:
    return EntryCounts(
        new=new,
        updated=updated,
        unchanged=unchanged + feed.known,
        rejected=len(feed.rejections),
        duplicate=duplicate + feed.rejections.count(Rejection.REPEATED_IN_FEED),
        set_aside=set_aside,
    )
