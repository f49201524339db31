"""Asks many feeds at once: side by side across domains, in turn and with a pause within one. Parses what is new."""

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
Ask = Callable[[Source, FetchState], FetchResult]
Parse = Callable[[Source, FetchState, FetchResult], ParsedFeed | FetchResult]
# So many answers may wait to be stored; then fetching waits, or a slow disk would fill the memory.
WAITING_ANSWERS = 512
# With no answer for so long, the threads there are wait for servers, and one more may ask. More of them than that only
# wait for each other: sixteen made of 1,000 answers from this very machine 0.8 s, one 0.6 s.
PATIENCE_S = 0.005
# A dead server costs a minute a feed, and some domains have nine: so many in a row, and it is left alone for the run.
MOST_SILENT = 2
_NO_ANSWER = (Outcome.TIMEOUT, Outcome.UNREACHABLE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Collected:
    """One feed asked: how that ended, and its entries if it brought a new body that could be parsed."""

    source: Source
    state: FetchState
    result: FetchResult
    parsed: ParsedFeed | None = None


def collect(jobs: Iterable[Job], ask: Ask, parse: Parse, limits: FetchLimits) -> Iterator[Collected]:
    """One answer for every job, as each is done. At most `limits.requests_at_once` are under way.

    `parse` turns an answer with a body into its entries, or into an answer that says why it could not. Both run in
    threads of ours. Once a domain wants a pause, or two of its feeds in a row got no answer, its other feeds are postponed.
    """
    jobs = list(jobs)
    turns = _Turns(jobs, limits)
    done: queue.SimpleQueue[Collected | BaseException] = queue.SimpleQueue()

    def work() -> None:
        try:
            while (turn := turns.take()) is not None:
                domain, (source, state) = turn
                result = ask(source, state)
                for postponed in turns.give_back(domain, result):
                    done.put(_postponed(*postponed, result))
                done.put(_parsed(source, state, result, parse))
                while done.qsize() >= WAITING_ANSWERS and not turns.stopped:
                    time.sleep(PATIENCE_S)
        except BaseException as error:
            done.put(error)

    threads: list[threading.Thread] = []

    def some_answers() -> list[Collected | BaseException]:
        if threads:
            time.sleep(PATIENCE_S)  # to be woken for each answer would cost a third of what it costs to ask for it
        while done.empty() and len(threads) < min(limits.requests_at_once, len(jobs)):
            threads.append(threading.Thread(target=work, name=f"fetch-{len(threads)}", daemon=True))
            threads[-1].start()
            time.sleep(PATIENCE_S)
        return [done.get(), *(done.get_nowait() for _ in range(done.qsize()))]

    try:
        left = len(jobs)
        while left:
            for answer in some_answers():
                if isinstance(answer, BaseException):
                    raise answer
                yield answer
                left -= 1
    finally:
        turns.stop()
        for thread in threads:
            thread.join()


def _parsed(source: Source, state: FetchState, result: FetchResult, parse: Parse) -> Collected:
    if result.body is None:
        return Collected(source=source, state=state, result=result)
    try:
        parsed = parse(source, state, result)
    except Exception as error:  # a fault of ours with one feed's words must not cost the others
        message = f"what it answered could not be handled: {type(error).__name__}: {error}"
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
        message=f"not asked: its server ended {because.source_id} as {because.outcome.value}",
    )
    return Collected(source=source, state=state, result=result)


class _Turns:
    """Whose turn it is: a domain is asked once at a time, then rests. The domain with most feeds left goes first."""

    def __init__(self, jobs: Iterable[Job], limits: FetchLimits) -> None:
        self._limits = limits
        self._queues: dict[str, deque[Job]] = defaultdict(deque)
        for job in jobs:
            self._queues[self._domain(job)].append(job)
        self._changed = threading.Condition()
        self._numbers = itertools.count()
        self._resting: list[tuple[float, int, int, str]] = []  # (ready at, feeds left (negative), tie-breaker, domain)
        self._silent: Counter[str] = Counter()  # feeds in a row that a domain did not answer
        self._busy = 0
        self.stopped = False
        for domain in self._queues:
            self._rest(domain, 0.0)

    def take(self) -> tuple[str, Job] | None:
        """The next feed to ask, once it may be asked, with its domain; None when all were taken."""
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
        """Ends a domain's turn; returns those of its feeds that must not be asked any more in this run."""
        postponed: list[Job] = []
        with self._changed:
            self._busy -= 1
            self._silent[domain] = self._silent[domain] + 1 if result.outcome in _NO_ANSWER else 0
            if result.outcome is Outcome.RATE_LIMITED or self._silent[domain] >= MOST_SILENT:
                postponed = list(self._queues.pop(domain))
            elif self._queues[domain]:
                self._rest(domain, time.monotonic() + self._limits.domain_pause_s)
            self._changed.notify_all()
        return postponed

    def stop(self) -> None:
        """Nobody gets another turn."""
        with self._changed:
            self.stopped = True
            self._changed.notify_all()

    def _rest(self, domain: str, ready_at: float) -> None:
        heapq.heappush(self._resting, (ready_at, -len(self._queues[domain]), next(self._numbers), domain))

    def _domain(self, job: Job) -> str:
        source, state = job
        host = host_of(address_of(source, state))
        # A host admitted by name is our own: its feeds need not wait for each other.
        return source.id if host in self._limits.allowed_hosts else registrable_domain(host)
