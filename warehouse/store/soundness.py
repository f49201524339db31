"""Reads all of a DuckDB file: its blocks have checksums, which are looked at only when a block is read."""

from __future__ import annotations

import time
from pathlib import Path

import duckdb

from warehouse.errors import WarehouseError
from warehouse.store.db import RETRY_PAUSE_S, open_read_only

_TABLES = """
SELECT format('"{}"."{}"', t.schema_name, t.table_name), any_value(c.constraint_column_names[1])
FROM duckdb_tables() AS t
LEFT JOIN duckdb_constraints() AS c
    ON c.table_oid = t.table_oid AND c.constraint_type = 'PRIMARY KEY' AND len(c.constraint_column_names) = 1
WHERE NOT t.temporary
GROUP BY ALL ORDER BY ALL
"""
_ROWS = "SELECT bit_xor(hash(rows)) FROM {table} AS rows"
# A scan of the whole index, for rows are read without it. DuckDB has none of an index of several columns: a
# damaged one stops the job that writes the table, and nothing else.
_INDEX = "SELECT count(*) FROM {table} WHERE {key} >= $least"
_INDEX_SCANS = {
    "index_scan_percentage": "1.0",
    "index_scan_max_count": str(2**31),
    "disabled_optimizers": "statistics_propagation",  # which knows that all rows qualify, without the index
}
# A job waits a second for a reader, so the file is let go more often than that.
_HELD_S = 0.3


def read_all(path: Path) -> None:
    """Reads every row and every index of one column. Raises WarehouseError if a part cannot be read.

    A job may write the file meanwhile: then it raises WarehouseBusyError.
    """
    left: list[tuple[str, str | None]] | None = None
    while left is None or left:
        with open_read_only(path, _INDEX_SCANS, any_schema=True) as con:
            until = time.monotonic() + _HELD_S
            if left is None:
                left = con.execute(_TABLES).fetchall()
            while left and time.monotonic() < until:
                table, key = left.pop()
                _read(con, path, table, key)
        if left:
            time.sleep(2 * RETRY_PAUSE_S)


def _read(con: duckdb.DuckDBPyConnection, path: Path, table: str, key: str | None) -> None:
    try:
        con.execute(_ROWS.format(table=table)).fetchall()
        if key is not None:
            least = con.execute(f"SELECT min({key}) FROM {table}").fetchall()[0][0]
            con.execute(_INDEX.format(table=table, key=key), {"least": least}).fetchall()
    except duckdb.Error as error:
        message = str(error).split("\n", 1)[0]
        raise WarehouseError(str(path), f"is damaged: {table} cannot be read ({message})") from error
