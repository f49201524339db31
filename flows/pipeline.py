"""The stages of the pipeline, in the order in which data goes through them.

Each stage that writes the warehouse runs as a job.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from pathlib import Path

from flows.collection import ImportReport, IngestReport, collect_feeds, store_archives
from flows.filing import file_pending
from flows.jobs import (
    Job,
    JobResult,
    Skipped,
    day_key,
    deadline,
    hour_key,
    moment_key,
    not_skipped,
    run_job,
    week_key,
)
from flows.page_collection import collect_wanted_pages
from flows.progress import Progress, silent
from flows.settings import CONFIG_NAME, SECRET_NAME, Settings
from reports.digest.build import build_digest, make_issue
from reports.digest.digest import Digest
from reports.digest.record import to_json
from reports.digest.write import DigestFiles, write_digest
from reports.site.build import SiteReport, build_site
from reports.week import Week
from sources.model import stable_id
from warehouse.classify.desk_classifier import load_desk_classifier
from warehouse.classify.topics import load_extractors
from warehouse.embed.encoder import Embedder, load_embedder
from warehouse.extract.extractions import extract_pending
from warehouse.queries.warehouse_status import FeedStatus, feed_statuses
from warehouse.search.inverted_index import index_pending
from warehouse.search.vector_codes import encode_pending
from warehouse.snapshot.api import open_snapshot
from warehouse.snapshot.backup import Backup, restore_backup, write_backup
from warehouse.snapshot.publish import publish_snapshot
from warehouse.store.article_texts import forget_texts
from warehouse.store.atomic_files import FRESH, remove
from warehouse.store.db import open_read_only, open_warehouse, transaction, upgrade_warehouse
from warehouse.store.issues import IssueRecord, issue_hash, save_issue
from warehouse.store.runs import last_done
from warehouse.store.trend_tests import save_trend_tests
from warehouse.stories.assign import assign_stories
from warehouse.stories.document_joins import join_documents
from warehouse.stories.late_texts import reread_members
from warehouse.stories.summaries import summarise_stories
from warehouse.threads.linking import link_threads

# Each deadline is several times what the largest known input takes on two cores (docs/operators/index.md).
MINUTE_S = 60.0
HOUR_S = 60 * MINUTE_S
SITE_TIMEOUT_S = HOUR_S
BACKED_UP_BESIDE = ("digests", "catalog.toml", CONFIG_NAME, SECRET_NAME)


# Ingest and import: articles come in.


def ingest(
    settings: Settings,
    now: datetime,
    progress: Progress = silent,
    *,
    ask_all: bool = False,
    by_hand: bool = False,
    force: bool = False,
    patience_s: float = 0,
) -> IngestReport | Skipped:
    """Asks the feeds that are due (`ask_all`: all), then for pages, and stores what is new.

    Once an hour, by hand always. It is not done if no feed answered: the next run tries again.
    """

    def work() -> JobResult[IngestReport]:
        report = collect_feeds(settings, now, progress, force=ask_all)
        if report.nothing_answered:
            return JobResult(report=report, outcome="no feed answered", done=False)
        report = replace(report, pages=collect_wanted_pages(settings, now, progress))
        counts = (
            f"{report.entries.new} new articles of {report.asked} feeds asked, {len(report.failures)} failed"
            f", {report.pages.texts} texts of {report.pages.asked} pages"
        )
        return JobResult(report=report, outcome=counts)

    run_key = moment_key(now) if by_hand else hour_key(now)
    job = Job(flow="ingest", run_key=run_key, timeout_s=45 * MINUTE_S, force=force or by_hand)
    return run_job(settings, job, now, work, patience_s=patience_s)


def import_archives(
    settings: Settings,
    paths: Sequence[Path],
    now: datetime,
    progress: Progress = silent,
    *,
    patience_s: float = 0,
) -> ImportReport:
    """Imports archives, as often as asked."""

    def work() -> JobResult[ImportReport]:
        report = store_archives(settings, paths, now, progress)
        counts = (
            f"{report.entries.new} new articles from {report.files} archives, {len(report.failures)} "
            "unreadable"
        )
        return JobResult(report=report, outcome=counts)

    job = Job(flow="backfill", run_key=moment_key(now), timeout_s=12 * HOUR_S, force=True)
    done = run_job(settings, job, now, work, patience_s=patience_s)
    return not_skipped(done)


# Enrich: articles become classified members of stories.


@dataclass(frozen=True, slots=True, kw_only=True)
class EnrichReport:
    """One enrichment run: how many articles went through each step, by which model and classifier."""

    embedded: int
    classified: int
    assigned: int
    new_stories: int
    linked: int
    indexed: int
    model: str
    classifier: str


def enrich(
    settings: Settings,
    now: datetime,
    progress: Progress = silent,
    *,
    by_hand: bool = False,
    force: bool = False,
    patience_s: float = 0,
) -> EnrichReport | Skipped:
    """Enriches what is new or changed: once after each ingest or import, by hand always."""

    def work() -> JobResult[EnrichReport]:
        report = enrich_pending(settings, progress)
        counts = f"{report.embedded} embedded, {report.classified} classified, {report.assigned} grouped"
        versions = {"model": report.model, "classification": report.classifier}
        return JobResult(report=report, outcome=counts, versions=versions)

    job = Job(
        flow="enrich",
        run_key=moment_key(now) if by_hand else hour_key(now),
        after=() if by_hand else ("ingest", "backfill"),
        timeout_s=6 * HOUR_S,
        force=force or by_hand,
    )
    return run_job(settings, job, now, work, patience_s=patience_s)


def enrich_pending(
    settings: Settings, progress: Progress = silent, *, embedder: Embedder | None = None
) -> EnrichReport:
    """Embeds, classifies, groups and indexes whatever is new or changed.

    The model is loaded only if something is.
    """
    classifier = load_desk_classifier()
    embedder = embedder or load_embedder(settings.embedding_model)
    with open_warehouse(settings.warehouse_path) as con:
        embedded, classified = file_pending(con, embedder, classifier, progress)
        for extractor in load_extractors():
            extract_pending(con, extractor, partial(progress, f"Extracting {extractor.name}"))
        reread_members(con, embedder.model)
        assigned, new_stories = assign_stories(con, embedder.model, partial(progress, "Grouping stories"))
        join_documents(con)
        summarise_stories(con)
        linked = link_threads(con)
        indexed = index_pending(con, partial(progress, "Indexing articles"))
        encode_pending(con, embedder.model)
    return EnrichReport(
        embedded=embedded,
        classified=classified,
        assigned=assigned,
        new_stories=new_stories,
        linked=linked.linked,
        indexed=indexed,
        model=embedder.model,
        classifier=classifier.version,
    )


# Digest: the issue of a week.


@dataclass(frozen=True, slots=True, kw_only=True)
class DigestReport:
    """One issue: its digest, and the files it was written to."""

    digest: Digest
    files: DigestFiles


@dataclass(frozen=True, slots=True, kw_only=True)
class RebuiltReport:
    """An old issue made again.

    `same`: whether it equals the one on record; None if none with its cut-off is on record.
    """

    digest: Digest
    files: DigestFiles
    same: bool | None


def digest(
    settings: Settings,
    week: Week,
    now: datetime,
    out_dir: Path | None = None,
    *,
    force: bool = False,
    patience_s: float = 0,
) -> DigestReport | Skipped:
    """Writes the issue of a week: once when the week is over, with `force` again."""

    def work() -> JobResult[DigestReport]:
        report = write_issue(settings, week, now, out_dir)
        outcome = f"{report.digest.corpus.stories} stories, {report.files.html.name}"
        return JobResult(report=report, outcome=outcome)

    job = Job(flow="digest", run_key=week_key(week, now), timeout_s=30 * MINUTE_S, force=force)
    return run_job(settings, job, now, work, patience_s=patience_s)


def due_digest(
    settings: Settings, week: Week, now: datetime, *, force: bool = False
) -> DigestReport | Skipped:
    """Writes the issue of a past week, unless nothing was collected since: it would lack the week's end."""
    if collected_since(settings, week.end):
        return digest(settings, week, now, force=force)
    reason = f"digest of {week} waits until a feed has answered: nothing was collected since the week ended."
    return Skipped(flow="digest", run_key=str(week), reason=reason)


