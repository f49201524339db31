"""Does jobs that ask servers, concurrently: domains in parallel, the jobs of one domain one by one with a
pause.
"""

from __future__ import annotations

import heapq
import itertools
import queue
import threading
import time
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from math import inf
from typing import Generic, Protocol, TypeVar

from sources.model import Outcome

# Asking waits while so many results are not stored yet, or a slow disk would fill the memory.
MAX_WAITING_RESULTS = 512
# A thread is added when no result came for this long: then the others wait for servers. More threads than
# that only wait for each other: 1,000 feeds from loopback took sixteen threads 0.8 s and one 0.6 s.
POLL_S = 0.005
# A dead server costs a minute a feed, and some domains have nine feeds: after so many, the others are
# postponed.
MAX_UNANSWERED = 2
_NO_ANSWER = (Outcome.TIMEOUT, Outcome.UNREACHABLE)


class Answered(Protocol):
    """What asking brought."""

    @property
    def outcome(self) -> Outcome:
        """How it ended: what the domain's other jobs are decided by."""


J = TypeVar("J")
A = TypeVar("A", bound=Answered)
R_co = TypeVar("R_co", covariant=True)


class Errands(Protocol[J, A, R_co]):
    """How the jobs of one kind are done. All but `domain` run in threads."""

    def domain(self, job: J) -> str:
        """Returns the name of the queue in which the job waits for its turn."""

    def ask(self, job: J) -> A:
        """Asks the server, in the job's turn."""

    def pause_s(self, answer: A) -> float:
        """Returns the seconds until the domain's next turn."""

    def onward(self, job: J, answer: A) -> J | None:
        """Returns the job as it goes on in a further turn, of this or another domain; None if it is done."""

    def finish(self, job: J, answer: A) -> R_co:
        """Returns the job's result, after its turn."""

    def postpone(self, job: J, because: A) -> R_co:
        """Returns the result of a job that was not asked because of an answer of its domain."""


def collect(
    jobs: Iterable[J], errands: Errands[J, A, R_co], at_once: int, seconds: float = inf
) -> Iterator[R_co]:
    """Yields one result for every job as it completes, with at most `at_once` requests under way.

    When a domain answers "too many requests", or two of its jobs in a row get no answer, its other jobs are
    postponed. After `seconds` no job gets a turn; those without one have no result.
    """
    jobs = list(jobs)
    domains = _DomainQueue(jobs, errands, time.monotonic() + seconds)
    done: queue.SimpleQueue[R_co | BaseException | None] = queue.SimpleQueue()  # None: a thread ended

    def work() -> None:
        try:
            while (taken := domains.take()) is not None:
                domain, job = taken
                answer = errands.ask(job)
                onward = errands.onward(job, answer)
                for postponed, because in domains.give_back(domain, answer, onward):
                    done.put(errands.postpone(postponed, because))
                if onward is None:
                    done.put(errands.finish(job, answer))
                while done.qsize() >= MAX_WAITING_RESULTS and not domains.stopped:
                    time.sleep(POLL_S)
            done.put(None)
        except BaseException as error:
            done.put(error)

    threads: list[threading.Thread] = []

    def next_results() -> list[R_co | BaseException | None]:
        if threads:
            time.sleep(POLL_S)  # waking up for each result would add a third to its cost
        while done.empty() and len(threads) < min(at_once, len(jobs)):
            threads.append(threading.Thread(target=work, name=f"fetch-{len(threads)}", daemon=True))
            threads[-1].start()
            time.sleep(POLL_S)
        return [done.get(), *(done.get_nowait() for _ in range(done.qsize()))]

    try:
        left, ended = len(jobs), 0
        while left and (ended < len(threads) or not threads):
            for result in next_results():
                if isinstance(result, BaseException):
                    raise result
                if result is None:
                    ended += 1
                    continue
                yield result
                left -= 1
    finally:
        domains.stop()
        for thread in threads:
            thread.join()


@dataclass(slots=True)
class _Domain(Generic[J, A]):
    """The jobs that wait for a domain's turn; `has_turn` if it is being asked or rests until `ready_at`.

    `refusal` is the answer after which it is left alone.
    """

    jobs: deque[J] = field(default_factory=deque)
    has_turn: bool = False
    ready_at: float = 0.0
    unanswered: int = 0
    refusal: A | None = None


class _DomainQueue(Generic[J, A]):
    """Hands out jobs so that a domain has one request at a time and then a pause.

    The domain with most jobs left first.
    """

    def __init__(self, jobs: Iterable[J], errands: Errands[J, A, object], until: float) -> None:
        self._errands, self._until = errands, until
        self._domains: dict[str, _Domain[J, A]] = {}
        for job in jobs:
            self._domain_of(job).jobs.append(job)
        self._changed = threading.Condition()
        self._numbers = itertools.count()
        # (ready at, jobs left (negative), tie-breaker, domain).
        self._resting: list[tuple[float, int, int, _Domain[J, A]]] = []
        self._busy = 0
        self.stopped = False
        for domain in self._domains.values():
            self._rest(domain)

    def take(self) -> tuple[_Domain[J, A], J] | None:
        """Waits for the next job that may be done.

        Returns it with its domain, or None when all were taken or the time is up.
        """
        with self._changed:
            while not self.stopped and (self._resting or self._busy):
                now = time.monotonic()
                if now >= self._until:
                    return None
                ready_at = self._resting[0][0] if self._resting else inf
                if ready_at > now:
                    wait = min(ready_at, self._until) - now
                    self._changed.wait(None if wait == inf else wait)
                    continue
                domain = heapq.heappop(self._resting)[-1]
                self._busy += 1
                return domain, domain.jobs.popleft()
            return None

    def give_back(self, domain: _Domain[J, A], answer: A, onward: J | None) -> list[tuple[J, A]]:
        """Releases a domain after an answer, and queues the job that goes on as the first of its domain.

        Returns the jobs that must not be done in this run, each with the answer that is the reason.
        """
        postponed: list[tuple[J, A]] = []
        with self._changed:
            self._busy -= 1
            domain.has_turn = False
            domain.unanswered = domain.unanswered + 1 if answer.outcome in _NO_ANSWER else 0
            if answer.outcome is Outcome.RATE_LIMITED or domain.unanswered >= MAX_UNANSWERED:
                domain.refusal = answer
                postponed = [(job, answer) for job in domain.jobs]
                domain.jobs.clear()
            domain.ready_at = time.monotonic() + self._errands.pause_s(answer)
            if onward is not None:
                target = self._domain_of(onward)
                if target.refusal is not None:
                    postponed.append((onward, target.refusal))
                else:
                    target.jobs.appendleft(onward)
                    self._rest(target)
            self._rest(domain)
            self._changed.notify_all()
        return postponed

    def stop(self) -> None:
        """Makes every `take` return None."""
        with self._changed:
            self.stopped = True
            self._changed.notify_all()

    def _rest(self, domain: _Domain[J, A]) -> None:
        """Lets the domain wait for its next turn, if it has jobs and does not wait already."""
        if domain.jobs and not domain.has_turn:
            domain.has_turn = True
            heapq.heappush(self._resting, (domain.ready_at, -len(domain.jobs), next(self._numbers), domain))

    def _domain_of(self, job: J) -> _Domain[J, A]:
        name = self._errands.domain(job)
        if name not in self._domains:
            self._domains[name] = _Domain()
        return self._domains[name]
