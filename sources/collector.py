"""Collects feeds: fetches them concurrently, parses new bodies, and sets the publishers of articles."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from functools import cache

from sources.clean.publishers import publisher_table, with_publishers
from sources.feeds.parse import parse_feed
from sources.http.client import FetchLimits, address_of, fetch_feed, new_client
from sources.http.policy import sends_validators
from sources.http.scheduler import Collected, Job, collect
from sources.model import FetchResult, FetchState, ParsedFeed, Source
from sources.parser_pool import ParserPool


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

        yield from collect(due, fetch, parse, limits)


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
