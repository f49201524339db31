"""Runs a stage as a job: one writer at a time, each run key once, under a deadline, recorded in `runs`."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from types import FrameType
from typing import Generic, TypeVar

from flows.logs import log, log_event
from flows.monitor.metrics import write_metrics
from flows.monitor.status import read_status
from flows.settings import Settings
from reports.week import Week
from warehouse.errors import WarehouseError
from warehouse.store.config_changes import note_value
from warehouse.store.db import open_read_only, open_warehouse, transaction, upgrade_warehouse
from warehouse.store.locks import Holder, hold_writer_lock
from warehouse.store.runs import Run, RunState, done_since, last_done, save_run

# Signals are handled between pieces of work in foreign code; none of ours takes longer than this.
GRACE_S = 60.0
# A later run of these flows brings everything up to date. A digest of an older week is an issue of its own,
# and a flow that follows another one follows every run of it.
SUPERSEDED = ("ingest", "maintain")
Report = TypeVar("Report")


class DeadlineError(WarehouseError):
    """A job took longer than its deadline allows."""

    retryable = True


def hour_key(now: datetime) -> str:
    """The run key of a scheduled collection: its UTC hour, as 2026-08-17T06."""
    return f"{now:%Y-%m-%dT%H}"


def moment_key(now: datetime) -> str:
    """The run key of a run by hand: its moment, as 2026-08-17T06:12:05, so that it is never done before."""
    return f"{now:%Y-%m-%dT%H:%M:%S}"


def day_key(now: datetime) -> str:
    """The run key of the nightly maintenance, as 2026-08-17."""
    return f"{now:%Y-%m-%d}"


def week_key(week: Week, now: datetime) -> str:
    """The run key of a digest: its ISO week. A digest made before the week is over has a key of its own."""
    return str(week) if week.end <= now else f"{week} until {moment_key(now)}"


def key_of_cause(cause: Run) -> str:
    """The run key of a job that follows `cause`: the same one."""
    return cause.run_key


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """What a job is: its flow, its run key and its deadline.

    A job that follows other flows (`after`) takes its run key from the last of their runs that was done, by
    `key_after`, and is due again after each of them; `run_key` is its key while there is none. `force`: run
    whatever was done before.
    """

    flow: str
    run_key: str
    timeout_s: float
    after: Sequence[str] = ()
    key_after: Callable[[Run], str] = key_of_cause
    force: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class JobResult(Generic[Report]):
    """How a job ended: its report, one line for the table of runs, and whether its run key is done.

    `versions` names what made its numbers (model, classifier), by kind; a change of one is recorded.
    """

    report: Report
    outcome: str
    done: bool = True
    versions: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Skipped:
    """A run that was not needed, and why."""

    flow: str
    run_key: str
    reason: str


def run_job(
    settings: Settings,
    job: Job,
    now: datetime,
    work: Callable[[], JobResult[Report]],
    *,
    patience_s: float = 0,
) -> Report | Skipped:
    """Returns the report of `work`, or why it was not needed.

    Raises WriterLockedError if another job holds the writer lock for longer than `patience_s`, and
    DeadlineError if the work takes too long. Whatever the work raises is recorded and raised again. The
    metrics are written in any case.
    """
    with (
        hold_writer_lock(settings.home_dir, job.flow, _utc_now, patience_s=patience_s) as lock,
        _metrics_written(settings, now),
    ):
        if lock.died is not None:
            with suppress(WarehouseError):  # the work itself names a file that is broken
                _record_killed(settings, lock.died)
        run_key, reason = _look_up(settings, job)
        if reason is not None:
            log_event("skipped", flow=job.flow, run_key=run_key, reason=reason)
            return Skipped(flow=job.flow, run_key=run_key, reason=reason)
        lock.set_run_key(run_key)
        log_event("started", flow=job.flow, run_key=run_key)
        began = time.monotonic()

        def ended(state: RunState, outcome: str) -> Run:
            # The times are those the run is for, which a replay gives, plus what it took.
            end = now + timedelta(seconds=time.monotonic() - began)
            return Run(
                flow=job.flow,
                run_key=run_key,
                state=state,
                started_at=now,
                heartbeat_at=end,
                ended_at=end,
                outcome=outcome,
            )

        try:
            with deadline(f"{job.flow} of {run_key}", job.timeout_s):
                result = work()
        except BaseException as error:
            with suppress(WarehouseError):  # a full disk takes no record, and the first error is reported
                _record(
                    settings, ended(RunState.FAILED, f"{type(error).__name__}: {error}".split("\n", 1)[0]), {}
                )
            raise
        state = RunState.DONE if result.done else RunState.FAILED
        _record(settings, ended(state, result.outcome), result.versions)
        return result.report


def not_skipped(result: Report | Skipped) -> Report:
    """Returns the report of a forced job, which is never skipped."""
    if isinstance(result, Skipped):
        raise TypeError(f"a forced job was skipped: {result.reason}")
    return result


def reason_to_skip(flow: str, run_key: str, done: Run | None, last: str | None) -> str | None:
    """Returns why a run for the key is not needed, None if it is: it is `done`, or the `last` one is newer.

    The last run, not the newest key: after a run of a clock that was ahead, a forced one begins anew.
    """
    if done is not None:
        return f"{flow} of {run_key} is done already ({done.outcome}; {done.ended_at:%Y-%m-%d %H:%M} UTC)."
    if last is not None and last > run_key and flow in SUPERSEDED:
        return (
            f"{flow} of {run_key} is not needed any more: that of {last} is done. If the clock was ahead "
            f"then, `watchfloor {flow} --force` begins anew."
        )
    return None


def _utc_now() -> datetime:
    return datetime.now(UTC)


def _look_up(settings: Settings, job: Job) -> tuple[str, str | None]:
    """Returns the job's run key, and why it need not run, if so."""
    if not settings.warehouse_path.exists() or (job.force and not job.after):
        return job.run_key, None
    upgrade_warehouse(settings.warehouse_path)
    with open_read_only(settings.warehouse_path) as con:
        cause = last_done(con, job.after)
        run_key = job.key_after(cause) if cause else job.run_key
        if job.force:
            return run_key, None
        done = done_since(con, job.flow, run_key, job.after)
        last = last_done(con, (job.flow,))
        return run_key, reason_to_skip(job.flow, run_key, done, last.run_key if last else None)


