"""The flow that publishes the snapshot researchers open."""

from __future__ import annotations

from typing import Any

from prefect import flow
from prefect.artifacts import create_markdown_artifact
from prefect.client.schemas.objects import State

from flows import pipeline
from flows.deployments.runtime import PATIENCE_S, call_off_missed, run_name, settings_and_now, skipped
from flows.jobs import Skipped


@flow(name="publish", flow_run_name=run_name, persist_result=False)
def publish(now: str | None = None, force: bool = False) -> State[Any] | None:
    """Replaces snapshot.duckdb by a consistent copy of the warehouse, once after each enrichment."""
    settings, moment = settings_and_now(now)
    call_off_missed()
    snapshot = pipeline.publish(settings, moment, force=force, patience_s=PATIENCE_S)
    if isinstance(snapshot, Skipped):
        return skipped(snapshot)
    create_markdown_artifact(key="publish", markdown=f"Published `{snapshot}`, {snapshot.stat().st_size / 1e6:.1f} MB.")
    return None
