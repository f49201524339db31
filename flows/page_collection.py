"""Fetches the pages of the articles that are wanted, newest first, and stores their texts."""

from __future__ import annotations

import logging
import time
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass, field, replace
from datetime import datetime

import duckdb

from flows.filing import file_pending
from flows.progress import Progress, silent
from flows.settings import Settings
from sources.catalog import load_catalog
from sources.clean.publishers import publisher_of, publisher_table
from sources.clean.urls import host_of, registrable_domain
from sources.feeds.parse import article_id
from sources.model import AGGREGATOR, FullText, Outcome, PageResult, PageText, RobotsFile, Source, WantedPage
from sources.pages.collect_pages import PageBudget, collect_pages
from sources.pages.page_spool import PageSpool
from sources.pages.read_page import PAGE_LIMIT_S, read_page
from sources.parser_pool import ParserPool
from warehouse.classify.desk_classifier import load_desk_classifier
from warehouse.embed.encoder import Embedder, load_embedder
from warehouse.store.article_aliases import Identified, identify_articles
from warehouse.store.article_texts import save_page_texts
from warehouse.store.db import open_warehouse, transaction
from warehouse.store.page_boilerplate import cut_repeated_lines
from warehouse.store.page_fetches import (
    load_robots,
    not_logged,
    resting_hosts,
    save_page_fetches,
    save_robots,
    wanted_pages,
)

log = logging.getLogger("watchfloor")

# Pages stored in one transaction, or those of so many seconds: a commit takes some 10 ms.
BATCH_PAGES, BATCH_S = 32, 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class PageReport:
    """The pages of one collection run: wanted at its begin, asked for by outcome, and had as a text."""

    wanted: int = 0
    asked: int = 0
    texts: int = 0
    outcomes: dict[str, int] = field(default_factory=dict)
    elapsed_s: float = 0.0

    @property
    def nothing_answered(self) -> bool:
        """Whether pages were wanted and no host answered: then it is the network, not the pages."""
        return self.wanted > 0 and not self.asked


def collect_wanted_pages(
    settings: Settings,
    now: datetime,
    progress: Progress = silent,
    *,
    catalog: Sequence[Source] | None = None,
    embedder: Embedder | None = None,
) -> PageReport:
    """Fetches the pages that are wanted at `now`, as many as a run may, and stores their texts.

    What is new is filed by its title first: that decides which articles are near the topic.
    """
    started = time.monotonic()
    if not settings.pages_per_run:
        return PageReport()
    sources = tuple(catalog or load_catalog(settings.catalog_path))
    asked: Counter[Outcome] = Counter()
    with ExitStack() as stack:
        con = stack.enter_context(open_warehouse(settings.warehouse_path))
        if any(source.full_text is FullText.ON_TOPIC for source in sources):
            embedder = embedder or load_embedder(settings.embedding_model)
            file_pending(con, embedder, load_desk_classifier(), progress)
        wanted = _wanted(con, sources, settings.allowed_hosts, now)
        parsers = stack.enter_context(ParserPool())

        def read(body: bytes, content_type: str, page: WantedPage) -> PageText | tuple[Outcome, str]:
            return parsers.call(read_page, body, content_type, page, limit_s=PAGE_LIMIT_S)

        spool = PageSpool(settings.home_dir / "pages")
        budget = replace(PageBudget(), pages=settings.pages_per_run)
        answers = collect_pages(
            wanted, load_robots(con, now), read, now, settings.fetch_limits, budget, spool
        )
        ahead = min(len(wanted), settings.pages_per_run)
        for batch in _batches(stack.enter_context(closing(answers))):
            results = _store(con, batch, sources)
            spool.forget(result.wanted.article_id for result in results)
            asked.update(result.outcome for result in results)
            progress("Fetching pages", asked.total(), ahead, f"{asked[Outcome.OK]:,} texts")
        with transaction(con):
            cut_repeated_lines(con, {page.source_id for page in wanted}, now)
    return PageReport(
        wanted=len(wanted),
        asked=asked.total(),
        texts=asked[Outcome.OK],
        outcomes=dict(sorted(asked.items())),
        elapsed_s=time.monotonic() - started,
    )


def _wanted(
    con: duckdb.DuckDBPyConnection, sources: Sequence[Source], own_hosts: Collection[str], now: datetime
) -> list[WantedPage]:
    """Returns the wanted pages, without those of hosts that asked for a pause.

    A feed of the public network may not have us ask a host of our own.
    """
    resting = resting_hosts(con, now)
    of_ours = {source.id for source in sources if host_of(source.url) in own_hosts}
    pages = wanted_pages(con, {source.id: source.full_text for source in sources}, now)
    return [
        page
        for page in pages
        if (host := host_of(page.url)) not in resting and (host not in own_hosts or page.source_id in of_ours)
    ]


def _batches(answers: Iterable[PageResult | RobotsFile]) -> Iterator[list[PageResult | RobotsFile]]:
    batch: list[PageResult | RobotsFile] = []
    began = time.monotonic()
    for answer in answers:
        batch.append(answer)
        if len(batch) >= BATCH_PAGES or time.monotonic() - began >= BATCH_S:
            yield batch
            batch, began = [], time.monotonic()
    if batch:
        yield batch


def _store(
    con: duckdb.DuckDBPyConnection, batch: Sequence[PageResult | RobotsFile], sources: Sequence[Source]
) -> list[PageResult]:
    """Saves some answers: robots files, fetches and texts together or not at all; returns the pages."""
    results = [one for one in batch if isinstance(one, PageResult)]
    with transaction(con):
        save_robots(con, [one for one in batch if isinstance(one, RobotsFile)])
        fresh = not_logged(con, results)
        save_page_fetches(con, fresh)
        save_page_texts(con, fresh)
        identify_articles(con, list(_identified(fresh, sources)))
    for one in results:
        if one.message:
            log.info("page %s: %s: %s", one.wanted.url, one.outcome.value, one.message)
    return results


def _identified(results: Iterable[PageResult], sources: Sequence[Source]) -> Iterator[Identified]:
    """Yields what pages turned out to be whose article came by an aggregator or a redirector."""
    by_id = {source.id: source for source in sources}
    publishers = publisher_table(sources)
    for result in results:
        if result.page is None or result.final_url is None:
            continue
        source, found = by_id.get(result.wanted.source_id), host_of(result.final_url)
        moved = registrable_domain(found) != registrable_domain(host_of(result.wanted.url))
        if source is None or (not moved and source.kind != AGGREGATOR):
            continue
        url = result.page.canonical_url or result.final_url
        credited = publisher_of(found, publishers) or found
        yield Identified(
            article_id=result.wanted.article_id,
            same_as=article_id(source.id, url, ""),
            url=url,
            publisher=credited if source.kind == AGGREGATOR else source.publisher,
        )
