"""Parses feeds and reads pages in worker processes: on every core, and so that a body that hangs or kills its
parser affects one feed or page.

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
from collections.abc import Callable
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from typing import Any, TypeVar

from sources.errors import NotAFeedError
from sources.model import Outcome

PARSE_LIMIT_S = 30.0  # the slowest real feed takes half a second
MEMORY_LIMIT_BYTES = 2_000_000_000  # the worst hostile body takes 700 MB

T = TypeVar("T")
Task = tuple[Callable[..., Any], tuple[object, ...]]
Refusal = tuple[Outcome, str]


class ParserPool:
    """A pool of workers, at most one a core, each started when it is first needed.

    Use it in a `with` block.
    """

    def __init__(self, workers: int | None = None) -> None:
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

    def call(
        self, parse: Callable[..., T], *arguments: object, limit_s: float = PARSE_LIMIT_S
    ) -> T | Refusal:
        """Returns what `parse`, a function of a module, returns of the arguments in a worker, or the outcome
        of its failure with a message: `PARSER_STOPPED` after `limit_s` seconds.

        A worker imports the function's module when the function is first called.
        """
        worker = self._slots.get()
        try:
            worker = worker or _Worker()
            answer: T | Refusal = worker.answer((parse, arguments), limit_s)
        except Exception as error:
            if worker:
                worker.stop()
            self._slots.put(None)
            slow = isinstance(error, TimeoutError)
            message = f"was stopped after {limit_s:.0f} s" if slow else f"died ({type(error).__name__})"
            return Outcome.PARSER_STOPPED, f"its parser {message}"
        self._slots.put(worker)
        return answer


class _Worker:
    """A worker process and this side of the connection to it."""

    def __init__(self) -> None:
        self._connection, far_end = Pipe()
        with far_end:
            program = (
                f"import sys; sys.path[:] = {sys.path!r}; from sources.parser_pool import serve; "
                f"serve({far_end.fileno()})"
            )
            self._process = subprocess.Popen([sys.executable, "-c", program], pass_fds=[far_end.fileno()])  # noqa: S603 - a fixed program

    def answer(self, task: Task, limit_s: float) -> Any:
        """Returns the worker's answer.

        Raises TimeoutError after `limit_s` seconds, EOFError or OSError if it died.
        """
        self._connection.send(task)
        if not self._connection.poll(limit_s):
            raise TimeoutError
        return self._connection.recv()

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


def _answer(parse: Callable[..., Any], arguments: tuple[object, ...]) -> Any:
    try:
        return parse(*arguments)
    except NotAFeedError as error:
        return Outcome.NOT_A_FEED, str(error).removeprefix(f"{error.subject}: ")
    except Exception as error:  # a bug: reported for this body, and the others go on
        return Outcome.PARSER_STOPPED, f"its parser failed: {type(error).__name__}: {error}"
