"""The flow that embeds, files and groups what was collected."""

from __future__ import annotations

from prefect import flow
from prefect.artifacts import create_table_artifact

from flows import steps
from flows.runtime import logged_progress, settings_and_now


@flow(name="enrich", retries=1, retry_delay_seconds=60)
def enrich() -> None:
    """Brings every article through to its story; a run that finds nothing pending changes nothing."""
    settings, _ = settings_and_now(None)
    report = steps.enrich(settings, logged_progress())
    create_table_artifact(
        key="enrich",
        table=[
            {"step": "embedded", "articles": report.embedded},
            {"step": "filed", "articles": report.filed},
            {"step": "grouped", "articles": report.assigned},
            {"step": "indexed", "articles": report.indexed},
        ],
        description=f"{report.stories_founded} new stories",
    )
