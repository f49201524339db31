"""The guard before every stage: one writer at a time, each run key once, a deadline, and a line in the ledger of runs."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Generic, TypeVar

from flows.deadline import deadline
from flows.logs import log_event
from flows.run_keys import reason_to_skip
from flows.settings import Settings
from flows.writer_lock_holding import hold_writer_lock
from warehouse.errors import WarehouseError
from warehouse.store.config_changes import note_value
from warehouse.store.db import look_at, open_warehouse, transaction
from warehouse.store.runs import Run, RunState, done_since, last_done, newest_run_key, save_run
from warehouse.store.writer_lock import Holder

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True, kw_only=True)
class JobResult:
    """How a stage ended: what came of it in a line, whether its run key is done, and what made its numbers, by kind."""

    outcome: str
    done: bool = True
    made_by: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Skipped:
    """A run that was not needed, and why."""

    flow: str
    run_key: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage(Generic[Result]):
    """A piece of work under guard.

    `run_key` makes its logical run_key from the run done last of the flows in `after` (None if there is none); it is not done
    before a run of its own was done after that one. `force`: run it whatever was done.
    """

    flow: str
    run_key: Callable[[Run | None], str]
    work: Callable[[], Result]
    ending: Callable[[Result], JobResult]
    timeout_s: float
    after: Sequence[str] = ()
    force: bool = False


def run_job(settings: Settings, stage: Stage[Result], now: datetime, *, patience_s: float = 0) -> Result | Skipped:
    """The stage's result, or why it was not needed.

    WriterLockedError if another flow writes the warehouse for longer than `patience_s`; DeadlineError if the work takes longer
    than it may. Whatever the work raises is entered in the ledger and raised on.
    """
    with hold_writer_lock(settings.home_dir, stage.flow, patience_s=patience_s) as lease:
        if lease.died is not None:
            with suppress(WarehouseError):  # a file that is broken is the stage's own to name
                _enter_killed(settings, lease.died)
        run_key, reason = _look_up(settings, stage)
        if reason is not None:
            log_event("skipped", flow=stage.flow, run_key=run_key, reason=reason)
            return Skipped(flow=stage.flow, run_key=run_key, reason=reason)
        lease.name(run_key)
        log_event("started", flow=stage.flow, run_key=run_key)
        ledger = _Ledger(settings, stage.flow, run_key, lease.holder, now)
        try:
            with deadline(f"{stage.flow} of {run_key}", stage.timeout_s):
                result = stage.work()
        except BaseException as error:
            with suppress(WarehouseError):  # the first trouble is the one to tell; a full disk, say, takes no entry
                ledger.enter(JobResult(outcome=f"{type(error).__name__}: {error}".split("\n", 1)[0], done=False))
            raise
        ledger.enter(stage.ending(result))
        return result


def _look_up(settings: Settings, stage: Stage[Result]) -> tuple[str, str | None]:
    """The stage's run key, and why it is of no use to run it, if so."""
    if not settings.warehouse_path.exists() or (stage.force and not stage.after):
        return stage.run_key(None), None
    with look_at(settings.warehouse_path) as con:
        run_key = stage.run_key(last_done(con, stage.after))
        if stage.force:
            return run_key, None
        return run_key, reason_to_skip(
            stage.flow, run_key, done_since(con, stage.flow, run_key, stage.after), newest_run_key(con, stage.flow)
        )


def _enter_killed(settings: Settings, died: Holder) -> None:
    if not settings.warehouse_path.exists():  # it was killed before it made one
        return
    run = Run(
        flow=died.flow,
        run_key=died.run_key,
        state=RunState.KILLED,
        started_at=died.started_at,
        heartbeat_at=died.heartbeat_at,
        ended_at=died.heartbeat_at,
        outcome="its process ended without a word; what it had committed is kept",
        host=died.host,
        pid=died.pid,
    )
    with open_warehouse(settings.warehouse_path) as con:
        save_run(con, run)
    log_event("killed", flow=died.flow, run_key=died.run_key, last_sign_of_life=died.heartbeat_at.isoformat())


class _Ledger:
    """Enters how a run ended. Its times are those the run is for, which a replay gives, plus what it took."""

    def __init__(self, settings: Settings, flow: str, run_key: str, holder: Holder, now: datetime) -> None:
        self._path, self._flow, self._run_key, self._holder, self._now = (
            settings.warehouse_path,
            flow,
            run_key,
            holder,
            now,
        )
        self._began = time.monotonic()

    def enter(self, ending: JobResult) -> None:
        took = timedelta(seconds=time.monotonic() - self._began)
        state = RunState.DONE if ending.done else RunState.FAILED
        run = Run(
            flow=self._flow,
            run_key=self._run_key,
            state=state,
            started_at=self._now,
            heartbeat_at=self._now + took,
            ended_at=self._now + took,
            outcome=ending.outcome,
            host=self._holder.host,
            pid=self._holder.pid,
        )
        with open_warehouse(self._path) as con, transaction(con):
            save_run(con, run)
            for kind, value in ending.made_by.items():
                note_value(con, kind, value, self._now)
        log_event(
            state.value,
            flow=self._flow,
            run_key=self._run_key,
            outcome=ending.outcome,
            seconds=round(took.total_seconds(), 1),
        )
