"""The snapshot for Python: a read-only connection, and its answers as Arrow, pandas or polars."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from importlib.util import find_spec
from pathlib import Path
from types import MappingProxyType
from typing import Any, Self

import duckdb
import pyarrow as pa

from warehouse.db import open_read_only
from warehouse.errors import WarehouseBusyError, WarehouseError
from warehouse.files import to_read
from warehouse.manifest import Manifest, read_manifest


def open_snapshot(path: str | Path) -> Snapshot:
    """The snapshot at `path`, open until it is closed or its `with` block ends; publishing never disturbs it.

    WarehouseError if nothing is there, or if it is the live file, which flows write.
    """
    return Snapshot(Path(path).expanduser())


class Snapshot:
    """An open snapshot. `con` is DuckDB's own connection; `$name` in a query takes its value from a keyword."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._open = ExitStack()
        self.con: duckdb.DuckDBPyConnection = self._open.enter_context(open_to_read(path))

    def arrow(self, sql: str, **values: object) -> pa.Table:
        """The answer as an Arrow table."""
        return self.con.execute(sql, values).to_arrow_table()

    def pandas(self, sql: str, **values: object) -> Any:
        """The answer as a pandas DataFrame; WarehouseError if pandas is not installed."""
        _need("pandas")
        return self.con.execute(sql, values).df()

    def polars(self, sql: str, **values: object) -> Any:
        """The answer as a polars DataFrame; WarehouseError if polars is not installed."""
        _need("polars")
        return self.con.execute(sql, values).pl()

    def manifest(self) -> Manifest:
        """What it was made from and its checksums; WarehouseError if the file was copied away from its manifest."""
        try:
            return read_manifest(self.path.resolve().parent)
        except FileNotFoundError as error:
            raise WarehouseError(str(self.path), "has no manifest.json beside it. Copy the whole folder.") from error

    def close(self) -> None:
        """Closes the connection."""
        self._open.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


@contextmanager
def open_to_read(path: Path, settings: Mapping[str, str] = MappingProxyType({})) -> Iterator[duckdb.DuckDBPyConnection]:
    """A read-only connection for a researcher; WarehouseError if nothing is there or flows write it."""
    try:
        with open_read_only(to_read(path), settings) as con:
            yield con
    except WarehouseBusyError as error:
        raise WarehouseError(
            str(path),
            "is being written by a flow, so it is no snapshot. Open the snapshot.duckdb that `publish` makes.",
        ) from error


def _need(package: str) -> None:
    if find_spec(package) is None:
        raise WarehouseError(package, f"is not installed. Run `pip install {package}`, or ask for .arrow(...).")
