"""Mutual exclusion between processes: exclusive locks on files, and the writer lock of a home.

The kernel frees a lock whose process dies. The writer lock also has a file that says who holds
it: for messages, and for a home shared between hosts, where a lock file may not reach the other
host and only heartbeats tell.
"""

from __future__ import annotations

import json
import os
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

from filelock import FileLock, Timeout

from warehouse.errors import WarehouseBusyError, WarehouseError
from warehouse.store.atomic_files import PRIVATE_FILE, private_folder, replacing

LOCK_NAME = "warehouse.lock"
HOLDER_NAME = "warehouse.lock.json"
HEARTBEAT_S = 10.0
RETRY_S = 2.0
# A process of another host counts as dead after this long without a heartbeat: twelve missed ones.
SILENCE = timedelta(minutes=2)
_MOMENTS = ("started_at", "heartbeat_at")


@contextmanager
def exclusive_lock(path: Path, subject: str) -> Iterator[None]:
    """Holds the lock file at `path`, created if missing. Raises WarehouseBusyError if it is held."""
    try:
        lock = _acquire(path)
    except Timeout as error:
        message = "another run is doing this already. Wait for it to end and run the command again."
        raise WarehouseBusyError(subject, message) from error
    try:
        yield
    finally:
        lock.release()


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """Who holds the writer lock: flow, run key, host and process. Times are aware UTC."""

    flow: str
    run_key: str
    host: str
    pid: int
    started_at: datetime
    heartbeat_at: datetime

    def is_same_run(self, other: Holder) -> bool:
        """Returns whether both are the same run, whatever its run key and heartbeat."""
        return (self.host, self.pid, self.started_at) == (other.host, other.pid, other.started_at)


class WriterLockedError(WarehouseBusyError):
    """Another run holds the writer lock."""

    def __init__(self, home: Path, holder: Holder | None, now: datetime) -> None:
        who = "another run is about to write it"
        if holder is not None:
            who = (
                f"{holder.flow} of {holder.run_key} has been writing it for {_span(now - holder.started_at)} "
                f"(process {holder.pid} on {holder.host}, last heartbeat {_span(now - holder.heartbeat_at)} "
                "ago)"
            )
        super().__init__(str(home), f"{who}. Wait for it to end and run the command again.")


class WriterLock:
    """The writer lock, held by this process. `died` is the previous holder if it did not release the lock."""

    def __init__(
        self, home: Path, holder: Holder, died: Holder | None, clock: Callable[[], datetime]
    ) -> None:
        self.holder, self.died = holder, died
        self._home, self._clock, self._writing = home, clock, threading.Lock()

    def set_run_key(self, run_key: str) -> None:
        """Records what the run covers."""
        self.holder = replace(self.holder, run_key=run_key)
        self.beat()

    def beat(self) -> None:
        """Records a heartbeat, unless another run has taken the lock over."""
        with self._writing:
            if self._is_ours():
                _write_holder(self._home, replace(self.holder, heartbeat_at=self._clock()))

    def forget(self) -> None:
        """Removes the record of this run, unless another run has taken the lock over."""
        with self._writing:
            if self._is_ours():
                (self._home / HOLDER_NAME).unlink(missing_ok=True)

    def _is_ours(self) -> bool:
        recorded = read_holder(self._home)
        return recorded is not None and recorded.is_same_run(self.holder)


@contextmanager
def hold_writer_lock(
    home: Path, flow: str, clock: Callable[[], datetime], *, patience_s: float = 0
) -> Iterator[WriterLock]:
    """Holds the writer lock of `home` and records a heartbeat every ten seconds; `clock` returns UTC.

    Raises WriterLockedError if another run still holds it after `patience_s`.
    """
    lock, held = _wait_for_lock(home, flow, clock, time.monotonic() + patience_s)
    released = threading.Event()

    def keep_beating() -> None:
        while not released.wait(HEARTBEAT_S):
            with suppress(WarehouseError):  # the disk may have room again at the next heartbeat
                held.beat()

    thread = threading.Thread(target=keep_beating, name="heartbeat", daemon=True)
    thread.start()
    try:
        yield held
    finally:
        released.set()
        thread.join()
        held.forget()
        lock.release()


def read_holder(home: Path) -> Holder | None:
    """Returns who holds the writer lock, or died with it; None if nobody does."""
    try:
        recorded = json.loads((home / HOLDER_NAME).read_text("utf-8"))
        return Holder(**recorded | {name: datetime.fromisoformat(recorded[name]) for name in _MOMENTS})
    except (
        FileNotFoundError,
        ValueError,
        TypeError,
        KeyError,
    ):  # a file of another release names nobody either
        return None


def is_dead(home: Path, holder: Holder, now: datetime) -> bool:
    """Returns whether the recorded holder died: on this host at once, on another after two silent minutes."""
    if holder.host != socket.gethostname():
        return now - holder.heartbeat_at > SILENCE
    try:
        _acquire(home / LOCK_NAME).release()
    except (Timeout, WarehouseError):
        return False
    return True


def _wait_for_lock(
    home: Path, flow: str, clock: Callable[[], datetime], until: float
) -> tuple[FileLock, WriterLock]:
    while True:
        try:
            return _take_lock(home, flow, clock)
        except WriterLockedError:
            if time.monotonic() >= until:
                raise
            time.sleep(RETRY_S)


def _take_lock(home: Path, flow: str, clock: Callable[[], datetime]) -> tuple[FileLock, WriterLock]:
    now, host = clock(), socket.gethostname()
    try:
        lock = _acquire(home / LOCK_NAME)
    except Timeout as error:
        raise WriterLockedError(home, read_holder(home), now) from error
    with ExitStack() as on_error:
        on_error.callback(lock.release)
        before = read_holder(home)
        if before is not None and before.host != host and now - before.heartbeat_at <= SILENCE:
            raise WriterLockedError(home, before, now)
        holder = Holder(
            flow=flow, run_key="now", host=host, pid=os.getpid(), started_at=now, heartbeat_at=now
        )
        _write_holder(home, holder)
        on_error.pop_all()
    return lock, WriterLock(home, holder, before, clock)


def _acquire(path: Path) -> FileLock:
    lock = FileLock(path, mode=PRIVATE_FILE)
    try:
        private_folder(path.parent)
        lock.acquire(blocking=False)
    except Timeout:
        raise
    except OSError as error:
        raise WarehouseError(
            str(path),
            f"cannot be written: {error.strerror}. Give yourself write access, or name another folder.",
        ) from error
    return lock


def _write_holder(home: Path, holder: Holder) -> None:
    recorded = asdict(holder) | {name: getattr(holder, name).isoformat() for name in _MOMENTS}
    try:
        with replacing(home / HOLDER_NAME) as fresh:
            fresh.touch(PRIVATE_FILE)  # it names host and process
            fresh.write_text(json.dumps(recorded) + "\n", "utf-8")
    except OSError as error:
        raise WarehouseError(
            str(home / HOLDER_NAME),
            f"cannot be written: {error.strerror}. Make room or give yourself write access.",
        ) from error


def _span(elapsed: timedelta) -> str:
    seconds = max(0, round(elapsed.total_seconds()))
    if seconds < 120:
        return f"{seconds} s"
    minutes = seconds // 60
    return f"{minutes} min" if minutes < 120 else f"{minutes // 60} h {minutes % 60} min"
