"""Opens the warehouse to look at: the live one, or the snapshot while that is written."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import duckdb

from flows.settings import Settings
from warehouse.errors import WarehouseBusyError, WarehouseError
from warehouse.store.db import open_read_only


@contextmanager
def open_to_look(settings: Settings) -> Iterator[duckdb.DuckDBPyConnection]:
    """A read-only connection; WarehouseError if there is no warehouse yet, or one of an older release."""
    if not settings.warehouse_path.exists():
        raise WarehouseError(str(settings.warehouse_path), "is not there yet. `watchfloor ingest` makes it.")
    try:
        with _live_or_published(settings) as con:
            yield con
    except duckdb.CatalogException as error:
        raise WarehouseError(
            str(settings.warehouse_path),
            "was last written by an older release. `watchfloor enrich` brings it up to this one.",
        ) from error


@contextmanager
def _live_or_published(settings: Settings) -> Iterator[duckdb.DuckDBPyConnection]:
    try:
        with open_read_only(settings.warehouse_path) as con:
            yield con
    except WarehouseBusyError:
        if not settings.snapshot_path.exists():
            raise
        with open_read_only(settings.snapshot_path) as con:
            yield con
