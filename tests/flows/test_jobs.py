"""Jobs: run keys, the table of runs, the deadline, and what a killed run leaves."""

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

from flows.jobs import (
    DeadlineError,
    Job,
    JobResult,
    Skipped,
    day_key,
    deadline,
    hour_key,
    moment_key,
    reason_to_skip,
    run_job,
    week_key,
)
from flows.settings import Settings
from reports.week import Week
from warehouse.errors import WarehouseError
from warehouse.store.db import open_read_only, open_warehouse
from warehouse.store.locks import WriterLockedError, hold_writer_lock, read_holder
from warehouse.store.runs import RunState, last_runs

SIX = at("2026-08-17T06:03")


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    settings = Settings(home=tmp_path)
    with open_warehouse(settings.warehouse_path):
        return settings


def run(
    settings: Settings,
    moment: datetime = SIX,
    work: Callable[[], object] = lambda: "worked",
    *,
    flow: str = "ingest",
    run_key: str | None = None,
    timeout_s: float = 60,
    force: bool = False,
    done: bool = True,
    after: tuple[str, ...] = (),
    model: str = "tiny@1",
    patience_s: float = 0,
) -> object:
    """Runs `work` as a job for the hour of `moment`, unless another key is given."""

    def result() -> JobResult[object]:
        report = work()
        return JobResult(report=report, outcome=str(report), done=done, versions={"model": model})

    job = Job(flow=flow, run_key=run_key or hour_key(moment), timeout_s=timeout_s, force=force, after=after)
    return run_job(settings, job, moment, result, patience_s=patience_s)


def recorded(settings: Settings) -> list[tuple[object, ...]]:
    with open_read_only(settings.warehouse_path) as con:
        return con.execute(
            "SELECT flow, run_key, state, outcome FROM runs ORDER BY started_at, flow"
        ).fetchall()


def test_run_keys_are_the_hour_the_moment_the_day_and_the_week() -> None:
    week = Week.parse("2026-W33")
    assert hour_key(SIX) == "2026-08-17T06"
    assert moment_key(SIX) == "2026-08-17T06:03:00"
    assert day_key(SIX) == "2026-08-17"
    assert week_key(week, week.end) == "2026-W33"
    assert week_key(week, week.start) == "2026-W33 until 2026-08-10T00:00:00"


def test_a_late_run_behind_a_newer_one_is_not_needed_but_an_older_week_is() -> None:
    late = reason_to_skip("ingest", "2026-08-17T04", None, "2026-08-17T06")
    assert late is not None
    assert late.startswith("ingest of 2026-08-17T04 is not needed any more: that of 2026-08-17T06 is done.")
    assert reason_to_skip("digest", "2026-W31", None, "2026-W33") is None
    assert reason_to_skip("ingest", "2026-08-17T07", None, "2026-08-17T06") is None


def test_a_run_key_that_is_done_ends_at_once_and_says_so(settings: Settings) -> None:
    assert run(settings) == "worked"
    again = run(settings, SIX + timedelta(minutes=50), lambda: pytest.fail("it worked again"))
    assert isinstance(again, Skipped)
    assert "ingest of 2026-08-17T06 is done already (worked; 2026-08-17 06:03 UTC)" in again.reason
    assert recorded(settings) == [("ingest", "2026-08-17T06", "done", "worked")]


def test_the_next_hour_and_a_forced_run_work_again(settings: Settings) -> None:
    assert run(settings) == "worked"
    assert run(settings, SIX + timedelta(hours=1)) == "worked"
    assert run(settings, force=True) == "worked"


@pytest.mark.slow
def test_seventy_two_missed_runs_that_all_start_on_return_collect_once(settings: Settings) -> None:
    run(settings)
    back, worked = SIX + timedelta(days=3), []
    for missed in range(72):
        moment = back + timedelta(seconds=10 * missed)
        run(settings, moment, lambda: worked.append(1))
    assert len(worked) == 1


def test_a_failed_run_key_is_tried_again(settings: Settings) -> None:
    run(settings, work=lambda: "no feed answered", done=False)
    with pytest.raises(ValueError, match="broken"):
        run(settings, SIX + timedelta(seconds=1), lambda: int("broken"))
    assert run(settings, SIX + timedelta(seconds=2)) == "worked"
    assert [(state, outcome) for _, _, state, outcome in recorded(settings)] == [
        ("failed", "no feed answered"),
        ("failed", "ValueError: invalid literal for int() with base 10: 'broken'"),
        ("done", "worked"),
    ]


def test_a_job_runs_once_after_each_run_of_its_cause_under_the_same_key(settings: Settings) -> None:
    def enrich(minutes: int) -> object:
        moment = SIX + timedelta(hours=1, minutes=minutes)
        return run(settings, moment, flow="enrich", after=("ingest", "backfill"))

    run(settings)
    assert enrich(0) == "worked"
    assert recorded(settings)[-1][:2] == ("enrich", "2026-08-17T06")
    assert isinstance(enrich(5), Skipped)
    run(settings, force=True)
    assert enrich(6) == "worked"
    run(settings, SIX, flow="backfill", run_key=moment_key(SIX))
    assert enrich(10) == "worked"


