"""The step that looks after the feeds: how each stands, read from the warehouse, or from the snapshot while that is written."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import duckdb

from flows.settings import Settings
from warehouse.db import open_read_only
from warehouse.errors import WarehouseBusyError, WarehouseError
from warehouse.health import FeedDay, FeedStanding, feed_days, feed_standings


def health(settings: Settings) -> list[FeedStanding]:
    """How every feed stands that was ever asked, those that need a person first."""
    with _open(settings) as con:
        return feed_standings(con)


def health_of(settings: Settings, source_id: str, days: int) -> list[FeedDay]:
    """The last `days` days of one feed, latest first; WarehouseError if it was never asked."""
    with _open(settings) as con:
        found = feed_days(con, source_id, days)
    if not found:
        raise WarehouseError(source_id, "no such feed was ever asked. `watchfloor sources list` names the feeds.")
    return found


@contextmanager
def _open(settings: Settings) -> Iterator[duckdb.DuckDBPyConnection]:
    if not settings.warehouse_path.exists():
        raise WarehouseError(str(settings.warehouse_path), "is not there yet. `watchfloor ingest` makes it.")
    try:
        with open_read_only(settings.warehouse_path) as con:
            yield con
    except WarehouseBusyError:
        if not settings.snapshot_path.exists():
            raise
        with open_read_only(settings.snapshot_path) as con:
            yield con