def collected_since(settings: Settings, moment: datetime) -> bool:
    """Returns whether any ingest or import was done after that moment."""
    if not settings.warehouse_path.exists():
        return False
    upgrade_warehouse(settings.warehouse_path)
    with open_read_only(settings.warehouse_path) as con:
        run = last_done(con, ("ingest", "backfill"))
    return run is not None and run.ended_at >= moment


def write_issue(settings: Settings, week: Week, now: datetime, out_dir: Path | None = None) -> DigestReport:
    """Builds the digest of `week` from everything seen by `now`, writes it in all forms and records it."""
    with open_warehouse(settings.warehouse_path) as con:
        issue = make_issue(con, week, now)
        files = write_digest(issue.digest, out_dir or settings.digests_dir)
        save_trend_tests(con, issue.trend_tests)
        save_issue(con, _issue_record(issue.digest), now)
    return DigestReport(digest=issue.digest, files=files)


def rebuild_issue(
    settings: Settings, week: Week, as_of: datetime, out_dir: Path | None = None
) -> RebuiltReport:
    """Makes the issue of `week` as of a moment again, in its own folder, and compares it with the record."""
    with open_warehouse(settings.warehouse_path) as con:
        built = build_digest(con, week, as_of)
        folder = settings.digests_dir / "as-of" / f"{built.watermark:%Y%m%dT%H%M%SZ}"
        files = write_digest(built, out_dir or folder)
        recorded = issue_hash(con, str(week), built.watermark)
    same = None if recorded is None else recorded == _issue_record(built).content_hash
    return RebuiltReport(digest=built, files=files, same=same)


