"""Publishes the warehouse: a dated folder with a read-only copy, its views as Parquet and a manifest.

HOME/snapshots/20260817T060000Z/   snapshot.duckdb  manifest.json  parquet/VIEW/iso_week=2026-W33/...
HOME/snapshots/latest              -> 20260817T060000Z, replaced last
HOME/snapshot.duckdb               -> snapshots/latest/snapshot.duckdb, the name that researchers open
"""

from __future__ import annotations

import shutil
from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from pathlib import Path

import duckdb

from warehouse.errors import WarehouseError
from warehouse.snapshot.manifest import FOLDER_NAME, Manifest, describe, new_name, write_manifest
from warehouse.snapshot.parquet import write_views
from warehouse.store.atomic_files import (
    cannot_write,
    copy_open_file,
    point,
    private_folder,
    remove,
    sync_folder,
)
from warehouse.store.db import MEMORY_LIMIT, open_read_only, open_warehouse
from warehouse.store.locks import exclusive_lock

SNAPSHOTS = "snapshots"
LATEST = "latest"
_AFTER_FAILURE = "The last snapshot is unchanged."


def publish_snapshot(warehouse: Path, snapshot: Path, now: datetime, keep_days: int) -> Manifest:
    """Publishes under the name `snapshot` and deletes old snapshots; open ones stay readable.

    The warehouse is open only while it is copied. Raises WarehouseBusyError if a flow
    writes it or another run publishes.
    """
    folder = snapshot.parent / SNAPSHOTS
    fresh, spill = folder / ".fresh", folder / ".spill"
    private_folder(snapshot.parent)
    folder.mkdir(exist_ok=True)
    with exclusive_lock(folder / ".lock", str(folder)):
        try:
            remove(fresh)
            fresh.mkdir()
            copy = fresh / snapshot.name
            with open_warehouse(warehouse) as con:
                copy_open_file(con, warehouse, copy, _AFTER_FAILURE)
            name = new_name(now, _names(folder))
            manifest = _complete(fresh, copy, name, now, spill)
            sync_folder(fresh)
            previous = _pointed(folder)
            fresh.rename(folder / name)
            # Whoever opened the last snapshot for writing may have left a log, which
            # DuckDB would replay into this one.
            snapshot.with_name(f"{snapshot.name}.wal").unlink(missing_ok=True)
            point(folder / LATEST, name)
            point(snapshot, f"{SNAPSHOTS}/{LATEST}/{snapshot.name}")
        finally:
            remove(fresh)
            remove(spill)
        for old in to_drop(_names(folder), now, keep_days, held={name, previous}):
            shutil.rmtree(folder / old)
    return manifest


def to_drop(names: Iterable[str], now: datetime, keep_days: int, *, held: Collection[str]) -> list[str]:
    """Returns the snapshots to delete: all but `held` and the last of each of the past `keep_days` days.

    Names of another form are left alone.
    """
    oldest = f"{now - timedelta(days=keep_days):%Y%m%d}"
    last_of_day: dict[str, tuple[str, int]] = {}
    known = []
    for name in names:
        if found := FOLDER_NAME.fullmatch(name):
            known.append(name)
            day, rank = found[1], (name.split("-")[0], int(found[2] or 1))
            last_of_day[day] = max(last_of_day.get(day, rank), rank)
    kept = {
        stamp if number == 1 else f"{stamp}-{number}"
        for day, (stamp, number) in last_of_day.items()
        if keep_days and day > oldest
    }
    return sorted(name for name in known if name not in kept and name not in held)


def _complete(fresh: Path, copy: Path, name: str, now: datetime, spill: Path) -> Manifest:
    """Prepares the copy for readers, checks it by writing all of it as Parquet, and describes the folder."""
    try:
        with open_warehouse(copy) as con:
            prepare(con)
        copy.chmod(0o444)
        with open_read_only(copy, {"memory_limit": MEMORY_LIMIT, "temp_directory": str(spill)}) as con:
            manifest = describe(con, name, now, write_views(con, fresh / "parquet"), fresh)
        write_manifest(manifest, fresh)
    except WarehouseError as error:
        raise WarehouseError(str(copy), f"is not a sound copy: {error} {_AFTER_FAILURE}") from error
    except OSError as error:
        raise cannot_write(copy, str(error), _AFTER_FAILURE) from error
    return manifest


def _names(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir() if path.is_dir() and not path.is_symlink()]


def _pointed(folder: Path) -> str:
    latest = folder / LATEST
    return str(latest.readlink()) if latest.is_symlink() else ""


_COMMENTS = """
SELECT 'VIEW ' || view_name, comment FROM duckdb_views() WHERE schema_name = 'main' AND view_name = $view
UNION ALL
SELECT format('COLUMN {}.{}', table_name, column_name), comment FROM duckdb_columns()
WHERE schema_name = 'main' AND table_name = $view
"""


# What earlier releases recorded; the address of a feed that is still watched is masked by its next fetch.
_FORGET_HOSTS = "UPDATE store.runs SET host = '', pid = 0 WHERE host <> ''"


def prepare(con: duckdb.DuckDBPyConnection) -> None:
    """Materialises the weekly series: some seconds for a million articles."""
    con.execute(_FORGET_HOSTS)
    _materialise(con, "weekly_series")


def _materialise(con: duckdb.DuckDBPyConnection, view: str) -> None:
    """Stores the rows of the view in a table of its name in the schema `store`, which the view then reads."""
    comments = con.execute(_COMMENTS, {"view": view}).fetchall()
    con.execute(f"CREATE OR REPLACE TABLE store.{view} AS FROM main.{view}")
    con.execute(f"CREATE OR REPLACE VIEW main.{view} AS FROM store.{view}")
    for subject, comment in comments:
        quoted = comment.replace("'", "''")  # COMMENT takes no parameter
        con.execute(f"COMMENT ON {subject} IS '{quoted}'")
