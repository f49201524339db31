"""Replaces a folder atomically: built beside it, visible when complete; an unchanged file stays the same.

OUT            -> .OUT/8, the link that is replaced last
.OUT/8         the site; .OUT/7 the one before, for readers that are still copying it
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from reports.errors import ReportError
from reports.site.page import File
from warehouse.errors import WarehouseBusyError
from warehouse.store.atomic_files import point


class AtomicOutput:
    """The folder that is being built. `current` is the folder it will replace; None for the first build."""

    def __init__(self, folder: Path, current: Path | None) -> None:
        self._folder, self.current = folder, current
        self.written = self.kept = 0

    def put(self, file: File) -> None:
        """Adds a file. If the current folder has the same bytes, hard-links them, which keeps the time."""
        path = self._folder / file.path
        path.parent.mkdir(parents=True, exist_ok=True)
        before = self.current / file.path if self.current else None
        if before and before.is_file() and before.read_bytes() == file.content:
            _link(before, path)
            self.kept += 1
        else:
            path.write_bytes(file.content)
            self.written += 1

    def has(self, path: str) -> bool:
        """Whether the file was added."""
        return (self._folder / path).exists()


@contextmanager
def atomic_output(out: Path) -> Iterator[AtomicOutput]:
    """Yields an output that replaces `out` when the block ends without an error, and is deleted otherwise.

    Raises ReportError if `out` is something else or cannot be written, WarehouseBusyError
    while another build of it runs.
    """
    builds = out.with_name(f".{out.name}")
    try:
        lock = FileLock(builds / ".lock").acquire(timeout=0)
    except Timeout as error:
        raise WarehouseBusyError(
            str(out), "another run is building it. Wait until it ends and run it again."
        ) from error
    except OSError as error:
        raise ReportError(str(builds), f"cannot be written: {error.strerror}.") from error
    with lock:
        current = _current(out, builds)
        numbers = sorted(int(path.name) for path in builds.iterdir() if path.name.isdecimal())
        # What a killed run left behind is incomplete.
        for number in numbers:
            if current is None or number > int(current.name):
                shutil.rmtree(builds / str(number))
        folder = builds / str(int(current.name) + 1 if current else 1)
        folder.mkdir()
        try:
            yield AtomicOutput(folder, current)
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise
        point(out, f"{builds.name}/{folder.name}")
        for number in numbers:
            if current and number < int(current.name):
                shutil.rmtree(builds / str(number))


def _current(out: Path, builds: Path) -> Path | None:
    """The folder that `out` links to; an empty folder at `out` is removed."""
    if out.is_symlink():
        target = out.parent / out.readlink()
        if target.parent == builds and target.name.isdecimal() and target.is_dir():
            return target
        raise ReportError(
            str(out), f"links to {out.readlink()}, which is not a site of ours. Give --out another name."
        )
    if out.is_dir() and not any(out.iterdir()):
        out.rmdir()
    if out.exists():
        raise ReportError(
            str(out), "exists and is not a site of ours. Give --out another name, or an empty folder."
        )
    return None


def _link(before: Path, path: Path) -> None:
    try:
        os.link(before, path)
    except OSError:  # a file system without hard links, or too many of one file
        shutil.copy2(before, path)
