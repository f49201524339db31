"""A deadline that interrupts: the stage is stopped by a signal; if it is deaf in foreign code, its process is ended.

Every stage is safe to kill, so ending the process loses nothing that was committed.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from warehouse.errors import WarehouseError

GRACE_S = 60.0  # signals are heard between pieces of work in foreign code; none of ours takes longer


class DeadlineError(WarehouseError):
    """A stage took longer than it may."""

    retryable = True


@contextmanager
def deadline(what: str, seconds: float, grace_s: float = GRACE_S) -> Iterator[None]:
    """DeadlineError in the main thread after `seconds`; after `grace_s` more the process is killed."""
    over = threading.Event()
    last_resort = threading.Thread(target=_end, args=(what, seconds + grace_s, over), name="deadline", daemon=True)
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

    def ring(_number: int, _frame: FrameType | None) -> None:
        raise late

    before = signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    except RuntimeError as error:
        # DuckDB puts its own "Query interrupted" in the place of what the signal's handler raised.
        if error.__cause__ is late:
            raise late from error
        raise
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def _end(what: str, seconds: float, over: threading.Event) -> None:
    if not over.wait(seconds):
        sys.stderr.write(f"watchfloor: {what} did not stop at its deadline; its process is ended. Run it again.\n")
        sys.stderr.flush()
        os.kill(os.getpid(), signal.SIGKILL)
