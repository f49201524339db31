"""The guard before every stage: windows, the ledger, the deadline, and what a killed run leaves."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from fakes import at
from paths import ROOT

from flows.deadline import DeadlineError, deadline
from flows.jobs import JobResult, Skipped, Stage, run_job
from flows.run_keys import hour_key, key_after, moment_key, reason_to_skip, week_key
from flows.settings import Settings
from flows.writer_lock_holding import hold_writer_lock
from reports.week import Week
from warehouse.errors import WarehouseError
from warehouse.store.db import open_read_only, open_warehouse
from warehouse.store.runs import Run, RunState, last_runs
from warehouse.store.writer_lock import WriterLockedError, read_writer_lock

SIX = at("2026-08-17T06:03")


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    settings = Settings(home=tmp_path)
    with open_warehouse(settings.warehouse_path):
        return settings


def stage(
    work: Callable[[], object] = lambda: "worked",
    *,
    flow: str = "ingest",
    now: datetime = SIX,
    run_key: str | None = None,
    timeout_s: float = 60,
    force: bool = False,
    done: bool = True,
    after: tuple[str, ...] = (),
) -> Stage[object]:
    return Stage(
        flow=flow,
        run_key=(lambda cause: run_key or key_after(cause, now)) if after else (lambda _: run_key or hour_key(now)),
        work=work,
        ending=lambda result: JobResult(outcome=str(result), done=done, made_by={"model": "tiny@1"}),
        timeout_s=timeout_s,
        force=force,
        after=after,
    )


def ledger(settings: Settings) -> list[tuple[object, ...]]:
    with open_read_only(settings.warehouse_path) as con:
        return con.execute("SELECT flow, run_key, state, outcome FROM runs ORDER BY started_at, flow").fetchall()


def test_windows_are_the_hour_the_moment_the_week_and_that_of_the_cause() -> None:
    week = Week.parse("2026-W33")
    cause = run("2026-08-17T05")
    assert hour_key(SIX) == "2026-08-17T06"
    assert moment_key(SIX) == "2026-08-17T06:03:00"
    assert week_key(week, week.end) == "2026-W33"
    assert week_key(week, week.start) == "2026-W33 until 2026-08-10T00:00:00"
    assert (key_after(cause, SIX), key_after(None, SIX)) == ("2026-08-17T05", "2026-08-17T06")


def run(run_key: str, flow: str = "ingest") -> Run:
    return Run(
        flow=flow,
        run_key=run_key,
        state=RunState.DONE,
        started_at=SIX,
        heartbeat_at=SIX,
        ended_at=SIX,
        outcome="12 new articles",
        host="here",
        pid=1,
    )


def test_a_late_run_behind_a_newer_one_is_of_no_use_but_an_older_week_is() -> None:
    late = reason_to_skip("ingest", "2026-08-17T04", None, "2026-08-17T06")
    assert late == "ingest of 2026-08-17T04 is of no use any more: that of 2026-08-17T06 is done."
    assert reason_to_skip("digest", "2026-W31", None, "2026-W33") is None
    assert reason_to_skip("ingest", "2026-08-17T07", None, "2026-08-17T06") is None


def test_a_window_that_is_done_ends_at_once_and_says_so(settings: Settings) -> None:
    assert run_job(settings, stage(), SIX) == "worked"
    again = run_job(settings, stage(lambda: pytest.fail("it worked again")), SIX + timedelta(minutes=50))
    assert isinstance(again, Skipped)
    assert "ingest of 2026-08-17T06 is done already (worked; 2026-08-17 06:03 UTC)" in again.reason
    assert ledger(settings) == [("ingest", "2026-08-17T06", "done", "worked")]


def test_the_next_hour_and_a_forced_run_work_again(settings: Settings) -> None:
    for one in (stage(), stage(now=SIX + timedelta(hours=1)), stage(force=True)):
        assert run_job(settings, one, SIX) == "worked"


def test_seventy_two_missed_runs_that_all_start_on_return_collect_once(settings: Settings) -> None:
    run_job(settings, stage(), SIX)
    back, worked = SIX + timedelta(days=3), []
    for missed in range(72):
        moment = back + timedelta(seconds=10 * missed)
        run_job(settings, stage(lambda: worked.append(1), now=moment), moment)
    assert len(worked) == 1


def test_a_failed_window_is_tried_again(settings: Settings) -> None:
    run_job(settings, stage(lambda: "no feed answered", done=False), SIX)
    with pytest.raises(ValueError, match="broken"):
        run_job(settings, stage(lambda: int("broken")), SIX + timedelta(seconds=1))
    assert run_job(settings, stage(), SIX + timedelta(seconds=2)) == "worked"
    assert [(state, outcome) for _, _, state, outcome in ledger(settings)] == [
        ("failed", "no feed answered"),
        ("failed", "ValueError: invalid literal for int() with base 10: 'broken'"),
        ("done", "worked"),
    ]


def test_a_stage_runs_once_after_each_run_of_its_cause(settings: Settings) -> None:
    enrich = stage(flow="enrich", after=("ingest", "backfill"))
    run_job(settings, stage(), SIX)
    assert run_job(settings, enrich, SIX) == "worked"
    assert isinstance(run_job(settings, enrich, SIX + timedelta(minutes=5)), Skipped)
    run_job(settings, stage(force=True), SIX)
    assert run_job(settings, enrich, SIX + timedelta(minutes=6)) == "worked"
    by_hand = SIX + timedelta(minutes=9)
    run_job(settings, stage(flow="backfill", run_key=moment_key(by_hand)), by_hand)
    assert run_job(settings, enrich, SIX + timedelta(minutes=10)) == "worked"


def test_holder_is_gone_from_the_lease_when_the_stage_ends_well_or_badly(settings: Settings) -> None:
    seen: list[str] = []

    def work() -> None:
        holder = read_writer_lock(settings.home_dir)
        assert holder is not None
        seen.append(f"{holder.flow} of {holder.run_key}")
        raise ValueError("in the middle")

    with pytest.raises(ValueError, match="in the middle"):
        run_job(settings, stage(work), SIX)
    assert seen == ["ingest of 2026-08-17T06"]
    assert read_writer_lock(settings.home_dir) is None


def test_second_flow_is_kept_out_while_one_works(settings: Settings) -> None:
    def work() -> None:
        with pytest.raises(WriterLockedError, match=r"ingest of 2026-08-17T06 has been writing it for \d+ s"):
            run_job(settings, stage(flow="enrich"), SIX)

    run_job(settings, stage(work), SIX)


KILLED = """
import os, signal, sys
from datetime import datetime
from pathlib import Path
from flows.jobs import JobResult, Stage, run_job
from flows.settings import Settings
stage = Stage(
    flow="ingest",
    run_key=lambda _: "2026-08-17T06",
    work=lambda: os.kill(os.getpid(), signal.SIGKILL),
    ending=lambda _: JobResult(outcome=""),
    timeout_s=60,
)
run_job(Settings(home=Path(sys.argv[1])), stage, datetime.fromisoformat("2026-08-17T06:00+00:00"))
"""


def test_a_killed_run_frees_the_lease_at_once_and_is_entered_by_the_next(settings: Settings) -> None:
    killed = subprocess.run([sys.executable, "-c", KILLED, str(settings.home_dir)], cwd=ROOT, check=False)
    assert killed.returncode == -9
    assert read_writer_lock(settings.home_dir) is not None
    assert run_job(settings, stage(), SIX) == "worked"
    with open_read_only(settings.warehouse_path) as con:
        assert {one.state for one in last_runs(con)} == {RunState.KILLED, RunState.DONE}


def test_model_that_made_the_numbers_is_entered_when_it_changes(settings: Settings) -> None:
    for hour, model in enumerate(["tiny@1", "tiny@1", "tiny@2"]):
        moment = SIX + timedelta(hours=hour)
        one = Stage(
            flow="enrich",
            run_key=lambda _, moment=moment: hour_key(moment),  # type: ignore[misc]
            work=lambda: None,
            ending=lambda _, model=model: JobResult(outcome="", made_by={"model": model}),  # type: ignore[misc]
            timeout_s=60,
        )
        run_job(settings, one, moment)
    with open_read_only(settings.warehouse_path) as con:
        changes = con.execute(
            "SELECT kind, value_before, value_after, is_break FROM config_changes ORDER BY changed_at"
        ).fetchall()
    assert changes == [("model", None, "tiny@1", False), ("model", "tiny@1", "tiny@2", True)]


def test_a_ledger_that_cannot_be_read_is_an_error_with_the_file(settings: Settings) -> None:
    with open_warehouse(settings.warehouse_path) as con:
        con.execute("DROP TABLE store.runs")
        con.execute("CREATE TABLE store.runs (nonsense INTEGER)")
    with pytest.raises(WarehouseError, match=r"warehouse\.duckdb: DuckDB failed"):
        run_job(settings, stage(), SIX)
    assert read_writer_lock(settings.home_dir) is None


def test_patience_waits_for_the_lease(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("flows.writer_lock_holding.ASK_AGAIN_S", 0.01)
    with hold_writer_lock(settings.home_dir, "ingest") as held:
        began = time.monotonic()
        with pytest.raises(WriterLockedError):
            run_job(settings, stage(), SIX, patience_s=0.05)
        assert time.monotonic() - began >= 0.05
        held.name("2026-08-17T05")
    assert run_job(settings, stage(), SIX, patience_s=5) == "worked"


def test_deadline_interrupts_what_takes_too_long_and_the_ledger_says_so(settings: Settings) -> None:
    with pytest.raises(DeadlineError, match=r"ingest of 2026-08-17T06: was stopped after 0 minutes.*run it again"):
        run_job(settings, stage(lambda: time.sleep(30), timeout_s=0.05), SIX)
    assert ledger(settings)[0][2] == "failed"


def test_deadline_interrupts_a_query_of_duckdb(tmp_path: Path) -> None:
    began = time.monotonic()
    with open_warehouse(tmp_path / "w.duckdb"):
        pass
    with pytest.raises(DeadlineError), deadline("a query", 0.5), open_warehouse(tmp_path / "w.duckdb") as con:
        con.execute("SELECT sum(hash(a.range, b.range)) FROM range(10_000_000) AS a, range(10_000_000) AS b").fetchall()
    assert time.monotonic() - began < 20


DEAF = """
import signal
from flows.deadline import deadline
with deadline("deaf work", 0.1, grace_s=0.2):
    signal.signal(signal.SIGALRM, signal.SIG_IGN)
    while True:
        pass
"""


def test_what_is_deaf_to_its_deadline_is_ended() -> None:
    done = subprocess.run(
        [sys.executable, "-c", DEAF],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )
    assert done.returncode == -9
    assert "deaf work did not stop at its deadline" in done.stderr
