"""Fetches the pages of articles: each host one page at a time, what robots.txt allows, within a budget."""

from __future__ import annotations

import queue
from collections import Counter
from collections.abc import Callable, Collection, Generator, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sources.clean.aggregators import link_on_page
from sources.clean.redirectors import hides_target
from sources.clean.urls import canonical_url, host_of, registrable_domain
from sources.http.client import Client, FetchLimits, fetch_page, new_client, page_limits
from sources.http.scheduler import collect
from sources.model import Outcome, PageResult, PageText, RobotsFile, WantedPage
from sources.pages.page_spool import FetchedBody, PageSpool
from sources.pages.redirects import what_redirect_says
from sources.pages.robots import Robots, fetch_robots, is_fresh, origin_of

Read = Callable[[bytes, str, WantedPage], PageText | tuple[Outcome, str]]

# When so many hosts were asked and none answered, it is our network: then nothing is asked any more, and no
# page is charged for it. A name server that knows no such host answers at once, so those do not end a run
# before a host that is there could answer.
OFFLINE_HOSTS = 10
_SILENCE = (Outcome.DNS_TEMPORARY, Outcome.UNREACHABLE, Outcome.TIMEOUT)
_NO_ANSWER = (*_SILENCE, Outcome.DNS_UNKNOWN)
# Faults of the host itself, which its pages share; other faults of robots.txt postpone them.
_OF_HOST = (
    Outcome.DNS_UNKNOWN,
    Outcome.TLS_ERROR,
    Outcome.FORBIDDEN_ADDRESS,
    Outcome.CAPTCHA,
    Outcome.RATE_LIMITED,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class PageBudget:
    """What one run may fetch: pages, pages of one domain, and the seconds in which pages are begun.

    What is left is fetched by the next run. A busy reader opens 30 articles of a site in an hour; an hourly
    run ends well before the next in ten minutes, in which a thousand pages of fifty domains have a turn.
    """

    pages: int = 1_000
    pages_a_domain: int = 30
    seconds: float = 600.0


def collect_pages(
    wanted: Sequence[WantedPage],
    robots: Mapping[str, RobotsFile],
    read: Read,
    now: datetime,
    limits: FetchLimits,
    budget: PageBudget,
    spool: PageSpool,
) -> Generator[PageResult | RobotsFile, None, None]:
    """Yields the result of each page as it completes, and each robots.txt that was asked for.

    `wanted` has the most wanted first; those beyond the budget have no result. `robots` are the files known,
    by origin. `read` makes the text of a body, and the outcome if it holds none; it is called in threads.
    Nothing is yielded when nothing answers: then it is our network. Bodies are kept in the `spool`, from
    which the caller deletes what it has stored; those that an earlier run left there come first.
    """
    had: set[int] = set()
    for fetched in spool.left():
        had.add(fetched.result.wanted.article_id)
        yield _with_text(fetched, read)
    missing = [page for page in wanted if page.article_id not in had]
    jobs = map(_first_step, _within(missing, budget, limits))
    held: list[PageResult | RobotsFile] = []
    with new_client(limits) as client:
        errands = _PageErrands(client, robots, read, now, limits, spool)
        for result in collect(jobs, errands, limits.requests_at_once, budget.seconds):
            held += [*errands.new_robots(), result]
            if errands.is_online:
                yield from held
                held.clear()
            elif len(errands.hosts_failed(_SILENCE)) >= OFFLINE_HOSTS:
                return
        # Of fewer hosts, each may be down.
        if errands.is_online or len(errands.hosts_failed(_NO_ANSWER)) < OFFLINE_HOSTS:
            yield from (*held, *errands.new_robots())


def _within(wanted: Iterable[WantedPage], budget: PageBudget, limits: FetchLimits) -> Iterator[WantedPage]:
    """Yields the first pages that the budget allows, each address once; our own hosts have no budget."""
    left, taken, seen = budget.pages, Counter[str](), set[str]()
    for page in wanted:
        host = host_of(page.url)
        domain = registrable_domain(host)
        if left <= 0:
            return
        if taken[domain] >= budget.pages_a_domain or page.url in seen:
            continue
        seen.add(page.url)
        taken[domain] += host not in limits.allowed_hosts
        left -= 1
        yield page


@dataclass(frozen=True, slots=True, kw_only=True)
class _Step:
    """Where a page's fetching stands: the address to ask next, and how it came there.

    `first` is the address before all redirects, `passed` those on the way.
    """

    wanted: WantedPage
    url: str
    first: str
    hops: int = 0
    passed: tuple[str, ...] = ()
    elapsed_s: float = 0.0


def _first_step(wanted: WantedPage) -> _Step:
    return _Step(wanted=wanted, url=wanted.url, first=wanted.url)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Answer:
    """What a turn brought. Either a result, or the page's body to read, or the next step.

    `pause_s` is what the domain then rests, 0 if nothing was asked.
    """

    outcome: Outcome
    result: PageResult | None = None
    body: bytes = b""
    content_type: str = ""
    next: _Step | None = None
    pause_s: float = 0.0


class _PageErrands:
    """How pages are asked: robots.txt first, then the page, each origin's in a turn of its domain."""

    def __init__(
        self,
        client: Client,
        known: Mapping[str, RobotsFile],
        read: Read,
        now: datetime,
        limits: FetchLimits,
        spool: PageSpool,
    ) -> None:
        self._client, self._known, self._read, self._now = client, known, read, now
        self._spool = spool
        self._limits = page_limits(limits)
        self._robots: dict[str, Robots] = {}
        self._new: queue.SimpleQueue[RobotsFile] = queue.SimpleQueue()
        self._failed: dict[str, Outcome] = {}
        self.is_online = False

    def new_robots(self) -> list[RobotsFile]:
        """Returns the files fetched since the last call."""
        return [self._new.get_nowait() for _ in range(self._new.qsize())]

    def hosts_failed(self, outcomes: Collection[Outcome]) -> list[str]:
        """Returns the hosts that were asked last with one of the outcomes."""
        return [host for host, outcome in list(self._failed.items()) if outcome in outcomes]

    def _note(self, url: str, outcome: Outcome) -> None:
        if outcome in _NO_ANSWER:
            self._failed[host_of(url)] = outcome
        elif outcome is not Outcome.FORBIDDEN_ADDRESS:  # nothing was asked
            self.is_online = True

    def domain(self, job: _Step) -> str:
        """Returns the registrable domain; one of our own hosts is a domain by itself, with its port."""
        return self._domain(job.url)

    def _domain(self, url: str) -> str:
        return origin_of(url) if self._is_own(url) else registrable_domain(host_of(url))

    def _is_own(self, url: str) -> bool:
        return host_of(url) in self._limits.allowed_hosts

    def ask(self, job: _Step) -> _Answer:
        """Asks for the page, or for the robots.txt that must be known before."""
        origin = origin_of(job.url)
        if not origin:
            return self._ended(job, Outcome.BAD_REDIRECT, f"{job.url[:200]} is no http(s) address")
        if hides_target(host_of(job.url)):
            message = "the article it leads to cannot be found out by asking for it"
            return self._ended(job, Outcome.UNRESOLVED_LINK, message)
        rules = self._rules(origin)
        if rules is None:
            return self._ask_robots(job, origin)
        if rules.why_not:
            return self._ended(job, *_unread(rules))
        if not rules.may_fetch(job.url):
            return self._ended(job, Outcome.ROBOTS_DISALLOWED, f"{origin}/robots.txt does not allow it")
        return self._ask_page(job, self._pause(origin, rules))

    def _ask_robots(self, job: _Step, origin: str) -> _Answer:
        file = fetch_robots(self._client, origin, self._now, self._limits)
        rules = self._robots[origin] = Robots(file)
        self._new.put(file)
        self._note(origin, file.outcome)
        pause_s = self._pause(origin, rules)
        if rules.why_not:
            # Of a host that asks for a pause the address is told: it is that host which then rests.
            status = file.http_status if file.outcome is Outcome.RATE_LIMITED else None
            result = self._result(job, *_unread(rules), http_status=status)
            result = replace(result, retry_after_s=file.retry_after_s)
            return _Answer(outcome=file.outcome, result=result, pause_s=pause_s)
        return _Answer(outcome=Outcome.OK, next=job, pause_s=pause_s)

    def _ask_page(self, job: _Step, pause_s: float) -> _Answer:
        """Asks for the page and follows redirects within the domain; others wait for a turn of theirs."""

        def follows(url: str) -> bool:
            rules = self._rules(origin_of(url))
            return (
                self._domain(url) == self._domain(job.url)
                and rules is not None
                and not rules.why_not
                and rules.may_fetch(url)
                and not what_redirect_says(job.first, url)
            )

        got = fetch_page(
            self._client, job.url, self._now, self._limits, follows=follows, first=job.first, hops=job.hops
        )
        self._note(got.url, got.outcome)
        step = replace(
            job,
            url=got.url,
            hops=got.hops,
            passed=(*job.passed, job.url),
            elapsed_s=job.elapsed_s + got.elapsed_s,
        )
        answer = _Answer(outcome=got.outcome, pause_s=pause_s)
        if got.redirect_to is not None:
            step = replace(step, url=got.redirect_to)
            if said := what_redirect_says(job.first, got.redirect_to):
                return replace(answer, result=self._result(step, *said, http_status=got.http_status))
            return replace(answer, next=step)
        if got.body is None:
            result = self._result(step, got.outcome, got.message, http_status=got.http_status)
            return replace(answer, result=replace(result, retry_after_s=got.retry_after_s))
        # Of two aggregators that link to each other, the second's page is the article.
        if job.first == job.wanted.url and (target := link_on_page(step.url, got.body)):
            onward = replace(_first_step(job.wanted), url=target, first=target, elapsed_s=step.elapsed_s)
            if self._is_own(target) and not self._is_own(step.url):
                message = f"{step.url} leads to {host_of(target)}, a host of our own network"
                return replace(answer, result=self._result(onward, Outcome.FORBIDDEN_ADDRESS, message))
            return replace(answer, next=onward)
        result = self._result(step, Outcome.OK, "", http_status=got.http_status)
        return replace(answer, result=result, body=got.body, content_type=got.content_type)

    def _rules(self, origin: str) -> Robots | None:
        if origin not in self._robots:
            known = self._known.get(origin)
            if known is None or not is_fresh(known, self._now):
                return None
            self._robots[origin] = Robots(known)
        return self._robots[origin]

    def _pause(self, origin: str, rules: Robots) -> float:
        """Returns the pause between two requests; our own hosts need none but what they ask for."""
        usual_s = 0.0 if self._is_own(origin) else self._limits.domain_pause_s
        return max(usual_s, 0.0 if rules.why_not else rules.delay_s)

    def _ended(self, job: _Step, outcome: Outcome, message: str) -> _Answer:
        """Returns the answer for a page that is not asked for."""
        return _Answer(outcome=outcome, result=self._result(job, outcome, message))

    def _result(
        self, job: _Step, outcome: Outcome, message: str, http_status: int | None = None
    ) -> PageResult:
        return PageResult(
            wanted=job.wanted,
            fetched_at=self._now,
            outcome=outcome,
            elapsed_s=job.elapsed_s,
            http_status=http_status,
            final_url=canonical_url(job.url) if http_status is not None else None,
            message=message,
        )

    def pause_s(self, answer: _Answer) -> float:
        """Returns what the domain's robots.txt asks for, at least the usual pause; nothing was asked: 0."""
        return answer.pause_s

    def onward(self, _job: _Step, answer: _Answer) -> _Step | None:
        """Returns the redirect's target, the article behind an aggregator's page, or the page whose
        robots.txt is known now.
        """
        return answer.next

    def finish(self, job: _Step, answer: _Answer) -> PageResult:
        """Keeps the body and reads it."""
        assert answer.result is not None  # noqa: S101 - it has no next step
        if answer.result.outcome is not Outcome.OK:
            return answer.result
        fetched = FetchedBody(
            result=answer.result,
            passed=(*job.passed, job.url),
            content_type=answer.content_type,
            body=answer.body,
        )
        self._spool.keep(fetched)
        return _with_text(fetched, self._read)

    def postpone(self, job: _Step, because: _Answer) -> PageResult:
        """Returns the page as not fetched."""
        message = f"not fetched: another page of the domain ended as {because.outcome.value}"
        result = self._result(job, Outcome.POSTPONED, message)
        if because.result is not None:
            result = replace(result, retry_after_s=because.result.retry_after_s)
        return result


def _unread(rules: Robots) -> tuple[Outcome, str]:
    """Returns the outcome of a page whose robots.txt allows nothing now."""
    return rules.outcome if rules.outcome in _OF_HOST else Outcome.POSTPONED, rules.why_not


def _with_text(fetched: FetchedBody, read: Read) -> PageResult:
    """Returns the result with the text of the body, or with the outcome why it has none."""
    try:
        found = read(fetched.body, fetched.content_type, fetched.result.wanted)
    except Exception as error:  # a bug that one page triggers must not stop the others
        message = f"its body could not be processed: {type(error).__name__}: {error}"
        found = Outcome.PARSER_STOPPED, message
    if isinstance(found, PageText):
        return replace(fetched.result, page=_with_own_canonical(found, fetched))
    outcome, message = found
    return replace(fetched.result, outcome=outcome, message=message)


def _with_own_canonical(page: PageText, fetched: FetchedBody) -> PageText:
    """Returns the page without a stated canonical address that is another site's, or a mere home page.

    A site that the redirects came from may be stated.
    """
    final = fetched.result.final_url or fetched.passed[-1]
    stated = canonical_url(page.canonical_url, base=final) if page.canonical_url else None
    known = {registrable_domain(host_of(url)) for url in (*fetched.passed, final)}
    is_own = stated is not None and registrable_domain(host_of(stated)) in known
    is_home = stated is not None and what_redirect_says(final, stated) is not None
    return replace(page, canonical_url=stated if is_own and not is_home else None)
