"""The flow that writes the weekly digest, of all that could be collected by then."""

from __future__ import annotations

from typing import Any

from prefect import flow
from prefect.artifacts import create_link_artifact, create_markdown_artifact
from prefect.client.schemas.objects import State
from prefect.events import emit_event
from prefect.logging import get_run_logger

from flows import pipeline
from flows.deployments.ingest import leave_table
from flows.deployments.runtime import PATIENCE_S, call_off_missed, logged_progress, run_name, settings_and_now, skipped
from flows.jobs import Skipped
from reports.week import Week


@flow(name="digest", flow_run_name=run_name, persist_result=False)
def digest(week: str | None = None, now: str | None = None, force: bool = False) -> State[Any] | None:
    """Writes the issue of `week`, or of the last complete week, once; leaves its Markdown and a link to its page.

    It collects and enriches first, unless that was done this hour: after an outage the issue must not be written before the
    catch-up. If nothing could be collected since the week ended it fails, and is tried again the next mornings.
    """
    settings, moment = settings_and_now(now)
    call_off_missed()
    chosen, progress = Week.parse(week) if week else Week.last_complete(moment), logged_progress()
    collected = pipeline.ingest(settings, moment, progress, patience_s=PATIENCE_S)
    if not isinstance(collected, Skipped):
        leave_table(collected)
    if not pipeline.collected_since(settings, chosen.end):
        raise ConnectionError(f"nothing could be collected since {chosen} ended, so its issue would be wrong")
    pipeline.enrich(settings, moment, progress, patience_s=PATIENCE_S)
    report = pipeline.digest(settings, chosen, moment, force=force, patience_s=PATIENCE_S)
    if isinstance(report, Skipped):
        return skipped(report)
    page = report.files.html
    create_markdown_artifact(key="digest", markdown=report.files.markdown.read_text("utf-8"), description=str(page))
    create_link_artifact(key="digest-page", link=page.as_uri(), link_text=f"Digest of {chosen}")
    emit_event(
        "watchfloor.digest.published",
        {"prefect.resource.id": f"watchfloor.digest.{chosen}", "prefect.resource.name": f"Digest of {chosen}"},
        payload={"week": str(chosen), "page": str(page), "stories": report.digest.corpus.stories},
    )
    get_run_logger().info("Wrote %s.", page)
    return None
