"""Parses feeds in processes of their own: on every core, and where a body that hangs or kills the parser takes nothing along.

Not `multiprocessing` or a pool on top of it: their workers import the caller's main program again, which costs seconds
under Prefect and breaks in a script without a `__main__` guard.
"""

from __future__ import annotations

import os
import queue
import subprocess
import sys
from dataclasses import replace
from multiprocessing import Pipe

from sources.feeds.parser_worker import Refusal, Task
from sources.model import FetchResult, FetchState, Outcome, ParsedFeed, Source

PARSE_LIMIT_S = 30.0  # the slowest real feed takes half a second


class ParserPool:
    """Parsers that start when there is something to parse, one a core at most; to be closed by `with`."""

    def __init__(self, workers: int | None = None, limit_s: float = PARSE_LIMIT_S) -> None:
        self._limit_s = limit_s
        # Last in, first out: a place without a worker comes up only when all workers are busy.
        self._places: queue.LifoQueue[_Worker | None] = queue.LifoQueue()
        for _ in range(workers or os.cpu_count() or 1):
            self._places.put(None)

    def __enter__(self) -> ParserPool:
        return self

    def __exit__(self, *_: object) -> None:
        for _place in range(self._places.qsize()):
            if worker := self._places.get():
                worker.stop()

    def parse(self, source: Source, state: FetchState, result: FetchResult) -> ParsedFeed | FetchResult:
        """The entries in the answer's body; or the answer with an outcome that says why there are none."""
        task = (result.body or b"", result.content_type, source, result.fetched_at, state.entry_hashes)
        worker = self._places.get()
        try:
            worker = worker or _Worker()
            parsed = worker.answer(task, self._limit_s)
        except Exception as error:
            if worker:
                worker.stop()
            self._places.put(None)
            slow = isinstance(error, TimeoutError)
            message = f"was stopped after {self._limit_s:.0f} s" if slow else f"died ({type(error).__name__})"
            return _failed(result, Outcome.PARSER_STOPPED, f"its parser {message}")
        self._places.put(worker)
        return parsed if isinstance(parsed, ParsedFeed) else _failed(result, *parsed)


def _failed(result: FetchResult, outcome: Outcome, message: str) -> FetchResult:
    return replace(result, outcome=outcome, message=message, body=None)


class _Worker:
    """One process that parses, and our end of the connection to it."""

    def __init__(self) -> None:
        self._connection, theirs = Pipe()
        with theirs:
            begin = f"import sys; sys.path[:] = {sys.path!r}; from sources.feeds.parser_worker import serve; serve({theirs.fileno()})"
            self._process = subprocess.Popen([sys.executable, "-c", begin], pass_fds=[theirs.fileno()])  # noqa: S603 - our own words

    def answer(self, task: Task, limit_s: float) -> ParsedFeed | Refusal:
        """TimeoutError after `limit_s` seconds, EOFError or OSError if the process died."""
        self._connection.send(task)
        if not self._connection.poll(limit_s):
            raise TimeoutError
        answer: ParsedFeed | Refusal = self._connection.recv()
        return answer

    def stop(self) -> None:
        self._connection.close()
        self._process.kill()
        self._process.wait()
