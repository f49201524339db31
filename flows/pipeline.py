"""The stages as flows and commands run them: the steps, each under guard with its run key, deadline and ending."""

from __future__ import annotations

import socket
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from flows import steps
from flows.jobs import JobResult, Result, Skipped, Stage, run_job
from flows.monitor.metrics import write_metrics
from flows.monitor.status import read_status
from flows.progress import Progress, silent
from flows.run_keys import day_key, hour_key, key_after, moment_key, week_key
from flows.settings import Settings
from reports.week import Week
from warehouse.snapshot.backup import Backup
from warehouse.store.db import look_at
from warehouse.store.runs import last_done

MINUTE_S = 60.0
# What a stage may take at most: several times what the largest input known takes on two cores (docs/operators/).
TIMEOUTS_S = {
    "ingest": 45 * MINUTE_S,
    "backfill": 12 * 60 * MINUTE_S,
    "enrich": 6 * 60 * MINUTE_S,
    "publish": 60 * MINUTE_S,
    "digest": 30 * MINUTE_S,
    "maintain": 60 * MINUTE_S,
}


def ingest(
    settings: Settings,
    now: datetime,
    progress: Progress = silent,
    *,
    ask_all: bool = False,
    by_hand: bool = False,
    force: bool = False,
    patience_s: float = 0,
) -> steps.IngestReport | Skipped:
    """Collects, once an hour; by hand always, and every feed with `ask_all`. Done unless no feed answered."""
    stage = Stage(
        flow="ingest",
        run_key=lambda _: moment_key(now) if by_hand else hour_key(now),
        work=lambda: steps.ingest(settings, now, progress, force=ask_all),
        ending=_collected,
        timeout_s=TIMEOUTS_S["ingest"],
        force=force or by_hand,
    )
    return run_job(settings, stage, now, patience_s=patience_s)


def backfill(
    settings: Settings, paths: Sequence[Path], now: datetime, progress: Progress = silent, *, patience_s: float = 0
) -> steps.ImportReport | Skipped:
    """Imports archives: always, for it is always by hand."""
    stage = Stage(
        flow="backfill",
        run_key=lambda _: moment_key(now),
        work=lambda: steps.import_archives(settings, paths, now, progress),
        ending=lambda report: JobResult(
            outcome=f"{report.entries.new} new articles from {report.files} archives, {len(report.failures)} unreadable"
        ),
        timeout_s=TIMEOUTS_S["backfill"],
        force=True,
    )
    return run_job(settings, stage, now, patience_s=patience_s)


def enrich(
    settings: Settings,
    now: datetime,
    progress: Progress = silent,
    *,
    by_hand: bool = False,
    force: bool = False,
    patience_s: float = 0,
) -> steps.EnrichReport | Skipped:
    """Embeds, files and groups, once after each collection or backfill; by hand always."""
    stage = Stage(
        flow="enrich",
        run_key=lambda cause: moment_key(now) if by_hand else key_after(cause, now),
        after=("ingest", "backfill"),
        work=lambda: steps.enrich(settings, progress),
        ending=_enriched,
        timeout_s=TIMEOUTS_S["enrich"],
        force=force or by_hand,
    )
    return run_job(settings, stage, now, patience_s=patience_s)


def publish(
    settings: Settings, now: datetime, *, by_hand: bool = False, force: bool = False, patience_s: float = 0
) -> Path | Skipped:
    """Publishes the snapshot, once after each enrichment or digest; by hand always."""
    stage = Stage(
        flow="publish",
        run_key=lambda cause: moment_key(cause.ended_at if cause and not by_hand else now),
        after=("enrich", "digest"),
        work=lambda: steps.publish(settings, now),
        ending=lambda snapshot: JobResult(outcome=f"{snapshot.stat().st_size / 1e6:.1f} MB"),
        timeout_s=TIMEOUTS_S["publish"],
        force=force or by_hand,
    )
    return run_job(settings, stage, now, patience_s=patience_s)


