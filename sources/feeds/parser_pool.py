"""Parses feeds in worker processes: on every core, and so that a body that hangs or kills the parser affects
one feed.

`multiprocessing` and the pools built on it import the caller's main program in each worker: three seconds
under Prefect, and a script without a `__main__` guard breaks.
"""

from __future__ import annotations

import os
import queue
import resource
import signal
import subprocess
import sys
from dataclasses import replace
from datetime import datetime
from multiprocessing import Pipe
from multiprocessing.connection import Connection

from sources.errors import NotAFeedError
from sources.feeds.parse import parse_feed
from sources.model import FetchResult, FetchState, Outcome, ParsedFeed, Source

PARSE_LIMIT_S = 30.0  # the slowest real feed takes half a second
MEMORY_LIMIT_BYTES = 2_000_000_000  # the worst hostile body takes 700 MB

Task = tuple[bytes, str, Source, datetime, frozenset[int]]
Refusal = tuple[Outcome, str]


class ParserPool:
    """A pool of workers, at most one a core, each started when it is first needed.

    Use it in a `with` block.
    """

    def __init__(self, workers: int | None = None, limit_s: float = PARSE_LIMIT_S) -> None:
        self._limit_s = limit_s
        # Last in, first out: an empty slot is taken only when all started workers are busy.
        self._slots: queue.LifoQueue[_Worker | None] = queue.LifoQueue()
        for _ in range(workers or os.cpu_count() or 1):
            self._slots.put(None)

    def __enter__(self) -> ParserPool:
        return self

    def __exit__(self, *_: object) -> None:
        for _slot in range(self._slots.qsize()):
            if worker := self._slots.get():
                worker.stop()

    def parse(self, source: Source, state: FetchState, result: FetchResult) -> ParsedFeed | FetchResult:
        """Returns the entries of the result's body, or the result with the outcome of the failure."""
        task = (result.body or b"", result.content_type, source, result.fetched_at, state.entry_hashes)
        worker = self._slots.get()
        try:
            worker = worker or _Worker()
            parsed = worker.answer(task, self._limit_s)
        except Exception as error:
            if worker:
                worker.stop()
            self._slots.put(None)
            slow = isinstance(error, TimeoutError)
            message = f"was stopped after {self._limit_s:.0f} s" if slow else f"died ({type(error).__name__})"
            return _failed(result, Outcome.PARSER_STOPPED, f"its parser {message}")
        self._slots.put(worker)
        return parsed if isinstance(parsed, ParsedFeed) else _failed(result, *parsed)


def _failed(result: FetchResult, outcome: Outcome, message: str) -> FetchResult:
    return replace(result, outcome=outcome, message=message, body=None)


class _Worker:
    """A worker process and this side of the connection to it."""

    def __init__(self) -> None:
        self._connection, far_end = Pipe()
        with far_end:
            program = (
                f"import sys; sys.path[:] = {sys.path!r}; from sources.feeds.parser_pool import serve; "
                f"serve({far_end.fileno()})"
            )
            self._process = subprocess.Popen([sys.executable, "-c", program], pass_fds=[far_end.fileno()])  # noqa: S603 - a fixed program

    def answer(self, task: Task, limit_s: float) -> ParsedFeed | Refusal:
        """Returns the worker's answer.

        Raises TimeoutError after `limit_s` seconds, EOFError or OSError if it died.
        """
        self._connection.send(task)
        if not self._connection.poll(limit_s):
            raise TimeoutError
        answer: ParsedFeed | Refusal = self._connection.recv()
        return answer

    def stop(self) -> None:
        self._connection.close()
        self._process.kill()
        self._process.wait()


def serve(descriptor: int) -> None:
    """Runs in the worker: answers tasks from the connection with this descriptor until it is closed."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent stops its workers
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_LIMIT_BYTES, MEMORY_LIMIT_BYTES))
    with Connection(descriptor) as connection:
        while True:
            try:
                task: Task = connection.recv()
            except EOFError:
                return
            connection.send(_answer(*task))


def _answer(
    body: bytes, content_type: str, source: Source, seen_at: datetime, known: frozenset[int]
) -> ParsedFeed | Refusal:
    try:
        return parse_feed(body, content_type, source, seen_at, known)
    except NotAFeedError as error:
        return Outcome.NOT_A_FEED, str(error).removeprefix(f"{error.subject}: ")
    except Exception as error:  # a bug: reported for this feed, and the others go on
        return Outcome.PARSER_STOPPED, f"its parser failed: {type(error).__name__}: {error}"
