"""Opens the one DuckDB file, locked against a second writer, migrated to this version. All times inside are naive UTC."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType
from typing import Any, overload

import duckdb
import pyarrow as pa

from warehouse.errors import WarehouseBusyError, WarehouseError
from warehouse.store.file_copies import copy_open_file
from warehouse.store.migrate import migrate
from warehouse.store.writer_lock import read_writer_lock

# Of all that writes. A process that indexes a million articles needs some 600 MB beside it; Parquet of them is written as quickly.
MEMORY_LIMIT = "2200MB"
# A reader of ours (`status`, say) holds the file for some 50 ms; a flow must not fail for that.
READERS_PAUSE_S, READERS_S = 0.05, 1.0


@contextmanager
def open_warehouse(path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A read-write connection to the warehouse at `path`, made if missing; WarehouseBusyError if another process has it.

    Whatever DuckDB raises while it is open ends as a WarehouseError that names the file and the next step.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise WarehouseError(str(path.parent), f"cannot be made: {error.strerror}.") from error
    # alp compresses vectors worse than none: files come out 1.25 to 1.57 times larger with it.
    settings = {
        "storage_compatibility_version": "v1.5.0",
        "disabled_compression_methods": "alp,alprd",
        "autoinstall_known_extensions": "false",
        "memory_limit": MEMORY_LIMIT,
        "preserve_insertion_order": "false",
    }
    con = _connect_when_free(path, settings)
    try:
        migrate(con, str(path), lambda version: _keep_copy(con, path, version))
        yield con
    except duckdb.Error as error:
        raise WarehouseError(str(path), _what_next(error)) from error
    except BaseException:
        con.interrupt()  # a query stopped by a signal would else hold up the closing until it is done
        raise
    finally:
        con.close()


@contextmanager
def open_read_only(
    path: Path, settings: Mapping[str, str] = MappingProxyType({})
) -> Iterator[duckdb.DuckDBPyConnection]:
    """A read-only connection to a warehouse or snapshot file, under DuckDB's `settings`."""
    with _connected(path, read_only=True, settings=settings) as con:
        yield con


@contextmanager
def open_copy(path: Path, settings: Mapping[str, str] = MappingProxyType({})) -> Iterator[duckdb.DuckDBPyConnection]:
    """A read-write connection to a copy of a warehouse that nobody else knows of: as it is, whatever its version."""
    with _connected(path, read_only=False, settings=settings) as con:
        yield con


@contextmanager
def look_at(path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """Like `open_read_only`, but whatever DuckDB raises ends as a WarehouseError, as with `open_warehouse`."""
    with open_read_only(path) as con:
        try:
            yield con
        except duckdb.Error as error:
            raise WarehouseError(str(path), _what_next(error)) from error


@contextmanager
def transaction(con: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """All or nothing: what happens inside is committed together, or rolled back if anything is raised."""
    con.begin()
    try:
        yield
    except BaseException:
        con.rollback()
        raise
    con.commit()


def rows_table(rows: Sequence[dict[str, Any]], schema: pa.Schema) -> pa.Table:
    """The rows as an Arrow table, which DuckDB reads a hundred times faster than parameters row by row."""
    return pa.Table.from_pylist(list(rows), schema=schema)


def to_db(moment: datetime | None) -> datetime | None:
    """An aware moment as the naive UTC the tables store."""
    return moment.astimezone(UTC).replace(tzinfo=None) if moment else None


@overload
def from_db(moment: datetime) -> datetime: ...
@overload
def from_db(moment: None) -> None: ...
def from_db(moment: datetime | None) -> datetime | None:
    """A stored moment as aware UTC."""
    return moment.replace(tzinfo=UTC) if moment else None


def _keep_copy(con: duckdb.DuckDBPyConnection, path: Path, version: int) -> None:
    """Leaves the file as it is beside itself, in the place of an earlier such copy: a migration has no way back but this."""
    copy = path.with_name(f"{path.stem}.schema-{version}{path.suffix}")
    if not copy.exists():
        fresh = copy.with_name(f".{copy.name}.fresh")
        copy_open_file(con, path, fresh)
        fresh.replace(copy)
    for old in path.parent.glob(f"{path.stem}.schema-*{path.suffix}"):
        if old != copy:
            old.unlink()


@contextmanager
def _connected(path: Path, *, read_only: bool, settings: Mapping[str, str]) -> Iterator[duckdb.DuckDBPyConnection]:
    con = _connect(path, read_only=read_only, settings={"autoinstall_known_extensions": "false", **settings})
    try:
        yield con
    finally:
        con.close()


def _connect_when_free(path: Path, settings: dict[str, Any]) -> duckdb.DuckDBPyConnection:
    until = time.monotonic() + READERS_S
    while True:
        try:
            return _connect(path, read_only=False, settings=settings)
        except WarehouseBusyError:
            if time.monotonic() >= until:
                raise
            time.sleep(READERS_PAUSE_S)


def _connect(path: Path, *, read_only: bool, settings: dict[str, Any]) -> duckdb.DuckDBPyConnection:
    try:
        return duckdb.connect(path, read_only=read_only, config=settings)
    except duckdb.IOException as error:
        # Not just "lock": other messages name the path, and blocks.
        if "could not set lock" in str(error).lower():
            holder = read_writer_lock(path.parent)
            who = (
                f"another process has it open ({holder.flow} of {holder.run_key})"
                if holder
                else "another process has it open"
            )
            raise WarehouseBusyError(str(path), f"{who}. Wait for it to end and run the command again.") from error
        raise WarehouseError(str(path), f"cannot be opened: {_first_line(error)}") from error
    except duckdb.Error as error:
        raise WarehouseError(str(path), f"is no DuckDB file of a version we read: {_first_line(error)}") from error


def _what_next(error: duckdb.Error) -> str:
    """What DuckDB says and what to do; whatever was being written is rolled back, what was committed before stands."""
    said = _first_line(error)
    if "No space left on device" in said:
        return f"the disk is full ({said}). Make room and run the command again; what was committed is kept."
    return f"DuckDB failed: {said}. What was committed is kept; `watchfloor doctor` looks at the file."


def _first_line(error: Exception) -> str:
    return str(error).splitlines()[0]
