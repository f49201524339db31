"""The flow that builds the static site."""

from __future__ import annotations

from prefect import flow
from prefect.artifacts import create_markdown_artifact

from flows import steps
from flows.deployments.runtime import call_off_missed, run_name, settings_and_now


@flow(name="site", flow_run_name=run_name, persist_result=False)
def site(now: str | None = None) -> None:
    """Builds HOME/site anew from the published snapshot and the issues; what did not change is left as it is."""
    settings, _ = settings_and_now(now)
    call_off_missed()
    report = steps.site(settings)
    create_markdown_artifact(
        key="site",
        markdown=f"{report.issues} issues, {report.stories:,} stories: {report.written:,} files written, {report.kept:,} kept.",
        description=str(report.out),
    )
