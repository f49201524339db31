"""Where a site stands on disk: built aside, visible at one stroke; a file that did not change is the same file again.

OUT            -> .OUT/8, the pointer that is swapped last
.OUT/8         the site; .OUT/7 the one before, for whoever was just copying it
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from reports.errors import ReportError
from reports.exclusive_lock import exclusive_lock
from reports.site.page import File
from warehouse.store.file_copies import point


class AtomicOutput:
    """The folder a site is being built in, beside the site that `stands` now (None before the first)."""

    def __init__(self, folder: Path, stands: Path | None) -> None:
        self._folder, self.stands = folder, stands
        self.written = self.kept = 0

    def put(self, file: File) -> None:
        """Adds a file; one with the same bytes on the standing site is linked, so that its time stays too."""
        path = self._folder / file.path
        path.parent.mkdir(parents=True, exist_ok=True)
        before = self.stands / file.path if self.stands else None
        if before and before.is_file() and before.read_bytes() == file.content:
            _link(before, path)
            self.kept += 1
        else:
            path.write_bytes(file.content)
            self.written += 1

    def holds(self, path: str) -> bool:
        """Whether the site being built has this file."""
        return (self._folder / path).exists()


@contextmanager
def new_site(out: Path) -> Iterator[AtomicOutput]:
    """A shelf for the site at `out`, which takes its place when the block ends well; whatever stood there stays else.

    ReportError if something else is at `out`; ReportBusyError while another site is being built there.
    """
    builds = out.with_name(f".{out.name}")
    with exclusive_lock(builds / ".lock", str(out)):
        stands = _standing(out, builds)
        numbers = sorted(int(path.name) for path in builds.iterdir() if path.name.isdecimal())
        # What a killed run left is unfinished, unless it is what stands.
        for number in numbers:
            if stands is None or number > int(stands.name):
                shutil.rmtree(builds / str(number))
        folder = builds / str(int(stands.name) + 1 if stands else 1)
        folder.mkdir()
        try:
            yield AtomicOutput(folder, stands)
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise
        point(out, f"{builds.name}/{folder.name}")
        for number in numbers:
            if stands and number < int(stands.name):
                shutil.rmtree(builds / str(number))


def _standing(out: Path, builds: Path) -> Path | None:
    """The site that `out` leads to; an empty folder makes room."""
    if out.is_symlink():
        target = out.parent / out.readlink()
        if target.parent == builds and target.name.isdecimal() and target.is_dir():
            return target
        raise ReportError(str(out), f"leads to {out.readlink()}, which is no site of ours. Give --out another name.")
    if out.is_dir() and not any(out.iterdir()):
        out.rmdir()
    if out.exists():
        raise ReportError(
            str(out), "is there already and no site of ours. Give --out another name, or an empty folder."
        )
    return None


def _link(before: Path, path: Path) -> None:
    try:
        os.link(before, path)
    except OSError:  # a file system without hard links, or too many of one file
        shutil.copy2(before, path)
