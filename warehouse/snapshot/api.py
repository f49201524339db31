"""The snapshot from Python: a read-only connection, results as Arrow, pandas or polars, and search."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import ExitStack
from functools import cached_property
from importlib.util import find_spec
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Self

import duckdb
import pyarrow as pa

from warehouse.errors import WarehouseBusyError, WarehouseError
from warehouse.snapshot.manifest import Manifest, read_manifest
from warehouse.store.db import UNKNOWN_NAME, open_read_only, refuse_older
from warehouse.store.paths import snapshot_file

if TYPE_CHECKING:
    from warehouse.embed.encoder import Embedder
    from warehouse.search.query_syntax import Filter
    from warehouse.search.searcher import Found, Searcher


def open_snapshot(
    path: str | Path, embedder: Embedder | None = None, settings: Mapping[str, str] = MappingProxyType({})
) -> Snapshot:
    """Opens the snapshot at `path` until it is closed or its `with` block ends. Publishing may go on.

    `embedder` is for searches in snapshots whose vectors are not of the default model; `settings` are
    DuckDB's. Raises WarehouseError if there is no such file, or if it is the warehouse that flows write.
    """
    return Snapshot(Path(path).expanduser(), embedder, settings)


class Snapshot:
    """An open snapshot. `con` is DuckDB's connection; keywords set the parameters `$name` of a query."""

    def __init__(
        self, path: Path, embedder: Embedder | None = None, settings: Mapping[str, str] = MappingProxyType({})
    ) -> None:
        self.path = path
        self._embedder = embedder
        self._open = ExitStack()
        try:
            self.con: duckdb.DuckDBPyConnection = self._open.enter_context(
                open_read_only(snapshot_file(path), settings, any_schema=True)
            )
        except WarehouseBusyError as error:
            raise WarehouseError(
                str(path),
                "is being written by a flow, so it is not a snapshot. Open the snapshot.duckdb that "
                "`publish` creates.",
            ) from error

    def arrow(self, sql: str, **values: object) -> pa.Table:
        """Returns the result as an Arrow table."""
        return self.con.execute(sql, values).to_arrow_table()

    def pandas(self, sql: str, **values: object) -> Any:
        """Returns the result as a pandas DataFrame; raises WarehouseError if pandas is not installed."""
        _need("pandas")
        return self.con.execute(sql, values).df()

    def polars(self, sql: str, **values: object) -> Any:
        """Returns the result as a polars DataFrame; raises WarehouseError if polars is not installed."""
        _need("polars")
        return self.con.execute(sql, values).pl()

    def search(
        self, typed: str, mode: str = "hybrid", limit: int = 10, filters: Iterable[Filter] = ()
    ) -> Found:
        """Returns the best hits for a query, as typed; `mode` is hybrid, keyword or semantic."""
        from warehouse.search.searcher import Mode

        return self._searcher.search(typed, Mode(mode), limit, filters)

    @cached_property
    def _searcher(self) -> Searcher:
        from warehouse.embed.encoder import load_embedder
        from warehouse.search.searcher import Searcher

        given = self._embedder
        return Searcher(self.con, lambda: given or load_embedder())

    def manifest(self) -> Manifest:
        """Returns its manifest; raises WarehouseError if the file was copied away from it."""
        try:
            return read_manifest(self.path.resolve().parent)
        except FileNotFoundError as error:
            raise WarehouseError(
                str(self.path), "has no manifest.json beside it. Copy the whole folder."
            ) from error

    def close(self) -> None:
        """Closes the connection."""
        self._open.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        try:
            if isinstance(error, UNKNOWN_NAME):
                refuse_older(self.con, self.path)
        finally:
            self.close()


def _need(package: str) -> None:
    if find_spec(package) is None:
        raise WarehouseError(
            package, f"is not installed. Run `pip install {package}`, or ask for .arrow(...)."
        )
