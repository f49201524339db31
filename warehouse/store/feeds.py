"""Writes and reads sources, feed states and the log of fetches."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from operator import attrgetter

import duckdb
import pyarrow as pa

from sources.model import EntryCounts, FetchResult, FetchState, Source, stable_id
from warehouse.store.db import from_db

_SOURCES = pa.schema(
    [(name, pa.string()) for name in ("id", "name", "publisher", "url", "kind", "region", "language")]
)
_SAVE_SOURCES = """
INSERT OR REPLACE INTO store.sources (source_id, name, publisher, url, kind, region, language)
SELECT id, name, publisher, url, kind, region, language FROM described
EXCEPT SELECT source_id, name, publisher, url, kind, region, language FROM store.sources
"""


def save_sources(con: duckdb.DuckDBPyConnection, sources: Iterable[Source]) -> None:
    """Inserts or updates the sources, without the passwords in their addresses; others stay."""
    listed = list(sources)
    columns = _columns(listed, _SOURCES.names) | {"url": [source.shown_url for source in listed]}
    con.register("described", pa.table(columns, schema=_SOURCES))
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
    """Returns the state of each feed that was ever fetched, by source id."""
    rows = con.execute(_LOAD_STATES).to_arrow_table().to_pylist()
    return {
        row["source_id"]: FetchState(
            **row
            | {name: from_db(row[name]) for name in _MOMENTS}
            | {"entry_hashes": frozenset(row["entry_hashes"])}
        )
        for row in rows
    }


_UPDATES = ", ".join(
    f"{name} = now.{name}" for name in _STATES.names if name not in ("source_id", "entry_hashes")
)
# DuckDB rewrites a row whose list changes, which takes four times as long as updating all its other columns.
_SAVE_STATES = f"""
MERGE INTO store.feed_states AS known USING remembered AS now ON known.source_id = now.source_id
WHEN MATCHED AND now.entry_hashes IS NULL THEN UPDATE SET {_UPDATES}
WHEN MATCHED THEN UPDATE SET {_UPDATES}, entry_hashes = now.entry_hashes
WHEN NOT MATCHED THEN INSERT ({_STATE_COLUMNS})
    VALUES ({_STATE_COLUMNS.replace("entry_hashes", "coalesce(entry_hashes, [])")})
"""


def save_states(
    con: duckdb.DuckDBPyConnection, states: Sequence[FetchState], before: Iterable[FetchState] = ()
) -> None:
    """Saves the state of feeds, each given once. Entries equal to those in `before` are not rewritten."""
    stored = {state.source_id: state.entry_hashes for state in before}
    hashes = [None if _is_stored(state, stored) else sorted(state.entry_hashes) for state in states]
    columns = _columns(states, _STATES.names) | {"entry_hashes": hashes}
    con.register("remembered", pa.table(columns, schema=_STATES))
    con.execute(_SAVE_STATES)
    con.unregister("remembered")


def _is_stored(state: FetchState, stored: Mapping[str, frozenset[int]]) -> bool:
    return state.entry_hashes is stored.get(state.source_id)


def _columns(objects: Sequence[object], names: Iterable[str]) -> dict[str, list[object]]:
    """Returns the attributes of the objects by name; Arrow stores aware times as UTC, as the tables do."""
    return {name: list(map(attrgetter(name), objects)) for name in names}


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchRecord:
    """One fetch for the log. `entries_in_feed` is None if no body was ever received."""

    result: FetchResult
    counts: EntryCounts
    entries_in_feed: int | None
    validator_lied: bool


_COUNTS = ("new", "updated", "unchanged", "rejected", "set_aside", "duplicate")
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
    """Logs fetches with their entry counts; the same feed at the same time is one fetch."""
    results, counts = [record.result for record in records], [record.counts for record in records]
    columns = {
        "fetch_id": [stable_id("fetch", one.source_id, one.fetched_at.isoformat()) for one in results],
        "was_conditional": [one.conditional for one in results],
        **_columns(results, ("source_id", "fetched_at", "outcome", "http_status", "elapsed_s", "message")),
        **{f"entries_{name}": values for name, values in _columns(counts, _COUNTS).items()},
        **_columns(records, ("entries_in_feed", "validator_lied")),
    }
    con.register("logged", pa.table(columns, schema=_FETCHES))
    con.execute(_SAVE_FETCHES)
    con.unregister("logged")
