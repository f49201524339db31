"""The flow of every night: backup, old backups dropped, and the feeds that need a person told."""

from __future__ import annotations

from typing import Any

from prefect import flow
from prefect.artifacts import create_markdown_artifact, create_table_artifact
from prefect.client.schemas.objects import State
from prefect.events import emit_event

from flows import pipeline
from flows.deployments.runtime import PATIENCE_S, call_off_missed, run_name, settings_and_now, skipped
from flows.jobs import Skipped
from warehouse.queries.feed_health import FeedStatus


@flow(name="maintain", flow_run_name=run_name, persist_result=False)
def maintain(now: str | None = None, force: bool = False) -> State[Any] | None:
    """Cares for the warehouse once a day; leaves the feeds' health as a table and an event for each that needs a person."""
    settings, moment = settings_and_now(now)
    call_off_missed()
    report = pipeline.maintain(settings, moment, force=force, patience_s=PATIENCE_S)
    if isinstance(report, Skipped):
        return skipped(report)
    create_markdown_artifact(key="backup", markdown=f"Backed up to `{report.backup.folder}`.")
    create_table_artifact(
        key="feed-health", table=[_row(feed) for feed in report.ailing], description="Feeds that need a person"
    )
    for feed in report.ailing:
        emit_event(
            "watchfloor.feed.stale",
            {"prefect.resource.id": f"watchfloor.feed.{feed.source_id}", "prefect.resource.name": feed.source_id},
            payload=_row(feed),
        )
    return None


def _row(feed: FeedStatus) -> dict[str, str]:
    since = feed.failing_since or feed.last_new_on
    return {
        "feed": feed.source_id,
        "state": "gone" if feed.retired else feed.state,
        "since": f"{since:%Y-%m-%d}" if since else "",
        "said": f"{feed.last_outcome or ''} {feed.last_message or ''}".strip(),
        "url": feed.url,
    }
