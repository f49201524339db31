"""Opens the DuckDB file: one writer, which upgrades the schema, and readers. Times are naive UTC."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType
from typing import Any, overload

import duckdb
import pyarrow as pa

from warehouse.errors import WarehouseBusyError, WarehouseError
from warehouse.store.atomic_files import PRIVATE_FILE, copy_open_file, private_folder, replacing, sync
from warehouse.store.locks import read_holder
from warehouse.store.migrate import migrate, newest_version, read_schema
from warehouse.store.paths import LIVE_NAME

# For every writer. Indexing a million articles takes some 600 MB beside it; Parquet
# of them is written as quickly.
MEMORY_LIMIT = "2200MB"
# A reader such as `status` holds the file for some 50 ms; a flow must not fail for that.
RETRY_PAUSE_S, RETRY_S = 0.05, 1.0
UNKNOWN_NAME = (duckdb.CatalogException, duckdb.BinderException)  # perhaps the file is of another release
_CHECK = "`watchfloor doctor` reads the file and names the next step."
log = logging.getLogger("watchfloor")  # an upgrade happens in whichever command opens the file first


@contextmanager
def open_warehouse(path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """Opens the warehouse for writing, creates it if missing and upgrades its schema, which it logs.

    Raises WarehouseBusyError if another process has it open. DuckDB's errors become WarehouseError.
    """
    try:
        private_folder(path.parent)
    except OSError as error:
        raise WarehouseError(str(path.parent), f"cannot be created: {error.strerror}.") from error
    # alp compresses vectors worse than none: files come out 1.25 to 1.57 times larger with it.
    settings = {
        "storage_compatibility_version": "v1.5.0",
        "disabled_compression_methods": "alp,alprd",
        "autoinstall_known_extensions": "false",
        "memory_limit": MEMORY_LIMIT,
        "preserve_insertion_order": "false",
    }
    is_new = not path.exists()
    if not is_new and path.stat().st_size == 0:  # DuckDB would begin a new file in its place
        raise WarehouseError(
            str(path),
            "is empty. `watchfloor restore DIR` brings a backup back; without one, remove the file.",
        )
    con = _connect_when_free(path, settings)
    if is_new:
        path.chmod(PRIVATE_FILE)
    with _named_errors(con, path):
        _upgrade(con, path)
        yield con


def upgrade_warehouse(path: Path) -> None:
    """Upgrades the warehouse if its schema is older. Raises WarehouseError."""
    with open_read_only(path, any_schema=True) as con:
        is_older = read_schema(con, str(path)).version < newest_version()
    if is_older:
        with open_warehouse(path):
            pass


@contextmanager
def open_read_only(
    path: Path, settings: Mapping[str, str] = MappingProxyType({}), *, any_schema: bool = False
) -> Iterator[duckdb.DuckDBPyConnection]:
    """Opens a warehouse or snapshot for reading, with DuckDB `settings`.

    Raises WarehouseError if it must be upgraded first. A snapshot has its own views, so with `any_schema` it
    is read whatever its schema, and that is told only if a query fails.
    """
    con = _connect(path, read_only=True, settings={"autoinstall_known_extensions": "false", **settings})
    with _named_errors(con, path):
        if not any_schema:
            refuse_older(con, path)
        try:
            yield con
        except UNKNOWN_NAME:
            refuse_older(con, path)
            raise


def refuse_older(con: duckdb.DuckDBPyConnection, path: Path) -> None:
    """Raises WarehouseError if the open file has an older schema than this release."""
    version, known = read_schema(con, str(path)).version, newest_version()
    if version < known:
        by = "`watchfloor run` or `watchfloor enrich` upgrades it, and keeps a copy of the older file."
        if path.name != LIVE_NAME:
            by = "`watchfloor publish` makes a new snapshot; the release that wrote this one can read it."
        raise WarehouseError(str(path), f"has schema {version}, this release has {known}. {by}")


@contextmanager
def open_for_reading(warehouse: Path, snapshot: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """Opens the warehouse for reading, or its snapshot while another process writes the warehouse.

    Raises WarehouseError if there is no warehouse yet.
    """
    if not warehouse.exists():
        raise WarehouseError(str(warehouse), "is not there yet. `watchfloor ingest` creates it.")
    with ExitStack() as stack:
        try:
            con = stack.enter_context(open_read_only(warehouse))
        except WarehouseBusyError:
            if not snapshot.exists():
                raise
            con = stack.enter_context(open_read_only(snapshot))
        yield con


@contextmanager
def transaction(con: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """Commits what happens inside, or rolls all of it back if anything is raised."""
    con.begin()
    try:
        yield
    except BaseException:
        con.rollback()
        raise
    con.commit()


def rows_table(rows: Sequence[dict[str, Any]], schema: pa.Schema) -> pa.Table:
    """Returns the rows as an Arrow table, which DuckDB reads a hundred times faster than parameters."""
    return pa.Table.from_pylist(list(rows), schema=schema)


def to_db(moment: datetime | None) -> datetime | None:
    """Returns an aware time as the naive UTC of the tables."""
    return moment.astimezone(UTC).replace(tzinfo=None) if moment else None


@overload
def from_db(moment: datetime) -> datetime: ...
@overload
def from_db(moment: None) -> None: ...
def from_db(moment: datetime | None) -> datetime | None:
    """Returns a stored time as aware UTC."""
    return moment.replace(tzinfo=UTC) if moment else None


@contextmanager
def _named_errors(con: duckdb.DuckDBPyConnection, path: Path) -> Iterator[None]:
    try:
        yield
    except duckdb.Error as error:
        raise WarehouseError(str(path), _what_next(error)) from error
    except BaseException:
        con.interrupt()  # otherwise closing waits for a query that a signal stopped
        raise
    finally:
        con.close()


def _upgrade(con: duckdb.DuckDBPyConnection, path: Path) -> None:
    """Brings the file to the newest schema, and keeps one copy of a file of an older release beside it."""

    def copy_of(version: int) -> Path:
        return path.with_name(f"{path.stem}.schema-{version}{path.suffix}")

    def keep_copy(version: int) -> None:
        log.warning("%s has schema %d: copying it to %s, then upgrading it", path, version, copy_of(version))
        with replacing(copy_of(version)) as fresh:
            fresh.touch(PRIVATE_FILE)
            copy_open_file(con, path, fresh, "The warehouse is unchanged.")
            sync(fresh)  # the upgrade must not reach the disk before it

    before = migrate(con, str(path), keep_copy)
    if before is not None:
        for old in path.parent.glob(f"{path.stem}.schema-*{path.suffix}"):
            if old != copy_of(before):
                old.unlink()
        message = "warehouse of schema %d upgraded to schema %d, copy of the older file at %s"
        log.warning(message, before, newest_version(), copy_of(before))


def _connect_when_free(path: Path, settings: dict[str, Any]) -> duckdb.DuckDBPyConnection:
    until = time.monotonic() + RETRY_S
    while True:
        try:
            return _connect(path, read_only=False, settings=settings)
        except WarehouseBusyError:
            if time.monotonic() >= until:
                raise
            time.sleep(RETRY_PAUSE_S)


def _connect(path: Path, *, read_only: bool, settings: dict[str, Any]) -> duckdb.DuckDBPyConnection:
    if path.exists() and not path.is_file():  # a pipe would be waited for
        raise WarehouseError(str(path), "is not a regular file.")
    try:
        return duckdb.connect(path, read_only=read_only, config=settings)
    except duckdb.IOException as error:
        # Not just "lock": other messages have the path or the word block.
        if "could not set lock" in str(error).lower():
            holder = read_holder(path.parent)
            who = f" ({holder.flow} of {holder.run_key})" if holder else ""
            raise WarehouseBusyError(
                str(path), f"another process has it open{who}. Wait for it to end and run the command again."
            ) from error
        raise WarehouseError(str(path), f"cannot be opened: {_first_line(error)}. {_CHECK}") from error
    except duckdb.Error as error:
        raise WarehouseError(
            str(path), f"is not a DuckDB file of a supported version: {_first_line(error)}. {_CHECK}"
        ) from error


def _what_next(error: duckdb.Error) -> str:
    """Returns DuckDB's message and the next step. Open transactions are rolled back by now."""
    message = _first_line(error)
    if "No space left on device" in message:
        return (
            f"the disk is full ({message}). Make room and run the command again; what was committed is kept."
        )
    return f"DuckDB failed: {message}. What was committed is kept. {_CHECK}"


def _first_line(error: Exception) -> str:
    return str(error).splitlines()[0]