@contextmanager
def _metrics_written(settings: Settings, now: datetime) -> Iterator[None]:
    """Writes the metrics when the block ends, however it ends.

    That they cannot be written hides no error of the job: a collector sees that they are old.
    """
    began = time.monotonic()
    try:
        yield
    finally:
        try:
            write_metrics(
                read_status(settings, now + timedelta(seconds=time.monotonic() - began)),
                settings.metrics_path,
            )
        except (OSError, WarehouseError) as error:
            log.warning("The metrics could not be written: %s", error)


def _record(settings: Settings, run: Run, versions: dict[str, str]) -> None:
    with open_warehouse(settings.warehouse_path) as con, transaction(con):
        save_run(con, run)
        for kind, version in versions.items():
            note_value(con, kind, version, run.started_at)
    seconds = round((run.ended_at - run.started_at).total_seconds(), 1)
    log_event(run.state.value, flow=run.flow, run_key=run.run_key, outcome=run.outcome, seconds=seconds)


def _record_killed(settings: Settings, died: Holder) -> None:
    if not settings.warehouse_path.exists():  # it was killed before it made one
        return
    run = Run(
        flow=died.flow,
        run_key=died.run_key,
        state=RunState.KILLED,
        started_at=died.started_at,
        heartbeat_at=died.heartbeat_at,
        ended_at=died.heartbeat_at,
        outcome="its process was killed; what it had committed is kept",
    )
    with open_warehouse(settings.warehouse_path) as con:
        save_run(con, run)
    log_event("killed", flow=died.flow, run_key=died.run_key, last_heartbeat=died.heartbeat_at.isoformat())


@contextmanager
def deadline(what: str, seconds: float, grace_s: float = GRACE_S) -> Iterator[None]:
    """Raises DeadlineError in the main thread after `seconds`; after `grace_s` more the process is killed.

    Every stage is safe to kill: nothing that was committed is lost.
    """
    over = threading.Event()
    last_resort = threading.Thread(
        target=_kill, args=(what, seconds + grace_s, over), name="deadline", daemon=True
    )
    last_resort.start()
    try:
        if threading.current_thread() is threading.main_thread():
            with _alarm(what, seconds):
                yield
        else:
            yield
    finally:
        over.set()
        last_resort.join()


@contextmanager
def _alarm(what: str, seconds: float) -> Iterator[None]:
    late = DeadlineError(
        what, f"was stopped after {seconds / 60:.0f} minutes. What was committed is kept; run it again."
    )

    rang = False

    def ring(_number: int, _frame: FrameType | None) -> None:
        nonlocal rang
        rang = True
        raise late

    before = signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    except RuntimeError as error:
        # DuckDB raises its own "Query interrupted" for what the handler raised; 2.0 drops the cause.
        if rang:
            raise late from error
        raise
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def _kill(what: str, seconds: float, over: threading.Event) -> None:
    if not over.wait(seconds):
        sys.stderr.write(
            f"watchfloor: {what} did not stop at its deadline; its process is killed. Run it again.\n"
        )
        sys.stderr.flush()
        os.kill(os.getpid(), signal.SIGKILL)
