"""The flow that fills in by hand: archives are imported, and the issues of past weeks written again."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

from prefect import flow
from prefect.artifacts import create_table_artifact
from prefect.client.schemas.objects import State

from flows import pipeline
from flows.deployments.runtime import PATIENCE_S, logged_progress, run_name, settings_and_now
from reports.week import Week


@flow(name="backfill", flow_run_name=run_name, persist_result=False)
def backfill(
    files: list[str] | None = None, since: date | None = None, until: date | None = None, now: str | None = None
) -> State[Any] | None:
    """Imports `files` as `watchfloor import` does, and writes the issues of the complete weeks from `since` to `until` again."""
    settings, moment = settings_and_now(now)
    progress = logged_progress()
    rows: list[dict[str, object]] = []
    if files:
        report = pipeline.by_hand(
            pipeline.backfill(settings, [Path(file) for file in files], moment, progress, patience_s=PATIENCE_S)
        )
        pipeline.enrich(settings, moment, progress, patience_s=PATIENCE_S)
        rows += [
            {"what": "new articles", "number": report.entries.new},
            *({"what": f, "number": 0} for f in report.failures),
        ]
    for week in weeks_between(since, until, Week.last_complete(moment)):
        issue = pipeline.by_hand(pipeline.digest(settings, week, moment, force=True, patience_s=PATIENCE_S))
        rows.append({"what": f"stories in {week}", "number": issue.digest.corpus.stories})
    create_table_artifact(key="backfill", table=rows, description="what was filled in")
    return None


def weeks_between(since: date | None, until: date | None, last: Week) -> list[Week]:
    """The ISO weeks from that of `since` to that of `until`, the last complete one at the latest; none without `since`."""
    if since is None:
        return []
    first, end = Week.parse(f"{since:%G-W%V}"), min(until or last.monday, last.monday)
    return [first.before(-number) for number in range((end - first.monday).days // 7 + 1)]
