"""Writes files and folders that others read: they see the old or the new content, never half of it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import duckdb

from warehouse.errors import WarehouseError

FRESH = ".*.fresh"  # matches what `replacing` leaves beside its target if its process is killed
_COPY = "import shutil, sys; shutil.copyfile(sys.argv[1], sys.argv[2])"


PRIVATE_FILE, PRIVATE_FOLDER = 0o600, 0o700  # of what may hold a password, whatever the umask


def private_folder(folder: Path) -> None:
    """Creates a folder that only its owner may enter. One that exists keeps its mode: it may be shared."""
    if not folder.is_dir():
        folder.mkdir(mode=PRIVATE_FOLDER, parents=True, exist_ok=True)
        folder.chmod(PRIVATE_FOLDER)  # the umask may have taken more away


def make_private(folder: Path) -> None:
    """Takes all rights to the folder and to all in it from everyone but its owner."""
    for path in (*folder.rglob("*"), folder):
        path.chmod(PRIVATE_FOLDER if path.is_dir() else PRIVATE_FILE)


@contextmanager
def replacing(target: Path) -> Iterator[Path]:
    """Yields a path beside `target` to write a file or a folder to.

    It replaces `target` when the block ends, and is removed if the block raises. A
    folder cannot replace a folder.
    """
    fresh = target.with_name(f".{target.name}.fresh")
    remove(fresh)
    try:
        yield fresh
        fresh.replace(target)
    finally:
        remove(fresh)


@contextmanager
def output_file(out: Path) -> Iterator[Path]:
    """Yields a path to write the file `out` to, which a caller named.

    A regular file is replaced when the block ends, at the end of its links. A pipe or device is written into,
    never replaced. Raises WarehouseError for a folder.
    """
    if out.is_dir():
        raise WarehouseError(str(out), "is a folder. Name a file in it.")
    if (out.exists() and not out.is_file()) or out.absolute().parts[1] in ("dev", "proc"):
        yield out
    else:
        with replacing(out.resolve()) as fresh:
            yield fresh


def remove(path: Path) -> None:
    """Removes a file, a link or a folder, if there is one."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    elif path.is_symlink() or path.exists():
        path.unlink()


def point(link: Path, target: str) -> None:
    """Makes `link` a symbolic link to `target` in one step, whatever link was there before."""
    with replacing(link) as fresh:
        fresh.symlink_to(target)


def copy_open_file(
    con: duckdb.DuckDBPyConnection, warehouse: Path, copy: Path, after_failure: str = ""
) -> None:
    """Copies the file that `con` has open for writing, with all that is committed.

    Raises WarehouseError, which ends with `after_failure`, if the copy cannot be written. Another process
    copies, since closing a file that this process also has open would drop DuckDB's lock on it (POSIX).
    """
    con.execute("CHECKPOINT")
    done = subprocess.run(  # noqa: S603 - our own interpreter, our own paths
        [sys.executable, "-c", _COPY, str(warehouse), str(copy)], capture_output=True, text=True, check=False
    )
    if done.returncode:
        copy.unlink(missing_ok=True)
        raise cannot_write(copy, done.stderr.strip().rsplit("\n", 1)[-1], after_failure)


def cannot_write(path: Path, cause: str, after_failure: str = "") -> WarehouseError:
    """Returns the error of a file that cannot be written, with the free space there."""
    free = shutil.disk_usage(path.parent).free
    message = f"cannot be written ({cause}); {free / 1e9:.1f} GB are free there. Make room. {after_failure}"
    return WarehouseError(str(path), message.rstrip())


def sync_folder(folder: Path) -> None:
    """Flushes all files of the folder to the disk, several at a time: a snapshot has some 2,000."""
    with ThreadPoolExecutor(8) as pool:
        for _ in pool.map(sync, (*folder.rglob("*"), folder)):
            pass


def sync(path: Path) -> None:
    """Flushes a file or a folder to the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
