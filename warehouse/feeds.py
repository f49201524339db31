"""What the warehouse remembers of feeds: who they are, how they last answered, every fetch."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import duckdb
import pyarrow as pa

from sources.model import FetchResult, FetchState, Source
from warehouse.articles import SaveCounts
from warehouse.db import from_db, rows_table, to_db

_SOURCE_FIELDS = ("id", "name", "publisher", "url", "kind", "region", "language")
_SOURCES = pa.schema([(name, pa.string()) for name in _SOURCE_FIELDS])
_SAVE_SOURCES = """
INSERT OR REPLACE INTO store.sources (source_id, name, publisher, url, kind, region, language)
SELECT id, name, publisher, url, kind, region, language FROM described
EXCEPT SELECT source_id, name, publisher, url, kind, region, language FROM store.sources
"""


def save_sources(con: duckdb.DuckDBPyConnection, sources: Iterable[Source]) -> None:
    """Writes the sources as they are described now; those not named stay."""
    rows = [{name: getattr(source, name) for name in _SOURCE_FIELDS} for source in sources]
    con.register("described", rows_table(rows, _SOURCES))
    con.execute(_SAVE_SOURCES)
    con.unregister("described")


_LOAD_STATES = """
SELECT source_id, etag, last_modified, body_sha256, failures, next_attempt_at FROM store.feed_states ORDER BY source_id
"""


def load_states(con: duckdb.DuckDBPyConnection) -> Mapping[str, FetchState]:
    """What we remember of each feed ever fetched, by source id."""
    return {
        source_id: FetchState(
            source_id=source_id,
            etag=etag,
            last_modified=last_modified,
            body_sha256=sha256,
            failures=failures,
            next_attempt_at=from_db(next_attempt_at),
        )
        for source_id, etag, last_modified, sha256, failures, next_attempt_at in con.execute(_LOAD_STATES).fetchall()
    }


_SAVE_STATE = """
INSERT OR REPLACE INTO store.feed_states (source_id, etag, last_modified, body_sha256, failures, next_attempt_at)
VALUES ($source_id, $etag, $last_modified, $body_sha256, $failures, $next_attempt_at)
"""


def save_state(con: duckdb.DuckDBPyConnection, state: FetchState) -> None:
    """Remembers how a feed last answered."""
    con.execute(
        _SAVE_STATE,
        {
            "source_id": state.source_id,
            "etag": state.etag,
            "last_modified": state.last_modified,
            "body_sha256": state.body_sha256,
            "failures": state.failures,
            "next_attempt_at": to_db(state.next_attempt_at),
        },
    )


_SAVE_FETCH = """
INSERT OR REPLACE INTO store.fetches
VALUES ($fetch_id, $source_id, $fetched_at, $outcome, $http_status, $new, $updated, $unchanged, $rejected, $elapsed_s, $message)
"""


def save_fetch(con: duckdb.DuckDBPyConnection, fetch_id: int, result: FetchResult, counts: SaveCounts) -> None:
    """Logs one fetch and what became of its entries."""
    con.execute(
        _SAVE_FETCH,
        {
            "fetch_id": fetch_id,
            "source_id": result.source_id,
            "fetched_at": to_db(result.fetched_at),
            "outcome": result.outcome.value,
            "http_status": result.http_status,
            "new": counts.new,
            "updated": counts.updated,
            "unchanged": counts.unchanged,
            "rejected": counts.rejected,
            "elapsed_s": result.elapsed_s,
            "message": result.message,
        },
    )
