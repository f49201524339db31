"""The Prefect flows, one a deployment: each runs a stage and leaves its report as artifacts and events."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import Any

from prefect import flow, task
from prefect.artifacts import create_link_artifact, create_markdown_artifact, create_table_artifact
from prefect.cache_policies import NO_CACHE
from prefect.client.schemas.objects import State
from prefect.events import emit_event
from prefect.logging import get_run_logger
from prefect.runtime import task_run

from flows import pipeline, sending
from flows.collection import IngestReport, why_no_answer
from flows.deployments.runtime import (
    PATIENCE_S,
    cancel_missed_runs,
    logged_progress,
    ping_done,
    ping_failed,
    run_name,
    settings_and_now,
    skipped,
)
from flows.jobs import Skipped, not_skipped
from reports.errors import ReportError
from reports.send.deliver import NEEDS_A_LOOK
from reports.week import Week
from warehouse.queries.warehouse_status import FeedStatus


@flow(
    name="ingest",
    flow_run_name=run_name,
    persist_result=False,
    on_failure=[ping_failed],
    on_crashed=[ping_failed],
)
def ingest(now: str | None = None, ask_all: bool = False, force: bool = False) -> State[Any] | None:
    """Fetches the feeds that are due, once an hour (`force`: again; `ask_all`: every feed).

    Leaves a table of outcomes.
    """
    _, moment = settings_and_now(now)
    cancel_missed_runs()
    report = fetch(moment, ask_all, force)
    if isinstance(report, Skipped):
        return skipped(report)
    _leave_outcomes(report)
    return None


def was_the_network(_task: object, _run: object, state: State[Any]) -> bool:
    """Returns whether a retry can help: it cannot after a broken file, a wrong setting or a deadline."""
    return isinstance(state.result(raise_on_failure=False), ConnectionError)


@task(
    name="fetch",
    retries=2,
    retry_delay_seconds=[60, 300],
    retry_jitter_factor=0.5,
    retry_condition_fn=was_the_network,
    persist_result=False,
    cache_policy=NO_CACHE,
)
def fetch(moment: datetime, ask_all: bool, force: bool) -> IngestReport | Skipped:
    """Runs the stage; retried if no feed answered, for then it is the network.

    The task is retried, not the flow: a flow that waits for a retry loses its deployment's slot and is
    crashed.
    """
    settings, _ = settings_and_now(None)
    # In a retry the feeds that failed a moment ago are not due yet, but must be asked.
    again = (task_run.run_count or 0) > 1
    report = pipeline.ingest(
        settings, moment, logged_progress(), ask_all=ask_all or again, force=force, patience_s=PATIENCE_S
    )
    if isinstance(report, IngestReport) and report.nothing_answered:
        raise ConnectionError(f"none of the {report.asked} feeds asked answered: {why_no_answer()}")
    return report


def _leave_outcomes(report: IngestReport) -> None:
    create_table_artifact(
        key="ingest",
        table=[{"outcome": outcome, "feeds": feeds} for outcome, feeds in report.outcomes.items()],
        description=f"{report.entries.new} new articles; failed: {'; '.join(report.failures) or 'none'}",
    )
    create_table_artifact(
        key="pages",
        table=[{"outcome": outcome, "pages": pages} for outcome, pages in report.pages.outcomes.items()],
        description=f"{report.pages.asked} pages asked for of {report.pages.wanted} wanted",
    )


@flow(
    name="enrich",
    flow_run_name=run_name,
    persist_result=False,
    on_failure=[ping_failed],
    on_crashed=[ping_failed],
)
def enrich(now: str | None = None, force: bool = False) -> State[Any] | None:
    """Embeds, classifies and groups what is new, once after each ingest or import.

    Leaves the counts as a table.
    """
    settings, moment = settings_and_now(now)
    cancel_missed_runs()
    report = pipeline.enrich(settings, moment, logged_progress(), force=force, patience_s=PATIENCE_S)
    if isinstance(report, Skipped):
        return skipped(report)
    create_table_artifact(
        key="enrich",
        table=[
            {"step": "articles embedded", "number": report.embedded},
            {"step": "articles classified", "number": report.classified},
            {"step": "articles grouped", "number": report.assigned},
            {"step": "new stories", "number": report.new_stories},
            {"step": "articles that continued a story", "number": report.assigned - report.new_stories},
            {"step": "articles indexed for search", "number": report.indexed},
        ],
        description=f"by {report.model}",
    )
    return None


@flow(
    name="publish",
    flow_run_name=run_name,
    persist_result=False,
    on_completion=[ping_done],
    on_failure=[ping_failed],
    on_crashed=[ping_failed],
)
def publish(now: str | None = None, force: bool = False) -> State[Any] | None:
    """Publishes the snapshot, once after each enrichment or digest. Leaves its path and size."""
    settings, moment = settings_and_now(now)
    cancel_missed_runs()
    snapshot = pipeline.publish(settings, moment, force=force, patience_s=PATIENCE_S)
    if isinstance(snapshot, Skipped):
        return skipped(snapshot)
    create_markdown_artifact(
        key="publish", markdown=f"Published `{snapshot}`, {snapshot.stat().st_size / 1e6:.1f} MB."
    )
    return None


@flow(
    name="digest",
    flow_run_name=run_name,
    persist_result=False,
    on_failure=[ping_failed],
    on_crashed=[ping_failed],
)
def digest(week: str | None = None, now: str | None = None, force: bool = False) -> State[Any] | None:
    """Writes the issue of `week`, or of the last complete week. Leaves its Markdown and a link to it.

    It ingests and enriches first, unless that was done this hour: after an outage the issue must not be
    written before the catch-up. If nothing could be collected since the week ended it fails, and is tried
    again the next mornings.
    """
    settings, moment = settings_and_now(now)
    cancel_missed_runs()
    chosen, progress = Week.parse(week) if week else Week.last_complete(moment), logged_progress()
    collected = pipeline.ingest(settings, moment, progress, patience_s=PATIENCE_S)
    if not isinstance(collected, Skipped):
        _leave_outcomes(collected)
    if not pipeline.collected_since(settings, chosen.end):
        raise ConnectionError(f"nothing could be collected since {chosen} ended, so its issue would be wrong")
    pipeline.enrich(settings, moment, progress, patience_s=PATIENCE_S)
    report = pipeline.digest(settings, chosen, moment, force=force, patience_s=PATIENCE_S)
    if isinstance(report, Skipped):
        return skipped(report)
    page = report.files.html
    create_markdown_artifact(
        key="digest", markdown=report.files.markdown.read_text("utf-8"), description=str(page)
    )
    create_link_artifact(key="digest-page", link=page.as_uri(), link_text=f"Digest of {chosen}")
    emit_event(
        "watchfloor.digest.published",
        {
            "prefect.resource.id": f"watchfloor.digest.{chosen}",
            "prefect.resource.name": f"Digest of {chosen}",
        },
        payload={"week": str(chosen), "page": str(page), "stories": report.digest.corpus.stories},
    )
    get_run_logger().info("Wrote %s.", page)
    return None


@flow(name="maintain", flow_run_name=run_name, persist_result=False)
def maintain(now: str | None = None, force: bool = False) -> State[Any] | None:
    """Backs up and checks the feeds, once a day.

    Leaves their health as a table, and an event for each that needs a person.
    """
    settings, moment = settings_and_now(now)
    cancel_missed_runs()
    report = pipeline.maintain(settings, moment, force=force, patience_s=PATIENCE_S)
    if isinstance(report, Skipped):
        return skipped(report)
    create_markdown_artifact(key="backup", markdown=f"Backed up to `{report.backup.folder}`.")
    create_table_artifact(
        key="feed-health",
        table=[_health_row(feed) for feed in report.ailing],
        description="Feeds that need a person",
    )
    for feed in report.ailing:
        emit_event(
            "watchfloor.feed.stale",
            {
                "prefect.resource.id": f"watchfloor.feed.{feed.source_id}",
                "prefect.resource.name": feed.source_id,
            },
            payload=_health_row(feed),
        )
    return None


def _health_row(feed: FeedStatus) -> dict[str, str]:
    since = feed.failing_since or feed.last_new_on
    return {
        "feed": feed.source_id,
        "state": "gone" if feed.retired else feed.state,
        "since": f"{since:%Y-%m-%d}" if since else "",
        "said": f"{feed.last_outcome or ''} {feed.last_message or ''}".strip(),
        "url": feed.url,
    }


@flow(name="backfill", flow_run_name=run_name, persist_result=False)
def backfill(
    files: list[str] | None = None,
    since: date | None = None,
    until: date | None = None,
    now: str | None = None,
) -> None:
    """Imports `files` as `watchfloor import` does, and writes the issues from `since` to `until` again.

    Only issues of complete weeks are written.
    """
    settings, moment = settings_and_now(now)
    progress = logged_progress()
    rows: list[dict[str, object]] = []
    if files:
        paths = [Path(file) for file in files]
        report = pipeline.import_archives(settings, paths, moment, progress, patience_s=PATIENCE_S)
        pipeline.enrich(settings, moment, progress, patience_s=PATIENCE_S)
        rows.append({"what": "new articles", "number": report.entries.new})
        rows += [{"what": failure, "number": 0} for failure in report.failures]
    for week in weeks_between(since, until, Week.last_complete(moment)):
        done = pipeline.digest(settings, week, moment, force=True, patience_s=PATIENCE_S)
        rows.append({"what": f"stories in {week}", "number": not_skipped(done).digest.corpus.stories})
    create_table_artifact(key="backfill", table=rows, description="what was backfilled")


def weeks_between(since: date | None, until: date | None, last: Week) -> list[Week]:
    """Returns the ISO weeks from `since` to `until`, at most up to `last`; none without `since`."""
    if since is None:
        return []
    first, end = Week.parse(f"{since:%G-W%V}"), min(until or last.monday, last.monday)
    return [first.before(-number) for number in range((end - first.monday).days // 7 + 1)]


@flow(name="site", flow_run_name=run_name, persist_result=False)
def site(now: str | None = None) -> None:
    """Builds HOME/site from the published snapshot and the issues; unchanged files are not written."""
    settings, _ = settings_and_now(now)
    cancel_missed_runs()
    report = pipeline.site(settings)
    create_markdown_artifact(
        key="site",
        markdown=f"{report.issues} issues, {report.stories:,} stories: {report.written:,} files written, "
        f"{report.kept:,} kept.",
        description=str(report.out),
    )


@flow(name="send", flow_run_name=run_name, persist_result=False)
def send(week: str | None = None, now: str | None = None) -> None:
    """Sends the issue of `week`, or of the last complete week, to whoever does not have it yet.

    Does nothing without recipients.
    """
    settings, moment = settings_and_now(now)
    cancel_missed_runs()
    if not (settings.mail_recipients or settings.apprise_urls):
        return
    report = sending.send(settings, Week.parse(week) if week else Week.last_complete(moment), moment)
    create_table_artifact(
        key="send",
        table=[
            {"recipient": one.recipient, "outcome": one.outcome.value, "detail": one.detail}
            for one in report.deliveries
        ],
        description=f"Issue {report.week}, edition {report.edition}",
    )
    if failed := report.having(*NEEDS_A_LOOK):
        raise ReportError(
            report.week, f"{len(failed)} of {len(report.deliveries)} deliveries need a person: see the table."
        )
