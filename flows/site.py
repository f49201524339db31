"""The flow that builds the static site."""

from __future__ import annotations

from prefect import flow
from prefect.artifacts import create_markdown_artifact

from flows import steps
from flows.runtime import settings_and_now


@flow(name="site", retries=1, retry_delay_seconds=60)
def site() -> None:
    """Builds HOME/site anew from the published snapshot and the issues; what did not change is left as it is."""
    settings, _ = settings_and_now(None)
    report = steps.site(settings)
    create_markdown_artifact(
        key="site",
        markdown=f"{report.issues} issues, {report.stories:,} stories: {report.written:,} files written, {report.kept:,} kept.",
        description=str(report.out),
    )
