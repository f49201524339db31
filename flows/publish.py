"""The flow that publishes the snapshot researchers open."""

from __future__ import annotations

from prefect import flow
from prefect.artifacts import create_markdown_artifact

from flows import steps
from flows.runtime import settings_and_now


@flow(name="publish", retries=1, retry_delay_seconds=60)
def publish() -> None:
    """Replaces snapshot.duckdb by a consistent copy of the warehouse."""
    settings, now = settings_and_now(None)
    snapshot = steps.publish(settings, now)
    create_markdown_artifact(key="publish", markdown=f"Published `{snapshot}`, {snapshot.stat().st_size / 1e6:.1f} MB.")
