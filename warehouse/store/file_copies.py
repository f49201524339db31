"""Puts whole files and folders where others look: the open warehouse copied, a folder made safe on disk, a link swapped."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import duckdb

from warehouse.errors import WarehouseError

_COPY = "import shutil, sys; shutil.copyfile(sys.argv[1], sys.argv[2])"


def copy_open_file(con: duckdb.DuckDBPyConnection, warehouse: Path, copy: Path, still: str = "") -> None:
    """Copies the file that `con` has open to write, with all that is committed.

    WarehouseError if there is no room; it ends with what `still` stands. In another process: closing
    a file this process also has open would drop DuckDB's lock on it (POSIX).
    """
    con.execute("CHECKPOINT")
    done = subprocess.run(  # noqa: S603 - our own interpreter, our own paths
        [sys.executable, "-c", _COPY, str(warehouse), str(copy)], capture_output=True, text=True, check=False
    )
    if done.returncode:
        copy.unlink(missing_ok=True)
        raise no_room(copy, done.stderr.strip().rsplit("\n", 1)[-1], still)


def no_room(path: Path, cause: str, still: str = "") -> WarehouseError:
    """The error of a file that cannot be written, with the room there is and what `still` stands."""
    free = shutil.disk_usage(path.parent).free
    said = f"cannot be written ({cause}); {free / 1e9:.1f} GB are free there. Make room. {still}"
    return WarehouseError(str(path), said.rstrip())


def sync_folder(folder: Path) -> None:
    """Has everything in the folder on the disk before it is relied on: some 2,000 files, of which disks take several at a time."""
    with ThreadPoolExecutor(8) as pool:
        for _ in pool.map(_sync, (*folder.rglob("*"), folder)):
            pass


def point(link: Path, target: str) -> None:
    """Makes `link` lead to `target` at one stroke, whatever stood there before."""
    aside = link.with_name(f".{link.name}.aside")
    aside.unlink(missing_ok=True)
    aside.symlink_to(target)
    aside.replace(link)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
