"""The lease beside the warehouse file: who writes it, for what, since when. DuckDB's own lock knows none of that.

A lease ends when it is given back, when its process is gone from this host, or when it has shown no life for a while.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

from warehouse.errors import WarehouseBusyError, WarehouseError

WRITER_LOCK_NAME = "warehouse.store.writer_lock"
# Another host's process cannot be looked up, only listened to: it beats every ten seconds, so this is twelve beats missed.
SILENCE = timedelta(minutes=2)
_MOMENTS = ("started_at", "heartbeat_at")


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """Who holds the lease: flow and run key, host and process (`birth` tells it from a later one of the same number), times in UTC."""

    flow: str
    run_key: str
    host: str
    pid: int
    birth: str
    started_at: datetime
    heartbeat_at: datetime

    def is_same_process(self, other: Holder) -> bool:
        """Whether both name one process."""
        return (self.host, self.pid, self.birth) == (other.host, other.pid, other.birth)

    def is_gone(self, now: datetime, host: str) -> bool:
        """Whether it can be taken for dead: at once on `host`, our own, else after it was silent for a while."""
        if self.host == host:
            return birth_of(self.pid) != self.birth
        return now - self.heartbeat_at > SILENCE


class WriterLockedError(WarehouseBusyError):
    """Another flow is writing the warehouse; `holder` says which."""

    def __init__(self, subject: str, holder: Holder, now: datetime) -> None:
        super().__init__(
            subject,
            f"{holder.flow} of {holder.run_key} has been writing it for {_span(now - holder.started_at)} (process "
            f"{holder.pid} on {holder.host}, last sign of life {_span(now - holder.heartbeat_at)} ago). Wait for it to "
            "end and run the command again.",
        )
        self.holder = holder


def acquire_writer_lock(home: Path, holder: Holder) -> Holder | None:
    """Makes `holder` the holder of the lease in the folder `home`; WriterLockedError if a living one has it.

    Returns the holder that died with it, if one did.
    """
    with _alone(home):
        before = read_writer_lock(home)
        if before is not None and not before.is_gone(holder.started_at, holder.host):
            raise WriterLockedError(str(home), before, holder.started_at)
        _write(home, holder)
        return before


def beat(home: Path, holder: Holder, now: datetime) -> bool:
    """Shows that the holder lives, and for which run key; False if another has the lease by now."""
    with _alone(home):
        current = read_writer_lock(home)
        if current is None or not current.is_same_process(holder):
            return False
        _write(home, replace(holder, heartbeat_at=now))
        return True


def release_writer_lock(home: Path, holder: Holder) -> None:
    """Ends the lease, unless another has it by now."""
    with _alone(home):
        current = read_writer_lock(home)
        if current is not None and current.is_same_process(holder):
            (home / WRITER_LOCK_NAME).unlink(missing_ok=True)


def read_writer_lock(home: Path) -> Holder | None:
    """Who holds the lease or died with it; None if nobody."""
    try:
        written = json.loads((home / WRITER_LOCK_NAME).read_text("utf-8"))
        return Holder(**written | {name: datetime.fromisoformat(written[name]) for name in _MOMENTS})
    except FileNotFoundError:
        return None
    except (ValueError, TypeError, KeyError):  # not ours, or of another release: nobody we could wait for
        return None


def birth_of(pid: int) -> str:
    """When a process of this host was born, in a form only to be compared; empty if there is none.

    Where the kernel does not say (no /proc), every living process has the same birth.
    """
    try:
        # proc(5): field 22, in clock ticks since boot; the name in field 2 may hold spaces and brackets.
        ticks = Path(f"/proc/{pid}/stat").read_text("utf-8", "replace").rsplit(")", 1)[1].split()[19]
        boot = Path("/proc/sys/kernel/random/boot_id").read_text("utf-8").strip()
    except (OSError, IndexError):
        return "alive" if not Path("/proc/self/stat").exists() and _answers(pid) else ""
    return f"{boot}/{ticks}"


def _answers(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


@contextmanager
def _alone(home: Path) -> Iterator[None]:
    """Those who read and write the lease take turns; the kernel frees the lock of one that dies."""
    try:
        home.mkdir(parents=True, exist_ok=True)
        lock = (home / f".{WRITER_LOCK_NAME}.lock").open("w")
    except OSError as error:
        raise WarehouseError(
            str(home), f"cannot be written: {error.strerror}. Give yourself write access, or name another home."
        ) from error
    with lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _write(home: Path, holder: Holder) -> None:
    aside = home / f".{WRITER_LOCK_NAME}.aside"
    written = asdict(holder) | {name: getattr(holder, name).isoformat() for name in _MOMENTS}
    try:
        aside.write_text(json.dumps(written) + "\n", "utf-8")
        aside.replace(home / WRITER_LOCK_NAME)
    except OSError as error:
        raise WarehouseError(
            str(home / WRITER_LOCK_NAME),
            f"cannot be written: {error.strerror}. Make room or give yourself write access.",
        ) from error


def _span(elapsed: timedelta) -> str:
    seconds = max(0, round(elapsed.total_seconds()))
    if seconds < 120:
        return f"{seconds} s"
    minutes = seconds // 60
    return f"{minutes} min" if minutes < 120 else f"{minutes // 60} h {minutes % 60} min"