def _issue_record(built: Digest) -> IssueRecord:
    return IssueRecord(
        week=str(built.week),
        watermark=built.watermark,
        articles=built.corpus.articles,
        stories=built.corpus.stories,
        desks={section.desk: section.stories for section in built.sections},
        content_hash=stable_id(to_json(built)),
    )


# Publish and site: what researchers and readers open. Sending is in flows/sending.py.


def publish(
    settings: Settings, now: datetime, *, by_hand: bool = False, force: bool = False, patience_s: float = 0
) -> Path | Skipped:
    """Publishes the snapshot: once after each enrichment or digest, by hand always. Returns its path."""

    def work() -> JobResult[Path]:
        snapshot = settings.snapshot_path
        publish_snapshot(settings.warehouse_path, snapshot, now, settings.keep_snapshots_days)
        return JobResult(report=snapshot, outcome=f"{snapshot.stat().st_size / 1e6:.1f} MB")

    job = Job(
        flow="publish",
        run_key=moment_key(now),
        after=() if by_hand else ("enrich", "digest"),
        key_after=lambda cause: moment_key(cause.ended_at),
        timeout_s=HOUR_S,
        force=force or by_hand,
    )
    return run_job(settings, job, now, work, patience_s=patience_s)


def site(settings: Settings, out: Path | None = None) -> SiteReport:
    """Builds the static site at `out` (HOME/site).

    It reads the snapshot, so it neither waits for a job nor delays one.
    """
    with deadline("the site", SITE_TIMEOUT_S), open_snapshot(settings.snapshot_path) as snapshot:
        return build_site(snapshot.con, settings.digests_dir, out or settings.site_dir, settings.site_url)


# Maintain, backup and restore: the operator's stages.


@dataclass(frozen=True, slots=True, kw_only=True)
class MaintenanceReport:
    """One night's maintenance: the backup, the number of texts deleted, and the feeds that need a person."""

    backup: Backup
    texts_forgotten: int
    ailing: tuple[FeedStatus, ...]


def maintain(
    settings: Settings, now: datetime, *, force: bool = False, patience_s: float = 0
) -> MaintenanceReport | Skipped:
    """Backs up, deletes what killed runs left and texts that are too old, checks the feeds: once a day."""

    def work() -> JobResult[MaintenanceReport]:
        backup = _write_backup(settings, settings.backup_path, now)
        for left in settings.home_dir.glob(FRESH):  # of a killed restore or migration
            remove(left)
        forgotten = _forget_texts(settings, now)
        with open_read_only(settings.warehouse_path) as con:
            ailing = tuple(feed for feed in feed_statuses(con) if feed.needs_attention)
        report = MaintenanceReport(backup=backup, texts_forgotten=forgotten, ailing=ailing)
        deleted = f"{forgotten} old texts deleted, " if forgotten else ""
        outcome = f"backup {backup.folder.name}, {deleted}{len(ailing)} feeds need a person"
        return JobResult(report=report, outcome=outcome)

    job = Job(flow="maintain", run_key=day_key(now), timeout_s=HOUR_S, force=force)
    return run_job(settings, job, now, work, patience_s=patience_s)


def _forget_texts(settings: Settings, now: datetime) -> int:
    if not settings.keep_texts_months:
        return 0
    with open_warehouse(settings.warehouse_path) as con, transaction(con):
        return forget_texts(con, now, settings.keep_texts_months)


def back_up(settings: Settings, into: Path, now: datetime) -> Backup:
    """Writes a backup into the folder, and keeps as many as the settings say."""

    def work() -> JobResult[Backup]:
        backup = _write_backup(settings, into, now)
        return JobResult(report=backup, outcome=backup.folder.name)

    job = Job(flow="backup", run_key=moment_key(now), timeout_s=HOUR_S, force=True)
    done = run_job(settings, job, now, work)
    return not_skipped(done)


def restore(settings: Settings, folder: Path, now: datetime) -> Backup:
    """Restores the backup in the folder, or the latest of those in it.

    The next publication makes the snapshot again.
    """

    def work() -> JobResult[Backup]:
        backup = restore_backup(folder, settings.warehouse_path, now)
        # The table of runs that it brings does not know of this run, which is recorded in it now.
        return JobResult(report=backup, outcome=backup.folder.name)

    job = Job(flow="restore", run_key=moment_key(now), timeout_s=HOUR_S, force=True)
    done = run_job(settings, job, now, work)
    return not_skipped(done)


def _write_backup(settings: Settings, into: Path, now: datetime) -> Backup:
    return write_backup(settings.warehouse_path, BACKED_UP_BESIDE, into, now, settings.keep_backups)