def digest(
    settings: Settings,
    week: Week,
    now: datetime,
    out_dir: Path | None = None,
    *,
    force: bool = False,
    patience_s: float = 0,
) -> steps.DigestReport | Skipped:
    """Writes the issue of a week, once when it is over; with `force` again."""
    stage = Stage(
        flow="digest",
        run_key=lambda _: week_key(week, now),
        work=lambda: steps.digest(settings, week, now, out_dir),
        ending=lambda report: JobResult(outcome=f"{report.digest.corpus.stories} stories, {report.files.html.name}"),
        timeout_s=TIMEOUTS_S["digest"],
        force=force,
    )
    return run_job(settings, stage, now, patience_s=patience_s)


def due_digest(settings: Settings, week: Week, now: datetime, *, force: bool = False) -> steps.DigestReport | Skipped:
    """Writes the issue of a week that is over, unless nothing could be collected since: then it would be wrong."""
    if collected_since(settings, week.end):
        return digest(settings, week, now, force=force)
    reason = f"digest of {week} waits until a feed has answered: nothing was collected since the week ended."
    return Skipped(flow="digest", run_key=str(week), reason=reason)


def maintain(
    settings: Settings, now: datetime, *, force: bool = False, patience_s: float = 0
) -> steps.MaintenanceReport | Skipped:
    """Cares for the warehouse, once a day, and writes the metrics."""
    stage = Stage(
        flow="maintain",
        run_key=lambda _: day_key(now),
        work=lambda: steps.maintain(settings, now),
        ending=lambda report: JobResult(
            outcome=f"backup {report.backup.folder.name}, {len(report.ailing)} feeds need a person"
        ),
        timeout_s=TIMEOUTS_S["maintain"],
        force=force,
    )
    done = run_job(settings, stage, now, patience_s=patience_s)
    write_metrics(read_status(settings, now, socket.gethostname()), settings.metrics_path)
    return done


def back_up(settings: Settings, into: Path, now: datetime) -> Backup:
    """Backs up by hand."""
    stage = Stage(
        flow="backup",
        run_key=lambda _: moment_key(now),
        work=lambda: steps.back_up(settings, into, now),
        ending=lambda backup: JobResult(outcome=str(backup.folder)),
        timeout_s=TIMEOUTS_S["maintain"],
        force=True,
    )
    made: Backup | Skipped = run_job(settings, stage, now)
    return by_hand(made)


def restore(settings: Settings, where: Path, now: datetime) -> Backup:
    """Puts a backup back, while no flow runs. The ledger it brings does not know of it, so the restore is entered in it."""
    stage = Stage(
        flow="restore",
        run_key=lambda _: moment_key(now),
        work=lambda: steps.restore(settings, where, now),
        ending=lambda backup: JobResult(outcome=str(backup.folder)),
        timeout_s=TIMEOUTS_S["maintain"],
        force=True,
    )
    made: Backup | Skipped = run_job(settings, stage, now)
    return by_hand(made)


def collected_since(settings: Settings, moment: datetime) -> bool:
    """Whether any collection or backfill was done after that moment."""
    if not settings.warehouse_path.exists():
        return False
    with look_at(settings.warehouse_path) as con:
        run = last_done(con, ("ingest", "backfill"))
    return run is not None and run.ended_at >= moment


def by_hand(result: Result | Skipped) -> Result:
    """The result of a stage that was run by hand, which is never skipped."""
    if isinstance(result, Skipped):
        raise TypeError(f"a run by hand was skipped: {result.reason}")
    return result


def _collected(report: steps.IngestReport) -> JobResult:
    new = f"{report.entries.new} new articles of {report.asked} feeds asked, {len(report.failures)} failed"
    return JobResult(outcome="no feed answered" if report.nothing_answered else new, done=not report.nothing_answered)


def _enriched(report: steps.EnrichReport) -> JobResult:
    return JobResult(
        outcome=f"{report.embedded} embedded, {report.filed} filed, {report.assigned} grouped",
        made_by={"model": report.model, "classification": report.filing},
    )
