"""A small disk of its own for tests of full and read-only disks; only root may mount one."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest


@contextmanager
def mounted(disk: Path, megabytes: int) -> Iterator[Path]:
    """Mounts an empty disk of this size at the folder, which is made; skips the test without root."""
    disk.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", disk]
    if subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("mounting a disk needs root")
    try:
        yield disk
    finally:
        subprocess.run(["umount", disk], check=True)


def remount(disk: Path, option: str) -> None:
    """Changes the disk's size (`size=400m`) or whether it can be written (`ro`, `rw`)."""
    subprocess.run(["mount", "-o", f"remount,{option}", disk], check=True)


@contextmanager
def filled(disk: Path, free_bytes: int) -> Iterator[None]:
    """The disk with no more room than this."""
    filler, room = disk / "filler", os.statvfs(disk)
    filler.write_bytes(bytes(room.f_bavail * room.f_bsize - free_bytes))
    yield
    filler.unlink()
