"""Parses feeds in processes of their own: on every core, and where a body that hangs or kills the parser takes nothing along."""

from __future__ import annotations

import multiprocessing
import os
import resource
import threading
from concurrent.futures import CancelledError
from concurrent.futures.process import BrokenProcessPool
from dataclasses import replace
from datetime import datetime

from pebble import ProcessExpired, ProcessPool

from sources.errors import NotAFeedError
from sources.model import FetchResult, FetchState, Outcome, ParsedFeed, Source
from sources.parse import parse_feed

PARSE_LIMIT_S = 30  # the slowest real feed takes half a second
MEMORY_LIMIT_BYTES = 4_000_000_000

_Refusal = tuple[Outcome, str]


class ParserPool:
    """The parsers of a run, started with the first body; to be closed by `with`."""

    def __init__(self, workers: int | None = None, limit_s: float = PARSE_LIMIT_S) -> None:
        self._workers = workers or os.cpu_count() or 1
        self._limit_s = limit_s
        self._pool = self._started()
        self._renewing = threading.Lock()

    def __enter__(self) -> ParserPool:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        self._pool.close() if kind is None else self._pool.stop()
        self._pool.join()

    def parse(self, source: Source, state: FetchState, result: FetchResult) -> ParsedFeed | FetchResult:
        """The entries in the answer's body; or the answer with an outcome that says why there are none."""
        pool = self._pool
        try:
            task = pool.schedule(
                _parse,
                args=(result.body, result.content_type, source, result.fetched_at, state.entry_hashes),
                timeout=self._limit_s,
            )
            parsed: ParsedFeed | _Refusal = task.result()
        except TimeoutError:
            return _failed(result, Outcome.PARSER_STOPPED, f"its parser was stopped after {self._limit_s:.0f} s")
        except (ProcessExpired, MemoryError) as error:
            return _failed(result, Outcome.PARSER_STOPPED, f"its parser died: {type(error).__name__}: {error}")
        except (BrokenProcessPool, RuntimeError, CancelledError):
            # A worker that dies while it is handed a body breaks the pool, and with it the tasks of other feeds.
            self._renew(pool)
            return _failed(result, Outcome.PARSER_STOPPED, "its parser died, or one beside it")
        return parsed if isinstance(parsed, ParsedFeed) else _failed(result, *parsed)

    def _started(self) -> ProcessPool:
        context = multiprocessing.get_context("forkserver")  # a fork of this process would copy locks its threads hold
        context.set_forkserver_preload([__name__])
        return ProcessPool(self._workers, initializer=_limit_memory, context=context)

    def _renew(self, broken: ProcessPool) -> None:
        with self._renewing:
            if self._pool is broken:
                broken.stop()
                self._pool = self._started()


def _failed(result: FetchResult, outcome: Outcome, message: str) -> FetchResult:
    return replace(result, outcome=outcome, message=message, body=None)


def _parse(
    body: bytes, content_type: str, source: Source, seen_at: datetime, known: frozenset[int]
) -> ParsedFeed | _Refusal:
    """Runs in a worker. Trouble comes back as text: exceptions with arguments of their own do not survive the way."""
    try:
        return parse_feed(body, content_type, source, seen_at, known)
    except NotAFeedError as error:
        return Outcome.NOT_A_FEED, str(error).removeprefix(f"{error.subject}: ")
    except Exception as error:  # a fault of ours: it must not cost the other feeds, nor go unseen
        return Outcome.PARSER_STOPPED, f"its parser failed: {type(error).__name__}: {error}"


def _limit_memory() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_LIMIT_BYTES, MEMORY_LIMIT_BYTES))
