"""Holds the lease of the warehouse for this process while a stage works: waits for it, beats, gives it back."""

from __future__ import annotations

import os
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from warehouse.errors import WarehouseError
from warehouse.store.writer_lock import (
    Holder,
    WriterLockedError,
    acquire_writer_lock,
    beat,
    birth_of,
    release_writer_lock,
)

BEAT_S = 10.0
ASK_AGAIN_S = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """A lease that is held: by whom, who died with it before (None if nobody), and `name` to say for which run key it is."""

    holder: Holder
    died: Holder | None
    name: Callable[[str], None]


@contextmanager
def hold_writer_lock(home: Path, flow: str, *, patience_s: float = 0) -> Iterator[Held]:
    """The lease of the warehouse in `home`, for as long as the block lasts; WriterLockedError if another keeps it too long."""
    holder, died = _take(home, flow, time.monotonic() + patience_s)
    run_key, over = [holder.run_key], threading.Event()

    def alive() -> None:
        beat(home, replace(holder, run_key=run_key[0]), datetime.now(UTC))

    def keep_beating() -> None:
        while not over.wait(BEAT_S):
            with suppress(WarehouseError):  # a full disk takes no beat; the next may be taken
                alive()

    def name(label: str) -> None:
        run_key[0] = label
        alive()

    heart = threading.Thread(target=keep_beating, name="heartbeat", daemon=True)
    heart.start()
    try:
        yield Held(holder=holder, died=died, name=name)
    finally:
        over.set()
        heart.join()
        release_writer_lock(home, holder)


def _take(home: Path, flow: str, until: float) -> tuple[Holder, Holder | None]:
    while True:
        now, pid = datetime.now(UTC), os.getpid()
        holder = Holder(
            flow=flow,
            run_key="now",
            host=socket.gethostname(),
            pid=pid,
            birth=birth_of(pid),
            started_at=now,
            heartbeat_at=now,
        )
        try:
            return holder, acquire_writer_lock(home, holder)
        except WriterLockedError:
            if time.monotonic() >= until:
                raise
            time.sleep(ASK_AGAIN_S)
