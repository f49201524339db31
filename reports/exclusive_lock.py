"""Runs that must not be at the same work at once take turns by a lock file, which the system frees when a run dies."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from reports.errors import ReportBusyError, ReportError


@contextmanager
def exclusive_lock(lock: Path, subject: str) -> Iterator[None]:
    """Holds the lock file, made if missing; ReportBusyError, which names the subject, if another run holds it."""
    try:
        lock.parent.mkdir(parents=True, exist_ok=True)
        file = lock.open("w")
    except OSError as error:
        raise ReportError(str(lock), f"cannot be written: {error.strerror}.") from error
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise ReportBusyError(subject, "another run is at it. Wait for that to end and run it again.") from error
        yield
