"""The flow that collects: every feed that is due, once an hour."""

from __future__ import annotations

from prefect import flow
from prefect.artifacts import create_table_artifact
from prefect.runtime import flow_run

from flows import steps
from flows.runtime import logged_progress, settings_and_now


@flow(name="ingest", retries=2, retry_delay_seconds=120)
def ingest(now: str | None = None, force: bool = False) -> None:
    """Fetches what is due and leaves a table of outcomes. Fails if no feed answered at all: then it is the network."""
    settings, moment = settings_and_now(now)
    is_retry = (flow_run.run_count or 0) > 1  # the feeds that failed a moment ago are not due yet, but must be asked
    report = steps.ingest(settings, moment, logged_progress(), force=force or is_retry)
    create_table_artifact(
        key="ingest",
        table=[{"outcome": outcome, "feeds": feeds} for outcome, feeds in report.outcomes.items()],
        description=f"{report.entries.new} new articles; failed: {'; '.join(report.failures) or 'none'}",
    )
    if report.nothing_answered:
        raise ConnectionError(f"none of the {report.asked} feeds asked answered")
