"""Runs one SELECT on the snapshot in a sandboxed process with limits, and streams its rows as Arrow.

DuckDB's own limits do not hold for everything: `repeat('x', 4000000000)` took 7.7 GB under a memory limit of
500 MB and reacted to an interrupt after 70 s, and `enable_logging` aborted the process. Hence the process,
its resource limits, and a parent that kills it.
"""

from __future__ import annotations

import json
import os
import resource
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Event, Timer
from typing import Any, BinaryIO

import duckdb
import pyarrow as pa

from warehouse.errors import WarehouseError
from warehouse.snapshot.api import open_snapshot
from warehouse.store.paths import snapshot_file

BATCH_ROWS = 10_000
OVERHEAD_BYTES = (
    1_000_000_000  # what Python, DuckDB and Arrow map before the first row, stacks of threads included
)
# Without external access DuckDB also loads no extension, keeps no secret and looks for no Python variable.
SANDBOX = {"enable_external_access": "false", "lock_configuration": "true", "temp_directory": ""}
_NAMES = "`watchfloor schema` lists the views, columns and macros."
_NEXT_STEPS = {
    duckdb.ParserException: "Correct the query at the mark.",
    duckdb.CatalogException: _NAMES,
    duckdb.BinderException: _NAMES,
    duckdb.PermissionException: "A query here reads the snapshot and nothing else. To join files of your "
    "own, open the snapshot from Python.",
    duckdb.OutOfMemoryException: "Ask for fewer rows or columns, or raise --memory-mb.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Limits of a query: seconds from its start until its last row is read, and megabytes."""

    timeout_s: float = 60.0
    memory_mb: int = 2_000


class QueryError(WarehouseError):
    """A query that is not allowed, is wrong, or exceeds its limits; the message says which and what to do."""


class Answer:
    """The rows of a query, batch by batch, to be read once. Reading raises QueryError if the query fails."""

    def __init__(self, child: subprocess.Popen[bytes], limits: Limits, expired: Event) -> None:
        self._child, self._limits, self._expired = child, limits, expired
        try:
            self._stream = pa.ipc.open_stream(child.stdout)
        except (pa.ArrowInvalid, OSError) as error:
            raise self._failure() from error
        self.schema: pa.Schema = self._stream.schema

    def __iter__(self) -> Iterator[pa.RecordBatch]:
        try:
            yield from self._stream
        except (pa.ArrowInvalid, OSError) as error:
            raise self._failure() from error
        if self._child.wait():  # a stream cut off between two batches reads like one that ends
            raise self._failure()

    def _failure(self) -> QueryError:
        code = self._child.wait()
        if self._expired.is_set():
            message = (
                f"stopped after {self._limits.timeout_s:g} s. Narrow it, for example by dates, or raise "
                "--timeout."
            )
            return QueryError("query", message)
        stderr = self._child.stderr.read().decode(errors="replace") if self._child.stderr else ""
        try:
            return QueryError(*json.loads(stderr))
        except ValueError:
            reason = stderr.strip().rsplit("\n", 1)[-1] or "no message"
            return QueryError(
                "query",
                f"its process ended with code {code}: {reason}. It needed what the sandbox denies, or more "
                f"than {self._limits.memory_mb} MB (--memory-mb).",
            )


@contextmanager
def run_query(
    file: Path, sql: str, limits: Limits | None = None, *, explain: bool = False
) -> Iterator[Answer]:
    """Yields the result of the one SELECT in `sql`, or its plan with `explain`. The block ends the query.

    Raises QueryError if it is not a single SELECT, is wrong or exceeds its limits, and
    WarehouseError if `file` is no snapshot.
    """
    limits = limits or Limits()
    task = {"file": str(snapshot_file(file)), "sql": sql, "memory_mb": limits.memory_mb, "explain": explain}
    begin = f"import sys; sys.path[:] = {sys.path!r}; from warehouse.snapshot.sql import serve; serve()"
    pipe = subprocess.PIPE
    with subprocess.Popen([sys.executable, "-c", begin], stdin=pipe, stdout=pipe, stderr=pipe) as child:  # noqa: S603 - our own text
        expired = Event()

        def expire() -> None:
            expired.set()
            child.kill()

        timer = Timer(limits.timeout_s, expire)
        timer.start()
        try:
            with suppress(BrokenPipeError):  # the child died at once; Answer says why
                _send(task, child)
            yield Answer(child, limits, expired)
        finally:
            timer.cancel()
            child.kill()


def only_select(con: duckdb.DuckDBPyConnection, sql: str) -> str:
    """Returns the one SELECT (FROM, VALUES, DESCRIBE, SHOW, SUMMARIZE) in `sql`. Raises QueryError."""
    statements = con.extract_statements(sql)
    kinds = [statement.type.name for statement in statements]
    if not kinds:
        raise QueryError("query", "is empty. Write one SELECT.")
    if kinds == ["CREATE", "SELECT"] and "pivot" in sql.lower():
        raise QueryError(
            "query", "PIVOT needs its columns named here: PIVOT ... ON column IN ('one', 'two')."
        )
    if kinds == ["EXPLAIN"]:
        raise QueryError("query", "has EXPLAIN. Leave it out and give --explain.")
    if kinds != ["SELECT"]:
        raise QueryError(
            "query", f"{' and '.join(kinds)} is not allowed here: it must be exactly one SELECT."
        )
    return str(statements[0].query)


def serve() -> None:
    """Runs in the child: streams the result of the task on standard input, or exits with 1 and an error."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent stops the child
    task = json.load(sys.stdin)
    # DuckDB prints its progress and its log to standard output, where they would mix with the rows.
    with os.fdopen(os.dup(1), "wb") as rows_to, Path(os.devnull).open("wb") as nowhere:
        os.dup2(nowhere.fileno(), 1)
        try:
            _confine(task["memory_mb"])
            _stream(task, rows_to)
        except (duckdb.Error, WarehouseError, MemoryError) as error:
            json.dump(_described(error), sys.stderr)
            raise SystemExit(1) from error


def _send(task: dict[str, object], child: subprocess.Popen[bytes]) -> None:
    if child.stdin:
        child.stdin.write(json.dumps(task).encode())
        child.stdin.close()


def _confine(memory_mb: int) -> None:
    """Lets the process write no file, and end if it needs more memory than DuckDB's own limit allows."""
    bytes_ = memory_mb * 1_000_000 + OVERHEAD_BYTES
    resource.setrlimit(resource.RLIMIT_DATA, (bytes_, bytes_))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _stream(task: dict[str, Any], rows_to: BinaryIO) -> None:
    try:
        with _selected(task) as rows, pa.ipc.new_stream(rows_to, rows.schema) as stream:
            for batch in rows:
                stream.write_batch(batch)
    except OSError as error:
        # With several threads, one that fails may tell the reader only that it stopped
        # the others. One thread says why.
        if "INTERRUPT" in str(error):
            with _selected(task, threads="1") as again:
                for _batch in again:
                    pass
        raise


@contextmanager
def _selected(task: dict[str, Any], **more: str) -> Iterator[pa.RecordBatchReader]:
    settings = SANDBOX | {"memory_limit": f"{task['memory_mb']}MB"} | more
    with open_snapshot(task["file"], settings=settings) as snapshot:
        select = only_select(snapshot.con, task["sql"])
        # Not con.execute(), from which DuckDB 2 gives batches only when it has all rows.
        yield snapshot.con.sql(f"EXPLAIN {select}" if task["explain"] else select).to_arrow_reader(BATCH_ROWS)


def _described(error: Exception) -> tuple[str, str]:
    """Returns the subject and the message of a QueryError."""
    if isinstance(error, WarehouseError):
        return error.subject, str(error).removeprefix(f"{error.subject}: ")
    if isinstance(error, MemoryError):
        return "query", f"out of memory. {_NEXT_STEPS[duckdb.OutOfMemoryException]}"
    message = str(error)
    if isinstance(error, duckdb.OutOfMemoryException):
        message = message.split("\n", 1)[0]  # the rest suggests SET, which is locked
    next_step = next((step for kind, step in _NEXT_STEPS.items() if isinstance(error, kind)), "")
    return "query", f"{message}\n{next_step}".strip()
