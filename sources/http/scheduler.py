"""Fetches many feeds concurrently: domains in parallel, the feeds of one domain one by one with a pause."""

from __future__ import annotations

import heapq
import itertools
import queue
import threading
import time
from collections import Counter, defaultdict, deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace

from sources.clean.urls import host_of, registrable_domain
from sources.http.client import FetchLimits, address_of
from sources.model import FetchResult, FetchState, Outcome, ParsedFeed, Source

Job = tuple[Source, FetchState]
Fetch = Callable[[Source, FetchState], FetchResult]
Parse = Callable[[Source, FetchState, FetchResult], ParsedFeed | FetchResult]
# Fetching waits while so many results are not stored yet, or a slow disk would fill the memory.
MAX_WAITING_RESULTS = 512
# A thread is added when no result came for this long: then the others wait for servers. More threads than
# that only wait for each other: 1,000 feeds from loopback took sixteen threads 0.8 s and one 0.6 s.
POLL_S = 0.005
# A dead server costs a minute a feed, and some domains have nine feeds: after so many, the others are
# postponed.
MAX_UNANSWERED = 2
_NO_ANSWER = (Outcome.TIMEOUT, Outcome.UNREACHABLE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Collected:
    """The result of one feed, and its entries if it has a new body that could be parsed."""

    source: Source
    state: FetchState
    result: FetchResult
    parsed: ParsedFeed | None = None


def collect(jobs: Iterable[Job], fetch: Fetch, parse: Parse, limits: FetchLimits) -> Iterator[Collected]:
    """Yields one result for every job as it completes, with at most `limits.requests_at_once` requests under
    way.

    `parse` turns a result with a body into its entries, or into a result with the reason of the failure. Both
    callables run in threads. When a domain answers "too many requests", or two of its feeds in a row do not
    answer, its other feeds are postponed.
    """
    jobs = list(jobs)
    domains = _DomainQueue(jobs, limits)
    done: queue.SimpleQueue[Collected | BaseException] = queue.SimpleQueue()

    def work() -> None:
        try:
            while (taken := domains.take()) is not None:
                domain, (source, state) = taken
                result = fetch(source, state)
                for postponed in domains.give_back(domain, result):
                    done.put(_postponed(*postponed, result))
                done.put(_parsed(source, state, result, parse))
                while done.qsize() >= MAX_WAITING_RESULTS and not domains.stopped:
                    time.sleep(POLL_S)
        except BaseException as error:
            done.put(error)

    threads: list[threading.Thread] = []

    def next_results() -> list[Collected | BaseException]:
        if threads:
            time.sleep(POLL_S)  # waking up for each result would add a third to its cost
        while done.empty() and len(threads) < min(limits.requests_at_once, len(jobs)):
            threads.append(threading.Thread(target=work, name=f"fetch-{len(threads)}", daemon=True))
            threads[-1].start()
            time.sleep(POLL_S)
        return [done.get(), *(done.get_nowait() for _ in range(done.qsize()))]

    try:
        left = len(jobs)
        while left:
            for answer in next_results():
                if isinstance(answer, BaseException):
                    raise answer
                yield answer
                left -= 1
    finally:
        domains.stop()
        for thread in threads:
            thread.join()


def _parsed(source: Source, state: FetchState, result: FetchResult, parse: Parse) -> Collected:
    if result.body is None:
        return Collected(source=source, state=state, result=result)
    try:
        parsed = parse(source, state, result)
    except Exception as error:  # a bug that one feed triggers must not stop the others
        message = f"its body could not be processed: {type(error).__name__}: {error}"
        parsed = replace(result, outcome=Outcome.PARSER_STOPPED, message=message)
    if isinstance(parsed, FetchResult):
        return Collected(source=source, state=state, result=replace(parsed, body=None))
    return Collected(source=source, state=state, result=replace(result, body=None), parsed=parsed)


def _postponed(source: Source, state: FetchState, because: FetchResult) -> Collected:
    result = FetchResult(
        source_id=source.id,
        fetched_at=because.fetched_at,
        outcome=Outcome.POSTPONED,
        elapsed_s=0.0,
        retry_after_s=because.retry_after_s,
        message=f"not fetched: {because.source_id} at the same domain ended as {because.outcome.value}",
    )
    return Collected(source=source, state=state, result=result)


class _DomainQueue:
    """Hands out feeds so that a domain has one request at a time and then a pause.

    The domain with most feeds left first.
    """

    def __init__(self, jobs: Iterable[Job], limits: FetchLimits) -> None:
        self._limits = limits
        self._queues: dict[str, deque[Job]] = defaultdict(deque)
        for job in jobs:
            self._queues[self._domain(job)].append(job)
        self._changed = threading.Condition()
        self._numbers = itertools.count()
        # (ready at, feeds left (negative), tie-breaker, domain).
        self._resting: list[tuple[float, int, int, str]] = []
        self._unanswered: Counter[str] = Counter()  # feeds in a row without an answer, by domain
        self._busy = 0
        self.stopped = False
        for domain in self._queues:
            self._rest(domain, 0.0)

    def take(self) -> tuple[str, Job] | None:
        """Waits for the next feed that may be fetched.

        Returns it with its domain, or None when all were taken.
        """
        with self._changed:
            while not self.stopped and (self._resting or self._busy):
                wait = self._resting[0][0] - time.monotonic() if self._resting else None
                if wait is None or wait > 0:
                    self._changed.wait(wait)
                    continue
                domain = heapq.heappop(self._resting)[-1]
                self._busy += 1
                return domain, self._queues[domain].popleft()
            return None

    def give_back(self, domain: str, result: FetchResult) -> list[Job]:
        """Releases a domain after a result; returns its feeds that must not be fetched in this run."""
        postponed: list[Job] = []
        with self._changed:
            self._busy -= 1
            self._unanswered[domain] = self._unanswered[domain] + 1 if result.outcome in _NO_ANSWER else 0
            if result.outcome is Outcome.RATE_LIMITED or self._unanswered[domain] >= MAX_UNANSWERED:
                postponed = list(self._queues.pop(domain))
            elif self._queues[domain]:
                self._rest(domain, time.monotonic() + self._limits.domain_pause_s)
            self._changed.notify_all()
        return postponed

    def stop(self) -> None:
        """Makes every `take` return None."""
        with self._changed:
            self.stopped = True
            self._changed.notify_all()

    def _rest(self, domain: str, ready_at: float) -> None:
        heapq.heappush(self._resting, (ready_at, -len(self._queues[domain]), next(self._numbers), domain))

    def _domain(self, job: Job) -> str:
        source, state = job
        host = host_of(address_of(source, state))
        # Hosts in `allowed_hosts` are our own: their feeds need no pause.
        return source.id if host in self._limits.allowed_hosts else registrable_domain(host)
