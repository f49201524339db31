"""What runs in a query's own process: one SELECT on a read-only file, walled in, its rows to standard output as Arrow.

DuckDB's own limits do not hold everything: `repeat('x', 4000000000)` took 7.7 GB under a limit of 500 MB and heeded an
interrupt after 70 s, and `enable_logging` made it abort. So the process has limits too, and who started it may kill it.
"""

from __future__ import annotations

import json
import os
import resource
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

import duckdb
import pyarrow as pa

from warehouse.errors import WarehouseError
from warehouse.snapshot.api import open_to_read

BATCH_ROWS = 10_000
OVERHEAD_BYTES = 1_000_000_000  # what Python, DuckDB and Arrow map before the first row, threads' stacks included
WALLS = {
    "enable_external_access": "false",
    "autoload_known_extensions": "false",
    "autoinstall_known_extensions": "false",
    "allow_community_extensions": "false",
    "allow_persistent_secrets": "false",
    "python_enable_replacements": "false",
    "temp_directory": "",
    "lock_configuration": "true",
}
NEXT_STEPS = {
    duckdb.ParserException: "Mend what stands at the mark.",
    duckdb.CatalogException: "`watchfloor schema` lists the views, columns and macros.",
    duckdb.BinderException: "`watchfloor schema` lists the views, columns and macros.",
    duckdb.PermissionException: "A query here reads the snapshot and nothing else. To join files of your own, open the "
    "snapshot from Python.",
    duckdb.OutOfMemoryException: "Ask for fewer rows or columns, or raise --memory-mb.",
}


def serve() -> None:
    """Answers the one task on standard input; ends with code 1 and the trouble as JSON on standard error if it cannot."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # who stops the command stops us
    task = json.load(sys.stdin)
    # DuckDB prints its progress and its log to standard output, where they would fall among the rows.
    with os.fdopen(os.dup(1), "wb") as rows_to, Path(os.devnull).open("wb") as nowhere:
        os.dup2(nowhere.fileno(), 1)
        _try(task, rows_to)


def _try(task: dict[str, Any], rows_to: BinaryIO) -> None:
    try:
        _confine(task["memory_mb"])
        _answer(task, rows_to)
    except (duckdb.Error, WarehouseError, MemoryError) as error:
        json.dump(_trouble(error), sys.stderr)
        raise SystemExit(1) from error


def only_select(con: duckdb.DuckDBPyConnection, sql: str) -> str:
    """The one SELECT (or FROM, VALUES, DESCRIBE, SHOW, SUMMARIZE) in `sql`; WarehouseError if it is anything else."""
    statements = con.extract_statements(sql)
    kinds = [statement.type.name for statement in statements]
    if not kinds:
        raise WarehouseError("query", "there is nothing in it. Write one SELECT.")
    if kinds == ["CREATE", "SELECT"] and "pivot" in sql.lower():
        raise WarehouseError("query", "PIVOT needs its columns named here: PIVOT ... ON column IN ('one', 'two').")
    if kinds == ["EXPLAIN"]:
        raise WarehouseError("query", "leave EXPLAIN out and give --explain.")
    if kinds != ["SELECT"]:
        raise WarehouseError("query", f"{' and '.join(kinds)} is not allowed here: it must be one SELECT, no more.")
    return str(statements[0].query)


def _confine(memory_mb: int) -> None:
    """No file can be written, and memory beyond DuckDB's own limit ends the process, not the machine."""
    bytes_ = memory_mb * 1_000_000 + OVERHEAD_BYTES
    resource.setrlimit(resource.RLIMIT_DATA, (bytes_, bytes_))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _answer(task: dict[str, Any], rows_to: BinaryIO) -> None:
    try:
        with _selected(task) as rows, pa.ipc.new_stream(rows_to, rows.schema) as stream:
            for batch in rows:
                stream.write_batch(batch)
    except OSError as error:
        if "INTERRUPT" in str(
            error
        ):  # with several threads, one that fails may tell the reader only that it stopped them
            with _selected(task, threads="1") as again:
                for _batch in again:
                    pass
        raise


@contextmanager
def _selected(task: dict[str, Any], **more: str) -> Iterator[pa.RecordBatchReader]:
    walls = WALLS | {"memory_limit": f"{task['memory_mb']}MB"} | more
    with open_to_read(Path(task["file"]), walls) as con:
        select = only_select(con, task["sql"])
        yield con.execute(f"EXPLAIN {select}" if task["explain"] else select).to_arrow_reader(BATCH_ROWS)


def _trouble(error: Exception) -> dict[str, str]:
    if isinstance(error, WarehouseError):
        return {"subject": error.subject, "message": str(error).removeprefix(f"{error.subject}: ")}
    if isinstance(error, MemoryError):
        return {"subject": "query", "message": f"out of memory. {NEXT_STEPS[duckdb.OutOfMemoryException]}"}
    said = str(error)
    if isinstance(error, duckdb.OutOfMemoryException):
        said = said.split("\n", 1)[0]  # the rest advises SET, which is locked
    next_step = next((step for kind, step in NEXT_STEPS.items() if isinstance(error, kind)), "")
    return {"subject": "query", "message": f"{said}\n{next_step}".strip()}
