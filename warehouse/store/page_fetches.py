"""Says which pages are wanted, and keeps the log of their fetches and the robots files of their hosts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from urllib.parse import urlsplit

import duckdb
import pyarrow as pa

from sources.model import FullText, Outcome, PageResult, RobotsFile, WantedPage, stable_id
from warehouse.store.db import from_db, rows_table, to_db

# Older pages are another matter: an archive that is imported would ask for thousands.
WANTED_FOR = timedelta(days=7)
# After these hours a page is tried again whose server or network failed, and that of an entry which its feed
# changed: some feeds count comments in each entry, and change it at every poll.
RETRY_AFTER_H = (1, 6, 24)
# RFC 9309: a cached robots.txt is not used for longer.
ROBOTS_FOR = timedelta(hours=24)
_MAY_RECOVER = frozenset(
    (
        Outcome.SERVER_ERROR,
        Outcome.RATE_LIMITED,
        Outcome.TIMEOUT,
        Outcome.DNS_TEMPORARY,
        Outcome.UNREACHABLE,
        Outcome.POSTPONED,
        Outcome.CAPTCHA,
    )
)

_WANTED = """
WITH last AS (
    SELECT article_id, max(fetched_at) AS fetched_at, arg_max_null(retry_at, fetched_at) AS retry_at,
        max(fetched_at) + to_hours(list_extract($pauses::INTEGER[], count(*))) AS changed_after
    FROM store.page_fetches GROUP BY article_id
)
SELECT a.article_id, a.source_id, a.url, a.title, a.language
FROM store.articles AS a
JOIN reading AS r ON r.source_id = a.source_id
LEFT JOIN last ON last.article_id = a.article_id
LEFT JOIN store.article_desks AS d ON d.article_id = a.article_id AND d.desk = 'off_topic'
WHERE a.first_seen_at > $since AND (a.date_status <> 'ok' OR a.published_at > $since)
    AND a.set_aside IS NULL AND a.url LIKE 'http%' AND NOT is_whole_text(a.text)
    AND (r.full_text = 'all' OR 1 - d.score >= near_topic_from())
    AND (last.article_id IS NULL OR last.retry_at <= $now
        OR (a.updated_at > last.fetched_at AND last.changed_after <= $now))
ORDER BY CASE WHEN a.date_status = 'ok' THEN a.published_at ELSE a.first_seen_at END DESC, a.article_id
"""
_RESTING_HOSTS = """
SELECT host, max(retry_at) FROM store.page_fetches
WHERE outcome = 'rate_limited' AND retry_at > $now GROUP BY host
"""


def wanted_pages(
    con: duckdb.DuckDBPyConnection, full_text: Mapping[str, FullText], now: datetime
) -> list[WantedPage]:
    """Returns the articles whose page is to be fetched at `now`, newest first.

    `full_text` says by source id of which articles; those of other sources are not wanted. An article is
    wanted once, again when its feed changed it, and later where its server failed for now.
    """
    chosen = {id_: wish for id_, wish in full_text.items() if wish is not FullText.NEVER}
    table = {"source_id": list(chosen), "full_text": [wish.value for wish in chosen.values()]}
    con.register("reading", pa.table(table, schema=pa.schema(dict.fromkeys(table, pa.string()))))
    params = {
        "since": to_db(now - WANTED_FOR),
        "now": to_db(now),
        "pauses": list(RETRY_AFTER_H),
    }
    rows = con.execute(_WANTED, params).fetchall()
    con.unregister("reading")
    return [
        WantedPage(article_id=article_id, source_id=source_id, url=url, title=title, language=language)
        for article_id, source_id, url, title, language in rows
    ]


def resting_hosts(con: duckdb.DuckDBPyConnection, now: datetime) -> dict[str, datetime]:
    """Returns the hosts that asked for a pause which is not over, with its end."""
    return {
        host: from_db(until) for host, until in con.execute(_RESTING_HOSTS, {"now": to_db(now)}).fetchall()
    }


def retry_at(result: PageResult, attempt: int) -> datetime | None:
    """Returns when a page is tried again after this attempt (from 1); None if it is not."""
    if result.outcome not in _MAY_RECOVER or attempt > len(RETRY_AFTER_H):
        return None
    pause = timedelta(hours=RETRY_AFTER_H[attempt - 1])
    return result.fetched_at + max(pause, timedelta(seconds=min(result.retry_after_s or 0, 86_400)))


_FETCHES = pa.schema(
    [
        ("fetch_id", pa.int64()),
        ("article_id", pa.int64()),
        ("source_id", pa.string()),
        ("host", pa.string()),
        ("fetched_at", pa.timestamp("us")),
        ("outcome", pa.string()),
        ("http_status", pa.int32()),
        ("attempt", pa.int32()),
        ("retry_at", pa.timestamp("us")),
        ("elapsed_s", pa.float64()),
        ("message", pa.string()),
    ]
)
_ATTEMPTS = """
SELECT article_id, count(*) FROM store.page_fetches
WHERE article_id IN (SELECT unnest($ids::BIGINT[])) GROUP BY article_id
"""
_LOG = f"INSERT OR REPLACE INTO store.page_fetches ({', '.join(_FETCHES.names)}) FROM logged"


def save_page_fetches(con: duckdb.DuckDBPyConnection, results: Sequence[PageResult]) -> None:
    """Logs fetches of pages in the caller's transaction; the same page at the same time is one fetch."""
    ids = [one.wanted.article_id for one in results]
    attempts = dict(con.execute(_ATTEMPTS, {"ids": ids}).fetchall())
    logged = [_fetch_row(one, attempts.get(one.wanted.article_id, 0) + 1) for one in results]
    con.register("logged", rows_table(logged, _FETCHES))
    con.execute(_LOG)
    con.unregister("logged")


