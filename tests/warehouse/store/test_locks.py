"""Locks: one process at a time, a dead holder differs from a live one, and the writer's holder is known."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from fakes import at
from paths import ROOT

from warehouse.errors import WarehouseBusyError, WarehouseError
from warehouse.store import locks
from warehouse.store.db import open_warehouse
from warehouse.store.locks import (
    HOLDER_NAME,
    Holder,
    WriterLockedError,
    exclusive_lock,
    hold_writer_lock,
    is_dead,
    read_holder,
)

NOON = at("2026-08-17T12:00")
THERE = Holder(
    flow="ingest", run_key="2026-08-17T12", host="there", pid=1, started_at=NOON, heartbeat_at=NOON
)


class Clock:
    """A clock that tests set."""

    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def record(home: Path, holder: Holder) -> None:
    (home / HOLDER_NAME).write_text(json.dumps(asdict(holder), default=datetime.isoformat), "utf-8")


KILLED = """
import os, signal, sys
from datetime import UTC, datetime
from pathlib import Path
from warehouse.store.locks import hold_writer_lock
with hold_writer_lock(Path(sys.argv[1]), "ingest", lambda: datetime.now(UTC)):
    print("held", flush=True)
    sys.stdin.read()
    os.kill(os.getpid(), signal.SIGKILL)
"""


@contextmanager
def killed_at_the_end(home: Path) -> Iterator[subprocess.Popen[str]]:
    pipe = subprocess.PIPE
    command = [sys.executable, "-c", KILLED, str(home)]
    with subprocess.Popen(command, cwd=ROOT, stdin=pipe, stdout=pipe, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        yield process


def test_second_run_of_exclusive_work_is_refused_at_once(tmp_path: Path) -> None:
    path = tmp_path / "new" / ".lock"
    refused = pytest.raises(WarehouseBusyError, match="the site: another run")
    with exclusive_lock(path, "the site"), refused as caught, exclusive_lock(path, "the site"):
        pass
    assert caught.value.retryable
    with exclusive_lock(path, "the site"):
        pass


def test_holder_is_known_until_the_lock_is_released(tmp_path: Path, clock: Clock) -> None:
    with hold_writer_lock(tmp_path, "ingest", clock) as lock:
        lock.set_run_key("2026-08-17T12")
        assert read_holder(tmp_path) == lock.holder
        assert (lock.holder.run_key, lock.holder.pid, lock.died) == ("2026-08-17T12", os.getpid(), None)
        assert not is_dead(tmp_path, lock.holder, NOON + timedelta(days=1))
    assert read_holder(tmp_path) is None


def test_second_writer_is_told_who_writes_what_and_since_when(tmp_path: Path, clock: Clock) -> None:
    with hold_writer_lock(tmp_path, "ingest", clock) as lock:
        clock.now += timedelta(minutes=11, seconds=50)
        lock.set_run_key("2026-08-17T12")
        clock.now += timedelta(seconds=10)
        with pytest.raises(WriterLockedError) as caught, hold_writer_lock(tmp_path, "enrich", clock):
            pass
    assert caught.value.retryable
    assert "ingest of 2026-08-17T12 has been writing it for 12 min" in str(caught.value)
    assert f"process {os.getpid()} on {socket.gethostname()}, last heartbeat 10 s ago" in str(caught.value)
    assert "run the command again" in str(caught.value)


def test_heartbeats_are_recorded_while_the_lock_is_held(
    tmp_path: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(locks, "HEARTBEAT_S", 0.01)
    with hold_writer_lock(tmp_path, "ingest", clock):
        clock.now += timedelta(minutes=1)
        for _ in range(500):
            holder = read_holder(tmp_path)
            if holder is not None and holder.heartbeat_at == clock.now:
                break
            time.sleep(0.01)
        else:
            pytest.fail("no heartbeat")


def test_lock_of_a_killed_process_of_this_host_is_free_at_once_and_the_dead_holder_is_known(
    tmp_path: Path, clock: Clock
) -> None:
    with killed_at_the_end(tmp_path) as process:
        with (
            pytest.raises(WriterLockedError, match="ingest of now"),
            hold_writer_lock(tmp_path, "enrich", clock),
        ):
            pass
        process.communicate()
    dead = read_holder(tmp_path)
    assert dead is not None
    assert is_dead(tmp_path, dead, dead.heartbeat_at)
    with hold_writer_lock(tmp_path, "enrich", clock) as lock:
        assert lock.died == dead


def test_later_process_with_the_same_number_is_not_taken_for_the_holder(tmp_path: Path, clock: Clock) -> None:
    earlier = replace(THERE, host=socket.gethostname(), pid=os.getpid())
    record(tmp_path, earlier)
    with hold_writer_lock(tmp_path, "enrich", clock) as lock:
        assert lock.died == earlier


def test_holder_on_another_host_counts_as_dead_only_after_two_minutes_of_silence(
    tmp_path: Path, clock: Clock
) -> None:
    for heartbeat, now, dead in [(0, 119, False), (110, 200, False), (110, 231, True)]:
        there = replace(THERE, heartbeat_at=NOON + timedelta(seconds=heartbeat))
        record(tmp_path, there)
        clock.now = NOON + timedelta(seconds=now)
        assert is_dead(tmp_path, there, clock.now) is dead
        if dead:
            with hold_writer_lock(tmp_path, "enrich", clock) as lock:
                assert lock.died == there
        else:
            with pytest.raises(WriterLockedError), hold_writer_lock(tmp_path, "enrich", clock):
                pass


def test_run_that_lost_the_lock_neither_records_a_heartbeat_nor_removes_the_new_holder(
    tmp_path: Path, clock: Clock
) -> None:
    with hold_writer_lock(tmp_path, "enrich", clock) as lock:
        record(tmp_path, THERE)
        lock.beat()
        assert read_holder(tmp_path) == THERE
    assert read_holder(tmp_path) == THERE


@pytest.mark.parametrize("written", ["", "{", "[]", '{"flow": "ingest"}', "null"])
def test_record_that_cannot_be_read_keeps_nobody_out(tmp_path: Path, clock: Clock, written: str) -> None:
    (tmp_path / HOLDER_NAME).write_text(written)
    with hold_writer_lock(tmp_path, "ingest", clock) as lock:
        assert lock.died is None


def test_home_that_cannot_be_written_is_an_error_with_its_name(tmp_path: Path, clock: Clock) -> None:
    (tmp_path / "file").write_text("in the way")
    with (
        pytest.raises(WarehouseError, match=r"file.*cannot be written"),
        hold_writer_lock(tmp_path / "file", "ingest", clock),
    ):
        pass


@pytest.mark.slow
def test_busy_warehouse_names_the_holder_of_the_lock(tmp_path: Path, clock: Clock) -> None:
    path = tmp_path / "warehouse.duckdb"
    probe = (
        "import sys; from pathlib import Path; from warehouse.store.db import open_warehouse\n"
        "with open_warehouse(Path(sys.argv[1])): pass"
    )
    with hold_writer_lock(tmp_path, "ingest", clock) as lock, open_warehouse(path):
        lock.set_run_key("2026-08-17T12")
        done = subprocess.run(
            [sys.executable, "-c", probe, str(path)], cwd=ROOT, capture_output=True, text=True, check=False
        )
    assert WarehouseBusyError.__name__ in done.stderr
    assert "(ingest of 2026-08-17T12)" in done.stderr
