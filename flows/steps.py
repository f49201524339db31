"""The pipeline as plain functions: each opens the warehouse, does one stage, and says what came of it. No Prefect here."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

import duckdb

from flows.progress import Progress, silent
from flows.settings import Settings
from reports.digest import build_digest
from reports.model import Digest
from reports.render import DigestFiles, to_json, write_digest
from reports.week import Week
from sources.archive import read_archive
from sources.catalog import load_catalog
from sources.errors import NotAFeedError
from sources.fetch import FetchLimits, fetch_all, new_client
from sources.model import FetchResult, FetchState, Outcome, ParsedFeed, Source, stable_id
from sources.parse import parse_feed
from sources.policy import after_fetch, is_due
from warehouse.articles import SaveCounts, save_articles
from warehouse.db import open_warehouse, transaction
from warehouse.digests import DigestRecord, save_digest
from warehouse.enrich.desks import load_filer
from warehouse.enrich.embed import Embedder, SentenceTransformerEmbedder
from warehouse.enrich.filing import file_pending
from warehouse.enrich.stories import assign_stories
from warehouse.enrich.vectors import embed_pending
from warehouse.feeds import load_states, save_fetch, save_sources, save_state
from warehouse.snapshot import publish_snapshot

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


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportReport:
    """What became of the lines of archive files."""

    files: int
    entries: SaveCounts


@dataclass(frozen=True, slots=True, kw_only=True)
class EnrichReport:
    """One enrichment run: articles that went through each step; all zero when nothing was pending."""

    embedded: int
    filed: int
    assigned: int
    stories_founded: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DigestReport:
    """One issue: its digest, and the files it was written to."""

    digest: Digest
    files: DigestFiles


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


def import_archives(
    settings: Settings, paths: Sequence[Path], now: datetime, progress: Progress = silent
) -> ImportReport:
    """Stores the articles of JSONL files as if their feeds had been watched when they were first seen."""
    entries = SaveCounts()
    with open_warehouse(settings.warehouse_path) as con:
        for path in paths:
            size = path.stat().st_size if path.exists() else 0
            for batch in read_archive(path, now):
                with transaction(con):
                    save_sources(con, batch.sources)
                    entries += save_articles(con, batch.parsed, now)
                progress(f"Importing {path.name}", batch.bytes_read, size, f"{entries.new:,} new articles")
    return ImportReport(files=len(paths), entries=entries)


def enrich(settings: Settings, progress: Progress = silent, *, embedder: Embedder | None = None) -> EnrichReport:
    """Embeds, files and groups whatever is new or changed. The model is loaded only if something is."""
    filer = load_filer()
    embedder = embedder or SentenceTransformerEmbedder(settings.model)
    with open_warehouse(settings.warehouse_path) as con:
        embedded = embed_pending(con, embedder, _named(progress, "Embedding articles"))
        filed = file_pending(con, filer, embedder.model, _named(progress, "Filing articles"))
        assigned, founded = assign_stories(con, embedder.model, _named(progress, "Grouping stories"))
    return EnrichReport(embedded=embedded, filed=filed, assigned=assigned, stories_founded=founded)


def _named(progress: Progress, what: str) -> Callable[[int, int], None]:
    return lambda done, total: progress(what, done, total)


def digest(settings: Settings, week: Week, now: datetime, out_dir: Path | None = None) -> DigestReport:
    """Builds the digest of `week` from all that was seen by `now` and writes it as HTML, Markdown and JSON."""
    with open_warehouse(settings.warehouse_path) as con:
        built = build_digest(con, week, now)
        files = write_digest(built, out_dir or settings.digests_dir)
        save_digest(
            con,
            DigestRecord(
                week=str(week),
                watermark=built.watermark,
                article_count=built.corpus.articles,
                story_count=built.corpus.stories,
                content_hash=stable_id(to_json(built)),
            ),
            now,
        )
    return DigestReport(digest=built, files=files)


def publish(settings: Settings) -> Path:
    """Writes the snapshot that researchers open, replacing the last one at one stroke; returns its path."""
    publish_snapshot(settings.warehouse_path, settings.snapshot_path)
    return settings.snapshot_path