def test_holder_is_gone_from_the_lock_when_the_job_ends_well_or_badly(settings: Settings) -> None:
    seen: list[str] = []

    def work() -> None:
        holder = read_holder(settings.home_dir)
        assert holder is not None
        seen.append(f"{holder.flow} of {holder.run_key}")
        raise ValueError("in the middle")

    with pytest.raises(ValueError, match="in the middle"):
        run(settings, work=work)
    assert seen == ["ingest of 2026-08-17T06"]
    assert read_holder(settings.home_dir) is None


def test_second_flow_is_kept_out_while_one_works(settings: Settings) -> None:
    def work() -> None:
        with pytest.raises(WriterLockedError, match=r"ingest of 2026-08-17T06 has been writing it for \d+ s"):
            run(settings, flow="enrich")

    run(settings, work=work)


KILLED = """
import os, signal, sys
from datetime import datetime
from pathlib import Path
from flows.jobs import Job, run_job
from flows.settings import Settings
job = Job(flow="ingest", run_key="2026-08-17T06", timeout_s=60)
now = datetime.fromisoformat("2026-08-17T06:00+00:00")
run_job(Settings(home=Path(sys.argv[1])), job, now, lambda: os.kill(os.getpid(), signal.SIGKILL))
"""


@pytest.mark.slow
def test_a_killed_run_frees_the_lock_at_once_and_is_recorded_by_the_next(settings: Settings) -> None:
    killed = subprocess.run([sys.executable, "-c", KILLED, str(settings.home_dir)], cwd=ROOT, check=False)
    assert killed.returncode == -9
    assert read_holder(settings.home_dir) is not None
    assert run(settings) == "worked"
    with open_read_only(settings.warehouse_path) as con:
        assert {one.state for one in last_runs(con)} == {RunState.KILLED, RunState.DONE}


def test_model_that_made_the_numbers_is_recorded_when_it_changes(settings: Settings) -> None:
    for hour, model in enumerate(["tiny@1", "tiny@1", "tiny@2"]):
        run(settings, SIX + timedelta(hours=hour), model=model)
    with open_read_only(settings.warehouse_path) as con:
        changes = con.execute(
            "SELECT kind, value_before, value_after, is_break FROM config_changes ORDER BY changed_at"
        ).fetchall()
    assert changes == [("model", None, "tiny@1", False), ("model", "tiny@1", "tiny@2", True)]


def test_a_table_of_runs_that_cannot_be_read_is_an_error_with_the_file(settings: Settings) -> None:
    with open_warehouse(settings.warehouse_path) as con:
        con.execute("DROP TABLE store.runs")
        con.execute("CREATE TABLE store.runs (nonsense INTEGER)")
    with pytest.raises(WarehouseError, match=r"warehouse\.duckdb: DuckDB failed"):
        run(settings)
    assert read_holder(settings.home_dir) is None


def test_patience_waits_for_the_lock(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("warehouse.store.locks.RETRY_S", 0.01)
    with hold_writer_lock(settings.home_dir, "ingest", lambda: SIX) as held:
        began = time.monotonic()
        with pytest.raises(WriterLockedError):
            run(settings, patience_s=0.05)
        assert time.monotonic() - began >= 0.05
        held.set_run_key("2026-08-17T05")
    assert run(settings, patience_s=5) == "worked"


def test_deadline_interrupts_what_takes_too_long_and_is_recorded(settings: Settings) -> None:
    with pytest.raises(
        DeadlineError, match=r"ingest of 2026-08-17T06: was stopped after 0 minutes.*run it again"
    ):
        run(settings, work=lambda: time.sleep(30), timeout_s=0.05)
    assert recorded(settings)[0][2] == "failed"


def test_deadline_interrupts_a_query_of_duckdb(tmp_path: Path) -> None:
    began = time.monotonic()
    with open_warehouse(tmp_path / "w.duckdb"):
        pass
    with pytest.raises(DeadlineError), deadline("a query", 0.5), open_warehouse(tmp_path / "w.duckdb") as con:
        con.execute(
            "SELECT sum(hash(a.range, b.range)) FROM range(10_000_000) AS a, range(10_000_000) AS b"
        ).fetchall()
    assert time.monotonic() - began < 20


DEAF = """
import signal
from flows.jobs import deadline
with deadline("deaf work", 0.1, grace_s=0.2):
    signal.signal(signal.SIGALRM, signal.SIG_IGN)
    while True:
        pass
"""


@pytest.mark.slow
def test_work_that_ignores_its_deadline_is_killed() -> None:
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
