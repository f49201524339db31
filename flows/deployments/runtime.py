"""What every flow shares: settings, the moment of a run, its name, its progress, cancelling missed runs."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from prefect.artifacts import create_progress_artifact, update_progress_artifact
from prefect.client.orchestration import get_client
from prefect.client.schemas.filters import FlowRunFilter
from prefect.client.schemas.objects import FlowRun, State
from prefect.logging import get_run_logger
from prefect.runtime import deployment, flow_run
from prefect.states import Cancelled, Completed

from flows.alerts import ping
from flows.jobs import Skipped, hour_key
from flows.progress import PlainLines, Progress
from flows.settings import AlertSettings, Settings

# A run by hand may hold the warehouse for a while; a scheduled one waits for it rather than fail.
PATIENCE_S = 15 * 60.0


def settings_and_now(now: str | None) -> tuple[Settings, datetime]:
    """Returns the settings, and the moment a run is for: the one given (ISO 8601), else the present."""
    moment = datetime.fromisoformat(now) if now else datetime.now(UTC)
    return Settings(), (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)


def run_name() -> str:
    """Returns the name of a run: its flow and its run key, as far as known before the job starts."""
    parameters: Mapping[str, Any] = flow_run.parameters or {}
    _, now = settings_and_now(parameters.get("now"))
    return f"{flow_run.flow_name} {parameters.get('week') or hour_key(now)}"


def skipped(run: Skipped) -> State[Any]:
    """Returns the state of a run that was not needed.

    It is completed, but named Skipped, so that it triggers no deployment.
    """
    get_run_logger().info(run.reason)
    return Completed(name="Skipped", message=run.reason)


def ping_done(flow: object, flow_run: FlowRun, state: State[Any]) -> None:  # noqa: ARG001
    """Tells the dead man's switch that the hour's last flow was done (a hook of Prefect's)."""
    ping(AlertSettings(), None)


def ping_failed(flow: object, flow_run: FlowRun, state: State[Any]) -> None:  # noqa: ARG001
    """Tells the dead man's switch that a flow failed (a hook of Prefect's)."""
    ping(AlertSettings(), f"{flow_run.name} {state.name}: {state.message}")


def logged_progress() -> Progress:
    """Reports progress as lines of the log, one a quarter, and as a progress artifact for each long task."""
    lines, bars = PlainLines(get_run_logger().info), _Bars()

    def show(what: str, done: int, total: int, note: str = "") -> None:
        lines(what, done, total, note)
        bars(what, done, total)

    return show


class _Bars:
    """A progress artifact for each task, updated in steps of 5 %: each update is a call to the server."""

    def __init__(self) -> None:
        self._bars: dict[str, tuple[UUID, int]] = {}

    def __call__(self, what: str, done: int, total: int) -> None:
        step = 20 * done // total if total else 20
        if what not in self._bars:
            if step == 20:  # done at once
                return
            made = create_progress_artifact(progress=5.0 * step, description=what)
            assert isinstance(made, UUID)  # noqa: S101 - a coroutine only where an event loop runs
            self._bars[what] = (made, step)
        elif step > self._bars[what][1]:
            artifact, _ = self._bars[what]
            update_progress_artifact(artifact, progress=5.0 * step)
            self._bars[what] = (artifact, step)


def cancel_missed_runs() -> int:
    """Cancels the runs of this deployment that are due and still wait, and returns how many.

    After an outage they would all be started, each to find its run key done: seconds apiece, in the only
    slot.
    """
    if not deployment.id or not flow_run.id:
        return 0
    with get_client(sync_client=True) as client:
        waiting = client.read_flow_runs(
            flow_run_filter=FlowRunFilter.model_validate(
                {
                    "deployment_id": {"any_": [deployment.id]},
                    "state": {"type": {"any_": ["SCHEDULED"]}},
                    "next_scheduled_start_time": {"before_": datetime.now(UTC)},
                }
            ),
            limit=200,
        )
        missed = [run for run in waiting if str(run.id) != flow_run.id]
        for run in missed:
            client.set_flow_run_state(
                run.id, Cancelled(message=f"missed; the run {flow_run.name!r} did its work")
            )
    if missed:
        get_run_logger().info("Cancelled %d missed runs: this one does their work.", len(missed))
    return len(missed)
