"""Collects feeds: fetches them concurrently, parses new bodies, and sets the publishers of articles."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache

from sources.clean.publishers import publisher_table, with_publishers
from sources.clean.urls import host_of, registrable_domain
from sources.feeds.parse import parse_feed
from sources.http.client import FetchLimits, address_of, fetch_feed, new_client
from sources.http.policy import sends_validators
from sources.http.scheduler import collect
from sources.model import FetchResult, FetchState, Outcome, ParsedFeed, Source
from sources.parser_pool import ParserPool

Job = tuple[Source, FetchState]
Fetch = Callable[[Source, FetchState], FetchResult]
Parse = Callable[[Source, FetchState, FetchResult], ParsedFeed | FetchResult]


@dataclass(frozen=True, slots=True, kw_only=True)
class Collected:
    """The result of one feed, and its entries if it has a new body that could be parsed."""

    source: Source
    state: FetchState
    result: FetchResult
    parsed: ParsedFeed | None = None


def collect_sources(
    due: Iterable[Job], catalog: Sequence[Source], parsers: ParserPool, now: datetime, limits: FetchLimits
) -> Generator[Collected, None, None]:
    """Yields one result for every source that is due, as it completes.

    `catalog` names the publishers there are.
    """
    publishers = cache(lambda: publisher_table(catalog))
    with new_client(limits) as client:

        def fetch(source: Source, state: FetchState) -> FetchResult:
            return fetch_feed(client, source, state, now, limits, conditional=sends_validators(state, now))

        def parse(source: Source, state: FetchState, result: FetchResult) -> ParsedFeed | FetchResult:
            parsed = parse_in(parsers, replace(source, url=address_of(source, state)), state, result)
            if isinstance(parsed, FetchResult):
                return parsed
            return replace(parsed, articles=with_publishers(parsed.articles, source, publishers()))

        yield from collect(due, FeedErrands(fetch, parse, limits), limits.requests_at_once)


def parse_in(
    parsers: ParserPool, source: Source, state: FetchState, result: FetchResult
) -> ParsedFeed | FetchResult:
    """Returns the entries of the result's body, or the result with the outcome of the failure."""
    parsed = parsers.call(
        parse_feed, result.body or b"", result.content_type, source, result.fetched_at, state.entry_hashes
    )
    if isinstance(parsed, ParsedFeed):
        return parsed
    outcome, message = parsed
    return replace(result, outcome=outcome, message=message, body=None)


@dataclass(frozen=True, slots=True)
class FeedErrands:
    """How feeds are asked. `parse` turns a result with a body into its entries, or into a result with the
    reason of the failure.
    """

    fetch: Fetch
    parse: Parse
    limits: FetchLimits

    def domain(self, job: Job) -> str:
        """Returns the registrable domain; hosts in `allowed_hosts` are our own: their feeds need no pause."""
        source, state = job
        host = host_of(address_of(source, state))
        return source.id if host in self.limits.allowed_hosts else registrable_domain(host)

    def ask(self, job: Job) -> FetchResult:
        """Fetches the feed."""
        return self.fetch(*job)

    def pause_s(self, _answer: FetchResult) -> float:
        """Returns the same pause for all."""
        return self.limits.domain_pause_s

    def onward(self, _job: Job, _answer: FetchResult) -> None:
        """Returns None: a feed needs one turn."""

    def finish(self, job: Job, answer: FetchResult) -> Collected:
        """Parses a new body."""
        source, state = job
        if answer.body is None:
            return Collected(source=source, state=state, result=answer)
        try:
            parsed = self.parse(source, state, answer)
        except Exception as error:  # a bug that one feed triggers must not stop the others
            message = f"its body could not be processed: {type(error).__name__}: {error}"
            parsed = replace(answer, outcome=Outcome.PARSER_STOPPED, message=message)
        if isinstance(parsed, FetchResult):
            return Collected(source=source, state=state, result=replace(parsed, body=None))
        return Collected(source=source, state=state, result=replace(answer, body=None), parsed=parsed)

    def postpone(self, job: Job, because: FetchResult) -> Collected:
        """Returns the feed as not fetched."""
        source, state = job
        result = FetchResult(
            source_id=source.id,
            fetched_at=because.fetched_at,
            outcome=Outcome.POSTPONED,
            elapsed_s=0.0,
            retry_after_s=because.retry_after_s,
            message=f"not fetched: {because.source_id} at the same domain ended as {because.outcome.value}",
        )
        return Collected(source=source, state=state, result=result)
