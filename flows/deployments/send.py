"""The flow that sends the weekly digest."""

from __future__ import annotations

from prefect import flow
from prefect.artifacts import create_table_artifact

from flows import steps
from flows.deployments.runtime import call_off_missed, run_name, settings_and_now
from reports.errors import ReportError
from reports.send.deliver import TROUBLE
from reports.week import Week


@flow(name="send", flow_run_name=run_name, persist_result=False)
def send(week: str | None = None, now: str | None = None) -> None:
    """Sends the issue of `week`, or of the last complete week; a run again sends to none who has it. Without recipients it rests."""
    settings, moment = settings_and_now(now)
    call_off_missed()
    if not (settings.mail_recipients or settings.apprise_urls):
        return
    report = steps.send(settings, Week.parse(week) if week else Week.last_complete(moment), moment)
    create_table_artifact(
        key="send",
        table=[
            {"recipient": one.recipient, "outcome": one.outcome.value, "detail": one.detail} for one in report.sendings
        ],
        description=f"Issue {report.week}, edition {report.edition}",
    )
    if trouble := report.having(*TROUBLE):
        raise ReportError(
            report.week, f"{len(trouble)} of {len(report.sendings)} recipients need a look: see the table."
        )
