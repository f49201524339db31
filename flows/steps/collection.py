"""The step that collects: every feed that is due is asked, and what it brought is stored, feed by feed."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import duckdb

from flows.progress import Progress, silent
from flows.settings import Settings
from sources.catalog import load_catalog
from sources.errors import NotAFeedError
from sources.fetch import FetchLimits, fetch_all, new_client
from sources.model import FetchResult, FetchState, Outcome, ParsedFeed, Source, stable_id
from sources.parse import parse_feed
from sources.policy import after_fetch, is_due
from warehouse.articles import SaveCounts, save_articles
from warehouse.db import open_warehouse, transaction
from warehouse.feeds import load_states, save_fetch, save_sources, save_state

log = logging.getLogger("watchfloor")


@dataclass(frozen=True, slots=True, kw_only=True)
class IngestReport:
    """One collection run: feeds by outcome, entries by fate, and what the failing feeds said."""

    feeds: int
    not_due: int
    outcomes: dict[str, int]
    entries: SaveCounts
    failures: tuple[str, ...]

    @property
    def asked(self) -> int:
        """Feeds that were due and asked."""
        return self.feeds - self.not_due

    @property
    def nothing_answered(self) -> bool:
        """Whether every feed asked failed: then it is the network, not the feeds."""
        return self.asked > 0 and len(self.failures) == self.asked


def ingest(
    settings: Settings,
    now: datetime,
    progress: Progress = silent,
    *,
    catalog: Sequence[Source] | None = None,
    force: bool = False,
) -> IngestReport:
    """Fetches every feed of the catalog that is due at `now` (all with `force`) and stores what is new, feed by feed."""
    sources = {source.id: source for source in catalog or load_catalog(settings.catalog_path)}
    limits = FetchLimits()
    outcomes: Counter[str] = Counter()
    entries = SaveCounts()
    failures: list[str] = []
    with open_warehouse(settings.warehouse_path) as con, new_client(limits) as client:
        with transaction(con):
            save_sources(con, sources.values())
        known = load_states(con)
        states = {id_: known.get(id_, FetchState(source_id=id_)) for id_ in sources}
        jobs = [(sources[id_], state) for id_, state in states.items() if force or is_due(state, now)]
        for done, answer in enumerate(fetch_all(client, jobs, now, limits), start=1):
            result, counts = _store(con, sources[answer.source_id], states[answer.source_id], answer)
            outcomes[result.outcome.value] += 1
            entries += counts
            if not result.outcome.succeeded:
                failures.append(f"{result.source_id}: {result.outcome.value}: {result.message}")
                log.info("feed %s: %s: %s", result.source_id, result.outcome.value, result.message)
            progress("Fetching feeds", done, len(jobs), f"{entries.new:,} new articles, {len(failures)} failed")
    return IngestReport(
        feeds=len(sources),
        not_due=len(sources) - len(jobs),
        outcomes=dict(sorted(outcomes.items())),
        entries=entries,
        failures=tuple(sorted(failures)),
    )


def _store(
    con: duckdb.DuckDBPyConnection, source: Source, state: FetchState, result: FetchResult
) -> tuple[FetchResult, SaveCounts]:
    """Parses and saves one answer: articles, log line and feed state together or not at all."""
    parsed = ParsedFeed(articles=(), rejections=())
    if result.body is not None:
        try:
            parsed = parse_feed(result.body, result.content_type, source, result.fetched_at)
        except NotAFeedError as error:
            result = replace(result, outcome=Outcome.NOT_A_FEED, message=str(error), body=None)
    fetch_id = stable_id("fetch", source.id, result.fetched_at.isoformat())
    with transaction(con):
        counts = save_articles(con, parsed, result.fetched_at)
        save_fetch(con, fetch_id, result, counts)
        save_state(con, after_fetch(state, result))
    return result, counts