_LOGGED = "SELECT fetch_id FROM store.page_fetches WHERE fetch_id IN (SELECT unnest($ids::BIGINT[]))"


def not_logged(con: duckdb.DuckDBPyConnection, results: Sequence[PageResult]) -> list[PageResult]:
    """Returns the results that are not stored yet: a run may be killed after it stored them and before it
    deleted their files.
    """
    ids = [_fetch_id(one) for one in results]
    logged = {id_ for (id_,) in con.execute(_LOGGED, {"ids": ids}).fetchall()}
    return [one for one, id_ in zip(results, ids, strict=True) if id_ not in logged]


def _fetch_id(result: PageResult) -> int:
    return stable_id("page", str(result.wanted.article_id), result.fetched_at.isoformat())


def _fetch_row(result: PageResult, attempt: int) -> dict[str, object]:
    wanted = result.wanted
    return {
        "fetch_id": _fetch_id(result),
        "article_id": wanted.article_id,
        "source_id": wanted.source_id,
        # That which answered: an aggregator does not rest because an outlet behind it asked for a pause.
        "host": urlsplit(result.final_url or wanted.url).hostname or "",
        "fetched_at": to_db(result.fetched_at),
        "outcome": result.outcome.value,
        "http_status": result.http_status,
        "attempt": attempt,
        "retry_at": to_db(retry_at(result, attempt)),
        "elapsed_s": result.elapsed_s,
        "message": result.message,
    }


_ROBOTS = pa.schema(
    [
        ("origin", pa.string()),
        ("fetched_at", pa.timestamp("us")),
        ("outcome", pa.string()),
        ("http_status", pa.int32()),
        ("rules", pa.string()),
    ]
)
_LOAD_ROBOTS = f"SELECT {', '.join(_ROBOTS.names)} FROM store.robots_files WHERE fetched_at > $since"
_SAVE_ROBOTS = f"INSERT OR REPLACE INTO store.robots_files ({', '.join(_ROBOTS.names)}) FROM robots"


def load_robots(con: duckdb.DuckDBPyConnection, now: datetime) -> dict[str, RobotsFile]:
    """Returns by origin the robots files that were fetched in the last day."""
    rows = con.execute(_LOAD_ROBOTS, {"since": to_db(now - ROBOTS_FOR)}).fetchall()
    return {
        origin: RobotsFile(
            origin=origin,
            fetched_at=from_db(fetched_at),
            outcome=Outcome(outcome),
            http_status=http_status,
            rules=rules,
        )
        for origin, fetched_at, outcome, http_status, rules in rows
    }


def save_robots(con: duckdb.DuckDBPyConnection, files: Sequence[RobotsFile]) -> None:
    """Stores robots files in the caller's transaction; of each origin the last one is kept."""
    rows = [
        {
            "origin": one.origin,
            "fetched_at": to_db(one.fetched_at),
            "outcome": one.outcome.value,
            "http_status": one.http_status,
            "rules": one.rules,
        }
        for one in {one.origin: one for one in files}.values()
    ]
    if rows:
        con.register("robots", rows_table(rows, _ROBOTS))
        con.execute(_SAVE_ROBOTS)
        con.unregister("robots")
