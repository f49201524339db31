"""Keeps the texts of articles' pages, each change a new version; forgets old whole texts, also of feeds."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import duckdb
import pyarrow as pa

from sources.model import PageResult, PageText, stable_id
from warehouse.store.db import rows_table, to_db

_TEXTS = pa.schema(
    [
        ("article_id", pa.int64()),
        ("text", pa.string()),
        ("words", pa.int32()),
        ("text_hash", pa.int64()),
        ("page_hash", pa.int64()),
        ("fetched_at", pa.timestamp("us")),
        ("final_url", pa.string()),
        ("canonical_url", pa.string()),
        ("title", pa.string()),
        ("author", pa.string()),
        ("published_at", pa.timestamp("us")),
        ("language", pa.string()),
        ("is_paywalled", pa.bool_()),
        ("extractor", pa.string()),
    ]
)
# A page that is fetched again because its feed changed is a new version only if its text is another, as it
# was before lines were cut from it.
_SAVE_TEXTS = f"""
CREATE OR REPLACE TEMPORARY TABLE changed_texts AS
SELECT r.* FROM read_texts AS r
LEFT JOIN store.article_texts AS t ON t.article_id = r.article_id AND t.is_latest
WHERE t.page_hash IS DISTINCT FROM r.page_hash;
UPDATE store.article_texts SET is_latest = FALSE
WHERE article_id IN (SELECT article_id FROM changed_texts);
INSERT INTO store.article_texts (version, is_latest, {", ".join(_TEXTS.names)})
SELECT 1 + (SELECT count(*) FROM store.article_texts AS t WHERE t.article_id = c.article_id), TRUE,
    {", ".join(_TEXTS.names)}
FROM changed_texts AS c;
DROP TABLE changed_texts
"""
# A page's date completes a missing one, if it is plausible; it never overrules what a feed stated.
_COMPLETE_DATES = """
UPDATE store.articles AS known SET published_at = r.published_at, date_status = 'ok'
FROM read_texts AS r
WHERE r.article_id = known.article_id AND known.date_status IN ('missing', 'unparsable')
    AND r.published_at <= known.first_seen_at + INTERVAL 1 DAY
    AND r.published_at > known.first_seen_at - INTERVAL 30 DAY
"""


def save_page_texts(con: duckdb.DuckDBPyConnection, results: Sequence[PageResult]) -> None:
    """Stores the texts that fetches brought, in the caller's transaction, and completes missing dates."""
    texts = [_text_row(one, one.page) for one in results if one.page is not None]
    if texts:
        con.register("read_texts", rows_table(texts, _TEXTS))
        con.execute(_SAVE_TEXTS)
        con.execute(_COMPLETE_DATES)
        con.unregister("read_texts")


def _text_row(result: PageResult, page: PageText) -> dict[str, object]:
    return {
        "article_id": result.wanted.article_id,
        "text": page.text,
        "words": len(page.text.split()),
        "text_hash": stable_id("page text", page.text),
        "page_hash": stable_id("page text", page.text),
        "fetched_at": to_db(result.fetched_at),
        "final_url": result.final_url or result.wanted.url,
        "canonical_url": page.canonical_url,
        "title": page.title,
        "author": page.author,
        "published_at": to_db(page.published_at),
        "language": page.language,
        "is_paywalled": page.is_paywalled,
        "extractor": page.extractor,
    }


# The hashes stay: an entry that its feed still shows is unchanged, and nothing is read again.
_FORGET_PAGES = """
UPDATE store.article_texts SET text = ''
WHERE fetched_at < $now::TIMESTAMP - to_months($months) AND text <> ''
"""
_FORGET_FEEDS = """
UPDATE store.articles SET text = ''
WHERE updated_at < $now::TIMESTAMP - to_months($months) AND is_whole_text(text)
"""


def forget_texts(con: duckdb.DuckDBPyConnection, now: datetime, months: int) -> int:
    """Deletes the whole texts that pages or feeds brought over `months` ago; returns how many.

    In the caller's transaction. What was read of them stays, and so do summaries and excerpts.
    """
    params = {"now": to_db(now), "months": months}
    rows = [con.execute(query, params).fetchone() for query in (_FORGET_PAGES, _FORGET_FEEDS)]
    return sum(int(row[0]) for row in rows if row)
