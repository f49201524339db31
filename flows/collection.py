"""Fills the warehouse: asks the feeds that are due and stores their answers, and imports archives."""

from __future__ import annotations

import logging
import os
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

import duckdb

from flows.page_collection import PageReport
from flows.progress import Progress, silent
from flows.settings import Settings
from sources.archives.archive import archive_size, read_archive
from sources.catalog import load_catalog
from sources.collector import Collected, collect_sources
from sources.errors import ArchiveError
from sources.feeds.quarantine import quarantine_floods
from sources.http.policy import after_fetch, is_due, state_for, validator_was_false
from sources.model import EntryCounts, FetchResult, ParsedFeed, Source
from sources.parser_pool import ParserPool
from warehouse.store.articles import save_articles, settled_articles
from warehouse.store.config_changes import note_catalog
from warehouse.store.db import open_warehouse, transaction
from warehouse.store.feeds import FetchRecord, load_states, save_fetches, save_sources, save_states

log = logging.getLogger("watchfloor")

# Feeds stored in one transaction, or those of so many seconds: a statement costs more than its rows (1,000
# feeds with nothing new take 80 ms at once, 190 ms by 256). What a kill loses of a batch is asked again.
BATCH_FEEDS, BATCH_S = 1_000, 2.0
# When so many feeds all fail, it is our network; no feed is charged for it.
FEW_FEEDS = 5
_PROXY_VARIABLES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY")
WHY_NO_PROXY = (
    "it would look up names itself, past the check for private addresses, so feeds are asked directly."
)
NOTHING = ParsedFeed(articles=(), rejections=())


@dataclass(frozen=True, slots=True, kw_only=True)
class IngestReport:
    """One collection run: feeds by outcome, entries by what became of them, what failed, and the pages."""

    feeds: int
    not_due: int
    outcomes: dict[str, int]
    entries: EntryCounts
    failures: tuple[str, ...]
    flooded: tuple[str, ...]
    elapsed_s: float
    pages: PageReport = field(default_factory=PageReport)

    @property
    def asked(self) -> int:
        """Feeds that were due and asked."""
        return self.feeds - self.not_due

    @property
    def nothing_answered(self) -> bool:
        """Whether every feed asked failed: then it is the network, not the feeds."""
        return self.asked > 0 and len(self.failures) == self.asked


def proxies_named() -> list[str]:
    """Returns the variables of the environment that name a proxy, which the collector does not use."""
    return sorted(name for name in os.environ if name.upper() in _PROXY_VARIABLES and os.environ[name])


def why_no_answer() -> str:
    """Returns what may be the reason that no feed answered."""
    named = ", ".join(proxies_named())
    return f"{named} is not used: {WHY_NO_PROXY}" if named else "is the network down?"


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportReport:
    """What became of the entries of archives, and which files in them could not be read."""

    files: int
    entries: EntryCounts
    failures: tuple[str, ...] = ()


def collect_feeds(
    settings: Settings,
    now: datetime,
    progress: Progress = silent,
    *,
    catalog: Sequence[Source] | None = None,
    force: bool = False,
    parsers: ParserPool | None = None,
) -> IngestReport:
    """Fetches every feed of the catalog that is due at `now` (all with `force`) and stores what is new.

    `parsers` serves several runs if the caller keeps it; without it one is started for this run.
    """
    started = time.monotonic()
    sources = tuple(catalog or load_catalog(settings.catalog_path))
    tally = _Tally()
    with ExitStack() as stack:
        con = stack.enter_context(open_warehouse(settings.warehouse_path))
        pool = parsers or stack.enter_context(ParserPool())
        with transaction(con):
            save_sources(con, sources)
            note_catalog(con, sources, now)
        known = load_states(con)
        states = [(source, state_for(source, known.get(source.id))) for source in sources]
        due = [(source, state) for source, state in states if force or is_due(state, now)]

        answers = stack.enter_context(
            closing(collect_sources(due, sources, pool, now, settings.fetch_limits))
        )
        for batch in _batches(answers):
            for result, counts in _store(con, batch, now):
                tally.add(result, counts)
            note = f"{tally.entries.new:,} new articles, {len(tally.failures)} failed"
            progress("Fetching feeds", tally.feeds, len(due), note)
        if len(tally.failures) == len(due) >= FEW_FEEDS:
            with transaction(con):
                save_states(con, [state for _, state in due])
    return IngestReport(
        feeds=len(sources),
        not_due=len(sources) - len(due),
        outcomes=dict(sorted(tally.outcomes.items())),
        entries=tally.entries,
        failures=tuple(sorted(tally.failures)),
        flooded=tuple(sorted(tally.flooded)),
        elapsed_s=time.monotonic() - started,
    )


