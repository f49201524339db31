"""Runs one SELECT on the snapshot in a process of its own, bounded in time and memory; its rows come as they are made."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Event, Timer

import pyarrow as pa

from warehouse.errors import WarehouseError
from warehouse.store.paths import to_read


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What a query may take: seconds from its start until its last row is read, and megabytes."""

    timeout_s: float = 60.0
    memory_mb: int = 2_000


class QueryError(WarehouseError):
    """A query that is not allowed, that is wrong, or that ran into its limits; the message says which and what next."""


class Answer:
    """The rows of a query, to be read once, batch by batch; reading raises QueryError if the query fails on the way."""

    def __init__(self, child: subprocess.Popen[bytes], limits: Limits, expired: Event) -> None:
        self._child, self._limits, self._expired = child, limits, expired
        try:
            self._stream = pa.ipc.open_stream(child.stdout)
        except (pa.ArrowInvalid, OSError) as error:
            raise self._why() from error
        self.schema: pa.Schema = self._stream.schema

    def __iter__(self) -> Iterator[pa.RecordBatch]:
        try:
            yield from self._stream
        except (pa.ArrowInvalid, OSError) as error:
            raise self._why() from error
        if self._child.wait():  # a stream that breaks off between two batches reads like one that ends
            raise self._why()

    def _why(self) -> QueryError:
        code = self._child.wait()
        said = self._child.stderr.read().decode(errors="replace") if self._child.stderr else ""
        if self._expired.is_set():
            return QueryError(
                "query", f"stopped after {self._limits.timeout_s:g} s. Narrow it, by dates say, or raise --timeout."
            )
        try:
            trouble = json.loads(said)
        except ValueError:
            reason = said.strip().rsplit("\n", 1)[-1] or "without a word"
            return QueryError(
                "query",
                f"its process ended with code {code}: {reason}. It reached for what is walled off, or for more than "
                f"{self._limits.memory_mb} MB (--memory-mb).",
            )
        return QueryError(trouble["subject"], trouble["message"])


@contextmanager
def run_query(file: Path, sql: str, limits: Limits | None = None, *, explain: bool = False) -> Iterator[Answer]:
    """The answer to the one SELECT in `sql`, or with `explain` the plan of it; the query ends when the block does.

    QueryError if it is no single SELECT, is wrong or runs into its limits; WarehouseError if `file` is not to be read.
    """
    limits = limits or Limits()
    task = {"file": str(to_read(file)), "sql": sql, "memory_mb": limits.memory_mb, "explain": explain}
    begin = f"import sys; sys.path[:] = {sys.path!r}; from warehouse.snapshot.sql_worker import serve; serve()"
    pipe = subprocess.PIPE
    with subprocess.Popen([sys.executable, "-c", begin], stdin=pipe, stdout=pipe, stderr=pipe) as child:  # noqa: S603 - our own words
        expired = Event()

        def expire() -> None:
            expired.set()
            child.kill()

        timer = Timer(limits.timeout_s, expire)
        timer.start()
        try:
            with suppress(BrokenPipeError):  # it died at once: the answer says why
                _hand_over(task, child)
            yield Answer(child, limits, expired)
        finally:
            timer.cancel()
            child.kill()


def _hand_over(task: dict[str, object], child: subprocess.Popen[bytes]) -> None:
    if child.stdin:
        child.stdin.write(json.dumps(task).encode())
        child.stdin.close()
