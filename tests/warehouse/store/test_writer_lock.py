"""The lease beside the warehouse: one writer, told from a dead one."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from fakes import at
from paths import ROOT

from warehouse.errors import WarehouseBusyError, WarehouseError
from warehouse.store.db import open_warehouse
from warehouse.store.writer_lock import (
    WRITER_LOCK_NAME,
    Holder,
    WriterLockedError,
    acquire_writer_lock,
    beat,
    birth_of,
    read_writer_lock,
    release_writer_lock,
)

NOON = at("2026-08-17T12:00")
OURS = Holder(
    flow="ingest",
    run_key="2026-08-17T12",
    host="here",
    pid=os.getpid(),
    birth=birth_of(os.getpid()),
    started_at=NOON,
    heartbeat_at=NOON,
)


def later(holder: Holder, **minutes: int) -> Holder:
    moment = holder.started_at + timedelta(**minutes)
    return replace(holder, flow="enrich", started_at=moment, heartbeat_at=moment)


def dead_pid() -> int:
    child = subprocess.Popen([sys.executable, "-c", ""])
    child.wait()
    return child.pid


def test_lease_names_its_holder_until_it_is_given_back(tmp_path: Path) -> None:
    assert acquire_writer_lock(tmp_path, OURS) is None
    assert read_writer_lock(tmp_path) == OURS
    release_writer_lock(tmp_path, OURS)
    assert read_writer_lock(tmp_path) is None


def test_second_writer_is_told_who_writes_what_and_since_when(tmp_path: Path) -> None:
    acquire_writer_lock(tmp_path, OURS)
    beat(tmp_path, OURS, NOON + timedelta(minutes=11, seconds=50))
    with pytest.raises(WriterLockedError) as caught:
        acquire_writer_lock(tmp_path, later(OURS, minutes=12))
    assert caught.value.retryable
    assert "ingest of 2026-08-17T12 has been writing it for 12 min" in str(caught.value)
    assert f"process {os.getpid()} on here, last sign of life 10 s ago" in str(caught.value)
    assert "run the command again" in str(caught.value)


def test_lease_of_a_dead_process_of_this_host_is_free_at_once_and_it_is_named(tmp_path: Path) -> None:
    dead = replace(OURS, pid=dead_pid(), birth="boot/1")
    acquire_writer_lock(tmp_path, dead)
    assert acquire_writer_lock(tmp_path, later(OURS, seconds=1)) == dead


def test_a_later_process_of_the_same_number_is_not_taken_for_the_holder(tmp_path: Path) -> None:
    acquire_writer_lock(tmp_path, replace(OURS, birth="an earlier life"))
    assert acquire_writer_lock(tmp_path, later(OURS, seconds=1)) is not None


def test_holder_on_another_host_counts_as_dead_only_after_it_was_silent(tmp_path: Path) -> None:
    there = replace(OURS, host="there", birth="boot/1")
    acquire_writer_lock(tmp_path, there)
    with pytest.raises(WriterLockedError):
        acquire_writer_lock(tmp_path, later(OURS, seconds=119))
    beat(tmp_path, there, NOON + timedelta(seconds=110))
    with pytest.raises(WriterLockedError):
        acquire_writer_lock(tmp_path, later(OURS, seconds=200))
    assert acquire_writer_lock(tmp_path, later(OURS, seconds=231)) is not None


def test_who_lost_the_lease_neither_beats_nor_gives_it_back(tmp_path: Path) -> None:
    there = replace(OURS, host="there", birth="boot/1")
    acquire_writer_lock(tmp_path, there)
    taker = later(OURS, minutes=10)
    acquire_writer_lock(tmp_path, taker)
    assert not beat(tmp_path, there, NOON + timedelta(minutes=11))
    release_writer_lock(tmp_path, there)
    assert read_writer_lock(tmp_path) == taker


@pytest.mark.parametrize("written", ["", "{", "[]", '{"flow": "ingest"}', "null"])
def test_a_lease_that_cannot_be_read_keeps_nobody_out(tmp_path: Path, written: str) -> None:
    (tmp_path / WRITER_LOCK_NAME).write_text(written)
    assert acquire_writer_lock(tmp_path, OURS) is None


def test_home_that_cannot_be_written_is_an_error_with_its_name(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(WarehouseError, match=r"file.*cannot be written"):
        acquire_writer_lock(tmp_path / "file", OURS)


def test_busy_warehouse_names_the_holder_of_the_lease(tmp_path: Path) -> None:
    path = tmp_path / "warehouse.duckdb"
    acquire_writer_lock(tmp_path, OURS)
    probe = "import sys; from pathlib import Path; from warehouse.store.db import open_warehouse\nwith open_warehouse(Path(sys.argv[1])): pass"
    with open_warehouse(path):
        done = subprocess.run(
            [sys.executable, "-c", probe, str(path)],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
    assert WarehouseBusyError.__name__ in done.stderr
    assert "(ingest of 2026-08-17T12)" in done.stderr
