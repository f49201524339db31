"""The flow that embeds, files and groups what was collected."""

from __future__ import annotations

from typing import Any

from prefect import flow
from prefect.artifacts import create_table_artifact
from prefect.client.schemas.objects import State

from flows import pipeline
from flows.deployments.runtime import PATIENCE_S, call_off_missed, logged_progress, run_name, settings_and_now, skipped
from flows.jobs import Skipped


@flow(name="enrich", flow_run_name=run_name, persist_result=False)
def enrich(now: str | None = None, force: bool = False) -> State[Any] | None:
    """Brings every article through to its story, once after each collection; one that finds nothing pending changes nothing."""
    settings, moment = settings_and_now(now)
    call_off_missed()
    report = pipeline.enrich(settings, moment, logged_progress(), force=force, patience_s=PATIENCE_S)
    if isinstance(report, Skipped):
        return skipped(report)
    create_table_artifact(
        key="enrich",
        table=[
            {"step": "articles embedded", "number": report.embedded},
            {"step": "articles filed", "number": report.filed},
            {"step": "articles grouped", "number": report.assigned},
            {"step": "new stories", "number": report.stories_founded},
            {"step": "articles that continued a story", "number": report.assigned - report.stories_founded},
            {"step": "articles indexed for search", "number": report.indexed},
        ],
        description=f"by {report.model}",
    )
    return None
