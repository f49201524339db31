"""What the warehouse remembers of feeds: who they are, how they last answered, every fetch."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import duckdb
import pyarrow as pa

from sources.model import EntryCounts, FetchResult, FetchState, Source, stable_id
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


_STATES = pa.schema(
    [
        ("source_id", pa.string()),
        ("catalog_url", pa.string()),
        ("moved_to", pa.string()),
        ("moving_to", pa.string()),
        ("moving_held", pa.int32()),
        ("etag", pa.string()),
        ("last_modified", pa.string()),
        ("body_sha256", pa.string()),
        ("validators_honest", pa.bool_()),
        ("entry_hashes", pa.list_(pa.int64())),
        ("entries_per_day", pa.float64()),
        ("interval_s", pa.int64()),
        ("failures", pa.int32()),
        ("failure_weight", pa.float64()),
        ("failing_since", pa.timestamp("us")),
        ("retired", pa.bool_()),
        ("first_success_at", pa.timestamp("us")),
        ("last_success_at", pa.timestamp("us")),
        ("next_attempt_at", pa.timestamp("us")),
    ]
)
_MOMENTS = tuple(field.name for field in _STATES if pa.types.is_timestamp(field.type))
_STATE_COLUMNS = ", ".join(_STATES.names)
_LOAD_STATES = f"SELECT {_STATE_COLUMNS} FROM store.feed_states ORDER BY source_id"


def load_states(con: duckdb.DuckDBPyConnection) -> Mapping[str, FetchState]:
    """What we remember of each feed ever fetched, by source id."""
    rows = con.execute(_LOAD_STATES).fetchall()
    states = (dict(zip(_STATES.names, row, strict=True)) for row in rows)
    return {
        state["source_id"]: FetchState(
            **state
            | {name: from_db(state[name]) for name in _MOMENTS}
            | {"entry_hashes": frozenset(state["entry_hashes"])}
        )
        for state in states
    }


_SAVE_STATES = f"""
INSERT OR REPLACE INTO store.feed_states ({_STATE_COLUMNS}) SELECT {_STATE_COLUMNS} FROM remembered
"""


def save_states(con: duckdb.DuckDBPyConnection, states: Iterable[FetchState]) -> None:
    """Remembers how feeds last answered, each named once."""
    rows = [
        {name: getattr(state, name) for name in _STATES.names}
        | {name: to_db(getattr(state, name)) for name in _MOMENTS}
        | {"entry_hashes": sorted(state.entry_hashes)}
        for state in states
    ]
    con.register("remembered", rows_table(rows, _STATES))
    con.execute(_SAVE_STATES)
    con.unregister("remembered")


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchRecord:
    """One fetch as it is logged. `entries_in_feed` is how many entries the feed shows now; None if we never saw any body."""

    result: FetchResult
    counts: EntryCounts
    entries_in_feed: int | None
    validator_lied: bool


_FETCHES = pa.schema(
    [
        ("fetch_id", pa.int64()),
        ("source_id", pa.string()),
        ("fetched_at", pa.timestamp("us")),
        ("outcome", pa.string()),
        ("http_status", pa.int32()),
        ("entries_new", pa.int32()),
        ("entries_updated", pa.int32()),
        ("entries_unchanged", pa.int32()),
        ("entries_rejected", pa.int32()),
        ("entries_set_aside", pa.int32()),
        ("entries_duplicate", pa.int32()),
        ("entries_in_feed", pa.int32()),
        ("was_conditional", pa.bool_()),
        ("validator_lied", pa.bool_()),
        ("elapsed_s", pa.float64()),
        ("message", pa.string()),
    ]
)
_FETCH_COLUMNS = ", ".join(_FETCHES.names)
_SAVE_FETCHES = f"INSERT OR REPLACE INTO store.fetches ({_FETCH_COLUMNS}) SELECT {_FETCH_COLUMNS} FROM logged"


def save_fetches(con: duckdb.DuckDBPyConnection, records: Sequence[FetchRecord]) -> None:
    """Logs fetches and what became of their entries; the same feed at the same moment is one fetch."""
    con.register("logged", rows_table([_fetch_row(record) for record in records], _FETCHES))
    con.execute(_SAVE_FETCHES)
    con.unregister("logged")


def _fetch_row(record: FetchRecord) -> dict[str, object]:
    result, counts = record.result, record.counts
    return {
        "fetch_id": stable_id("fetch", result.source_id, result.fetched_at.isoformat()),
        "source_id": result.source_id,
        "fetched_at": to_db(result.fetched_at),
        "outcome": result.outcome.value,
        "http_status": result.http_status,
        "entries_new": counts.new,
        "entries_updated": counts.updated,
        "entries_unchanged": counts.unchanged,
        "entries_rejected": counts.rejected,
        "entries_set_aside": counts.set_aside,
        "entries_duplicate": counts.duplicate,
        "entries_in_feed": record.entries_in_feed,
        "was_conditional": result.conditional,
        "validator_lied": record.validator_lied,
        "elapsed_s": result.elapsed_s,
        "message": result.message,
    }
