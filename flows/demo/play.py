"""The demonstration: runs the real pipeline week by week over the sample's feeds, under a simulated clock."""

from __future__ import annotations

from datetime import timedelta

from flows.collection import collect_feeds
from flows.demo.sample import FIRST_WEEK, LAST_WEEK
from flows.demo.server import sample_server
from flows.pipeline import DigestReport, enrich_pending, write_issue
from flows.progress import Progress
from flows.settings import Settings
from sources.parser_pool import ParserPool
from warehouse.embed.encoder import Embedder, load_embedder
from warehouse.snapshot.publish import publish_snapshot

RUN_AFTER_WEEK = timedelta(hours=6)  # Monday 06:00 UTC, when the weekly digest is due


ALL_WEEKS = (LAST_WEEK.monday - FIRST_WEEK.monday).days // 7 + 1


def play(
    settings: Settings, progress: Progress, embedder: Embedder | None = None, *, weeks: int = ALL_WEEKS
) -> DigestReport:
    """Collects and enriches the last `weeks` weeks of the sample and writes the issue of the last one.

    A second run finds nothing new.
    """
    embedder = embedder or load_embedder(settings.embedding_model)
    settings = settings.model_copy(
        update={"allowed_hosts": frozenset({"127.0.0.1"})}
    )  # where the sample is served
    played = [LAST_WEEK.before(back) for back in reversed(range(weeks))]
    new = stories = 0
    with sample_server() as server, ParserPool() as parsers:
        for number, week in enumerate(played, start=1):
            now = server.clock = week.end + RUN_AFTER_WEEK
            fetched = collect_feeds(settings, now, catalog=server.catalog, parsers=parsers)
            new += fetched.entries.new
            # After a stopped run the weeks it had played are not enriched again: later articles must wait for
            # their week.
            if fetched.asked or week == LAST_WEEK:
                stories += enrich_pending(settings, embedder=embedder).new_stories
            progress(
                f"Playing {weeks} weeks of feeds", number, weeks, f"{week}: {new} articles, {stories} stories"
            )
    report = write_issue(settings, LAST_WEEK, now)
    publish_snapshot(settings.warehouse_path, settings.snapshot_path, now, settings.keep_snapshots_days)
    return report
