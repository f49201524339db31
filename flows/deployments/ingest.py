"""The flow that collects: every feed that is due, once an hour."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from prefect import flow, task
from prefect.artifacts import create_table_artifact
from prefect.cache_policies import NO_CACHE
from prefect.client.schemas.objects import State
from prefect.runtime import task_run

from flows import pipeline
from flows.deployments.runtime import PATIENCE_S, call_off_missed, logged_progress, run_name, settings_and_now, skipped
from flows.jobs import Skipped
from flows.steps import IngestReport


@flow(name="ingest", flow_run_name=run_name, persist_result=False)
def ingest(now: str | None = None, ask_all: bool = False, force: bool = False) -> State[Any] | None:
    """Fetches what is due, once an hour (`force`: again; `ask_all`: what is not due too), and leaves a table of outcomes."""
    _, moment = settings_and_now(now)
    call_off_missed()
    report = fetch(moment, ask_all, force)
    if isinstance(report, Skipped):
        return skipped(report)
    leave_table(report)
    return None


def was_the_network(_task: object, _run: object, state: State[Any]) -> bool:
    """Whether trying again can help: a broken file, a wrong setting or a deadline stays what it is."""
    return isinstance(state.result(raise_on_failure=False), ConnectionError)


@task(
    name="fetch",
    retries=2,
    retry_delay_seconds=[60, 300],
    retry_jitter_factor=0.5,
    retry_condition_fn=was_the_network,
    persist_result=False,
    cache_policy=NO_CACHE,
)
def fetch(moment: datetime, ask_all: bool, force: bool) -> IngestReport | Skipped:
    """The guarded stage. Tried again if no feed answered: then it is the network, which comes back.

    The retries are the task's: a flow that waits for a retry loses its deployment's slot, and is crashed for it.
    """
    settings, _ = settings_and_now(None)
    again = (task_run.run_count or 0) > 1  # the feeds that failed a moment ago are not due yet, but must be asked
    report = pipeline.ingest(
        settings, moment, logged_progress(), ask_all=ask_all or again, force=force, patience_s=PATIENCE_S
    )
    if isinstance(report, IngestReport) and report.nothing_answered:
        raise ConnectionError(f"none of the {report.asked} feeds asked answered: is the network down?")
    return report


def leave_table(report: IngestReport) -> None:
    """The feeds by outcome, as the run's artifact."""
    create_table_artifact(
        key="ingest",
        table=[{"outcome": outcome, "feeds": feeds} for outcome, feeds in report.outcomes.items()],
        description=f"{report.entries.new} new articles; failed: {'; '.join(report.failures) or 'none'}",
    )
