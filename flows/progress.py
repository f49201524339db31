"""How long work reports its progress: one callback.

The caller chooses what shows it: a bar, plain lines, a flow's log.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol


class Progress(Protocol):
    """Called with the task, how much of it is done, and how much there is; `note` adds a result so far."""

    def __call__(self, what: str, done: int, total: int, note: str = "") -> None: ...


def silent(what: str, done: int, total: int, note: str = "") -> None:
    """Shows nothing."""


class PlainLines:
    """Writes a line at every quarter of a task: for logs and pipes."""

    def __init__(self, write: Callable[[str], None]) -> None:
        self._write = write
        self._quarters: dict[str, int] = {}

    def __call__(self, what: str, done: int, total: int, note: str = "") -> None:
        quarter = 4 * done // total if total else 4
        if quarter > self._quarters.get(what, 0):
            self._quarters[what] = quarter
            self._write(f"{what}: {done:,} of {total:,}{f' ({note})' if note else ''}")
        if done >= total:
            self._quarters.pop(what, None)
