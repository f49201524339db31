"""Publishes the warehouse: a dated folder with a read-only copy, its views as Parquet and a manifest, visible at one stroke.

HOME/snapshots/20260817T060000Z/   snapshot.duckdb  manifest.json  parquet/VIEW/iso_week=2026-W33/...
HOME/snapshots/latest              -> 20260817T060000Z, the pointer that is swapped last
HOME/snapshot.duckdb               -> snapshots/latest/snapshot.duckdb, the name that researchers open

Makes a copy ready that is only read from now on: what its readers would seek or count anew each time is laid down once.
"""

from __future__ import annotations

import fcntl
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import duckdb

from warehouse.errors import WarehouseBusyError, WarehouseError
from warehouse.snapshot.manifest import Manifest, describe, write_manifest
from warehouse.snapshot.parquet import write_views
from warehouse.snapshot.retention import new_name, to_drop
from warehouse.store.db import MEMORY_LIMIT, open_copy, open_read_only, open_warehouse
from warehouse.store.file_copies import copy_open_file, no_room, point, sync_folder

SNAPSHOTS = "snapshots"
LATEST = "latest"
_STILL = "The last snapshot still stands."


def publish_snapshot(warehouse: Path, snapshot: Path, now: datetime, keep_days: int) -> Manifest:
    """Publishes under the name `snapshot` and drops what `keep_days` lets go; readers of the last one go on.

    The warehouse is held only while it is copied. WarehouseBusyError if a flow or another publication is at work.
    """
    folder = snapshot.parent / SNAPSHOTS
    fresh, spilled = folder / ".fresh", folder / ".spilled"
    with _alone(folder):
        try:
            _remove(fresh, spilled)
            fresh.mkdir()
            copy = fresh / snapshot.name
            with open_warehouse(warehouse) as con:
                copy_open_file(con, warehouse, copy, _STILL)
            name = new_name(now, _names(folder))
            manifest = _complete(fresh, copy, name, now, {"memory_limit": MEMORY_LIMIT, "temp_directory": str(spilled)})
            sync_folder(fresh)
            previous = _pointed(folder)
            fresh.rename(folder / name)
            # Whoever opened the last snapshot to write may have left a log, which DuckDB would replay into this one.
            snapshot.with_name(f"{snapshot.name}.wal").unlink(missing_ok=True)
            point(folder / LATEST, name)
            point(snapshot, f"{SNAPSHOTS}/{LATEST}/{snapshot.name}")
        finally:
            _remove(fresh, spilled)
        for old in to_drop(_names(folder), now, keep_days, held={name, previous}):
            shutil.rmtree(folder / old)
    return manifest


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Publishers take turns, so that none brings an older copy last."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = (folder / ".lock").open("w")
    except OSError as error:
        raise WarehouseError(str(folder), f"cannot be written: {error.strerror}.") from error
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise WarehouseBusyError(
                str(folder), "another publication is under way. Wait for it to end and run the command again."
            ) from error
        yield


def _remove(*folders: Path) -> None:
    for folder in folders:
        shutil.rmtree(folder, ignore_errors=True)


def _complete(fresh: Path, copy: Path, name: str, now: datetime, settings: Mapping[str, str]) -> Manifest:
    """Makes the copy ready for its readers, proves it sound by reading all of it into Parquet, and describes the whole."""
    try:
        with open_copy(copy, settings) as con:
            make_ready(con)
        copy.chmod(0o444)
        with open_read_only(copy, settings) as con:
            views = write_views(con, fresh / "parquet")
            manifest = describe(con, name, now, views, fresh)
    except WarehouseError as error:
        raise WarehouseError(str(copy), f"is no sound copy: {error}. {_STILL}") from error
    except (duckdb.Error, OSError) as error:
        raise no_room(copy, str(error).split("\n", 1)[0], _STILL) from error
    write_manifest(manifest, fresh)
    return manifest


def _names(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir() if path.is_dir() and not path.is_symlink()]


def _pointed(folder: Path) -> str:
    latest = folder / LATEST
    return str(latest.readlink()) if latest.is_symlink() else ""


# A scan for a term reads the lists of all terms near it. Kept up while indexing, this would cost as much as all the rest.
_BY_TERM = "CREATE INDEX IF NOT EXISTS search_postings_by_term ON store.search_postings (term)"
_COMMENTS = """
SELECT 'VIEW ' || view_name, comment FROM duckdb_views() WHERE schema_name = 'main' AND view_name = $view
UNION ALL
SELECT format('COLUMN {}.{}', table_name, column_name), comment FROM duckdb_columns() WHERE schema_name = 'main' AND table_name = $view
"""


def make_ready(con: duckdb.DuckDBPyConnection) -> None:
    """Gives the search an index by term, and counts the weekly series: some seconds for a million articles."""
    con.execute(_BY_TERM)
    _lay_down(con, "weekly_series")


def _lay_down(con: duckdb.DuckDBPyConnection, view: str) -> None:
    """Puts the rows of the view into a table of the same name in the schema `store`, and has the view read that."""
    comments = con.execute(_COMMENTS, {"view": view}).fetchall()
    con.execute(f"CREATE OR REPLACE TABLE store.{view} AS FROM main.{view}")
    con.execute(f"CREATE OR REPLACE VIEW main.{view} AS FROM store.{view}")
    for subject, comment in comments:
        quoted = comment.replace("'", "''")  # COMMENT takes no parameter
        con.execute(f"COMMENT ON {subject} IS '{quoted}'")
