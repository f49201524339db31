"""The flow that writes the weekly digest."""

from __future__ import annotations

from prefect import flow
from prefect.artifacts import create_markdown_artifact

from flows import steps
from flows.runtime import settings_and_now
from reports.week import Week


@flow(name="digest", retries=1, retry_delay_seconds=60)
def digest(week: str | None = None, now: str | None = None) -> None:
    """Writes the issue of `week`, or of the last complete week, and leaves its Markdown as the run's artifact."""
    settings, moment = settings_and_now(now)
    report = steps.digest(settings, Week.parse(week) if week else Week.last_complete(moment), moment)
    create_markdown_artifact(
        key="digest", markdown=report.files.markdown.read_text("utf-8"), description=str(report.files.html)
    )