def store_archives(
    settings: Settings, paths: Sequence[Path], now: datetime, progress: Progress = silent
) -> ImportReport:
    """Stores the articles of archives as if their feeds had been watched when the articles were first seen.

    A file that cannot be read is named in the report and the rest goes on; raises ArchiveError if it is the
    only one.
    """
    entries = EntryCounts()
    failures: list[str] = []
    catalog = load_catalog(settings.catalog_path)
    with open_warehouse(settings.warehouse_path) as con:
        for path in paths:
            size = archive_size(path)
            try:
                for batch in read_archive(path, now, catalog):
                    with transaction(con):
                        save_sources(con, batch.sources)
                        entries += save_articles(con, [batch.parsed], now)[0]
                    failures += batch.failures
                    progress(
                        f"Importing {path.name}", batch.bytes_read, size, f"{entries.new:,} new articles"
                    )
            except ArchiveError as error:
                if len(paths) == 1:
                    raise
                failures.append(str(error))
    return ImportReport(files=len(paths), entries=entries, failures=tuple(failures))


@dataclass(slots=True)
class _Tally:
    """The counts of a collection run so far."""

    feeds: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)
    entries: EntryCounts = field(default_factory=EntryCounts)
    failures: list[str] = field(default_factory=list)
    flooded: list[str] = field(default_factory=list)

    def add(self, result: FetchResult, counts: EntryCounts) -> None:
        self.feeds += 1
        self.outcomes[result.outcome.value] += 1
        self.entries += counts
        if result.outcome.failed:
            self.failures.append(f"{result.source_id}: {result.outcome.value}: {result.message}")
            log.info("feed %s: %s: %s", result.source_id, result.outcome.value, result.message)
        if counts.set_aside:
            self.flooded.append(f"{result.source_id}: {counts.set_aside} entries of its archive set aside")


def _batches(answers: Iterable[Collected]) -> Iterator[list[Collected]]:
    batch: list[Collected] = []
    began = time.monotonic()
    for answer in answers:
        batch.append(answer)
        if len(batch) >= BATCH_FEEDS or time.monotonic() - began >= BATCH_S:
            yield batch
            batch, began = [], time.monotonic()
    if batch:
        yield batch


def _store(
    con: duckdb.DuckDBPyConnection, batch: Sequence[Collected], now: datetime
) -> list[tuple[FetchResult, EntryCounts]]:
    """Saves some answers: articles, fetch records and feed states together or not at all."""
    with transaction(con):
        counts = save_articles(con, _without_floods(con, batch, now), now)
        fetches, states = [], []
        for answer, counted in zip(batch, counts, strict=True):
            hashes = frozenset((answer.parsed or NOTHING).fingerprints)
            state = after_fetch(answer.state, answer.result, counted, hashes)
            states.append(state)
            fetches.append(
                FetchRecord(
                    result=answer.result,
                    counts=counted,
                    entries_in_feed=len(state.entry_hashes) if state.last_success_at else None,
                    validator_lied=validator_was_false(answer.state, answer.result, counted),
                )
            )
        save_fetches(con, fetches)
        save_states(con, states, before=[answer.state for answer in batch])
    return [(answer.result, counted) for answer, counted in zip(batch, counts, strict=True)]


def _without_floods(
    con: duckdb.DuckDBPyConnection, batch: Sequence[Collected], now: datetime
) -> list[ParsedFeed]:
    """Returns what each feed brought, with its new articles marked where they are a flood."""
    feeds = [answer.parsed or NOTHING for answer in batch]
    ids = [article.article_id for feed in feeds for article in feed.articles]
    if not ids:
        return feeds
    settled = settled_articles(con, ids, now)
    marked = []
    for answer, feed in zip(batch, feeds, strict=True):
        new = [article for article in feed.articles if article.article_id not in settled]
        others = [article for article in feed.articles if article.article_id in settled]
        marked.append(replace(feed, articles=(*others, *quarantine_floods(new, answer.state, now))))
    return marked
